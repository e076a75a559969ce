"""Conversations: direct posts as one member sees them, a row for each thread in which she was spoken to."""

from node import changes, ids
from node.errors import NotFound
from node.posts import visibility
from node.store import Database, Row
from node.window import Window, rows


def hear(db: Database, post: Row) -> None:
    """The direct post is the last word of its conversation, for everybody here who takes part; not between blocked."""
    people = db.rows(
        """
        select actors.id from actors where actors.local and actors.type in ('Person', 'Organization')
           and (actors.id = :author or actors.id in (select actor from addressed where post = :post))
           and not exists (select 1 from blocks where (blocks.actor = actors.id and blocks.target = :author)
                                                   or (blocks.actor = :author and blocks.target = actors.id))
        """,
        {"author": post["author"], "post": post["id"]},
    ).fetchall()
    for (actor,) in people:
        unread = int(actor != post["author"])
        identifier = db.value(
            """
            insert into conversations (id, actor, thread, last, unread) values (?, ?, ?, ?, ?)
            on conflict (actor, thread) do update set last = max(last, excluded.last), unread = excluded.unread
            returning id
            """,
            (ids.new(post["published"]), actor, post["thread"], post["id"], unread),
        )
        changes.note(db, "conversation", identifier, actor)


def orphaned_by(db: Database, post: int) -> list[tuple[int, int, int, int]]:
    """(id, actor, thread, unread) of conversations that end with the post: taken before it is deleted."""
    return [
        tuple(row) for row in db.rows("select id, actor, thread, unread from conversations where last = ?", (post,))
    ]


def mend(db: Database, orphaned: list[tuple[int, int, int, int]]) -> None:
    """Conversations whose last post was deleted end with the one before, where there is one."""
    for identifier, actor, thread, unread in orphaned:
        last = _last(db, actor, thread)
        if last is not None:
            db.execute(
                "insert into conversations (id, actor, thread, last, unread) values (?, ?, ?, ?, ?) on conflict do nothing",
                (identifier, actor, thread, last, unread),
            )


def of(db: Database, actor: int, window: Window) -> list[Row]:
    """The actor's conversations whose last word she may see, the last spoken in first; paged by ids of last posts."""
    return rows(
        db,
        "select conversations.* from conversations join posts on posts.id = conversations.last"
        " where conversations.actor = :viewer and conversations.last < :before and conversations.last > :after and "
        + visibility.POSTS + " order by conversations.last",
        {"viewer": actor}, window,
    )  # fmt: skip


def get(db: Database, actor: int, identifier: int) -> Row:
    """One of the actor's own.  Raises NotFound."""
    found = db.row("select * from conversations where id = ? and actor = ?", (identifier, actor))
    if found is None:
        raise NotFound("Record not found")
    return found


def others(db: Database, actor: int, last: int) -> list[Row]:
    """Who else takes part, as the last post says."""
    return db.rows(
        """
        select actors.* from actors
         where actors.id <> :actor
           and (actors.id = (select author from posts where id = :post)
                or actors.id in (select actor from addressed where post = :post))
         order by actors.id
        """,
        {"actor": actor, "post": last},
    ).fetchall()


def read(db: Database, actor: int, identifier: int, *, unread: bool = False) -> Row:
    """She has read it, or wants to read it again; her other devices hear of it."""
    if get(db, actor, identifier)["unread"] != int(unread):
        db.execute("update conversations set unread = ? where id = ?", (int(unread), identifier))
        changes.note(db, "conversation", identifier, actor)
    return get(db, actor, identifier)


def delete(db: Database, actor: int, identifier: int) -> None:
    """It is out of her list; its posts stay."""
    get(db, actor, identifier)
    db.execute("delete from conversations where id = ?", (identifier,))


def _last(db: Database, actor: int, thread: int) -> int | None:
    found: int | None = db.value(
        "select max(posts.id) from posts where posts.thread = :thread and posts.visibility = 'direct' and "
        + visibility.POSTS,
        {"thread": thread, "viewer": actor},
    )
    return found
