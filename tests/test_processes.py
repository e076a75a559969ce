"""Promises of a real process: what was acknowledged is on the disk, whatever becomes of the process.

ROUNDS in the environment asks for more kills than the few that every run makes.
"""

import asyncio
import os
import random
import resource
import socket
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from aiohttp import ClientError, web

from node.store import FILE
from tests.peer import Peer
from tests.processes import Served, picture, tashbik, until

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("ROUNDS", "6"))
LONGEST_LIFE = 0.3  # seconds from the first request of a round to its kill
PUBLIC = {"visibility": "public"}


@pytest.fixture
def served(tmp_path: Path) -> Any:
    made = Served(tmp_path / "node").start()
    yield made
    if made.process.poll() is None:
        made.kill()


def rows(served: Served, sql: str, *values: Any) -> list[Any]:
    db = sqlite3.connect(served.folder / FILE, timeout=10)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


async def followed_by(peer: Peer, served: Served) -> None:
    assert await peer.post(f"{served.origin}/inbox", peer.follow(f"{served.origin}/users/amal")) == 202
    await peer.wait_for(lambda one: one["type"] == "Accept", 15)


# ── killed ────────────────────────────────────────────────────────────────────


async def test_a_killed_node_has_lost_nothing_that_it_acknowledged_and_doubled_nothing(served, peer):
    token = served.token()
    await followed_by(peer, served)
    heard: list[str] = []
    said: dict[str, str] = {}
    for number in range(5 * ROUNDS):
        if number >= ROUNDS and heard and said:
            break
        stopped = asyncio.Event()
        talking = asyncio.gather(
            speak_to(served, peer, heard, number, stopped), speak_on(served, token, said, number, stopped)
        )
        longer = 1 + number // ROUNDS  # on a busy machine the first lives are too short to say a thing
        await asyncio.sleep(random.uniform(0, LONGEST_LIFE * longer))
        await asyncio.to_thread(served.kill)
        stopped.set()
        await talking
        await asyncio.to_thread(served.start)
    assert heard and said

    until_empty = lambda: (found := served.queue())["received"]["waiting"] == found["deliveries"]["waiting"] == 0  # noqa: E731
    await asyncio.to_thread(until, until_empty, 30)
    kept = [row[0] for row in rows(served, "select uri from posts where not local")]
    assert sorted(set(kept)) == sorted(kept)
    assert set(heard) <= set(kept)
    here = [row[0] for row in rows(served, "select uri from posts where local")]
    assert set(said.values()) <= set(here)
    assert len(here) == len(set(said) | unanswered(served))
    arrived = [one["object"]["id"] for one in peer.received if one["type"] == "Create"]
    assert set(said.values()) <= set(arrived)
    firsts = list(dict.fromkeys(arrived))
    assert firsts == sorted(firsts, key=lambda uri: int(uri.rpartition("/")[2]))
    assert rows(served, "pragma integrity_check") == [("ok",)]


def unanswered(served: Served) -> set[str]:
    """Posts that were kept though the answer never arrived: each by its own key, once."""
    return {row[0] for row in rows(served, "select key from idempotency")}


async def speak_to(served: Served, peer: Peer, heard: list[str], number: int, stopped: asyncio.Event) -> None:
    """The peer sends notes until the node is gone; heard are those that it acknowledged."""
    for turn in range(10_000):
        if stopped.is_set():
            return
        note = peer.note(number * 10_000 + turn + 1)
        try:
            if await peer.post(f"{served.origin}/inbox", peer.create(note)) == 202:
                heard.append(note["id"])
        except (ClientError, OSError):
            return


async def speak_on(served: Served, token: str, said: dict[str, str], number: int, stopped: asyncio.Event) -> None:
    """Amal posts until the node is gone; said are those that were answered, by their key."""
    for turn in range(10_000):
        if stopped.is_set():
            return
        key = f"{number}-{turn}"
        try:
            status, post, _ = await asyncio.to_thread(
                served.ask, "POST", "/api/v1/statuses", token, {"status": key, **PUBLIC}, {"Idempotency-Key": key}
            )
        except (OSError, ValueError):
            return
        assert status == 200, post
        said[key] = post["uri"]


