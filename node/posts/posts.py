"""Posts of every kind, boosts among them: kept, changed, removed; the table itself."""

import json
import sqlite3
import zlib
from dataclasses import dataclass, field
from typing import Any

from node import changes, ids
from node.errors import NotFound
from node.people import actors
from node.posts import search
from node.store import Database, Row

OPEN = ("public", "unlisted")  # visibilities that anyone may see, and so count
COMPANION = "/note"  # what the id of the Note that stands for an event ends with, after the event's
TOLD = "told"  # of details: {"likes": …, "boosts": …} as a peer's own server has counted them


@dataclass(slots=True)
class New:
    """A post about to be kept: read from a document and cleaned, or written here."""

    uri: str
    kind: str
    author: int
    visibility: str
    published: int
    id: int = 0
    local: bool = False
    user: int | None = None
    application: int | None = None
    on_behalf: int | None = None
    boost_of: int | None = None
    reply_to: int | None = None
    reply_to_uri: str = ""
    place: int | None = None
    title: str = ""
    content: str = ""
    contents: dict[str, str] = field(default_factory=dict)
    source: str = ""
    warning: str = ""
    sensitive: bool = False
    language: str = ""
    url: str = ""
    edited: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    card: int | None = None
    document: bytes | None = None
    addressed: dict[int, bool] = field(default_factory=dict)  # actor -> mentioned
    tags: list[str] = field(default_factory=list)
    emojis: dict[str, int] = field(default_factory=dict)  # shortcode -> id
    media: list[dict[str, Any]] = field(default_factory=list)
    poll: dict[str, Any] | None = None


_COLUMNS = (
    "id", "uri", "kind", "author", "user", "on_behalf", "local", "visibility", "boost_of", "reply_to",
    "reply_to_uri", "thread", "place", "title", "content", "contents", "source", "warning", "sensitive",
    "language", "url", "published", "edited", "details", "document", "application",
    "emojis", "card",
)  # fmt: skip
_GIVEN = {name: f"?{number}" for number, name in enumerate(_COLUMNS, 1)}
_SENSITIVE = "case when {sensitive} then 1 when (select sensitized from actors where id = {author}) then 2 else 0 end"
_INSERT = f"""
insert into posts ({", ".join(_COLUMNS)})
select {", ".join((_GIVEN | {"sensitive": _SENSITIVE.format(**_GIVEN)}).values())}
 where {_GIVEN["local"]} or not exists (select 1 from tombstones where uri = {_GIVEN["uri"]})
returning *
"""


def insert(db: Database, new: New, now: int) -> Row | None:
    """The post as it is kept, in its thread; None for a peer's that was deleted.

    Raises sqlite3.IntegrityError for a URI that is known.
    """
    thread = None
    if new.reply_to is not None:
        thread = db.value("select thread from posts where id = ?", (new.reply_to,))
    for _ in range(8):
        identifier = new.id or ids.for_remote(new.published, now)
        values = (
            identifier, new.uri, new.kind, new.author, new.user, new.on_behalf, int(new.local), new.visibility,
            new.boost_of, new.reply_to, new.reply_to_uri, thread or identifier, new.place, new.title, new.content,
            _json(new.contents), new.source, new.warning, int(new.sensitive), new.language, new.url, new.published,
            new.edited, _json(new.details), zlib.compress(new.document) if new.document is not None else None,
            new.application, _json(new.emojis), new.card,
        )  # fmt: skip
        try:
            kept: list[Row] = db.rows(_INSERT, values).fetchall()
        except sqlite3.IntegrityError as error:
            if "posts.id" not in str(error):
                raise
            new.id = 0  # a clash of low bits: another id, the same moment
            continue
        return kept[0] if kept else None
    raise AssertionError("eight clashing ids in a row")


def get(db: Database, identifier: int) -> Row:
    """The post, whoever asks: for our own work, never for showing.  Raises NotFound."""
    found = by_id(db, identifier)
    if found is None:
        raise NotFound("There is no such post.", post=identifier)
    return found


def by_id(db: Database, identifier: int) -> Row | None:
    """The post, when there is one; as get() gives it."""
    return db.row("select * from posts where id = ?", (identifier,))


def by_uri(db: Database, uri: str) -> Row | None:
    """The post of this URI, when known; the event that a Note only stands for, by the Note's."""
    found = db.row("select * from posts where uri = ?", (uri,))
    if found is None and uri.endswith(COMPANION):
        return db.row("select * from posts where uri = ? and kind = 'event'", (uri.removesuffix(COMPANION),))
    return found


