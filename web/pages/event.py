"""An event on its page: when, where, who comes; one answers, and who organises it sees who does."""

from dataclasses import dataclass, field

from aiohttp import web

from federation import attendance, meetings
from federation.bridge import now
from node.care import audit
from node.errors import Invalid, NotFound
from node.network import agenda, events, organisers, regions
from node.network.meetings import ACCESS
from node.people import actors, memberships
from node.people.sessions import Member
from node.posts import posts, visibility
from node.store import Database, Row
from node.text import mark
from web import activitypub, guard, rendering, times, viewer, words
from web.feeds import calendar
from web.pages import act, cards, people, pinning, structured
from web.pages import post as post_page
from web.pages.people import Who
from web.pages.post import Shown
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()

ACTS = (120, 60)  # buttons in so many seconds
USUAL = 7_200_000  # milliseconds that an event lasts when nobody says
OVER = mark("This event is over.")
CALLED_OFF = mark("This event was called off.")
FULL = mark("There is no place left.")
BY_INVITATION = mark("This event is for those who are invited.")
NO_EVENT = mark("There is no such event.")


@dataclass(slots=True)
class Attendance:
    """Who comes, as the viewer may know it."""

    counts: dict[str, int]
    mine: tuple[str, str] | None = None
    closed: str = ""  # why one cannot answer
    organises: bool = False
    people: list[tuple[Who, Row]] = field(default_factory=list)  # for who organises it


@dataclass(slots=True)
class Page:
    """An event as its page shows it."""

    shown: Shown
    attendance: Attendance
    organisers: list[Who]
    region: str = ""
    code: str = ""
    access: list[str] = field(default_factory=list)
    series: list[tuple[int, dict[str, object]]] = field(default_factory=list)  # (id, details) of each
    project: Who | None = None
    asked: list[Who] = field(default_factory=list)  # for who organises it: those who have not answered yet


@routes.get(r"/e/{id:\d+}")
async def event(request: web.Request) -> web.StreamResponse:
    """The event; asked for ActivityPub, its document; at another address than its own, a redirect."""
    number = await post_page.find(request)
    if activitypub.wants_activity(request):
        return await post_page.document(request, number)
    await rendering.read_by(request)
    member = await guard.member(request)
    page = await request.app[BRIDGE].store.read(
        show, number, viewer.actor_of(request), member.user if member else None, post_page.page_asked(request)
    )
    card = page.shown.card
    if request.path != card.url:
        raise web.HTTPFound(card.url)
    post_page.sift(request, card, page.shown.under)
    head = _head(request, page)
    return await rendering.page(
        request, "event.html", "event", head=head, post=card, page_=page, under=page.shown.under,
        original="" if card.local else card.uri, address=post_page.addresses(request),
        known=guard.shown(request, "home"), share=_share(head), pins=await pinning.offered(request, card),
    )  # fmt: skip


def _head(request: web.Request, page: Page) -> Head:
    """A preview of an event says first when and where."""
    card = page.shown.card
    head = post_page.head(request, card, page.shown.author)
    if not isinstance(card.details.get("start"), int):
        return head
    if card.local and card.shareable:
        head.data = structured.event(request.app[BRIDGE].origin, card, head.description, head.image, page.organisers)
    at, where = times.when(card.details), card.details.get("place")
    place = where.get("name") or where.get("locality") if isinstance(where, dict) else ""
    head.description = post_page.shorten(
        " · ".join(one for one in (f"{at.days} {at.hours}", place, head.description) if one), 200
    )
    return head


def _share(head: Head) -> str:
    """What is said of it where it is passed on by hand."""
    return f"{head.title} {head.canonical}"


