"""What a member does with a post for herself: bookmarks it, pins it to her profile."""

from node import changes
from node.errors import Invalid
from node.posts import visibility
from node.store import Database, Row
from node.window import Window, rows

MOST_PINS = 5


def bookmark(db: Database, actor: int, post: int, now: int) -> None:
    """The post is among the actor's bookmarks."""
    db.execute("insert into bookmarks (actor, post, at) values (?, ?, ?) on conflict do nothing", (actor, post, now))


def unbookmark(db: Database, actor: int, post: int) -> None:
    """It is not."""
    db.execute("delete from bookmarks where actor = ? and post = ?", (actor, post))


def bookmarks(db: Database, actor: int, window: Window) -> list[Row]:
    """(post, at) of bookmarks whose posts may still be seen, the last made first; paged by `at`."""
    return rows(
        db,
        "select bookmarks.post, bookmarks.at from bookmarks join posts on posts.id = bookmarks.post"
        " where bookmarks.actor = :viewer and bookmarks.at < :before and bookmarks.at > :after and "
        + visibility.POSTS + " order by bookmarks.at",
        {"viewer": actor}, window,
    )  # fmt: skip


def favourites(db: Database, actor: int, window: Window) -> list[Row]:
    """(post, at) of what the actor liked and may still see, the last liked first; paged by `at`."""
    return rows(
        db,
        "select reactions.post, reactions.at from reactions join posts on posts.id = reactions.post"
        " where reactions.actor = :viewer and reactions.kind = 'like'"
        " and reactions.at < :before and reactions.at > :after and "
        + visibility.POSTS + " order by reactions.at",
        {"viewer": actor}, window,
    )  # fmt: skip


def pin(db: Database, post: Row, now: int, page: int | None = None) -> None:
    """The author's profile begins with the post, or the page of whom it was said for.

    Raises Invalid for a boost, a direct post, or one too many.
    """
    actor = post["author"] if page is None else page
    if post["boost_of"] is not None:
        raise Invalid("Validation failed: Someone else's post cannot be pinned")
    if post["visibility"] == "direct":
        raise Invalid("Validation failed: Posts that are only visible to mentioned users cannot be pinned")
    if not room(db, actor):
        raise Invalid("Validation failed: You have already pinned the maximum number of posts")
    db.execute("insert into pins (actor, post, at) values (?, ?, ?) on conflict do nothing", (actor, post["id"], now))
    changes.note(db, "actor", actor)


def pinned(db: Database, actor: int, viewer: int | None, most: int = MOST_PINS) -> list[int]:
    """Ids of what the actor's page begins with, the last pinned first: what the viewer may see of it."""
    found = db.rows(
        "select posts.id from pins join posts on posts.id = pins.post where pins.actor = :actor and "
        + visibility.POSTS
        + " order by pins.at desc, posts.id desc limit :most",
        {"actor": actor, "viewer": viewer, "most": most},
    )
    return [row[0] for row in found]


def is_pinned(db: Database, actor: int, post: int) -> bool:
    """Whether the actor's page begins with it."""
    return db.value("select 1 from pins where actor = ? and post = ?", (actor, post)) is not None


def room(db: Database, actor: int) -> int:
    """How many posts more may be pinned to the actor's page."""
    return max(0, MOST_PINS - int(db.value("select count(*) from pins where actor = ?", (actor,))))


def unpin(db: Database, post: Row, page: int | None = None) -> None:
    """It does not."""
    actor = post["author"] if page is None else page
    db.execute("delete from pins where actor = ? and post = ?", (actor, post["id"]))
    changes.note(db, "actor", actor)


def is_of(post: Row, actor: int) -> bool:
    """Whether the post is the actor's to pin: it said it, or it was said for it."""
    return actor in (post["author"], post["on_behalf"])


def pins_are(db: Database, author: int, pinned: list[int], now: int) -> None:
    """A peer's profile begins with exactly these posts of its owner, or said for it, in this order."""
    db.execute("delete from pins where actor = ?", (author,))
    for place, post in enumerate(pinned):
        db.execute(
            "insert into pins (actor, post, at) select ?, id, ? from posts where id = ? and ? in (author, on_behalf)",
            (author, now - place, post, author),
        )
    changes.note(db, "actor", author)


def pin_in(db: Database, place: int, post: int, now: int) -> bool:
    """The topic stands first in its forum; false when it did."""
    new = db.execute(
        "insert into pins (actor, post, at) values (?, ?, ?) on conflict do nothing", (place, post, now)
    ).rowcount
    changes.note(db, "actor", place)
    return bool(new)


def unpin_in(db: Database, place: int, post: int) -> bool:
    """It does not; false when it did not."""
    gone = db.execute("delete from pins where actor = ? and post = ?", (place, post)).rowcount
    changes.note(db, "actor", place)
    return bool(gone)