def knows(db: Database, uri: str) -> bool:
    """Whether the post of this URI is here, without reading it."""
    known = db.value("select 1 from posts where uri = ?", (uri,)) is not None
    return known or (uri.endswith(COMPANION) and by_uri(db, uri) is not None)


def boost_by(db: Database, author: int, post: int) -> Row | None:
    """The author's boost of the post."""
    return db.row("select * from posts where boost_of = ? and author = ?", (post, author))


def address(db: Database, post: int, actors: dict[int, bool]) -> None:
    """These actors are addressed besides those who were; the flag says mentioned."""
    for actor, mentioned in actors.items():
        db.execute(
            """
            insert into addressed (post, actor, mentioned) values (?, ?, ?)
            on conflict (post, actor) do update set mentioned = max(mentioned, excluded.mentioned)
            """,
            (post, actor, int(mentioned)),
        )


def mention_no_others(db: Database, post: int, mentioned: list[int]) -> None:
    """Only these are mentioned; whoever was before may still read it: what she was told of shall not vanish."""
    db.execute(
        "update addressed set mentioned = 0 where post = ? and actor not in (select value from json_each(?))",
        (post, json.dumps(mentioned)),
    )


def adopt(db: Database, post: Row) -> None:
    """Replies that came before the post find their place under it, save those under which it stands itself."""
    orphans = db.rows(
        "select id, thread, visibility from posts where reply_to is null and reply_to_uri = ? and reply_to_uri <> ''",
        (post["uri"],),
    ).fetchall()
    above = _above(db, post["id"]) if orphans else set()
    for orphan in orphans:
        if orphan["id"] in above:
            continue
        db.execute("update posts set reply_to = ? where id = ?", (post["id"], orphan["id"]))
        db.execute("update posts set thread = ? where thread = ?", (post["thread"], orphan["thread"]))
        if orphan["visibility"] in OPEN:
            count(db, post["id"], replies=1)


def _above(db: Database, post: int) -> set[int]:
    """The post, and all that it answers, up to where its thread begins."""
    rows = db.rows(
        """
        with recursive above (id) as (
            select :post union select posts.reply_to from posts join above on posts.id = above.id)
        select id from above where id is not null
        """,
        {"post": post},
    )
    return {row[0] for row in rows}


def count(db: Database, post: int, *, replies: int = 0, boosts: int = 0, likes: int = 0, dislikes: int = 0) -> None:
    """The post's counters move by so much, never below nothing."""
    db.execute(
        """
        update posts
           set replies = max(0, replies + ?), boosts = max(0, boosts + ?), likes = max(0, likes + ?),
               dislikes = max(0, dislikes + ?), version = version + 1
         where id = ?
        """,
        (replies, boosts, likes, dislikes, post),
    )
    changes.note(db, "counts", post)


def move(db: Database, thread: int, place: int, target: int | None) -> None:
    """What of the thread stood in this place stands in the other, or in none; then its first post is a page."""
    moved = db.rows("select id, kind from posts where thread = ? and place = ?", (thread, place)).fetchall()
    for row in moved:
        kind = "page" if target is None and row["kind"] == "topic" else row["kind"]
        change(db, row["id"], place=target, kind=kind)


def closed(db: Database, identifier: int) -> bool:
    """Whether nobody answers the post any more: it, what it answers, or the topic is closed, whatever is gone between them;
    or a moderator removed it, or the topic.
    """
    return bool(
        db.value(
            """
            with recursive above (id, reply_to, locked) as (
                select id, reply_to, locked from posts
                 where id = :post or id = (select thread from posts where id = :post)
                union
                select posts.id, posts.reply_to, posts.locked from posts join above on posts.id = above.reply_to
            )
            select max(locked) or exists (
                select 1 from posts where removed is not null
                   and (id = :post or id = (select thread from posts where id = :post)))
              from above
            """,
            {"post": identifier},
        )
    )


def change(db: Database, identifier: int, **values: Any) -> None:
    """Columns have these values; whoever shows the post hears of it."""
    for name in ("details", "contents", "emojis"):
        if name in values:
            values[name] = _json(values[name])
    if values.get("document") is not None:
        values["document"] = zlib.compress(values["document"])
    assignments = ", ".join(name + " = :" + name for name in values)
    db.execute(
        "update posts set version = version + 1, " + assignments + " where id = :id_", {**values, "id_": identifier}
    )
    changes.note(db, "post", identifier)


