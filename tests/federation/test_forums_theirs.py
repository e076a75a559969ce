"""A forum of another server: joined, written in, read, moderated; and nothing taken on the forum's word alone."""

import asyncio
import json

import pytest

from federation import outbox, proofs, resolve
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft
from node import hosts
from node.network import moderation, moderators, submissions, topics
from node.people import actors
from node.posts import posts
from tests.conftest import until
from tests.federation import forum_world as w
from tests.peer import Peer


@pytest.fixture
async def main(node, peer):
    """A community of a Lemmy server that our Amal has joined; its moderator is `mod`."""
    w.says(peer, "lemmy")
    uri = w.group(peer, "main", [w.actor(peer, "mod")])
    await accept(node, peer, uri)
    return uri


async def accept(node, peer, uri, before=None):
    """Amal asks to join, the Group answers; what it held before is read.  before: what it does meanwhile."""
    joining = asyncio.create_task(w.join(node, uri))
    asked = await peer.wait_for(lambda one: one["type"] == "Follow" and one["object"] == uri)
    if before is not None:
        await before()
    answer = {"@context": v.AS2, "id": f"{peer.origin}/accept/{uri[-4:]}", "type": "Accept", "actor": uri,
              "object": asked, "to": [asked["actor"]]}  # fmt: skip
    await w.say(peer, node, answer)
    await joining
    await until(lambda: node.read(lambda db: db.value("select not exists (select 1 from tasks where kind = 'joined')")))


async def relay(node, peer, place, inner, number=1):
    return await w.say(peer, node, w.announce(peer, number, place, inner))


async def done(node, ends="done", count=1):
    """So many received Announces have ended so."""
    await until(lambda: node.read(lambda db: db.value(
        "select count(*) >= ? from received where state = ? and activity like '%announce%'", (count, ends))))  # fmt: skip


async def test_what_we_write_goes_to_the_group_and_waits_for_it(node, peer, main):
    topic = await w.write(node, "amal", "Qui sait ?", title="Puits", place=main)
    sent = await peer.wait_for(lambda one: one["type"] == "Create")
    assert sent["audience"] == main and sent["to"] == [v.PUBLIC, main] and sent["cc"] == []
    assert sent["object"]["type"] == "Page"
    assert await node.read(submissions.state, topic["id"], now()) == "waiting"
    await relay(node, peer, main, sent)
    await until(lambda: node.read(lambda db: submissions.state(db, topic["id"], now()) == "accepted"))
    assert await w.titles(node, main) == ["Puits"]

    answer = await w.write(node, "amal", "Moi.", reply_to=topic["uri"])
    sent = await peer.wait_for(lambda one: one["type"] == "Create" and one["object"]["id"] == answer["uri"])
    reject = {"@context": v.AS2, "id": f"{peer.origin}/reject/1", "type": "Reject", "actor": main, "to": [sent["actor"]],
              "object": {"id": sent["id"], "type": "Create", "actor": sent["actor"], "object": answer["uri"]}}  # fmt: skip
    await w.say(peer, node, reject)
    await until(lambda: node.read(lambda db: submissions.state(db, answer["id"], now()) == "refused"))
    [shown] = await node.read(topics.answers, topic, topic["author"])
    assert shown["submission"] == "refused"


async def test_a_topic_that_overtakes_the_answer_to_who_joins_is_kept(node, peer):
    """What a Group passes on goes to the shared inbox, its Accept to her own."""
    w.says(peer, "lemmy")
    main = w.group(peer, "main", [w.actor(peer, "mod")])
    topic = w.page(peer, 1, w.actor(peer, "lina"), main)
    home = node.token()

    async def overtake() -> None:
        await relay(node, peer, main, w.create(peer, 1, topic, main))
        await w.has(node, topic["id"])
        assert await node.api("GET", "/api/v1/timelines/home", home) == []

    await accept(node, peer, main, overtake)
    [shown] = await until(lambda: node.api("GET", "/api/v1/timelines/home", home))
    assert shown["reblog"]["uri"] == topic["id"]