def show(db: Database, number: int, seer: int | None, user: int | None, page: int) -> Page:
    """To be called once the reader is known."""
    shown = post_page.show(db, number, seer, page)
    row = posts.get(db, number)
    details = shown.card.details
    if row["kind"] != "event" or not isinstance(details.get("start"), int):
        return Page(shown, Attendance({}), [])
    said = details.get("asso:region")
    codes = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
    code = regions.path_of(codes).rstrip("/").rpartition("/")[2] if codes else ""
    known = details.get("access")
    return Page(
        shown, _attendance(db, row, details, seer, user), _organisers(db, row, details),
        region=words.listed(regions.place(code, words.tag())) if code else "", code=code if regions.get(code) else "",
        access=[words.say(ACCESS[one]) for one in known if one in ACCESS] if isinstance(known, list) else [],
        series=_series(db, row, details, seer),
        asked=[people.who(one) for one in organisers.named(db, number) if one["answer"] == "asked"] if _hers(db, row, user) else [],
    )  # fmt: skip


def _hers(db: Database, row: Row, user: int | None) -> bool:
    return user is not None and bool(row["local"]) and meetings.organises(db, user, row)


def _attendance(db: Database, row: Row, details: dict[str, object], seer: int | None, user: int | None) -> Attendance:
    number = row["id"]
    counts = events.tally(db, number)
    if not row["local"]:
        coming = details.get("coming")
        counts["yes"] = max(coming if isinstance(coming, int) else 0, counts["yes"])
    found = Attendance(counts)
    if seer is not None:
        found.mine = events.answered(db, [number], seer).get(number)
    found.closed = _closed(details, counts["yes"], found.mine)
    if _hers(db, row, user):
        found.organises = True
        found.people = [(people.who(one), one) for one in events.of(db, number)]
    return found


def _closed(details: dict[str, object], coming: int, mine: tuple[str, str] | None) -> str:
    start, end, capacity = details["start"], details.get("end"), details.get("capacity")
    assert isinstance(start, int)
    if details.get("status") == "CANCELLED":
        return CALLED_OFF
    if (end if isinstance(end, int) else start + USUAL) < now():
        return OVER
    if mine is None and details.get("join") == "invite":
        return BY_INVITATION
    if mine is None and isinstance(capacity, int) and coming >= capacity:
        return FULL
    return ""


def _organisers(db: Database, row: Row, details: dict[str, object]) -> list[Who]:
    """The association, or else the author; then those who agreed to organise it too; then, of other software's events,
    those named with it who are of its server, or passed it on themselves."""
    first = actors.get(db, row["on_behalf"] if row["on_behalf"] is not None else row["author"])
    agreed = [one for one in organisers.confirmed(db, row["id"]) if one["id"] != first["id"]]
    found = [people.who(one) for one in (first, *agreed)]
    named = details.get("organizers")
    for uri in named if isinstance(named, list) else []:
        one = actors.by_uri(db, uri) if isinstance(uri, str) else None
        if one is None or one["gone"] or one["id"] in (first["id"], *(other["id"] for other in agreed)):
            continue
        if one["host"] == first["host"] or posts.boost_by(db, one["id"], row["id"]) is not None:
            found.append(people.who(one))
    return found


def _series(
    db: Database, row: Row, details: dict[str, object], seer: int | None
) -> list[tuple[int, dict[str, object]]]:
    """The other meetings that were planned together with this one, and itself, in their order."""
    series = details.get("series")
    if not series or not row["local"]:
        return []
    ids = agenda.of_organiser(db, row["author"], seer, 0, 200)
    together = [one for one in cards.cards(db, ids, seer) if one.details.get("series") == series]
    return [(one.id, one.details) for one in together] if len(together) > 1 else []


# ── answering ─────────────────────────────────────────────────────────────────


