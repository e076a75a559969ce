"""Who comes to an event: a button here, a word in a reply from any app, and what follows from either.

An answer that a reply gave stands and falls with it: deleted, or edited to say something else,
it is taken back.  What a button or a Join said stands by itself.
"""

from federation.handlers import join
from node import html
from node.errors import NodeError
from node.network import events, replies
from node.people import actors
from node.posts import posts
from node.store import Database, Row


def answer(
    db: Database, actor: Row, event: Row, what: str, now: int, *, message: str = "", reply: int | None = None
) -> None:
    """Our actor's answer is `yes`, `maybe`, `no`, or none at all (``).  reply: the post that says so.

    Raises what handlers/join.ask raises.
    """
    if what == "yes":
        join.ask(db, actor, event, now, message=message)
    elif what in ("maybe", "no"):
        join.hesitate(db, actor, event, what, now)
    else:
        join.leave(db, actor, event, now)
    events.said_by(db, event["id"], actor["id"], reply)


def hear(db: Database, post: Row, now: int) -> None:
    """A reply to an event that says only «حاضر», "je viens", "+1" or the contrary is an answer, once.

    Where its author may not come the reply stays a reply.
    """
    event = _event(db, post)
    what = _said(post) if event is not None else ""
    if event is None or not what:
        return
    author = actors.get(db, post["author"])
    try:
        if author["local"]:
            answer(db, author, event, what, now, reply=post["id"])
        elif event["local"]:
            join.by_reply(db, author, event, what, post["id"], now)
    except NodeError:
        return


def heard_again(db: Database, before: Row, after: Row, now: int) -> None:
    """A reply that was edited says what it says now: another answer, or none any more."""
    if _said(before) == _said(after) or _event(db, after) is None:
        return
    hear(db, after, now)
    given = events.by_reply(db, after["id"])
    if given is not None and given["answer"] != _said(after):
        forget(db, after, now)


def forget(db: Database, post: Row, now: int) -> None:
    """The answer that a reply gave is taken back, because the reply is; not while another of hers says the same."""
    given = events.by_reply(db, post["id"])
    if given is None:
        return
    event, author = posts.get(db, given["post"]), actors.get(db, given["actor"])
    for other in events.replies_of(db, event["id"], author["id"]):
        if other["id"] != post["id"] and _said(other) == given["answer"]:
            events.said_by(db, event["id"], author["id"], other["id"])
            return
    join.take_back(db, author, event, now)


def forget_actor(db: Database, actor: int, now: int) -> None:
    """Nobody waits for who is gone: her answers to our events count no more."""
    for given in events.by_actor(db, actor):
        if given["local"]:
            join.take_back(db, actors.get(db, actor), posts.get(db, given["post"]), now)
        else:
            events.end(db, given["post"], actor)


def _event(db: Database, post: Row) -> Row | None:
    """The event that the post answers; None where it answers none, or its own author's."""
    if post["reply_to"] is None or post["boost_of"] is not None:
        return None
    found = posts.get(db, post["reply_to"])
    return found if found["kind"] == "event" and found["author"] != post["author"] else None


def _said(post: Row) -> str:
    return replies.read(post["source"] or html.plain(post["content"]))