async def test_topics_and_answers_of_others_arrive(node, peer, main):
    lina = w.actor(peer, "lina")
    topic = w.page(peer, 1, lina, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    kept = await w.has(node, topic["id"])
    assert kept["kind"] == "topic" and await w.titles(node, main) == ["Puits"]
    answer = w.comment(peer, 1, lina, main, topic["id"])
    under = w.comment(peer, 2, lina, main, answer["id"], content="<p>Oui.</p>", published="2026-01-01T00:02:00Z")
    await relay(node, peer, main, w.create(peer, 3, under, main), 2)
    await w.has(node, under["id"])
    await relay(node, peer, main, w.create(peer, 2, answer, main), 3)
    await until(lambda: node.read(lambda db: len(topics.answers(db, kept, None)) == 2))
    shown = await node.read(topics.answers, kept, None)
    assert [(row["uri"], row["level"]) for row in shown] == [(answer["id"], 1), (under["id"], 2)]
    [home] = await node.api("GET", "/api/v1/timelines/home", node.token())
    assert home["reblog"]["uri"] == topic["id"] and home["account"]["username"] == "main"


async def test_whom_an_answer_names_beside_one_of_ours_is_known_from_then_on(node, peer, main):
    """Else apps would show her name alone, and an answer would not reach the other."""
    lina, zineb = w.actor(peer, "lina"), w.actor(peer, "zineb")
    amal = node.uri("amal")
    topic = w.page(peer, 1, lina, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])
    tags = [{"type": "Mention", "href": one, "name": "@x"} for one in (amal, zineb)]
    answer = w.comment(peer, 1, lina, main, topic["id"], tag=tags, cc=[main, amal, zineb])
    await relay(node, peer, main, w.create(peer, 2, answer, main), 2)
    kept = await w.has(node, answer["id"])
    named = await node.read(lambda db: [row["uri"] for row in posts.mentions(db, kept["id"])])
    assert {amal, zineb} <= set(named) and peer.asked.count("/users/zineb") == 1


async def test_an_edit_and_a_deletion_are_asked_for_at_the_origin(node, peer, main):
    lina = w.actor(peer, "lina")
    topic = w.page(peer, 1, lina, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])
    claimed = topic | {"name": "Faux", "updated": "2026-03-01T00:00:00Z"}
    w.page(peer, 1, lina, main, "Vrai", updated="2026-03-01T00:00:00Z")
    await relay(node, peer, main, w.create(peer, 2, claimed, main, "Update"), 2)
    await until(lambda: _are(node, main, ["Vrai"]))

    gone = {"id": f"{peer.origin}/delete/1", "type": "Delete", "actor": lina, "to": [v.PUBLIC], "object": topic["id"]}
    await relay(node, peer, main, gone, 3)
    await done(node, count=3)
    assert await w.titles(node, main) == ["Vrai"]
    del peer.documents["/post/1"]
    await relay(node, peer, main, gone | {"id": f"{peer.origin}/delete/2"}, 4)
    await until(lambda: _are(node, main, []))


async def _are(node, place, wanted):
    return await w.titles(node, place) == wanted


async def test_a_group_cannot_put_words_into_anothers_mouth(node, peer, other, main):
    theirs = other.uri("amal")
    forged = {"id": f"{other.origin}/posts/77", "type": "Page", "attributedTo": theirs, "to": [v.PUBLIC, main], "cc": [],
              "name": "Faux", "content": "<p>jamais dit</p>", "published": "2026-01-01T00:00:00Z"}  # fmt: skip
    made = {
        "id": f"{other.origin}/posts/77/activity",
        "type": "Create",
        "actor": theirs,
        "to": [v.PUBLIC],
        "object": forged,
    }
    await relay(node, peer, main, made)
    lina = w.actor(peer, "lina")
    unserved = w.page(peer, 5, lina, main, "Faux aussi")
    del peer.documents["/post/5"]
    await relay(node, peer, main, w.create(peer, 5, unserved, main), 2)
    await done(node, count=2)
    assert await w.titles(node, main) == []
    assert await node.read(lambda db: db.value("select count(*) from posts")) == 0


async def test_a_broken_proof_is_no_proof(node, other, peer, main):
    place = await resolve.actor(other.bridge, main)
    said = await w.write(other, "yto", "vrai", title="Vrai", place=place["uri"])
    answer = json.loads(await (await other.get(f"/posts/{said['id']}/activity")).read())
    broken = answer | {"object": answer["object"] | {"name": "Faux", "content": "<p>Faux</p>"}}
    envelope = w.announce(peer, 1, main, None) | {"object": broken}
    await w.say(peer, node, envelope)
    await done(node)
    assert await w.by_uri(node, said["uri"]) is None
    whole = w.announce(peer, 2, main, None) | {"object": answer}
    await w.say(peer, node, whole)
    kept = await w.has(node, said["uri"])
    assert kept["title"] == "Vrai"


