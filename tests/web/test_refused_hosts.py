"""A server that the moderators block: it is answered nothing that it signs for, and nothing of it is fetched or shown."""

import pytest
from aiohttp import web

from node import hosts
from node.care import decisions
from node.store import Database
from tests.conftest import Node, Peer, until
from tests.web.test_remote_media import picture


async def block(node: Node, host: str) -> None:
    def decide(db: Database) -> None:
        decisions.decide(db, host, "block", 1_800_000_000_000)

    await node.write(decide)


async def test_no_name_is_taken_apart_that_is_longer_than_names_are(node):
    """Four thousand labels in a header are four thousand questions to the file, whoever sent them."""
    await block(node, "blocked.example")
    assert await node.read(hosts.policy, "a.b.blocked.example") == "block"
    assert await node.read(hosts.policy, "a." * 4000 + "blocked.example") == ""


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a_blocked_server_is_answered_nothing_that_it_signs_for(node, peer, scheme):
    said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "for everybody"})
    asked = [said["uri"], node.uri("amal"), node.uri("amal") + "/outbox", f"{node.origin}/actor"]

    async def answers() -> list[int]:
        found = []
        for uri in asked:
            async with node.session.get(uri, headers=peer.signed(uri, b"", method="GET", scheme=scheme)) as answer:
                found.append(answer.status)
        return found

    assert await answers() == [200] * 4
    await block(node, peer.host)
    assert await answers() == [404] * 4
    for uri in asked:  # whoever does not sign is somebody else
        assert (await node.get(uri.removeprefix(node.origin))).status == 200
    async with Peer(name="eve") as eve:
        for uri in asked:
            async with node.session.get(uri, headers=eve.signed(uri, b"", method="GET", scheme=scheme)) as answer:
                assert answer.status == 200


async def test_pictures_of_a_blocked_server_are_not_fetched_any_more(node, peer):
    fetched: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        fetched.append(request.path)
        return web.Response(body=picture(), content_type="image/png")

    peer.documents["/a.png"] = serve
    shown = {"type": "Document", "mediaType": "image/png", "url": f"{peer.origin}/a.png"}
    note = peer.note(1, cc=[node.uri("amal")], attachment=[shown],
                     tag=[{"type": "Mention", "href": node.uri("amal"), "name": "@amal"}])  # fmt: skip
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    [told] = await until(lambda: node.api("GET", "/api/v1/notifications", node.token()))
    [one] = told["status"]["media_attachments"]
    await block(node, peer.host)
    async with node.session.get(one["url"]) as answer:
        assert answer.status == 404
    assert fetched == []
