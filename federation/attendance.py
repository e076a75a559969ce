"""Who comes to an event: a button here, a word in a reply from any app, and what follows from either."""

from federation.handlers import join
from node import html
from node.errors import NodeError
from node.network import replies
from node.people import actors
from node.posts import posts
from node.store import Database, Row


def answer(db: Database, actor: Row, event: Row, what: str, now: int, *, message: str = "") -> None:
    """Our actor's answer is `yes`, `maybe`, `no`, or none at all (``).  Raises what handlers/join.ask raises."""
    if what == "yes":
        join.ask(db, actor, event, now, message=message)
    elif what in ("maybe", "no"):
        join.hesitate(db, actor, event, what, now)
    else:
        join.leave(db, actor, event, now)


def hear(db: Database, post: Row, now: int) -> None:
    """A reply to an event that says only «حاضر», "je viens", "+1" or the contrary is an answer, once.

    Where its author may not come the reply stays a reply.
    """
    if post["reply_to"] is None or post["boost_of"] is not None:
        return
    event = posts.get(db, post["reply_to"])
    if event["kind"] != "event":
        return
    what = replies.read(post["source"] or html.plain(post["content"]))
    if not what or event["author"] == post["author"]:
        return
    author = actors.get(db, post["author"])
    try:
        if author["local"]:
            answer(db, author, event, what, now)
        elif event["local"]:
            join.by_reply(db, author, event, what, now)
    except NodeError:
        return
