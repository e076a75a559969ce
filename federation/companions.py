"""The Note that stands for an event where events are not read: who gets it instead, never both.

    {"type":"Note","id":"EVENT/note","asso:companionOf":"EVENT",
     "tag":[{"type":"Link","rel":"alternate","mediaType":LD+JSON,"href":"EVENT"}], …}      (kinds/companion writes it)

It is no post of its own: whoever likes it, boosts it or answers it does so to the event (node/posts/posts.by_uri),
and nobody here or at a node of ours sees two.  Source: interop §12.3, §14.
"""

from typing import Any

from federation import software
from federation import vocabulary as v
from node import letters
from node.posts import posts
from node.posts.posts import COMPANION
from node.store import Database, Row

Inboxes = set[tuple[str, str]]


def has_one(post: Row) -> bool:
    """Whether a Note stands for it: an open event of ours, of an association or in a forum or project."""
    of_many = post["on_behalf"] is not None or post["place"] is not None
    return bool(post["kind"] == "event" and post["local"] and of_many and post["visibility"] in posts.OPEN)


def uri_of(post: Row) -> str:
    """The Note's id."""
    return f"{post['uri']}{COMPANION}"


def create_of(post: Row) -> str:
    """The id of the Create that brought it."""
    return f"{uri_of(post)}/activity"


def apart(db: Database, post: Row, inboxes: Inboxes, now: int) -> tuple[Inboxes, Inboxes]:
    """(those that get the event itself, those that get the Note): each stays with what it was sent first."""
    if not has_one(post):
        return inboxes, set()
    whole, note = letters.went_to(db, f"{post['uri']}/activity"), letters.went_to(db, create_of(post))
    given = {one for one in inboxes if one in note or (one not in whole and software.shows_no_events(db, one[1], now))}
    return inboxes - given, given


def named_by(document: dict[str, Any]) -> str:
    """What a peer's Note only stands for, on its own server; '' for any other post."""
    whole, own = v.one_id(document.get("asso:companionOf")), v.one_id(document)
    return whole if whole and v.host(whole) == v.host(own) and whole != own else ""
