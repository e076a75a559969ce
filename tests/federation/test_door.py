"""The inbox: nothing unproven comes in. Each refusal is truly signed, and wrong in one way only."""

import asyncio
import gzip
import ipaddress
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from federation import vocabulary as v
from federation.bridge import now
from keys import pair
from node import hosts, queue, settings
from node.buckets import MOST, Buckets
from tests.conftest import free_port, until
from tests.world import make_node
from web import inbox, patience, pressure
from web.app import SERVED, build
from web.limits import Limits
from web.state import BRIDGE

STRANGER = pair.load(pair.new_rsa())


async def test_a_follow_is_kept_and_accepted(node, peer):
    status = await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")))

    assert status == 202
    accepted = await peer.wait_for(lambda one: one["type"] == "Accept")
    assert accepted["actor"] == node.uri("amal")
    assert accepted["object"] == {"id": f"{peer.origin}/follows/1", "type": "Follow", "actor": peer.uri,
                                  "object": node.uri("amal")}  # fmt: skip


async def test_an_activity_of_ten_thousand_values_is_not_read(node, peer):
    many = peer.follow(node.uri("amal")) | {"strange": [1] * 20_000}
    assert await peer.post(f"{node.origin}/inbox", many) == 400


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


async def raw(node, peer, body, **headers):
    """The status for a body truly signed, with headers changed that no signature covers."""
    url = f"{node.origin}/inbox"
    async with peer.session.post(url, data=body, headers=peer.signed(url, body) | headers) as response:
        return response.status


async def received(node):
    return await node.read(lambda db: db.value("select count(*) from received"))


ODD_BODIES = {
    "no JSON": b"{",
    "a list": b"[]",
    "a word": b'"x"',
    "nothing": b"",
    "not UTF-8": b'{"type":"\xff"}',
    "UTF-16": '{"type":"Like"}'.encode("utf-16"),
    "a lone surrogate": b'{"type":"Like","actor":"\\ud800"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "depth behind a string without end": b'"\\"' * 200_000 + b"[" * 40,
    "many values": b'{"a":[' + b"[]," * 20_000 + b"[]]}",
    "a number of 200,000 digits": b'{"a":' + b"9" * 200_000 + b"}",
    "a number too large": b'{"a":1e400}',
    "a number beyond 64 bits": b'{"a":99999999999999999999}',
    "NaN": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "a key twice": b'{"type":"Like","type":"Follow"}',
    "another vocabulary": b'{"@context":"https://schema.org","type":"Like","actor":"https://x.example/"}',
    "no type": b'{"actor":"https://x.example/u"}',
    "no actor": b'{"type":"Like"}',
}


async def test_odd_bodies_are_400_and_fast(node, peer):
    """D3, D4, B27: before any key is asked for."""
    loop = asyncio.get_running_loop()
    for name, body in ODD_BODIES.items():
        before = loop.time()
        assert await raw(node, peer, body) == 400, name
        assert loop.time() - before < 2, name
    assert peer.asked == [] and await received(node) == 0


async def test_what_is_too_large_or_of_another_kind_is_not_read(node, peer):
    """D1, D8."""
    large = v.dump(peer.create(peer.note(content="x" * 1_100_000)))
    assert await raw(node, peer, large) == 413
    url = f"{node.origin}/inbox"

    async def endless():
        for _ in range(64):
            yield b"x" * 65_536

    headers = peer.signed(url, b"")
    try:
        async with peer.session.post(url, data=endless(), headers=headers) as response:
            assert response.status == 413
    except aiohttp.ClientConnectionError:
        pass  # cut off while still sending
    small = v.dump(peer.create(peer.note()))
    assert await raw(node, peer, gzip.compress(small), **{"Content-Encoding": "gzip"}) == 415
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert await raw(node, peer, small, **{"Content-Type": kind}) == 415
    assert await received(node) == 0


async def dripping(node, path, *lines):
    """The first line of the answer to a POST whose body stops after nine bytes."""
    reader, writer = await asyncio.open_connection(*node.host.split(":"))
    writer.write("\r\n".join([f"POST {path} HTTP/1.1", *lines, "Content-Length: 900", "", "nine bytes"[:9]]).encode())
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.readline(), 5)
    finally:
        writer.close()


