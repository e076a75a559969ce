"""Those who ask for an account and wait for a coordinator.  They have no actor before they are let in."""

import sqlite3

from node import ids
from node.store import Database, Row

LONGEST_REASON = 2000
MOST = 1000  # waiting at once: more is somebody's machine


def keep(db: Database, name: str, display: str, email: str | None, hashed: str, locale: str, reason: str,
         now: int) -> bool:  # fmt: skip
    """The request waits; false when this address asks already, or too many wait."""
    if count(db) >= MOST:
        return False
    try:
        db.execute(
            """
            insert into join_requests (id, name, display, email, password, locale, reason, at)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (ids.new(now), name, display, email, hashed, locale, reason[:LONGEST_REASON], now),
        )
    except sqlite3.IntegrityError:
        return False
    return True


def waiting(db: Database) -> list[Row]:
    """Who waits, the longest first."""
    return db.rows("select * from join_requests order by at limit 200").fetchall()


def count(db: Database) -> int:
    """How many wait."""
    return int(db.value("select count(*) from join_requests"))


def asks_for(db: Database, name: str) -> bool:
    """Whether somebody waits for this name."""
    return bool(db.value("select 1 from join_requests where name = ? collate nocase", (name,)))


def take(db: Database, identifier: int) -> Row | None:
    """The request, answered and gone from the list; None when it was answered before."""
    return db.row("delete from join_requests where id = ? returning *", (identifier,))
