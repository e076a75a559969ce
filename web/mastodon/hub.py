"""Who listens, and the handing out of events: each listener has a short queue; who does not read is let go."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

import orjson
from aiohttp import web

from federation.bridge import Bridge
from node import changes
from node.log import Log
from node.people import tokens
from node.people.tokens import Bearer
from node.store import Database
from web.mastodon.happenings import Interest, Key, Said, tell

log = Log("web.mastodon.hub")

LONGEST_QUEUE = 256  # events that wait for one listener
SEND_SECONDS = 10
LOOK_SECONDS = 20  # between looks whether tokens still open
MOST_OF_ONE = 100  # sockets and event streams of one member, who has some telephones and tabs
SPARE = 2000  # of all members; while fewer are open nobody is counted

Send = Callable[[Said], Awaitable[None]]


class Listener:
    """One socket or one event stream, with the streams it hears.

    keys: stream -> the names by which the app asked for it.  `#Culture` and `#culture` are one stream, and an
    app knows its own again only by the spelling that it sent.
    """

    __slots__ = ("_send", "_sending", "_waiting", "close", "keys", "who")

    def __init__(self, who: Bearer, send: Send, close: Callable[[], None]) -> None:
        self.who, self.close = who, close
        self.keys: dict[Key, set[Key]] = {}
        self._send = send
        self._waiting: deque[Said] = deque()
        self._sending: asyncio.Task[None] | None = None

    def hear(self, key: Key, asked: Key) -> None:
        """The stream comes too, under the name that was asked for."""
        self.keys.setdefault(key, set()).add(asked)

    def ignore(self, key: Key, asked: Key) -> None:
        """It comes under this name no more."""
        names = self.keys.get(key, set())
        names.discard(asked)
        if not names:
            self.keys.pop(key, None)

    def put(self, said: Said) -> bool:
        """The event will be sent; false when too many wait, or sending failed."""
        if len(self._waiting) >= LONGEST_QUEUE:
            return False
        for name in self.keys.get(said.key, ()):
            self._waiting.append(said if name == said.key else replace(said, key=name))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all())
        return True

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                async with asyncio.timeout(SEND_SECONDS):  # wait_for of Python 3.11 can swallow a cancellation
                    await self._send(self._waiting.popleft())
        except (TimeoutError, ConnectionError, RuntimeError):
            self._waiting.clear()
            self.close()
        finally:
            self._sending = None


class Hub:
    """One for the application."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._listeners: set[Listener] = set()
        self._seq = 0
        self._again = False
        self._reading: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self, _app: web.Application) -> None:
        """Call once the store runs."""
        self._seq = await self._bridge.store.read(changes.latest)
        self._bridge.store.on("changes", self._wake)
        self._bridge.store.on("tokens", self._look_soon)
        self._looking = asyncio.create_task(self._look_often())

    async def stop(self, _app: web.Application) -> None:
        """Nobody listens any more."""
        for task in (self._looking, self._reading):
            if task is not None:
                task.cancel()
        for one in list(self._listeners):
            one.close()
        self._listeners.clear()

    def has_room(self, who: Bearer) -> bool:
        """Whether she may open one more: with her hundred she takes no place that another may need."""
        if len(self._listeners) < SPARE:
            return True
        return sum(one.who.user == who.user for one in self._listeners) < MOST_OF_ONE

    def join(self, listener: Listener) -> None:
        """The listener hears from now on what its keys name."""
        if not self._listeners and (self._reading is None or self._reading.done()):
            self._seq = self._bridge.store.glance(changes.latest)
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """It hears no more."""
        self._listeners.discard(listener)

    def __len__(self) -> int:
        return len(self._listeners)

    def _wake(self) -> None:
        if not self._listeners:
            return
        self._again = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while self._again:
            self._again = False
            try:
                await self._hand_on()
            except Exception:
                log.error("streams broke")

    async def _hand_on(self) -> None:
        """Everything since the last look, a piece at a time."""
        while True:
            interest = self._interest()
            if not interest:
                self._seq = await self._bridge.store.read(changes.latest)
                return
            seq, said = await self._bridge.store.read(_happened, self._seq, interest, self._bridge.origin)
            if seq == self._seq:
                return
            self._seq = seq
            self._spread(said)

    def _interest(self) -> Interest:
        found: Interest = {}
        for one in self._listeners:
            for key in one.keys:
                found.setdefault(key, set()).add(one.who.actor or 0)
        return found

    def _spread(self, said: list[Said]) -> None:
        hearing: dict[tuple[Key, int], list[Listener]] = {}
        for listener in self._listeners:
            for key in listener.keys:
                hearing.setdefault((key, listener.who.actor or 0), []).append(listener)
        for one in said:
            for listener in hearing.get((one.key, one.actor), ()):
                if listener in self._listeners and not listener.put(one):
                    log.info("slow listener dropped", actor=one.actor)
                    self._listeners.discard(listener)
                    listener.close()

    def _look_soon(self) -> None:
        if self._listeners:
            asyncio.get_running_loop().create_task(self._look())

    async def _look_often(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._listeners:
                await self._look()

    async def _look(self) -> None:
        """Listeners whose token opens nothing any more are let go."""
        held = {one.who.token for one in self._listeners}
        dead = await self._bridge.store.read(_dead, held)
        for one in [one for one in self._listeners if one.who.token in dead]:
            self._listeners.discard(one)
            one.close()


def _happened(db: Database, seq: int, interest: Interest, origin: str) -> tuple[int, list[Said]]:
    found = changes.since(db, seq)
    return (found[-1].seq if found else seq), tell(db, found, interest, origin)


def _dead(db: Database, held: set[int]) -> set[int]:
    return {one for one in held if not tokens.living(db, one)}


def written(said: Said) -> str:
    """The event as a socket sends it: its payload is a string of JSON, and absent where there is nothing to say."""
    payload = {"payload": said.payload} if said.payload else {}
    return orjson.dumps({"stream": list(said.key), "event": said.event, **payload}).decode()


HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
