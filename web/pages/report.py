"""The activity report of an association: what it did in a period, on a page, on paper, in a spreadsheet."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from aiohttp import web

from federation.bridge import now
from node import ids
from node.errors import Invalid
from node.html import plain
from node.network import projects, report
from node.network.report import Period, Report
from node.people import actors
from node.people.sessions import Member
from node.store import Database, Row
from node.text import mark
from web import dates, guard, rendering, words
from web.feeds import ods
from web.pages import cards, desk, people, project
from web.pages.cards import Card
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

SHOWN = 8  # updates of one project on the page
LONGEST = 5 * 366  # days
PERIODS = {
    "quarter": mark("This quarter"), "last_quarter": mark("Last quarter"), "year": mark("This year"),
    "last_year": mark("Last year"),
}  # fmt: skip


@dataclass(slots=True)
class Span:
    """The days, both included."""

    first: date
    last: date


@dataclass(slots=True)
class Work:
    """A project as the report shows it."""

    who: Who
    owner: Who | None
    sentence: str
    states: list[str]
    people: str
    updates: list[Card]
    more: int
    partners: list[Who] = field(default_factory=list)


@dataclass(slots=True)
class Shown:
    """The report in the reader's language."""

    who: Who
    actor: Row
    lines: list[tuple[str, str]]
    work: list[Work]
    events: list[tuple[Card, list[Who]]]
    partners: list[tuple[Who, str]]
    is_empty: bool


@routes.get("/manage/@{name}/report")
async def show(request: web.Request) -> web.StreamResponse:
    """The report of the days asked for; `print=1` as it goes on paper."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    problem: Invalid | None = None
    try:
        span = _span(request)
    except Invalid as refused:
        problem, span = refused, _quarter(_today(), 0)
    shown = await request.app[BRIDGE].store.read(_show, member, request.match_info["name"], span)
    printed = "print" in request.query and problem is None
    query = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    made = dates.day(_today(), words.tag())
    return await rendering.page(
        request, "report_sheet.html" if printed else "report.html", "report", 400 if problem else 200,
        head=rendering.Head(title=words.say("Activity report"), indexed=False), shown=shown, who=shown.who, problem=problem,
        since=dates.day(span.first, words.tag(), year=span.first.year != span.last.year),
        until=dates.day(span.last, words.tag()), made=made, query_from=query["from"], query_to=query["to"],
        paper=str(request.rel_url.with_query(query | {"print": "1"})), page_=str(request.rel_url.with_query(query)),
        table=f"/manage/@{shown.actor['name']}/report.ods?from={query['from']}&to={query['to']}", periods=_choices(),
    )  # fmt: skip


@routes.get("/manage/@{name}/report.ods")
async def table(request: web.Request) -> web.Response:
    """The same as a spreadsheet."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request, page=False)
    span = _span(request)
    shown = await request.app[BRIDGE].store.read(_show, member, request.match_info["name"], span)
    name = f"{shown.actor['name']}-{span.first}-{span.last}.ods"
    return web.Response(
        body=ods.render(_rows(shown, span), words.say("Report"), words.tag()), headers={
            "Content-Type": ods.TYPE, "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store",
            "Content-Security-Policy": "default-src 'none'",
        },
    )  # fmt: skip


# ── the period ────────────────────────────────────────────────────────────────


def _today() -> date:
    return dates.moment(now(), words.zone()).date()


def _span(request: web.Request) -> Span:
    """The days in the address, else this quarter.  Raises Invalid."""
    asked = request.query
    if not asked.get("from") and not asked.get("to"):
        return _quarter(_today(), 0)
    span = Span(_day(asked.get("from", "")), _day(asked.get("to", "") or _today().isoformat()))
    if span.first > span.last:
        raise Invalid("The first day comes after the last one.")
    if (span.last - span.first).days > LONGEST:
        raise Invalid("A report covers at most five years.")
    return span


def _day(typed: str) -> date:
    try:
        found = datetime.strptime(typed.strip(), "%Y-%m-%d").date()
    except ValueError as error:
        raise Invalid("This is no day: write it like 2027-01-31.") from error
    if not 1990 <= found.year <= 2100:
        raise Invalid("This is no day: write it like 2027-01-31.")
    return found


