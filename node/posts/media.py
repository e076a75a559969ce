"""Pictures, sound and film: what was uploaded here, and what peers' posts point to."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from node import emojis, ids
from node.store import Database, Row

MOST = 16  # attachments taken from one peer's post
KINDS = {"image": "image", "video": "video", "audio": "audio"}


def keep_remote(db: Database, owner: int, post: int, found: list[dict[str, Any]], now: int) -> None:
    """The peer's post has exactly these attachments: url, type, description, width, height, blurhash, focus,
    and of what lasts duration (seconds), size (bytes) and poster (where a picture of it is).

    What it had already keeps its id and address here: apps and former versions name it by these.
    """
    known = {row["remote"]: row for row in db.rows("select * from media where post = ? and remote <> ''", (post,))}
    if known:
        db.execute("delete from media where post = ? and remote <> ''", (post,))
    for position, one in enumerate(found[:MOST]):
        focus = one.get("focus") or (0.0, 0.0)
        same = known.pop(one["url"], None)
        identifier, created, key = (
            (ids.new(now), now, secrets.token_hex(16)) if same is None else (same["id"], same["created"], same["key"])
        )
        db.execute(
            """
            insert into media (id, owner, post, position, kind, type, remote, description, width, height, blurhash,
                               focus_x, focus_y, duration, size, remote_preview, created, key)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (identifier, owner, post, position, kind_of(one["type"]), one["type"], one["url"],
             one.get("description", ""), one.get("width"), one.get("height"), one.get("blurhash"),
             focus[0], focus[1], one.get("duration"), one.get("size"), one.get("poster", ""), created, key),
        )  # fmt: skip


def shows(db: Database, post: int, found: list[dict[str, Any]]) -> bool:
    """Whether the peer's post has just these attachments already, described in these words."""
    known = [(row["remote"], row["description"]) for row in of(db, post)]
    return known == [(one["url"], one.get("description", "")) for one in found[:MOST]]


def kind_of(media_type: str) -> str:
    """image, video, audio, or unknown."""
    return KINDS.get(media_type.split("/", maxsplit=1)[0].lower(), "unknown")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An upload as it is served: names below DATA/media, a preview for what is seen, seconds for what lasts."""

    kind: str
    type: str
    file: str
    size: int
    preview: str = ""
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    duration: float | None = None
    meta: dict[str, Any] = field(default_factory=dict)


def keep_upload(db: Database, owner: int, kind: str, source: str, description: str, focus: tuple[float, float],
                now: int, preview: str = "") -> int:  # fmt: skip
    """The id of a file that lies below DATA/incoming and waits to be prepared; preview: one of the sender's choice."""
    identifier = ids.new(now)
    db.execute(
        """
        insert into media (id, owner, kind, type, source, description, focus_x, focus_y, created, preview, ready)
        values (?, ?, ?, '', ?, ?, ?, ?, ?, ?, 0)
        """,
        (identifier, owner, kind, source, description, focus[0], focus[1], now, preview),
    )
    return identifier


def begin(db: Database, identifier: int) -> Row | None:
    """The upload, about to be prepared once more; None where nothing is left to do."""
    return db.row(
        "update media set tries = tries + 1 where id = ? and not ready and failed = '' and remote = '' returning *",
        (identifier,),
    )


def prepared(db: Database, identifier: int, done: Prepared) -> None:
    """The upload lies below DATA/media and can be shown."""
    db.execute(
        """
        update media
           set kind = ?, type = ?, file = ?, size = ?, width = ?, height = ?,
               preview = case preview when '' then ? else preview end, blurhash = ?, duration = ?,
               meta = ?, source = '', ready = 1
         where id = ?
        """,
        (done.kind, done.type, done.file, done.size, done.width, done.height, done.preview, done.blurhash,
         done.duration, json.dumps(done.meta), identifier),
    )  # fmt: skip


def cover(db: Database, identifier: int, preview: str) -> None:
    """Another picture stands for it."""
    db.execute("update media set preview = ? where id = ? and kind <> 'image'", (preview, identifier))


def fail(db: Database, identifier: int, sentence: str) -> None:
    """The upload will never be shown; the sentence says why."""
    db.execute("update media set failed = ?, source = '' where id = ? and not ready", (sentence, identifier))


def unprepared(db: Database) -> list[int]:
    """Uploads that wait to be prepared, the oldest first."""
    rows = db.rows("select id from media where ready = 0 and failed = '' and remote = '' order by id")
    return [row[0] for row in rows]


def waiting_of(db: Database, owner: int) -> int:
    """How many of the owner's uploads wait to be prepared."""
    return int(db.value("select count(*) from media where ready = 0 and failed = '' and owner = ?", (owner,)))


def sources(db: Database) -> set[str]:
    """Names below DATA/incoming of what waits to be prepared."""
    return {row[0] for row in db.rows("select source from media where ready = 0 and source <> ''")}


def discard(db: Database, identifier: int) -> list[str]:
    """The upload is gone; its files, to be removed."""
    rows = db.rows("delete from media where id = ? returning file, preview", (identifier,)).fetchall()
    return [name for row in rows for name in row if name]


def own(db: Database, owner: int, identifier: int) -> Row | None:
    """One of the owner's uploads."""
    return db.row("select * from media where id = ? and owner = ? and remote = ''", (identifier, owner))


def get(db: Database, identifier: int) -> Row | None:
    """An attachment, whoever asks: for our own work."""
    return db.row("select * from media where id = ?", (identifier,))


def by_key(db: Database, key: str) -> Row | None:
    """What a peer's post shows, for whoever was told its address: that is, whoever may see the post.

    None once the post was removed, or its author or all of her server is not heard any more.
    """
    return db.row(
        """
        select media.* from media join posts on posts.id = media.post join actors on actors.id = posts.author
         where media.key = ? and media.key <> '' and posts.removed is null and actors.gone is null
        """,
        (key,),
    )


def describe(db: Database, identifier: int, description: str, focus: tuple[float, float]) -> None:
    """What it shows, in words, and where its middle is."""
    db.execute(
        "update media set description = ?, focus_x = ?, focus_y = ? where id = ?",
        (description, focus[0], focus[1], identifier),
    )


def files(db: Database, origin: str) -> set[str]:
    """Names of all files that something shows: attachments, the faces of our own accounts, our own emoji."""
    ours = f"{origin}/media/"
    rows = db.rows("select file, preview from media where file <> '' or preview <> ''")
    found = {name for row in rows for name in row if name}
    faces = db.rows("select icon, image from actors where local and (icon <> '' or image <> '')")
    drawn = [row["url"] for row in emojis.listed(db)]
    shown = [*drawn, *(one for row in faces for one in row)]
    return found | {one.removeprefix(ours) for one in shown if one.startswith(ours)}


def unused(db: Database, before: int) -> list[Row]:
    """Uploads from before that moment that no post holds, nor waits to hold."""
    return db.rows(
        """
        select * from media where post is null and created < ?
           and not exists (select 1 from scheduled, json_each(scheduled.params, '$.media_ids') wanted
                            where wanted.value = cast(media.id as text))
         limit 500
        """,
        (before,),
    ).fetchall()


def release(db: Database, post: int, now: int) -> None:
    """The post is about to go; its uploads stay for a day, to be used again."""
    db.execute("update media set post = null, created = ? where post = ? and remote = ''", (now, post))


def detach_others(db: Database, post: int, kept: list[int]) -> None:
    """The post holds only these of its uploads."""
    for row in of(db, post):
        if row["id"] not in kept and not row["remote"]:
            db.execute("update media set post = null where id = ?", (row["id"],))


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
