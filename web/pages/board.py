"""The board: needs, offers and calls of every node that is known here, by field, place and how far they are."""

from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from federation import proposals
from federation.bridge import now
from node.care import audit
from node.ids import LAST
from node.network import board, fields, projects, regions
from node.network.board import Facts, Query
from node.people import actors
from node.people.sessions import Member
from node.posts import posts
from node.store import Database, Row
from node.text import mark
from web import guard, rendering, viewer, words
from web.pages import act, board_facts, cards, directory, people
from web.pages.cards import Card
from web.pages.people import Who
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()
BESIDE = 3
SUGGESTED = 3
OURS = 5  # needs of her associations for which offers are sought
STATES = {"": board.RUNNING, "being": ("being",), "met": ("met",), "closed": ("closed",), "all": board.STATES}
STATE_WORDS = {
    "": mark("Open"), "being": mark("Being met"), "met": mark("Met"), "closed": mark("Closed"), "all": mark("All states"),
}  # fmt: skip
HEADINGS = {"need": mark("Needs"), "offer": mark("Offers"), "met": mark("Met")}
BESIDE_WORDS = {"need": mark("Offers"), "offer": mark("Needs"), "hers": mark("Offers near your needs")}
NOTHING = {
    "need": (mark("Nothing is needed just now"), mark("A hall, a van, two hours of an electrician: ask, somebody has it.")),
    "offer": (mark("Nothing is offered just now"), mark("What your association has and seldom uses helps another one.")),
    "met": (mark("Nothing was met yet"), mark("What finds its answer is thanked for here.")),
    "call": (mark("No call is open just now"), mark("Calls for projects and for partners stand here until their last day.")),
}  # fmt: skip


@dataclass(slots=True)
class Shown:
    """What stands on the page; counts by tab."""

    cards: list[Card]
    older: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    beside: list[Card] = field(default_factory=list)
    call: Card | None = None
    for_her: bool = False


@routes.get("/board")
async def show(request: web.Request) -> web.StreamResponse:
    """Needs; `?kind=offer` offers; `?state=met` what found its answer."""
    await rendering.read_by(request)
    query, kind, state = read(request)
    shown = await request.app[BRIDGE].store.read(_show, query, kind, viewer.actor_of(request), now())
    met = state == "met"
    beside_title = BESIDE_WORDS["hers" if shown.for_her else kind]
    tabs = [
        ("/board", words.say("Needs"), shown.counts["need"], kind == "need" and not met),
        ("/board?kind=offer", words.say("Offers"), shown.counts["offer"], kind == "offer" and not met),
        ("/board?state=met", words.say("Met"), shown.counts["met"], met),
    ]
    needs = words.count("{n} need", "{n} needs", shown.counts["need"])
    offers = words.count("{n} offer", "{n} offers", shown.counts["offer"])
    return await _page(
        request, shown, query, state, title=words.say("Needs and offers"), tabs=tabs, new_kind=kind,
        sentence=words.say("{needs} and {offers} on the nodes of the network", needs=needs, offers=offers),
        new_word=words.say("Publish a need or an offer"), hidden=[("kind", kind)] if kind == "offer" else [],
        heading=words.say(HEADINGS["met" if met else kind]),
        beside_title=words.say(beside_title),
        nothing=NOTHING["met" if met else kind], name="board",
    )  # fmt: skip


@routes.get("/calls")
async def calls(request: web.Request) -> web.StreamResponse:
    """Calls for projects and partners, the newest first."""
    await rendering.read_by(request)
    query, _, state = read(request)
    query = replace(query, kinds=("call",))
    shown = await request.app[BRIDGE].store.read(_calls, query, viewer.actor_of(request), now())
    tabs = [("/calls", words.say("Open"), shown.counts["open"], state == ""),
            ("/calls?state=met", words.say("With results"), shown.counts["met"], state == "met"),
            ("/calls?state=all", words.say("All"), None, state == "all")]  # fmt: skip
    return await _page(
        request, shown, query, state, title=words.say("Calls for projects"), tabs=tabs, new_kind="call",
        sentence=words.count("{n} call is open", "{n} calls are open", shown.counts["open"]),
        new_word=words.say("Publish a call"), hidden=[("state", state)] if state else [],
        heading=words.say("Calls for projects"), beside_title=words.say("Needs"), nothing=NOTHING["call"], name="calls",
    )  # fmt: skip


ABOUT = {
    "board": mark("What associations need, and what they offer to others."),
    "calls": mark("Calls for projects: who may apply, how much, and until when."),
}


async def _page(request: web.Request, shown: Shown, query: Query, state: str, *, title: str, name: str,
                nothing: tuple[str, str], **values: Any) -> web.Response:  # fmt: skip
    node = await rendering.chosen(request)
    origin = request.app[BRIDGE].origin
    feed = str(request.rel_url.with_path(request.path + "/feed").with_query(
        {key: one for key, one in request.query.items() if key in ("kind", "state", "field", "region")}
    ))  # fmt: skip
    plain = not (query.field or query.region or state or "before" in request.query)
    states = [] if name == "calls" else [(key, words.say(word)) for key, word in STATE_WORDS.items()]
    return await rendering.page(
        request, "board.html", name, shown=shown, asked=query, state=state, title=title, feed=feed, states=states,
        fields=directory.field_options(), places=directory.place_options(query.region, node["country"]),
        older=directory.address(request, before=str(shown.older)) if shown.older else "",
        newer=directory.address(request, before="") if "before" in request.query else "",
        plain_address=request.path, nothing=tuple(words.say(one) for one in nothing),
        head=Head(title=title, description=words.say(ABOUT[name]), canonical=f"{origin}{request.path}", feed=f"{origin}{feed}", indexed=plain), **values,
    )  # fmt: skip