async def test_a_body_that_drips_is_not_waited_for(node, peer, monkeypatch):
    """D5."""
    monkeypatch.setattr(patience, "PATIENCE", 0.3)
    signed = peer.signed(f"{node.origin}/inbox", v.dump(peer.follow(node.uri("amal"))))
    assert b" 408 " in await dripping(node, "/inbox", *(f"{name}: {value}" for name, value in signed.items()))
    host = f"Host: {node.host}"
    for path, kind in (
        ("/login", "application/x-www-form-urlencoded"),
        ("/api/v1/apps", "application/json"),
        ("/oauth/token", "multipart/form-data; boundary=x"),
    ):
        assert b" 408 " in await dripping(node, path, host, f"Content-Type: {kind}"), path


async def test_a_head_that_drips_is_not_waited_for(node):
    """D5: a connection that asked once is left alone, since browsers and proxies keep theirs."""
    server = node._runner.server
    watching = asyncio.create_task(patience.hang_up(server, 0.2))
    good, asks = await asyncio.open_connection(*node.host.split(":"))
    asks.write(f"GET /health HTTP/1.1\r\nHost: {node.host}\r\n\r\n".encode())
    drips, slow = await asyncio.open_connection(*node.host.split(":"))
    slow.write(b"GET / HTTP/1.1\r\nHost: half")

    assert b" 200 " in await asyncio.wait_for(good.readline(), 5)
    assert await asyncio.wait_for(drips.read(), 5) == b""
    asks.write(f"GET /health HTTP/1.1\r\nHost: {node.host}\r\nConnection: close\r\n\r\n".encode())
    assert (await asyncio.wait_for(good.read(), 5)).count(b" 200 ") == 1
    watching.cancel()
    for one in (asks, slow):
        one.close()


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nHost: {host}\r\n" + "X-A: " + "y" * 20_000 + "\r\n\r\n",
        "GET /" + "y" * 20_000 + " HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "POST /inbox HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        "POST /inbox HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /inbox HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nx\r\n",
        "GET / HTTP/1.1\r\nHost : {host}\r\n\r\n",
    ],
    ids=["long header", "long path", "two lengths", "length and chunks", "bad chunk", "space before the colon"],
)
async def test_requests_that_two_readers_would_read_differently_are_400(node, head):
    """D21."""
    reader, writer = await asyncio.open_connection(*node.host.split(":"))
    writer.write(head.replace("{host}", node.host).encode())
    await writer.drain()
    answer = await asyncio.wait_for(reader.readline(), 5)
    assert b" 40" in answer or b" 41" in answer or answer == b"", answer
    writer.close()


async def test_a_key_that_cannot_be_had_is_asked_for_once(node, peer):
    """A20: many requests at once and later, one question."""
    missing = f"{peer.origin}/users/nobody#main-key"
    body = peer.create(peer.note()) | {"actor": f"{peer.origin}/users/nobody"}
    statuses = await asyncio.gather(
        *(peer.post(f"{node.origin}/inbox", body | {"id": f"{peer.origin}/{n}"}, key_id=missing) for n in range(20))
    )
    assert set(statuses) == {401}
    assert await peer.post(f"{node.origin}/inbox", body, key_id=missing) == 401
    assert peer.asked.count("/users/nobody") == 1


async def test_a_wrong_signature_asks_for_the_key_again_at_most_once_a_minute(node, peer):
    """A3, A16: once more should it have been changed, not once for each forgery."""
    await peer.post(f"{node.origin}/inbox", peer.create(peer.note()))
    await node.write(lambda db: db.execute("update actor_keys set since = 0 where id = ?", (peer.key_id,)))
    for number in range(5):
        assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), number), private=STRANGER) == 401
    assert peer.asked.count("/users/badr") == 2


async def test_a_changed_key_is_believed_and_the_old_one_is_dead(node, peer):
    """A16."""
    await peer.post(f"{node.origin}/inbox", peer.create(peer.note(1)))
    await node.write(lambda db: db.execute("update actor_keys set since = 0 where id = ?", (peer.key_id,)))
    old, peer.private = peer.private, STRANGER
    peer.documents["/users/badr"] = peer.actor()
    assert await peer.post(f"{node.origin}/inbox", peer.create(peer.note(2))) == 202
    assert await peer.post(f"{node.origin}/inbox", peer.create(peer.note(3)), private=old) == 401


