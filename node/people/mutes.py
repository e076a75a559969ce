"""What somebody does not want to read: people, conversations, whole servers.  Nobody is told.

QUIET serves every list and every notice alike; its parameter is :viewer.
"""

from node import queue
from node.people import follows
from node.store import Database, Row
from node.window import Window, placed

_QUIET = """(
    not exists (select 1 from mutes quiet
                 where quiet.actor = :viewer and quiet.target = posts.author)
    and not exists (select 1 from host_blocks quiet join actors whose on whose.host = quiet.host
                     where quiet.actor = :viewer and whose.id = posts.author and quiet.host <> '')
)"""


def of(alias: str) -> str:
    """The predicate for a table of posts that a query calls `alias`: nobody muted wrote it."""
    return _QUIET.replace("posts.", alias + ".")


QUIET = of("posts")
TASK = "end mute"  # a mute with an end is ended by the worker


def keep(db: Database, actor: int, target: int, notifications: bool, expires: int | None, now: int) -> None:
    """The target is not read by the actor, until then or for good."""
    db.execute(
        """
        insert into mutes (actor, target, notifications, expires, since) values (?, ?, ?, ?, ?)
        on conflict (actor, target) do update set notifications = excluded.notifications, expires = excluded.expires
        """,
        (actor, target, int(notifications), expires, now),
    )
    if expires is not None:
        queue.enqueue(db, TASK, {"actor": actor, "target": target}, expires)


def end(db: Database, actor: int, target: int) -> None:
    """The target is read again."""
    db.execute("delete from mutes where actor = ? and target = ?", (actor, target))


def end_expired(db: Database, actor: int, target: int, now: int) -> None:
    """The mute is over, unless it was meanwhile prolonged."""
    db.execute("delete from mutes where actor = ? and target = ? and expires <= ?", (actor, target, now))


def get(db: Database, actor: int, target: int, now: int) -> Row | None:
    """The mute that holds."""
    return db.row(
        "select * from mutes where actor = ? and target = ? and (expires is null or expires > ?)", (actor, target, now)
    )


def listed(db: Database, actor: int, now: int, window: Window) -> list[Row]:
    """Actors muted by the actor, the last muted first, with `mute_expires` and the `place` in that order."""
    return placed(
        db,
        """
        select actors.*, mutes.expires as mute_expires, mutes.since << 16 | (mutes.target & 65535) as place
          from mutes join actors on actors.id = mutes.target
         where mutes.actor = :actor and (mutes.expires is null or mutes.expires > :now)
        """,
        {"actor": actor, "now": now},
        window,
    )


def keep_thread(db: Database, actor: int, thread: int, now: int) -> None:
    """The actor hears no more of the conversation."""
    db.execute(
        "insert into thread_mutes (actor, thread, since) values (?, ?, ?) on conflict do nothing", (actor, thread, now)
    )


def end_thread(db: Database, actor: int, thread: int) -> None:
    """She hears of it again."""
    db.execute("delete from thread_mutes where actor = ? and thread = ?", (actor, thread))


def hears_nothing(db: Database, actor: int, origin: int, post: int | None, now: int) -> bool:
    """Whether the actor wants no notice of what the origin did to the post."""
    return bool(
        db.value(
            """
            select 1 from mutes where actor = :actor and target = :origin and notifications
                and (expires is null or expires > :now)
            union all
            select 1 from thread_mutes join posts on posts.thread = thread_mutes.thread
             where thread_mutes.actor = :actor and posts.id = :post
            union all
            select 1 from host_blocks join actors on actors.host = host_blocks.host
             where host_blocks.actor = :actor and actors.id = :origin and host_blocks.host <> ''
             limit 1
            """,
            {"actor": actor, "origin": origin, "post": post, "now": now},
        )
    )


def block_host(db: Database, actor: int, host: str, now: int) -> list[Row]:
    """Nothing of the server reaches the actor; her followers there, to be turned away."""
    db.execute(
        "insert into host_blocks (actor, host, since) values (?, ?, ?) on conflict do nothing", (actor, host, now)
    )
    return [one for one in follows.followers(db, actor, Window(limit=10_000)) if one["host"] == host]


def unblock_host(db: Database, actor: int, host: str) -> None:
    """The server is heard again."""
    db.execute("delete from host_blocks where actor = ? and host = ?", (actor, host))


def hears_no_host_of(db: Database, actor: int, target: int) -> bool:
    """Whether the target lives on a server that the actor does not hear."""
    return bool(
        db.value(
            """
            select 1 from host_blocks join actors on actors.host = host_blocks.host
             where host_blocks.actor = ? and actors.id = ? and actors.host <> ''
            """,
            (actor, target),
        )
    )


def hosts_blocked(db: Database, actor: int) -> list[str]:
    """Servers that the actor does not hear, by name."""
    return [row[0] for row in db.rows("select host from host_blocks where actor = ? order by host", (actor,))]
