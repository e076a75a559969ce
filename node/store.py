"""The one file that knows threads: one writer, some readers, one SQLite file.

A write is a function `fn(db, *args)`.  Writes that wait together are committed
together, a savepoint each, so that a storm costs one fsync and one failing write
spoils no other.  What a write answers is given back only after the commit.
"""

import asyncio
import contextlib
import contextvars
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import sqlite_utils

from node.errors import Busy
from node.log import Log

log = Log("node.store")

P = ParamSpec("P")
T = TypeVar("T")
Row = sqlite3.Row
Parameters = Mapping[str, Any] | Sequence[Any]

FILE = "node.sqlite3"
TOGETHER = 256  # writes in one commit, at the most
READERS = 2
NOT_ITS_OWN_FAULT = {5, 6, 7, 8, 10, 11, 13, 14}  # busy locked nomem readonly ioerr corrupt full cantopen
CROWD = 4  # writes that came together: then more are on their way
GATHER = 0.003  # seconds given to those, since two threads cost more side by side than in turn
GLIMPSE = 5_000  # instructions of SQLite, half a millisecond: a page of twenty takes two thousand
SHORT = 10  # glimpses that the loop waits for
LOOK_FOR_OTHERS = 0.5  # seconds between looks for writes of other processes


class Database(sqlite_utils.Database):
    """One connection.  `folder` is the data folder, where keys and media lie beside the file.

    `rows`, `row`, `value` and `execute` take plain SQL and add nothing to it; the
    helpers of sqlite-utils (tables, migrations, FTS) work inside our transactions
    as savepoints.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path | None = None) -> None:
        super().__init__(connection, recursive_triggers=False, execute_plugins=False)
        connection.row_factory = sqlite3.Row
        self.folder = folder
        self.woken: set[str] = set()
        self.rows = connection.execute
        self._ending: list[Callable[[], object]] | None = None
        self._known: dict[Hashable, Any] | None = None

    def execute(self, sql: str, parameters: Parameters | None = None) -> sqlite3.Cursor:
        """The statement's cursor; a transaction is begun and ended by the store alone."""
        return self.conn.execute(sql, parameters or ())

    def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """The first row, or None."""
        found: sqlite3.Row | None = self.conn.execute(sql, parameters).fetchone()
        return found

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.conn.execute(sql, parameters).fetchone()
        return None if found is None else found[0]

    def wake(self, topic: str) -> None:
        """Once this write is committed, whoever listens for `topic` is called."""
        self.woken.add(topic)

    def once(self, name: Hashable, find: Callable[[], T]) -> T:
        """What find answers; while the store holds one transaction it is asked once.

        Whoever changes what it found says `forget`.
        """
        if self._known is None:
            return find()
        if name not in self._known:
            self._known[name] = find()
        return cast(T, self._known[name])

    def forget(self) -> None:
        """Everything is asked anew."""
        if self._known is not None:
            self._known.clear()

    def at_end(self, do: Callable[[], object]) -> None:
        """do() is part of this write, after all others of its transaction: for what costs less together.

        It must not fail for what it is given, since it would fail for all.  Outside of the store it is done at once.
        """
        if self._ending is None:
            do()
        else:
            self._ending.append(do)

    @property
    def left(self) -> int:
        """How much is left for the end."""
        return len(self._ending or ())

    def undo(self, woken: set[str], left: int) -> None:
        """Of what happened since then nobody hears, nothing is left for the end and nothing is known."""
        self.woken = woken
        if self._ending is not None:
            del self._ending[left:]
        self.forget()

    def savepoint(self) -> "_Savepoint":
        """What happens inside holds together: an exception undoes it, and what it left for the end, and passes on."""
        return _Savepoint(self)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """The store's own transaction: what is known stays known inside, what is left for the end waits for `finish`."""
        self._known, self._ending = {}, []
        try:
            yield
        finally:
            self._known = self._ending = None

    def finish(self) -> None:
        """What was left for the end is done."""
        ending, self._ending = self._ending or [], None
        for do in ending:
            do()


class _Savepoint:
    """Made twice for each activity, so it is no generator, which costs as much as the statements."""

    __slots__ = ("_db", "_left", "_woken")

    def __init__(self, db: Database) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._woken, self._left = set(self._db.woken), self._db.left
        self._db.conn.execute("savepoint inside")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        db = self._db
        if kind is not None:
            db.undo(self._woken, self._left)
            if db.conn.in_transaction:  # an error of the disk has ended it all by itself
                db.conn.execute("rollback to inside")
        if db.conn.in_transaction:
            db.conn.execute("release inside")


