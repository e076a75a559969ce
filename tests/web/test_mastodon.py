"""The Mastodon API as apps use it, over real HTTP; each answer is held against the schemas (Node.api)."""

import json
import re
from typing import Any

import pytest

from tests.web.apps import say

# ── scopes ────────────────────────────────────────────────────────────────────

PUBLIC = {
    "/api/v1/apps", "/api/v1/instance", "/api/v2/instance", "/api/v1/instance/rules", "/api/v1/instance/peers",
    "/api/v1/instance/domain_blocks", "/api/v1/instance/extended_description", "/api/v1/instance/privacy_policy",
    "/api/v1/instance/terms_of_service", "/api/v1/instance/terms_of_service/{date}", "/api/v1/instance/languages",
    "/api/v1/instance/translation_languages", "/api/v1/instance/activity", "/api/v1/peers/search", "/api/oembed",
    "/api/v1/accounts/lookup", "/api/v1/accounts", "/api/v1/accounts/{id}", "/api/v1/accounts/{id}/endorsements",
    "/api/v1/accounts/{id}/followers", "/api/v1/accounts/{id}/following", "/api/v1/accounts/{id}/{which}",
    "/api/v1/custom_emojis", "/api/v1/apps/verify_credentials", "/api/v1/statuses/{id}/translate",
    "/api/{rest}", "/api/v1/streaming/health",
}  # fmt: skip


async def test_every_route_asks_for_a_scope_or_is_public(node):
    """A token that may do nothing but push opens no other route."""
    token = node.token(scopes="push")
    wrong = []
    for route in node.app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if (
            not path.startswith("/api/")
            or path.rstrip("/") in PUBLIC
            or "/push/" in path
            or path.startswith("/api/v1/streaming")  # each stream has its own scope: test_mastodon_streaming
            or route.method in ("*", "HEAD")
        ):
            continue
        for address in addresses(route.resource):
            async with node.session.request(
                route.method, node.origin + address, headers={"Authorization": f"Bearer {token}"}
            ) as response:
                if response.status != 403:
                    wrong.append((route.method, address, response.status))
    assert not wrong


def addresses(resource: Any) -> list[str]:
    """Every address of a route: its words one after the other, 1 for an id, x for a name."""
    pattern = resource.get_info().get("pattern")
    if pattern is None:
        return [resource.canonical]
    found = [resource.canonical]
    for name, values in re.findall(r"\(\?P<(\w+)>([^)]*)\)", pattern.pattern):
        choices = values.split("|") if re.fullmatch(r"[\w|]+", values) else ["1" if values == r"\d+" else "x"]
        found = [one.replace("{" + name + "}", choice) for one in found for choice in choices]
    return found


async def test_a_reading_token_writes_nothing(node):
    token = node.token(scopes="read")
    await node.api("POST", "/api/v1/statuses", token, json={"status": "x"}, status=403)
    fine = node.token(scopes="write:statuses")
    await node.api("POST", "/api/v1/statuses", fine, json={"status": "x"})
    await node.api("GET", "/api/v1/bookmarks", fine, status=403)


# ── what there is ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/instance", "/api/v2/instance", "/api/v1/instance/rules", "/api/v1/instance/peers",
        "/api/v1/instance/domain_blocks", "/api/v1/instance/extended_description", "/api/v1/instance/privacy_policy",
        "/api/v1/instance/activity", "/api/v1/custom_emojis", "/api/v1/trends/tags", "/api/v1/trends/statuses",
        "/api/v1/trends/links", "/api/v1/directory", "/nodeinfo/2.0",
    ],
)  # fmt: skip
async def test_visitors_may_ask(node, path):
    await node.api("GET", path)


async def test_trends_come_from_what_people_here_did(node):
    token = node.token()
    said = await say(node, token, "#culture here")
    await say(node, node.token("yto"), "#culture there")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", node.token("yto"))
    assert [one["id"] for one in await node.api("GET", "/api/v1/trends/statuses")] == [said["id"]]
    assert [one["name"] for one in await node.api("GET", "/api/v1/trends/tags")] == ["culture"]


