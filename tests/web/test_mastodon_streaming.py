"""Streams over real sockets and event streams."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from node.people import memberships, tokens, users
from tests.conftest import Node, until
from tests.web.apps import account_of, follow, picture, say, upload
from web.mastodon.happenings import Said
from web.mastodon.hub import HUB, LONGEST_QUEUE, Listener
from web.mastodon.streaming import MOST_STREAMS
from web.state import LIMITS


@contextlib.asynccontextmanager
async def socket(node: Node, token: str, query: str = "", **more: Any) -> Any:
    address = f"{node.origin}/api/v1/streaming?access_token={token}{query}"
    before = len(node.app[HUB])
    async with node.session.ws_connect(address, **more) as opened:
        await until(lambda: len(node.app[HUB]) > before)
        yield opened


async def hear(opened: aiohttp.ClientWebSocketResponse, event: str, seconds: float = 5) -> dict[str, Any]:
    """The next event of this name; its payload read."""
    while True:
        message = await asyncio.wait_for(opened.receive_json(), seconds)
        if message.get("event") == event:
            payload = message.get("payload", "")
            return message | {"payload": json.loads(payload) if payload[:1] in "{[" and payload else payload}


async def nothing(opened: aiohttp.ClientWebSocketResponse) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(opened.receive(), 0.3)


async def test_one_hears_home_notifications_edits_and_deletions(node):
    token, hers = node.token("yto"), node.token()
    await follow(node, token, "amal")
    async with socket(node, token, "&stream=user") as opened:
        said = await say(node, hers, "@yto hello")
        heard = await hear(opened, "update")
        assert heard["stream"] == ["user"]
        assert heard["payload"]["id"] == said["id"]
        assert heard["payload"]["favourited"] is False
        assert (await hear(opened, "notification"))["payload"]["type"] == "mention"
        await node.api("PUT", f"/api/v1/statuses/{said['id']}", hers, json={"status": "@yto better"})
        assert "better" in (await hear(opened, "status.update"))["payload"]["content"]
        await node.api("DELETE", f"/api/v1/statuses/{said['id']}", hers)
        assert str((await hear(opened, "delete"))["payload"]) == said["id"]


async def test_many_streams_on_one_socket(node):
    token, hers = node.token("yto"), node.token()
    amal = await follow(node, token, "amal")
    listed = await node.api("POST", "/api/v1/lists", token, json={"title": "x"})
    await node.api("POST", f"/api/v1/lists/{listed['id']}/accounts", token, json={"account_ids": [amal]})
    async with socket(node, token) as opened:
        for order in ({"stream": "hashtag", "tag": "ماء"}, {"stream": "list", "list": listed["id"]}, {"stream": "direct"},
                      {"stream": "public:local:media"}):  # fmt: skip
            await opened.send_json({"type": "subscribe", **order})
        await opened.send_json({"type": "subscribe", "stream": "list", "list": "1"})
        assert (await asyncio.wait_for(opened.receive_json(), 5))["error"] == "Record not found"
        made = await upload(node, hers, picture())
        await say(node, hers, "#ماء", media_ids=[made["id"]])
        streams = {tuple((await hear(opened, "update"))["stream"]) for _ in range(3)}
        assert streams == {("hashtag", "ماء"), ("list", listed["id"]), ("public:local:media",)}
        await say(node, hers, "@yto for you", visibility="direct")
        assert (await hear(opened, "conversation"))["payload"]["unread"]
        await opened.send_json({"type": "unsubscribe", "stream": "hashtag", "tag": "ماء"})
        await opened.send_json({"type": "unsubscribe", "stream": "list", "list": listed["id"]})
        await opened.send_json({"type": "subscribe", "stream": "nonsense"})
        await opened.receive_json()
        await say(node, hers, "#ماء again")
        await nothing(opened)


async def test_a_hashtag_is_named_as_the_app_wrote_it(node):
    """masto.js drops every event whose stream does not hold the tag that it sent."""
    token = node.token("yto")
    async with socket(node, token) as opened:
        for tag in ("أزول", "Azul", "azul"):
            await opened.send_json({"type": "subscribe", "stream": "hashtag", "tag": tag})
        await until(lambda: len(next(iter(node.app[HUB]._listeners)).keys) == 2)
        await say(node, node.token(), "#أزول")
        assert (await hear(opened, "update"))["stream"] == ["hashtag", "أزول"]
        await say(node, node.token(), "#AZUL")
        assert {(await hear(opened, "update"))["stream"][1] for _ in range(2)} == {"Azul", "azul"}
        await opened.send_json({"type": "unsubscribe", "stream": "hashtag", "tag": "azul"})
        await opened.send_json({"type": "unsubscribe", "stream": "hashtag", "tag": "أزول"})
        await until(lambda: len(next(iter(node.app[HUB]._listeners)).keys) == 1)
        await say(node, node.token(), "#azul #أزول")
        assert (await hear(opened, "update"))["stream"] == ["hashtag", "Azul"]
        await nothing(opened)


async def test_the_spellings_of_one_hashtag_are_counted(node):
    """Every name under which a stream is asked for multiplies its events."""
    async with socket(node, node.token("yto")) as opened:
        for number in range(MOST_STREAMS + 1):
            tag = "".join(letter.upper() if number >> at & 1 else letter for at, letter in enumerate("abcdefgh"))
            await opened.send_json({"type": "subscribe", "stream": "hashtag", "tag": tag})
        assert (await asyncio.wait_for(opened.receive_json(), 5))["error"] == "Too many streams"


async def test_a_deleted_message_is_nobody_elses_business(node):
    """Its number alone would tell everybody that, and when, something was written."""
    token, hers, third = node.token("yto"), node.token(), node.token(actor="tanmia")
    async with socket(node, token, "&stream=user") as told, socket(node, third, "&stream=public") as other:
        await told.send_json({"type": "subscribe", "stream": "hashtag", "tag": ["x"]})
        said = await say(node, hers, "@yto quietly", visibility="direct")
        await node.api("DELETE", f"/api/v1/statuses/{said['id']}", hers)
        assert str((await hear(told, "delete"))["payload"]) == said["id"]
        await nothing(other)
        said = await say(node, hers, "aloud")
        await node.api("DELETE", f"/api/v1/statuses/{said['id']}", hers)
        assert str((await hear(other, "delete"))["payload"]) == said["id"]


async def test_what_is_read_on_one_device_is_read_on_all(node):
    token = node.token("yto")
    await say(node, node.token(), "@yto quietly", visibility="direct")
    [waits] = await node.api("GET", "/api/v1/conversations", token)
    async with socket(node, token, "&stream=direct") as opened:
        for _ in range(2):
            await node.api("POST", f"/api/v1/conversations/{waits['id']}/read", token)
        heard = (await hear(opened, "conversation"))["payload"]
        assert (heard["id"], heard["unread"]) == (waits["id"], False)
        await nothing(opened)


async def test_what_one_may_not_or_will_not_see_is_not_told(node):
    token, hers = node.token("yto"), node.token()
    amal = await follow(node, token, "amal")
    async with socket(node, token, "&stream=public") as opened, socket(node, token, "&stream=user") as mine:
        await say(node, hers, "for followers of others", visibility="direct")
        await node.api("POST", f"/api/v1/accounts/{amal}/mute", token)
        await say(node, hers, "muted #x")
        await nothing(opened)
        await nothing(mine)


async def test_a_post_of_a_peer_is_heard_within_a_second(node, other):
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    await node.api("POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", here)
    await until(lambda: other.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    async with socket(node, here, "&stream=user") as opened, socket(node, here, "&stream=public:remote") as far:
        said = await say(other, there, f"@amal@{node.host} hello")
        assert (await hear(opened, "update"))["payload"]["uri"] == said["uri"]
        assert (await hear(opened, "notification"))["payload"]["type"] == "mention"
        assert (await hear(far, "update"))["payload"]["uri"] == said["uri"]


async def test_what_was_said_long_ago_and_is_known_only_now_is_in_no_stream(node, peer):
    """Apps put what a stream brings on top; a profile or a thread that is read up brings a lot at once."""
    here = node.token()
    old, new = peer.note(1), peer.note(2, published=datetime.now(UTC).isoformat())
    async with socket(node, here, "&stream=public:remote") as opened:
        for note in (old, new):
            await peer.post(f"{node.origin}/inbox", peer.create(note))
        assert (await hear(opened, "update"))["payload"]["uri"] == new["id"]
    shown = await node.api("GET", "/api/v1/timelines/public?remote=true", here)
    assert [one["uri"] for one in shown] == [new["id"], old["id"]]


async def test_a_token_comes_in_the_protocol_too_and_is_given_back(node):
    token = node.token()
    async with node.session.ws_connect(f"{node.origin}/api/v1/streaming?stream=user", protocols=(token,)) as opened:
        assert opened.protocol == token
        assert opened.compress == 0
        said = await say(node, token, "mine")
        assert (await hear(opened, "update"))["payload"]["id"] == said["id"]


@pytest.mark.parametrize(
    ("query", "scopes", "status"),
    [
        ("?stream=user", None, 401),
        ("?stream=user&access_token=wrong", None, 401),
        ("?stream=user", "write push", 403),
        ("?stream=user:notification", "read:statuses", 403),
        ("?stream=list&list=1", "read:statuses", 403),
        ("?stream=list&list=1", "read", 404),
        ("?stream=hashtag", "read", 422),
        ("?stream=moon", "read", 422),
    ],
)
async def test_who_may_not_hears_nothing(node, query, scopes, status):
    headers = {"Authorization": f"Bearer {node.token(scopes=scopes)}"} if scopes else {}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await node.session.ws_connect(f"{node.origin}/api/v1/streaming{query}", headers=headers)
    assert refused.value.status == status


async def test_a_revoked_token_closes_its_streams(node):
    token = node.token("yto")
    async with socket(node, token, "&stream=user") as opened:
        await node.write(tokens.revoke, token)
        message = await asyncio.wait_for(opened.receive(), 5)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await until(lambda: len(node.app[HUB]) == 0)


async def test_who_loses_her_role_hears_no_more_for_the_association(node):
    token = node.token("yto", actor="tanmia")
    async with socket(node, token, "&stream=user") as opened:
        tanmia = int(await account_of(node, "tanmia"))
        await node.write(lambda db: memberships.take(db, users.by_name(db, "yto")["id"], tanmia))
        await node.app[HUB]._look()
        message = await asyncio.wait_for(opened.receive(), 5)
        assert message.type != aiohttp.WSMsgType.TEXT


async def test_a_slow_reader_is_dropped_and_never_waited_for(node):
    who = await node.read(tokens.bearer, node.token())
    stuck, closed = asyncio.Event(), []

    async def send(_said: Said) -> None:
        await stuck.wait()

    slow = Listener(who, send, lambda: closed.append(True))
    slow.hear(("user",), ("user",))
    hub = node.app[HUB]
    hub.join(slow)
    said = Said(("user",), who.actor or 0, "update", "{}")
    started = asyncio.get_running_loop().time()
    for _ in range(LONGEST_QUEUE + 2):
        hub._spread([said])
    assert asyncio.get_running_loop().time() - started < 1
    assert closed
    assert len(hub) == 0
    stuck.set()


async def test_event_streams(node):
    token = node.token()
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://elk.example"}
    async with node.session.get(node.origin + "/api/v1/streaming/user", headers=headers) as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert await response.content.readline() == b":thump\n"
        await until(lambda: len(node.app[HUB]) == 1)
        said = await say(node, token, "one\ntwo")
        assert await response.content.readline() == b"event: update\n"
        data = (await response.content.readline()).removeprefix(b"data: ")
        assert json.loads(data)["id"] == said["id"]
    async with node.session.get(node.origin + "/api/v1/streaming/health") as response:
        assert await response.text() == "OK"


async def test_filters_and_announcements_are_told(node):
    from federation.bridge import now
    from node.posts import announcements

    token = node.token()
    async with socket(node, token, "&stream=user") as opened:
        await node.api("POST", "/api/v2/filters", token, json={"title": "x", "context": ["home"]})
        assert "payload" not in await opened.receive_json()  # an empty one is no JSON, and breaks masto.js
        made = await node.write(lambda db: announcements.publish(db, "<p>x</p>", now()))
        assert (await hear(opened, "announcement"))["payload"]["id"] == str(made)
        await node.api("PUT", f"/api/v1/announcements/{made}/reactions/👍", token)
        assert (await hear(opened, "announcement.reaction"))["payload"]["count"] == 1


async def test_an_event_stream_says_that_filters_changed_as_apps_know_it(node):
    token = node.token()
    async with node.session.get(
        node.origin + "/api/v1/streaming/user", headers={"Authorization": f"Bearer {token}"}
    ) as response:
        await response.content.readline()
        await until(lambda: len(node.app[HUB]) == 1)
        await node.api("POST", "/api/v2/filters", token, json={"title": "x", "context": ["home"]})
        assert await response.content.readline() == b"event: filters_changed\n"
        assert await response.content.readline() == b"data: {}\n"


@pytest.mark.parametrize("path", ["/api/v1/streaming?stream=user", "/api/v1/streaming/user"])
async def test_one_member_leaves_room_for_the_others(node, monkeypatch, path):
    """A token that opens sockets without end would take every connection that the node can hold."""
    monkeypatch.setattr("web.mastodon.hub.MOST_OF_ONE", 2)
    monkeypatch.setattr("web.mastodon.hub.SPARE", 3)
    monkeypatch.setattr(node.app[LIMITS], "_unlimited", ())  # this machine is counted as any other
    monkeypatch.setattr(node.app[LIMITS], "_known", {})
    hers, second, others = node.token("yto"), node.token("yto"), node.token()
    async with contextlib.AsyncExitStack() as held:
        for token in (hers, second, hers):  # while there is room to spare nobody counts
            await held.enter_async_context(socket(node, token, "&stream=user"))
        for token in (hers, second):
            async with node.session.get(node.origin + path, headers={"Authorization": f"Bearer {token}"}) as refused:
                assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
                assert (await refused.json())["error"] == "Too many requests"
        await held.enter_async_context(socket(node, others, "&stream=user"))
        await held.enter_async_context(socket(node, others, "&stream=user"))
    await until(lambda: len(node.app[HUB]) == 0)
    async with socket(node, hers, "&stream=user"):
        pass
