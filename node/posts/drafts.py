"""What a member began to write: kept thirty days, one for each form, taken away when it is published."""

import json

from node import ids
from node.store import Database, Row

KEPT = 30 * 86_400_000  # ms


def keep(db: Database, user: int, page: str, body: dict[str, str], now: int) -> int:
    """What the form at this address held, instead of what was kept for it before; its id."""
    db.execute("delete from drafts where at < ?", (now - KEPT,))
    return int(
        db.value(
            """
            insert into drafts (id, user, page, body, at) values (?, ?, ?, ?, ?)
            on conflict (user, page) do update set body = excluded.body, at = excluded.at
            returning id
            """,
            (ids.new(now), user, page, json.dumps(body, ensure_ascii=False), now),
        )
    )


def find(db: Database, user: int, page: str, now: int) -> Row | None:
    """The draft of this form, when it is not too old."""
    return db.row("select * from drafts where user = ? and page = ? and at > ?", (user, page, now - KEPT))


def of(db: Database, user: int, now: int) -> list[Row]:
    """The user's drafts, the last written first."""
    return db.rows(
        "select * from drafts where user = ? and at > ? order by at desc limit 100", (user, now - KEPT)
    ).fetchall()


def forget(db: Database, user: int, page: str) -> None:
    """Nothing is kept for this form."""
    db.execute("delete from drafts where user = ? and page = ?", (user, page))


def forget_all(db: Database, user: int) -> None:
    """The user has no drafts any more."""
    db.execute("delete from drafts where user = ?", (user,))


def body(draft: Row) -> dict[str, str]:
    """What the form held: field to text."""
    found: dict[str, str] = json.loads(draft["body"])
    return found
