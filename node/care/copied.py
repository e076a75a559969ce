"""When the node was last copied: `tashbik backup` notes it in the record, the desk of the node tells it."""

from node.care import audit
from node.store import Database

ACT = "backup"


def note(db: Database, now: int) -> None:
    """A whole copy has been made at this moment."""
    audit.note(db, None, None, ACT, now)


def last(db: Database) -> int | None:
    """When; None where none is known of."""
    found: int | None = db.value("select max(at) from audit where act = ?", (ACT,))
    return found
