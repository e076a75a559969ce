"""Topics and answers that are closed, and topics that move: as Lemmy, Mbin and NodeBB each say it."""

import pytest

from federation import vocabulary as v
from node.errors import Forbidden
from node.people import actors
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import accept, done, relay

# ── ours ──────────────────────────────────────────────────────────────────────


@pytest.fixture
async def eau(node, peer):
    """Our forum, with a topic by Badr, a member elsewhere, and an answer of his to it."""
    forum, _topic, _answer = await w.open_with_an_answer(node, peer)
    return forum


def lock(peer, actor, uri, number=1):
    return {"@context": v.AS2, "id": f"{peer.origin}/lock/{number}", "type": "Lock", "actor": actor, "object": uri,
            "to": [v.PUBLIC]}  # fmt: skip


def undo(said, **more):
    return {
        "@context": v.AS2,
        "id": f"{said['id']}/undo",
        "type": "Undo",
        "actor": said["actor"],
        "object": said,
        **more,
    }


async def is_locked(node, uri):
    return bool((await w.by_uri(node, uri))["locked"])


async def locked(node, uri, wanted=True):
    async def look():
        return await is_locked(node, uri) is wanted

    await until(look)


async def test_who_wrote_a_topic_closes_it_and_opens_it_again(node, peer, eau):
    """Mbin: a Lock by the author, who moderates nothing."""
    topic = f"{peer.origin}/post/1"
    said = lock(peer, peer.uri, topic)
    await w.say(peer, node, said, eau["inbox"])
    await locked(node, topic)
    await peer.wait_for(w.announced("Lock"))
    with pytest.raises(Forbidden):
        await w.write(node, "yto", "trop tard", reply_to=topic)
    await w.say(peer, node, undo(said), eau["inbox"])
    await locked(node, topic, wanted=False)


async def test_but_not_what_a_moderator_closed(node, peer, eau):
    topic = await w.by_uri(node, f"{peer.origin}/post/1")
    await w.moderate(node, "lock", "amal", topic)
    await w.say(peer, node, undo(lock(peer, peer.uri, topic["uri"])), eau["inbox"])
    await until(lambda: node.read(lambda db: db.value("select count(*) from received where activity like '%/undo'")))
    assert await is_locked(node, topic["uri"])


async def test_nor_does_anybody_else_close_it(node, peer, eau):
    stranger = w.actor(peer, "stranger")
    await w.say(peer, node, lock(peer, stranger, f"{peer.origin}/post/1"), eau["inbox"])
    await until(lambda: node.read(lambda db: db.value("select count(*) from received where state = 'failed'")))
    assert not await is_locked(node, f"{peer.origin}/post/1")


async def test_under_a_closed_answer_nobody_answers_and_beside_it_all_do(node, peer, eau):
    """Lemmy and PieFed close single answers, with what is below them."""
    topic, answer = f"{peer.origin}/post/1", f"{peer.origin}/comment/1"
    mod = await node.read(actors.by_uri, peer.uri)
    await w.moderate(node, "appoint", "amal", eau, mod)
    below = await w.write(node, "yto", "encore", reply_to=answer)
    await w.say(peer, node, lock(peer, peer.uri, answer), eau["inbox"])
    await locked(node, answer)
    with pytest.raises(Forbidden):
        await w.write(node, "yto", "trop tard", reply_to=below["uri"])
    late = w.comment(peer, 2, w.actor(peer, "lina"), eau["uri"], below["uri"])
    await w.say(peer, node, w.create(peer, 2, late, eau["uri"]), eau["inbox"])
    await peer.wait_for(lambda one: one["type"] == "Reject" and one["object"]["object"] == late["id"])
    assert (await w.write(node, "yto", "à côté", reply_to=topic))["place"] == eau["id"]


# ── NodeBB's ──────────────────────────────────────────────────────────────────


@pytest.fixture
async def general(node, peer):
    """A category of NodeBB, which lists no moderators, with a topic whose conversation has an id of its own."""
    w.says(peer, "nodebb")
    uri = w.actor(peer, "general", "Group")
    await accept(node, peer, uri)
    topic = w.page(peer, 1, w.actor(peer, "lina"), uri, context=f"{peer.origin}/topic/1")
    await relay(node, peer, uri, w.create(peer, 1, topic, uri))
    await w.has(node, topic["id"])
    return uri


def close(peer, place, number=1):
    return lock(peer, w.actor(peer, "admin"), f"{peer.origin}/topic/1", number) | {"audience": place}


