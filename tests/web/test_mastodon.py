"""The Mastodon API as apps use it, over real HTTP; each answer is held against the schemas (Node.api)."""

import io
import json
import re
from typing import Any

import pytest

from node import html
from node.people import mutes
from tests.conftest import Node, until


def picture(width: int = 64, height: int = 48, kind: str = "JPEG", **more: Any) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), (10, 120, 90)).save(out, kind, **more)
    return out.getvalue()


async def upload(node: Node, token: str, data: bytes, description: str = "", *, status: int = 200) -> dict[str, Any]:
    import aiohttp

    form = aiohttp.FormData()
    form.add_field("file", data, filename="x.html", content_type="text/html")
    form.add_field("description", description)
    found: dict[str, Any] = await node.api("POST", "/api/v2/media", token, data=form, status=status)
    return found


async def say(node: Node, token: str, words: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = await node.api("POST", "/api/v1/statuses", token, json={"status": words, **more})
    return found


async def account_of(node: Node, name: str) -> str:
    found = await node.api("GET", f"/api/v1/accounts/lookup?acct={name}")
    return str(found["id"])


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


# ── statuses ──────────────────────────────────────────────────────────────────


async def test_bookmarks_pins_likes_and_their_lists(node):
    token = node.token()
    said = await say(node, token, "first")
    path = f"/api/v1/statuses/{said['id']}"
    assert (await node.api("POST", path + "/bookmark", token))["bookmarked"]
    assert (await node.api("POST", path + "/favourite", token))["favourited"]
    assert (await node.api("POST", path + "/pin", token))["pinned"]
    assert (await node.api("POST", path + "/mute", token))["muted"]
    assert [one["id"] for one in await node.api("GET", "/api/v1/bookmarks", token)] == [said["id"]]
    assert [one["id"] for one in await node.api("GET", "/api/v1/favourites", token)] == [said["id"]]
    mine = await account_of(node, "amal")
    assert [one["id"] for one in await node.api("GET", f"/api/v1/accounts/{mine}/statuses?pinned=true")] == [said["id"]]
    for verb, flag in (
        ("unbookmark", "bookmarked"),
        ("unfavourite", "favourited"),
        ("unpin", "pinned"),
        ("unmute", "muted"),
    ):
        assert not (await node.api("POST", f"{path}/{verb}", token))[flag]
    assert await node.api("GET", "/api/v1/bookmarks", token) == []
    other = node.token("yto")
    await node.api("POST", path + "/pin", other, status=422)


async def test_an_edit_keeps_what_was_said_before(node):
    token = node.token()
    said = await say(node, token, "one", spoiler_text="careful", language="fr")
    path = f"/api/v1/statuses/{said['id']}"
    source = await node.api("GET", path + "/source", token)
    assert (source["text"], source["spoiler_text"]) == ("one", "careful")

    edited = await node.api("PUT", path, token, json={"status": "two"})

    assert edited["edited_at"]
    assert (edited["spoiler_text"], edited["language"]) == ("careful", "fr")
    versions = await node.api("GET", path + "/history", token)
    assert [html.plain(one["content"]) for one in versions] == ["one", "two"]
    await node.api("PUT", path, node.token("yto"), json={"status": "three"}, status=404)


async def test_a_deleted_status_gives_its_text_and_its_picture_back(node):
    token = node.token()
    made = await upload(node, token, picture())
    said = await say(node, token, "once", media_ids=[made["id"]])
    gone = await node.api("DELETE", f"/api/v1/statuses/{said['id']}", token)
    assert gone["text"] == "once"
    assert "content" not in gone
    await node.api("GET", f"/api/v1/statuses/{said['id']}", token, status=404)
    again = await say(node, token, "again", media_ids=[made["id"]])
    assert again["media_attachments"][0]["id"] == made["id"]


async def test_the_same_key_is_the_same_status(node):
    token = node.token()
    keyed = {"headers": {"Idempotency-Key": "k1"}, "json": {"status": "once"}}
    first = await node.api("POST", "/api/v1/statuses", token, **keyed)
    second = await node.api("POST", "/api/v1/statuses", token, **{**keyed, "headers": {"Idempotency-Key": "k1"}})
    assert first["id"] == second["id"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"status": " "}, "Validation failed: Text can't be blank"),
        ({"status": "x" * 5001}, "Validation failed: Text character limit of 5000 exceeded"),
        ({"status": "x", "visibility": "secret"}, "Validation failed: Visibility is not included in the list"),
        ({"status": "x", "poll": {"options": ["a"], "expires_in": 600}}, "Validation failed: Poll must have more than one item"),
        ({"status": "x", "poll": {"options": ["a", "a"], "expires_in": 600}}, "Validation failed: Poll options can't be duplicated"),
        ({"status": "x", "poll": {"options": ["a", "b"], "expires_in": 1}}, "Validation failed: Poll duration is too short"),
        ({"status": "x", "media_ids": ["1"]}, "Validation failed: Media not found or already attached to another post"),
    ],
)  # fmt: skip
async def test_what_cannot_be_published_is_said_in_the_words_that_apps_know(node, sent, words):
    answer = await node.api("POST", "/api/v1/statuses", node.token(), json=sent, status=422)
    assert answer["error"] == words


