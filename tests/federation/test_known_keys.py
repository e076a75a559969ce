"""Keys that were found a moment ago are believed without asking the database, until something makes them untrue."""

import pytest

from federation import actors as documents
from federation.bridge import now
from federation.known_keys import MOST, KnownKeys
from federation.signatures import Key
from keys import pair
from node.people import actor_keys, actors

PUBLIC = pair.load(pair.new_rsa()).public_key()


async def _heard(node, peer, number):
    return await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), number))


async def _remove(node, peer):
    row = await node.read(actors.by_uri, peer.uri)
    await node.write(actors.forget, row["id"], now())


async def _suspend(node, peer):
    row = await node.read(actors.by_uri, peer.uri)
    await node.write(actors.change, row["id"], now(), gone=now())


async def _hide_server(node, peer):
    await node.write(actors.mark_host, peer.host, now(), silenced=False, hidden=True)


@pytest.mark.parametrize("deed", [_remove, _suspend, _hide_server], ids=["removed", "suspended", "its server hidden"])
async def test_who_is_gone_is_heard_no_more_from_that_moment(node, peer, deed):
    assert await _heard(node, peer, 1) == 202
    assert await _heard(node, peer, 2) == 202
    assert node.bridge.known_keys.find(peer.key_id) is not None

    await deed(node, peer)

    assert await _heard(node, peer, 3) == 401


async def test_a_key_that_its_actor_changed_or_dropped_is_forgotten(node, peer):
    for change in ({"publicKey": {**peer.actor()["publicKey"], "publicKeyPem": pair.public_of(pair.load(pair.new_rsa()))}},
                   {"publicKey": []}):  # fmt: skip
        await node.write(documents.keep, peer.actor(), True, now())
        assert await _heard(node, peer, 1) == 202
        assert node.bridge.known_keys.find(peer.key_id) is not None

        await node.write(documents.keep, peer.actor() | change, True, now())

        assert node.bridge.known_keys.find(peer.key_id) is None


async def test_somebody_new_makes_no_key_forgotten(node, peer):
    assert await _heard(node, peer, 1) == 202
    assert await _heard(node, peer, 2) == 202

    amal = await node.read(actors.ours, "amal")
    await node.write(
        actor_keys.keep, "https://else.example/a#k", amal["id"], "rsa", pair.public_of(pair.load(pair.new_rsa())), now()
    )

    assert node.bridge.known_keys.find(peer.key_id) is not None


def test_the_least_used_goes_first():
    known = KnownKeys()
    for number in range(MOST):
        known.keep(Key(f"k{number}", "o", PUBLIC))
    assert known.find("k0") is not None

    known.keep(Key("one more", "o", PUBLIC))

    assert known.find("k0") is not None
    assert known.find("k1") is None
    known.forget()
    assert known.find("k0") is None