# ── stopped ───────────────────────────────────────────────────────────────────


async def test_a_stopped_node_ends_in_time_and_goes_on_with_its_letters(served, peer):
    token = served.token()
    await followed_by(peer, served)

    awake = asyncio.Event()

    async def stall(_request: web.Request, _body: bytes) -> web.Response:
        await awake.wait()
        return web.Response(status=503)

    peer.answers = stall
    for word in ("one", "two", "three"):
        status, _, _ = await asyncio.to_thread(served.ask, "POST", "/api/v1/statuses", token, {"status": word})
        assert status == 200
    await asyncio.sleep(0.5)
    assert await asyncio.to_thread(served.stop) < 20
    assert served.process.returncode == 0
    assert served.queue()["deliveries"]["waiting"] == 3

    peer.answers = None
    awake.set()
    await asyncio.to_thread(served.start)
    await peer.wait_for(lambda one: one["type"] == "Create" and "three" in one["object"]["content"], 20)
    words = [one["object"]["content"] for one in peer.received if one["type"] == "Create"]
    assert ["one" in words[0], "two" in words[1], "three" in words[2], len(words)] == [True, True, True, 3]


def test_a_second_process_is_refused(served):
    done = tashbik("serve", "--data", str(served.folder), "--bind", "127.0.0.1:0", check=False)

    assert done.returncode == 1
    assert done.stderr.strip() == f"tashbik: Another process serves {served.folder}: stop that one first."


@pytest.mark.parametrize(
    "typed", [["nonsense"], ["init"], ["queue", "--nope"], ["user", "create", "x", "--role", "king"]]
)
def test_a_command_typed_wrong_says_so_in_one_line(typed):
    done = tashbik(*typed, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("tashbik: ") and done.stderr.count("\n") == 1 and "--help" in done.stderr


def test_a_folder_that_cannot_be_made_is_named_in_one_line(tmp_path):
    (tmp_path / "file").touch()

    done = tashbik("init", "--data", str(tmp_path / "file" / "node"), "--origin", "https://a.example", check=False)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert str(tmp_path / "file") in done.stderr


def test_what_a_command_does_is_live_within_a_second(served):
    before, _, _ = served.ask("GET", "/users/salma", headers={"Accept": "application/activity+json"})
    tashbik("user", "create", "salma", "--data", str(served.folder), "--password", "correct horse")
    done = time.monotonic()
    until(lambda: served.ask("GET", "/users/salma", headers={"Accept": "application/activity+json"})[0] == 200, 1)

    assert before == 404
    assert time.monotonic() - done < 1


def test_more_connections_may_be_open_than_a_shell_begins_with(served):
    soft, hard = resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE)

    assert soft >= min(hard, 65_536)


def test_more_connections_than_it_may_have_are_told_in_one_line(served):
    limit = len(list(Path(f"/proc/{served.process.pid}/fd").iterdir())) + 20
    resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
    crowd = [socket.create_connection(("127.0.0.1", served.port), 5) for _ in range(30)]
    log = served.folder / "log"
    until(lambda: "too many connections" in log.read_text())
    for one in crowd:
        one.close()

    assert until(lambda: served.ask("GET", "/api/v2/instance")[0] == 200)
    assert log.read_text().count("too many connections") == 1
    assert "socket.accept" not in log.read_text()


# ── the file ──────────────────────────────────────────────────────────────────


def test_a_file_of_a_newer_release_is_refused(served):
    served.stop()
    db = sqlite3.connect(served.folder / FILE)
    [(migrations,)] = db.execute(
        "select name from sqlite_master where name like '%migrations' and type = 'table'"
    ).fetchall()
    columns = [row[1] for row in db.execute(f"pragma table_info({migrations})")]
    last = dict(zip(columns, db.execute(f"select * from {migrations} order by rowid desc").fetchone(), strict=True))
    last |= {"name": "m9999_of_tomorrow"} | ({"id": 9999} if "id" in last else {})
    db.execute(
        f"insert into {migrations} ({', '.join(last)}) values ({', '.join('?' * len(last))})", list(last.values())
    )
    db.commit()
    db.close()

    done = tashbik("serve", "--data", str(served.folder), "--bind", "127.0.0.1:0", check=False)
    assert done.returncode == 1
    assert "newer release" in done.stderr and done.stderr.count("\n") == 1


