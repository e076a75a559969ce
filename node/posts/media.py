"""Pictures, sound and film: what was uploaded here, and what peers' posts point to."""

from typing import Any

from node import ids
from node.store import Database, Row

MOST = 16  # attachments taken from one peer's post
KINDS = {"image": "image", "video": "video", "audio": "audio"}


def keep_remote(db: Database, owner: int, post: int, found: list[dict[str, Any]], now: int) -> None:
    """The peer's post has exactly these attachments: url, type, description, width, height, blurhash, focus."""
    db.execute("delete from media where post = ? and remote <> ''", (post,))
    for position, one in enumerate(found[:MOST]):
        focus = one.get("focus") or (0.0, 0.0)
        db.execute(
            """
            insert into media (id, owner, post, position, kind, type, remote, description, width, height, blurhash,
                               focus_x, focus_y, created)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (ids.new(now), owner, post, position, kind_of(one["type"]), one["type"], one["url"],
             one.get("description", ""), one.get("width"), one.get("height"), one.get("blurhash"),
             focus[0], focus[1], now),
        )  # fmt: skip


def kind_of(media_type: str) -> str:
    """image, video, audio, or unknown."""
    return KINDS.get(media_type.split("/", maxsplit=1)[0].lower(), "unknown")


def attach(db: Database, owner: int, post: int, identifiers: list[int]) -> None:
    """The owner's uploads belong to the post, in this order; others' ids are passed over."""
    for position, identifier in enumerate(identifiers):
        db.execute(
            "update media set post = ?, position = ? where id = ? and owner = ? and (post is null or post = ?)",
            (post, position, identifier, owner, post),
        )


def of(db: Database, post: int) -> list[Row]:
    """The post's attachments in order."""
    return db.rows("select * from media where post = ? order by position, id", (post,)).fetchall()
