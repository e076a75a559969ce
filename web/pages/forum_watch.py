"""What moderators of a forum watch over: what members report about it, and who is shut out of it."""

from dataclasses import dataclass, field

from aiohttp import web

from federation.bridge import now
from node.care import audit, reports
from node.errors import Invalid, NodeError, NotFound
from node.network import bans
from node.people import actors
from node.people.sessions import Member
from node.store import Database, Row
from node.text import mark, one_line
from web import guard, rendering
from web.pages import cards, moderating, people, whom
from web.pages import forum as pages
from web.pages.cards import Card
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()

OFTEN = (60, 3600)  # decisions in so many seconds
CATEGORIES = {
    "spam": mark("Advertising, or a swindle"), "legal": mark("It is against the law"),
    "violation": mark("It breaks the rules of the network"), "other": mark("Something else"),
}  # fmt: skip
DONE = {
    "seen": mark("The report is settled."), "out": mark("They write nothing more in this forum."),
    "in": mark("They may write in this forum again."),
}  # fmt: skip


@dataclass(slots=True)
class Report:
    """What somebody told of posts in the forum; who it was is not told."""

    id: int
    at: int
    category: str
    comment: str
    posts: list[Card]


@dataclass(slots=True)
class Out:
    """Somebody who is shut out."""

    who: people.Who
    since: int
    until: int | None
    reason: str


@dataclass(slots=True)
class Shown:
    """What the page shows."""

    who: people.Who
    reports: list[Report] = field(default_factory=list)
    out: list[Out] = field(default_factory=list)


@routes.get("/f/{name}/moderation")
async def show(request: web.Request) -> web.StreamResponse:
    """The page; for who does not moderate the forum there is none."""
    return await _page(request, await guard.must_be_member(request))


@routes.post("/f/{name}/moderation")
async def decide(request: web.Request) -> web.StreamResponse:
    """A report is settled; somebody is shut out, or let in again; members everywhere hear of the latter."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "moderate", member, *OFTEN)
    name, do, store = request.match_info["name"], guard.text(sent, "do", 10), request.app[BRIDGE].store
    await store.read(_must, member, name)
    asked = {"who": guard.text(sent, "who", 300).strip(), "reason": one_line(guard.text(sent, "reason"), 500)}
    try:
        if do == "seen":
            await store.write(_seen, member, name, guard.number(guard.text(sent, "report", 30)) or 0)
        elif do in ("ban", "unban"):
            target = (await _meant(request, asked["who"]))["id"]
            days, posts_too = guard.number(guard.text(sent, "days", 5)), bool(sent.get("all"))
            await store.write(_shut, member, name, target, do, asked["reason"], days, posts_too)
        else:
            raise Invalid("Choose what is to be done.")
    except NotFound:
        raise
    except NodeError as refused:
        return await _page(request, member, refused, asked if do == "ban" else None)
    done = {"seen": "seen", "ban": "out"}.get(do, "in")
    raise guard.to(f"{request.path}?done={done}", "reports" if do == "seen" else "out")


def _must(db: Database, member: Member, name: str) -> tuple[Row, Row]:
    """(the forum, the actor as which she decides there).  Raises NotFound."""
    place = pages.find(db, name)
    decides = moderating.as_whom(db, place["id"], (member.actor, member.person))
    if decides is None:
        raise NotFound("There is no page at this address.")
    return place, actors.get(db, decides)


def _seen(db: Database, member: Member, name: str, number: int) -> None:
    place, _ = _must(db, member, name)
    found = next((row for row in reports.waiting_in(db, place["id"]) if row["id"] == number), None)
    if found is None:
        raise NotFound("There is no such report.")
    reports.settle(db, number, member.user, now())
    audit.note(db, member.user, place["id"], "report settled", now(), actors.get(db, found["target"])["uri"])


async def _meant(request: web.Request, who: str) -> Row:
    try:
        return await whom.typed(request.app[BRIDGE], who)
    except NotFound as error:
        raise Invalid("We know nobody called {name}.", name=who) from error


def _shut(db: Database, member: Member, name: str, target: int, do: str, reason: str, days: int | None,
          posts_too: bool) -> None:  # fmt: skip
    place, decides = _must(db, member, name)
    chosen = actors.get(db, target)
    moderating.shut(db, decides, place, chosen, do, reason, days, posts_too)
    audit.note(db, member.user, place["id"], f"topic {do}", now(), chosen["uri"], reason)


async def _page(request: web.Request, member: Member, problem: NodeError | None = None,
                asked: dict[str, str] | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    shown = await request.app[BRIDGE].store.read(_shown, member, request.match_info["name"])
    return await rendering.page(
        request, "forum_watch.html", "forum-watch", 400 if problem else 200, shown=shown, problem=problem,
        asked=asked or {"who": "", "reason": ""}, days=moderating.DAYS, categories=CATEGORIES,
        done=DONE.get(request.query.get("done", ""), ""), head=Head(indexed=False),
    )  # fmt: skip


def _shown(db: Database, member: Member, name: str) -> Shown:
    place, _ = _must(db, member, name)
    told = [
        Report(row["id"], row["at"], row["category"], row["comment"],
               [one for one in cards.cards(db, reports.posts_of(row), member.actor) if _stands_in(one, place)])
        for row in reports.waiting_in(db, place["id"])
    ]  # fmt: skip
    out = [
        Out(people.who(row), row["ban_since"], row["ban_until"], row["ban_reason"])
        for row in bans.of(db, place["id"], now())
    ]
    return Shown(people.who(place), told, out)


def _stands_in(post: Card, place: Row) -> bool:
    return post.place is not None and post.place.id == place["id"]
