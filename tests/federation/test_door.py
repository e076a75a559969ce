"""The inbox: nothing unproven comes in. Each refusal is truly signed, and wrong in one way only."""

from datetime import UTC, datetime, timedelta

import pytest

from federation import vocabulary as v
from keys import pair
from tests.conftest import until

STRANGER = pair.load(pair.new_rsa())


async def test_a_follow_is_kept_and_accepted(node, peer):
    status = await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))

    assert status == 202
    accepted = await peer.wait_for(lambda one: one["type"] == "Accept")
    assert accepted["actor"] == node.uri("amal")
    assert accepted["object"] == {"id": f"{peer.origin}/follows/1", "type": "Follow", "actor": peer.uri,
                                  "object": node.uri("amal")}  # fmt: skip


async def test_the_same_follow_ten_times_is_one_follow(node, peer):
    for number in range(10):
        assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), 1 + number % 2)) == 202
    await peer.wait_for(lambda one: one["type"] == "Accept")
    assert await node.read(lambda db: db.value("select count(*) from follows")) == 1


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_both_spellings_of_a_signature_are_read(node, peer, scheme):
    note = peer.note()
    assert await peer.post(f"{node.origin}/inbox", peer.create(note), scheme=scheme) == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) from posts")))


@pytest.mark.parametrize(
    "signing",
    [
        {"private": STRANGER},
        {"at": datetime.now(UTC) - timedelta(hours=13)},
        {"at": datetime.now(UTC) + timedelta(hours=2)},
        {"key_id": "https://nobody.invalid/users/x#main-key"},
        {"key_id": "data:text/plain,x"},
        {"method": "GET"},
    ],
    ids=["another key", "stale", "from the future", "unknown key", "nonsense key", "signed as a GET"],
)
@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_nothing_unproven_comes_in(node, peer, signing, scheme):
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))
    await peer.wait_for(lambda one: one["type"] == "Accept")

    status = await peer.post(f"{node.origin}/inbox", peer.create(peer.note()), scheme=scheme, **signing)

    assert status == 401
    assert await node.read(lambda db: db.value("select count(*) from received")) == 1


async def test_an_unsigned_activity_is_refused_before_it_is_read(node, peer):
    async with peer.session.post(
        f"{node.origin}/inbox", data=b"{not json", headers={"Content-Type": v.ACTIVITY_JSON}
    ) as response:
        assert response.status == 401


async def test_another_body_under_a_good_signature_is_refused(node, peer):
    url = f"{node.origin}/inbox"
    headers = peer.signed(url, b'{"type":"Like"}')
    body = v.dump(peer.create(peer.note()))
    async with peer.session.post(url, data=body, headers=headers) as response:
        assert response.status == 401


async def test_one_cannot_speak_for_another(node, peer):
    note = peer.note()
    forged = peer.create(note) | {"actor": "https://victim.example/users/v"}
    await peer.post(f"{node.origin}/inbox", forged)
    impersonating = peer.create(note | {"attributedTo": node.uri("amal")})
    await peer.post(f"{node.origin}/inbox", impersonating | {"id": f"{peer.origin}/2"})
    elsewhere = peer.create(note | {"id": "https://victim.example/notes/1"})
    await peer.post(f"{node.origin}/inbox", elsewhere | {"id": f"{peer.origin}/3"})
    good = peer.note(9)
    await peer.post(f"{node.origin}/inbox", peer.create(good))

    await until(lambda: node.read(lambda db: db.value("select count(*) from posts where uri = ?", (good["id"],))))
    assert await node.read(lambda db: db.value("select count(*) from posts")) == 1
