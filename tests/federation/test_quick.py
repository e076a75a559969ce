"""Which activities the event loop acts on by itself, and which the writer does."""

import json
from typing import Any

import pytest

from federation import activity, inbox
from federation import vocabulary as v
from tests.federation import forum_world as w
from tests.peer import Peer

KINDS = [("Create", True), ("Like", True), ("Undo", False), ("Delete", False), ("Update", False), ("Follow", False)]


def heard(peer: Peer, **said: Any) -> tuple[activity.Heard, bytes]:
    actor = f"{peer.origin}/users/p"
    document = {"@context": [v.AS2], "id": f"{peer.origin}/a/1", "type": "Create", "actor": actor, "to": [v.PUBLIC],
                "object": {"type": "Note", "content": "salam"}}  # fmt: skip
    body = json.dumps(document | said).encode()
    return activity.hear(body, None, True), body


@pytest.mark.parametrize(("kind", "quick"), KINDS)
async def test_what_may_undo_much_is_the_writers(node, peer, kind, quick):
    assert inbox.is_quick(node.bridge, *heard(peer, type=kind)) is quick


@pytest.mark.parametrize("where", ["to", "cc", "audience"])
async def test_what_a_forum_of_ours_passes_on_is_the_writers(node, peer, where):
    place = await w.open_forum(node)
    assert inbox.is_quick(node.bridge, *heard(peer, **{where: [node.uri("amal")]}))
    assert not inbox.is_quick(node.bridge, *heard(peer, **{where: [node.uri("amal"), place["uri"]]}))


async def test_what_is_long_is_the_writers(node, peer):
    assert not inbox.is_quick(node.bridge, *heard(peer, summary="x" * inbox.SMALL))
