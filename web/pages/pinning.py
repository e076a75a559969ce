"""What a page begins with: a member pins her posts to her own page, an editor to her association's, a team to its project.

The same verbs as an app's: followers' servers hear of it, and `featured` lists it.
"""

from dataclasses import dataclass

from aiohttp import web

from federation import moderation
from federation.bridge import now
from federation.handlers import add
from node.care import audit
from node.errors import Invalid, NotFound
from node.network import forums, teams
from node.people import actors
from node.people.sessions import Member
from node.posts import marks, visibility
from node.store import Database, Row
from node.text import mark
from web import guard
from web.pages import act, people
from web.pages.cards import Card
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

FULL = mark("No more posts fit on top of this page. First take one of them down there.")


@dataclass(frozen=True, slots=True)
class Pin:
    """A page that may begin with the post.  own: the reader's; room: whether one more fits."""

    who: Who
    own: bool
    pinned: bool
    room: bool


async def offered(request: web.Request, card: Card) -> list[Pin]:
    """Where the reader may pin this post; nothing for who may not."""
    member = await guard.member(request)
    if member is None or card.direct or not (card.local or card.place is not None):
        return []
    return request.app[BRIDGE].store.glance(_offered, member, card.id)


def _offered(db: Database, member: Member, identifier: int) -> list[Pin]:
    post = visibility.see(db, identifier, member.actor)
    if post is None:
        return []
    made = []
    for one in _pages(db, member, post):
        room = one == post["place"] or bool(marks.room(db, one))
        made.append(
            Pin(people.who(actors.get(db, one)), one == member.person, marks.is_pinned(db, one, post["id"]), room)
        )
    return made


def _pages(db: Database, member: Member, post: Row) -> list[int]:
    """Actors on whose page she may pin the post: its author's, the association's it was said for, its place's."""
    found = []
    for one in dict.fromkeys((post["author"], post["on_behalf"])) if post["local"] else ():
        hers = one in (member.person, member.actor)
        if one is not None and (hers or teams.may(db, member.user, one, "publish")):
            found.append(one)
    if _as_moderator(db, member, post) is not None:
        found.append(post["place"])
    return found


def _as_moderator(db: Database, member: Member, post: Row) -> int | None:
    """As which of her actors she decides what the place of the post begins with; None where as neither."""
    if post["place"] is None or post["id"] != post["thread"]:
        return None
    place = actors.get(db, post["place"])
    if place["type"] != "Group":
        return None
    hers = dict.fromkeys((member.actor, member.person))
    return next((one for one in hers if forums.may_moderate(db, place, one)), None)


@routes.post(r"/posts/{id:\d+}/{verb:pin|unpin}")
async def pin(request: web.Request) -> web.StreamResponse:
    """The page that was chosen begins with the post, or does so no more; and back at the post."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    page, keep = guard.number(guard.text(sent, "page", 20)) or 0, request.match_info["verb"] == "pin"
    identifier = guard.path_id(request)
    await request.app[BRIDGE].store.write(_pin, member, identifier, page, keep)
    raise guard.to(guard.back(request, sent), f"post-{identifier}")


def _pin(db: Database, member: Member, identifier: int, page: int, keep: bool) -> None:
    post = act.must_see(db, identifier, member.actor)
    if page not in _pages(db, member, post):
        raise NotFound("There is no such post.")
    if marks.is_pinned(db, page, post["id"]) == keep:
        return  # sent twice
    if marks.is_of(post, page):
        if keep and not marks.room(db, page):
            raise Invalid(FULL)
        (add.put if keep else add.take_back)(db, actors.get(db, page), post, now())
    else:
        moderator = actors.get(db, _as_moderator(db, member, post) or 0)
        (moderation.pin if keep else moderation.unpin)(db, moderator, post, now())
    if page != member.person:
        audit.note(db, member.user, page, f"topic {'pin' if keep else 'unpin'}", now(), post["uri"])
