"""How far a member has read her home and her notifications, the same in all her apps."""

from node.errors import Invalid
from node.store import Database, Row

TIMELINES = ("home", "notifications")


def move(db: Database, actor: int, timeline: str, last: int, now: int) -> Row:
    """She has read up to `last`.  Raises Invalid for a timeline that has no marker."""
    if timeline not in TIMELINES:
        raise Invalid("Validation failed: Timeline is not included in the list")
    db.execute(
        """
        insert into markers (actor, timeline, last, version, at) values (?, ?, ?, 1, ?)
        on conflict (actor, timeline) do update set last = excluded.last, version = version + 1, at = excluded.at
        """,
        (actor, timeline, last, now),
    )
    [found] = of(db, actor, [timeline])
    return found


def of(db: Database, actor: int, timelines: list[str]) -> list[Row]:
    """The markers of these timelines that were ever set."""
    found = db.rows("select * from markers where actor = ? order by timeline", (actor,)).fetchall()
    return [row for row in found if row["timeline"] in timelines]
