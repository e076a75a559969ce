"""What a person here is told of: who did what, to which post."""

import json
from collections.abc import Collection

from node import changes, ids, queue
from node.errors import NotFound
from node.ids import LAST
from node.people import blocks, devices, mutes
from node.posts import dropping, policies
from node.store import Database, Row
from node.window import Window, rows

TASK = "push"


def tell(db: Database, actor: int, kind: str, origin: int, post: int | None, now: int,
         report: int | None = None, collection: int | None = None) -> bool:  # fmt: skip
    """The actor is told, once for the same thing; false for herself, between blocked, and when she knows.

    Only of the end of a poll she is told though it is her own.
    """
    if (actor == origin and kind != "poll") or blocks.between(db, actor, origin):
        return False
    if mutes.hears_nothing(db, actor, origin, post, now):
        return False
    if post is not None and not dropping.admits(db, actor, post, "notifications"):
        return False
    decided = policies.judge(db, actor, kind, origin, post, now)
    if decided == "drop":
        return False
    identifier = ids.new(now)
    new = db.execute(
        """
        insert into notifications (id, actor, kind, origin, post, at, filtered, report, collection)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict do nothing
        """,
        (identifier, actor, kind, origin, post, now, int(decided == "filter"), report, collection),
    ).rowcount
    if new and decided != "filter":
        changes.note(db, "notification", identifier, actor)
        for device in devices.to_wake(db, actor, kind, origin):
            queue.enqueue(db, TASK, {"device": device, "notification": identifier}, now)
    return bool(new)


def withdraw(db: Database, actor: int, kind: str, origin: int, post: int | None) -> None:
    """It was taken back before or after she read it."""
    db.execute(
        "delete from notifications where actor = ? and kind = ? and origin = ? and ifnull(post, 0) = ifnull(?, 0)",
        (actor, kind, origin, post),
    )


def of(db: Database, actor: int, *, before: int | None = None, after: int | None = None, since: int | None = None,
       kinds: list[str] | None = None, without: list[str] | None = None, limit: int = 40, origin: int | None = None,
       filtered: bool = False) -> list[Row]:  # fmt: skip
    """The actor's notifications, the newest first; `since` looks from the newest, `after` from the oldest."""
    order = "asc" if after is not None else "desc"
    found = db.rows(
        "select * from notifications where actor = :actor and id < :before and id > :after"
        " and (:filtered or not filtered) and (:origin is null or origin = :origin)"
        " and (:kinds is null or kind in (select value from json_each(:kinds)))"
        " and kind not in (select value from json_each(:without))"
        " order by id " + order + " limit :limit",
        {
            "actor": actor,
            "before": before or LAST,
            "after": after if after is not None else (since or 0),
            "kinds": json.dumps(kinds) if kinds else None,
            "without": json.dumps(without or []),
            "limit": limit,
            "origin": origin,
            "filtered": int(filtered),
        },
    ).fetchall()
    return found[::-1] if after is not None else found


def get(db: Database, actor: int, identifier: int) -> Row | None:
    """One of the actor's own."""
    return db.row("select * from notifications where actor = ? and id = ?", (actor, identifier))


def dismiss(db: Database, actor: int, identifier: int | None = None) -> None:
    """This one, or all of the actor's, are read and gone."""
    db.execute(
        "delete from notifications where actor = :actor and (:id is null or id = :id)",
        {"actor": actor, "id": identifier},
    )


def unread(db: Database, actor: int, after: int, limit: int, kinds: Collection[str] = ()) -> int:
    """How many came after that one, of these kinds or of all, counted up to the limit."""
    return int(
        db.value(
            """
            select count(*) from (
                select 1 from notifications
                 where actor = :actor and id > :after and not filtered
                   and (:kinds = '[]' or kind in (select value from json_each(:kinds))) limit :limit)
            """,
            {"actor": actor, "after": after, "limit": limit, "kinds": json.dumps(list(kinds))},
        )
    )


def requests(db: Database, actor: int, window: Window) -> list[Row]:
    """Who is kept back by the actor's policy: origin, count, first and last moment, last post; the newest first."""
    return rows(
        db,
        """
        select origin, count(*) as count, min(at) as first, max(at) as last, max(post) as post, max(id) as id
          from notifications where actor = :actor and filtered
         group by origin having max(id) < :before and max(id) > :after order by id
        """,
        {"actor": actor},
        window,
    )


def release(db: Database, actor: int, origin: int) -> None:
    """What was kept back of this origin is shown, now and later.  Raises NotFound where nothing is."""
    _must_wait(db, actor, origin)
    policies.permit(db, actor, origin)
    db.execute("update notifications set filtered = 0 where actor = ? and origin = ?", (actor, origin))


def discard(db: Database, actor: int, origin: int) -> None:
    """What was kept back of this origin is gone.  Raises NotFound where nothing is."""
    _must_wait(db, actor, origin)
    db.execute("delete from notifications where actor = ? and origin = ? and filtered", (actor, origin))


def _must_wait(db: Database, actor: int, origin: int) -> None:
    if db.value("select 1 from notifications where actor = ? and origin = ? and filtered", (actor, origin)) is None:
        raise NotFound("Record not found")


def clear(db: Database, actor: int, *, origin: int | None = None, host: str = "") -> None:
    """The actor, who wants nothing to do with them, is told no more of what somebody, or anybody of the server, did."""
    db.execute(
        """
        delete from notifications
         where actor = :actor
           and (origin = :origin or exists (
                   select 1 from actors where actors.id = notifications.origin and :host <> '' and host = :host))
        """,
        {"actor": actor, "origin": origin, "host": host},
    )


def forget(db: Database, origin: int) -> None:
    """Nobody is told any more of what this actor did.

    Nothing is indexed by who did it, which each notification would pay for: along the index that keeps
    them single one looks who is told of what at all, and at each for this actor.
    """
    db.execute(_FORGET, {"origin": origin})


_FORGET = """
with recursive told (id, actor, kind) as (
    select * from (select id, actor, kind from notifications order by actor, kind limit 1)
    union all
    select later.id, later.actor, later.kind from told join notifications later on later.id = ifnull(
        (select id from notifications other where other.actor = told.actor and other.kind > told.kind
          order by other.kind limit 1),
        (select id from notifications other where other.actor > told.actor order by other.actor, other.kind limit 1))
)
delete from notifications where id in (
    select gone.id from told cross join notifications gone
        on gone.actor = told.actor and gone.kind = told.kind and gone.origin = :origin)
"""