def read(request: web.Request) -> tuple[Query, str, str]:
    """(what the address asks for, its kind, its state); codes that we do not know are passed over."""
    asked = request.query
    kind = "offer" if asked.get("kind") == "offer" else "need"
    state = asked.get("state", "") if asked.get("state", "") in STATES else ""
    slug, place = asked.get("field", ""), asked.get("region", "")
    query = Query(
        kinds=("need", "offer") if state == "met" and "kind" not in asked else (kind,), states=STATES[state],
        field=slug if slug in fields.fields() else "", region=place if regions.get(place) else "",
        before=guard.number(asked.get("before", "")) or LAST,
    )  # fmt: skip
    return query, kind, state


def _show(db: Database, query: Query, kind: str, seer: int | None, at: int) -> Shown:
    shown = _list(db, query, seer, at)
    for name, asked in (("need", Query(("need",))), ("offer", Query(("offer",))),
                        ("met", Query(("need", "offer"), ("met",)))):  # fmt: skip
        shown.counts[name] = board.count(db, asked, seer, at)
    beside = _for_her(db, seer, at) if kind == "need" and seer is not None else []
    shown.for_her = bool(beside)
    if not beside:
        beside = board.listed(db, Query(board.OTHER[kind], limit=BESIDE), seer, at)
    shown.beside = cards.cards(db, beside, seer)
    call = board.listed(db, Query(("call",), limit=1), seer, at)
    shown.call = next(iter(cards.cards(db, call, seer)), None)
    return shown


def _calls(db: Database, query: Query, seer: int | None, at: int) -> Shown:
    shown = _list(db, query, seer, at)
    for name in ("", "met"):
        shown.counts[name or "open"] = board.count(db, Query(("call",), STATES[name]), seer, at)
    shown.beside = cards.cards(db, board.listed(db, Query(("need",), limit=BESIDE), seer, at), seer)
    return shown


def _list(db: Database, query: Query, seer: int | None, at: int) -> Shown:
    found = board.listed(db, replace(query, limit=board.PAGE + 1), seer, at)
    older = found[board.PAGE - 1] if len(found) > board.PAGE else 0
    return Shown(cards.cards(db, found[: board.PAGE], seer), older)


def _for_her(db: Database, seer: int, at: int) -> list[int]:
    """Offers that may meet what she, or whom she acts for, needs."""
    found: dict[int, None] = {}
    for number in board.listed(db, Query(("need",), author=seer, limit=OURS), seer, at):
        facts = board.of(posts.details(posts.get(db, number)))
        found |= dict.fromkeys(board.near(db, "need", facts, seer, at, BESIDE, author=seer, post=number))
    return list(found)[:BESIDE]


# ── one of them ───────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Beside:
    """What stands on the page of one: what may meet it, and, for who answers for it, the states to choose from.

    project is whose need it is, where those who carry the project say so.
    """

    near: list[Card]
    states: list[tuple[str, str]]
    project: Who | None = None


def beside(db: Database, card: Card, member: Member | None, seer: int | None, at: int) -> Beside:
    """To be called once the reader is known."""
    post = posts.get(db, card.id)
    facts = board.of(card.details)
    found = board.near(db, post["kind"], facts, seer, at, SUGGESTED, author=post["author"], post=post["id"])
    mine = member is not None and proposals.may_change(db, member.user, member.actor, post)
    known = board_facts.STATES[str(post["kind"])]
    states = [(key, words.say(known[key][0])) for key in board.STATES] if mine else []
    return Beside(
        cards.cards(db, found, seer) if card.board is not None and card.board.running else [], states,
        _project(db, post, facts),
    )  # fmt: skip


def _project(db: Database, post: Row, facts: Facts) -> Who | None:
    project = actors.by_uri(db, facts.project) if facts.project and post["kind"] == "need" else None
    if project is None or project["gone"] or not people.is_project(project):
        return None
    team = projects.team(db, project["id"])
    return people.who(project) if post["author"] in team or post["on_behalf"] in team else None


@routes.post(r"/posts/{id:\d+}/state")
async def change(request: web.Request) -> web.StreamResponse:
    """It is open, being met, met or closed; whoever had it hears."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    number = guard.path_id(request)
    state, thanks = guard.text(sent, "state", 20), guard.text(sent, "thanks", 200)
    await request.app[BRIDGE].store.write(_change, member, number, state, thanks)
    raise guard.to(guard.back(request, sent, f"/posts/{number}/page"), f"post-{number}")


def _change(db: Database, member: Member, number: int, state: str, thanks: str) -> None:
    post = act.must_see(db, number, member.actor)
    proposals.change_state(db, member.user, member.actor, post, state, now(), thanks=thanks)
    whom = post["on_behalf"] if post["on_behalf"] is not None else post["author"]
    if whom != member.person:
        audit.note(db, member.user, whom, "edit", now(), post["uri"])
