"""Who wants nothing to do with whom.  A block hides both from each other."""

from node.people import follows
from node.store import Database, Row
from node.window import Window, placed

EVERYBODY = Window(limit=10_000)


def keep(db: Database, actor: int, target: int, activity: str, now: int) -> bool:
    """The block holds, follows both ways are ended; true when it is new."""
    new = db.execute(
        "insert into blocks (actor, target, activity, since) values (?, ?, ?, ?) on conflict do nothing",
        (actor, target, activity, now),
    ).rowcount
    follows.end(db, actor, target)
    follows.end(db, target, actor)
    return bool(new)


def end(db: Database, actor: int, target: int) -> Row | None:
    """The block that held, ended; None when there was none."""
    known = db.row("select * from blocks where actor = ? and target = ?", (actor, target))
    if known is not None:
        db.execute("delete from blocks where actor = ? and target = ?", (actor, target))
    return known


def has(db: Database, actor: int, target: int) -> bool:
    """Whether the actor blocks the target."""
    return bool(db.value("select 1 from blocks where actor = ? and target = ?", (actor, target)))


def between(db: Database, one: int, other: int) -> bool:
    """Whether either blocks the other."""
    return bool(
        db.value(
            """
            select 1 from blocks where actor = :one and target = :other
            union all select 1 from blocks where actor = :other and target = :one limit 1
            """,
            {"one": one, "other": other},
        )
    )


def by_activity(db: Database, activity: str) -> Row | None:
    """The block made by this activity of a peer."""
    return db.row("select * from blocks where activity = ? and activity <> ''", (activity,))


def of(db: Database, actor: int, window: Window = EVERYBODY) -> list[Row]:
    """Whom the actor blocks, the last blocked first, each with its `place` in that order."""
    return placed(
        db,
        """
        select actors.*, blocks.since << 16 | (blocks.target & 65535) as place
          from blocks join actors on actors.id = blocks.target where blocks.actor = :actor
        """,
        {"actor": actor},
        window,
    )
