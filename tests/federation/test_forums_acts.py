"""Acts of moderation as Lemmy and PieFed say them: by staff of the Group's server, with posts and back, answers chosen."""

from typing import Any

import pytest

from federation import moderation as verbs
from federation import resolve
from federation import vocabulary as v
from federation.handlers import flag
from node.network import bans, moderation, topics
from node.people import actors
from node.posts import posts
from tests.conftest import now, until
from tests.federation import forum_world as w
from tests.federation.forum_world import announced, become_member
from tests.federation.test_forums_theirs import acts, done, main, relay  # noqa: F401
from tests.peer import Peer


@pytest.fixture
async def eau(node):
    return await w.open_forum(node)


async def actor_of(node: Any, uri: str) -> Any:
    return await until(lambda: node.read(actors.by_uri, uri))


def block(peer: Peer, number: int, actor: str, person: str, place: str, **more: Any) -> dict[str, Any]:
    return {"@context": [v.AS2], "id": f"{peer.origin}/block/{number}", "type": "Block", "actor": actor, "object": person,
            "target": place, "to": [v.PUBLIC], "cc": [place], "audience": place, "summary": "insultes", **more}  # fmt: skip


def undo(peer: Peer, number: int, inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    kept = {key: value for key, value in inner.items() if key != "@context"}
    return {"@context": [v.AS2], "id": f"{peer.origin}/undo/{number}", "type": "Undo", "actor": inner["actor"],
            "object": kept, "to": inner["to"], "cc": inner["cc"], "audience": inner["audience"], **more}  # fmt: skip


def chosen(peer: Peer, number: int, actor: str, answer: str, place: str) -> dict[str, Any]:
    return {"@context": [v.AS2], "id": f"{peer.origin}/answer/{number}", "type": "ChooseAnswer", "actor": actor,
            "object": answer, "audience": place, "to": [v.PUBLIC], "cc": [place]}  # fmt: skip


async def solution(node: Any, topic: str) -> str | None:
    """The URI of what solved the topic."""
    return await node.read(  # type: ignore[no-any-return]
        lambda db: db.value(
            "select solved.uri from topics join posts on posts.id = topics.post"
            " left join posts solved on solved.id = topics.solution where posts.uri = ?",
            (topic,),
        )
    )


# ── in a Group of theirs ──────────────────────────────────────────────────────


async def test_staff_of_the_groups_own_server_is_obeyed_though_no_list_names_it(node, peer, main):  # noqa: F811
    lina, admin = w.actor(peer, "lina"), w.actor(peer, "admin")
    topic = w.page(peer, 1, lina, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])
    pin, lock, ban, _appoint, remove = acts(peer, main, admin, topic["id"], lina)
    for number, act in enumerate((pin, lock, ban, remove), 2):
        await relay(node, peer, main, act, number)
        await done(node, count=number)
    kept = await w.by_uri(node, topic["id"])
    assert kept["locked"] and kept["removed"]
    place, who = await actor_of(node, main), await actor_of(node, lina)
    assert await node.read(bans.get, place["id"], who["id"], now())
    assert (await node.read(moderation.log, place["id"]))[0]["moderator"] == (await actor_of(node, admin))["id"]


