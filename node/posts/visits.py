"""Up to where a member had read a timeline when she came back to it, and what she has not looked at yet."""

from node.store import Database, Row

MINUTE = 60_000  # ms
PAUSE = 30 * MINUTE  # ms without a look, after which the next look is a new visit


def look(db: Database, actor: int, page: str, newest: int, now: int) -> int:
    """She looks at the page whose newest thing is `newest`; what she had seen up to before this visit.

    0 on her first visit.
    """
    upto = before(get(db, actor, page), now)
    db.execute(
        """
        insert into visits (actor, page, upto, seen, at) values (:actor, :page, :upto, :newest, :now)
        on conflict (actor, page) do update
           set upto = excluded.upto, seen = max(seen, excluded.seen), at = excluded.at
        """,
        {"actor": actor, "page": page, "upto": upto, "newest": newest, "now": now},
    )
    return upto


def before(known: Row | None, now: int) -> int:
    """What she had seen up to before this visit; known is what `get` found."""
    return 0 if known is None else int(known["upto"] if known["at"] > now - PAUSE else known["seen"])


def is_news(known: Row | None, newest: int, now: int) -> bool:
    """Whether `look` would keep more than that she looks again within the minute."""
    return known is None or known["seen"] < newest or known["at"] <= now - MINUTE


def get(db: Database, actor: int, page: str) -> Row | None:
    """What is known of her visits."""
    return db.row("select * from visits where actor = ? and page = ?", (actor, page))


def unread(db: Database, actor: int, since: int = 0) -> int:
    """How many notifications came since the actor read them last, here or in an app; 99 stands for more.

    since: UTC milliseconds, of older ones none is counted.
    """
    return _count(
        db,
        """
        select count(*) from (
            select 1 from notifications
             where actor = :actor and not filtered
               and id > max(:since, ifnull((select last from markers where actor = :actor and timeline = 'notifications'), 0))
             limit 99)
        """,
        actor,
        since,
    )


def unread_messages(db: Database, actor: int, since: int = 0) -> int:
    """How many direct messages came since the actor's page of them was looked at; 99 stands for more; since as above."""
    return _count(
        db,
        """
        select count(*) from (
            select 1 from addressed join posts on posts.id = addressed.post
             where addressed.actor = :actor and posts.visibility = 'direct' and posts.author <> :actor
               and posts.removed is null
               and addressed.post > max(:since, ifnull((select seen from visits where actor = :actor and page = 'messages'), 0))
             limit 99)
        """,
        actor,
        since,
    )


def _count(db: Database, sql: str, actor: int, since: int) -> int:
    return int(db.value(sql, {"actor": actor, "since": since << 16}))