async def test_the_same_request_again_has_no_second_effect(node, peer):
    """A17: 202 each time, one row, one post, one notification."""
    note = peer.note(1, to=[node.uri("amal")], tag=[{"type": "Mention", "href": node.uri("amal"), "name": "@amal"}])
    url, body = f"{node.origin}/inbox", v.dump(peer.create(note))
    headers = peer.signed(url, body)
    for _ in range(6):
        async with peer.session.post(url, data=body, headers=headers) as response:
            assert response.status == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) from posts")))
    assert await received(node) == 1
    assert await node.read(lambda db: db.value("select count(*) from notifications")) == 1


async def test_a_key_changed_a_moment_ago_is_taken_and_the_old_one_dead(node, peer):
    """A16: one question for each key in a minute, however many forgeries come."""
    assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"))) == 202
    old, peer.private = peer.private, pair.load(pair.new_rsa())
    peer.documents[f"/users/{peer.name}"] = peer.actor()
    assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), 2)) == 202
    asked = peer.asked.count(f"/users/{peer.name}")
    for number in range(3, 8):
        assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), number), private=old) == 401
    assert peer.asked.count(f"/users/{peer.name}") == asked
    assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), 8)) == 202


async def test_farewells_of_strangers_cost_no_question(node, peer):
    """D18: an account that we never knew is deleted; its key is gone too."""
    for number in range(50):
        actor = f"{peer.origin}/users/gone{number}"
        gone = {"@context": v.AS2, "id": f"{actor}#delete", "type": "Delete", "actor": actor, "object": actor}
        assert await peer.post(f"{node.origin}/inbox", gone, key_id=f"{actor}#main-key") == 202
    assert peer.asked == [] and await received(node) == 0


async def test_nobody_speaks_with_our_own_voice(node, peer):
    """B6: not even with a key of ours, which never leaves."""
    forged = peer.create(peer.note()) | {"actor": node.uri("amal"), "id": f"{node.origin}/x"}
    assert await peer.post(f"{node.origin}/inbox", forged, key_id=f"{node.uri('amal')}#main-key") in (400, 401)
    assert await peer.post(f"{node.origin}/inbox", forged) in (202, 400, 401)
    await asyncio.sleep(0.1)
    assert await node.read(lambda db: db.value("select count(*) from posts")) == 0


async def test_a_blocked_server_is_not_heard(node, peer):
    await node.write(hosts.decide, "127.0.0.1", "block")
    assert await peer.post(f"{node.origin}/inbox", peer.create(peer.note())) in (401, 403)
    assert await received(node) == 0


async def test_a_closed_network_hears_those_listed(node, peer):
    await node.write(settings.choose, "network", "closed")
    assert await peer.post(f"{node.origin}/inbox", peer.create(peer.note())) in (401, 403)
    assert await received(node) == 0
    await node.write(hosts.decide, peer.host, "allow")
    node.bridge.failed.clear()
    assert await peer.post(f"{node.origin}/inbox", peer.create(peer.note())) == 202


async def test_types_that_we_do_not_know_are_taken_and_passed_over(node, peer):
    for number, kind in enumerate(("View", "Listen", "Frobnicate", ["Frobnicate", "as:View"])):
        strange = {
            "@context": v.AS2,
            "id": f"{peer.origin}/{number}",
            "type": kind,
            "actor": peer.uri,
            "object": f"{peer.origin}/never",
        }
        assert await peer.post(f"{node.origin}/inbox", strange) == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) = 4 from received where state = 'done'")))
    assert "/never" not in peer.asked


async def test_asked_under_another_name_it_is_not_for_us(node, peer):
    """A13, B29."""
    body = v.dump(peer.create(peer.note()))
    url = f"{node.origin}/inbox"
    headers = peer.signed(url.replace("127.0.0.1", "localhost"), body)
    async with peer.session.post(url, data=body, headers=headers) as response:
        assert response.status == 421
    async with peer.session.get(
        node.uri("amal"), headers={"Host": "evil.example", "Accept": v.ACTIVITY_JSON}
    ) as response:
        assert response.status == 421


