"""Custom emoji of peers: kept when they are told, shown to apps and on pages from this server alone."""

import html
import json
import re

import pytest
from aiohttp import web
from click.testing import CliRunner

from federation import emojis as told
from federation.bridge import now
from node import emojis
from node.emojis import Emoji
from node.posts import announcements, media
from tests.conftest import until
from tests.web.test_remote_media import picture
from web.commands.table import tashbik


def emoji(peer, shortcode: str, path: str = "/blob.png", **more):
    return {"id": f"{peer.origin}/emojis/1", "type": "Emoji", "name": f":{shortcode}:", "updated": "2026-01-01T00:00:00Z",
            "icon": {"type": "Image", "mediaType": "image/png", "url": peer.origin + path}, **more}  # fmt: skip


async def serve(_request: web.Request) -> web.Response:
    return web.Response(body=picture(), content_type="image/png")


async def taken(node, peer, note):
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    number = await until(lambda: node.read(lambda db: db.value("select id from posts where uri = ?", (note["id"],))))
    return await node.api("GET", f"/api/v1/statuses/{number}", node.token())


async def test_apps_read_them_in_names_words_warnings_fields_and_polls(node, peer):
    fields = [{"type": "PropertyValue", "name": "mood", "value": ":blob:"}]
    peer.documents["/users/badr"] = peer.actor(
        name="Badr :blob:", tag=[emoji(peer, "blob"), emoji(peer, "unused")], attachment=fields
    )
    note = peer.note(1, "<p>hello :cat: and :dog:</p>", type="Question", summary="careful :blob:",
                     oneOf=[{"type": "Note", "name": ":cat:"}, {"type": "Note", "name": "none"}],
                     tag=[emoji(peer, "cat"), emoji(peer, "blob"), emoji(peer, "elsewhere")])  # fmt: skip
    found = await taken(node, peer, note)
    assert {one["shortcode"] for one in found["emojis"]} == {"cat", "blob"}
    assert [one["shortcode"] for one in found["poll"]["emojis"]] == ["cat"]
    assert [one["shortcode"] for one in found["account"]["emojis"]] == ["blob"]
    addresses = [one[key] for one in found["emojis"] for key in ("url", "static_url")]
    assert all(one.startswith(f"{node.origin}/media/emoji/") for one in addresses)


async def test_pages_show_them_in_words_and_names_and_not_where_data_is_spared(node, peer):
    peer.documents["/users/badr"] = peer.actor(name='Badr :blob: "<b>', tag=[emoji(peer, "blob")])
    note = peer.note(1, '<p title="x">:cat::cat: <a href="https://x.example/:cat:">l</a> <code>:cat:</code> :unknown:</p>',
                     tag=[emoji(peer, "cat")])  # fmt: skip
    found = await taken(node, peer, note)
    path = f"/@badr@{peer.host}/{found['id']}"
    page = await (await node.get(path, "text/html")).text()
    number = re.search(r"/media/emoji/(\d+)", found["emojis"][0]["url"]).group(1)
    [words] = re.findall(r'<div class="text"[^>]*>(.*?)</div>', page, re.S)
    assert words.count(f'<img class="emoji" src="/media/emoji/{number}" alt=":cat:"') == 2
    assert 'href="https://x.example/:cat:"' in words and "<code>:cat:</code>" in words and ":unknown:" in words
    [name] = re.findall(r'rel="author"><bdi>(.*?)</bdi>', page)
    assert 'alt=":blob:"' in name and html.escape('"<b>', quote=True).replace("&quot;", "&#34;") in name
    assert "<title>" in page and "<img" not in page.split("<title>")[1].split("</title>")[0]
    spared = await (await node.get(path + "?lite=1", "text/html")).text()
    assert "/media/emoji/" not in spared and ":cat::cat:" in spared


async def test_the_picture_is_fetched_here_once_and_readers_are_seen_by_nobody(node, peer):
    peer.documents["/blob.png"] = serve
    found = await taken(node, peer, peer.note(1, "<p>:cat:</p>", tag=emoji(peer, "cat")))
    for _ in range(2):
        for key in ("url", "static_url"):
            async with node.session.get(found["emojis"][0][key]) as answer:
                assert answer.status == 200 and answer.content_type.startswith("image/")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert peer.asked.count("/blob.png") == 2  # as it moves, and still
    assert (await node.get("/media/emoji/999999", "image/*")).status == 404


async def test_a_picture_inside_our_own_network_is_never_asked_for(node, peer):
    found = await taken(
        node, peer, peer.note(1, "<p>:cat:</p>", tag=emoji(peer, "cat", icon={"url": "http://10.0.0.7/x.png"}))
    )
    async with node.session.get(found["emojis"][0]["url"]) as answer:
        assert answer.status == 404


