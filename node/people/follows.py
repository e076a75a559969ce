"""Who follows whom."""

import json
from collections.abc import Iterator

from node.people import actors
from node.store import Database, Row
from node.window import Window, placed, rows


def keep(db: Database, follower: int, target: int, activity: str, accepted: bool, now: int) -> bool:
    """The follow is known, asked or accepted; true when it was not before.

    Asked again, it keeps what was decided and remembers the newer activity id.
    """
    state = "accepted" if accepted else "pending"
    known = get(db, follower, target)
    if known is not None:
        db.execute("update follows set activity = ? where follower = ? and target = ?", (activity, follower, target))
        if accepted:
            accept(db, follower, target)
        return False
    db.execute(
        "insert into follows (follower, target, activity, state, since) values (?, ?, ?, ?, ?)",
        (follower, target, activity, state, now),
    )
    if accepted:
        _count(db, follower, target, 1)
    return True


def get(db: Database, follower: int, target: int) -> Row | None:
    """The follow, asked or accepted."""
    return db.row("select * from follows where follower = ? and target = ?", (follower, target))


def accept(db: Database, follower: int, target: int) -> bool:
    """An asked follow holds from now on; false when nothing was waiting."""
    done = db.execute(
        "update follows set state = 'accepted' where follower = ? and target = ? and state = 'pending'",
        (follower, target),
    ).rowcount
    if done:
        _count(db, follower, target, 1)
    return bool(done)


def end(db: Database, follower: int, target: int) -> Row | None:
    """No follow any more; what was ended, None when there was none."""
    known = get(db, follower, target)
    if known is not None:
        db.execute("delete from follows where follower = ? and target = ?", (follower, target))
        if known["state"] == "accepted":
            _count(db, follower, target, -1)
    return known


def choose(db: Database, follower: int, target: int, *, boosts: bool | None, notify: bool | None,
           languages: list[str] | None = None) -> None:  # fmt: skip
    """What the follower wants of it; None leaves it.  languages: what comes home; an empty list means all."""
    db.execute(
        """
        update follows set boosts = ifnull(?, boosts), notify = ifnull(?, notify), languages = ifnull(?, languages)
         where follower = ? and target = ?
        """,
        (boosts, notify, None if languages is None else json.dumps(languages), follower, target),
    )


def inboxes(db: Database, target: int) -> list[tuple[str, str]]:
    """(inbox, shared inbox or '') of target's accepted followers elsewhere, in no promised order."""
    found = db.rows(
        """
        select actors.inbox, actors.shared_inbox
          from follows
          join actors on actors.id = follows.follower
         where follows.target = ?
           and follows.state = 'accepted'
           and not actors.local
           and actors.gone is null
        """,
        (target,),
    )
    return [(row[0], row[1]) for row in found]


def inboxes_of_nodes(db: Database, target: int) -> list[tuple[str, str]]:
    """The same of those followers that are nodes: their Applications read our directory."""
    found = db.rows(
        """
        select actors.inbox, actors.shared_inbox from follows join actors on actors.id = follows.follower
         where follows.target = ? and follows.state = 'accepted' and actors.type = 'Application'
           and not actors.local and actors.gone is null
        """,
        (target,),
    )
    return [(row[0], row[1]) for row in found]


def followers_here(db: Database, target: int) -> list[int]:
    """Our actors that follow target."""
    found = db.rows(
        """
        select follows.follower from follows join actors on actors.id = follows.follower
         where follows.target = ? and follows.state = 'accepted' and actors.local
        """,
        (target,),
    )
    return [row[0] for row in found]


def followed_here(db: Database, target: int) -> bool:
    """Whether anybody here follows target."""
    return bool(
        db.value(
            """
            select 1 from follows join actors on actors.id = follows.follower
             where follows.target = ? and follows.state = 'accepted' and actors.local limit 1
            """,
            (target,),
        )
    )


def awaited_here(db: Database, target: int) -> bool:
    """Whether anybody here follows target, or has asked to.

    An Accept goes to her own inbox, what target says to the shared one: it may overtake the Accept.
    """
    query = (
        "select 1 from follows join actors on actors.id = follows.follower where target = ? and actors.local limit 1"
    )
    return bool(db.value(query, (target,)))


def reader_of(db: Database, uri: str) -> int | None:
    """Of ours, one who follows the actor of this URI: what is for followers alone is shown to her."""
    found: int | None = db.value(
        """
        select follows.follower from follows
          join actors target on target.id = follows.target
          join actors follower on follower.id = follows.follower and follower.local
         where target.uri = ? and follows.state = 'accepted' limit 1
        """,
        (uri,),
    )
    return found


def by_activity(db: Database, activity: str) -> Row | None:
    """The follow that was asked with this activity."""
    return db.row("select * from follows where activity = ?", (activity,))


def followers(db: Database, target: int, window: Window = Window(), *, state: str = "accepted") -> list[Row]:
    """Followers' actor rows, the last to follow first, each with its `place` in that order."""
    return rows(
        db,
        """
        select actors.*, follows.since as followed_at, follows.since << 16 | (follows.follower & 65535) as place
          from follows join actors on actors.id = follows.follower
         where follows.target = :target and follows.state = :state
           and follows.since << 16 | (follows.follower & 65535) > :after
           and follows.since << 16 | (follows.follower & 65535) < :before
         order by follows.since << 16 | (follows.follower & 65535)
        """,
        {"target": target, "state": state},
        window,
    )


def following(db: Database, follower: int, window: Window = Window()) -> list[Row]:
    """Whom the follower follows, the last followed first, each with its `place` in that order."""
    return placed(
        db,
        """
        select actors.*, follows.since as followed_at, follows.since << 16 | (follows.target & 65535) as place
          from follows join actors on actors.id = follows.target
         where follows.follower = :follower and follows.state = 'accepted'
        """,
        {"follower": follower},
        window,
    )


def uris_at_host(db: Database, target: int, host: str) -> Iterator[str]:
    """URIs of target's accepted followers on one host (FEP-8fcf)."""
    for row in db.rows(
        """
        select actors.uri from follows join actors on actors.id = follows.follower
         where follows.target = :target and follows.state = 'accepted'
           and substr(actors.uri, instr(actors.uri, '://') + 3, length(:host) + 1) = :host || '/'
        """,
        {"target": target, "host": host},
    ):
        yield row[0]


def forget(db: Database, actor: int) -> None:
    """Nobody follows the actor, and it follows nobody."""
    pairs = db.rows("select follower, target from follows where follower = :a or target = :a", {"a": actor}).fetchall()
    for row in pairs:
        end(db, row["follower"], row["target"])


def _count(db: Database, follower: int, target: int, by: int) -> None:
    actors.count(db, follower, following=by)
    actors.count(db, target, followers=by)
