"""What every answer carries, whoever asked for what."""

import pytest

from federation import vocabulary as v

ASKED = [
    ("/", "text/html"), ("/users/amal", v.ACTIVITY_JSON), ("/users/amal", "text/html"), ("/nowhere", "text/html"),
    ("/nowhere", "application/json"), ("/api/v1/instance", "application/json"), ("/static/tashbik.css", "text/css"),
    ("/.well-known/webfinger?resource=x", "application/json"), ("/media/aa/none.png", "image/*"), ("/nodeinfo/2.1", "*/*"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "accept"), ASKED)
async def test_no_answer_is_taken_for_another_kind_nor_says_what_we_run_on(node, path, accept):
    answer = await node.get(path, accept)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Server"] == "Tashbik"


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_no_cache_keeps_that_a_private_post_is_not_there(node, visibility):
    """It is there for whoever signs as a follower; a cache may keep a 404 that does not forbid it."""
    words = {"status": "not for everybody", "visibility": visibility}
    said = await node.api("POST", "/api/v1/statuses", node.token(), json=words)
    for path in (f"/posts/{said['id']}", f"/posts/{said['id']}/activity", f"/@amal/{said['id']}"):
        answer = await node.get(path)
        assert (answer.status, answer.headers["Cache-Control"]) == (404, "private, no-store"), path
