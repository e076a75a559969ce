"""Likes and dislikes: one of a kind by an actor on a post."""

from node.posts import notifications, posts
from node.store import Database, Row
from node.window import Window, placed, rows

OPPOSITE = {"like": "dislike", "dislike": "like"}


def keep(db: Database, post: Row, actor: int, kind: str, activity: str, now: int, emoji: str = "") -> bool:
    """The reaction counts, its author's notification is there; false when it did before.

    Who changes her mind says the new vote alone (Lemmy): the contrary one is ended.
    """
    new = db.execute(
        """
        insert into reactions (post, actor, kind, activity, emoji, at) values (?, ?, ?, ?, ?, ?) on conflict do nothing
        """,
        (post["id"], actor, kind, activity, emoji, now),
    ).rowcount
    if not new:
        return False
    end(db, post, actor, OPPOSITE[kind])
    posts.count(db, post["id"], **{kind + "s": 1})
    if kind == "like" and db.value("select local from actors where id = ?", (post["author"],)):
        notifications.tell(db, post["author"], "favourite", actor, post["id"], now)
    return True


def end(db: Database, post: Row, actor: int, kind: str) -> Row | None:
    """The reaction that stood, taken back; None when there was none."""
    known = get(db, post["id"], actor, kind)
    if known is not None:
        db.execute("delete from reactions where post = ? and actor = ? and kind = ?", (post["id"], actor, kind))
        posts.count(db, post["id"], **{kind + "s": -1})
        if kind == "like":
            notifications.withdraw(db, post["author"], "favourite", actor, post["id"])
    return known


def get(db: Database, post: int, actor: int, kind: str) -> Row | None:
    """The actor's reaction of this kind."""
    return db.row("select * from reactions where post = ? and actor = ? and kind = ?", (post, actor, kind))


def by_activity(db: Database, activity: str) -> Row | None:
    """The reaction made by this activity."""
    return db.row("select * from reactions where activity = ?", (activity,))


def liking(db: Database, post: int, window: Window) -> list[Row]:
    """Who likes the post, the last to do so first, each with its `place` in that order."""
    return placed(
        db,
        """
        select actors.*, reactions.at << 16 | (reactions.actor & 65535) as place
          from reactions join actors on actors.id = reactions.actor
         where reactions.post = :post and reactions.kind = 'like'
        """,
        {"post": post},
        window,
    )


def passing_on(db: Database, post: int, window: Window) -> list[Row]:
    """Who passed the post on to everybody, the last to do so first; the `place` is the boost's id."""
    return rows(
        db,
        """
        select actors.*, posts.id as place from posts join actors on actors.id = posts.author
         where posts.boost_of = :post and posts.visibility in ('public', 'unlisted')
           and posts.id > :after and posts.id < :before order by posts.id
        """,
        {"post": post},
        window,
    )


def forget(db: Database, actor: int) -> None:
    """Nothing that the actor liked or disliked counts any more."""
    for row in db.rows("select post, kind from reactions where actor = ?", (actor,)).fetchall():
        posts.count(db, row["post"], **{row["kind"] + "s": -1})
    db.execute("delete from reactions where actor = ?", (actor,))