@pytest.mark.parametrize("key_known", [True, False])
async def test_what_was_taken_back_since_is_not_passed_on_again_by_its_proof(node, other, peer, main, key_known):
    """The proof of its author holds for ever; after some hours she is asked."""
    place = await resolve.actor(other.bridge, main)
    draft = Draft(text="vrai", title="Vrai", kind="topic", place=place["id"])
    said = await other.write(
        lambda db: outbox.publish(db, actors.ours(db, "yto"), draft, now() - proofs.FRESH - 60_000)
    )
    answer = json.loads(await (await other.get(f"/posts/{said['id']}/activity")).read())
    assert answer["proof"]["cryptosuite"] == proofs.SUITE
    if key_known:
        await resolve.actor(node.bridge, other.uri("yto"))
    await other.write(lambda db: outbox.delete(db, posts.get(db, said["id"]), now()))
    await w.say(peer, node, w.announce(peer, 1, main, None) | {"object": answer})
    await done(node)
    assert await w.by_uri(node, said["uri"]) is None


async def test_a_group_that_nobody_here_joined_is_not_heard(node, peer, main):
    stranger = w.group(peer, "other", [])
    topic = w.page(peer, 1, w.actor(peer, "lina"), stranger)
    await relay(node, peer, stranger, w.create(peer, 1, topic, stranger))
    await done(node)
    assert await w.by_uri(node, topic["id"]) is None


async def test_nothing_comes_through_a_group_from_a_blocked_server(node, other, peer, main):
    place = await w.open_forum(other)
    said = await w.write(other, "yto", "vrai", title="Vrai", place=place["uri"])
    activity = json.loads(await (await other.get(f"/posts/{said['id']}/activity")).read())
    await resolve.actor(node.bridge, other.uri("yto"))  # so that her proof could be checked without the network
    await node.write(hosts.decide, other.host, "block")
    await w.say(peer, node, w.announce(peer, 1, main, None) | {"object": activity})
    await done(node)
    assert await w.by_uri(node, said["uri"]) is None


async def test_what_the_group_has_not_passed_on_is_not_in_it(node, peer, main):
    async with Peer(name="zoe") as zoe:
        topic = w.page(zoe, 1, zoe.uri, main, "Zoé")
        await w.say(zoe, node, w.create(zoe, 1, topic, main))
        await until(lambda: w.by_uri(node, topic["id"]))
        assert await w.titles(node, main) == []
        await w.say(peer, node, w.announce(peer, 1, main, w.create(zoe, 1, topic, main)))
        await until(lambda: _are(node, main, ["Zoé"]))


async def test_an_announce_inside_an_announce_is_dropped(node, peer, main):
    topic = w.page(peer, 1, w.actor(peer, "lina"), main)
    inner = w.announce(peer, 1, main, w.create(peer, 1, topic, main))
    await relay(node, peer, main, inner, 2)
    await done(node)
    assert await w.by_uri(node, topic["id"]) is None


def acts(peer, place, actor, topic, person):
    common = {"actor": actor, "to": [v.PUBLIC], "cc": [place], "audience": place}
    made = [
        {"type": "Add", "object": topic, "target": f"{place}/featured"},
        {"type": "Lock", "object": topic, "summary": "fini"},
        {"type": "Block", "object": person, "target": place, "summary": "insultes"},
        {"type": "Add", "object": person, "target": f"{place}/moderators"},
        {"type": "Delete", "object": topic, "summary": "hors sujet"},
    ]
    return [common | {"id": f"{peer.origin}/acts/{number}"} | one for number, one in enumerate(made)]


async def test_moderators_of_the_group_are_obeyed_in_it(node, peer, main):
    lina, mod = w.actor(peer, "lina"), f"{peer.origin}/users/mod"
    topic = w.page(peer, 1, lina, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])
    for number, act in enumerate(acts(peer, main, mod, topic["id"], lina), 2):
        await relay(node, peer, main, act, number)
        await done(node, count=number)
    place = await node.read(actors.by_uri, main)
    log = [(row["act"], row["reason"]) for row in await node.read(moderation.log, place["id"])]
    assert log == [("remove", "hors sujet"), ("appoint", ""), ("ban", "insultes"), ("lock", "fini"), ("pin", "")]
    lock, delete = acts(peer, main, mod, topic["id"], lina)[1::3]
    for number, act in enumerate((lock, delete), 7):
        undo = {"id": f"{peer.origin}/undo/{number}", "type": "Undo", "actor": mod, "to": [v.PUBLIC], "cc": [main],
                "object": act}  # fmt: skip
        await relay(node, peer, main, undo, number)
    await until(
        lambda: node.read(lambda db: db.value("select removed is null and not locked from posts where kind = 'topic'"))
    )


