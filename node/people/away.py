"""Peers' actors whom their own server took out of sight, and may bring back: `gone` is then no moment, but says which."""

import json

from node.people import actors
from node.store import Database, Row

SUSPENDED = 1  # an account that its server suspended
CLOSED = 2  # a forum that its server closed as a whole
MARKS = (SUSPENDED, CLOSED)
REASON = "closed"  # of details: why a forum was closed


def suspended(db: Database, identifier: int, now: int, *, shut: bool) -> None:
    """A peer's actor is out of sight while its own server suspends it; what our moderators decided of it stands."""
    row = actors.get(db, identifier)
    if shut and row["gone"] is None:
        actors.change(db, identifier, now, gone=SUSPENDED)
    elif not shut and row["gone"] == SUSPENDED:
        actors.change(db, identifier, now, gone=None)


def close(db: Database, identifier: int, reason: str, now: int) -> None:
    """A peer's forum is out of sight until its server opens it again; what our moderators decided of it stands."""
    row = actors.get(db, identifier)
    if row["gone"] is None or row["gone"] in MARKS:
        said = reason or reason_of(row)
        actors.change(db, identifier, now, gone=CLOSED, details=_others(row) | ({REASON: said} if said else {}))


def open_again(db: Database, identifier: int, now: int) -> None:
    """The forum is seen as before."""
    row = actors.get(db, identifier)
    if row["gone"] == CLOSED:
        actors.change(db, identifier, now, gone=None, details=_others(row))


def reason_of(forum: Row) -> str:
    """Why its own server closed it, in that one's words; '' where it said nothing."""
    return str(json.loads(forum["details"]).get(REASON, ""))


def _others(row: Row) -> dict[str, object]:
    return {name: value for name, value in json.loads(row["details"]).items() if name != REASON}
