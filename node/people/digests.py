"""Who wants to be told from time to time, by letter, what happened: how often, up to when she was told, when the next is due.

The letters themselves are rows of node/mails; node/posts/digest finds what they tell.
"""

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from node import ids, mails, settings
from node.posts import digest
from node.store import Database, Row

KIND = "digest"
EVERY = {"day": timedelta(days=1), "week": timedelta(days=7)}
HOUR = 7  # of the node's own clock, when most people have not begun their day
MONDAY = 0
SPREAD = 3600  # seconds over which the letters of one morning are spread
LATER = 60_000  # ms until we look again, while enough letters wait or are made
MOST_WAITING = 20  # digests that wait at once: somebody who forgot her password does not queue behind a newsletter
AT_ONCE = 10  # members in one transaction


def choose(db: Database, user: int, every: str, now: int) -> None:
    """She is told each day or each week from now on; '' ends it."""
    if every not in EVERY:
        end(db, user)
        return
    db.execute(
        """
        insert into digests (user, every, secret, told, due) values (:user, :every, :secret, :now, :due)
        on conflict (user) do update set every = excluded.every, due = excluded.due
        """,
        {"user": user, "every": every, "secret": secrets.token_urlsafe(18), "now": now,
         "due": next_due(every, user, now, settings.get(db, "timezone"))},
    )  # fmt: skip
    db.wake("mails")


def of(db: Database, user: int) -> str:
    """`day`, `week`, or '' where she asked for none."""
    return str(db.value("select every from digests where user = ?", (user,)) or "")


def secret_of(db: Database, user: int) -> str:
    """What names her letters in their own links; '' where there are none any more."""
    return str(db.value("select secret from digests where user = ?", (user,)) or "")


def find(db: Database, secret: str) -> Row | None:
    """Whose letters the link is about: user, name; None for one that ended."""
    return db.row(
        """
        select digests.user, actors.name from digests
          join users on users.id = digests.user join actors on actors.id = users.actor
         where digests.secret = ?
        """,
        (secret,),
    )


def end(db: Database, user: int) -> None:
    """She is told nothing more, what waits included."""
    db.execute("delete from digests where user = ?", (user,))
    mails.drop(db, user, KIND)


def next_due(every: str, user: int, after: int, zone: str) -> int:
    """The next morning, or Monday morning, of the node's clock, as UTC milliseconds: each member at a minute of her own."""
    local = datetime.fromtimestamp(after / 1000, ZoneInfo(zone))
    at = local.replace(hour=HOUR, minute=0, second=0, microsecond=0) + timedelta(seconds=user % SPREAD)
    while at <= local or (every == "week" and at.weekday() != MONDAY):
        at += timedelta(days=1)
    return ids.milliseconds(at)


def next_time(db: Database) -> int | None:
    """When the next one is due."""
    found: int | None = db.value("select min(due) from digests")
    return found


def begin(db: Database, now: int) -> int:
    """Letters that are due wait among the others, for those to whom there is something to tell; how many.

    A node without a mail server makes none, and tells what happened meanwhile when it has one.
    """
    if int(db.value("select count(*) from mails where kind = ? and due is not null", (KIND,))) >= MOST_WAITING:
        db.execute("update digests set due = ? where due <= ?", (now + LATER, now))
        return 0
    made = 0
    for row in db.rows(
        """
        select digests.*, users.actor, users.email, users.locale, actors.name
          from digests join users on users.id = digests.user join actors on actors.id = users.actor
         where digests.due <= ? and users.disabled is null and actors.gone is null
         order by digests.due limit ?
        """,
        (now, AT_ONCE),
    ).fetchall():
        made += _begin(db, row, now)
    db.execute("update digests set due = ? where due <= ?", (now + LATER, now))  # beyond AT_ONCE, or of who is shut out
    return made


def _begin(db: Database, row: Row, now: int) -> bool:
    since = max(row["told"], now - 2 * EVERY[row["every"]] // timedelta(milliseconds=1))
    facts = {"name": row["name"], "since": since, "until": now, "every": row["every"]}
    kept = bool(digest.gather(db, row["actor"], since, now)) and mails.keep(
        db, KIND, row["email"], now, user=row["user"], locale=row["locale"], facts=facts
    )
    due = next_due(row["every"], row["user"], now, settings.get(db, "timezone"))
    db.execute("update digests set due = ?, told = iif(?, ?, told) where user = ?", (due, kept, now, row["user"]))
    return kept
