"""A cheap client: raw requests over kept connections, so that both sides do not share the bill."""

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Answers:
    """How a run went: seconds from first to last, and each request's own, sorted."""

    seconds: float
    each: list[float]
    statuses: dict[int, int]

    def percentile(self, part: float) -> float:
        return self.each[min(len(self.each) - 1, int(len(self.each) * part))]


class Load:
    """Requests, as bytes, that are sent in turn; a run of more than there are begins again with the first."""

    def __init__(self, port: int, requests: list[bytes]) -> None:
        self._port, self._requests = port, requests

    async def run(self, count: int, at_once: int) -> Answers:
        """So many requests over so many connections."""
        numbers = iter(range(count))
        each: list[float] = []
        statuses: dict[int, int] = {}

        async def one_after_another() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            for number in numbers:
                begun = time.perf_counter()
                writer.write(self._requests[number % len(self._requests)])
                status = await _read_answer(reader)
                each.append(time.perf_counter() - begun)
                statuses[status] = statuses.get(status, 0) + 1
            writer.close()

        begun = time.perf_counter()
        await asyncio.gather(*(one_after_another() for _ in range(at_once)))
        return Answers(time.perf_counter() - begun, sorted(each), statuses)


async def _read_answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return status


def get(origin: str, path: str, accept: str, token: str = "", session: str = "") -> bytes:
    """A GET as bytes; session is the cookie of a member in a browser."""
    cookie = f"Cookie: session={session}\r\n" if session else ""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    host = origin.partition("://")[2]
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n{authorization}{cookie}\r\n".encode()


def post(origin: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST as bytes."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body