async def test_a_ban_takes_posts_along_and_brings_them_back(node, peer, main):  # noqa: F811
    lina, mod = w.actor(peer, "lina"), f"{peer.origin}/users/mod"
    first, second = w.page(peer, 1, lina, main, "Un"), w.page(peer, 2, lina, main, "Deux")
    for number, one in enumerate((first, second), 1):
        await relay(node, peer, main, w.create(peer, number, one, main), number)
        await w.has(node, one["id"])
    place = await actor_of(node, main)
    gone = {"id": f"{peer.origin}/acts/9", "type": "Delete", "actor": mod, "object": first["id"], "to": [v.PUBLIC],
            "cc": [main], "summary": "hors sujet"}  # fmt: skip
    await relay(node, peer, main, gone, 3)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 1 from posts where removed is not null")))
    ban = block(peer, 1, mod, lina, main, removeData=True)
    await relay(node, peer, main, ban, 4)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 2 from posts where removed is not null")))
    await relay(node, peer, main, undo(peer, 1, ban, restoreData=True), 5)
    await until(
        lambda: node.read(lambda db: db.value("select removed is null from posts where uri = ?", (second["id"],)))
    )
    assert (await w.by_uri(node, first["id"]))["removed"], "what was removed for itself stays so"
    assert await w.titles(node, main) == ["Deux"]
    assert await node.read(bans.get, place["id"], (await actor_of(node, lina))["id"], now()) is None
    await relay(node, peer, main, block(peer, 2, mod, lina, main, removeData=True), 6)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 2 from posts where removed is not null")))
    await relay(node, peer, main, undo(peer, 2, block(peer, 2, mod, lina, main)), 7)
    await done(node, count=7)
    assert (await w.by_uri(node, second["id"]))["removed"], "without restoreData the posts stay removed"


async def test_a_ban_that_comes_straight_from_its_moderator_is_no_block_between_two_people(node, peer, main):  # noqa: F811
    mod, ours = f"{peer.origin}/users/mod", node.uri("yto")
    for number, target in enumerate((main, f"{peer.origin}/"), 1):
        await w.say(peer, node, block(peer, number, mod, ours, target))
    await until(
        lambda: node.read(
            lambda db: db.value("select count(*) = 2 from received where state = 'done' and activity like '%/block/%'")
        )
    )
    assert await node.read(lambda db: db.value("select count(*) from blocks")) == 0
    plain = {
        "@context": [v.AS2],
        "id": f"{peer.origin}/block/3",
        "type": "Block",
        "actor": mod,
        "object": ours,
        "to": [ours],
    }
    await w.say(peer, node, plain)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 1 from blocks")))


async def test_who_asked_in_a_group_of_theirs_chooses_the_answer(node, other, peer, main):  # noqa: F811
    lina, omar = w.actor(peer, "lina"), w.actor(peer, "omar")
    topic = w.page(peer, 1, lina, main)
    answer = w.comment(peer, 1, omar, main, topic["id"])
    for number, one in enumerate((topic, answer), 1):
        await relay(node, peer, main, w.create(peer, number, one, main), number)
        await w.has(node, one["id"])
    await relay(node, peer, main, chosen(peer, 1, other.uri("yto"), answer["id"], main), 3)
    await done(node, count=3)
    assert await solution(node, topic["id"]) is None, "somebody elsewhere neither asked nor decides"
    choice = chosen(peer, 2, lina, answer["id"], main)
    await relay(node, peer, main, choice, 4)
    await until(lambda: solution(node, topic["id"]))
    assert await solution(node, topic["id"]) == answer["id"]
    await relay(node, peer, main, undo(peer, 3, choice), 5)
    await done(node, count=5)
    assert await solution(node, topic["id"]) is None


# ── in a Group of ours ────────────────────────────────────────────────────────


async def test_who_asked_from_piefed_chooses_the_answer_in_a_forum_of_ours(node, eau, peer):
    await become_member(node, peer, eau, "piefed")
    stranger = w.actor(peer, "stranger")
    topic = w.page(peer, 1, peer.uri, eau["uri"])
    await w.say(peer, node, w.create(peer, 1, topic, eau["uri"]))
    await w.has(node, topic["id"])
    answer = await w.write(node, "yto", "Avec une pompe", reply_to=topic["id"])
    await w.say(peer, node, chosen(peer, 1, stranger, answer["uri"], eau["uri"]))
    choice = chosen(peer, 2, peer.uri, answer["uri"], eau["uri"])
    await w.say(peer, node, choice)
    await peer.wait_for(announced("ChooseAnswer"))
    assert await solution(node, topic["id"]) == answer["uri"]
    line = await node.read(lambda db: moderation.last(db, "solve", place=eau["id"]))
    assert line["moderator"] == (await actor_of(node, peer.uri))["id"]
    assert await node.read(moderation.log, eau["id"]) == [], "who asked is no moderator"
    await w.say(peer, node, undo(peer, 4, choice))
    await until(lambda: node.read(lambda db: db.value("select solution is null from topics")))
    await w.say(peer, node, chosen(peer, 5, peer.uri, topic["id"], eau["uri"]))
    await until(lambda: node.read(lambda db: db.value("select state from received where activity like '%/answer/5'")))
    assert await solution(node, topic["id"]) is None, "a question is no answer"