async def test_the_pictures_of_a_server_that_we_block_are_not_shown(node, peer):
    peer.documents["/blob.png"] = serve
    found = await taken(node, peer, peer.note(1, "<p>:cat:</p>", tag=emoji(peer, "cat")))
    from node import hosts

    await node.write(hosts.decide, peer.host, "block")
    async with node.session.get(found["emojis"][0]["url"]) as answer:
        assert answer.status == 404
    assert "/blob.png" not in peer.asked


async def test_an_edit_brings_its_own(node, peer):
    note = peer.note(1, "<p>:cat:</p>", tag=[emoji(peer, "cat")])
    found = await taken(node, peer, note)
    changed = note | {"content": "<p>:dog:</p>", "tag": [emoji(peer, "dog")], "updated": "2026-01-02T00:00:00Z"}
    update = {**peer.create(changed), "type": "Update", "id": note["id"] + "#u"}
    assert await peer.post(f"{node.origin}/inbox", update) == 202

    async def edited():
        now = await node.api("GET", f"/api/v1/statuses/{found['id']}", node.token())
        return now["edited_at"] and now

    assert [one["shortcode"] for one in (await until(edited))["emojis"]] == ["dog"]
    await node.api("GET", f"/api/v1/statuses/{found['id']}/history", node.token())


@pytest.mark.parametrize(
    "tag",
    [
        {"name": ":a b:"}, {"name": ':x" onerror="y:'}, {"name": ":<b>:"}, {"name": ":" + "x" * 65 + ":"}, {"name": 7}, {"name": "::"},
        {"icon": {"url": "javascript:alert(1)"}}, {"icon": None}, {"icon": {"url": "https://user:pass@x.example/p.png"}},
    ],
)  # fmt: skip
def test_what_is_no_emoji_is_not_kept(tag):
    good = {"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": "https://x.example/p.png"}}
    assert len(told.told({"tag": [good]})) == 1
    assert told.told({"tag": [good | tag]}) == []


def test_a_flood_is_cut(db):
    many = [Emoji(f"e{number}", "https://x.example/p.png") for number in range(500)]
    words = " ".join(f":{one.shortcode}:" for one in many)
    assert len(emojis.keep(db, "peer.example", many, words)) == emojis.MOST
    assert emojis.keep(db, "peer.example", many, "no :e words e: at all") == {}


def test_one_server_fills_no_more_than_its_share(db, monkeypatch):
    monkeypatch.setattr(emojis, "MOST_OF_HOST", 3)
    for number in range(5):
        emojis.keep(db, "peer.example", [Emoji(f"e{number}", "https://x.example/p.png")], f":e{number}:")
    assert db.value("select count(*) from emojis") == 3
    assert emojis.keep(db, "other.example", [Emoji("e9", "https://x.example/p.png")], ":e9:")


def test_a_newer_picture_takes_the_place_of_the_old_one_and_no_older_one_does(db):
    def told_of(url: str, updated: int) -> str:
        number = emojis.keep(db, "peer.example", [Emoji("x", url, updated)], ":x:")["x"]
        return str(emojis.get(db, number)["url"])

    assert told_of("https://x.example/1.png", 1000) == "https://x.example/1.png"
    assert told_of("https://x.example/2.png", 2000) == "https://x.example/2.png"
    assert told_of("https://x.example/3.png", 1500) == "https://x.example/2.png"


def test_words_full_of_colons_are_read_in_a_moment():
    import time

    before = time.monotonic()
    emojis.written(":" * 200_000)
    emojis.written(":a" * 100_000)
    assert time.monotonic() - before < 1


@pytest.mark.parametrize(
    ("content", "counts"),
    [("🔥", 1), ("👨‍👩‍👧‍👦", 1), ("🇲🇦", 1), ("👍🏽", 1), ("❤️", 1), (":blobcat:", 1), (":blob@other.example:", 1), ("🔥🔥", 0), ("ab", 0),
     ("🇲🇦🇹🇳", 0), ("bravo", 0), (":a b:", 0), ("", 0), (None, 0)],
)  # fmt: skip
async def test_a_reaction_is_one_sign_or_a_shortcode(node, peer, content, counts):
    said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "x"})
    react = {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{peer.origin}/reacts/1", "type": "EmojiReact",
             "actor": peer.uri, "object": said["uri"], "content": content, "tag": [emoji(peer, "blobcat")]}  # fmt: skip
    other = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "y"})
    last = {**react, "id": f"{peer.origin}/likes/1", "type": "Dislike", "object": other["uri"]}
    await peer.post(f"{node.origin}/inbox", react)
    await peer.post(f"{node.origin}/inbox", last)  # in order: once this is done, so is that
    await until(lambda: node.read(lambda db: db.value("select 1 from reactions where kind = 'dislike'")))
    found = await node.api("GET", f"/api/v1/statuses/{said['id']}", node.token())
    assert found["favourites_count"] == counts


