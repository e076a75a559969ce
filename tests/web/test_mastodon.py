"""The Mastodon API as apps use it, over real HTTP; each answer is held against the schemas (Node.api)."""

import io
import json
import re
from typing import Any

import pytest

from federation.bridge import now
from node import html
from node.people import mutes
from node.posts import announcements, files
from tests.conftest import Node, until
from web.uploads import folder_of


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


# ── media ─────────────────────────────────────────────────────────────────────


async def test_a_picture_is_shrunk_described_and_served_as_a_picture_only(node):
    token = node.token()
    made = await upload(node, token, picture(3000, 1500), "a green field")
    assert made["meta"]["original"]["width"] == 1920
    assert made["blurhash"]
    described = await node.api(
        "PUT", f"/api/v1/media/{made['id']}", token, json={"description": "حقل أخضر", "focus": "0.5,-0.5"}
    )
    assert described["description"] == "حقل أخضر"
    assert described["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    said = await say(node, token, "", media_ids=[made["id"]])
    assert said["media_attachments"][0]["description"] == "حقل أخضر"
    for url in (made["url"], made["preview_url"]):
        async with node.session.get(url) as response:
            assert response.status == 200
            assert response.content_type in ("image/jpeg", "image/webp")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in response.headers["Content-Security-Policy"]
    document = await (await node.get(f"/posts/{said['id']}")).json(content_type=None)
    assert document["attachment"][0]["url"] == made["url"]


async def test_where_a_picture_was_taken_is_nobodys_business(node):
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    made = await upload(node, node.token(), picture(80, 40, exif=exif, comment=b"SECRET PLACE"))
    async with node.session.get(made["url"]) as response:
        data = await response.read()
    assert b"SECRET" not in data
    opened = Image.open(io.BytesIO(data))
    assert not dict(opened.getexif())
    assert opened.size == (40, 80)


@pytest.mark.parametrize(
    "data",
    [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"", b"\x89PNG\r\n\x1a\nbroken"],
)  # fmt: skip
async def test_what_is_no_picture_is_not_taken(node, data):
    answer = await upload(node, node.token(), data, status=422)
    assert answer["error"].startswith("Validation failed")
    assert await node.read(lambda db: db.value("select count(*) from media")) == 0


async def test_a_decoder_bomb_is_not_opened(node, monkeypatch):
    from node.posts import pictures

    monkeypatch.setattr(pictures, "MOST_PIXELS", 10_000)
    await upload(node, node.token(), picture(200, 200, "PNG"), status=422)


async def test_an_upload_is_its_owners_alone_and_goes_on_one_post(node):
    token, other = node.token(), node.token("yto")
    made = await upload(node, token, picture())
    await node.api("GET", f"/api/v1/media/{made['id']}", other, status=404)
    await node.api("PUT", f"/api/v1/media/{made['id']}", other, json={"description": "x"}, status=404)
    stolen = {"status": "x", "media_ids": [made["id"]]}
    await node.api("POST", "/api/v1/statuses", other, json=stolen, status=422)
    await say(node, token, "x", media_ids=[made["id"]])
    await node.api("POST", "/api/v1/statuses", token, json=stolen, status=422)


async def test_paths_that_climb_find_nothing(node):
    for path in (
        "/media/..%2f..%2fnode.sqlite3",
        "/media/ab/../../node.sqlite3",
        "/media/ab/%2e%2e/x.jpg",
        "/media/ab/x.html",
    ):
        async with node.session.get(node.origin + path) as response:
            assert response.status in (400, 404)


async def test_uploads_that_nothing_holds_are_gone_after_a_day(node):
    from web import uploads as door

    token = node.token()
    lost, kept = await upload(node, token, picture()), await upload(node, token, picture())
    await say(node, token, "x", media_ids=[kept["id"]])
    await node.write(lambda db: db.execute("update media set created = 1"))
    await door.tidy(node.bridge)
    await node.api("GET", f"/api/v1/media/{lost['id']}", token, status=404)
    async with node.session.get(lost["url"]) as response:
        assert response.status == 404
    async with node.session.get(kept["url"]) as response:
        assert response.status == 200


async def test_a_file_that_nothing_shows_any_more_is_removed(node):
    import os

    from web import uploads as door

    token = node.token()
    made, other = await upload(node, token, picture()), await upload(node, token, picture())
    said = await say(node, token, "x", media_ids=[made["id"]])
    await node.api("DELETE", f"/api/v1/statuses/{said['id']}?delete_media=true", token)
    for path in folder_of(node.bridge).rglob("*.*"):
        os.utime(path, (1, 1))
    await door.tidy(node.bridge)
    for address, status in ((made["url"], 404), (made["preview_url"], 404), (other["url"], 200)):
        async with node.session.get(address) as response:
            assert response.status == status


async def test_pictures_of_peers_are_served_from_here(node, other):
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    await node.api("POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", here)
    await until(lambda: other.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    made = await upload(other, there, picture(), "a field")
    await say(other, there, "look", media_ids=[made["id"]])
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))
    shown = seen["media_attachments"][0]
    assert shown["url"].startswith(node.origin)
    assert (shown["remote_url"], shown["description"], shown["blurhash"]) == (made["url"], "a field", made["blurhash"])
    async with node.session.get(shown["url"]) as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    name = await node.read(lambda db: db.value("select file from cached_media"))
    assert files.find(folder_of(node.bridge).parent / "cache", name)


