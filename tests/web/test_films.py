"""Sound and film: taken, prepared by ffmpeg in a small cell, served; with real files over real HTTP."""

import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from node import settings
from node.posts import films
from tests.conftest import Node, until
from tests.film import H264, PICTURE, SOUND, SPOKEN, made, needs_ffmpeg, probe, small
from web import confined, uploads

pytestmark = needs_ffmpeg
LIMITS = films.Limits(60, 8_847_360, 8, 40_000_000)


async def send(node: Node, token: str, data: bytes, *, status: int = 202, version: str = "v2", **more: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", data, filename="film.mp4", content_type="video/mp4")
    for name, value in more.items():
        form.add_field(name, value)
    return await node.api("POST", f"/api/{version}/media", token, data=form, status=status)


async def ready(node: Node, token: str, identifier: str) -> Any:
    """The attachment once it can be shown."""

    async def ask() -> Any:
        async with node.session.get(
            f"{node.origin}/api/v1/media/{identifier}", headers={"Authorization": f"Bearer {token}"}
        ) as response:
            found = await response.json()
            assert response.status in (200, 206), found
            assert (found["url"] is not None) == (response.status == 200)
            return found if response.status == 200 else None

    return await until(ask, 30)


async def fetched(node: Node, url: str, **headers: str) -> tuple[int, bytes, Any]:
    async with node.session.get(url, headers=headers) as response:
        return response.status, await response.read(), response.headers


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
    from tests.web.test_mastodon import picture

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
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    await node.api("POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", here)
    await until(lambda: other.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    film = await send(other, there, small(tmp_path), status=200, version="v1", description="البئر الجديد")
    await other.api("POST", "/api/v1/statuses", there, json={"status": "look", "media_ids": [film["id"]]})
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))
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


