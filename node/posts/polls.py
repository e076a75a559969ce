"""Polls: a question with options, and who chose what."""

from typing import Any

from node import queue
from node.errors import Conflict, Forbidden, Invalid
from node.posts import posts
from node.store import Database, Row

MOST = 20  # options taken from a peer
COUNTS_AFTER = 180_000  # milliseconds after a vote until others hear the new counts


def keep(db: Database, post: int, poll: dict[str, Any]) -> None:
    """The post asks: options [(title, votes)], multiple, closes, closed, voters; hidden keeps counts until the end.

    Where it asks something else than before, whoever chose has chosen nothing yet.
    """
    if not asks(db, post, poll):
        forget(db, post)
    db.execute(
        """
        insert into polls (post, multiple, closes, closed, voters, hidden)
        values (:post, :multiple, :closes, :closed, :voters, :hidden)
        on conflict (post) do update
           set closes = excluded.closes, closed = excluded.closed, voters = max(voters, excluded.voters)
        """,
        {"post": post, "multiple": int(poll["multiple"]), "closes": poll.get("closes"), "closed": poll.get("closed"),
         "voters": poll.get("voters", 0), "hidden": int(poll.get("hidden", False))},
    )  # fmt: skip
    for position, (title, votes) in enumerate(poll["options"][:MOST]):
        db.execute(
            """
            insert into poll_options (post, position, title, votes) values (?, ?, ?, ?)
            on conflict (post, position) do update set title = excluded.title, votes = excluded.votes
            """,
            (post, position, title, votes),
        )


def asks(db: Database, post: int, poll: dict[str, Any] | None) -> bool:
    """Whether the post asks just this already: the same options, in their order; None asks nothing."""
    known = get(db, post)
    if known is None or poll is None:
        return known is None and poll is None
    titles = [row["title"] for row in options(db, post)]
    return titles == [title for title, _ in poll["options"][:MOST]] and known["multiple"] == int(poll["multiple"])


def forget(db: Database, post: int) -> None:
    """The post asks nothing, and nobody chose anything."""
    for statement in (
        "delete from votes where post = ?", "delete from poll_options where post = ?", "delete from polls where post = ?"
    ):  # fmt: skip
        db.execute(statement, (post,))


def get(db: Database, post: int) -> Row | None:
    """The poll of a post, with the emojis of its words."""
    return db.row(
        "select polls.*, posts.emojis from polls join posts on posts.id = polls.post where polls.post = ?", (post,)
    )


def options(db: Database, post: int) -> list[Row]:
    """Its options in order: position, title, votes."""
    return db.rows("select * from poll_options where post = ? order by position", (post,)).fetchall()


def vote(db: Database, post: int, actor: int, positions: list[int], now: int, activity: str = "") -> None:
    """The choice counts, once an actor (an option once, where several may be chosen).

    Raises Forbidden when the poll is over, Conflict when she has voted, Invalid for an unknown option.
    """
    poll = get(db, post)
    if poll is None:
        raise Invalid("The chosen vote option does not exist")
    if poll["closed"] or (poll["closes"] and poll["closes"] <= now):
        raise Forbidden("The poll has already ended")
    mine = [row[0] for row in db.rows("select position from votes where post = ? and actor = ?", (post, actor))]
    if mine and (not poll["multiple"] or set(positions) & set(mine)):
        raise Conflict("You have already voted on this poll")
    if len(positions) > 1 and not poll["multiple"]:
        raise Conflict("You have already voted on this poll")
    if not positions:
        raise Invalid("The chosen vote option does not exist")
    for position in dict.fromkeys(positions):
        known = db.execute(
            "update poll_options set votes = votes + 1 where post = ? and position = ?", (post, position)
        ).rowcount
        if not known:
            raise Invalid("The chosen vote option does not exist")
        db.execute(
            "insert into votes (post, actor, position, activity, at) values (?, ?, ?, ?, ?)",
            (post, actor, position, activity, now),
        )
    if not mine:
        db.execute("update polls set voters = voters + 1 where post = ?", (post,))
    posts.count(db, post)
    if posts.get(db, post)["local"]:
        queue.enqueue(db, "poll counts", {"post": post}, now + COUNTS_AFTER, name=f"poll counts {post}")
    await_end(db, post)


def await_end(db: Database, post: int) -> None:
    """When the poll is over, those who took part hear of it."""
    closes = db.value("select closes from polls where post = ? and closed is null", (post,))
    if closes:
        queue.enqueue(db, "poll end", {"post": post}, closes, name=f"poll end {post}")


def close(db: Database, post: int, now: int) -> bool:
    """The poll is over; false when it was, or ends later."""
    done = db.execute(
        "update polls set closed = ? where post = ? and closed is null and ifnull(closes, ?) <= ?",
        (now, post, now, now),
    ).rowcount
    if done:
        posts.count(db, post)
    return bool(done)


def voters_here(db: Database, post: int) -> list[int]:
    """Our actors who chose something."""
    return [
        row[0]
        for row in db.rows(
            "select distinct actor from votes join actors on actors.id = votes.actor and actors.local where post = ?",
            (post,),
        )
    ]


def choices(db: Database, post: int, actor: int) -> list[int]:
    """What the actor chose, the first choice first."""
    return [
        row[0]
        for row in db.rows(
            "select position from votes where post = ? and actor = ? order by at, position", (post, actor)
        )
    ]