def _quarter(day: date, back: int) -> Span:
    """The quarter that holds the day, or one so many quarters before."""
    number = day.year * 4 + (day.month - 1) // 3 - back
    first = date(number // 4, number % 4 * 3 + 1, 1)
    after = date((number + 1) // 4, (number + 1) % 4 * 3 + 1, 1)
    return Span(first, after - timedelta(days=1))


def _choices() -> list[tuple[str, str, str]]:
    """(word, first day, last day) of the periods that people ask for."""
    day = _today()
    spans = {
        "quarter": _quarter(day, 0), "last_quarter": _quarter(day, 1),
        "year": Span(date(day.year, 1, 1), date(day.year, 12, 31)),
        "last_year": Span(date(day.year - 1, 1, 1), date(day.year - 1, 12, 31)),
    }  # fmt: skip
    return [(words.say(PERIODS[key]), one.first.isoformat(), one.last.isoformat()) for key, one in spans.items()]


def _period(span: Span) -> Period:
    zone = dates.zone(words.zone())
    begin = datetime(span.first.year, span.first.month, span.first.day, tzinfo=zone)
    end = datetime(span.last.year, span.last.month, span.last.day, tzinfo=zone) + timedelta(days=1)
    return Period(ids.milliseconds(begin), ids.milliseconds(end))


# ── in words ──────────────────────────────────────────────────────────────────


def _show(db: Database, member: Member, name: str, span: Span) -> Shown:
    """To be called once the reader is known.  Raises NotFound for who is not in the team."""
    actor = desk.must_be_in_team(db, member, name)
    found = report.make(db, actor["id"], actor["uri"], _period(span), now())
    names = {one.row["id"]: people.who(one.row).name for one in found.work}
    return Shown(
        people.who(actor), actor, _lines(found), [_work(db, one) for one in found.work], _events(db, found.events, actor["uri"]),
        [(people.who(row), names.get(row["project"], "")) for row in found.partners], found.is_empty,
    )  # fmt: skip


def _events(db: Database, found: list[int], own: str) -> list[tuple[Card, list[Who]]]:
    """Each with whom it was organised."""
    made = []
    for card in cards.cards(db, found, None):
        named = [actors.by_uri(db, one) for one in card.details.get("organizers") or [] if one != own]
        others = {row["id"]: people.who(row) for row in named if row is not None}
        if card.author.square and not card.local:
            others.setdefault(card.author.id, card.author)
        made.append((card, list(others.values())))
    return made


def _lines(found: Report) -> list[tuple[str, str]]:
    followers = words.number(found.followers)
    if found.followers_elsewhere:
        followers = words.say(
            "{all}, {elsewhere} of them on other nodes",
            all=followers,
            elsewhere=words.number(found.followers_elsewhere),
        )
    return [
        (words.say("Updates"), words.number(found.updates)), (words.say("Topics and answers"), words.number(found.talk)),
        (words.say("Other posts"), words.number(found.other)), (words.say("Events held"), words.number(len(found.events))),
        (words.say("Who came"), words.number(found.came)),
        (words.say("Needs and offers published"), words.number(found.pinned)),
        (words.say("Needs met"), words.number(found.met)), (words.say("New followers"), followers),
        (words.say("New partners"), words.number(len(found.partners))),
    ]  # fmt: skip


def _work(db: Database, one: report.Work) -> Work:
    entry = project.entry(db, one.row)
    facts = projects.get(db, one.row["id"]).facts
    reached = ""
    if facts.reached is not None and facts.target:
        reached = words.say(
            "{reached} of {target} people reached.",
            reached=words.number(facts.reached),
            target=words.number(facts.target),
        )
    elif facts.reached is not None:
        reached = words.say("{n} people reached.", n=words.number(facts.reached))
    return Work(
        entry.who, None if one.led else entry.owner, entry.sentence, entry.states, reached,
        cards.cards(db, one.updates[:SHOWN], None), max(0, len(one.updates) - SHOWN), entry.partners,
    )  # fmt: skip


def _rows(shown: Shown, span: Span) -> list[list[str]]:
    """The report line by line."""
    rows: list[list[str]] = [
        [words.say("Activity report"), shown.who.name],
        [words.say("From"), span.first.isoformat()], [words.say("To"), span.last.isoformat()], [],
        [words.say("Activity"), words.say("Number")], *[[word, value] for word, value in shown.lines], [],
        [words.say("Projects")],
    ]  # fmt: skip
    for one in shown.work:
        rows.append([one.who.name, " ".join(part for part in (one.sentence, one.people) if part)])
        rows += [["", _of_day(card.published), _plain(card)] for card in one.updates]
    rows += [[], [words.say("Events")]]
    rows += [[_of_day(int(card.details.get("start", card.published))), card.title] for card, _ in shown.events]
    rows += [[], [words.say("New partners")], *[[who.name, where] for who, where in shown.partners]]
    return rows


def _of_day(at: int) -> str:
    return dates.moment(at, words.zone()).date().isoformat()


def _plain(card: Card) -> str:
    return " ".join(plain(card.content).split())[:500]
