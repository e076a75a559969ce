"""Quotes: one post shows another, when the other's author allows it (FEP-044f)."""

from node import changes, ids
from node.posts import posts
from node.store import Database, Row
from node.window import Window, rows


def keep(db: Database, post: int, uri: str, quoted: int | None, state: str, now: int, *, request: str = "",
         stamp: str = "") -> None:  # fmt: skip
    """The post quotes what has this URI; known before, its state and stamp are renewed."""
    db.execute(
        """
        insert into quotes (post, quoted, uri, state, request, stamp, at) values (?, ?, ?, ?, ?, ?, ?)
        on conflict (post) do update
           set quoted = excluded.quoted, uri = excluded.uri, state = excluded.state,
               request = case when excluded.request = '' then request else excluded.request end, stamp = excluded.stamp
        """,
        (post, quoted, uri, state, request, stamp, now),
    )
    changes.note(db, "post", post)
    if quoted is not None:
        posts.count(db, quoted)


def of(db: Database, post: int) -> Row | None:
    """What the post quotes: quoted (id or null), uri, state, stamp."""
    return db.row("select * from quotes where post = ?", (post,))


def by_request(db: Database, request: str) -> Row | None:
    """The quote that we asked to be allowed with this activity."""
    return db.row("select * from quotes where request = ? and request <> ''", (request,))


def by_stamp(db: Database, stamp: str) -> Row | None:
    """The quote that this authorization allows."""
    return db.row("select * from quotes where stamp = ? and stamp <> ''", (stamp,))


def count(db: Database, post: int) -> int:
    """How many quotes of the post are allowed."""
    return int(db.value("select count(*) from quotes where quoted = ? and state = 'accepted'", (post,)))


def quoting(db: Database, post: int, window: Window) -> list[int]:
    """Ids of posts that quote this one with its author's leave, the newest first."""
    sql = "select post from quotes where quoted = :quoted and state = 'accepted' and post < :before and post > :after order by post"
    return [row[0] for row in rows(db, sql, {"quoted": post}, window)]


def stamp(db: Database, post: int, quoting: str, now: int) -> int:
    """The id of our leave for `quoting` to quote our post; the same one when it was given before."""
    known = db.value("select id from stamps where post = ? and quoting = ?", (post, quoting))
    if known is not None:
        return int(known)
    number = ids.new(now)
    db.execute("insert into stamps (id, post, quoting, at) values (?, ?, ?, ?)", (number, post, quoting, now))
    return number


def stamp_with_id(db: Database, number: int) -> Row | None:
    """Our leave: quoting, and of the quoted post its uri, author (URI) and id."""
    return db.row(
        """
        select stamps.id, stamps.quoting, stamps.at, posts.id as post, posts.uri as quoted, actors.uri as author
          from stamps join posts on posts.id = stamps.post join actors on actors.id = posts.author
         where stamps.id = ?
        """,
        (number,),
    )


def withdraw_stamp(db: Database, number: int) -> None:
    """The leave is taken back."""
    db.execute("delete from stamps where id = ?", (number,))
