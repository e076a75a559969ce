"""Apps that listen: a thousand WebSockets that say nothing, and one event for all of them."""

import asyncio
import base64
import os
import resource
import time
from collections.abc import Callable

from benchmarks.processes import Served

HEAD = (
    "GET /api/v1/streaming?stream=user HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)
REST = 2.0  # seconds until memory is looked at
PATIENCE = 30.0


def raise_limit(wanted: int) -> None:
    """This process and those that it starts may hold so many files open, as far as the system grants it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


async def listening(node: Served, token: str, count: int, say: Callable[[], None]) -> tuple[int, float, float]:
    """(bytes of memory more, seconds until the first had the event that say() causes, and until the last had it)."""
    before = node.resident
    opened = [await _open(node, token) for _ in range(count)]
    await asyncio.sleep(REST)
    more = node.resident - before
    waiting = [asyncio.create_task(_event(reader)) for reader, _writer in opened]
    begun = time.perf_counter()
    await asyncio.to_thread(say)
    async with asyncio.timeout(PATIENCE):
        moments = [one - begun for one in await asyncio.gather(*waiting)]
    for _reader, writer in opened:
        writer.close()
    return more, min(moments), max(moments)


async def _open(node: Served, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(HEAD.format(host=f"127.0.0.1:{node.port}", token=token, key=key).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in answer.partition(b"\r\n")[0]:
        raise RuntimeError(answer.decode())
    return reader, writer


async def _event(reader: asyncio.StreamReader) -> float:
    """The moment at which a whole text frame was here."""
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8))
        await reader.readexactly(size)
        if first & 0x0F == 1:
            return time.perf_counter()