async def test_posts_that_go_with_a_ban_are_served_to_nobody_until_they_are_brought_back(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    topic = await w.write(node, "yto", "insultes", title="Insultes", place=eau["uri"])
    passed = await peer.wait_for(announced("Create"))
    address = passed["id"].removeprefix(node.origin)
    assert (await node.get(address)).status == 200
    yto = await node.read(actors.ours, "yto")

    def act(verb: Any, *arguments: Any) -> Any:
        return lambda db: getattr(verbs, verb)(
            db, actors.ours(db, "amal"), eau, yto, *arguments, now(), with_posts=True
        )

    await node.write(act("ban", "insultes"))
    assert (await node.get(address)).status == 404 and topic["uri"] not in await (
        await node.get("/groups/eau/outbox")
    ).text()
    assert (await peer.wait_for(announced("Block")))["object"]["removeData"] is True
    await node.write(act("unban"))
    assert (await node.get(address)).status == 200
    assert (await peer.wait_for(announced("Undo")))["object"]["restoreData"] is True
    assert len(await node.read(topics.of, eau["id"], None)) == 1


# ── reports ───────────────────────────────────────────────────────────────────


async def test_a_report_about_what_somebody_elsewhere_wrote_in_a_forum_of_ours_waits_here(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    rude, lina = w.actor(peer, "rude"), w.actor(peer, "lina")
    topic = w.page(peer, 1, rude, eau["uri"])
    await w.say(peer, node, w.create(peer, 1, topic, eau["uri"]))
    kept = await w.has(node, topic["id"])
    report = {"@context": v.AS2, "id": f"{peer.origin}/flags/1", "type": "Flag", "actor": lina, "object": topic["id"],
              "summary": "insultes", "to": [eau["uri"]]}  # fmt: skip
    await w.say(peer, node, report)
    row = await until(lambda: node.read(lambda db: db.row("select * from reports")))
    assert (row["target"], row["posts"], row["comment"]) == (kept["author"], f"[{kept['id']}]", "insultes")
    note = peer.note()
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    await w.say(peer, node, report | {"id": f"{peer.origin}/flags/2", "object": note["id"]})
    await until(
        lambda: node.read(lambda db: db.value("select state = 'done' from received where activity like '%/flags/2'"))
    )
    assert await node.read(lambda db: db.value("select count(*) from reports")) == 1, (
        "what is said elsewhere is not ours"
    )


async def test_a_report_goes_to_the_forum_too_where_its_author_lives_elsewhere(node, other, peer, main):  # noqa: F811
    await resolve.actor(node.bridge, other.uri("yto"))
    theirs = await w.write(other, "yto", "insultes")
    mine = await w.write(node, "yto", "Bonjour", title="Bonjour", place=main)
    place, author = await actor_of(node, main), await actor_of(node, other.uri("yto"))
    post = await resolve.post(node.bridge, theirs["uri"])
    await node.write(lambda db: posts.change(db, post["id"], place=place["id"]))
    await node.write(lambda db: flag.put(db, author, [post["id"]], "rude", now()))
    told = await peer.wait_for(lambda one: one["type"] == "Flag")
    assert (told["object"], told["to"], told["summary"]) == (theirs["uri"], [main], "rude")
    await until(lambda: other.read(lambda db: db.value("select comment from reports")))
    yto = await node.read(actors.ours, "yto")
    await node.write(lambda db: flag.put(db, yto, [mine["id"]], "hors sujet", now()))
    told = await peer.wait_for(lambda one: one["type"] == "Flag" and one["object"] == mine["uri"])
    assert told["to"] == [main]
