"""The one file that knows threads: one writer, some readers, one SQLite file.

A write is a function `fn(db, *args)`.  Writes that wait together are committed
together, a savepoint each, so that a storm costs one fsync and one failing write
spoils no other.  What a write answers is given back only after the commit.
"""

import asyncio
import contextvars
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from node.errors import Busy
from node.log import Log
from node.store import Database, connect, is_not_its_own_fault

log = Log("node.threads")

P = ParamSpec("P")
T = TypeVar("T")

TOGETHER = 256  # writes in one commit, at the most
READERS = 2
AT_ONCE = 16  # light writes that the loop does in one go: ten milliseconds
CROWD = 4  # writes that came together: then more are on their way
GATHER = 0.003  # seconds given to those
GLIMPSE = 5_000  # instructions of SQLite, half a millisecond: a page of twenty takes two thousand
SHORT = 10  # glimpses that the loop waits for
LOOK_FOR_OTHERS = 0.5  # seconds between looks for writes of other processes


class Store:
    """Reads and writes from asyncio.  Open it with `start`, end it with `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._gathered: list[_Write] = []  # not yet begun
        self._all_light = True  # what was gathered
        self._passing = False  # whether what was gathered is about to be begun
        self._handed = 0  # writes that the writer has not answered for
        self._waiting: queue.SimpleQueue[_Handed | None] = queue.SimpleQueue()
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._reader = threading.local()
        self._opened: list[Database] = []
        self._writer = threading.Thread(target=self._write_all, name="write", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._glancing: Database
        self._writing: Database
        self._seen: int  # of commits that others made

    def start(self) -> None:
        """Call once, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._glancing = connect(self.folder, readonly=True)
        self._opened.append(self._glancing)
        self._writing = connect(self.folder)
        self._seen = _version(self._writing)
        self._writer.start()
        self._looking = self._loop.create_task(self._look_for_others())

    async def close(self) -> None:
        """Every write handed in is committed; then the threads and the file are let go."""
        if self._looking:
            self._looking.cancel()
        self._all_light = False
        self._pass_on()
        self._waiting.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown(wait=True)
        for db in self._opened:
            db.close()

    async def write(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What fn answers, once its effect is on the disk.

        Raises what fn raises, its effect undone; Busy when the disk takes nothing more.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._gather(_Write(fn, args, kwargs, answer))
        return await answer

    def write_soon(self, fn: Callable[Concatenate[Database, P], Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """fn's effect will be kept, and nobody waits for it: for what may as well be lost, like a last visit."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._gather(_Write(fn, args, kwargs, answer))

    async def jot(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same promise as `write`, for a few rows by their keys: done on the loop, only the commit is not.

        Two threads that both want Python cost more than one after the other.  Where the writer is at
        work, or another process is, the write waits its turn with the others.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._gather(_Write(fn, args, kwargs, answer), light=True)
        return await answer

    def _gather(self, one: "_Write", *, light: bool = False) -> None:
        """Writes of one turn of the loop are done together: a commit costs more than a small write."""
        self._gathered.append(one)
        self._all_light = self._all_light and light
        if not self._passing and not (light and self._handed):
            self._passing = True
            asyncio.get_running_loop().call_soon(self._pass_on)

    def _pass_on(self) -> None:
        """What was gathered is begun here, where it is light and nothing is under way; else the writer has it."""
        self._passing = False
        if not self._gathered or (self._handed and self._all_light):
            return  # `_answered` comes back to them
        if self._all_light:
            writes, self._gathered = self._gathered[:AT_ONCE], self._gathered[AT_ONCE:]
            begun = _begins_at_once(self._writing, writes)
        else:
            writes, self._gathered, self._all_light = self._gathered, [], True
            begun = False
        self._handed += len(writes)
        self._waiting.put((writes, begun))

    def _answered(self, writes: list["_Write"], topics: set[str]) -> None:
        """On the loop, after a commit: listeners first, so that who waited for the write finds no stale cache."""
        self._handed -= len(writes)
        try:
            self._call(topics)
        finally:
            _answer(writes)
            if self._gathered and not self._handed and not self._passing:
                self._passing = True
                asyncio.get_running_loop().call_later(GATHER if len(writes) >= CROWD else 0.0, self._pass_on)

    async def read(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What fn answers, from one unchanging view of the file."""
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()  # as asyncio.to_thread does: fn knows who reads the page
        return await loop.run_in_executor(self._readers, context.run, self._read, fn, args, kwargs)

    def glance(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What fn answers, at once and on the loop: for a few rows found by their key, never for a search.

        Such a read takes less time than handing it to another thread would.
        """
        self._glancing.conn.execute("begin")
        try:
            return fn(self._glancing, *args, **kwargs)
        finally:
            self._glancing.conn.execute("rollback")

    async def browse(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What fn answers: on the loop while it walks along an index, from a reader once that takes too long.

        For a page of a list, which ends after a few rows unless most of them are hidden from who asks.
        """
        interrupting = self._glancing.conn.set_progress_handler
        # SQLite counts a statement's instructions over all its runs: one glimpse may end as soon as it has begun.
        glimpses = iter(range(SHORT))
        interrupting(lambda: next(glimpses, None) is None, GLIMPSE)
        try:
            return self.glance(fn, *args, **kwargs)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
        finally:
            interrupting(None, 0)
        return await self.read(fn, *args, **kwargs)

    def version(self) -> int:
        """Moves with every commit, whoever makes it: what was read while it stood still holds still."""
        return _version(self._glancing)

    async def check(self) -> str:
        """'ok' when the whole file is sound, else SQLite's first complaint; on a connection of its own."""
        db = connect(self.folder, readonly=True)
        try:
            found = await asyncio.to_thread(lambda: str(db.value("pragma quick_check(1)")))
        except asyncio.CancelledError:
            db.conn.interrupt()
            raise
        except sqlite3.DatabaseError as error:
            found = str(error)
        db.close()
        return found

    def on(self, topic: str, call: Callable[[], None]) -> None:
        """call() runs on the loop after each commit that woke `topic`, or by another process."""
        self._listeners.setdefault(topic, []).append(call)

    def _read(self, fn: Callable[..., T], args: Any, kwargs: Any) -> T:
        db: Database | None = getattr(self._reader, "db", None)
        if db is None:
            db = self._reader.db = connect(self.folder, readonly=True)
            self._opened.append(db)
        db.conn.execute("begin")
        try:
            db.hold()
            return fn(db, *args, **kwargs)
        finally:
            db.let_go()
            db.conn.execute("rollback")

    def _write_all(self) -> None:
        db, crowded = self._writing, False
        while True:
            writes, begun, last = _take(self._waiting, GATHER if crowded else 0.0)
            crowded = len(writes) >= CROWD and not begun
            if writes:
                if not begun:
                    _begin(db, writes)
                topics = _end(db, writes)
                version = _version_or(self._seen, db)
                if version != self._seen:
                    self._seen, topics = version, topics.union(self._listeners)
                assert self._loop is not None
                try:
                    self._loop.call_soon_threadsafe(self._answered, writes, topics)
                except RuntimeError:  # the loop is gone: nobody waits for answers any more
                    pass
            if last:
                db.close()
                return

    def _call(self, topics: set[str]) -> None:
        for topic in topics:
            for call in self._listeners.get(topic, ()):
                call()

    async def _look_for_others(self) -> None:
        """Commands are other processes: somebody wrote, and the writer knows whether it was itself."""
        db = connect(self.folder, readonly=True)
        seen = _version(db)
        try:
            while True:
                await asyncio.sleep(LOOK_FOR_OTHERS)
                version = _version(db)
                if version != seen:
                    seen = version
                    self.write_soon(_nothing)
        finally:
            db.close()


_Handed = tuple[list["_Write"], bool]  # together, and whether they are begun already


class _Write:
    __slots__ = ("answer", "args", "failed", "fn", "kwargs", "result")

    def __init__(self, fn: Any, args: Any, kwargs: Any, answer: Any) -> None:
        self.fn, self.args, self.kwargs, self.answer = fn, args, kwargs, answer
        self.result: Any = None
        self.failed: BaseException | None = None


def _version(db: Database) -> int:
    """Moves with every commit that another connection makes, and with none of this one's."""
    return int(db.value("pragma data_version"))


def _version_or(last: int, db: Database) -> int:
    """The same for the writer, which outlives a disk that cannot be read."""
    try:
        return _version(db)
    except sqlite3.Error:
        return last


def _nothing(db: Database) -> None:
    """A write that changes nothing: the writer looks around."""


def _take(waiting: "queue.SimpleQueue[_Handed | None]", gather: float) -> tuple[list["_Write"], bool, bool]:
    """(writes to be committed together, whether they are begun already, whether they are the last)."""
    writes: list[_Write] = []
    handed = waiting.get()
    if handed is not None and handed[1]:
        return *handed, False
    if gather and handed is not None:
        time.sleep(gather)
    while handed is not None:
        writes += handed[0]
        if len(writes) >= TOGETHER or waiting.empty():
            return writes, False, False
        handed = waiting.get()
    return writes, False, True


def _begins_at_once(db: Database, writes: list[_Write]) -> bool:
    """Whether the writes are begun; not while another process holds the file, which would have to be waited for."""
    db.conn.execute("pragma busy_timeout = 0")
    try:
        db.conn.execute("begin immediate")
    except sqlite3.Error:  # what else is wrong the writer finds too, and says to who waits
        return False
    finally:
        db.conn.execute("pragma busy_timeout = 5000")
    _begin(db, writes)
    return True


def _begin(db: Database, writes: list[_Write]) -> None:
    """The writes are done in one transaction, which is left open; where it could not be, each says why."""
    db.hold()
    try:
        if not db.conn.in_transaction:
            db.conn.execute("begin immediate")
        if len(writes) == 1:
            _run_alone(db, writes[0])
        else:
            for one in writes:
                _run_in_savepoint(db, one)
        if db.conn.in_transaction:
            db.finish()
    except BaseException as error:
        _fail(db, writes, error)


def _end(db: Database, writes: list[_Write]) -> set[str]:
    """They are committed; the topics that they woke, when it held."""
    try:
        if db.conn.in_transaction:
            db.conn.execute("commit")
    except BaseException as error:
        _fail(db, writes, error)
    db.let_go()
    topics, db.woken = db.woken, set()
    return topics


def _fail(db: Database, writes: list[_Write], error: BaseException) -> None:
    """The transaction is undone, and nobody hears of it."""
    if db.conn.in_transaction:
        db.conn.execute("rollback")
    db.let_go()
    db.woken.clear()
    refused = Busy("The disk takes no more at the moment. Nothing was kept; try again later.")
    refused.__cause__ = error
    if isinstance(error, sqlite3.OperationalError):  # full, locked, read-only: a matter of the machine, not of our code
        log.warning("transaction failed", writes=len(writes), reason=error)
    else:
        log.error("transaction failed", writes=len(writes))
    for one in writes:
        one.failed = one.failed or refused


def _run_alone(db: Database, one: _Write) -> None:
    """The only write of its transaction: undone with it, no savepoint needed."""
    try:
        one.result = one.fn(db, *one.args, **one.kwargs)
    except Exception as error:
        if is_not_its_own_fault(error):
            raise
        one.failed = error
        db.woken.clear()
        db.conn.execute("rollback")


def _run_in_savepoint(db: Database, one: _Write) -> None:
    try:
        with db.savepoint():
            one.result = one.fn(db, *one.args, **one.kwargs)
    except Exception as error:
        if is_not_its_own_fault(error):
            raise
        one.failed = error


def _answer(writes: list[_Write]) -> None:
    for one in writes:
        if one.answer.done():
            continue
        if one.failed is not None:
            one.answer.set_exception(one.failed)
        else:
            one.answer.set_result(one.result)