async def test_forms_are_read_in_every_shape(node):
    token = node.token()
    nested = {"status": "q", "poll[options][]": ["a", "b"], "poll[expires_in]": "600", "poll[multiple]": "true"}
    pairs = [(key, one) for key, value in nested.items() for one in (value if isinstance(value, list) else [value])]
    said = await node.api("POST", "/api/v1/statuses", token, data=pairs)
    assert [one["title"] for one in said["poll"]["options"]] == ["a", "b"]
    assert said["poll"]["multiple"]


async def test_a_poll_is_voted_in_once(node):
    asked = await say(node, node.token(), "which?", poll={"options": ["tea", "coffee"], "expires_in": 600})
    path, token = f"/api/v1/polls/{asked['poll']['id']}", node.token("yto")
    assert "voted" not in await node.api("GET", path)
    voted = await node.api("POST", path + "/votes", token, json={"choices": [1]})
    assert (voted["own_votes"], voted["votes_count"], voted["voters_count"]) == ([1], 1, 1)
    again = await node.api("POST", path + "/votes", token, json={"choices": [0]}, status=422)
    assert again["error"] == "Validation failed: You have already voted on this poll"
    strange = await node.api("POST", path + "/votes", node.token(), json={"choices": [7]}, status=422)
    assert strange["error"] in (
        "The chosen vote option does not exist",
        "Validation failed: You cannot vote in your own polls",
    )


async def test_a_thread_is_whole_and_a_quote_shows_what_it_quotes(node):
    token = node.token()
    first = await say(node, token, "first")
    second = await say(node, node.token("yto"), "second", in_reply_to_id=first["id"])
    third = await say(node, token, "third", in_reply_to_id=second["id"])
    context = await node.api("GET", f"/api/v1/statuses/{second['id']}/context", token)
    assert [one["id"] for one in context["ancestors"]] == [first["id"]]
    assert [one["id"] for one in context["descendants"]] == [third["id"]]
    quoting = await say(node, token, "look", quoted_status_id=first["id"])
    assert quoting["quote"]["state"] == "accepted"
    assert quoting["quote"]["quoted_status"]["id"] == first["id"]


async def test_translation_is_honestly_absent(node):
    said = await say(node, node.token(), "x")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/translate", node.token(), status=404)
    assert (await node.api("GET", "/api/v2/instance"))["configuration"]["translation"]["enabled"] is False


# ── scheduled ─────────────────────────────────────────────────────────────────


