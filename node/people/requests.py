"""Those who ask for an account and wait for a coordinator.  They have no actor before they are let in."""

import sqlite3

from node import ids
from node.store import Database, Row

LONGEST_REASON = 2000
MOST = 1000  # waiting at once: more is somebody's machine
UNCONFIRMED = 7 * 86_400_000  # ms for which a request waits for its address to be confirmed


def keep(db: Database, name: str, display: str, email: str | None, hashed: str, locale: str, reason: str,
         now: int, *, confirmed: bool = True, at_once: bool = False) -> int | None:  # fmt: skip
    """The id of the request, which waits; None when this address asks already, or too many wait.

    A request that nobody confirmed makes room for a newer one with the same address: whoever
    types another's address first must not choose the password of her account.
    """
    db.execute(
        "delete from join_requests where confirmed is null and (at < ? or email = ?)", (now - UNCONFIRMED, email)
    )
    if count(db) >= MOST:
        return None
    identifier = ids.new(now)
    try:
        db.execute(
            """
            insert into join_requests (id, name, display, email, password, locale, reason, at, confirmed, at_once)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (identifier, name, display, email, hashed, locale, reason[:LONGEST_REASON], now,
             now if confirmed else None, int(at_once)),
        )  # fmt: skip
    except sqlite3.IntegrityError:
        return None
    return identifier


def get(db: Database, identifier: int) -> Row | None:
    """The request, while it waits."""
    return db.row("select * from join_requests where id = ?", (identifier,))


def named(db: Database, name: str, since: int) -> Row | None:
    """The request for this name, made after that moment."""
    return db.row("select * from join_requests where name = ? and at > ?", (name, since))


def unconfirmed(db: Database, email: str) -> Row | None:
    """The request with this address, while that is not confirmed."""
    return db.row("select * from join_requests where email = ? and confirmed is null", (email,))


def confirm(db: Database, identifier: int, now: int) -> Row | None:
    """The request, its address confirmed; None when it was answered or given up."""
    db.execute("update join_requests set confirmed = ifnull(confirmed, ?) where id = ?", (now, identifier))
    return get(db, identifier)


def open_once_confirmed(db: Database, identifier: int) -> None:
    """A coordinator has agreed: only the address is still to be confirmed."""
    db.execute("update join_requests set at_once = 1 where id = ?", (identifier,))


def change_address(db: Database, identifier: int, email: str) -> bool:
    """It is this address that is to be confirmed; false when another request has it."""
    try:
        db.execute("update join_requests set email = ? where id = ? and confirmed is null", (email, identifier))
    except sqlite3.IntegrityError:
        return False
    return True


def waiting(db: Database) -> list[Row]:
    """Who waits for a coordinator, the longest first."""
    sql = "select * from join_requests where confirmed is not null order by at limit 200"
    return db.rows(sql).fetchall()


def pending(db: Database) -> list[Row]:
    """Everybody who waits, for a coordinator or for a letter, the last first."""
    return db.rows(
        "select * from join_requests where not (at_once and confirmed is not null) order by id desc limit 200"
    ).fetchall()


def count(db: Database) -> int:
    """How many wait."""
    return int(db.value("select count(*) from join_requests"))  # unconfirmed ones too


def asks_for(db: Database, name: str, but: str = "") -> bool:
    """Whether somebody waits for this name, other than an unconfirmed request with the address `but`."""
    return bool(
        db.value(
            """
            select 1 from join_requests
             where name = ? collate nocase and not (confirmed is null and ifnull(email, '') = ? and ? <> '')
            """,
            (name, but, but),
        )
    )


def take(db: Database, identifier: int) -> Row | None:
    """The request, answered and gone from the list; None when it was answered before."""
    return db.row("delete from join_requests where id = ? returning *", (identifier,))
