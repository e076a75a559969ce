"""What the machine can do at best: the limits that our own figures stand beside."""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from benchmarks.load import Load
from benchmarks.processes import Sink
from federation import signing
from federation import vocabulary as v
from keys import pair

BODY = b"x" * 1700


def rsa(count: int) -> tuple[float, float]:
    """CPU seconds of one RSA-2048 signature and of one verification, the key objects kept."""
    private = pair.load(pair.new_rsa())
    public = private.public_key()
    begun = time.process_time()
    for _ in range(count):
        signature = pair.sign(private, BODY)
    signing = (time.process_time() - begun) / count
    begun = time.process_time()
    for _ in range(count):
        assert pair.verify(public, BODY, signature)
    return signing, (time.process_time() - begun) / count


def inserts(folder: Path, count: int, together: int) -> float:
    """CPU seconds of one row of 1.7 kB with a unique text, so many in a transaction, fully synchronised."""
    db = sqlite3.connect(folder / f"floor-{together}.sqlite3", isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("create table rows (id integer primary key, name text unique, body blob)")
    begun = time.process_time()
    for start in range(0, count, together):
        db.execute("begin immediate")
        for number in range(start, start + together):
            db.execute("insert into rows (name, body) values (?, ?)", (f"https://s.example/{number}", BODY))
        db.execute("commit")
    used = time.process_time() - begun
    db.close()
    return used / count


async def trivial_handler(sink: Sink, count: int) -> float:
    """CPU seconds of one GET that an aiohttp handler answers with 17 bytes."""
    load = Load(sink.port, [b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
    await load.run(50, 8)
    before = sink.cpu
    await load.run(count, 8)
    return (sink.cpu - before) / count


async def signed_posts(urls: list[str], rounds: int) -> list[float]:
    """CPU seconds of one RSA signature and one bare aiohttp POST, for each round over the urls.

    The first round opens the connections, later ones keep them.
    """
    private = pair.load(pair.new_rsa())
    found = []
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        for _ in range(rounds):
            begun = time.process_time()
            await _post_all(session, private, urls)
            found.append((time.process_time() - begun) / len(urls))
    return found


async def _post_all(session: aiohttp.ClientSession, private: object, urls: list[str]) -> None:
    waiting = iter(urls)

    async def one_after_another() -> None:
        for url in waiting:
            host, _, path = url.partition("://")[2].partition("/")
            headers = signing.signed_cavage(
                "POST", host, f"/{path}", BODY, "https://node.example/users/amal#main-key",
                lambda message: pair.sign(private, message), datetime.now(UTC), v.ACTIVITY_JSON, v.ACTIVITY_JSON,
            )  # fmt: skip
            async with session.post(url, data=BODY, headers=headers) as response:
                await response.read()

    await asyncio.gather(*(one_after_another() for _ in range(64)))