async def test_a_scheduled_status_waits_moves_and_is_published_at_its_moment(node):
    token = node.token()
    at = "2099-01-01T10:00:00.000Z"
    made = await say(node, token, "later", scheduled_at=at, visibility="unlisted")
    assert made["scheduled_at"] == at
    assert made["params"]["text"] == "later"
    soon = await node.api(
        "POST", "/api/v1/statuses", token, json={"status": "x", "scheduled_at": "no date"}, status=422
    )
    assert soon["error"] == "Record invalid"
    path = f"/api/v1/scheduled_statuses/{made['id']}"
    moved = await node.api("PUT", path, token, json={"scheduled_at": "2099-02-01T10:00:00.000Z"})
    assert moved["scheduled_at"] == "2099-02-01T10:00:00.000Z"
    await node.api("GET", path, node.token("yto"), status=404)

    await node.write(lambda db: db.execute("update scheduled set due = 1"))
    await node.write(lambda db: db.execute("update tasks set due = 1 where kind = 'publish scheduled'"))
    await node.write(lambda db: db.wake("tasks"))

    home = await until(lambda: node.api("GET", "/api/v1/timelines/home", token))
    assert html.plain(home[0]["content"]) == "later"
    assert home[0]["visibility"] == "unlisted"
    assert await node.api("GET", "/api/v1/scheduled_statuses", token) == []


async def test_a_scheduled_status_can_be_taken_back(node):
    token = node.token()
    made = await say(node, token, "later", scheduled_at="2099-01-01T10:00:00Z")
    await node.api("DELETE", f"/api/v1/scheduled_statuses/{made['id']}", token)
    await node.api("GET", f"/api/v1/scheduled_statuses/{made['id']}", token, status=404)


# ── profile ───────────────────────────────────────────────────────────────────


async def test_a_profile_is_changed_and_others_hear(node, other):
    import aiohttp

    token = node.token()
    far = (await other.api("GET", f"/api/v2/search?resolve=true&q=@amal@{node.host}", other.token()))["accounts"][0]
    await other.api("POST", f"/api/v1/accounts/{far['id']}/follow", other.token())
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    form = aiohttp.FormData()
    form.add_field("avatar", picture(500, 300), filename="a.jpg", content_type="image/jpeg")
    for name, value in {"display_name": "أمل ن.", "note": "hello https://example.org", "locked": "true",
                        "fields_attributes[0][name]": "site", "fields_attributes[0][value]": "https://example.org",
                        "source[privacy]": "private", "source[language]": "ar"}.items():  # fmt: skip
        form.add_field(name, value)
    me = await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data=form)
    assert (me["display_name"], me["locked"], me["source"]["privacy"]) == ("أمل ن.", True, "private")
    assert me["source"]["note"] == "hello https://example.org"
    assert 'href="https://example.org"' in me["fields"][0]["value"]
    assert me["source"]["fields"][0]["value"] == "https://example.org"
    assert (await say(node, token, "mine"))["visibility"] == "private"

    async def heard() -> bool:
        seen = await other.api("GET", f"/api/v1/accounts/{far['id']}")
        return seen["display_name"] == "أمل ن." and seen["locked"] and "/media/remote/icon/" in seen["avatar"]

    await until(heard)
    seen = await other.api("GET", f"/api/v1/accounts/{far['id']}")
    async with other.session.get(seen["avatar"]) as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    bare = await node.api("DELETE", "/api/v1/profile/avatar", token)
    assert bare["avatar"] != me["avatar"]
    async with node.session.get(me["avatar"]) as response:
        assert response.status == 404
    shown = await node.api("GET", "/api/v1/profile", token)
    assert shown["avatar"] is None
    wishes = await node.api("GET", "/api/v1/preferences", token)
    assert wishes["posting:default:visibility"] == "private"


# ── people ────────────────────────────────────────────────────────────────────


async def follow(node: Node, token: str, name: str) -> str:
    target = await account_of(node, name)
    await node.api("POST", f"/api/v1/accounts/{target}/follow", token)
    return target