async def test_nobody_else_is_and_not_elsewhere(node, peer, main):
    lina = w.actor(peer, "lina")
    topic = w.page(peer, 1, lina, main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])
    async with Peer() as far:
        stranger = w.actor(far, "stranger")
        said = w.comment(far, 9, stranger, main, topic["id"])
        await relay(node, peer, main, w.create(far, 9, said, main), 99)
        await w.has(node, said["id"])
    for number, act in enumerate(acts(peer, main, stranger, topic["id"], lina), 2):
        await relay(node, peer, main, act, number)
    ours = await w.open_forum(node, "eau")
    mine = await w.write(node, "yto", "ici", title="Ici", place=ours["uri"])
    mod = f"{peer.origin}/users/mod"
    for number, act in enumerate(acts(peer, ours["uri"], mod, mine["uri"], lina), 7):
        await relay(node, peer, main, act, number)
    loose = {"id": f"{peer.origin}/direct/1", "type": "Lock", "actor": mod, "to": [v.PUBLIC], "object": topic["id"]}
    await w.say(peer, node, {"@context": v.AS2, **loose})
    await done(node, count=12)
    assert await node.read(lambda db: db.value("select count(*) from forum_log")) == 0
    for uri in (topic["id"], mine["uri"]):
        kept = await w.by_uri(node, uri)
        assert not kept["locked"] and not kept["removed"]


async def test_what_a_moderator_changes_in_the_group_is_read_anew(node, peer, main):
    path = main.removeprefix(peer.origin)
    peer.documents[path] = peer.documents[path] | {"name": "Nouveau nom"}
    update = {"id": f"{peer.origin}/update/1", "type": "Update", "actor": f"{peer.origin}/users/mod", "to": [v.PUBLIC],
              "cc": [main], "object": peer.documents[path] | {"name": "Faux nom"}}  # fmt: skip
    await relay(node, peer, main, update)
    await until(lambda: node.read(lambda db: actors.by_uri(db, main)["display"] == "Nouveau nom"))


async def test_several_activities_in_one_announce(node, peer, main):
    lina = w.actor(peer, "lina")
    first, second = w.page(peer, 1, lina, main, "Un"), w.page(peer, 2, lina, main, "Deux")
    both = [w.create(peer, n, one, main) for n, one in enumerate((first, second))]
    await w.say(peer, node, w.announce(peer, 1, main, None) | {"object": both})
    await until(lambda: _are(node, main, ["Deux", "Un"]))


async def test_votes_gathered_in_a_collection_count_when_their_origin_has_them(node, other, peer, main):
    """FEP-4248 as PieFed sends it: many votes in one Announce.  Each is still its own actor's to give, or her server's."""
    topic = w.page(peer, 1, w.actor(peer, "lina"), main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])
    votes = [{"id": f"{peer.origin}/activities/like/{name}", "type": "Like", "actor": w.actor(peer, name),
              "object": topic["id"], "audience": main} for name in ("noor", "sami")]  # fmt: skip
    peer.documents["/activities/like/noor"] = {"@context": v.AS2, **votes[0]}
    # the server of the third knows nothing of her vote
    votes.append(votes[0] | {"id": f"{other.origin}/activities/7", "actor": other.uri("amal")})
    batch = {
        "id": f"{peer.origin}/activities/votes/1",
        "type": "OrderedCollection",
        "totalItems": 3,
        "orderedItems": votes,
    }
    await relay(node, peer, main, batch, 2)
    await done(node, count=2)
    assert (await w.by_uri(node, topic["id"]))["likes"] == 2


async def test_joining_reads_what_was_there(node, peer):
    w.says(peer, "lemmy")
    mod, lina = w.actor(peer, "mod"), w.actor(peer, "lina")
    uri = w.group(peer, "old", [mod])
    first, second = (
        w.page(peer, 1, lina, uri, "Premier"),
        w.page(peer, 2, lina, uri, "Second", published="2026-01-02T00:00:00Z"),
    )
    w.collection(peer, "/users/old/outbox", [
        w.announce(peer, 2, uri, w.create(peer, 2, second, uri)), w.announce(peer, 1, uri, w.create(peer, 1, first, uri)),
    ])  # fmt: skip
    w.collection(peer, "/users/old/featured", [first])
    await accept(node, peer, uri)
    place = await node.read(actors.by_uri, uri)
    shown = await node.read(topics.of, place["id"], None)
    assert [(row["title"], bool(row["pinned"])) for row in shown] == [("Premier", True), ("Second", False)]
    assert [row["uri"] for row in await node.read(moderators.of, place["id"])] == [mod]
    assert await node.api("GET", "/api/v1/timelines/home", node.token()) == []


