"""A forum on one node of ours, members on two others: everybody sees the same."""

import json

import pytest_asyncio

from federation import backfill, groups, resolve
from federation.bridge import now
from node.errors import Forbidden
from node.network import submissions, topics
from node.people import actors
from node.posts import posts
from tests.conftest import Node, started, until
from tests.federation import forum_world as w


@pytest_asyncio.fixture
async def third(tmp_path):
    made = await started(tmp_path / "third")
    yield made
    await made.stop()


async def answers(node: Node, uri: str) -> list[str]:
    """What answers the topic, as a visitor of the node sees it; removed ones by their reason."""

    def look(db):
        topic = db.row("select * from posts where uri = ?", (uri,))
        rows = topics.answers(db, topic, None)
        return [f"removed: {row['reason']}" if row["removed"] else row["uri"] for row in rows]

    return await node.read(look)


async def all_see(wanted, nodes, uri):
    for one in nodes:

        async def seen(one=one):
            return await answers(one, uri) == wanted

        await until(seen)


async def test_a_topic_its_answers_and_their_fate_are_the_same_everywhere(node, other, third):
    eau = await w.open_forum(node)
    for one in (other, third):
        await w.join(one, eau["uri"])
    everywhere = [node, other, third]

    topic = await w.write(other, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    for one in everywhere:
        await w.has(one, topic["uri"])
    await until(lambda: other.read(lambda db: submissions.state(db, topic["id"], now()) == "accepted"))
    home = await until(lambda: third.api("GET", "/api/v1/timelines/home", third.token()))
    assert home[0]["reblog"]["uri"] == topic["uri"] and home[0]["account"]["acct"] == f"eau@{node.host}"

    first = await w.write(third, "amal", "À la main.", reply_to=topic["uri"])
    await all_see([first["uri"]], everywhere, topic["uri"])
    second = await w.write(node, "yto", "Avec une pompe.", reply_to=first["uri"])
    await all_see([first["uri"], second["uri"]], everywhere, topic["uri"])

    await w.moderate(other, "solve", "yto", topic, await w.by_uri(other, second["uri"]))
    for one in everywhere:
        await until(lambda one=one: one.read(lambda db: db.value("select solution is not null from topics")))

    await w.moderate(node, "remove", "amal", await w.by_uri(node, first["uri"]), "hors sujet")
    await all_see(["removed: hors sujet", second["uri"]], everywhere, topic["uri"])
    await w.moderate(node, "restore", "amal", await w.by_uri(node, first["uri"]))
    await all_see([first["uri"], second["uri"]], everywhere, topic["uri"])

    await third.api("DELETE", f"/api/v1/statuses/{first['id']}", third.token())
    await all_see([second["uri"]], everywhere, topic["uri"])
    for verb in ("pin", "lock"):
        await w.moderate(node, verb, "amal", await w.by_uri(node, topic["uri"]))

    async def closed(one):
        rows = await one.read(lambda db: topics.of(db, actors.by_uri(db, eau["uri"])["id"], None))
        return [(row["pinned"], row["locked"], row["solved"]) for row in rows] == [(1, 1, 1)]

    for one in everywhere:
        await until(lambda one=one: closed(one))
    try:
        await w.write(third, "amal", "encore", reply_to=topic["uri"])
    except Forbidden:
        pass
    else:
        raise AssertionError("a closed topic took an answer")


async def test_votes_and_edits_cross_too(node, other, third):
    eau = await w.open_forum(node)
    for one in (other, third):
        await w.join(one, eau["uri"])
    topic = await w.write(other, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    there = await w.has(third, topic["uri"])
    await third.api("POST", f"/api/v1/statuses/{there['id']}/favourite", third.token())
    for one in (node, other):
        await until(lambda one=one: one.read(lambda db: db.value("select likes from posts where kind = 'topic'") == 1))
    await third.api("POST", f"/api/v1/statuses/{there['id']}/unfavourite", third.token())
    for one in (node, other):
        await until(lambda one=one: one.read(lambda db: db.value("select likes from posts where kind = 'topic'") == 0))
    await other.api("PUT", f"/api/v1/statuses/{topic['id']}", other.token("yto"), json={"status": "Plus profond ?"})
    for one in (node, third):
        await until(lambda one=one: one.read(
            lambda db: "profond" in db.value("select content from posts where kind = 'topic'")))  # fmt: skip


async def test_a_moderator_on_another_node_marks_and_bans(node, other, third):
    eau = await w.open_forum(node)
    for one in (other, third):
        await w.join(one, eau["uri"])
    topic = await w.write(third, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    for one in (node, other):
        await w.has(one, topic["uri"])
    answer = await w.write(node, "yto", "À la main.", reply_to=topic["uri"])
    for one in (other, third):
        await w.has(one, answer["uri"])
    amal = await node.read(actors.by_uri, other.uri("amal"))
    await w.moderate(node, "appoint", "amal", eau, amal)
    await until(lambda: other.read(
        lambda db: db.value("select 1 from moderators join actors on actors.id = actor where local")))  # fmt: skip

    there = await w.has(other, topic["uri"])
    await w.moderate(other, "solve", "amal", there, await w.by_uri(other, answer["uri"]))
    for one in (node, other, third):
        await until(lambda one=one: one.read(lambda db: db.value("select solution is not null from topics")))
    served = json.loads(await (await third.get(f"/posts/{topic['id']}")).read())
    assert served["asso:solution"] == answer["uri"] and served["name"] == "Un puits"

    yto = await other.read(actors.by_uri, third.uri("yto"))
    place = await other.read(actors.by_uri, eau["uri"])

    def ban(db):
        from federation import moderation

        moderation.ban(db, actors.ours(db, "amal"), place, yto, "insultes", now(), with_posts=True)

    await other.write(ban)
    for one in (node, third):
        await until(lambda one=one: one.read(lambda db: db.value("select removed from posts where kind = 'topic'")))
    try:
        await w.write(third, "yto", "encore", title="Encore", place=eau["uri"])
    except Forbidden:
        pass
    else:
        raise AssertionError("a banned member wrote")


async def test_who_writes_in_a_forum_that_nobody_here_knows_joins_it(node, other):
    eau = await w.open_forum(node)
    await resolve.actor(other.bridge, eau["uri"])
    topic = await w.write(other, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    await w.has(node, topic["uri"])
    await until(lambda: other.read(lambda db: submissions.state(db, topic["id"], now()) == "accepted"))


async def test_staff_of_the_node_moderates_as_a_person_of_its_server(node, other):
    def make(db):
        yto = actors.ours(db, "yto")
        return actors.get(db, groups.open_forum(db, "eau", {"fr": "L'eau"}, [yto["id"]], now()))

    eau = await node.write(make)
    await w.join(other, eau["uri"])
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    await w.has(other, topic["uri"])
    await w.moderate(node, "remove", "amal", topic, "hors sujet")
    await until(lambda: other.read(lambda db: db.value("select removed from posts where kind = 'topic'")))
    [line] = await other.read(lambda db: db.rows("select * from forum_log").fetchall())
    assert line["reason"] == "hors sujet"
    assert (await other.read(actors.get, line["moderator"]))["uri"] == node.uri("amal"), "whom the forum does not list"
    await w.moderate(node, "restore", "amal", await w.by_uri(node, topic["uri"]))
    await until(lambda: other.read(lambda db: db.value("select removed is null from posts where kind = 'topic'")))


async def test_who_opens_a_topic_gets_the_answers_that_were_missed(node, other):
    eau = await w.open_forum(node)
    await w.join(other, eau["uri"])
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    there = await w.has(other, topic["uri"])
    answer = await w.write(node, "amal", "À la main.", reply_to=topic["uri"])
    kept = await w.has(other, answer["uri"])
    await other.write(lambda db: posts.delete(db, kept["id"]))
    await backfill.opened(other.bridge, there)
    await w.has(other, answer["uri"])


async def test_who_joins_later_has_what_was_there(node, other):
    eau = await w.open_forum(node)
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    answer = await w.write(node, "amal", "À la main.", reply_to=topic["uri"])
    await w.moderate(node, "pin", "amal", topic)
    await w.join(other, eau["uri"])
    await w.has(other, answer["uri"])
    rows = await until(lambda: other.read(lambda db: topics.of(db, actors.by_uri(db, eau["uri"])["id"], None)))
    await until(lambda: other.read(lambda db: db.value("select count(*) from pins")))
    assert [(row["title"], row["answers"]) for row in rows] == [("Un puits", 1)]