@routes.post(r"/e/{id:\d+}/answer")
async def answer(request: web.Request) -> web.StreamResponse:
    """The member's answer stands, and back at the event."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *ACTS)
    number, what = guard.path_id(request, NO_EVENT), guard.text(sent, "answer", 10)
    if what not in ("yes", "maybe", "no", "none"):
        raise Invalid("This request makes no sense as it stands")
    message = guard.text(sent, "message", 300).strip()
    await request.app[BRIDGE].store.write(_answer, member, number, what.replace("none", ""), message)
    raise guard.to(f"/e/{number}", "rsvp")


def _answer(db: Database, member: Member, number: int, what: str, message: str) -> None:
    event_ = _must_see(db, member, number)
    attendance.answer(db, actors.get(db, member.actor), event_, what, now(), message=message)


@routes.post(r"/e/{id:\d+}/answers/{actor:\d+}")
async def decide(request: web.Request) -> web.StreamResponse:
    """Who organises it lets somebody come, or does not."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *ACTS)
    number, who = guard.path_id(request, NO_EVENT), guard.number(request.match_info["actor"]) or 0
    what = guard.text(sent, "do", 10)
    if what not in ("accept", "reject"):
        raise Invalid("This request makes no sense as it stands")
    await request.app[BRIDGE].store.write(_decide, member, number, who, what == "accept")
    raise guard.to(f"/e/{number}", "coming")


def _decide(db: Database, member: Member, number: int, who: int, accept: bool) -> None:
    event_ = must_organise(db, member, number)
    if events.get(db, number, who) is None:
        raise NotFound("Nobody of this name has answered.")
    meetings.decide(db, event_, actors.get(db, who), accept, now())


# ── calling it off ────────────────────────────────────────────────────────────


@routes.get(r"/e/{id:\d+}/cancel")
async def ask_cancel(request: web.Request) -> web.StreamResponse:
    """Asks once more, because everybody who comes is told."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    number = guard.path_id(request, NO_EVENT)
    store = request.app[BRIDGE].store
    await store.read(must_organise, member, number)
    card = await store.read(cards.card, number, member.actor)
    coming = await store.read(events.coming, number)
    return await rendering.page(
        request, "event_cancel.html", "event", post=card, coming=coming, head=Head(indexed=False)
    )


@routes.post(r"/e/{id:\d+}/cancel")
async def cancel(request: web.Request) -> web.StreamResponse:
    """The event is called off; who comes is told, here and elsewhere."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    number = guard.path_id(request, NO_EVENT)
    await request.app[BRIDGE].store.write(_cancel, member, number)
    raise guard.to(f"/e/{number}")


def _cancel(db: Database, member: Member, number: int) -> None:
    event_ = must_organise(db, member, number)
    meetings.cancel(db, event_, now())
    if event_["on_behalf"] is not None:
        audit.note(db, member.user, event_["on_behalf"], "cancel", now(), event_["uri"])


def _must_see(db: Database, member: Member, number: int) -> Row:
    found = act.must_see(db, number, member.actor)
    if found["kind"] != "event":
        raise NotFound(NO_EVENT)
    return found


def must_organise(db: Database, member: Member, number: int) -> Row:
    """An event that is hers to change.  Raises NotFound where she may not even see it, Forbidden where she may."""
    found = posts.get(db, number)
    hers = memberships.may_speak(db, member.user, found["author"])
    if found["kind"] != "event" or not (hers or visibility.see(db, number, member.actor)):
        raise NotFound(NO_EVENT)
    meetings.must_organise(db, member.user, found)
    return found


# ── into a calendar ───────────────────────────────────────────────────────────


@routes.get(r"/e/{id:\d+}.ics")
async def ics(request: web.Request) -> web.Response:
    """The event for one's own calendar."""
    await rendering.read_by(request, page=False)
    number = await post_page.find(request)
    card = await request.app[BRIDGE].store.read(cards.card, number, viewer.actor_of(request))
    if card is None or card.kind.css != "event":
        raise NotFound(NO_EVENT)
    body = calendar.render([card], request.app[BRIDGE].origin, card.title)
    return calendar.answer(request, body, f"event-{number}.ics", private=viewer.of(request) is not None)
