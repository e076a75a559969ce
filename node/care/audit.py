"""Who did what in another's name, or with a moderator's right: added, never changed."""

from node import ids
from node.store import Database, Row


def note(db: Database, user: int | None, actor: int | None, act: str, now: int, subject: str = "",
         reason: str = "") -> None:  # fmt: skip
    """The act is on record; subject is an address or a name."""
    db.execute(
        "insert into audit (id, at, user, actor, act, subject, reason) values (?, ?, ?, ?, ?, ?, ?)",
        (ids.new(now), now, user, actor, act, subject[:500], reason[:2000]),
    )


def last(db: Database, limit: int = 40, *, actor: int | None = None) -> list[Row]:
    """What was done last, with who did it (`by`, `by_display`) and in whose name; of one actor, or of all."""
    return db.rows(
        """
        select audit.*, person.name as by, person.display as by_display,
               actors.name as actor_name, actors.display as actor_display
          from audit
          left join users on users.id = audit.user
          left join actors person on person.id = users.actor
          left join actors on actors.id = audit.actor
         where :actor is null or audit.actor = :actor
         order by audit.id desc limit :limit
        """,
        {"actor": actor, "limit": limit},
    ).fetchall()