async def test_an_account_is_opened_from_an_app(node):
    from node import settings

    app = node.token(scopes="write:accounts read")
    await node.write(lambda db: settings.choose(db, "registrations", "open"))
    sent = {"username": "naima", "email": "naima@example.org", "password": "a long secret", "agreement": "true"}
    made = await node.api("POST", "/api/v1/accounts", app, data=sent)
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", made["access_token"])
    assert me["acct"] == "naima"
    wrong = await node.api("POST", "/api/v1/accounts", app, data=sent | {"password": "x"}, status=422)
    assert set(wrong["details"]) == {"username", "email", "password"}
    await node.write(lambda db: settings.choose(db, "registrations", "approval"))
    asking = sent | {"username": "samir", "email": "samir@example.org", "reason": "I coordinate a school club"}
    waits = await node.api("POST", "/api/v1/accounts", app, data=asking)
    refused = await node.api("GET", "/api/v1/timelines/home", waits["access_token"], status=403)
    assert refused["error"] == "Your login is currently pending approval"
    assert await node.read(lambda db: db.value("select name from join_requests")) == "samir"


async def test_what_we_do_not_have_is_a_clean_404(node):
    answer = await node.api("GET", "/api/v1/collections/1", node.token(), status=404)
    assert answer == {"error": "Record not found"}


async def test_pages_of_a_timeline_join_without_a_gap(node):
    token = node.token()
    said = [(await say(node, token, f"post {number}"))["id"] for number in range(5)]
    seen: list[str] = []
    path: str | None = "/api/v1/timelines/home?limit=2"
    while path:
        async with node.session.get(node.origin + path, headers={"Authorization": f"Bearer {token}"}) as response:
            page = await response.json()
            after = response.links.get("next")
        seen += [one["id"] for one in page]
        path = str(after["url"]).removeprefix(node.origin) if after and page else None
    assert seen == said[::-1]
    next_to = await node.api("GET", f"/api/v1/timelines/home?limit=2&min_id={said[0]}", token)
    assert [one["id"] for one in next_to] == [said[2], said[1]]


ODD = ("²", "٣", "-1", "1.5", "99999999999999999999", "9223372036854775808", "null", "\x00", "x" * 300, "true", "[]")


async def test_odd_values_are_refused_or_passed_over_and_break_nothing(node):
    token = node.token(scopes="read write follow push admin:read admin:write")
    said = await say(node, token, "x", poll={"options": ["a", "b"], "expires_in": 600})
    gets = ["timelines/home", "timelines/public", "notifications", "bookmarks", "favourites", "conversations", "mutes",
            "blocks", "lists", "followed_tags", "scheduled_statuses", "directory", "trends/statuses", "admin/accounts",
            "notifications/requests", f"statuses/{said['id']}/favourited_by", "accounts/relationships", "statuses",
            "accounts", "accounts/search", "accounts/familiar_followers", "notifications/unread_count"]  # fmt: skip
    broken = []
    for path in gets:
        for odd in ODD:
            asked = [
                (name, odd) for name in ("max_id", "min_id", "since_id", "limit", "offset", "id[]", "q", "account_id")
            ]
            async with node.session.get(
                f"{node.origin}/api/v1/{path}", params=asked, headers={"Authorization": f"Bearer {token}"}
            ) as response:
                if response.status >= 500:
                    broken.append((path, odd))
    posts = [
        ("statuses", {"status": "x", "in_reply_to_id": 0}), ("statuses", {"status": "x", "media_ids": [0]}),
        ("statuses", {"status": "x", "quoted_status_id": 0}), ("statuses", {"status": 0}),
        ("statuses", {"status": "x", "poll": {"options": [0, 1], "expires_in": 0}}), ("statuses", {"status": "x", "scheduled_at": 0}),
        (f"polls/{said['poll']['id']}/votes", {"choices": [0]}), ("lists", {"title": 0, "replies_policy": 0}),
        ("reports", {"account_id": 0, "status_ids": [0], "rule_ids": 0}), ("markers", {"home": {"last_read_id": 0}}),
        ("markers", {"home": 0}), ("filters", {"phrase": "x", "context": [0], "expires_in": 0}),
        ("domain_blocks", {"domain": 0}), ("featured_tags", {"name": 0}), ("push/subscription", {"subscription": 0}),
        ("notifications/requests/accept", {"id": [0]}), ("apps", {"client_name": 0, "redirect_uris": [0], "scopes": 0}),
        (f"accounts/{said['account']['id']}/mute", {"duration": 0}),
    ]  # fmt: skip
    for path, body in posts:
        for odd in ODD:
            sent = json.loads(
                json.dumps(body).replace(": 0", ": " + json.dumps(odd)).replace("[0", "[" + json.dumps(odd))
            )
            async with node.session.post(
                f"{node.origin}/api/v1/{path}", json=sent, headers={"Authorization": f"Bearer {token}"}
            ) as response:
                if response.status >= 500:
                    broken.append((path, odd))
    assert not broken
