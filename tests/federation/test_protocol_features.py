"""Members and associations of ours in collections elsewhere (FEP-7aa9)."""

import json
from typing import Any

import pytest

from federation import features
from federation import vocabulary as v
from federation.bridge import now
from node.people import actors, blocks
from tests.conftest import Node, Peer
from tests.federation.test_protocol_people import settled


def request(node: Node, peer: Peer, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"@context": v.AS2, "id": f"{peer.origin}/features/{number}", "type": "FeatureRequest", "actor": peer.uri,
            "object": node.uri("amal"), "instrument": f"{peer.origin}/collections/7", "to": [node.uri("amal")]} | more  # fmt: skip


async def answer(node: Node, peer: Peer, asked: dict[str, Any]) -> dict[str, Any]:
    await peer.post(f"{node.origin}/inbox", asked)
    return await peer.wait_for(lambda one: isinstance(one["object"], dict) and one["object"]["id"] == asked["id"])


async def change(node: Node, **values: Any) -> None:
    amal = (await node.read(actors.ours, "amal"))["id"]
    await node.write(actors.change, amal, now(), **values)


async def policy(node: Node, path: str = "/users/amal") -> Any:
    return json.loads(await (await node.get(path)).text())["interactionPolicy"]["canFeature"]["automaticApproval"]


async def test_who_wants_to_be_found_may_be_recommended_and_the_leave_says_so(node: Node, peer: Peer) -> None:
    assert await policy(node) == await policy(node, "/orgs/tanmia") == [v.PUBLIC]
    accepted = await answer(node, peer, request(node, peer))
    assert (accepted["type"], accepted["actor"], accepted["to"]) == ("Accept", node.uri("amal"), [peer.uri])
    path = accepted["result"].removeprefix(node.origin)
    leave = json.loads(await (await node.get(path)).text())
    assert leave["id"] == accepted["result"] and leave["type"] == "FeatureAuthorization"
    assert (leave["interactionTarget"], leave["interactingObject"]) == (
        node.uri("amal"),
        f"{peer.origin}/collections/7",
    )

    await change(node, discoverable=0)
    assert (await node.get(path)).status == 404
    assert await policy(node) == [node.uri("amal")]
    assert (await answer(node, peer, request(node, peer, 2)))["type"] == "Reject"


@pytest.mark.parametrize("values", [{"approves": 1}, {"discoverable": 0}])
async def test_who_does_not_is_not(node: Node, peer: Peer, values: dict[str, Any]) -> None:
    await change(node, **values)
    refused = await answer(node, peer, request(node, peer))
    assert refused["type"] == "Reject" and "result" not in refused


async def test_a_collection_of_another_server_and_of_whom_she_blocks_is_refused(node: Node, peer: Peer) -> None:
    strange = request(node, peer, 1, instrument="https://elsewhere.example/collections/1")
    assert (await answer(node, peer, strange))["type"] == "Reject"
    assert (await answer(node, peer, request(node, peer, 2, instrument="")))["type"] == "Reject"

    def block(db: Any) -> None:
        amal, badr = actors.by_uri(db, node.uri("amal")), actors.by_uri(db, peer.uri)
        assert amal is not None and badr is not None
        blocks.keep(db, amal["id"], badr["id"], "", now())

    await node.write(block)
    assert (await answer(node, peer, request(node, peer, 3)))["type"] == "Reject"


async def test_nobody_is_asked_for_others(node: Node, peer: Peer) -> None:
    for number, about in enumerate(("https://elsewhere.example/users/x", f"{node.origin}/users/nobody")):
        await peer.post(f"{node.origin}/inbox", request(node, peer, number, object=about))
    await settled(node)
    assert peer.received == []


@pytest.mark.parametrize("name", ["x", "%00", "aHR0cHM6Ly9h", "Zm9v", "é", "a" * 5000])
async def test_an_address_that_names_no_collection_is_no_leave(node: Node, name: str) -> None:
    assert (await node.get(f"/users/amal/{features.PATH}/{name}")).status == 404
