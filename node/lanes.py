"""Lanes: which letter each inbox gets next, and how many wait.

Each inbox has a lane: its letters leave in order, the next one when the one before is settled.
What becomes of a letter is written by node/letters.
"""

import json
import zlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from node.queue import Queued
from node.store import Database, Row

BREAKER = 5  # failures of a host in a row, after which one of its lanes is tried for all of them
OF_HOST = 32  # lanes of one host that are read together: whoever has no shared inbox may have thousands
KNOCK_KEPT = 30 * 86_400_000  # ms for which the signature that a host last took is believed


@dataclass(frozen=True, slots=True)
class Letter:
    """One try to make: the delivery's id, what, whereto, in whose name, signed in which way first.

    paused is how often its lane found nobody, 0 for one that is well.
    """

    delivery: int
    letter: int
    inbox: str
    host: str
    sender: int
    tries: int
    created: int
    paused: int
    knock: str
    body: bytes


_TRY = """
select deliveries.id, deliveries.letter, deliveries.inbox, deliveries.host, letters.sender, deliveries.tries,
       letters.created, ifnull(lanes.tries, 0) as paused,
       case when hosts.knock <> '' and hosts.knocked > :believed then hosts.knock else 'cavage' end as knock
"""
_HEADS = (
    _TRY
    + """
  from lanes
  join deliveries on deliveries.id = (
        select min(first.id) from deliveries first where first.inbox = lanes.inbox and first.state = 'waiting')
  join letters on letters.id = deliveries.letter
  left join hosts on hosts.host = lanes.host
 where lanes.due <= :now and lanes.host not in (select value from json_each(:passed))
 order by lanes.due limit :limit
"""
)
_PAUSED = """exists (
        select 1 from lanes other
         where other.host = deliveries.host and other.due > :now
           and (other.tries >= :breaker or (other.tries > 0 and other.inbox = deliveries.inbox)))"""
_RETRIES = (
    _TRY
    + """
  from deliveries indexed by deliveries_retry  -- else all that was ever sent is looked through for their order
  join letters on letters.id = deliveries.letter
  left join lanes on lanes.inbox = deliveries.inbox
  left join hosts on hosts.host = deliveries.host
 where deliveries.state = 'retry' and deliveries.due <= :now
   and deliveries.host not in (select value from json_each(:passed)) and not """
    + _PAUSED
    + """
 order by deliveries.id limit :limit
"""
)


def due(db: Database, now: int, busy: Collection[str], limit: int, full: Collection[str] = ()) -> list[Letter]:
    """The next letter of each lane that is due and not busy, and those that had an answer of their own.

    Of one host a few lanes are taken at a time, of one that is thought silent a single one, and of those in `full`
    none: however many lanes a host has, those of others are found behind them.
    """
    values: dict[str, int | str] = {"now": now, "believed": now - KNOCK_KEPT, "breaker": BREAKER}
    found: list[Row] = []
    chosen, passed, of_host = set(busy), set(full), Counter[str]()
    crowded = True
    while crowded and len(found) < limit:
        crowded = False
        values |= {"limit": limit + len(chosen), "passed": json.dumps(list(passed))}
        for row in (*db.rows(_HEADS, values), *db.rows(_RETRIES, values)):
            inbox, host = row["inbox"], row["host"]
            if inbox in chosen or host in passed:
                continue
            if of_host[host] >= (1 if row["paused"] >= BREAKER else OF_HOST):
                passed.add(host)
                crowded = True
                continue
            chosen.add(inbox)
            of_host[host] += 1
            found.append(row)
    bodies = _bodies(db, {row["letter"] for row in found[:limit]})
    return [
        Letter(
            row["id"], row["letter"], row["inbox"], row["host"], row["sender"], row["tries"], row["created"],
            row["paused"], row["knock"], bodies[row["letter"]],
        )
        for row in found[:limit]
    ]  # fmt: skip


def some_wait(db: Database, inboxes: Collection[str]) -> bool:
    """Whether one of these inboxes has a letter coming."""
    wanted = json.dumps(list(inboxes))
    return bool(db.value("select 1 from lanes where inbox in (select value from json_each(?)) limit 1", (wanted,)))


def next_due(db: Database, now: int) -> int | None:
    """When the next try is due."""
    found: int | None = db.value(
        "select min(due) from (select min(due) as due from lanes"
        " union all select min(due) from deliveries where state = 'retry' and not " + _PAUSED + ")",
        {"now": now, "breaker": BREAKER},
    )
    return found


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


def _bodies(db: Database, wanted: Collection[int]) -> dict[int, bytes]:
    """The bytes of letters, each inflated once however many inboxes it goes to."""
    found = db.rows(
        "select id, body from letters where id in (select value from json_each(?))", (json.dumps(list(wanted)),)
    )
    return {row["id"]: zlib.decompress(row["body"]) for row in found}