async def test_muted_people_are_not_read_nor_heard_until_the_mute_ends(node):
    token, hers = node.token("yto"), node.token()
    amal = await follow(node, token, "amal")
    await say(node, hers, "@yto before")
    muted = await node.api("POST", f"/api/v1/accounts/{amal}/mute", token, json={"duration": 3600})
    assert (muted["muting"], muted["muting_notifications"]) == (True, True)
    assert muted["muting_expires_at"]
    await say(node, hers, "@yto after")
    assert await node.api("GET", "/api/v1/timelines/home", token) == []
    assert await node.api("GET", "/api/v1/timelines/public", token) == []
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 1
    [listed] = await node.api("GET", "/api/v1/mutes", token)
    assert listed["mute_expires_at"]

    await node.write(lambda db: db.execute("update mutes set expires = 1"))
    await node.write(lambda db: db.execute("update tasks set due = 1 where kind = ?", (mutes.TASK,)))
    await node.write(lambda db: db.wake("tasks"))
    await until(lambda: node.api("GET", "/api/v1/timelines/home", token))


async def test_blocks_hide_both(node):
    token, hers = node.token("yto"), node.token()
    amal = await follow(node, token, "amal")
    said = await say(node, hers, "hello")
    blocked = await node.api("POST", f"/api/v1/accounts/{amal}/block", token)
    assert (blocked["blocking"], blocked["following"]) == (True, False)
    await node.api("GET", f"/api/v1/statuses/{said['id']}", token, status=404)
    assert [one["id"] for one in await node.api("GET", "/api/v1/blocks", token)] == [amal]
    assert not (await node.api("POST", f"/api/v1/accounts/{amal}/unblock", token))["blocking"]


async def test_notes_endorsements_and_who_is_near(node):
    token = node.token("yto")
    amal = await follow(node, token, "amal")
    noted = await node.api("POST", f"/api/v1/accounts/{amal}/note", token, json={"comment": "from Sidi Bennour"})
    assert noted["note"] == "from Sidi Bennour"
    assert (await node.api("POST", f"/api/v1/accounts/{amal}/endorse", token))["endorsed"]
    yto = await account_of(node, "yto")
    assert [one["id"] for one in await node.api("GET", f"/api/v1/accounts/{yto}/endorsements")] == [amal]
    assert not (await node.api("POST", f"/api/v1/accounts/{amal}/unpin", token))["endorsed"]
    tanmia = await account_of(node, "tanmia")
    await node.api("POST", f"/api/v1/accounts/{tanmia}/follow", node.token())
    [near] = await node.api("GET", f"/api/v1/accounts/familiar_followers?id[]={tanmia}", token)
    assert [one["id"] for one in near["accounts"]] == [amal]
    suggested = await node.api("GET", "/api/v2/suggestions", token)
    assert suggested[0]["account"]["id"] == tanmia
    await node.api("DELETE", f"/api/v1/suggestions/{tanmia}", token)
    assert tanmia not in [one["account"]["id"] for one in await node.api("GET", "/api/v2/suggestions", token)]


async def test_a_follower_can_be_sent_away_and_one_who_asks_let_in(node):
    asking, token = node.token(), node.token("yto")
    yto = await follow(node, asking, "yto")
    [request] = await node.api("GET", "/api/v1/follow_requests", token)
    answered = await node.api("POST", f"/api/v1/follow_requests/{request['id']}/authorize", token)
    assert answered["followed_by"]
    away = await node.api("POST", f"/api/v1/accounts/{request['id']}/remove_from_followers", token)
    assert not away["followed_by"]
    [mine] = await node.api("GET", f"/api/v1/accounts/relationships?id[]={yto}", asking)
    assert not mine["following"]


async def test_a_server_that_one_does_not_hear(node, other):
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    far = found["accounts"][0]["id"]
    await node.api("POST", "/api/v1/domain_blocks", here, data={"domain": other.host})
    assert await node.api("GET", "/api/v1/domain_blocks", here) == [other.host]
    [known] = await node.api("GET", f"/api/v1/accounts/relationships?id[]={far}", here)
    assert known["domain_blocking"]
    await say(other, there, f"@amal@{node.host} hello")
    await until(lambda: node.read(lambda db: db.value("select count(*) from posts")))
    assert await node.api("GET", "/api/v1/notifications", here) == []
    await node.api("DELETE", f"/api/v1/domain_blocks?domain={other.host}", here)
    assert await node.api("GET", "/api/v1/domain_blocks", here) == []


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
