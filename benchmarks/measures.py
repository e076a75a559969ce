"""Each measure of a node: what it costs, and how long it takes."""

import asyncio
import contextlib
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load, people
from benchmarks.load import Answers, Load
from benchmarks.people import Sender
from benchmarks.processes import Served, Sink, status
from federation import vocabulary as v
from federation.bridge import now
from node.store import FILE

PATIENCE = 60.0  # seconds that anything may take


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one operation, how many a second by the clock, and the answers' times in milliseconds."""

    cpu: float
    rate: float
    median: float = 0.0
    slow: float = 0.0  # the 99th percentile


class Batches:
    """Fresh activities of the senders, signed before anything is measured."""

    def __init__(self, origin: str, senders: list[Sender]) -> None:
        self._origin, self._senders, self._number = origin, senders, 0

    def make(self, count: int) -> list[bytes]:
        made = []
        for _ in range(count):
            sender = self._senders[self._number % len(self._senders)]
            body = people.body_of(people.note(sender, f"new-{self._number}", now()))
            made.append(load.post(self._origin, "/inbox", people.signed(sender, self._origin, body), body))
            self._number += 1
        return made


def inbox(node: Served, folder: Path, batches: Batches, count: int, at_once: int) -> Cost:
    """Activities are posted; the cost counts until their posts are in the database."""
    before = _posts(folder)
    requests = batches.make(count)
    used, begun = node.cpu, time.perf_counter()
    answers = asyncio.run(Load(node.port, requests).run(count, at_once))
    _until(lambda: _posts(folder) - before >= count)
    seconds = time.perf_counter() - begun
    _expect(answers, 202, count)
    return _cost(node.cpu - used, count, seconds, answers)


def fan_out(node: Served, sink: Sink, token: str, count: int) -> Cost:
    """One post of Amal goes to everyone who follows her; the cost counts until all have it."""
    before = sink.count()
    used, begun = node.cpu, time.perf_counter()
    say(node, token)
    _until(lambda: sink.count() - before >= count)
    seconds = time.perf_counter() - begun
    time.sleep(0.3)  # the answers are written down too
    return _cost((node.cpu - used), count, seconds, None)


def reading(node: Served, path: str, accept: str, count: int, token: str = "", session: str = "", *,
            anew: bool = False) -> Cost:  # fmt: skip
    """The same GET many times, eight at once.

    anew: each with a parameter of its own that changes nothing, so that no kept answer fits.
    """
    between = "&" if "?" in path else "?"
    paths = [f"{path}{between}n={number}" for number in range(count)] if anew else [path]
    one = Load(node.port, [load.get(node.origin, one, accept, token, session) for one in paths])
    asyncio.run(one.run(max(20, count // 10), 8))
    used = node.cpu
    answers = asyncio.run(one.run(count, 8))
    _expect(answers, 200, count)
    return _cost(node.cpu - used, count, answers.seconds, answers)


def together(rounds: list[tuple[float, Cost]]) -> tuple[float, Cost]:
    """The means of measures that were taken in turn: a floor, and what stands on it."""
    count = len(rounds)
    floors, costs = zip(*rounds, strict=True)
    return sum(floors) / count, Cost(
        sum(one.cpu for one in costs) / count, sum(one.rate for one in costs) / count,
        sum(one.median for one in costs) / count, max(one.slow for one in costs),
    )  # fmt: skip


def _cost(used: float, count: int, seconds: float, answers: Answers | None) -> Cost:
    times = (answers.percentile(0.5) * 1000, answers.percentile(0.99) * 1000) if answers else (0.0, 0.0)
    return Cost(used / count * 1000, count / seconds, *times)


def _expect(answers: Answers, status: int, count: int) -> None:
    if answers.statuses.get(status) != count:
        raise RuntimeError(f"answered otherwise: {answers.statuses}")


def _posts(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / FILE, timeout=5)) as db:
        return int(db.execute("select count(*) from posts").fetchone()[0])


def say(node: Served, token: str) -> None:
    """Amal says something in public."""
    request = urllib.request.Request(
        f"{node.origin}/api/v1/statuses", data=b"status=" + b"salam " * 40, method="POST",
        headers={"Authorization": f"Bearer {token}", "Accept": v.ACTIVITY_JSON},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()


def _until(check: Callable[[], bool]) -> None:
    end = time.perf_counter() + PATIENCE
    while not check():
        if time.perf_counter() > end:
            raise RuntimeError("it takes too long")
        time.sleep(0.02)


def touch(node: Served, path: str, accept: str, token: str = "") -> int:
    """The status of one GET."""
    return status(node.port, path, accept, token)
