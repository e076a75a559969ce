"""A post that an app sends twice is one post: the key it gave is remembered for an hour."""

from node.store import Database

KEPT = 3_600_000  # ms


def find(db: Database, token: int, key: str, now: int) -> int | None:
    """The post published with this key."""
    found: int | None = db.value(
        "select post from idempotency where token = ? and key = ? and at > ?", (token, key, now - KEPT)
    )
    return found


def keep(db: Database, token: int, key: str, post: int, now: int) -> None:
    """The key stands for the post; keys of hours ago are forgotten."""
    db.execute("delete from idempotency where at < ?", (now - KEPT,))
    db.execute(
        "insert into idempotency (token, key, post, at) values (?, ?, ?, ?) on conflict (token, key)"
        " do update set post = excluded.post, at = excluded.at",
        (token, key, post, now),
    )
