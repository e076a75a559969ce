"""Letters to peers: an activity's exact bytes, written once, and a row for each inbox it goes to.

Each inbox has a lane: its letters leave in order, the next one when the one before
is settled.  An inbox that does not answer pauses its lane, a host that failed five
times in a row all of its lanes; a success, or a signed request from it, wakes them.
"""

import json
import random
import zlib
from collections.abc import Iterable, Sequence

from node import ids
from node.lanes import BREAKER, Letter
from node.queue import add_total
from node.store import Database, Row

STEPS = (60_000, 300_000, 1_800_000, 7_200_000, 21_600_000, 43_200_000)  # ms; the last one repeats
GIVE_UP = 7 * 86_400_000  # ms after which a letter nobody took is dropped
PROBE = 86_400_000  # ms between probes of a host silent for longer than GIVE_UP
FURTHEST = PROBE + 3_600_000  # ms: no try is put off further, unless the clock was ahead
FEWEST = 5  # tries before a letter is given up: a clock that leaps ahead ages all of them at once
DROP_HOST = 60 * 86_400_000
KEPT = 86_400_000  # ms for which settled deliveries can be looked at
SPREAD = 0.2  # tries scatter by this much, so that a host coming back is not stormed


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


def pass_on(db: Database, uri: str, sender: int, kind: str, subject: str, body: bytes,
            inboxes: Iterable[tuple[str, str]], now: int) -> None:  # fmt: skip
    """A peer's activity goes on, byte for byte, to those for whom our sender answers."""
    letter = write(db, uri, sender, kind, subject, body, inboxes, now, public=False)
    db.execute("update letters set passed_on = 1 where id = ?", (letter,))


def passed_on_by(db: Database, subject: str) -> list[int]:
    """Ids of our actors who passed on something about the subject."""
    return [row[0] for row in db.rows("select distinct sender from letters where object = ? and passed_on", (subject,))]


def send(db: Database, letter: int, inboxes: Iterable[tuple[str, str]], now: int) -> None:
    """A letter that is written goes to these inboxes too, behind what it must not overtake."""
    pairs = sorted(inboxes)  # as they leave: what is written and settled together lies together
    if not pairs:
        return
    behind = dict(
        db.rows(
            """
            select deliveries.inbox, max(deliveries.due) from letters mine
              join letters on letters.object = mine.object
              join deliveries on deliveries.letter = letters.id and deliveries.state = 'retry'
             where mine.id = ? group by deliveries.inbox
            """,
            (letter,),
        ).fetchall()
    )
    db.many(
        "insert into deliveries (letter, inbox, host, due, state) values (?, ?, ?, ?, ?)",
        [
            (letter, inbox, host, behind[inbox] + 1, "retry")
            if inbox in behind
            else (letter, inbox, host, now, "waiting")
            for inbox, host in pairs
        ],
    )
    db.many(
        """
        insert into lanes (inbox, host, due, tries)
        values (:inbox, :host, ifnull((select max(due) from lanes where host = :host and tries >= :breaker), :now),
                ifnull((select max(tries) from lanes where host = :host and tries >= :breaker), 0))
        on conflict do nothing
        """,
        [
            {"inbox": inbox, "host": host, "now": now, "breaker": BREAKER}
            for inbox, host in pairs
            if inbox not in behind
        ],
    )
    db.wake("letters")


def delivered(db: Database, taken: Sequence[Letter], status: int, now: int) -> None:
    """The peers took them: their lanes go on, their hosts are awake."""
    db.execute(
        """
        update deliveries set state = 'done', status = ?, due = null, settled = ?, tries = tries + 1
         where id in (select value from json_each(?)) and due is not null
        """,
        (status, now, json.dumps([one.delivery for one in taken])),
    )
    _close_empty_lanes(db, [one.inbox for one in taken])
    db.execute(
        "update lanes set tries = 0, due = ? where tries > 0 and host in (select value from json_each(?))",
        (now, json.dumps(list({one.host for one in taken}))),
    )


def refused(db: Database, letter: Letter, status: int, now: int) -> None:
    """The peer will never take it."""
    db.execute(
        """
        update deliveries set state = 'failed', status = ?, due = null, settled = ?, tries = tries + 1
         where id = ? and due is not null
        """,
        (status, now, letter.delivery),
    )
    _close_empty_lanes(db, [letter.inbox])
    _unpause(db, letter, now)


def try_again(db: Database, letter: Letter, status: int, after: int | None, now: int) -> None:
    """The peer answered, but not now: this letter waits, others pass, save those on the same object.

    after: what Retry-After says, in milliseconds.
    """
    when = now + (after if after is not None else _step(letter.tries))
    if when > letter.created + GIVE_UP and letter.tries >= FEWEST:
        refused(db, letter, status, now)
        return
    db.execute(
        """
        update deliveries set state = 'retry', due = ?, tries = tries + 1, status = ?
         where id = ? and due is not null
        """,
        (when, status, letter.delivery),
    )
    _hold_back_same_object(db, letter, "retry", when + 1)
    _close_empty_lanes(db, [letter.inbox])
    _unpause(db, letter, now)