@pytest.fixture
def ear():
    """(port, how often somebody came): a door on this machine that only listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)

        def came() -> bool:
            try:
                listening.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield listening.getsockname()[1], came


def playlists(port: int, secret: Path) -> list[bytes]:
    return [
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode(),
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n".encode(),
        f"ffconcat version 1.0\nfile 'file:{secret}'\nfile 'http://127.0.0.1:{port}/a.mp4'\n".encode(),
        f"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>http://127.0.0.1:{port}/</BaseURL></MPD>".encode(),
        f"v=0\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n".encode(),
    ]


async def test_a_playlist_called_a_film_reaches_no_file_and_no_network(node, tmp_path, ear):
    port, came = ear
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(small(tmp_path))
    for playlist in playlists(port, secret):
        await send(node, node.token(), playlist, status=422)
        path = tmp_path / "list.mp4"
        path.write_bytes(playlist)
        for name in films.DEMUXERS:  # even if we were wrong about its first bytes
            asked = films.making(path, tmp_path / "out.mp4", _film(name), LIMITS)
            with suppress(confined.Failed):
                await confined.run(confined.find("ffmpeg"), ["-y", *asked], tmp_path, confined.Bounds(20, 20, 10**7))
            assert b"avc1" not in _bytes(tmp_path / "out.mp4")
    assert not came()
    assert await node.read(lambda db: db.value("select count(*) from media")) == 0
    assert not list(uploads.incoming_of(node.bridge).glob("*"))


def _film(name: str) -> films.Found:
    from fractions import Fraction

    return films.Found(name, 0, None, 320, 180, Fraction(12), 1.0, 1000, False, "", 0)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


async def test_neither_playlists_nor_protocols_are_opened_whatever_the_demuxer(tmp_path, ear):
    """The two locks behind the first: no demuxer but ours, no protocol but the file."""
    port, came = ear
    path = tmp_path / "list.m3u8"
    path.write_bytes(playlists(port, tmp_path)[1])
    safe = films.probing(path, "mov")
    at = safe.index("-f")
    without = safe[:at] + safe[at + 2 :]
    for asked in (without, [*without[: without.index("-i")], "-i", f"http://127.0.0.1:{port}/a.mp4"]):
        with pytest.raises(confined.Failed):
            await confined.run(confined.find("ffprobe"), asked, tmp_path, confined.Bounds(20, 20, 0))
    assert not came()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-f", "lavfi", "-i", "color=s=4500x4500:d=1:r=1", "-c:v", "libx264", "-preset", "ultrafast"], "too large a picture"),
        (["-f", "lavfi", "-i", "color=s=16x16:d=2000:r=1", *H264], "longer than 900 seconds"),
        ([*SOUND, *["-map", "0"] * 9, "-c:a", "aac"], "more than 8 streams"),
        (["-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-c:v", "ffv1", "-f", "matroska"], "content type is invalid"),
    ],
)  # fmt: skip
async def test_what_is_too_much_is_refused_before_it_is_opened(node, tmp_path, arguments, sentence):
    answer = await send(node, node.token(), made(tmp_path, "a.mp4", *arguments).read_bytes(), status=422)
    assert sentence in answer["error"]
    assert await node.read(lambda db: db.value("select count(*) from media")) == 0


async def test_a_cut_file_and_a_lying_one_fail_at_once(node, tmp_path):
    whole = small(tmp_path)
    bomb = b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + b",\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08\x01\x00\x00" * 2 + b";"
    for data in (
        whole[: len(whole) // 2],
        whole[:100],
        b"\x1a\x45\xdf\xa3" + os.urandom(500),
        b"OggS" + bytes(900),
        bomb,
    ):
        await send(node, node.token(), data, status=422)


async def test_a_film_larger_than_allowed_is_not_kept(node, tmp_path):
    await node.write(settings.choose, "film_size", 5000)
    answer = await send(node, node.token(), small(tmp_path), status=422)
    assert answer["error"].startswith("Validation failed: File must be less than")


async def test_what_fails_later_is_told_when_the_app_asks(node, tmp_path):
    sound = made(tmp_path, "a.wav", "-f", "lavfi", "-i", "sine=d=1:r=8000", "-c:a", "pcm_u8").read_bytes()
    await node.write(settings.choose, "film_size", len(sound) + 200)  # as AAC it is larger
    token = node.token()
    taken = await send(node, token, sound)
    await until(lambda: node.read(lambda db: db.value("select failed from media where id = ?", (int(taken["id"]),))))
    answer = await node.api("GET", f"/api/v1/media/{taken['id']}", token, status=422)
    assert answer["error"].startswith("Validation failed: File must be less than")
    await node.api("POST", "/api/v1/statuses", token, json={"status": "x", "media_ids": [taken["id"]]}, status=422)
    assert not list(uploads.incoming_of(node.bridge).glob("*"))


async def test_without_ffmpeg_the_node_says_so(node, tmp_path, monkeypatch):
    film, moving = small(tmp_path), made(tmp_path, "a.gif", "-f", "lavfi", "-i", "testsrc=s=32x32:r=5:d=1").read_bytes()
    configuration = (await node.api("GET", "/api/v2/instance"))["configuration"]["media_attachments"]
    assert {"video/mp4", "audio/ogg", "image/jpeg"} <= set(configuration["supported_mime_types"])
    monkeypatch.setenv("PATH", str(tmp_path))
    configuration = (await node.api("GET", "/api/v2/instance"))["configuration"]["media_attachments"]
    assert {one.split("/")[0] for one in configuration["supported_mime_types"]} == {"image"}
    answer = await send(node, node.token(), film, status=422)
    assert answer["error"] == uploads.ONLY_PICTURES
    found = await send(node, node.token(), moving, status=200)
    assert (found["type"], Path(found["url"]).suffix) == ("image", ".webp")


async def test_nobody_fills_the_workshop_alone(node, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_WAITING", 0)
    answer = await send(node, node.token(), small(tmp_path), status=422)
    assert answer["error"] == uploads.TOO_MANY


# ── the cell ──────────────────────────────────────────────────────────────────


async def python(program: str, folder: Path, bounds: confined.Bounds) -> bytes:
    return await confined.run(sys.executable, ["-I", "-S", "-c", program], folder, bounds)


@pytest.mark.parametrize(
    "program",
    [
        "open('x', 'wb').write(bytes(200_000))",
        "bytearray(3_000_000_000)",
        "while True: pass",
        "import time; time.sleep(60)",
        "[open('/dev/null') for _ in range(100)]",
    ],
    ids=["disk", "memory", "processor", "clock", "files"],
)
async def test_a_program_that_wants_too_much_is_ended(tmp_path, program):
    with pytest.raises(confined.Failed):
        await python(program, tmp_path, confined.Bounds(3, 1, 100_000))
    assert not (tmp_path / "x").exists() or (tmp_path / "x").stat().st_size <= 100_000


async def test_a_program_says_no_more_than_we_read(tmp_path):
    said = await python("print('x' * 5_000_000)", tmp_path, confined.Bounds(10, 10, 0))
    assert len(said) == confined.MOST_SAID


async def test_a_program_sees_no_network(tmp_path, ear):
    port, came = ear
    program = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
    if os.system("unshare -rn true 2>/dev/null"):
        pytest.skip("this system gives programs no network of their own")
    with pytest.raises(confined.Failed):
        await python(program, tmp_path, confined.Bounds(10, 10, 0))
    assert not came()


async def test_a_program_learns_nothing_of_us(tmp_path, monkeypatch):
    monkeypatch.setenv("TASHBIK_SECRET", "x")
    said = await python("import os; print(sorted(os.environ))", tmp_path, confined.Bounds(10, 10, 0))
    assert b"SECRET" not in said


async def test_a_stop_ends_the_program_and_the_next_start_begins_again(node, tmp_path):
    token = node.token()
    long = made(
        tmp_path, "long.mov", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=20", "-c:v", "mpeg4", "-q:v", "9"
    ).read_bytes()
    taken = await send(node, token, long)
    await until(lambda: list(uploads.incoming_of(node.bridge).glob("*.work")))
    await node.stop()
    await node.start()
    found = await ready(node, token, taken["id"])
    assert found["meta"]["original"]["duration"] == pytest.approx(20, abs=0.5)
    await until(lambda: not list(uploads.incoming_of(node.bridge).glob("*")))
