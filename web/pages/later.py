"""Posts that wait for their moment: put off by the form of a post, seen among the drafts, called off there.

What an app has put off stands there too: both are kept in one way.  What could not be published when its moment came
(its forum is closed to her, what it answers is gone) is kept there with the reason, and can be tried again.
"""

import json
from dataclasses import dataclass

from aiohttp import web

from federation.bridge import now
from federation.outbox import Draft
from node.errors import Invalid, NodeError, NotFound
from node.network import meetings
from node.people import actors
from node.people.sessions import Member
from node.posts import idempotency, scheduled
from node.store import Database, Row
from node.window import Window
from web import guard, words
from web.mastodon import drafts
from web.mastodon import later as publishing
from web.pages import people, writing
from web.pages.people import Who
from web.pages.writing import Typed
from web.state import BRIDGE

routes = web.RouteTableDef()

OFTEN = (20, 300)  # tries of one member in so many seconds
USUAL = "09:00"  # where only a day was chosen


@dataclass(slots=True)
class Waiting:
    """One of them, in the list."""

    id: int
    text: str
    due: int
    who: Who
    why: str = ""  # it was not published


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
    """What waits of hers and of those she speaks for, the next first; of what was refused also what she wrote for others."""
    rows = {row["id"]: row for one in _hers(db, member) for row in scheduled.of(db, one, Window(limit=100))}
    rows |= {row["id"]: row for row in scheduled.refused_to(db, member.user)}
    return sorted((_waiting(db, row) for row in rows.values()), key=lambda one: one.due)


def _waiting(db: Database, row: Row) -> Waiting:
    text, refused = str(json.loads(row["params"]).get("text", "")), scheduled.refusal(row)
    who = people.who(actors.get(db, row["actor"]))
    if refused is None:
        return Waiting(row["id"], text[:200], row["due"], who)
    return Waiting(row["id"], text, row["due"], who, words.say(refused[0], **refused[1]))


@routes.post("/drafts/cancel")
async def cancel(request: web.Request) -> web.StreamResponse:
    """It is not published."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    number = guard.number(guard.text(sent, "post", 20)) or 0
    await request.app[BRIDGE].store.write(_cancel, member, number)
    raise guard.to("/drafts")


def _cancel(db: Database, member: Member, identifier: int) -> None:
    row = _find(db, member, identifier)
    scheduled.cancel(db, row["actor"], identifier)


def _find(db: Database, member: Member, identifier: int) -> Row:
    """One that she sees among her drafts.  Raises NotFound."""
    refused = [row for row in scheduled.refused_to(db, member.user) if row["id"] == identifier]
    for found in (*(scheduled.waits(db, one, identifier) for one in _hers(db, member)), *refused):
        if found is not None:
            return found
    raise NotFound("There is no such post.")


@routes.post("/drafts/again")
async def again(request: web.Request) -> web.StreamResponse:
    """What could not be published is, now; or it stands there with why not."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "publish again", member, *OFTEN)
    number = guard.number(guard.text(sent, "post", 20)) or 0
    store = request.app[BRIDGE].store
    await store.read(_refused, member, number)
    try:
        published = await store.write(_publish, member, number)
    except NodeError as error:
        await store.write(scheduled.refuse, number, error.sentence, error.facts, now())
        raise guard.to("/drafts", "refused") from error
    raise guard.to(f"/posts/{published}/page")


def _refused(db: Database, member: Member, identifier: int) -> Row:
    row = _find(db, member, identifier)
    if scheduled.refusal(row) is None:
        raise NotFound("There is no such post.")
    return row


def _publish(db: Database, member: Member, identifier: int) -> int:
    row = _refused(db, member, identifier)
    scheduled.cancel(db, row["actor"], identifier)
    return int(publishing.say(db, row, member.user)["id"])


def _hers(db: Database, member: Member) -> list[int]:
    speaks = [row["id"] for row in writing.speaks_for(db, member.user)]
    return list(dict.fromkeys([member.person, member.actor, *speaks]))