@pytest.mark.parametrize("shape", ["whole", "id", "Unlock"])
async def test_a_conversation_is_closed_and_opened_by_its_own_id(node, peer, general, shape):
    """FEP-c0d0: the Lock names the conversation; it is taken back by Undo, whole or by id, or as once drafted by Unlock."""
    topic, said = f"{peer.origin}/post/1", close(peer, general)
    await relay(node, peer, general, said, 2)
    await locked(node, topic)
    back = undo(said, **({"object": said["id"]} if shape == "id" else {}))
    await relay(
        node, peer, general, said | {"id": f"{said['id']}/2", "type": "Unlock"} if shape == "Unlock" else back, 3
    )
    await locked(node, topic, wanted=False)


async def test_somebody_of_its_server_says_it_without_the_group(node, peer, general):
    assert await w.say(peer, node, close(peer, general)) == 202
    await locked(node, f"{peer.origin}/post/1")


async def test_nobody_of_another_server_does(node, peer, other, general):
    forged = close(peer, general) | {"actor": other.uri("amal"), "id": f"{other.origin}/activities/1"}
    await relay(node, peer, general, forged, 2)
    await done(node, count=2)
    assert not await is_locked(node, f"{peer.origin}/post/1")


async def test_nor_a_conversation_elsewhere(node, peer, other, general):
    said = close(peer, general) | {"object": f"{other.origin}/topic/1"}
    await relay(node, peer, general, said, 2)
    await done(node, count=2)
    assert not await is_locked(node, f"{peer.origin}/post/1")


async def test_a_topic_moves_to_another_category_and_out_of_it(node, peer, general):
    """FEP-f15d, told by somebody of the server: nothing of it passes through the Group."""
    two, answer = w.actor(peer, "two", "Group"), w.comment(peer, 1, f"{peer.origin}/users/lina", general,
                                                            f"{peer.origin}/post/1")  # fmt: skip
    await relay(node, peer, general, w.create(peer, 2, answer, general), 2)
    await w.has(node, answer["id"])
    move = close(peer, general) | {"id": f"{peer.origin}/move/1", "type": "Move", "origin": general, "target": two}
    await w.say(peer, node, move)
    await until(lambda: _stands(node, two, ["Puits"]))
    assert await w.titles(node, general) == []
    moved = await node.read(actors.by_uri, two)
    assert (await w.by_uri(node, answer["id"]))["place"] == moved["id"]
    gone = close(peer, two) | {"id": f"{peer.origin}/remove/1", "type": "Remove", "target": two}
    await w.say(peer, node, gone)
    await until(lambda: _stands(node, two, []))
    kept = await w.by_uri(node, f"{peer.origin}/post/1")
    assert (kept["place"], kept["kind"], kept["removed"]) == (None, "page", None)


async def _stands(node, place, wanted):
    return await w.titles(node, place) == wanted


async def test_a_lemmy_community_passes_a_move_on(node, peer):
    w.says(peer, "lemmy")
    mod = w.actor(peer, "mod")
    main, two = w.group(peer, "main", [mod]), w.group(peer, "two", [mod])
    await accept(node, peer, main)
    topic = w.page(peer, 1, w.actor(peer, "lina"), main)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    await w.has(node, topic["id"])
    move = {"id": f"{peer.origin}/move/1", "type": "Move", "actor": mod, "object": topic["id"], "origin": main,
            "target": two, "to": [v.PUBLIC]}  # fmt: skip
    await w.say(peer, node, {"@context": v.AS2, **move})  # by herself, of a Group that names who moderates: not obeyed
    await until(lambda: node.read(lambda db: db.value("select count(*) from received where activity like '%move%'")))
    assert await w.titles(node, main) == ["Puits"]
    await relay(node, peer, main, move, 2)
    await until(lambda: _stands(node, two, ["Puits"]))


async def test_nothing_is_moved_into_a_forum_of_ours_or_out_of_it(node, peer, general):
    eau = await w.open_forum(node)
    mine = await w.write(node, "yto", "ici", title="Ici", place=eau["uri"])
    into = close(peer, general) | {
        "id": f"{peer.origin}/move/1",
        "type": "Move",
        "origin": general,
        "target": eau["uri"],
    }
    out = into | {"id": f"{peer.origin}/move/2", "object": mine["uri"], "origin": eau["uri"], "target": general}
    for number, said in enumerate((out, into), 2):
        await relay(node, peer, general, said, number)
        await done(node, count=number)
    assert await w.titles(node, eau["uri"]) == ["Ici"]
    assert await w.titles(node, general) == []  # it left, as was said
