"""The agenda: what comes, as a list or a month, of here or of the whole network, by field and region."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aiohttp import web

from node.html import plain
from node.ids import milliseconds
from node.network import agenda, fields, regions
from node.network.agenda import DAY, Wanted
from node.store import Database
from node.text import mark
from web import dates, rendering, times, viewer, words
from web.feeds import calendar
from web.pages import cards, directory
from web.pages.cards import Card
from web.pages.post import shorten
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()

SHOWN = 60  # events on one page
YEAR = 366 * DAY
EARLIEST, LATEST = 1990, 2200  # years that a month may be asked for
EMPTY = {
    "": mark("Nothing is planned"), "today": mark("Nothing today"), "week": mark("Nothing this week"),
    "past": mark("Nothing has passed yet"), "month": mark("Nothing this month"),
}  # fmt: skip


@dataclass(slots=True)
class Group:
    """Events under one heading."""

    heading: str
    events: list[Card]


@dataclass(slots=True)
class Day:
    """A day of the month's table; number 0 lies outside of the month."""

    number: int = 0
    weekday: str = ""
    today: bool = False
    events: list[tuple[str, Card]] = field(default_factory=list)  # (hour, event)


@dataclass(slots=True)
class Shown:
    """What stands on the page: groups, or weeks of a month."""

    this_week: int
    groups: list[Group] = field(default_factory=list)
    weeks: list[list[Day]] = field(default_factory=list)
    total: int = 0


@routes.get("/agenda")
async def show_agenda(request: web.Request) -> web.StreamResponse:
    """The agenda; every choice stands in the address."""
    reader = await rendering.read_by(request)
    node = await rendering.chosen(request)
    here = dates.moment(reader.now, reader.zone)
    view = request.query.get("view", "")
    view = view if view in ("month", "past") else ""
    first = month_asked(request.query.get("month", ""), here.date())
    wanted = asked(request, here, view, first)
    shown = await request.app[BRIDGE].store.read(_show, viewer.actor_of(request), wanted, view, first, here)
    origin = request.app[BRIDGE].origin
    chosen = {key: request.query[key] for key in ("region", "field", "from") if request.query.get(key)}
    return await rendering.page(
        request, "agenda.html", "agenda", shown=shown, view=view, wanted=wanted, span=request.query.get("when", ""),
        head=Head(title=words.say("Agenda"), description=words.say("Meetings, trainings and campaigns of the associations, day by day."), canonical=f"{origin}/agenda", feed=f"{origin}/agenda/feed", indexed=not chosen),
        caption=f"{capital(dates.month(first, reader.tag))} {first.year}", before=_month(first, -1), after=_month(first, 1),
        weekdays=[dates.weekday(date(2024, 1, 1) + timedelta(n), reader.tag) for n in range(7)],
        fields=directory.field_options(), places=directory.place_options(wanted.region, node["country"]),
        address=lambda **changes: address(request, **changes), empty_words=EMPTY[view or _span(request)],
    )  # fmt: skip


def asked(request: web.Request, here: datetime, view: str, first: date) -> Wanted:
    """Which events the address asks for; codes that we do not know are passed over."""
    chosen = calendar.choice(request)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    since, until = milliseconds(midnight), milliseconds(midnight) + YEAR
    if view == "month":
        since, until = _start(first, here), _start(_next(first, 1), here)
    elif view == "past":
        since, until = since - YEAR, milliseconds(here)
    elif _span(request) == "today":
        until = _start(here.date() + timedelta(1), here)
    elif _span(request) == "week":
        until = _start(here.date() + timedelta(7 - here.weekday()), here)
    return replace(chosen, since=since, until=until)


def _span(request: web.Request) -> str:
    found = request.query.get("when", "")
    return found if found in ("today", "week") else ""


def _start(on: date, here: datetime) -> int:
    return milliseconds(datetime(on.year, on.month, on.day, tzinfo=here.tzinfo))