def set_card(db: Database, identifier: int, card: int | None) -> None:
    """The post has this card of its first link, or none."""
    db.execute("update posts set card = ?, version = version + 1 where id = ?", (card, identifier))


def card_changed(db: Database, card: int) -> None:
    """Whoever shows a post with this card shows it as it is now."""
    db.execute("update posts set version = version + 1 where card = ?", (card,))


def document(post: Row) -> bytes | None:
    """The stored document, exactly as it was written."""
    return zlib.decompress(post["document"]) if post["document"] is not None else None


def details(post: Row) -> dict[str, Any]:
    """The rest of its kind."""
    found: dict[str, Any] = json.loads(post["details"])
    return found


def counted(post: Row) -> tuple[int, int]:
    """(boosts, likes) as they are shown: those that we know of, or as many as the post's own server told of.

    What is ranked is ranked by those that we know of alone.
    """
    if post["local"] or f'"{TOLD}"' not in post["details"]:
        return post["boosts"], post["likes"]
    told = details(post).get(TOLD, {})
    return max(post["boosts"], told.get("boosts", 0)), max(post["likes"], told.get("likes", 0))


def delete(db: Database, identifier: int) -> None:
    """The row and all that hangs on it are gone; counts of parent and original follow."""
    post = get(db, identifier)
    if post["reply_to"] is not None and post["visibility"] in OPEN:
        count(db, post["reply_to"], replies=-1)
    if post["boost_of"] is not None:
        count(db, post["boost_of"], boosts=-1)
    search.forget(db, identifier)
    told = [None] if post["visibility"] in OPEN else _readers(db, identifier)
    db.execute("delete from posts where id = ?", (identifier,))
    if post["visibility"] in OPEN:
        actors.count(db, post["author"], posts=-1)
    for one in told:
        changes.note(db, "deleted", identifier, one)


def _readers(db: Database, identifier: int) -> list[int | None]:
    """Those here who had the post at home, or were written to."""
    found = db.rows(
        """
        select viewer from home where post = :post
        union
        select actors.id from addressed join actors on actors.id = addressed.actor
         where addressed.post = :post and actors.local
        """,
        {"post": identifier},
    )
    return [row[0] for row in found]


def mentions(db: Database, identifier: int) -> list[Row]:
    """Actors whom the post names, in order of their ids."""
    return db.rows(
        """
        select actors.* from addressed join actors on actors.id = addressed.actor
         where addressed.post = ? and addressed.mentioned order by actors.id
        """,
        (identifier,),
    ).fetchall()


def authors_around(db: Database, identifier: int) -> list[Row]:
    """Actors elsewhere who answered the post or passed it on, in no promised order."""
    return db.rows(
        "select distinct actors.* from posts join actors on actors.id = posts.author"
        " where (posts.reply_to = :post or posts.boost_of = :post) and not posts.local",
        {"post": identifier},
    ).fetchall()


def recipients(db: Database, identifier: int) -> list[Row]:
    """Actors whom the post addresses by name, mentioned or not."""
    return db.rows(
        "select actors.*, addressed.mentioned from addressed join actors on actors.id = addressed.actor"
        " where addressed.post = ? order by actors.id",
        (identifier,),
    ).fetchall()


def _json(value: object) -> str:
    return _encode(value) if value else "{}"


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def shade(db: Database, author: int, *, on: bool) -> None:
    """What the author shows stands behind a warning by a moderator's decision (2), or by her own alone."""
    db.execute(
        """
        update posts set sensitive = case when :on then 2 else 0 end, version = version + 1
         where author = :author and sensitive = case when :on then 0 else 2 end
           and (:on = 0 or exists (select 1 from media where media.post = posts.id))
        """,
        {"author": author, "on": int(on)},
    )


def count_in(db: Database, place: int) -> int:
    """How many posts stand in this forum or project."""
    return int(db.value("select count(*) from posts where place = ? and boost_of is null", (place,)))


def close_place(db: Database, place: int) -> None:
    """What stands in a forum or project that is gone stays its authors' to read; nobody answers there any more."""
    db.execute(
        "update posts set locked = 1, version = version + 1 where place = ? and id = thread and locked = 0", (place,)
    )


def unspeak(db: Database, organization: int) -> None:
    """What people wrote for an association that is gone is theirs alone."""
    db.execute("update posts set on_behalf = null, version = version + 1 where on_behalf = ?", (organization,))