async def test_a_bare_announce_files_nothing_but_shows_it(node, peer, main):
    note = peer.note(7, "<p>un partage</p>")
    await relay(node, peer, main, note["id"])
    [home] = await until(lambda: node.api("GET", "/api/v1/timelines/home", node.token()))
    assert home["reblog"]["uri"] == note["id"]
    assert (await w.by_uri(node, note["id"]))["place"] is None


async def test_our_likes_go_to_the_group(node, peer, main):
    topic = w.page(peer, 1, w.actor(peer, "lina"), main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    kept = await w.has(node, topic["id"])
    await node.api("POST", f"/api/v1/statuses/{kept['id']}/favourite", node.token())
    sent = await peer.wait_for(lambda one: one["type"] == "Like")
    assert sent["to"] == [main] and sent["audience"] == main and sent["cc"] == [f"{peer.origin}/users/lina"]


async def test_our_member_moderates_there(node, peer):
    w.says(peer, "lemmy")
    uri = w.group(peer, "ours", [node.uri("amal")])
    await accept(node, peer, uri)
    topic = w.page(peer, 1, w.actor(peer, "lina"), uri)
    await relay(node, peer, uri, w.create(peer, 1, topic, uri))
    kept = await w.has(node, topic["id"])
    await w.moderate(node, "remove", "amal", kept, "hors sujet")
    sent = await peer.wait_for(lambda one: one["type"] == "Delete")
    assert sent["actor"] == node.uri("amal") and sent["summary"] == "hors sujet" and sent["cc"] == [uri]
    assert await w.titles(node, uri) == []
    assert await node.read(lambda db: posts.get(db, kept["id"])["removed"]) is not None


async def test_a_post_that_we_have_is_not_put_into_a_group_that_it_does_not_name(node, other, peer, main):
    """Else the moderators of any Group that somebody here has joined could take down what anybody wrote."""
    said = await w.write(other, "amal", "to all")
    known = await resolve.post(node.bridge, said["uri"])
    taken = {"id": f"{said['uri']}/activity", "type": "Create", "actor": other.uri("amal"), "object": said["uri"]}
    await relay(node, peer, main, taken)
    mod = f"{peer.origin}/users/mod"
    gone = {"id": f"{peer.origin}/delete/1", "type": "Delete", "actor": mod, "object": said["uri"], "summary": "ours"}
    await relay(node, peer, main, gone, 2)
    await done(node, count=2)
    now_ = await w.by_uri(node, said["uri"])
    assert known["place"] is None and now_["place"] is None and now_["removed"] is None


async def test_nor_is_a_post_that_we_ask_for_because_the_group_passes_it_on(node, other, peer, main):
    said = await w.write(other, "amal", "to all")
    taken = {"id": f"{said['uri']}/activity", "type": "Create", "actor": other.uri("amal"), "object": said["uri"]}
    await relay(node, peer, main, taken)
    await until(lambda: node.read(posts.by_uri, said["uri"]))
    assert (await w.by_uri(node, said["uri"]))["place"] is None
    assert await w.titles(node, main) == []


async def test_nor_is_one_that_the_outbox_of_the_group_lists(node, other, peer):
    w.says(peer, "lemmy")
    uri = w.group(peer, "main", [])
    said = await w.write(other, "amal", "to all")
    w.collection(peer, "/users/main/outbox", [{"type": "Announce", "actor": uri, "object": said["uri"]}])
    await accept(node, peer, uri)
    kept = await w.by_uri(node, said["uri"])
    assert kept is not None and kept["place"] is None


async def test_what_was_written_to_the_group_stands_there_whenever_we_heard_of_it(node, other, peer, main):
    """On a third server, asked for before the Group passes it on."""
    place = await resolve.actor(other.bridge, main)
    said = await w.write(other, "amal", "to the forum", title="Puits", place=place["uri"])
    known = await resolve.post(node.bridge, said["uri"])
    assert known["place"] is None
    made = {"id": f"{said['uri']}/activity", "type": "Create", "actor": other.uri("amal"), "object": said["uri"]}
    await relay(node, peer, main, made)
    await w.has(node, said["uri"])
    assert await w.titles(node, main) == ["Puits"]
