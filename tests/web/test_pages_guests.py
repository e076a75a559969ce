"""What peers write on our pages stays what it is: somebody's words inside a post."""

from node.posts import posts
from tests.conftest import until


async def test_a_guest_s_headings_stand_below_those_of_the_page(node, peer):
    token = node.token()
    note = peer.note(1, "<h1>About this node</h1><p>and <a href='https://peer.example/'>more</a></p><h6>end</h6>")
    await node.api("GET", f"/api/v2/search?resolve=true&q={note['id']}", token)
    await until(lambda: node.read(posts.by_uri, note["id"]))
    row = await node.read(posts.by_uri, note["id"])
    path = f"{node.origin}/@badr@{peer.host}/{row['id']}"
    async with node.session.get(path, headers={"Accept": "text/html"}) as response:
        page = await response.text()
    assert response.status == 200 and page.count("<h1") == page.count("</h1>") == 1
    assert "<h3>About this node</h3>" in page and "<h6>end</h6>" in page
