"""Who may not write in a place, until when and why."""

from node.store import Database, Row


def keep(db: Database, place: int, actor: int, activity: str, reason: str, until: int | None, now: int) -> bool:
    """The ban holds, as said last; false when one held before."""
    new = get(db, place, actor, now) is None
    db.execute(
        """
        insert into bans (place, actor, activity, reason, since, until) values (?, ?, ?, ?, ?, ?)
        on conflict (place, actor) do update
           set activity = excluded.activity, reason = excluded.reason, since = excluded.since, until = excluded.until
        """,
        (place, actor, activity, reason, now, until),
    )
    return new


def end(db: Database, place: int, actor: int) -> Row | None:
    """The ban that held, ended; None when there was none."""
    known = db.row("select * from bans where place = ? and actor = ?", (place, actor))
    db.execute("delete from bans where place = ? and actor = ?", (place, actor))
    return known


def get(db: Database, place: int, actor: int, now: int) -> Row | None:
    """The ban that holds now: activity, reason, since, until."""
    return db.row(
        "select * from bans where place = ? and actor = ? and (until is null or until > ?)", (place, actor, now)
    )
