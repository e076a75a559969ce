"""What moderators did in a forum, for everybody: each act with its reason; never the words of what was removed."""

from dataclasses import dataclass

from aiohttp import web

from node import ids
from node.network import moderation
from node.people import actors
from node.posts import visibility
from node.store import Database, Row
from node.text import mark
from web import guard, rendering, viewer
from web.pages import accounts, forum, moderating, people
from web.pages.people import Who
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 40
OF_TOPICS = {
    "pin": mark("Topic pinned"),
    "unpin": mark("Topic not pinned any more"),
    "lock": mark("Topic closed to replies"),
    "unlock": mark("Topic open to replies again"),
    "remove": mark("Topic removed"),
    "restore": mark("Topic shown again"),
    "solve": mark("Solution marked"),
    "unsolve": mark("Mark of the solution taken away"),
    "warn": mark("Its author was warned"),
}
OF_ANSWERS = {"remove": mark("Reply removed"), "restore": mark("Reply shown again")}
OF_PEOPLE = {
    "ban": mark("Shut out of the forum:"),
    "unban": mark("Let into the forum again:"),
    "appoint": mark("Moderator appointed:"),
    "dismiss": mark("Moderator no more:"),
}


@dataclass(slots=True)
class Line:
    """One act.  by and whom are None for an account that is gone; title is None where the reader does not see the topic."""

    label: str
    at: int
    by: Who | None
    of_somebody: bool
    whom: Who | None
    until: int | None
    reason: str
    title: str | None = None
    language: str = ""
    url: str = ""
    post: int | None = None  # for who decides there: what it was about


@routes.get("/f/{name}/log")
async def show(request: web.Request) -> web.StreamResponse:
    """The newest acts first, a page at a time; of forums elsewhere, what their servers passed on to us."""
    store = request.app[BRIDGE].store
    actor = await store.read(forum.find, request.match_info["name"])
    address = people.address(actor) + "/log"
    if not accounts.at_home(request, address):
        raise guard.moved(request, address)
    await rendering.read_by(request)
    before = ids.read(request.query.get("before", ""))
    lines, older = await store.read(_lines, actor["id"], viewer.of(request), before)
    return await rendering.page(
        request, "forum_log.html", "forum-log", head=Head(indexed=False), place=people.who(actor), lines=lines,
        older=f"?before={older}" if older else "", newer=request.path if before else "",
    )  # fmt: skip


def _lines(db: Database, place: int, reader: viewer.Viewer | None, before: int | None) -> tuple[list[Line], int]:
    """(a page of acts, the id after which the next one begins; 0 at the end)."""
    rows = moderation.log(db, place, before=before, limit=PAGE + 1)
    shown = rows[:PAGE]
    seer = reader.actor if reader is not None else None
    seen = visibility.seen(db, {one for row in shown for one in (row["post"], row["topic"]) if one is not None}, seer)
    named: dict[int, Who | None] = {}
    for one in {one for row in shown for one in (row["moderator"], row["target"]) if one is not None}:
        who = actors.get(db, one)
        named[one] = None if who["gone"] else people.who(who)
    lines = [_line(row, seen, named) for row in shown]
    if reader is not None and moderating.decides(db, place, reader):
        for line, row in zip(lines, shown, strict=True):
            line.post = row["post"]
    return lines, shown[-1]["id"] if len(rows) > PAGE else 0


def _line(row: Row, seen: set[int], named: dict[int, Who | None]) -> Line:
    act, answers = str(row["act"]), row["post"] != row["topic"]
    label = OF_PEOPLE.get(act) or (OF_ANSWERS.get(act) if answers else None) or OF_TOPICS.get(act, act)
    line = Line(label, row["at"], named.get(row["moderator"]), row["target"] is not None, named.get(row["target"]),
                row["until"], row["reason"])  # fmt: skip
    if row["topic"] in seen:
        line.title, line.language = row["title"], row["language"]
        line.url = f"/t/{row['topic']}" + (f"#r{row['post']}" if answers and row["post"] in seen else "")
    return line