def connect(folder: Path | None, *, readonly: bool = False) -> Database:
    """A connection to the folder's file; folder None: a private one in memory, for tests.

    WAL with full synchronisation: a committed write survives a pulled plug.
    """
    target = ":memory:" if folder is None else str(folder / FILE)
    connection = sqlite3.connect(
        target, timeout=5, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.execute("pragma busy_timeout = 5000")
    if folder is not None:
        connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma trusted_schema = off")
    connection.execute("pragma cache_size = -8192")
    connection.execute("pragma temp_store = memory")
    if readonly:
        connection.execute("pragma query_only = on")
    return Database(connection, folder)


class Store:
    """Reads and writes from asyncio.  Open it with `start`, end it with `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._gathered: list[_Write] = []  # in this turn of the loop
        self._waiting: queue.SimpleQueue[list[_Write] | None] = queue.SimpleQueue()
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._reader = threading.local()
        self._opened: list[Database] = []
        self._writer = threading.Thread(target=self._write_all, name="write", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._glancing: Database

    def start(self) -> None:
        """Call once, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._glancing = connect(self.folder, readonly=True)
        self._opened.append(self._glancing)
        self._writer.start()
        self._looking = self._loop.create_task(self._look_for_others())

    async def close(self) -> None:
        """Every write handed in is committed; then the threads and the file are let go."""
        if self._looking:
            self._looking.cancel()
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

    def _gather(self, one: "_Write") -> None:
        """Writes of one turn of the loop go to the writer together: handing over costs as much as a small write."""
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._pass_on)
        self._gathered.append(one)

    def _pass_on(self) -> None:
        if self._gathered:
            self._waiting.put(self._gathered)
            self._gathered = []

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
        return int(self._glancing.value("pragma data_version"))

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
            with db.held():
                return fn(db, *args, **kwargs)
        finally:
            db.conn.execute("rollback")

    def _write_all(self) -> None:
        db = connect(self.folder)
        crowded = False
        while True:
            writes, last = _take(self._waiting, GATHER if crowded else 0.0)
            crowded = len(writes) >= CROWD
            if writes:
                topics = _commit(db, writes)
                assert self._loop is not None
                try:
                    if topics:  # first, so that who waited for the write finds no stale cache
                        self._loop.call_soon_threadsafe(self._call, topics)
                    self._loop.call_soon_threadsafe(_answer, writes)
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
        """Commands are other processes: notice their commits by `data_version`."""
        db = connect(self.folder, readonly=True)
        seen = db.value("pragma data_version")
        try:
            while True:
                await asyncio.sleep(LOOK_FOR_OTHERS)
                version = db.value("pragma data_version")
                if version != seen:
                    seen = version
                    self._call(set(self._listeners))
        finally:
            db.close()


class _Write:
    __slots__ = ("answer", "args", "failed", "fn", "kwargs", "result")

    def __init__(self, fn: Any, args: Any, kwargs: Any, answer: Any) -> None:
        self.fn, self.args, self.kwargs, self.answer = fn, args, kwargs, answer
        self.result: Any = None
        self.failed: BaseException | None = None


def _take(waiting: "queue.SimpleQueue[list[_Write] | None]", gather: float) -> tuple[list["_Write"], bool]:
    """(writes to be committed together, whether they are the last)."""
    writes: list[_Write] = []
    handed = waiting.get()
    if gather and handed is not None:
        time.sleep(gather)
    while handed is not None:
        writes += handed
        if len(writes) >= TOGETHER or waiting.empty():
            return writes, False
        handed = waiting.get()
    return writes, True


def _commit(db: Database, writes: list[_Write]) -> set[str]:
    """Run the writes in one transaction; the topics that they woke, when it held."""
    run = db.conn.execute
    try:
        run("begin immediate")
        with db.held():
            if len(writes) == 1:
                _run_alone(db, writes[0])
            else:
                for one in writes:
                    _run_in_savepoint(db, one)
            if db.conn.in_transaction:
                db.finish()
                run("commit")
    except BaseException as error:
        if db.conn.in_transaction:
            run("rollback")
        db.woken.clear()
        refused = Busy("The disk takes no more at the moment. Nothing was kept; try again later.")
        refused.__cause__ = error
        if isinstance(
            error, sqlite3.OperationalError
        ):  # full, locked, read-only: a matter of the machine, not of our code
            log.warning("transaction failed", writes=len(writes), reason=error)
        else:
            log.error("transaction failed", writes=len(writes))
        for one in writes:
            one.failed = one.failed or refused
        return set()
    topics, db.woken = db.woken, set()
    return topics


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


def is_not_its_own_fault(error: BaseException) -> bool:
    """Whether the disk, the file or another process is to blame, and not what this write meant to do."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in NOT_ITS_OWN_FAULT


def _answer(writes: list[_Write]) -> None:
    for one in writes:
        if one.answer.done():
            continue
        if one.failed is not None:
            one.answer.set_exception(one.failed)
        else:
            one.answer.set_result(one.result)


def write_now(db: Database, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same promise for commands and tests: fn in one transaction, committed at once."""
    db.conn.execute("begin immediate")
    try:
        result = fn(db, *args, **kwargs)
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("rollback")
        raise
    db.conn.execute("commit")
    db.woken.clear()
    return result


def chunks(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """values in runs of `size`: SQLite binds at most 32,766 parameters in one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
