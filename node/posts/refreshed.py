"""What was asked for again at its origin, and when: so that opening a page often asks seldom."""

from node.store import Database


def at(db: Database, name: str) -> int | None:
    """When it was asked for last; None when never, or long ago."""
    found: int | None = db.value("select at from refreshed where name = ?", (name,))
    return found


def due(db: Database, name: str, now: int, every: int) -> bool:
    """Whether it was last asked for longer than `every` milliseconds ago."""
    last = at(db, name)
    return last is None or last <= now - every


def keep(db: Database, name: str, now: int) -> None:
    """It is asked for now."""
    db.execute(
        "insert into refreshed (name, at) values (?, ?) on conflict (name) do update set at = excluded.at", (name, now)
    )


def forget_old(db: Database, before: int) -> None:
    """Older rows say nothing any more."""
    db.execute("delete from refreshed where at < ?", (before,))