def month_asked(written: str, today: date) -> date:
    """The first day of `2027-01`; of this month for anything else."""
    try:
        found = datetime.strptime(written[:7], "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return today.replace(day=1)
    return found if EARLIEST <= found.year <= LATEST else today.replace(day=1)


def _next(first: date, by: int) -> date:
    months = first.year * 12 + first.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def _month(first: date, by: int) -> str:
    return _next(first, by).strftime("%Y-%m")


def address(request: web.Request, **changes: Any) -> str:
    """This page with other choices."""
    kept = {key: value for key, value in request.query.items() if value and key not in ("lang", *changes)}
    return str(request.rel_url.with_query({**kept, **{key: value for key, value in changes.items() if value}}))


# ── reading ───────────────────────────────────────────────────────────────────


def _show(db: Database, seer: int | None, wanted: Wanted, view: str, first: date, here: datetime) -> Shown:
    monday = here.date() - timedelta(here.weekday())
    week = replace(wanted, since=_start(monday, here), until=_start(monday + timedelta(7), here))
    shown = Shown(len(agenda.between(db, seer, week)))
    found = agenda.between(db, seer, wanted)
    if view == "past":
        found = found[::-1]
    shown.total = len(found)
    if view == "month":
        shown.weeks = _weeks(events_of(db, found, seer), first, here.date())
    else:
        shown.groups = _groups(events_of(db, found[:SHOWN], seer), here.date(), past=view == "past")
    return shown


def coming(db: Database, seer: int | None, at: int, limit: int) -> list[Card]:
    """The next events, the first to begin first.  To be called once the reader is known."""
    return events_of(db, agenda.between(db, seer, Wanted(at, at + YEAR), limit), seer)


def events_of(db: Database, ids: list[int], seer: int | None) -> list[Card]:
    """Their cards, the note of each its first words."""
    found = [one for one in cards.cards(db, ids, seer) if isinstance(one.details.get("start"), int)]
    for one in found:
        one.note = "" if one.warning else shorten(plain(one.content).replace("\n", " ").strip(), 120)
    return found


def _groups(found: list[Card], today: date, *, past: bool) -> list[Group]:
    groups: list[Group] = []
    for one in found:
        on = max(times.when(one.details).start.date(), today) if not past else times.when(one.details).start.date()
        heading = _heading(on, today) if not past else _of_month(on, today)
        if not groups or groups[-1].heading != heading:
            groups.append(Group(heading, []))
        groups[-1].events.append(one)
    return groups


def _heading(on: date, today: date) -> str:
    """`Today`, `Tomorrow`, `This week`, `Next week`, then the months."""
    monday = today - timedelta(today.weekday())
    if on <= today + timedelta(1):
        day = dates.day(on, words.tag(), weekday=True, year=False)
        return words.say("Today, {day}", day=day) if on == today else words.say("Tomorrow, {day}", day=day)
    if on < monday + timedelta(7):
        return words.say("Later this week")
    if on < monday + timedelta(14):
        return words.say("Next week")
    return _of_month(on, today)


def _of_month(on: date, today: date) -> str:
    name = capital(dates.month(on, words.tag()))
    return name if on.year == today.year else f"{name} {on.year}"


def capital(name: str) -> str:
    """The word as a heading begins with it."""
    return name[:1].upper() + name[1:]


def _weeks(found: list[Card], first: date, today: date) -> list[list[Day]]:
    """The month in rows of seven days, Monday first; what began before it stands on its first day."""
    last = (_next(first, 1) - timedelta(1)).day
    days = [Day(n, dates.weekday(first.replace(day=n), words.tag()), first.replace(day=n) == today)
            for n in range(1, last + 1)]  # fmt: skip
    for one in found:
        start = times.when(one.details).start
        inside = (start.year, start.month) == (first.year, first.month)
        place = start.day if inside else 1 if start.date() < first else last
        days[place - 1].events.append((dates.clock(start), one))
    padded = [Day()] * first.weekday() + days
    padded += [Day()] * (-len(padded) % 7)
    return [padded[n : n + 7] for n in range(0, len(padded), 7)]


# ── into a calendar ───────────────────────────────────────────────────────────


@routes.get("/agenda.ics")
async def ics(request: web.Request) -> web.Response:
    """The agenda for a phone that asks again by itself: a month back, a year ahead, what everybody may see."""
    reader = await rendering.read_by(request, page=False)
    node = await rendering.chosen(request)
    wanted = replace(calendar.choice(request), since=reader.now - 31 * DAY, until=reader.now + YEAR)
    found = await request.app[BRIDGE].store.read(lambda db: events_of(db, agenda.between(db, None, wanted), None))
    title = " · ".join(part for part in (words.pick(node["name"]), _named(wanted, reader.tag)) if part)
    public = [one for one in found if one.public]
    return calendar.answer(request, calendar.render(public, request.app[BRIDGE].origin, title), "agenda.ics")


def _named(wanted: Wanted, tag: str) -> str:
    place = regions.label(wanted.region, tag) if wanted.region else ""
    subject = fields.label("fields", wanted.field, tag) if wanted.field else ""
    return " · ".join(part for part in (place, subject) if part)
