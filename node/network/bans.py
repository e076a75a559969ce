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


def of(db: Database, place: int, now: int, limit: int = 200) -> list[Row]:
    """Actor rows of those shut out of the place now, the last first, with ban_since, ban_until, ban_reason."""
    return db.rows(
        """
        select actors.*, bans.since as ban_since, bans.until as ban_until, bans.reason as ban_reason
          from bans join actors on actors.id = bans.actor
         where bans.place = ? and (bans.until is null or bans.until > ?) and actors.gone is null
         order by bans.since desc limit ?
        """,
        (place, now, limit),
    ).fetchall()
