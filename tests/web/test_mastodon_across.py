"""Two nodes and an app on each: what one app does is seen by the other, streams included."""

import asyncio
import json
from typing import Any

import aiohttp

from tests.conftest import Node, until
from tests.federation.forum_world import open_forum
from tests.federation.test_two_nodes import follow
from tests.web.apps import account_of, say
from tests.web.test_mastodon_streaming import hear, socket
from web.mastodon.hub import HUB


async def follows_amal(node: Node, other: Node) -> str:
    """A token on the node whose Amal follows the other node's Amal, accepted."""
    token = node.token()
    await follow(node, token, f"amal@{other.host}")
    return token


async def test_a_socket_hears_a_peer_s_post_its_edit_and_its_end(node, other):
    here, there = await follows_amal(node, other), other.token()
    async with socket(node, here, "&stream=user") as opened:
        said = await say(other, there, "from the other node")
        heard = (await hear(opened, "update"))["payload"]
        assert heard["uri"] == said["uri"] and heard["account"]["acct"] == f"amal@{other.host}"
        assert "application" not in heard or heard["application"] is None
        await other.api("PUT", f"/api/v1/statuses/{said['id']}", there, json={"status": "said better"})
        edited = (await hear(opened, "status.update"))["payload"]
        assert edited["id"] == heard["id"] and "said better" in edited["content"]
        await other.api("DELETE", f"/api/v1/statuses/{said['id']}", there)
        assert str((await hear(opened, "delete"))["payload"]) == heard["id"]
    await node.api("GET", f"/api/v1/statuses/{heard['id']}", here, status=404)


async def test_an_event_stream_and_a_socket_hear_the_same_mention(node, other):
    here, there = await follows_amal(node, other), other.token()
    async with (
        socket(node, here, "&stream=user:notification") as opened,
        node.session.get(
            node.origin + "/api/v1/streaming/user", headers={"Authorization": f"Bearer {here}"}
        ) as response,
    ):
        await until(lambda: len(node.app[HUB]) == 2)
        said = await say(other, there, f"@amal@{node.host} hello", visibility="direct")
        told = (await hear(opened, "notification"))["payload"]
        assert told["type"] == "mention" and told["status"]["uri"] == said["uri"]
        seen = await lines(response, "notification")
        assert json.loads(seen)["id"] == told["id"]
    [talk] = await node.api("GET", "/api/v1/conversations", here)
    assert talk["last_status"]["uri"] == said["uri"] and talk["unread"] is True
    answer = await say(
        node, here, f"@amal@{other.host} hello back", visibility="direct", in_reply_to_id=told["status"]["id"]
    )

    async def answered() -> bool:
        [found] = await other.api("GET", "/api/v1/conversations", there)
        return bool(found["last_status"]["uri"] == answer["uri"])

    await until(answered)


async def lines(response: aiohttp.ClientResponse, event: str) -> str:
    """The data of the next event of this name."""
    while True:
        line = (await asyncio.wait_for(response.content.readline(), 5)).decode().strip()
        if line == f"event: {event}":
            return (await response.content.readline()).decode().removeprefix("data: ")


async def test_an_app_opens_a_topic_by_mentioning_a_forum_of_another_node(node, other):
    place = await open_forum(other)
    here, there = node.token(), other.token("yto")
    await other.api("POST", f"/api/v1/accounts/{await account_of(other, 'eau')}/follow", there)
    async with socket(other, there, "&stream=user") as opened:
        said = await say(
            node, here, f"@eau@{other.host} Un puits à Sidi Smail\n\nQui connaît un puisatier ?", language="fr"
        )
        heard = (await hear(opened, "update"))["payload"]
    boosted = heard["reblog"] or heard
    assert boosted["uri"] == said["uri"] and "Un puits à Sidi Smail" in boosted["content"]
    row: Any = await until(lambda: other.read(lambda db: db.row("select * from posts where uri = ?", (said["uri"],))))
    assert (row["kind"], row["title"], row["place"]) == ("topic", "Un puits à Sidi Smail", place["id"])
    [mine] = await other.api("GET", f"/api/v1/accounts/{place['id']}/statuses", there)
    answer = await say(other, there, "Je demande à la coopérative.", in_reply_to_id=(mine["reblog"] or mine)["id"])

    async def answered() -> bool:
        found = await node.api("GET", f"/api/v1/statuses/{said['id']}/context", here)
        return [one["uri"] for one in found["descendants"]] == [answer["uri"]]

    await until(answered)


async def test_what_an_app_pins_its_followers_are_told(node, peer):
    token = node.token()
    assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"))) == 202
    await peer.wait_for(lambda one: one["type"] == "Accept")
    said = await say(node, token, "who we are")
    for verb, kind in (("pin", "Add"), ("unpin", "Remove")):
        await node.api("POST", f"/api/v1/statuses/{said['id']}/{verb}", token)
        told = await peer.wait_for(lambda one, kind=kind: one["type"] == kind)
        assert (told["object"], told["target"]) == (said["uri"], f"{node.uri('amal')}/featured")
