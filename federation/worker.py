"""One worker: acts on what was received, sends letters, does tasks; sleeps until something is due or woken."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from federation import inbox, mail
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.delivery import Deliveries
from node import changes, lanes, letters, mails, queue
from node.care import soundness
from node.errors import NodeError
from node.log import Log
from node.network import contact
from node.people import digests
from node.posts import link_cards, refreshed, timelines, tombstones
from node.store import Database, Row

log = Log("federation.worker")

OUTSIDE_AT_ONCE = 16  # activities that wait for the network
OUTSIDE_OF_DOMAIN = 3
TASKS_TAKEN = 10  # in one transaction
TASKS_OF_KIND = 5  # under way, before no more of that kind are taken
SLEEP = 30.0  # seconds at the most between looks
UNDER_WAY = 1.0  # seconds at least between looks while letters are on their way: their end is a look of its own
PUT_BACK = 1000  # ms until an activity of a peer that holds too many places is looked at again
TIDY_EVERY = 3600.0
REMEMBERED = 30 * 86_400_000  # ms for which it is known when a thread was last asked for

Task = Callable[[Bridge, dict[str, Any]], Awaitable[None]]


class Worker:
    """Started with `start`, ended with `stop`.

    tasks maps a task's kind to what does it, write_mail finds the words of a letter to a person.
    """

    def __init__(self, bridge: Bridge, tasks: Mapping[str, Task], write_mail: mail.Writer | None = None) -> None:
        self._bridge = bridge
        self._write_mail = write_mail
        self._tasks_table = tasks
        self._deliveries = Deliveries(bridge)
        self._woken = {name: asyncio.Event() for name in ("received", "letters", "tasks", "mails")}
        self._running: list[asyncio.Task[None]] = []
        self._outside: dict[asyncio.Task[None], str] = {}
        self._doing: dict[asyncio.Task[None], Row] = {}  # tasks under way

    def start(self) -> None:
        for name, event in self._woken.items():
            self._bridge.store.on(name, event.set)
        self._bridge.store.on("settings", self._woken["mails"].set)
        loops = [self._receive, self._deliver, self._do_tasks, self._tidy]
        for loop in loops + ([self._send_mails] if self._write_mail is not None else []):
            self._running.append(asyncio.create_task(_forever(loop)))

    async def stop(self, seconds: float) -> None:
        """What was begun is finished, or left for the next start."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        under_way = [*self._outside, *self._doing]
        if under_way:
            await asyncio.wait(under_way, timeout=seconds / 2)
        for task in under_way:
            task.cancel()
        await self._deliveries.stop(seconds / 2)

    async def _receive(self) -> None:
        while True:
            self._woken["received"].clear()
            taken, outside = await self._bridge.store.write(inbox.act_on_waiting, self._bridge.development, now())
            for one in outside:
                await self._begin_outside(one)
            if not taken:
                due = await self._bridge.store.read(queue.next_received)
                await _wait(self._woken["received"], _until(due))

    async def _begin_outside(self, one: inbox.Outside) -> None:
        """What one domain sent holds three places at the most, all together sixteen; the rest comes back in a second.

        Counted by who signed: of whom it speaks is not proven yet.
        """
        domain = tombstones.domain_of(v.host(one.row["signer"]))
        if len(self._outside) >= OUTSIDE_AT_ONCE or list(self._outside.values()).count(domain) >= OUTSIDE_OF_DOMAIN:
            await self._bridge.store.write(queue.put_back_received, one.row["id"], now() + PUT_BACK)
            return
        task = asyncio.create_task(inbox.act_on_outside(self._bridge, one))
        self._outside[task] = domain
        task.add_done_callback(lambda done: self._outside.pop(done, None))

    async def _deliver(self) -> None:
        while True:
            self._woken["letters"].clear()
            self._deliveries.room.clear()
            await self._deliveries.fill()
            due = self._bridge.store.glance(lanes.next_due, now())
            seconds = _until(due)
            await _wait_any([self._woken["letters"], self._deliveries.room],
                            max(seconds, UNDER_WAY) if self._deliveries.under_way else seconds)  # fmt: skip

    async def _do_tasks(self) -> None:
        """Tasks of one kind that wait for slow peers keep none of another kind waiting: what is scheduled comes in time."""
        while True:
            self._woken["tasks"].clear()
            under_way = Counter(row["kind"] for row in self._doing.values())
            full = [kind for kind, count in under_way.items() if count >= TASKS_OF_KIND]
            taken = await self._bridge.store.write(queue.take_tasks, now(), TASKS_TAKEN, each=TASKS_OF_KIND, but=full)
            for row in taken:
                if any(row["id"] == one["id"] for one in self._doing.values()):
                    continue  # it takes longer than its lease, and is not begun twice
                task = asyncio.create_task(self._do(row["id"], row["kind"], row["body"], row["tries"]))
                self._doing[task] = row
                task.add_done_callback(self._done)
            if taken:
                continue
            due = await self._bridge.store.read(queue.next_task, full)
            await _wait(self._woken["tasks"], _until(due))

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._doing.pop(task, None)
        self._woken["tasks"].set()

    async def _do(self, identifier: int, kind: str, body: str, tries: int) -> None:
        task = self._tasks_table.get(kind)
        try:
            if task is None:
                log.warning("task unknown", kind=kind)
            else:
                await task(self._bridge, json.loads(body))
        except NodeError as error:
            kept = await self._bridge.store.write(queue.again_task, identifier, tries, now())
            log.info("task failed", kind=kind, tries=tries, again=kept, reason=str(error))
            return
        except Exception:
            log.error("task broke", kind=kind)
        await self._bridge.store.write(queue.done_task, identifier)

    async def _send_mails(self) -> None:
        assert self._write_mail is not None
        while True:
            self._woken["mails"].clear()
            digest_due = self._bridge.store.glance(digests.next_time)
            if digest_due is not None and digest_due <= now():
                await self._bridge.store.write(digests.begin, now())
            if not await mail.send_next(self._bridge, self._write_mail):
                due = await self._bridge.store.read(_next_mail)
                await _wait(self._woken["mails"], max(1.0, _until(due)))  # due, and no server yet: no hurry

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY)
            await self._bridge.store.write(_tidy, now())


def _next_mail(db: Database) -> int | None:
    """When the next letter is due, or the next digest is to be made."""
    return min((one for one in (mails.next_due(db), digests.next_time(db)) if one is not None), default=None)


def _tidy(db: Database, at: int) -> None:
    queue.forget_received(db, at)
    letters.forget_settled(db, at)
    letters.bring_back(db, at)
    mails.forget_settled(db, at)
    contact.forget_old(db, at)
    changes.forget_old(db)
    refreshed.forget_old(db, at - REMEMBERED)
    timelines.trim(db)
    tombstones.forget_unknown(db)
    link_cards.forget(db, at)
    soundness.tend(db)


async def _forever(loop: Callable[[], Awaitable[None]]) -> None:
    """A loop that breaks is begun again: one bad row stops nothing."""
    while True:
        try:
            await loop()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.error("worker loop broke", loop=loop.__name__)
            await asyncio.sleep(1)


def _until(due: int | None) -> float:
    """Seconds until due, between 0.05 and SLEEP: a lane that is busy may be due already."""
    return SLEEP if due is None else min(SLEEP, max(0.05, (due - now()) / 1000))


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):  # wait_for of Python 3.11 can swallow the cancellation that ends us
            await event.wait()
    except TimeoutError:
        pass


async def _wait_any(events: list[asyncio.Event], seconds: float) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
