"""Every kind of post: how a peer's is read, how ours is written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import card, event, note, page, proposal, question, update
from node.posts.posts import New
from node.store import Database, Row

Read = Callable[[Database, Activity, Row, int], New]
Render = Callable[[Database, Row], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """name is what posts.kind holds; type what stands on the wire; path the page's prefix."""

    name: str
    type: str
    render: Render
    path: str = ""  # '' : /@NAME/ID


KINDS = {
    kind.name: kind
    for kind in (
        Kind(note.KIND, note.TYPE, note.render),
        Kind("topic", page.TYPE, page.render, "t"),
        Kind(update.KIND, update.TYPE, update.render),
        Kind(page.KIND, page.TYPE, page.render),
        Kind(question.KIND, question.TYPE, question.render),
        Kind(event.KIND, event.TYPE, event.render, "e"),
        Kind("need", proposal.TYPE, proposal.render, "n"),
        Kind("offer", proposal.TYPE, proposal.render, "n"),
        Kind("call", proposal.TYPE, proposal.render, "c"),
        Kind(card.KIND, note.TYPE, card.render),
    )
}

READ: dict[str, Read] = {
    "Note": note.read,
    "ChatMessage": note.read,
    "Page": page.read,
    "Article": page.read,
    "Question": question.read,
    "Event": event.read,
    "Proposal": proposal.read,
}
NOT_POSTS = frozenset(
    ("Tombstone", "Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage", "Place", "Profile",
     "Relationship", "Member", "Conversation", "Follow", "Like", "Announce", "Create", "Update", "Delete", "Add",
     "Remove", "Undo", "Accept", "Reject", "Block", "Flag", "Join", "Leave", "Invite", "Playlist", "PlaylistElement", "CacheFile",
     "FeaturedCollection", "FeaturedItem", "Shelf", "BookList", "Edition", "Work", "Author", "Story")
) | v.ACTORS  # fmt: skip
LISTS = frozenset(("orderedItems", "items", "totalItems"))  # what holds these is a list, whatever it is called


def reader(found: dict[str, Any]) -> Read | None:
    """How an object is read; None for what is no post."""
    kind = v.type_of(found, READ)
    if kind == "Note" and proposal.is_one(found):
        return proposal.read
    if kind == "Note" and update.is_one(found):
        return update.read
    if kind in READ:
        return READ[kind]
    return None if kind in NOT_POSTS or not kind or LISTS & found.keys() else card.read


def is_of_unknown_kind(found: dict[str, Any]) -> bool:
    """Whether it is shown as a card alone: it may be something that nobody means to tell."""
    return reader(found) is card.read


def document(db: Database, post: Row) -> dict[str, Any]:
    """The document of one of our posts, rendered anew."""
    return v.with_context(KINDS[post["kind"]].render(db, post))
