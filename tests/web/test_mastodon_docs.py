"""The page for app authors says what the node answers, no more and no less."""

import re
from pathlib import Path

from web.app import build

PAGE = Path(__file__).parents[2] / "docs" / "mastodon-api.md"
OURS = ("/api/", "/oauth/", "/.well-known/oauth")


def test_the_page_names_every_route_and_only_these(world_folder):
    answered = set()
    for route in build(world_folder).router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        twin = path.endswith("/") and path != "/api/v1/streaming/"
        if path.startswith(OURS) and route.method not in ("*", "HEAD") and not twin:
            answered.add((route.method, path))
    described = set(re.findall(r"^\| ([A-Z]+) \| `([^`]+)` \|", PAGE.read_text(), re.MULTILINE))
    patched = {("PATCH", path) for method, path in answered if method == "PUT"}  # said once, above the tables
    assert answered - (patched - described) == described
