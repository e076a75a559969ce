"""What GoToSocial's authors let others do with their posts, and what they say to it."""

from typing import Any

import pytest

from federation import outbox, policies
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft
from node.people import actors
from node.posts import posts, reactions
from node.store import Row
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_people import follows_peer, settled
from tests.federation.test_protocol_quotes import publish


def only(*uris: str) -> dict[str, Any]:
    return {"automaticApproval": list(uris), "manualApproval": []}


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (None, {}),
        ({"canQuote": only("https://a.example/u")}, {}),
        ({"canReply": {}, "canLike": None}, {}),
        ({"canReply": {"automaticApproval": "as:Public"}}, {}),
        ({"canReply": {"automaticApproval": [], "manualApproval": [v.PUBLIC]}}, {}),
        ({"canReply": {"always": "https://a.example/u"}}, {"canReply": ["https://a.example/u"]}),
        ({"canLike": {"automaticApproval": []}, "canAnnounce": "odd"}, {"canLike": []}),
    ],
)
def test_what_is_not_left_to_everybody_is_kept(policy: Any, kept: dict[str, Any]) -> None:
    assert policies.restricted({"interactionPolicy": policy}) == kept


async def said(node: Node, peer: Peer, number: int, **more: Any) -> Row:
    note = peer.note(number, **more)
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    found: Row = await until(lambda: node.read(posts.by_uri, note["id"]))
    return found


async def test_what_an_author_keeps_to_herself_is_not_done(node: Node, peer: Peer) -> None:
    alone = only(peer.uri)
    post = await said(node, peer, 1, interactionPolicy={"canReply": alone, "canLike": alone, "canAnnounce": alone})
    path, token = f"/api/v1/statuses/{post['id']}", node.token()
    await node.api("POST", f"{path}/favourite", token, status=403)
    await node.api("POST", f"{path}/reblog", token, status=403)
    answer = {"status": "نعم", "in_reply_to_id": str(post["id"])}
    await node.api("POST", "/api/v1/statuses", token, json=answer, status=403)
    seen = await node.read(posts.get, post["id"])
    assert (seen["likes"], seen["boosts"], seen["replies"]) == (0, 0, 0)


async def test_whom_she_names_follows_or_is_followed_by_may(node: Node, peer: Peer) -> None:
    followers = only(peer.uri, f"{peer.uri}/followers")
    post = await said(node, peer, 1, interactionPolicy={"canReply": followers, "canLike": followers})
    path, token = f"/api/v1/statuses/{post['id']}", node.token()
    await node.api("POST", f"{path}/favourite", token, status=403)
    await node.api("POST", f"{path}/reblog", token)  # of this she says nothing
    await follows_peer(node, peer)
    await node.api("POST", f"{path}/favourite", token)

    alone = {"canReply": only(peer.uri)}
    mention = {"type": "Mention", "href": node.uri("amal"), "name": "@amal"}
    named = await said(node, peer, 2, interactionPolicy=alone, tag=[mention], cc=[node.uri("amal")])
    await publish(node, Draft("نعم", reply_to=named["id"]))
    by_a_list = await said(node, peer, 3, interactionPolicy={"canReply": only(f"{peer.origin}/lists/1")})
    await publish(node, Draft("نعم", reply_to=by_a_list["id"]))  # who stands in it her server knows


async def test_her_leave_for_an_answer_goes_out_with_it_once(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    policy = {"canReply": only(peer.uri, f"{peer.uri}/followers")}
    post = await said(node, peer, 1, interactionPolicy=policy)
    answer = await publish(node, Draft("نعم", reply_to=post["id"]))
    accept = {"@context": v.AS2, "id": f"{peer.origin}/accepts/9", "type": "Accept", "actor": peer.uri,
              "object": answer["uri"], "result": f"{peer.origin}/leave/1", "to": [node.uri("amal")]}  # fmt: skip
    async with Peer(name="eve") as eve:
        forged = accept | {"id": f"{eve.origin}/accepts/9", "actor": eve.uri, "result": f"{eve.origin}/leave/1"}
        await eve.post(f"{node.origin}/inbox", forged)
    for number in (9, 10):
        await peer.post(f"{node.origin}/inbox", accept | {"id": f"{peer.origin}/accepts/{number}"})
    update = await peer.wait_for(lambda one: one["type"] == "Update")
    assert update["object"]["approvedBy"] == update["object"]["replyAuthorization"] == f"{peer.origin}/leave/1"
    assert "updated" not in update["object"]
    await settled(node)
    assert len([one for one in peer.received if one["type"] == "Update"]) == 1

    await node.write(lambda db: outbox.edit(db, posts.get(db, answer["id"]), Draft("نعم نعم"), now()))
    edited = await peer.wait_for(lambda one: one["type"] == "Update" and "updated" in one["object"])
    assert edited["object"]["approvedBy"] == f"{peer.origin}/leave/1"


async def test_what_she_refuses_is_undone_here(node: Node, peer: Peer) -> None:
    post = await said(node, peer, 1)
    path, token = f"/api/v1/statuses/{post['id']}", node.token()
    await node.api("POST", f"{path}/favourite", token)
    boost = await node.api("POST", f"{path}/reblog", token)
    like = await peer.wait_for(lambda one: one["type"] == "Like")
    async with Peer(name="eve") as eve:
        for number, uri in enumerate((like["id"], boost["uri"])):
            reject = {"@context": v.AS2, "id": f"{eve.origin}/rejects/{number}", "type": "Reject", "actor": eve.uri}
            await eve.post(f"{node.origin}/inbox", reject | {"object": uri})
    await settled(node)
    seen = await node.read(posts.get, post["id"])
    assert (seen["likes"], seen["boosts"]) == (1, 1)

    for number, uri in enumerate((like["id"], boost["uri"])):
        reject = {"@context": v.AS2, "id": f"{peer.origin}/rejects/{number}", "type": "Reject", "actor": peer.uri}
        await peer.post(f"{node.origin}/inbox", reject | {"object": {"id": uri, "type": "Like"}})
    await until(lambda: node.read(lambda db: posts.get(db, post["id"])["boosts"] == 0))
    amal = (await node.read(actors.ours, "amal"))["id"]
    assert await node.read(reactions.get, post["id"], amal, "like") is None
