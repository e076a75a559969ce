"""What is reported in a forum reaches those who look after it, wherever they live, and never names who complained."""

from typing import Any

import pytest

from federation import reporting, resolve
from federation import vocabulary as v
from federation.handlers import flag
from node.care import reports
from node.people import actors
from node.posts import posts
from tests.conftest import now, until
from tests.federation import forum_world as w
from tests.federation.forum_world import become_member
from tests.federation.test_forums_theirs import main, relay  # noqa: F401
from tests.web.visitor import Visitor


@pytest.fixture
async def eau(node: Any, other: Any) -> Any:
    """Our forum; Yto of the other node looks after it with our Amal."""
    made = await w.open_forum(node)
    await w.join(other, made["uri"], "yto")
    yto = await resolve.actor(node.bridge, other.uri("yto"))
    await w.moderate(node, "appoint", "amal", made, yto)
    place = await resolve.actor(other.bridge, made["uri"])
    await until(lambda: other.read(lambda db: db.value(
        "select 1 from moderators join actors on actors.id = moderators.actor and actors.name = 'yto' where place = ?",
        (place["id"],))))  # fmt: skip
    return made


async def a_topic(node: Any, other: Any, eau: Any, who: str = "yto") -> Any:
    topic = await w.write(node, who, "Achetez !", title="Réclame", place=eau["uri"])
    await w.has(other, topic["uri"])
    return topic


async def told(node: Any) -> Any:
    """The one report that the node has."""
    row = await until(lambda: node.read(lambda db: db.row("select * from reports")))
    assert await node.read(lambda db: db.value("select count(*) from reports")) == 1
    return row


async def test_a_moderator_on_another_node_reads_it_there_and_learns_no_name(node, other, eau):
    topic = await a_topic(node, other, eau)
    async with Visitor(node) as amal, Visitor(other) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await amal.report(topic["id"], "those who look after the forum", category="spam", comment="une réclame")
        row = await told(other)
        there = await other.read(posts.by_uri, topic["uri"])
        assert (row["posts"], row["comment"], row["target"]) == (f"[{there['id']}]", "une réclame", there["author"])
        assert (await other.read(actors.get, row["reporter"]))["uri"] == f"{node.origin}/actor"
        watch = f"/f/eau@{node.host}/moderation"
        noted = await yto.get("/notifications")
        assert "Something was reported in" in noted.words and f'href="{watch}#reports"' in noted.text
        shown = await yto.get(watch)
        assert "une réclame" in shown.words and f"/posts/{there['id']}/moderate" in shown.text
        done = await yto.send(shown, watch, 0, do="seen")
        assert "No report waits." in done.words
    letters = await node.read(
        lambda db: [dict(row) for row in db.rows("select type, public from letters where type = 'Flag'")]
    )
    assert letters == [{"type": "Flag", "public": 0}], "told once, and read at no address"


async def test_what_comes_from_elsewhere_is_handed_on_without_who_said_it(node, other, eau, peer):
    topic = await a_topic(node, other, eau)
    await become_member(node, peer, eau, "lemmy")
    report = {"@context": v.AS2, "id": f"{peer.origin}/flags/1", "type": "Flag", "actor": peer.uri, "object": topic["uri"],
              "summary": "insultes", "to": [eau["uri"]], "audience": eau["uri"]}  # fmt: skip
    await w.say(peer, node, report)
    row = await told(other)
    assert row["comment"] == "insultes"
    assert (await other.read(actors.get, row["reporter"]))["uri"] == f"{node.origin}/actor"
    assert [one for one in peer.received if one["type"] == "Flag"] == [], "not back to where it came from"


async def test_moderators_are_not_told_of_one_of_theirs(node, other, eau):
    await w.write(other, "yto", "Insultes", title="Insultes", place=eau["uri"])
    kept = await until(lambda: node.read(lambda db: db.row("select * from posts where title = 'Insultes'")))
    amal = await node.read(actors.ours, "amal")
    await node.write(lambda db: reports.keep(db, amal["id"], kept["author"], [kept["id"]], "rude", now()))
    await node.write(lambda db: reporting.tell_moderators(db, kept["author"], [kept["id"]], "rude", now()))
    assert await node.read(lambda db: db.value("select count(*) from letters where type = 'Flag'")) == 0