# ── our own ───────────────────────────────────────────────────────────────────


def draw(node, tmp_path, shortcode: str, *more: str):
    """What `tashbik emoji add` says."""
    file = tmp_path / "mark.png"
    file.write_bytes(picture())
    return CliRunner().invoke(tashbik, ["emoji", "add", shortcode, str(file), "--data", str(node.folder), *more])


async def test_what_the_operator_drew_is_written_here_and_seen_elsewhere(node, other, tmp_path):
    assert draw(node, tmp_path, "tashbik", "--category", "ours").exit_code == 0
    [known] = await node.api("GET", "/api/v1/custom_emojis")
    assert (known["shortcode"], known["category"], known["visible_in_picker"]) == ("tashbik", "ours", True)
    async with node.session.get(known["url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
    amal, there = node.token(), other.token()
    me = await node.api("PATCH", "/api/v1/accounts/update_credentials", amal, json={"display_name": "أمل :tashbik:"})
    assert [one["shortcode"] for one in me["emojis"]] == ["tashbik"]
    [found] = (await other.api("GET", f"/api/v2/search?q=@amal@{node.host}&resolve=true", there))["accounts"]
    assert [one["shortcode"] for one in found["emojis"]] == ["tashbik"]
    said = await node.api("POST", "/api/v1/statuses", amal, json={"status": "hello :tashbik: :nothing:"})
    assert [one["shortcode"] for one in said["emojis"]] == ["tashbik"]
    [came] = (await other.api("GET", f"/api/v2/search?q={said['uri']}&resolve=true", there))["statuses"]
    assert came["emojis"][0]["url"].startswith(other.origin)
    async with other.session.get(came["emojis"][0]["url"]) as answer:
        assert answer.status == 200
    document = await (await node.get("/emojis/tashbik")).json()
    assert document["name"] == ":tashbik:" and document["icon"]["url"].startswith(f"{node.origin}/media/")
    assert (await node.get("/emojis/nothing")).status == 404
    edited = await node.api("PUT", f"/api/v1/statuses/{said['id']}", amal, json={"status": "hello"})
    assert edited["emojis"] == []


async def test_a_removed_one_is_written_no_more_and_its_file_stays_while_it_is_shown(node, tmp_path):
    draw(node, tmp_path, "mark")
    listed = CliRunner().invoke(tashbik, ["emoji", "list", "--data", str(node.folder), "--json"])
    [row] = json.loads(listed.output)
    assert row["url"].removeprefix(f"{node.origin}/media/") in await node.read(media.files, node.origin)
    gone = CliRunner().invoke(tashbik, ["emoji", "remove", ":mark:", "--data", str(node.folder)])
    assert gone.exit_code == 0
    said = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": ":mark:"})
    assert said["emojis"] == [] and await node.api("GET", "/api/v1/custom_emojis") == []
    assert CliRunner().invoke(tashbik, ["emoji", "remove", "mark", "--data", str(node.folder)]).exit_code != 0


async def test_what_is_no_shortcode_or_no_picture_is_refused(node, tmp_path):
    assert draw(node, tmp_path, "a b").exit_code != 0 and draw(node, tmp_path, "x").exit_code != 0
    (tmp_path / "words.png").write_text("no picture")
    made = CliRunner().invoke(
        tashbik, ["emoji", "add", "words", str(tmp_path / "words.png"), "--data", str(node.folder)]
    )
    assert made.exit_code != 0
    assert await node.api("GET", "/api/v1/custom_emojis") == []


async def test_announcements_are_answered_with_emoji_of_unicode_and_our_own(node, tmp_path):
    draw(node, tmp_path, "tashbik")
    number = await node.write(announcements.publish, "<p>السبت :tashbik:</p>", now())
    token, path = node.token(), f"/api/v1/announcements/{number}/reactions/"
    for name in ("🔥", "tashbik", "👨‍👩‍👧‍👦", "❤️"):
        await node.api("PUT", path + name, token)
    for name in ("bravo", "a", "🔥🔥", "!", "nothing", "1", "%20"):
        await node.api("PUT", path + name, token, status=422)
    [told_] = await node.api("GET", "/api/v1/announcements", token)
    assert [one["shortcode"] for one in told_["emojis"]] == ["tashbik"]
    assert [one["name"] for one in told_["reactions"]] == ["🔥", "tashbik", "👨‍👩‍👧‍👦", "❤️"]
    assert [bool(one.get("url")) for one in told_["reactions"]] == [False, True, False, False]
