"""What apps ask for, in a file of a few thousand posts and in one of years: the same requests, twenty items each.

Each is asked anew, as after something was written, and again, as between two commits.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from benchmarks import measures, people, processes
from benchmarks.processes import serving
from benchmarks.table import Table

BOUND = 1.0  # ms
APP = "application/json"


def requests(author: int, topic: int) -> Iterator[tuple[str, str, float | None]]:
    """(name, path, bound in ms of CPU)."""
    yield "home", "/api/v1/timelines/home?limit=20", BOUND
    yield "public", "/api/v1/timelines/public?limit=20", BOUND
    yield "account", f"/api/v1/accounts/{author}/statuses?limit=20", BOUND
    yield "hashtag", f"/api/v1/timelines/tag/{quote('ماء')}?limit=20", BOUND
    yield "context, 20 answers", f"/api/v1/statuses/{topic}/context", BOUND
    yield "notifications", "/api/v1/notifications?limit=20", BOUND
    yield "search, a rare word", "/api/v2/search?q=samedi&type=statuses&limit=20", BOUND
    yield "search, a word of every post", f"/api/v2/search?q={quote('الواحات')}&type=statuses&limit=20", None


def measure(found: Table, data: Path, port: int, token: str, topic: int, *, posts: int, times: int, reads: int) -> None:
    """Each request over the folder, then over a copy that holds so many times the posts."""
    large = data.parent / "large"
    shutil.copytree(data, large)
    people.multiply(large, times)
    author = people.number_of(data, "s3")
    found.started(posts * times, processes.start(large, port))
    for folder, count in ((data, posts), (large, posts * times)):
        with serving(folder, port) as node:
            for name, path, bound in requests(author, topic):
                cost = measures.reading(node, path, APP, reads, token, anew=True)
                found.cost(f"{name}; {count:,} posts", cost, bound=bound)
                kept = measures.reading(node, path, APP, reads, token)
                found.cost(f"{name}, asked again; {count:,} posts", kept, bound=bound)
    shutil.rmtree(large)