def test_a_damaged_file_is_refused_with_what_to_do(served):
    served.stop()
    with (served.folder / FILE).open("r+b") as file:
        file.write(b"\0" * 100)

    done = tashbik("serve", "--data", str(served.folder), "--bind", "127.0.0.1:0", check=False)
    assert done.returncode == 1
    assert "backup" in done.stderr and done.stderr.count("\n") == 1


def test_the_file_is_looked_through_after_start(served):
    until(lambda: served.ask("GET", "/health", headers={"Accept": "application/json"})[1]["database"] == "ok")


def test_a_full_disk_refuses_writes_keeps_reading_and_recovers(served):
    token = served.token()
    assert served.ask("POST", "/api/v1/statuses", token, {"status": "before"})[0] == 200

    served.fill_disk()
    refused = until(lambda: next((one for one in [served.ask("POST", "/api/v1/statuses", token, {"status": "x" * 4000})]
                                  if one[0] != 200), None))  # fmt: skip
    assert refused[0] == 503
    assert int(refused[2]["Retry-After"]) > 0
    assert served.ask("GET", "/api/v1/timelines/home", token)[0] == 200
    kept = rows(served, "select count(*) from posts")

    served.empty_disk()
    status, _, _ = served.ask("POST", "/api/v1/statuses", token, {"status": "after"})
    assert status == 200
    assert rows(served, "select count(*) from posts")[0][0] == kept[0][0] + 1
    assert rows(served, "pragma integrity_check") == [("ok",)]


def test_a_picture_that_finds_no_room_is_refused_and_leaves_nothing(served):
    token, media = served.token(), served.folder / "media"
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))
    with pytest.raises(HTTPError) as refused:
        served.upload(token, picture(), "image/png")
    assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "60")
    assert [one for one in media.rglob("*") if one.is_file()] == []

    served.empty_disk()
    assert served.upload(token, picture(), "image/png")[0] == 200


def test_a_file_locked_by_another_process_for_a_while_is_waited_for(served):
    token = served.token()
    locked, release = threading.Event(), threading.Event()

    def lock() -> None:
        db = sqlite3.connect(served.folder / FILE, isolation_level=None, timeout=10)
        db.execute("begin exclusive")
        locked.set()
        release.wait(3)
        db.execute("rollback")
        db.close()

    thread = threading.Thread(target=lock)
    thread.start()
    locked.wait(10)
    begun = time.monotonic()
    status, _, _ = served.ask("GET", "/api/v1/timelines/home", token)
    read_in = time.monotonic() - begun
    written, _, _ = served.ask("POST", "/api/v1/statuses", token, {"status": "patience"})
    waited = time.monotonic() - begun
    release.set()
    thread.join()

    assert (status, written) == (200, 200)
    assert read_in < 2 < waited


def test_little_room_on_the_disk_holds_off_peers_and_uploads(served):
    served.stop()
    db = sqlite3.connect(served.folder / FILE)
    db.execute("insert into settings (name, value) values ('free_space', '9000000000000000')")
    db.commit()
    db.close()
    served.start()

    status, _, headers = served.ask("POST", "/inbox", body={"type": "Like"})
    assert (status, headers["Retry-After"]) == (503, "600")
    assert served.ask("GET", "/health", headers={"Accept": "application/json"})[1]["disk"] == "low"
    assert served.ask("POST", "/api/v1/statuses", served.token(), {"status": "still here"})[0] == 200


def test_what_a_stranger_misspelt_fills_no_log(served):
    with socket.create_connection(("127.0.0.1", served.port), 5) as made:
        made.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert b" 400 " in made.recv(200)
    with socket.create_connection(("127.0.0.1", served.port), 5) as made:
        head = (
            f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Encoding: deflate\r\nContent-Length: 4"
        )
        made.sendall(head.encode() + b"\r\n\r\n")
        assert b" 415 " in made.recv(200)
        made.sendall(b"\xff\xff\xff\xff")
        made.recv(200)
    served.stop()
    assert "Traceback" not in (served.folder / "log").read_text()
