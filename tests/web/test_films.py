"""Sound and film: taken, prepared by ffmpeg in a small cell, served; with real files over real HTTP."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import until
from tests.film import (
    H264,
    PICTURE,
    SOUND,
    SPOKEN,
    fetched,
    from_elsewhere,
    made,
    needs_ffmpeg,
    probe,
    ready,
    send,
    small,
)

pytestmark = needs_ffmpeg


# ── films ─────────────────────────────────────────────────────────────────────


async def test_a_film_is_prepared_while_the_app_asks_then_posted_and_told_to_others(node, tmp_path):
    token = node.token()
    taken = await send(node, token, small(tmp_path), description="البئر", focus="0.5,-0.25")
    assert (taken["type"], taken["url"]) == ("video", None)
    early = {"status": "x", "media_ids": [taken["id"]]}
    await node.api("POST", "/api/v1/statuses", token, json=early, status=422)
    found = await ready(node, token, taken["id"])
    assert found["meta"]["original"]["width"] == 320
    assert found["meta"]["original"]["frame_rate"] == "12/1"
    assert 0.9 < found["meta"]["original"]["duration"] < 1.2
    assert found["meta"]["original"]["bitrate"] > 1000
    assert found["meta"]["small"]["height"] == 180
    assert found["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert found["blurhash"]
    said = await node.api("POST", "/api/v1/statuses", token, json=early)
    assert said["media_attachments"] == [found]
    [attachment] = (await (await node.get(f"/posts/{said['id']}")).json(content_type=None))["attachment"]
    assert attachment["mediaType"] == "video/mp4"
    assert (attachment["width"], attachment["height"], attachment["name"]) == (320, 180, "البئر")
    assert attachment["blurhash"] == found["blurhash"]
    assert attachment["focalPoint"] == [0.5, -0.25]
    assert attachment["duration"].startswith("PT1")


async def test_of_where_and_with_what_it_was_made_nothing_is_left(node, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text(";FFMETADATA1\ntitle=SECRET\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=SECRET PLACE\n")
    titles = tmp_path / "titles.srt"
    titles.write_text("1\n00:00:00,000 --> 00:00:01,000\nSECRET WORDS\n")
    path = made(
        tmp_path, "told.mp4", *PICTURE, *SOUND, "-i", str(titles), "-i", str(words), "-map", "0", "-map", "1", "-map", "2",
        "-map_metadata", "3", "-map_chapters", "3", *H264, "-c:a", "aac", "-c:s", "mov_text", *SPOKEN,
        "-movflags", "use_metadata_tags", "-metadata:s:v", "handler_name=SECRET HANDLER",
        "-bsf:v", "h264_metadata=sei_user_data=086f3693b7b34f2c965321492feee5b8+SECRET",
    )  # fmt: skip
    assert path.read_bytes().count(b"SECRET") > 3
    token = node.token()
    found = await ready(node, token, (await send(node, token, path.read_bytes()))["id"])
    _, data, _ = await fetched(node, found["url"])
    assert b"SECRET" not in data
    assert b"009.598" not in data
    kept = tmp_path / "kept.mp4"
    kept.write_bytes(data)
    told = json.loads(probe(kept))
    assert [one["codec_name"] for one in told["streams"]] == ["h264", "aac"]
    assert not told["chapters"]
    assert data.index(b"moov") < data.index(b"mdat")  # a telephone begins to play before it has the whole


async def test_a_film_is_served_in_pieces_and_never_as_a_page(node, tmp_path):
    token = node.token()
    found = await ready(node, token, (await send(node, token, small(tmp_path)))["id"])
    _, whole, headers = await fetched(node, found["url"])
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Content-Disposition"] == "inline"
    assert "immutable" in headers["Cache-Control"]
    status, part, headers = await fetched(node, found["url"], Range="bytes=10-19")
    assert (status, part) == (206, whole[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert (await fetched(node, found["url"], Range="bytes=-5"))[1] == whole[-5:]
    assert (await fetched(node, found["url"], Range=f"bytes={len(whole)}-"))[0] == 416
    status, poster, headers = await fetched(node, found["preview_url"])
    assert (status, headers["Content-Type"], poster[8:12]) == (200, "image/webp", b"WEBP")


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [
        ("a.webm", [*PICTURE, *SOUND, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"], "video"),
        ("a.mov", [*PICTURE, *SOUND, "-c:v", "mpeg4", "-c:a", "pcm_s16be"], "video"),
        ("silent.mp4", [*PICTURE, *H264], "gifv"),
        ("a.gif", ["-f", "lavfi", "-i", "testsrc=s=51x31:r=5:d=1"], "gifv"),
        ("a.mp3", [*SOUND, *SPOKEN], "audio"),
        ("a.ogg", [*SOUND, *SPOKEN, "-c:a", "libvorbis"], "audio"),
        ("a.opus", [*SOUND, *SPOKEN], "audio"),
        ("a.m4a", [*SOUND, *SPOKEN], "audio"),
        ("a.wav", [*SOUND, *SPOKEN], "audio"),
        ("a.flac", [*SOUND, *SPOKEN], "audio"),
        ("a.aac", [*SOUND], "audio"),
    ],
)
async def test_what_telephones_play_is_made_of_it(node, tmp_path, name, arguments, kind):
    token = node.token()
    data = made(tmp_path, name, *arguments).read_bytes()
    found = await send(node, token, data, status=200, version="v1")
    assert found["type"] == kind
    status, data, headers = await fetched(node, found["url"])
    assert status == 200
    assert b"SECRET" not in data
    kept = tmp_path / ("kept" + Path(found["url"]).suffix)
    kept.write_bytes(data)
    codecs = [one["codec_name"] for one in json.loads(probe(kept))["streams"]]
    if kind == "audio":
        assert headers["Content-Type"] == ("audio/mpeg" if name == "a.mp3" else "audio/mp4")
        assert codecs == ["mp3" if name == "a.mp3" else "aac"]
        assert (found["preview_url"], found["blurhash"]) == (None, None)
        assert 0.9 < found["meta"]["original"]["duration"] < 1.2
    else:
        assert (headers["Content-Type"], codecs[0]) == ("video/mp4", "h264")
        assert len(codecs) == (1 if kind == "gifv" else 2)


async def test_titles_that_we_do_not_open_do_not_spoil_the_film(node, tmp_path):
    titles = tmp_path / "titles.srt"
    titles.write_text("1\n00:00:00,000 --> 00:00:01,000\nSECRET WORDS\n")
    film = made(tmp_path, "a.mkv", *PICTURE, *SOUND, "-i", str(titles), "-map", "0", "-map", "1", "-map", "2", *H264,
                "-c:a", "aac", "-c:s", "ssa")  # fmt: skip
    found = await send(node, node.token(), film.read_bytes(), status=200, version="v1")
    assert found["type"] == "video"
    assert b"SECRET" not in (await fetched(node, found["url"]))[1]


async def test_a_film_held_upright_stands_upright(node, tmp_path):
    flat = tmp_path / "flat.mp4"
    flat.write_bytes(small(tmp_path))
    turned = made(tmp_path, "turned.mp4", "-i", str(flat), "-c", "copy", "-metadata:s:v", "rotate=90")
    found = await send(node, node.token(), turned.read_bytes(), status=200, version="v1")
    assert found["meta"]["original"]["width"] == 180
    assert found["meta"]["original"]["height"] == 320


async def test_the_picture_in_a_song_is_dropped_with_what_it_tells(node, tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    cover = tmp_path / "cover.jpg"
    Image.new("RGB", (32, 32)).save(cover, exif=exif)
    song = made(tmp_path, "song.mp3", *SOUND, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy",
                "-id3v2_version", "3", "-metadata", "artist=SECRET")  # fmt: skip
    assert b"SECRET PLACE" in song.read_bytes()
    found = await send(node, node.token(), song.read_bytes(), status=200, version="v1")
    assert found["type"] == "audio"
    _, data, _ = await fetched(node, found["url"])
    assert b"SECRET" not in data
    assert b"\xff\xd8\xff" not in data


async def test_a_picture_of_ones_choice_stands_for_a_song(node, tmp_path):
    from tests.web.apps import picture

    token = node.token()
    form = aiohttp.FormData()
    form.add_field("file", made(tmp_path, "a.mp3", *SOUND).read_bytes(), filename="a.mp3")
    form.add_field("thumbnail", picture(90, 60), filename="a.jpg", content_type="image/jpeg")
    found = await node.api("POST", "/api/v1/media", token, data=form)
    first = found["preview_url"]
    assert (await fetched(node, first))[2]["Content-Type"] == "image/webp"
    form = aiohttp.FormData()
    form.add_field("thumbnail", picture(60, 90), filename="a.jpg", content_type="image/jpeg")
    again = await node.api("PUT", f"/api/v1/media/{found['id']}", token, data=form)
    assert again["preview_url"] not in (None, first)
    form = aiohttp.FormData()
    form.add_field("thumbnail", b"<svg/>", filename="a.jpg", content_type="image/jpeg")
    await node.api("PUT", f"/api/v1/media/{found['id']}", token, data=form, status=422)


# ── on pages ──────────────────────────────────────────────────────────────────


async def test_a_film_is_sent_by_a_form_and_waited_for(node, tmp_path, monkeypatch):
    from tests.web.visitor import Visitor
    from web.pages import attached

    monkeypatch.setattr(attached, "PATIENCE", 0.0)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=note")
        assert 'accept="image/*,video/*,audio/*"' in page.text
        film = (small(tmp_path), "a.mp4", "video/mp4")
        page = await amal.send(page, "/new", text="look", do="publish", alt="البئر", file=film)
        assert page.status == 400
        number = await node.read(lambda db: db.value("select id from media"))
        assert page.form("/new").value("picture") == str(number)
        await until(lambda: node.read(lambda db: db.value("select ready from media")), 30)
        page = await amal.send(page, "/new", do="publish")
        assert page.status == 200
        assert '<video controls preload="none"' in page.text
        page = await amal.get("/new?kind=note")
        page = await amal.send(page, "/new", text="x", do="publish", alt="x", file=(b"#EXTM3U", "a.mp4", "video/mp4"))
        assert page.status == 400


# ── of peers ──────────────────────────────────────────────────────────────────


async def test_a_film_of_a_peer_is_played_through_us(node, other, tmp_path):
    """The reader asks nobody but us, piece by piece; what the peer answers is never a page."""
    film, seen = await from_elsewhere(node, other, tmp_path)
    shown = seen["media_attachments"][0]
    assert (shown["type"], shown["remote_url"]) == ("video", film["url"])
    assert shown["url"].startswith(node.origin)
    assert shown["preview_url"].startswith(node.origin)
    assert shown["meta"]["original"]["duration"] == film["meta"]["original"]["duration"]
    whole = (await fetched(other, film["url"]))[1]
    status, data, headers = await fetched(node, shown["url"])
    assert (status, data == whole, headers["Content-Type"]) == (200, True, "video/mp4")
    assert "sandbox" in headers["Content-Security-Policy"]
    status, part, headers = await fetched(node, shown["url"], Range="bytes=100-199")
    assert (status, part, headers["Content-Range"]) == (206, whole[100:200], f"bytes 100-199/{len(whole)}")
    status, poster, headers = await fetched(node, shown["preview_url"])
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert poster[:2] == b"\xff\xd8"

    async def page(path: str) -> str:
        return await (await node.get(path, "text/html")).text()

    whole_page, light = (
        await page(f"/@amal@{other.host}/{seen['id']}"),
        await page(f"/@amal@{other.host}/{seen['id']}?lite=1"),
    )
    assert f'<video controls preload="none" playsinline src="{shown["url"].removeprefix(node.origin)}"' in whole_page
    assert f'poster="{shown["preview_url"].removeprefix(node.origin)}"' in whole_page
    assert "البئر الجديد" in whole_page
    assert "0:01" in whole_page
    assert "<video" not in light
    assert "البئر الجديد" in light
    assert other.origin + "/media" not in whole_page


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/x-mpegURL"])
async def test_what_a_peer_calls_a_film_and_is_none_is_not_passed_on(node, tmp_path, kind):
    from aiohttp import web

    async def lie(request: web.Request) -> web.Response:
        return web.Response(body=b"<script>alert(1)</script>", headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/film", lie)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        key = await node.write(_remote, f"http://127.0.0.1:{port}/film", "application/octet-stream")
        status, body, _ = await fetched(node, f"{node.origin}/media/remote/{key}")
        assert (status, b"script" in body) == (404, False)
        key = await node.write(_remote, "http://10.0.0.1/film", "video/mp4")
        assert (await fetched(node, f"{node.origin}/media/remote/{key}"))[0] == 404
    finally:
        await runner.cleanup()


def _remote(db: Any, url: str, kind: str) -> str:
    from node.posts import media

    post = db.value("select id from posts limit 1") or _post(db)
    media.keep_remote(
        db, db.value("select id from actors limit 1"), post, [{"url": url, "type": kind}], 1_800_000_000_000
    )
    db.execute("update media set kind = 'video'")
    return str(db.value("select key from media"))


def _post(db: Any) -> int:
    from federation import outbox
    from federation.bridge import now
    from federation.outbox import Draft
    from node.people import actors

    author = actors.by_handle(db, "amal", "")
    return int(outbox.publish(db, author, Draft(text="x"), now())["id"])


# ── refused ───────────────────────────────────────────────────────────────────
