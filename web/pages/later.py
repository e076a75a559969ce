"""Posts that wait for their moment: put off by the form of a post, seen among the drafts, called off there.

What an app has put off stands there too: both are kept in one way.
"""

import json
from dataclasses import dataclass

from aiohttp import web

from federation.bridge import now
from federation.outbox import Draft
from node.errors import Invalid, NotFound
from node.network import meetings
from node.people import actors
from node.people.sessions import Member
from node.posts import idempotency, scheduled
from node.store import Database, Row
from node.window import Window
from web import guard
from web.mastodon import drafts
from web.pages import people, writing
from web.pages.people import Who
from web.pages.writing import Typed
from web.state import BRIDGE

routes = web.RouteTableDef()

USUAL = "09:00"  # where only a day was chosen


@dataclass(slots=True)
class Waiting:
    """One of them, in the list."""

    id: int
    text: str
    due: int
    who: Who


def keep(db: Database, member: Member, author: Row, draft: Draft, typed: Typed, zone: str) -> int:
    """It will be published then; the same for a form that was sent before.  Raises Invalid."""
    if draft.on_behalf is not None:
        raise Invalid("What waits for its moment is signed by one name: yours, or the association's.")
    due = meetings.moment(typed.on, typed.at or USUAL, zone)
    if due < now() + scheduled.SOONEST:
        raise Invalid("Choose a moment that is at least five minutes away.")
    key = writing.key_of("later", typed.key, typed.kept())
    known = idempotency.find(db, member.user, key, now())
    if known is None:
        drafts.check(db, author["id"], draft)
        known = scheduled.keep(db, author["id"], member.user, None, drafts.keepable(draft), due, now())["id"]
        idempotency.keep(db, member.user, key, known, now())
    return known


def listed(db: Database, member: Member) -> list[Waiting]:
    """What waits of hers and of those she speaks for, the next first."""
    found = [
        Waiting(row["id"], str(json.loads(row["params"]).get("text", ""))[:200], row["due"], people.who(actors.get(db, one)))
        for one in _hers(db, member) for row in scheduled.of(db, one, Window(limit=100))
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.due)


@routes.post("/drafts/cancel")
async def cancel(request: web.Request) -> web.StreamResponse:
    """It is not published."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    number = guard.number(guard.text(sent, "post", 20)) or 0
    await request.app[BRIDGE].store.write(_cancel, member, number)
    raise guard.to("/drafts")


def _cancel(db: Database, member: Member, identifier: int) -> None:
    for one in _hers(db, member):
        if scheduled.waits(db, one, identifier) is not None:
            scheduled.cancel(db, one, identifier)
            return
    raise NotFound("There is no such post.")


def _hers(db: Database, member: Member) -> list[int]:
    speaks = [row["id"] for row in writing.speaks_for(db, member.user)]
    return list(dict.fromkeys([member.person, member.actor, *speaks]))
