"""The page of what a moderator removed from a forum: that it was removed and why, never a word of it."""

from dataclasses import dataclass

from aiohttp import web

from node.errors import NotFound
from node.network import moderation
from node.people import actors
from node.store import Database
from web import activitypub, guard, rendering
from web.pages import people
from web.rendering import Head
from web.state import BRIDGE


@dataclass(slots=True)
class Removed:
    """Where it stood, and why it does so no more."""

    place: people.Who
    answers: bool
    reason: str
    at: int
    topic: int | None  # of an answer: where it was, when that is still there


async def page(request: web.Request, otherwise: NotFound) -> web.Response:
    """In place of the post in the path.  Raises what would have been raised otherwise for what was not removed so."""
    if activitypub.wants_activity(request):
        raise otherwise
    await rendering.read_by(request)
    found = await request.app[BRIDGE].store.read(_find, guard.path_id(request))
    if found is None:
        raise otherwise
    return await rendering.page(request, "removed.html", "removed", 404, removed=found, head=Head(indexed=False))


def _find(db: Database, number: int) -> Removed | None:
    row = moderation.removal(db, number)
    if row is None:
        return None
    place = actors.get(db, row["place"])
    if place["gone"]:
        return None
    standing = row["topic_removed"] is None and row["thread"] != number
    return Removed(people.who(place), row["thread"] != number, row["reason"] or "", row["removed"],
                   row["thread"] if standing else None)  # fmt: skip