async def test_with_more_waiting_than_the_operator_allows_peers_are_asked_to_come_again(node, peer, monkeypatch):
    """503 with Retry-After, before the body is read; once there is room the same letter is taken."""
    monkeypatch.setattr(pressure, "LOOK_AGAIN", 0.0)
    url, body = f"{node.origin}/inbox", v.dump(peer.follow(node.uri("amal")))

    async def posted() -> tuple[int, str]:
        async with peer.session.post(url, data=body, headers=peer.signed(url, body)) as response:
            return response.status, response.headers.get("Retry-After", "")

    def wait(db):
        settings.choose(db, "waiting_limit", 1)
        for number in range(2):
            queue.keep_received(db, f"waiting {number}", b"{}", peer.uri, now())
        db.execute("update received set due = ?", (now() + 3_600_000,))

    await node.write(wait)
    assert await posted() == (503, str(pressure.AFTER_CROWD))
    await node.write(lambda db: db.execute("update received set due = null"))
    assert await posted() == (202, "")
    monkeypatch.setattr(pressure, "free_bytes", lambda folder: 0)
    assert await posted() == (503, str(pressure.AFTER_FULL))
    async with peer.session.get(node.uri("amal"), headers={"Accept": v.ACTIVITY_JSON}) as response:
        assert response.status == 200


class Limited:
    """The application as it runs for strangers: with limits."""

    def __init__(self, folder, unlimited=()):
        self.app = build(folder, unlimited=unlimited)

    async def __aenter__(self):
        self._runner = web.AppRunner(self.app, **SERVED, shutdown_timeout=0.2)
        await self._runner.setup()
        host, _, port = self.app[BRIDGE].host.rpartition(":")
        await web.TCPSite(self._runner, host, int(port)).start()
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()


@pytest.mark.parametrize("lifted", [False, True])
async def test_an_address_may_post_so_often(tmp_path, peer, monkeypatch, lifted):
    """429 with Retry-After, and none of it for networks that the operator lifts it from."""
    monkeypatch.setattr(inbox, "INBOX_EACH", 3)
    origin = f"http://127.0.0.1:{free_port()}"
    make_node(tmp_path / "n", origin, development=True)
    networks = [ipaddress.ip_network("127.0.0.0/8")] if lifted else []
    async with Limited(tmp_path / "n", networks):
        url, answers = f"{origin}/inbox", []
        for number in range(5):
            body = v.dump(peer.follow(f"{origin}/users/amal", number))
            async with peer.session.post(url, data=body, headers=peer.signed(url, body)) as response:
                answers.append((response.status, response.headers.get("Retry-After", "")))
    statuses = [status for status, _ in answers]
    assert statuses == ([202] * 5 if lifted else [202] * 3 + [429] * 2)
    assert lifted or int(answers[-1][1]) >= 1


def test_addresses_are_counted_by_their_network():
    limits = Limits()
    assert limits.take("x", "2001:db8::1", 1, 60) == 0
    assert limits.take("x", "2001:db8::2", 1, 60) > 0  # the same /64
    assert limits.take("x", "2001:db8:0:1::1", 1, 60) == 0
    assert limits.take("x", "10.0.0.1", 1, 60) == 0
    assert limits.take("x", "::ffff:10.0.0.1", 1, 60) > 0
    assert limits.take("y", "10.0.0.1", 1, 60) == 0


def test_addresses_that_are_never_counted_leave_what_all_share():
    limits = Limits([ipaddress.ip_network("127.0.0.0/8")])
    assert [limits.take_shared("join", "127.0.0.1", 1, 60) for _ in range(3)] == [0, 0, 0]
    assert limits.take_shared("join", "10.0.0.1", 1, 60) == 0
    assert limits.take_shared("join", "10.0.0.2", 1, 60) > 0


def test_limits_remember_a_bounded_number_of_addresses():
    buckets = Buckets()
    for number in range(MOST + 500):
        buckets.take("x", str(number), 1, 60)
    assert len(buckets._left) == MOST
