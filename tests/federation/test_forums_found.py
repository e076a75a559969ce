"""A forum of another server is found by its address as people there write it: `!main@lemmy.example`."""

from node.people import actors
from tests.federation import forum_world as w
from tests.web.visitor import Visitor


async def test_the_spelling_of_lemmy_is_understood_by_apps_and_pages(node, peer):
    uri = w.group(peer, "badr", [])  # the peer's WebFinger knows this name
    base = peer.documents["/users/badr"]
    typed = f"!badr@{peer.host}"
    found = await node.api("GET", f"/api/v2/search?q={typed}&resolve=true", node.token())
    assert [(one["uri"], one["group"]) for one in found["accounts"]] == [(base["id"], True)] == [(uri, True)]
    assert (await node.api("GET", f"/api/v1/accounts/lookup?acct={typed}"))["uri"] == uri
    found = await node.api("GET", f"/api/v2/search?q={typed}", node.token())
    assert [one["uri"] for one in found["accounts"]] == [uri], "what is known is found without asking"
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(f"/search?q={typed}")
        assert page.url.startswith(f"/f/badr@{peer.host}") and page.status == 200
    assert (await node.read(actors.by_uri, uri))["type"] == "Group"
