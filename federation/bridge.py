"""What the interpreter holds while the node runs: the store, the keys, the way out, our name."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from federation.client import Client
from federation.known_keys import KnownKeys
from federation.remembered import Remembered
from keys import ring
from node.buckets import Buckets
from node.store import Database
from node.threads import Store


@dataclass(slots=True)
class Bridge:
    """One for the whole process.  origin is `https://node.example`; host its network part."""

    store: Store
    client: Client
    origin: str
    development: bool
    system: int  # the id of our Application actor
    condition: str = "unchecked"  # of the file: 'ok' once it was looked through, else what is wrong with it
    failed: dict[str, float] = field(default_factory=dict)  # key or URI -> when it may be asked again (monotonic)
    asking: dict[str, "asyncio.Future[Any]"] = field(default_factory=dict)  # what is being asked for just now
    buckets: Buckets = field(default_factory=Buckets)
    remembered: Remembered = field(default_factory=Remembered)
    known_keys: KnownKeys = field(default_factory=KnownKeys)

    def __post_init__(self) -> None:
        self.store.on("keys", self.known_keys.forget)

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    @property
    def ring(self) -> ring.Ring:
        return ring.of(self.store.folder)

    def is_ours(self, uri: str) -> bool:
        """Whether the URI lies on this node."""
        return uri == self.origin or uri.startswith(self.origin + "/")


def now() -> int:
    """UTC milliseconds: the one clock of `federation` and `web`."""
    return time.time_ns() // 1_000_000


def ring_of(db: Database) -> ring.Ring:
    """The keys beside this database."""
    if db.folder is None:
        raise RuntimeError("a database in memory has no keys")
    return ring.of(db.folder)