def silent(db: Database, letter: Letter, failures: int, since: int, now: int) -> None:
    """Nobody answered: the lane waits; after five failures of the host in a row all its lanes do, for one probe.

    since: when the host's failures began.  After seven days its letters are dropped one
    by one as they age, and it is probed daily; after sixty nothing is kept for it.
    """
    step = PROBE if now - since > GIVE_UP else _step(letter.paused)
    tries = max(letter.paused + 1, BREAKER if failures >= BREAKER else 0)
    db.execute(
        "update deliveries set state = 'waiting', tries = tries + 1, status = 0, due = ? where id = ? and due is not null",
        (now, letter.delivery),
    )
    _hold_back_same_object(db, letter, "waiting", now)
    db.execute(
        "insert into lanes (inbox, host, due) values (?, ?, ?) on conflict do nothing", (letter.inbox, letter.host, now)
    )
    whole = failures >= BREAKER
    db.execute(
        "update lanes set due = :due, tries = :tries where " + ("host = :host" if whole else "inbox = :inbox"),
        {"due": now + step, "tries": tries, "host": letter.host, "inbox": letter.inbox},
    )
    if tries >= FEWEST:
        _drop_late(db, letter, now - GIVE_UP if now - since <= DROP_HOST else now + 1, now)


def _drop_late(db: Database, letter: Letter, oldest: int, now: int) -> None:
    """Letters waiting for the host that are older than `oldest` are given up."""
    inboxes = [row[0] for row in db.rows("select inbox from lanes where host = ?", (letter.host,))]
    late = db.execute(
        """
        update deliveries set state = 'failed', due = null, settled = :now
         where state = 'waiting' and inbox in (select value from json_each(:inboxes))
           and letter in (select id from letters where created < :oldest)
        """,
        {"now": now, "inboxes": json.dumps(inboxes), "oldest": oldest},
    ).rowcount
    if late:
        _close_empty_lanes(db, inboxes)


def wake_host(db: Database, host: str, now: int) -> None:
    """The host showed a sign of life: what waits for it is due at once."""
    woken = db.execute("update lanes set due = ?, tries = 0 where host = ? and due > ?", (now, host, now)).rowcount
    if woken:
        db.wake("letters")


def drop_inbox(db: Database, inbox: str, now: int) -> None:
    """Nothing more goes to this inbox: its owner is gone."""
    dropped = "update deliveries set state = 'failed', due = null, settled = ? where inbox = ? and state = "
    for state in ("'waiting'", "'retry'"):  # each has an index of its own, of what is still to be sent
        db.execute(dropped + state, (now, inbox))
    db.execute("delete from lanes where inbox = ?", (inbox,))


def by_uri(db: Database, uri: str) -> Row | None:
    """The letter with this activity id."""
    return db.row("select * from letters where uri = ?", (uri,))


def body(letter: Row) -> bytes:
    """The activity's bytes as sent."""
    return zlib.decompress(letter["body"])


def went_to(db: Database, uri: str) -> set[tuple[str, str]]:
    """(inbox, host) of everyone to whom the activity went, as far as that is remembered."""
    rows = db.rows(
        "select deliveries.inbox, deliveries.host from letters join deliveries on deliveries.letter = letters.id"
        " where letters.uri = ?",
        (uri,),
    )
    return {(row[0], row[1]) for row in rows}


def announced(db: Database, sender: int, before: int, limit: int) -> list[Row]:
    """The sender's Announces of posts that still stand, the newest first."""
    return db.rows(
        """
        select letters.* from letters join posts on posts.uri = letters.object
         where letters.sender = ? and letters.type = 'Announce' and letters.public and letters.id < ?
         order by letters.id desc limit ?
        """,
        (sender, before, limit),
    ).fetchall()


def show(db: Database, letter: int, shown: bool) -> None:
    """Whether anybody may read the letter at its id."""
    db.execute("update letters set public = ? where id = ?", (int(shown), letter))


def forget_settled(db: Database, now: int) -> None:
    """Rows of letters taken long ago go; their number stays, and so do the letters themselves."""
    gone = db.execute("delete from deliveries where state = 'done' and settled < ?", (now - KEPT,)).rowcount
    add_total(db, "deliveries", gone)
    db.execute("delete from deliveries where state = 'failed' and settled < ?", (now - 30 * KEPT,))


def bring_back(db: Database, now: int) -> None:
    """What a clock that was ahead has put off is due, in the same order, now that the clock is right."""
    latest = now + FURTHEST
    first = db.value("select min(due) from deliveries where state = 'retry' and due > ?", (latest,))
    if first is not None:
        db.execute("update deliveries set due = due - ? where state = 'retry' and due > ?", (first - now, latest))
    if db.execute("update lanes set due = ? where due > ?", (now, latest)).rowcount or first is not None:
        db.wake("letters")


def _close_empty_lanes(db: Database, inboxes: Sequence[str]) -> None:
    db.execute(
        """
        delete from lanes where inbox in (select value from json_each(?)) and not exists (
            select 1 from deliveries where deliveries.inbox = lanes.inbox and deliveries.state = 'waiting')
        """,
        (json.dumps(inboxes),),
    )


def _unpause(db: Database, letter: Letter, now: int) -> None:
    """The host answered, if only to refuse: nothing waits for a sign of life."""
    if letter.paused:
        db.execute("update lanes set tries = 0, due = ? where host = ? and tries > 0", (now, letter.host))


def _hold_back_same_object(db: Database, letter: Letter, state: str, when: int) -> None:
    """Later letters on the same object to the same inbox wait behind this one."""
    db.execute(
        """
        update deliveries set state = :state, due = :when
         where inbox = :inbox and state in ('waiting', 'retry') and id > :id
           and letter in (select id from letters where object = (select object from letters where id = :letter))
        """,
        {"state": state, "when": when, "inbox": letter.inbox, "id": letter.delivery, "letter": letter.letter},
    )


def _step(tries: int) -> int:
    base = STEPS[min(tries, len(STEPS) - 1)]
    return int(base * random.uniform(1 - SPREAD, 1 + SPREAD))
