"""Films and sounds that are none, that reach out, or that are too much; and the cell in which they are opened."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from node import settings
from node.posts import films
from tests.conftest import until
from tests.film import H264, SOUND, made, needs_ffmpeg, ready, send, small
from tests.web.apps import say
from web import confined, uploads

pytestmark = needs_ffmpeg
LIMITS = films.Limits(60, 8_847_360, 8, 40_000_000)


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
    await say(node, node.token(), "something is written, and the node looks again")
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