@pytest.mark.parametrize("software", ["lemmy", "piefed"])
async def test_lemmy_and_piefed_hear_it_from_an_account_that_they_can_read(node, peer, software):
    """Neither reads an Application: a report by one was lost there."""
    forum, topic, _answer = await w.open_with_an_answer(node, peer)
    await node.write(lambda db: db.execute("update hosts set software = ?", (software,)))
    mod = w.actor(peer, "mod")
    await w.moderate(node, "appoint", "amal", forum, await resolve.actor(node.bridge, mod))
    mine = await w.write(node, "yto", "Achetez !", title="Réclame", place=forum["uri"])
    await node.write(lambda db: reporting.tell_moderators(db, mine["author"], [mine["id"]], "une réclame", now()))
    said = await peer.wait_for(lambda one: one["type"] == "Flag")
    wanted = {"object": mine["uri"], "to": [forum["uri"]], "audience": forum["uri"], "summary": "une réclame"}
    assert {key: said[key] for key in wanted} == wanted
    document = await (await node.get(said["actor"].removeprefix(node.origin))).json()
    assert document["type"] == "Service" and document["id"] == said["actor"] == f"{node.origin}/users/report"
    assert document["discoverable"] is False and document["manuallyApprovesFollowers"] is True
    badr = await node.read(actors.by_uri, peer.uri)
    kept = await w.by_uri(node, topic["id"])
    await node.write(lambda db: flag.put(db, badr, [kept["id"]], "rude", now()))
    again = await peer.wait_for(lambda one: one["type"] == "Flag" and one["object"] == topic["id"])
    assert again["actor"] == said["actor"], "made once"
    shown = await node.api("GET", "/api/v1/directory?local=true", node.token())
    assert "report" not in [one["username"] for one in shown]


async def test_a_lemmy_community_hands_reports_to_who_moderates_it_here(node, other, peer, main):  # noqa: F811
    lina, rude = w.actor(peer, "lina"), w.actor(peer, "rude")
    topic = w.page(peer, 1, rude, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    kept = await w.has(node, topic["id"])
    report = {"id": f"{peer.origin}/flags/1", "type": "Flag", "actor": lina, "object": topic["id"], "to": [main],
              "summary": "insultes", "audience": main}  # fmt: skip
    await relay(node, peer, main, report, 2)
    await until(lambda: node.read(lambda db: db.value("select 1 from received where state = 'done' and activity like '%announce/2%'")))  # fmt: skip
    assert await node.read(lambda db: db.value("select count(*) from reports")) == 0, "nobody here looks after it"
    appointed = {"id": f"{peer.origin}/acts/1", "type": "Add", "actor": f"{peer.origin}/users/mod",
                 "object": node.uri("amal"), "target": f"{main}/moderators", "to": [v.PUBLIC], "cc": [main]}  # fmt: skip
    await relay(node, peer, main, appointed, 3)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 2 from moderators")))
    await relay(node, peer, main, report, 4)
    row = await told(node)
    place = await node.read(actors.by_uri, main)
    assert (row["target"], row["posts"], row["comment"]) == (kept["author"], f"[{kept['id']}]", "insultes")
    assert row["reporter"] == place["id"], "in the community's name, not in hers"
    straight = {"@context": v.AS2, **report, "id": f"{peer.origin}/flags/2", "summary": "et encore"}  # PieFed
    await w.say(peer, node, straight)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 2 from reports")))
    theirs = await w.write(other, "yto", "ailleurs")
    await resolve.post(node.bridge, theirs["uri"])
    await relay(node, peer, main, report | {"id": f"{peer.origin}/flags/3", "object": theirs["uri"]}, 5)
    await until(lambda: node.read(lambda db: db.value("select 1 from received where state = 'done' and activity like '%announce/5%'")))  # fmt: skip
    assert await node.read(lambda db: db.value("select count(*) from reports")) == 2, "it speaks of its own posts alone"


async def test_an_app_reports_a_members_post_to_the_forum_elsewhere(node, peer, main):  # noqa: F811
    mine = await w.write(node, "yto", "Bonjour", title="Bonjour", place=main)
    author = await node.read(actors.ours, "yto")
    sent = {"account_id": str(author["id"]), "status_ids": [str(mine["id"])], "comment": "hors sujet", "forward": True}
    made = await node.api("POST", "/api/v1/reports", node.token(), json=sent)
    assert made["forwarded"] is True
    said = await peer.wait_for(lambda one: one["type"] == "Flag")
    assert (said["object"], said["to"], said["summary"]) == (mine["uri"], [main], "hors sujet")
    sent = {"account_id": str(author["id"]), "comment": "elle", "forward": True}
    assert (await node.api("POST", "/api/v1/reports", node.token(), json=sent))["forwarded"] is False
