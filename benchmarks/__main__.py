"""`python -m benchmarks [--quick] [--write]`: measure, print a table, and keep it in docs/benchmarks.md.

Everything stays on loopback and is bounded in number: about ten minutes, two with --quick.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from benchmarks import apps, floors, machine, measures, people, sockets, table
from benchmarks.measures import Batches
from benchmarks.processes import ROOT, Served, Sink, free_port, serving, sinking, start
from benchmarks.table import Table
from federation import vocabulary as v

APP = "application/json"
PAGE = "text/html"
ROUNDS = 5
CLOSED = 21  # seconds after which no connection is kept


class Sizes:
    """How much of everything: whole, or a tenth."""

    def __init__(self, quick: bool) -> None:
        self.inbox = 600 if quick else 3000
        self.alone = 100 if quick else 500
        self.followers = 250 if quick else 1000
        self.letters = 1 if quick else 3  # rounds of them
        self.reads = 500 if quick else 3000
        self.posts = 1000 if quick else 5000
        self.idle = 3.0 if quick else 60.0
        self.rows = 2000 if quick else 10_000
        self.keys = 200 if quick else 1000
        self.times = 10 if quick else 40  # the file of years, in files of `posts`
        self.associations = 20_000 if quick else 300_000
        self.sockets = 200 if quick else 1000


def main() -> None:
    options = argparse.ArgumentParser(prog="benchmarks")
    options.add_argument("--quick", action="store_true", help="a tenth of everything, a minute at the most")
    options.add_argument("--idle", type=float, help="seconds until idle memory is looked at")
    options.add_argument("--write", action="store_true", help="keep the table in docs/benchmarks.md")
    chosen = options.parse_args()
    sizes = Sizes(chosen.quick)
    if chosen.idle is not None:
        sizes.idle = chosen.idle
    folder = Path(tempfile.mkdtemp(prefix="tashbik-bench-"))
    begun = time.perf_counter()
    sockets.raise_limit(8192)
    try:
        found = measure(folder, sizes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(found.text())
    print(f"\n{machine.describe()}; {time.perf_counter() - begun:.0f} s")
    if chosen.write:
        table.write(found, ROOT / "docs" / "benchmarks.md", machine.describe(), datetime.now(UTC))


def measure(folder: Path, sizes: Sizes) -> Table:
    """Every figure, each group beside its floor of this very run."""
    found = Table()
    port = free_port()
    data = folder / "node"
    token = people.make_node(data, f"http://127.0.0.1:{port}")
    senders = people.introduce(data, 32)
    people.fill(data, senders, sizes.posts)
    topic = people.answer(data, senders, 20)
    with sinking() as sink:
        sign, verify = (1000 * one for one in floors.rsa(sizes.keys))
        found.floor("RSA-2048 signature", sign)
        found.floor("RSA-2048 verification", verify)
        found.floor("SQLite row, a commit each", floors.inserts(folder, sizes.rows // 20, 1) * 1000)
        row = floors.inserts(folder, sizes.rows, 200) * 1000
        found.floor("SQLite row, 200 in a commit", row)
        spare = data.parent / "spare"
        shutil.copytree(data, spare)
        found.started(sizes.posts, start(data, port))
        with serving(data, port) as node:
            found.idle(*_idle(node, token, sizes))
            _measure_inbox(found, node, data, Batches(node.origin, senders), sizes)
            _measure_reading(found, node, data, sink, token, sizes)
            _measure_fan_out(found, node, data, sink, token, sizes)
            found.memory("after all of it", node.resident)
        _measure_years(found, spare, port, token, topic, sizes)
    return found


def _measure_years(found: Table, data: Path, port: int, token: str, topic: int, sizes: Sizes) -> None:
    """What grows with the years of a node: posts, sockets of apps, the directory."""
    apps.measure(found, data, port, token, topic, posts=sizes.posts, times=sizes.times, reads=sizes.reads // 5)
    people.list_associations(data, sizes.associations)
    with serving(data, port) as node:
        for name, path in (
            ("directory page", "/assoc"), ("directory page, a field", "/assoc?field=water"),
            ("directory page, two words", f"/assoc?q={quote('الواحة 777')}"),
        ):  # fmt: skip
            found.cost(f"{name}; {sizes.associations:,} associations",
                       measures.reading(node, path, PAGE, sizes.reads // 20))  # fmt: skip
        heard = sockets.listening(node, token, sizes.sockets, lambda: measures.say(node, token))
        found.listening(sizes.sockets, *asyncio.run(heard))


def _idle(node: Served, token: str, sizes: Sizes) -> tuple[float, int]:
    """Memory after every language was used, and a rest."""
    for tag in ("ar", "fr", "zgh", "en"):
        for path in ("/", f"/@amal?lang={tag}", f"/?lang={tag}"):
            measures.touch(node, path, PAGE)
    measures.touch(node, "/api/v1/timelines/home?limit=20", APP, token)
    time.sleep(sizes.idle)
    return sizes.idle, node.resident


def _measure_inbox(found: Table, node: Served, data: Path, batches: Batches, sizes: Sizes) -> None:
    measures.inbox(node, data, batches, 64, 32)
    found.cost("inbox, 32 senders at once", measures.inbox(node, data, batches, sizes.inbox, 32), bound=1.5)
    found.cost("inbox, one sender at a time", measures.inbox(node, data, batches, sizes.alone, 1))


def _measure_reading(found: Table, node: Served, data: Path, sink: Sink, token: str, sizes: Sizes) -> None:
    rounds = []  # in turn: what a request costs at the least moves with what else the machine does
    for _ in range(ROUNDS):
        floor = asyncio.run(floors.trivial_handler(sink, sizes.reads // ROUNDS)) * 1000
        rounds.append((floor, measures.reading(node, "/users/amal", v.ACTIVITY_JSON, sizes.reads // ROUNDS)))
    trivial, document = measures.together(rounds)
    found.floor("trivial aiohttp handler", trivial)
    found.cost("actor document", document, floor=trivial, bound=1.5 * trivial)
    host = node.origin.partition("://")[2]
    finger = f"/.well-known/webfinger?resource=acct:amal@{host}"
    found.cost("WebFinger", measures.reading(node, finger, "*/*", sizes.reads), floor=trivial)
    home = "/api/v1/timelines/home?limit=20"
    found.cost("home timeline, 20 of many", measures.reading(node, home, APP, sizes.reads, token), bound=1.0)
    found.cost("home timeline, each question new", measures.reading(node, home, APP, sizes.reads, token, anew=True),
               bound=1.0)  # fmt: skip
    for name, path, session, bound in (
        ("home timeline as a page", "/feed", people.browser(data), 4.0),
        ("home page of visitors", "/", "", 4.0),
        ("profile page", "/@s3@s3.example", "", None),
    ):
        found.cost(name, measures.reading(node, path, PAGE, sizes.reads // 5, session=session), bound=bound)


def _measure_fan_out(found: Table, node: Served, data: Path, sink: Sink, token: str, sizes: Sizes) -> None:
    hosts = [f"127.1.{number // 200}.{number % 200 + 1}" for number in range(sizes.followers)]
    origins = [f"http://{host}:{sink.port}" for host in hosts]
    urls = [f"{origin}/users/f{number}/inbox" for number, origin in enumerate(origins)]
    people.follow_amal(data, origins, shared=False)
    measures.fan_out(node, sink, token, sizes.followers)
    new, kept = [], []  # in turn, as above
    for _ in range(sizes.letters):
        time.sleep(CLOSED)
        before = asyncio.run(floors.signed_posts(urls, 2))
        costs = [measures.fan_out(node, sink, token, sizes.followers) for _ in range(2)]
        after = asyncio.run(floors.signed_posts(urls, 2))
        floor = [1000 * (one + other) / 2 for one, other in zip(before, after, strict=True)]
        new.append((floor[0], costs[0]))
        kept.append((floor[1], costs[1]))
    for name, rounds in (("new", new), ("kept", kept)):
        least, cost = measures.together(rounds)
        found.cost(f"fan-out to {sizes.followers} inboxes, {name} connections", cost, floor=least, bound=1.25 * least)
    people.unfollow_amal(data)
    people.follow_amal(data, [origins[0]] * sizes.followers, shared=True)
    found.cost(f"one post to {sizes.followers} followers behind a shared inbox", measures.fan_out(node, sink, token, 1))


if __name__ == "__main__":
    main()
