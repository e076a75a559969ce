"""What must still be done, in rows: activities received, and tasks of our own.

A row is taken by moving its `due` into the future: should we die meanwhile, it
comes back by itself.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from node.store import Database, Row

LEASE = 300_000  # milliseconds until work that nobody finished is due again
AGAIN = (60_000, 300_000, 1_800_000, 7_200_000, 21_600_000)  # milliseconds before each further try
KEPT = 30 * 86_400_000  # milliseconds for which a repeat is recognised
LOOKED_AT = 16_384  # bytes of what could not be acted on that are kept for whoever looks
LONGEST_WAITING = 500  # tasks from which the next ones are chosen: after each that is done they are looked through
MOST_LOOKED_AT = 1000  # of them, the last ones: anybody may send what we cannot act on
REFUSED = "received and failed"  # the total of those that are forgotten


@dataclass(frozen=True, slots=True)
class Queued:
    """Numbers of one queue; oldest is the age in seconds of what waits longest."""

    waiting: int
    done: int
    failed: int
    oldest: int | None


def keep_received(db: Database, activity: str, body: bytes, signer: str, now: int) -> bool:
    """The activity is on the disk and will be acted on; false when it came before.

    activity is its id, or a hash where it has none; signer who proved to have sent
    it, as `signature URI` or `unproven URI` (federation/activity.py).
    """
    new = db.execute(
        """
        insert into received (activity, body, signer, at, due, state) values (?, ?, ?, ?, ?, 'waiting')
        on conflict do nothing
        """,
        (activity, body, signer, now, now),
    ).rowcount
    if new:
        db.wake("received")
    return bool(new)


def keep_acted(db: Database, activity: str, signer: str, now: int) -> int | None:
    """The activity is remembered as done, its effect in the same transaction; None when it came before.

    Whoever cannot act after all says so with `wait_received` or `failed_received`.
    """
    made = db.execute(
        "insert into received (activity, signer, at, state) values (?, ?, ?, 'done') on conflict do nothing",
        (activity, signer, now),
    )
    return made.lastrowid if made.rowcount else None


def wait_received(db: Database, identifier: int, body: bytes, tries: int, error: str, due: int) -> None:
    """It is acted on later after all."""
    db.execute(
        "update received set state = 'waiting', body = ?, tries = ?, error = ?, due = ? where id = ?",
        (body, tries, error[:500], due, identifier),
    )
    db.wake("received")


def take_received(db: Database, now: int, limit: int) -> list[Row]:
    """Activities due, oldest first, ours until the lease ends: id, activity, body, signer, at, tries."""
    taken = db.rows(
        """
        update received set due = :until, tries = tries + 1
         where id in (select id from received where due <= :now order by due, id limit :limit)
        returning id, activity, body, signer, at, tries
        """,
        {"now": now, "until": now + LEASE, "limit": limit},
    ).fetchall()
    return sorted(taken, key=lambda row: int(row["id"]))


def done_received(db: Database, identifier: int) -> None:
    """It is acted on, or rightly ignored; only its id is remembered."""
    db.execute("update received set state = 'done', due = null, body = null where id = ?", (identifier,))


def failed_received(db: Database, identifier: int, error: str, body: bytes | None = None) -> None:
    """It cannot be acted on; the beginning of its body is kept for whoever looks."""
    db.execute(
        "update received set state = 'failed', due = null, error = ?, body = substr(ifnull(body, ?), 1, ?) where id = ?",
        (error[:500], body, LOOKED_AT, identifier),
    )


def again_received(db: Database, identifier: int, tries: int, error: str, now: int) -> None:
    """It is tried again later; given up after the last step of AGAIN."""
    if tries > len(AGAIN):
        failed_received(db, identifier, error)
    else:
        db.execute(
            "update received set due = ?, error = ? where id = ?", (now + AGAIN[tries - 1], error[:500], identifier)
        )


def put_back_received(db: Database, identifier: int, due: int) -> None:
    """It is looked at again then; this look did not count as a try."""
    db.execute("update received set due = ?, tries = tries - 1 where id = ?", (due, identifier))


def next_received(db: Database) -> int | None:
    """When the next activity is due."""
    found: int | None = db.value("select min(due) from received where due is not null")
    return found


def waits_more_than(db: Database, most: int) -> bool:
    """Whether more activities wait than that; counts no further."""
    found: int = db.value("select count(*) from (select 1 from received where due is not null limit ?)", (most + 1,))
    return found > most


def received(db: Database, now: int) -> Queued:
    """How the activities received stand."""
    return _queued(db, "received", now)


def forget_received(db: Database, now: int) -> None:
    """Ids older than KEPT are forgotten, their number is not; of what failed the last bodies stay."""
    for state, name in (("done", "received"), ("failed", REFUSED)):
        gone = db.execute("delete from received where state = ? and at < ?", (state, now - KEPT)).rowcount
        add_total(db, name, gone)
    db.execute(
        """
        update received set body = null where state = 'failed' and body is not null and at < (
            select at from received where state = 'failed' and body is not null order by at desc limit 1 offset ?)
        """,
        (MOST_LOOKED_AT - 1,),
    )


def enqueue(db: Database, kind: str, body: dict[str, Any], due: int, *, name: str | None = None) -> None:
    """The task will be done at `due` or soon after; with a name, only once however often it is asked for."""
    db.execute(
        "insert into tasks (kind, name, body, due) values (?, ?, ?, ?) on conflict do nothing",
        (kind, name, json.dumps(body, ensure_ascii=False), due),
    )
    db.wake("tasks")


def is_waiting(db: Database, name: str) -> bool:
    """Whether the task of this name is still to be done, or under way."""
    return bool(db.value("select 1 from tasks where name = ?", (name,)))


def is_named(db: Database, name: str) -> bool:
    """Whether a task of this name, or of one that goes on after it and a space, waits or is under way."""
    return bool(db.value("select 1 from tasks where name = :name or name like :name || ' %' limit 1", {"name": name}))


def drop_named(db: Database, name: str) -> None:
    """No task of this name, or of one that goes on after it and a space, waits any more; one under way is left to end."""
    db.execute("delete from tasks where (name = :name or name like :name || ' %') and tries = 0", {"name": name})


def take_tasks(db: Database, now: int, limit: int, *, each: int = 1000, but: Collection[str] = ()) -> list[Row]:
    """Tasks due, oldest first, `each` of a kind at the most and none of those kinds, ours until the lease ends.

    id, kind, body, tries.  Those that wait longest are chosen from, however many wait: a kind that
    fills their places is among `but` next time.
    """
    return db.rows(
        """
        update tasks set due = :until, tries = tries + 1
         where id in (
            select id from (
                select id, due, row_number() over (partition by kind order by due, id) as place
                  from (select id, kind, due from tasks
                         where due <= :now and kind not in (select value from json_each(:but))
                         order by due, id limit :looked))
             where place <= :each order by due, id limit :limit)
        returning id, kind, body, tries
        """,
        {
            "now": now,
            "until": now + LEASE,
            "limit": limit,
            "each": each,
            "but": json.dumps([*but]),
            "looked": LONGEST_WAITING,
        },
    ).fetchall()


def done_task(db: Database, identifier: int) -> None:
    """It is done, or given up."""
    db.execute("delete from tasks where id = ?", (identifier,))


def again_task(db: Database, identifier: int, tries: int, now: int) -> bool:
    """It is tried again later; false when it has been given up."""
    if tries > len(AGAIN):
        done_task(db, identifier)
        return False
    db.execute("update tasks set due = ? where id = ?", (now + AGAIN[tries - 1], identifier))
    return True


def next_task(db: Database, but: Collection[str] = ()) -> int | None:
    """When the next task is due that is of none of those kinds."""
    found: int | None = db.value(
        "select due from tasks where kind not in (select value from json_each(?)) order by due limit 1",
        (json.dumps([*but]),),
    )
    return found


def add_total(db: Database, name: str, count: int) -> None:
    """So many rows of `name` were counted and pruned."""
    if count:
        db.execute(
            "insert into totals (name, count) values (?, ?) on conflict (name) do update set count = count + excluded.count",
            (name, count),
        )


def _queued(db: Database, name: str, now: int) -> Queued:
    counted = dict(db.rows("select state, count(*) from received group by state").fetchall())
    oldest = db.value("select min(at) from received where state = 'waiting'")
    pruned, refused = (db.value("select count from totals where name = ?", (one,)) or 0 for one in (name, REFUSED))
    return Queued(
        counted.get("waiting", 0), counted.get("done", 0) + pruned, counted.get("failed", 0) + refused,
        None if oldest is None else max(0, (now - oldest) // 1000),
    )  # fmt: skip
