"""Letters to people's own addresses, in rows: what waits, what was sent, how often one address may be written to.

A row holds no secret: a link is made when its letter is sent.  A letter goes out at
least once; should we die between the server's yes and our note of it, once more.
"""

import json
from collections.abc import Mapping
from typing import Any

from node import settings
from node.people import links
from node.queue import LEASE
from node.store import Database, Row

MINUTE, HOUR = 60_000, 3_600_000
AGAIN = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR)  # before each further try
KEPT = 7 * 24 * HOUR  # ms for which we remember what was sent
MOST_WAITING = 2000  # more is somebody's machine
MOST_IN_AN_HOUR = 4  # of one kind to one address, whoever asks
MOST_IN_A_DAY = 20  # of all kinds to one address


def is_set_up(chosen: Mapping[str, Any]) -> bool:
    """Whether this node can send letters at all, by all its settings."""
    return bool(chosen["mail_host"]) and bool(chosen["mail_from"] or chosen["contact"])


def can_send(db: Database) -> bool:
    """The same."""
    return is_set_up(settings.everything(db))


def keep(db: Database, kind: str, address: str | None, now: int, *, user: int | None = None,
         request: int | None = None, locale: str = "", facts: dict[str, Any] | None = None) -> bool:  # fmt: skip
    """The letter will be sent; false without an address or a mail server, or when there were enough of them."""
    if not address or not can_send(db):
        return False
    if int(db.value("select count(*) from mails where due is not null")) >= MOST_WAITING:
        return False
    lately = db.row(
        """
        select count(*) as all_, ifnull(sum(kind = :kind and at > :hour), 0) as same
          from mails where address = :address collate nocase and at > :day
        """,
        {"kind": kind, "address": address, "hour": now - HOUR, "day": now - 24 * HOUR},
    )
    if lately is None or lately["all_"] >= MOST_IN_A_DAY or lately["same"] >= MOST_IN_AN_HOUR:
        return False
    db.execute(
        """
        insert into mails (kind, user, request, address, locale, facts, at, due, state)
        values (?, ?, ?, ?, ?, ?, ?, ?, 'waiting')
        """,
        (kind, user, request, address, locale, json.dumps(facts or {}, ensure_ascii=False)[:4000], now, now),
    )
    db.wake("mails")
    return True


def take(db: Database, now: int) -> tuple[Row, str] | None:
    """The next letter due, ours until the lease ends, with the secret of its link ('' for a kind without one).

    A letter whose reader has another address by now is dropped on the way.
    """
    while True:
        row = db.row(
            """
            update mails set due = :until, tries = tries + 1
             where id = (select id from mails where due <= :now order by due, id limit 1)
            returning *
            """,
            {"now": now, "until": now + LEASE},
        )
        if row is None:
            return None
        if row["kind"] in ("reset", "digest") and not _is_hers(db, row):
            done(db, row["id"], now)
        elif row["kind"] in links.LIVES:
            secret = links.make(db, row["kind"], row["address"], now, user=row["user"], request=row["request"])
            return row, secret
        else:
            return row, ""


def _is_hers(db: Database, row: Row) -> bool:
    sql = "select 1 from users where id = ? and email = ? and disabled is null"
    return bool(db.value(sql, (row["user"], row["address"])))


def done(db: Database, identifier: int, now: int) -> None:
    """A server took it."""
    db.execute("update mails set state = 'done', due = null, settled = ?, error = '' where id = ?", (now, identifier))


def failed(db: Database, identifier: int, error: str, now: int, *, for_good: bool = False) -> bool:
    """It is tried again later; false when it has been given up."""
    tries = int(db.value("select tries from mails where id = ?", (identifier,)) or 0)
    if for_good or tries > len(AGAIN):
        db.execute(
            "update mails set state = 'failed', due = null, settled = ?, error = ? where id = ?",
            (now, error[:300], identifier),
        )
        return False
    db.execute("update mails set due = ?, error = ? where id = ?", (now + AGAIN[tries - 1], error[:300], identifier))
    return True


def drop(db: Database, user: int, *kinds: str) -> None:
    """Letters of these kinds that wait for the user are not sent."""
    for kind in kinds:
        db.execute("delete from mails where user = ? and kind = ? and due is not null", (user, kind))


def next_due(db: Database) -> int | None:
    """When the next one is due."""
    found: int | None = db.value("select min(due) from mails where due is not null")
    return found


def forget_settled(db: Database, now: int) -> None:
    """What was sent, given up or could not be sent for so long is forgotten."""
    db.execute(
        "delete from mails where settled < :before or (due is not null and at < :before)", {"before": now - KEPT}
    )


def last(db: Database, limit: int) -> list[Row]:
    """The letters of the last week, the newest first."""
    return db.rows("select * from mails order by id desc limit ?", (limit,)).fetchall()
