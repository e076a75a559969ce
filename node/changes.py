"""What others must hear of: a row for each change, written in the change's own transaction.

Streaming, caches and other processes read on from the last number they saw, so
arrows stay down: nobody who changes something knows who listens.
"""

from dataclasses import dataclass

from node.store import Database

KEPT = 20_000  # rows; a listener further behind starts afresh


@dataclass(frozen=True, slots=True)
class Change:
    """kind is `post`, `actor`, `home` …; subject the id it is about; for_actor who alone is meant."""

    seq: int
    kind: str
    subject: int
    for_actor: int | None


def note(db: Database, kind: str, subject: int, for_actor: int | None = None) -> None:
    """Others hear of it within half a second of the commit, in this process at once."""
    db.at_end(_insert, (kind, subject, for_actor))
    db.wake("changes")


def _insert(db: Database, noted: list[tuple[str, int, int | None]]) -> None:
    db.many("insert into changes (kind, subject, for_actor) values (?, ?, ?)", noted)


def since(db: Database, seq: int) -> list[Change]:
    """Changes after seq, oldest first, at most 500."""
    found = db.rows("select seq, kind, subject, for_actor from changes where seq > ? order by seq limit 500", (seq,))
    return [Change(*row) for row in found]


def latest(db: Database) -> int:
    """The last number given."""
    return db.value("select max(seq) from changes") or 0


def forget_old(db: Database) -> None:
    """Keep the newest rows only."""
    db.execute("delete from changes where seq <= (select max(seq) from changes) - ?", (KEPT,))
