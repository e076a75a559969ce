"""The first page of a visitor: what this network is, three doors, what is new.  A member is sent to her own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from node import settings
from node.ids import LAST, milliseconds
from node.network import agenda as calendar
from node.network import board, directory, forums, projects, topics
from node.network.board import Query
from node.posts import timelines
from node.store import Database
from web import dates, fresh, rendering, viewer, words
from web.pages import agenda, cards, forum, structured
from web.pages.cards import Card
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()
NEWS, TOPICS, EVENTS, NEEDED = 3, 4, 3, 2
LOOKED_THROUGH = 40  # public posts among which the news are chosen


@dataclass(slots=True)
class Shown:
    """What stands on the page."""

    associations: int
    forums: int
    topics: int
    this_week: int
    projects: int
    news: list[Card]
    talk: list[Card]
    needed: list[Card]
    events: list[Card]


@routes.get("/")
async def home(request: web.Request) -> web.StreamResponse:
    """The nameplate and what lies behind it."""
    if viewer.of(request) is not None and "lite" not in request.query and "lang" not in request.query:
        raise web.HTTPFound("/feed")
    reader = await rendering.read_by(request)
    node = await rendering.chosen(request)
    shown = await fresh.read(request, "home", _show, reader.now)
    origin = request.app[BRIDGE].origin
    today: datetime = dates.moment(reader.now, reader.zone)
    title = words.pick(node["name"])
    other = next((one for tag, one in node["name"].items() if one and one != title), "")
    return await rendering.page(
        request, "home.html", "home", shown=shown, other=other, today=today.date(),
        today_text=dates.day(today.date(), reader.tag, weekday=True), tagline=words.pick(node["tagline"]),
        head=Head(title="", description=words.pick(node["tagline"]), canonical=f"{origin}/", feed=f"{origin}/local/feed",
                  data=structured.network(title, origin, words.pick(node["tagline"]))),
    )  # fmt: skip


def _show(db: Database, now: int) -> Shown:
    known = forums.every(db, None)
    found = timelines.public(db, None, LAST, 0, LOOKED_THROUGH)
    news = cards.cards(db, timelines.news(db, found, NEWS), None)
    return Shown(
        directory.total(db), len(known), sum(row["topics"] for row in known), _this_week(db, now), projects.count(db), news,
        forum.titles(db, topics.latest(db, None, limit=TOPICS * 5), None, TOPICS),
        cards.cards(db, board.listed(db, Query(("need",), limit=NEEDED), None, now), None),
        agenda.coming(db, None, now, EVENTS),
    )  # fmt: skip


def _this_week(db: Database, now: int) -> int:
    """How many events everybody may see touch this week, Monday to Sunday by the node's clock."""
    here = dates.moment(now, settings.get(db, "timezone"))
    monday = here.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(here.weekday())
    until = milliseconds(monday + timedelta(7))
    return len(calendar.between(db, None, calendar.Wanted(milliseconds(monday), until)))