async def test_what_was_looked_at_longest_ago_leaves_the_disk(node):
    """Pictures of peers take no more room than the operator gives; a file without a row goes with the next tidying."""
    import os

    from node import settings
    from node.posts import cached
    from web import uploads

    folder = node.bridge.store.folder / "cache"
    await node.write(settings.choose, "cache_size", 250)
    for number in range(4):
        name = files.write(folder, bytes(100), "webp")
        gone = await node.write(cached.keep, f"media-{number}", name, "image/webp", 100, number)
        files.remove(folder, gone)
        if number == 1:
            await node.write(cached.touch, "media-0", 9)
    assert await node.read(lambda db: [row[0] for row in db.rows("select name from cached_media order by 1")]) == [
        "media-0", "media-3"]  # fmt: skip
    stray = files.write(folder, b"x", "webp")
    for path in folder.rglob("*.webp"):
        os.utime(path, (1, 1))
    assert len(list(folder.rglob("*.webp"))) == 3
    await uploads.tidy(node.bridge)
    assert len(list(folder.rglob("*.webp"))) == 2
    assert not (folder / stray).exists()


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


# ── lists, tags, filters ──────────────────────────────────────────────────────


async def test_a_list_shows_those_in_it(node):
    token = node.token("yto")
    amal = await follow(node, token, "amal")
    tanmia = await follow(node, token, "tanmia")
    made = await node.api("POST", "/api/v1/lists", token, json={"title": "جهتي", "replies_policy": "none"})
    await node.api("POST", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": [amal]})
    said = await say(node, node.token(), "in the list")
    await say(node, node.token(actor="tanmia"), "not in it")
    await say(node, node.token(), "an answer", in_reply_to_id=(await say(node, token, "asked"))["id"])
    path = f"/api/v1/timelines/list/{made['id']}"
    assert [one["id"] for one in await node.api("GET", path, token)] == [said["id"]]
    assert [one["id"] for one in await node.api("GET", f"/api/v1/lists/{made['id']}/accounts", token)] == [amal]
    assert [one["id"] for one in await node.api("GET", f"/api/v1/accounts/{amal}/lists", token)] == [made["id"]]
    await node.api("GET", path, node.token(), status=404)
    changed = await node.api("PUT", f"/api/v1/lists/{made['id']}", token, json={"title": "other", "exclusive": True})
    assert (changed["title"], changed["exclusive"]) == ("other", True)
    hidden = await say(node, node.token(), "only in the list now")
    home = [one["id"] for one in await node.api("GET", "/api/v1/timelines/home", token)]
    assert hidden["id"] not in home
    await node.api("DELETE", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": [amal]})
    stranger = await node.api(
        "POST", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": ["99"]}, status=404
    )
    assert stranger["error"] == "Record not found"
    await node.api("DELETE", f"/api/v1/lists/{made['id']}", token)
    assert [one["id"] for one in await node.api("GET", "/api/v1/lists", token)] == ["11", "12"]  # the node's own
    assert tanmia != amal


async def test_a_followed_hashtag_comes_home(node):
    token = node.token("yto")
    followed = await node.api("POST", "/api/v1/tags/ماء/follow", token)
    assert followed["following"]
    await say(node, node.token(), "عن #ماء")
    [seen] = await node.api("GET", "/api/v1/timelines/home", token)
    assert seen["tags"][0]["name"] == "ماء"
    assert [one["name"] for one in await node.api("GET", "/api/v1/followed_tags", token)] == ["ماء"]
    shown = await node.api("GET", "/api/v1/tags/ماء")
    assert shown["history"][0]["uses"] == "1"
    assert not (await node.api("POST", "/api/v1/tags/ماء/unfollow", token))["following"]


async def test_a_featured_hashtag_stands_on_the_profile(node):
    token = node.token()
    await say(node, token, "#education #culture")
    assert len(await node.api("GET", "/api/v1/featured_tags/suggestions", token)) == 2
    made = await node.api("POST", "/api/v1/featured_tags", token, json={"name": "education"})
    assert made["statuses_count"] == "1"
    mine = await account_of(node, "amal")
    assert [one["name"] for one in await node.api("GET", f"/api/v1/accounts/{mine}/featured_tags")] == ["education"]
    await node.api("DELETE", f"/api/v1/featured_tags/{made['id']}", node.token("yto"), status=404)
    await node.api("DELETE", f"/api/v1/featured_tags/{made['id']}", token)


@pytest.mark.parametrize(
    ("keyword", "whole", "words", "met"),
    [
        ("مدرسة", True, "زرنا المَدْرَسَه أمس", True),
        ("أحزاب", True, "والاحزاب", True),
        ("حزب", True, "الاحزاب", False),
        ("أحزاب", False, "الاحزاب", True),
        ("election", True, "Élection today", True),
        ("cat", True, "concatenate", False),
        ("cat", False, "concatenate", True),
    ],
)
async def test_a_filter_knows_how_people_spell(node, keyword, whole, words, met):
    token = node.token("yto")
    sent = {"title": "quiet", "context": ["home", "public"], "filter_action": "hide",
            "keywords_attributes": [{"keyword": keyword, "whole_word": whole}]}  # fmt: skip
    made = await node.api("POST", "/api/v2/filters", token, json=sent)
    said = await say(node, node.token(), words)
    seen = await node.api("GET", f"/api/v1/statuses/{said['id']}", token)
    assert [one["filter"]["id"] for one in seen["filtered"]] == ([made["id"]] if met else [])
    if met:
        assert seen["filtered"][0]["keyword_matches"] == [keyword]
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}", node.token()))["filtered"] == []


async def test_filters_are_changed_word_by_word_and_status_by_status(node):
    token = node.token()
    made = await node.api("POST", "/api/v2/filters", token, json={"title": "t", "context": ["home"]})
    path = f"/api/v2/filters/{made['id']}"
    word = await node.api("POST", path + "/keywords", token, data={"keyword": "one", "whole_word": "false"})
    changed = await node.api("PUT", f"/api/v2/filters/keywords/{word['id']}", token, json={"keyword": "two"})
    assert (changed["keyword"], changed["whole_word"]) == ("two", False)
    said = await say(node, node.token("yto"), "nothing special")
    one = await node.api("POST", path + "/statuses", token, json={"status_id": said["id"]})
    seen = await node.api("GET", f"/api/v1/statuses/{said['id']}", token)
    assert seen["filtered"][0]["status_matches"] == [said["id"]]
    await node.api("DELETE", f"/api/v2/filters/statuses/{one['id']}", token)
    expiring = await node.api("PUT", path, token, json={"expires_in": 3600, "filter_action": "blur"})
    assert expiring["expires_at"]
    assert expiring["filter_action"] == "blur"
    assert [one["phrase"] for one in await node.api("GET", "/api/v1/filters", token)] == ["two"]
    await node.api("GET", path, node.token("yto"), status=404)
    await node.api("DELETE", path, token)
    assert await node.api("GET", "/api/v2/filters", token) == []
    wrong = await node.api("POST", "/api/v2/filters", token, json={"title": "t", "context": ["moon"]}, status=422)
    assert wrong["error"].startswith("Validation failed")


async def test_filters_of_older_apps(node):
    token = node.token()
    made = await node.api(
        "POST", "/api/v1/filters", token, data=[("phrase", "x y"), ("context[]", "home"), ("irreversible", "true")]
    )
    assert made["irreversible"]
    path = f"/api/v1/filters/{made['id']}"
    changed = await node.api("PUT", path, token, json={"phrase": "z", "context": ["thread"]})
    assert (changed["phrase"], changed["context"]) == ("z", ["thread"])
    await node.api("DELETE", path, token)
    assert await node.api("GET", "/api/v2/filters", token) == []


# ── told ──────────────────────────────────────────────────────────────────────


async def test_notifications_are_grouped_counted_and_dismissed(node):
    token, hers = node.token(), node.token("yto")
    said = await say(node, token, "look")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", hers)
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", node.token("yto", actor="tanmia"))
    await node.api("POST", f"/api/v1/statuses/{said['id']}/reblog", hers)
    await say(node, hers, "@amal hello")
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 4
    grouped = await node.api("GET", "/api/v2/notifications", token)
    kinds = [(one["type"], one["notifications_count"]) for one in grouped["notification_groups"]]
    assert kinds == [("mention", 1), ("reblog", 1), ("favourite", 2)]
    assert len(grouped["accounts"]) == 2
    key = grouped["notification_groups"][2]["group_key"]
    assert len(await node.api("GET", f"/api/v2/notifications/{key}/accounts", token)) == 2
    assert (await node.api("GET", "/api/v2/notifications/unread_count", token))["count"] == 3
    assert (await node.api("GET", "/api/v1/notifications/unread_count", token))["count"] == 4
    newest = grouped["notification_groups"][0]["most_recent_notification_id"]
    await node.api("POST", "/api/v1/markers", token, json={"notifications": {"last_read_id": newest}})
    assert (await node.api("GET", "/api/v1/notifications/unread_count", token))["count"] == 0
    assert (await node.api("GET", "/api/v1/markers?timeline[]=notifications", token))["notifications"]["version"] == 1
    await node.api("POST", f"/api/v2/notifications/{key}/dismiss", token)
    only = await node.api("GET", "/api/v1/notifications?types[]=favourite", token)
    assert only == []
    await node.api("POST", "/api/v1/notifications/clear", token)
    assert await node.api("GET", "/api/v1/notifications", token) == []


async def test_a_policy_keeps_strangers_back_until_they_are_let_through(node):
    token, stranger = node.token(), node.token("yto")
    policy = await node.api("PATCH", "/api/v2/notifications/policy", token, json={"for_not_following": "filter"})
    assert policy["for_not_following"] == "filter"
    await say(node, stranger, "@amal hello")
    assert await node.api("GET", "/api/v1/notifications", token) == []
    [request] = await node.api("GET", "/api/v1/notifications/requests", token)
    assert request["notifications_count"] == "1"
    assert (await node.api("GET", "/api/v2/notifications/policy", token))["summary"]["pending_requests_count"] == 1
    await node.api("POST", f"/api/v1/notifications/requests/{request['id']}/accept", token)
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 1
    await say(node, stranger, "@amal again")
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 2
    await node.api("PUT", "/api/v2/notifications/policy", token, json={"for_not_following": "never"}, status=422)


async def test_a_muted_conversation_is_not_heard(node):
    token, hers = node.token(), node.token("yto")
    said = await say(node, token, "look")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/mute", token)
    await say(node, hers, "@amal hello", in_reply_to_id=said["id"])
    assert await node.api("GET", "/api/v1/notifications", token) == []


async def test_conversations_are_read_and_put_away(node):
    token, hers = node.token(), node.token("yto")
    first = await say(node, hers, "@amal for you", visibility="direct")
    [one] = await node.api("GET", "/api/v1/conversations", token)
    assert one["unread"]
    assert [who["acct"] for who in one["accounts"]] == ["yto"]
    second = await say(node, token, "@yto thanks", visibility="direct", in_reply_to_id=first["id"])
    [one] = await node.api("GET", "/api/v1/conversations", token)
    assert (one["unread"], one["last_status"]["id"]) == (False, second["id"])
    [theirs] = await node.api("GET", "/api/v1/conversations", hers)
    read = await node.api("POST", f"/api/v1/conversations/{theirs['id']}/read", hers)
    assert not read["unread"]
    await node.api("DELETE", f"/api/v1/statuses/{second['id']}", token)
    [one] = await node.api("GET", "/api/v1/conversations", token)
    assert one["last_status"]["id"] == first["id"]
    await node.api("DELETE", f"/api/v1/conversations/{one['id']}", token)
    assert await node.api("GET", "/api/v1/conversations", token) == []


async def test_announcements_are_read_and_answered(node):
    token = node.token()
    await node.write(lambda db: announcements.publish(db, "<p>لقاء يوم السبت</p>", now()))
    [one] = await node.api("GET", "/api/v1/announcements", token)
    path = f"/api/v1/announcements/{one['id']}"
    await node.api("PUT", path + "/reactions/👍", token)
    await node.api("PUT", path + "/reactions/word", token, status=422)
    await node.api("POST", path + "/dismiss", token)
    [one] = await node.api("GET", "/api/v1/announcements", token)
    assert one["read"]
    assert one["reactions"] == [{"name": "👍", "count": 1, "me": True}]
    await node.api("DELETE", path + "/reactions/👍", token)


async def test_a_report_waits_for_the_moderators(node):
    said = await say(node, node.token(), "x")
    sent = {"account_id": said["account"]["id"], "status_ids": [said["id"]], "comment": "why", "category": "spam"}
    made = await node.api("POST", "/api/v1/reports", node.token("yto"), json=sent)
    assert made["status_ids"] == [said["id"]]
    assert await node.read(lambda db: db.value("select comment from reports")) == "why"


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
