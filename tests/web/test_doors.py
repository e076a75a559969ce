"""Whatever comes to whichever door: an answer, and never an error of ours."""

import random
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import ClientTimeout, FormData
from yarl import URL

IDS = ("0", "-1", "abc", "99999999999999999999", "115000000000000000", "%00", "..%2f..", "amal", "tanmia", "é", "\u202e",
       "a" * 300, "@badr@peer.example", "1.5")  # fmt: skip
VALUES: tuple[Any, ...] = (
    "", "0", "-1", "true", "abc", "9" * 25, "1e9", "a\x00b", "a" * 5000, "<b>x</b>", "@amal", "#وسم", "2026-13-45T99:99:99Z",
    "direct", "xx-YY", "../../etc", "\u202e", "1\r\nSet-Cookie: a=b", [], {}, None, True, 12, 1.5, 10**30,
    ["a", None, {}], {"a": {"b": [1]}},
)  # fmt: skip
NAMES = ("status", "id", "ids", "account_ids", "status_ids", "media_ids", "limit", "max_id", "min_id", "since_id", "offset",
         "poll", "options", "choices", "visibility", "language", "scheduled_at", "in_reply_to_id", "quoted_status_id",
         "title", "text", "name", "names", "phrase", "context", "keywords_attributes", "fields_attributes", "source",
         "filter_action", "expires_in", "expires_at", "duration", "data", "subscription", "policy", "home",
         "notifications", "type", "types", "exclude_types", "category", "rule_ids", "comment", "forward", "domain", "q",
         "acct", "resolve", "focus", "description", "scopes", "scope", "redirect_uri", "redirect_uris", "client_name",
         "grant_type", "code", "token", "username", "email", "password", "agreement", "locale", "date", "start", "back",
         "uri", "tag", "kind", "region", "field", "size", "page", "before", "after", "lang", "month", "csrf")  # fmt: skip
KINDS = ("application/activity+json", "text/html", "application/json", "*/*", "nonsense;;q=x")
QUIET = ClientTimeout(total=20)


def doors(app: Any) -> list[tuple[str, str]]:
    """(method, path with a place for what varies) of every route."""
    found = set()
    for route in app.router.routes():
        place = route.resource.get_info() if route.resource is not None else {}
        path = place.get("formatter") or place.get("path")
        if path and route.method != "*" and "streaming" not in path:
            found.add((route.method, path))
    return sorted(found)


def body(chance: random.Random) -> dict[str, Any]:
    """Something to send: JSON, a form, parts, or bytes."""
    fields = {
        chance.choice(NAMES) + chance.choice(("", "", "", "[]", "[a]", "[0][b]")): chance.choice(VALUES)
        for _ in range(5)
    }
    match chance.randrange(4):
        case 0:
            return {"json": chance.choice((fields, fields, [fields], "x", None, 1))}
        case 1:
            return {"data": {name: str(value) for name, value in fields.items()}}
        case 2:
            parts = FormData(default_to_multipart=True)
            for name, value in fields.items():
                parts.add_field(name, str(value))
            parts.add_field(
                chance.choice(("file", "avatar", "header")), b"GIF89a?", filename="../x", content_type="image/gif"
            )
            return {"data": parts}
        case _:
            sent = chance.choice(
                (b'{"a":1,"a":2}', b'{"a":', b"[" * 5000, b'{"a":1e999}', b'{"status":"\\ud800"}', b"NaN")
            )
            return {"data": sent, "headers": {"Content-Type": "application/json"}}


@pytest.mark.parametrize("seed", range(3))
async def test_no_door_breaks(node, seed):
    chance, broken = random.Random(seed), []
    who = (node.token("amal", "read write follow push admin:read admin:write"), node.token("yto"), "", "unknown")
    said = await node.api(
        "POST", "/api/v1/statuses", who[0], json={"status": "#وسم", "poll": {"options": ["a", "b"], "expires_in": 300}}
    )
    known = (said["id"], said["poll"]["id"], said["account"]["id"])
    for method, path in doors(node.app):
        filled = re.sub(r"\{[^}]*\}", lambda _: chance.choice((*IDS, *known, *known)), path)
        asked = urlencode({chance.choice(NAMES): str(chance.choice(VALUES))[:2000] for _ in range(3)})
        more = body(chance) if method not in ("GET", "HEAD", "OPTIONS") else {}
        token = chance.choice(who)
        headers = {"Accept": chance.choice(KINDS), **more.pop("headers", {})}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        url = URL(node.origin + quote(filled, safe="/%:@.,;=+~!*'()") + "?" + asked, encoded=True)
        async with node.session.request(
            method, url, headers=headers, allow_redirects=False, timeout=QUIET, **more
        ) as answer:
            if answer.status == 500:
                broken.append((method, str(url)[:200], str(more)[:200]))
        if method == "POST" and "revoke" in path:
            who = (node.token("amal", "read write follow push admin:read admin:write"), *who[1:])
    assert broken == []


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "²", "٣"], ids=["no column", "no int", "above", "Arabic"])
@pytest.mark.parametrize(
    "path", ["/projects?before=", "/users/amal/outbox?before=", "/media/remote/", "/users/amal/statuses/",
             "/actor/directory?page=", "/stamps/", "/posts/", "/f/tanmia_forum?before=1-"]
)  # fmt: skip
async def test_what_is_no_id_names_nothing(node, path, number):
    answer = await node.get(
        path + number, "text/html" if path.startswith(("/projects", "/f/")) else "application/activity+json"
    )

    assert answer.status in (200, 404)
