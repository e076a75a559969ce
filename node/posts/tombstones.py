"""What was deleted by its owner, remembered so that nobody brings it back."""

from node.store import Database, Row


def lay(db: Database, uri: str, kind: str, now: int) -> None:
    """Whatever had this URI, or will claim it, is gone; kind is '' where not everybody may know that it was."""
    db.execute("insert into tombstones (uri, type, at) values (?, ?, ?) on conflict do nothing", (uri, kind, now))


def find(db: Database, uri: str) -> Row | None:
    """The tombstone, when there is one: type, at."""
    return db.row("select * from tombstones where uri = ?", (uri,))


def lift(db: Database, uri: str) -> None:
    """The owner took the deletion back."""
    db.execute("delete from tombstones where uri = ?", (uri,))
