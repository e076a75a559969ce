"""Letters to peers: an activity's exact bytes, written once, and a row for each inbox it goes to.

Each inbox has a lane: its letters leave in order, the next one when the one before
is settled.  A host that does not answer pauses all its lanes; a success, or a signed
request from it, wakes them.
"""

import random
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from node import ids
from node.queue import Queued, add_total
from node.store import Database, Row

STEPS = (60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 43_200_000)  # ms; the last one repeats
GIVE_UP = 7 * 86_400_000  # ms after which a letter nobody took is dropped
PROBE = 86_400_000  # ms between probes of a host silent for longer than GIVE_UP
DROP_HOST = 60 * 86_400_000
KEPT = 86_400_000  # ms for which settled deliveries can be looked at
SPREAD = 0.2  # tries scatter by this much, so that a host coming back is not stormed


@dataclass(frozen=True, slots=True)
class Letter:
    """One try to make: the delivery's id, what, whereto, in whose name."""

    delivery: int
    letter: int
    inbox: str
    host: str
    sender: int
    tries: int
    created: int
    body: bytes


def write(db: Database, uri: str, sender: int, kind: str, subject: str, body: bytes, inboxes: Iterable[tuple[str, str]],
          now: int, *, public: bool, identifier: int | None = None) -> int:  # fmt: skip
    """The letter is on the disk and due at once at each (inbox, host); its id."""
    letter = identifier or ids.new(now)
    db.execute(
        """
        insert into letters (id, uri, sender, type, object, public, body, created) values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (letter, uri, sender, kind, subject, int(public), zlib.compress(body, 1), now),
    )
    send(db, letter, inboxes, now)
    return letter


def send(db: Database, letter: int, inboxes: Iterable[tuple[str, str]], now: int) -> None:
    """A letter that is written goes to these inboxes too."""
    some = False
    for inbox, host in inboxes:
        some = True
        behind = db.value(
            """
            select max(deliveries.due) from deliveries join letters on letters.id = deliveries.letter
             where deliveries.inbox = ? and deliveries.state = 'retry'
               and letters.object = (select object from letters where id = ?)
            """,
            (inbox, letter),
        )
        db.execute(
            "insert into deliveries (letter, inbox, host, due, state) values (?, ?, ?, ?, ?)",
            (letter, inbox, host, now if behind is None else behind + 1, "waiting" if behind is None else "retry"),
        )
        if behind is not None:
            continue
        db.execute(
            """
            insert into lanes (inbox, host, due)
            values (:inbox, :host, ifnull((select max(due) from lanes where host = :host and tries > 0), :now))
            on conflict do nothing
            """,
            {"inbox": inbox, "host": host, "now": now},
        )
    if some:
        db.wake("letters")


def due(db: Database, now: int, busy: set[str], limit: int) -> list[Letter]:
    """The next letter of each lane that is due and not busy, and those that had an answer of their own."""
    lanes = db.rows(
        "select inbox, tries from lanes where due <= ? order by due limit ?", (now, limit + len(busy))
    ).fetchall()
    found = []
    for lane in lanes:
        if lane["inbox"] in busy:
            continue
        head = db.row(
            """
            select deliveries.id, letters.id as letter, deliveries.inbox, deliveries.host, letters.sender,
                   deliveries.tries, letters.created, letters.body
              from deliveries join letters on letters.id = deliveries.letter
             where deliveries.inbox = ? and deliveries.state = 'waiting'
             order by deliveries.id limit 1
            """,
            (lane["inbox"],),
        )
        if head is not None:
            found.append(_letter(head))
        if len(found) >= limit:
            break
    retries = db.rows(
        """
        select deliveries.id, letters.id as letter, deliveries.inbox, deliveries.host, letters.sender,
               deliveries.tries, letters.created, letters.body
          from deliveries join letters on letters.id = deliveries.letter
         where deliveries.state = 'retry' and deliveries.due <= ?
         order by deliveries.id limit ?
        """,
        (now, limit),
    ).fetchall()
    chosen = {one.inbox for one in found} | busy
    for row in retries:
        if row["inbox"] not in chosen:
            chosen.add(row["inbox"])
            found.append(_letter(row))
    return found


def next_due(db: Database) -> int | None:
    """When the next try is due."""
    found: int | None = db.value(
        "select min(due) from (select min(due) as due from lanes"
        " union all select min(due) from deliveries where state = 'retry')"
    )
    return found


def delivered(db: Database, letter: Letter, status: int, now: int) -> None:
    """The peer took it."""
    _settle(db, letter, "done", status, now)
    db.execute("update lanes set tries = 0, due = ? where host = ? and tries > 0", (now, letter.host))


def refused(db: Database, letter: Letter, status: int, now: int) -> None:
    """The peer will never take it."""
    _settle(db, letter, "failed", status, now)


def try_again(db: Database, letter: Letter, status: int, after: int | None, now: int) -> None:
    """The peer answered, but not now: this letter waits, others pass, save those on the same object.

    after: what Retry-After says, in milliseconds.
    """
    when = now + (after if after is not None else _step(letter.tries))
    if when > letter.created + GIVE_UP:
        refused(db, letter, status, now)
        return
    db.execute(
        "update deliveries set state = 'retry', due = ?, tries = tries + 1, status = ? where id = ?",
        (when, status, letter.delivery),
    )
    _hold_back_same_object(db, letter, when)
    _close_empty_lane(db, letter.inbox)


def silent(db: Database, letter: Letter, now: int, since: int) -> None:
    """Nobody answered: all letters for the host wait for the same probe.

    since: when the host fell silent.  After seven days its letters are dropped one
    by one as they age, and it is probed daily; after sixty nothing is kept for it.
    """
    tries = db.value("select tries from lanes where inbox = ?", (letter.inbox,)) or 0
    step = PROBE if now - since > GIVE_UP else _step(tries)
    db.execute("update lanes set due = ?, tries = tries + 1 where host = ?", (now + step, letter.host))
    db.execute(
        "update deliveries set tries = tries + 1, status = 0, state = 'waiting', due = ? where id = ?",
        (now + step, letter.delivery),
    )
    oldest = now - GIVE_UP if now - since <= DROP_HOST else now + 1
    late = db.rows(
        """
        select deliveries.id from deliveries join letters on letters.id = deliveries.letter
         where deliveries.host = ? and deliveries.state in ('waiting', 'retry') and letters.created < ?
        """,
        (letter.host, oldest),
    ).fetchall()
    for (identifier,) in late:
        db.execute("update deliveries set state = 'failed', due = null, settled = ? where id = ?", (now, identifier))
    db.execute(
        """
        delete from lanes where host = ? and not exists (
            select 1 from deliveries where deliveries.inbox = lanes.inbox and deliveries.state = 'waiting')
        """,
        (letter.host,),
    )


def wake_host(db: Database, host: str, now: int) -> None:
    """The host showed a sign of life: what waits for it is due at once."""
    woken = db.execute("update lanes set due = ?, tries = 0 where host = ? and due > ?", (now, host, now)).rowcount
    if woken:
        db.wake("letters")


def drop_inbox(db: Database, inbox: str, now: int) -> None:
    """Nothing more goes to this inbox: its owner is gone."""
    db.execute(
        "update deliveries set state = 'failed', due = null, settled = ? where inbox = ? and state in ('waiting', 'retry')",
        (now, inbox),
    )
    db.execute("delete from lanes where inbox = ?", (inbox,))


def by_uri(db: Database, uri: str) -> Row | None:
    """The letter with this activity id."""
    return db.row("select * from letters where uri = ?", (uri,))


def body(letter: Row) -> bytes:
    """The activity's bytes as sent."""
    return zlib.decompress(letter["body"])


def queued(db: Database, now: int) -> Queued:
    """How the deliveries stand."""
    counted = dict(db.rows("select state, count(*) from deliveries group by state").fetchall())
    oldest = db.value(
        """
        select min(letters.created) from deliveries join letters on letters.id = deliveries.letter
         where deliveries.state in ('waiting', 'retry')
        """
    )
    pruned = db.value("select count from totals where name = 'deliveries'") or 0
    return Queued(
        counted.get("waiting", 0) + counted.get("retry", 0), counted.get("done", 0) + pruned,
        counted.get("failed", 0), None if oldest is None else max(0, (now - oldest) // 1000),
    )  # fmt: skip


def forget_settled(db: Database, now: int) -> None:
    """Rows of letters taken long ago go; their number stays, and so do the letters themselves."""
    gone = db.execute("delete from deliveries where state = 'done' and settled < ?", (now - KEPT,)).rowcount
    add_total(db, "deliveries", gone)
    db.execute("delete from deliveries where state = 'failed' and settled < ?", (now - 30 * KEPT,))


def _settle(db: Database, letter: Letter, state: str, status: int, now: int) -> None:
    db.execute(
        "update deliveries set state = ?, status = ?, due = null, settled = ?, tries = tries + 1 where id = ?",
        (state, status, now, letter.delivery),
    )
    _close_empty_lane(db, letter.inbox)


def _close_empty_lane(db: Database, inbox: str) -> None:
    db.execute(
        """
        delete from lanes where inbox = :inbox and not exists (
            select 1 from deliveries where inbox = :inbox and state = 'waiting')
        """,
        {"inbox": inbox},
    )


def _hold_back_same_object(db: Database, letter: Letter, when: int) -> None:
    """Later letters on the same object to the same inbox wait behind this one."""
    db.execute(
        """
        update deliveries set state = 'retry', due = :when + 1
         where inbox = :inbox and state in ('waiting', 'retry') and id > :id
           and letter in (select id from letters where object = (select object from letters where id = :letter))
        """,
        {"when": when, "inbox": letter.inbox, "id": letter.delivery, "letter": letter.letter},
    )


def _step(tries: int) -> int:
    base = STEPS[min(tries, len(STEPS) - 1)]
    return int(base * random.uniform(1 - SPREAD, 1 + SPREAD))


def _letter(row: Row) -> Letter:
    return Letter(
        row["id"], row["letter"], row["inbox"], row["host"], row["sender"], row["tries"], row["created"],
        zlib.decompress(row["body"]),
    )  # fmt: skip
