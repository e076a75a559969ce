"""The file: a connection to it, what holds together in a transaction, and how commands write.

Who reads and writes while the node runs, and in which thread, is in node/threads.
"""

import sqlite3
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import sqlite_utils

P = ParamSpec("P")
T = TypeVar("T")
Row = sqlite3.Row
Parameters = Mapping[str, Any] | Sequence[Any]

FILE = "node.sqlite3"
NOT_ITS_OWN_FAULT = {5, 6, 7, 8, 10, 11, 13, 14}  # busy locked nomem readonly ioerr corrupt full cantopen


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
        self._ending: list[tuple[AtEnd, Any]] | None = None
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

    def many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """The statement is done with each of the rows."""
        self.conn.executemany(sql, rows)

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

    def at_end(self, do: "AtEnd", one: Any) -> None:
        """do(db, [one, ...]) is part of this write, once for all of its transaction: for what costs less together.

        It must not fail for what it is given, since it would fail for all.  Outside of the store it is done at once.
        """
        if self._ending is None:
            do(self, [one])
        else:
            self._ending.append((do, one))

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

    def hold(self) -> None:
        """A transaction of the store's own: what is known stays known, what is left for the end waits for `finish`."""
        self._known, self._ending = {}, []

    def let_go(self) -> None:
        """It is over."""
        self._known = self._ending = None

    def finish(self) -> None:
        """What was left for the end is done."""
        ending, self._ending = self._ending or [], None
        given: dict[AtEnd, list[Any]] = {}
        for do, one in ending:
            given.setdefault(do, []).append(one)
        for do, ones in given.items():
            do(self, ones)


AtEnd = Callable[[Database, list[Any]], object]


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
    # 16 MB of log: a page that many commits touch is moved into the file once for all of them.
    connection.execute("pragma wal_autocheckpoint = 4000")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma trusted_schema = off")
    connection.execute("pragma cache_size = -8192")
    connection.execute("pragma temp_store = memory")
    if readonly:
        connection.execute("pragma query_only = on")
    return Database(connection, folder)


def is_not_its_own_fault(error: BaseException) -> bool:
    """Whether the disk, the file or another process is to blame, and not what this write meant to do."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in NOT_ITS_OWN_FAULT


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
