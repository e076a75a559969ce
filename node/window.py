"""One page of a long list: between which places, how many rows, and next to which end."""

from dataclasses import dataclass

from node.ids import LAST
from node.store import Database, Row


@dataclass(frozen=True, slots=True)
class Window:
    """Rows between before and after, both excluded; oldest: those next to `after`, else the newest."""

    before: int = LAST
    after: int = 0
    limit: int = 40
    oldest: bool = False


def rows(db: Database, sql: str, values: dict[str, object], window: Window) -> list[Row]:
    """What the window shows, the newest first.

    sql names :before and :after, and ends with `order by` the place that they are compared with.
    """
    way = " asc limit :limit" if window.oldest else " desc limit :limit"
    told = {"before": window.before, "after": window.after, "limit": window.limit}
    found = db.rows(sql + way, values | told).fetchall()
    return found[::-1] if window.oldest else found


def placed(db: Database, sql: str, values: dict[str, object], window: Window) -> list[Row]:
    """The same of rows that sql, which names no window, gives a `place` each."""
    return rows(
        db, "select * from (" + sql + ") where place > :after and place < :before order by place", values, window
    )
