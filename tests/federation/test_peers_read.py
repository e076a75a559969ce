"""What other software needs to find in what we send, before it shows it to anybody."""

from federation import vocabulary as v
from federation.outbox import Draft
from node.posts import posts
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_quotes import publish


async def test_an_answer_names_whom_it_answers_so_that_a_microblog_tells_her(node: Node, peer: Peer) -> None:
    note = peer.note()
    await peer.post(f"{node.origin}/inbox", peer.create({**note, "to": [v.PUBLIC], "cc": [node.uri("amal")]}))
    asked = await until(lambda: node.read(posts.by_uri, note["id"]))

    answer = await publish(node, Draft(text="نعم", reply_to=asked["id"]))
    await publish(node, Draft(text="سرا", reply_to=asked["id"], visibility="followers"))

    heard = await peer.wait_for(lambda one: one["type"] == "Create")
    assert peer.uri in heard["cc"] and peer.uri in heard["object"]["cc"]
    assert heard["object"]["tag"] == [{"type": "Mention", "href": peer.uri, "name": f"@badr@{peer.host}"}]
    token = node.token()
    shown = await node.api("GET", f"/api/v1/statuses/{answer['id']}", token)
    assert shown["mentions"] == []  # her words are hers: nobody is named in them
    assert [one for one in peer.received if "سرا" in str(one)] == []
