"""Posts that wait for their moment: what the app asked for, and when; and those that could not be published then, with why."""

import json
from typing import Any

from node import ids, queue
from node.errors import Invalid, NotFound
from node.people import actors
from node.posts import notifications
from node.store import Database, Row
from node.window import Window, rows

SOONEST = 300_000  # ms
MOST, MOST_IN_A_DAY = 300, 25
DAY = 86_400_000
KEPT = 30 * DAY  # what was refused
TASK = "publish scheduled"
REFUSED = "unpublished"  # the notification that says so


def keep(db: Database, actor: int, user: int | None, application: int | None, params: dict[str, Any], due: int,
         now: int) -> Row:  # fmt: skip
    """The post waits.  Raises Invalid for a moment too near, or more than one may have waiting."""
    _check(due, now)
    if db.value("select count(*) from scheduled where actor = ?", (actor,)) >= MOST:
        raise Invalid("Validation failed: You have exceeded the limit of scheduled posts")
    day = due - due % DAY
    if (
        db.value("select count(*) from scheduled where actor = ? and due >= ? and due < ?", (actor, day, day + DAY))
        >= MOST_IN_A_DAY
    ):
        raise Invalid("Validation failed: You have exceeded the limit of scheduled posts for that day")
    identifier = ids.new(now)
    db.execute(
        "insert into scheduled (id, actor, user, application, params, due) values (?, ?, ?, ?, ?, ?)",
        (identifier, actor, user, application, json.dumps(params, ensure_ascii=False), due),
    )
    queue.enqueue(db, TASK, {"id": identifier}, due)
    return get(db, actor, identifier)


def move(db: Database, actor: int, identifier: int, due: int, now: int) -> Row:
    """It waits for another moment."""
    get(db, actor, identifier)
    _check(due, now)
    db.execute(
        "update scheduled set due = ?, params = json_remove(params, '$.refused') where id = ?", (due, identifier)
    )
    queue.enqueue(db, TASK, {"id": identifier}, due)
    return get(db, actor, identifier)


def waits(db: Database, actor: int, identifier: int) -> Row | None:
    """One of the actor's own, while it waits."""
    return db.row("select * from scheduled where id = ? and actor = ?", (identifier, actor))


def get(db: Database, actor: int, identifier: int) -> Row:
    """One of the actor's own.  Raises NotFound."""
    found = waits(db, actor, identifier)
    if found is None:
        raise NotFound("Record not found")
    return found


def of(db: Database, actor: int, window: Window) -> list[Row]:
    """What the actor has waiting, the newest first."""
    sql = "select * from scheduled where actor = :actor and id < :before and id > :after order by id"
    return rows(db, sql, {"actor": actor}, window)


def cancel(db: Database, actor: int, identifier: int) -> None:
    """It will not be published."""
    get(db, actor, identifier)
    db.execute("delete from scheduled where id = ?", (identifier,))


def take(db: Database, identifier: int, now: int) -> Row | None:
    """What is to be published now, waiting no more; None when it was cancelled, moved, done or refused."""
    found = db.row(
        "select * from scheduled where id = ? and due <= ? and json_extract(params, '$.refused') is null",
        (identifier, now),
    )
    if found is not None:
        db.execute("delete from scheduled where id = ?", (identifier,))
    return found


def _check(due: int, now: int) -> None:
    if due < now + SOONEST:
        raise Invalid("Validation failed: Scheduled at must be at least 5 minutes in the future")


def forget(db: Database, actor: int) -> None:
    """Nothing of the actor's waits any more."""
    db.execute("delete from scheduled where actor = ?", (actor,))


def refuse(db: Database, identifier: int, sentence: str, facts: dict[str, Any], now: int) -> Row | None:
    """It could not be published: it is kept with the reason for thirty days, and its author is told; None when it is gone.

    sentence: untranslated; facts: what stands in it.
    """
    said = json.dumps({"sentence": sentence, "facts": {name: str(value) for name, value in facts.items()}})
    db.execute("update scheduled set params = json_set(params, '$.refused', json(?)) where id = ?", (said, identifier))
    db.execute("delete from scheduled where due < ?", (now - KEPT,))
    found = db.row("select * from scheduled where id = ?", (identifier,))
    if found is None:
        return None
    system = actors.system(db)
    for told in _authors(db, found):
        notifications.withdraw(db, told, REFUSED, system, None)  # of an older one: this is news
        notifications.tell(db, told, REFUSED, system, None, now)
    return found


def _authors(db: Database, row: Row) -> set[int]:
    """Who hears of it: whose post it is, and who wrote it in an association's name."""
    person = db.value("select actor from users where id = ?", (row["user"],)) if row["user"] is not None else None
    return {row["actor"]} | ({person} if person is not None else set())


def refusal(row: Row) -> tuple[str, dict[str, Any]] | None:
    """(sentence, facts) of why it could not be published; None for what waits."""
    found = json.loads(row["params"]).get("refused")
    return (found["sentence"], found["facts"]) if found else None


def refused_to(db: Database, user: int) -> list[Row]:
    """What the user wrote, in whose name ever, that could not be published."""
    return db.rows(
        "select * from scheduled where user = ? and json_extract(params, '$.refused') is not null order by id", (user,)
    ).fetchall()
