"""Projects: the list of all, and one with its stages, its updates and its partners."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from federation import updates
from federation.bridge import now
from node.errors import Gone, NotFound
from node.network import board, fields, partners, projects, regions, teams
from node.network.projects import Project
from node.people import actors, follows
from node.posts import marks, visibility
from node.store import Database, Row
from node.text import mark
from web import activitypub, dates, guard, rendering, viewer, words
from web.pages import accounts, cards, closing, directory, lists, people, sifting, structured
from web.pages.cards import Card
from web.pages.people import Who
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()
PAGE = 20
NEEDED = 5
STATES = {
    "done": ("done", mark("done")),
    "late": ("late", mark("late")),
    "started": ("now", mark("in progress")),
    "planned": ("", mark("to come")),
}
STATUSES = {
    "idea": mark("an idea"), "planned": mark("planned"), "active": mark("under way"), "paused": mark("paused"),
    "completed": mark("completed"), "cancelled": mark("cancelled"),
}  # fmt: skip
_UPDATES = (
    "select posts.id from posts where posts.place = :place and posts.boost_of is null and posts.kind = 'update'"
    " and posts.id < :before and posts.id > :after and " + visibility.POSTS + " order by posts.id desc limit :limit"
)


@dataclass(slots=True)
class Stage:
    """A stage as it is shown: css is the state's class, word its name."""

    title: str
    state: str
    css: str
    word: str
    at: int | None


@dataclass(slots=True)
class Partner:
    """Who takes part; name alone where the account is not known here."""

    name: str
    who: Who | None
    role: str
    confirmed: bool


@dataclass(slots=True)
class Entry:
    """A project in a list."""

    who: Who
    owner: Who | None
    status: str
    states: list[str]
    sentence: str
    updated: int
    facts: list[str]
    partners: list[Who] = field(default_factory=list)


@dataclass(slots=True)
class Shown:
    """A project as its page shows it."""

    entry: Entry
    project: Project
    summary: str
    stages: list[Stage]
    posts: list[Card]
    ids: list[int]
    partners: list[Partner]
    span: str
    places: list[str]
    budget: str
    funders: list[tuple[str, str]]  # name and address, which may be empty
    main_field: str
    followed: bool = False
    writes: bool = False  # whether the reader may give news of it
    leads: bool = False  # whether she may change it
    needed: list[Card] = field(default_factory=list)


@routes.get("/projects")
async def every(request: web.Request) -> web.StreamResponse:
    """Projects that are known here, the last moved first."""
    await rendering.read_by(request)
    node = await rendering.chosen(request)
    asked = request.query
    status = asked.get("status", "") if asked.get("status", "") in STATUSES else ""
    slug = asked.get("field", "") if asked.get("field", "") in fields.fields() else ""
    place = asked.get("region", "") if regions.get(asked.get("region", "")) else ""
    before = guard.number(asked.get("before"))
    found, total = await request.app[BRIDGE].store.read(_every, status, slug, place, before)
    origin = request.app[BRIDGE].origin
    last = found[PAGE - 1].updated if len(found) > PAGE else 0
    return await rendering.page(
        request, "projects.html", "projects", found=found[:PAGE], total=total, state=status, slug=slug, place=place,
        statuses=[("", words.say("All")), *((key, words.say(word)) for key, word in STATUSES.items())],
        fields=directory.field_options(), places=directory.place_options(place, node["country"]),
        older=directory.address(request, before=str(last)) if last else "",
        newer=directory.address(request, before="") if before else "",
        head=Head(title=words.say("Projects"), description=words.say("Projects of the associations, stage by stage, with their partners."), canonical=f"{origin}/projects", feed=f"{origin}/projects/feed"),
    )  # fmt: skip


def _every(db: Database, status: str, slug: str, place: str, before: int | None) -> tuple[list[Entry], int]:
    rows = projects.every(db, status=status, field=slug, region=place, before=before, limit=PAGE + 1)
    return [entry(db, row) for row in rows], projects.count(db)


@routes.get("/p/{name}")
async def one(request: web.Request) -> web.StreamResponse:
    """A project; asked for ActivityPub, its document."""
    store = request.app[BRIDGE].store
    actor = await store.read(find, request.match_info["name"])
    if activitypub.wants_activity(request):
        return await accounts.document(request, actor)
    await rendering.read_by(request)
    if not accounts.at_home(request, people.address(actor)):
        raise guard.moved(request, people.address(actor))
    shown = await store.read(_show, actor, viewer.of(request), lists.asked(request))
    shown.posts = sifting.sift(sifting.of(request, "account"), shown.posts, viewer.actor_of(request))
    older, newer = lists.ways(request, shown.ids)
    head = accounts.head(request, actor, shown.entry.who)
    if actor["local"]:
        head.data = structured.project(request.app[BRIDGE].origin, shown.entry.who, head.description, shown.entry.owner)
    return await rendering.page(
        request, "project.html", "project", head=head, shown=shown, actor=actor, who=shown.entry.who, older=older,
        newer=newer, banner=people.whole(actor, "image"), known=guard.shown(request, "home"),
    )  # fmt: skip


def find(db: Database, name: str) -> Row:
    """The project of this name, or name@host.  Raises NotFound."""
    actor = accounts.named(db, name)
    if actor is not None and actor["local"] and actor["gone"] and people.is_project(actor):
        raise Gone(closing.DELETED)
    if actor is None or actor["gone"] or actor["type"] != "Group" or not people.is_project(actor):
        raise NotFound("There is no such project.")
    return actor


def entry(db: Database, row: Row | Mapping[str, Any]) -> Entry:
    """A project in a list, from a row of `projects.every` and the like."""
    tag, at = words.tag(), now()
    stages = projects.stages(db, row["id"])
    states = [projects.state_of(one, at) for one in stages]
    code = row["place"].rstrip("/").rpartition("/")[2]
    facts = [
        words.listed(fields.label("fields", row["field"], tag)) if row["field"] else "",
        words.listed(regions.label(code, tag)) if code else "",
    ]
    owner = actors.by_id(db, row["owner"]) if row["owner"] else None
    known = [one for one in partners.listed(db, row["id"]) if one["actor"] is not None and one["confirmed"]]
    return Entry(
        people.who(row), people.who(owner) if owner is not None else None,
        words.say(STATUSES.get(row["status"], row["status"])), [STATES[one][0] for one in states],
        sentence(states), row["moved"], [fact for fact in facts if fact],
        [people.who(actors.get(db, one["actor"])) for one in known],
    )  # fmt: skip


def sentence(states: list[str]) -> str:
    """«2 of 5 stages done, one late»: progress is words first."""
    if not states:
        return ""
    done, late = states.count("done"), states.count("late")
    said = words.count("{n} stage of {all} done", "{n} stages of {all} done", done, all=len(states))
    if not done:
        said = words.count("{n} stage, not done yet", "{n} stages, none done yet", len(states))
    elif done == len(states):
        said = words.count("the only stage is done", "all {n} stages done", done)
    if late:
        said = words.say("{said}, {late}", said=said, late=words.count("{n} stage late", "{n} stages late", late))
    return said


def _show(db: Database, actor: Row, reader: viewer.Viewer | None, span: lists.Span) -> Shown:
    seer = reader.actor if reader is not None else None
    project = projects.get(db, actor["id"]) if projects.find(db, actor["id"]) else Project("")
    listed = dict(actor) | {
        "owner": project.owner, "status": project.status, "field": (project.facts.fields or [""])[0],
        "place": regions.path_of(project.facts.places[:1]), "moved": actor["updated"] or actor["fetched"] or 0,
    }  # fmt: skip
    wanted = {"place": actor["id"], "before": span.before, "after": span.after, "viewer": seer, "limit": lists.PAGE}
    ids = [row[0] for row in db.rows(_UPDATES, wanted)]
    first = marks.pinned(db, actor["id"], seer) if span.first else []
    tag = words.tag()
    return Shown(
        entry(db, listed), project, words.pick(json.loads(actor["summaries"]), actor["summary"]),
        [_stage(one) for one in projects.stages(db, actor["id"])], cards.led(db, first, ids, seer), ids,
        [partner(db, row) for row in partners.listed(db, actor["id"])], _span(project),
        [words.listed(regions.label(one, tag)) for one in project.facts.places], _budget(project),
        [_funder(db, one) for one in project.facts.funders],
        words.listed(fields.label("fields", listed["field"], tag)) if listed["field"] else "",
        seer is not None and follows.get(db, seer, actor["id"]) is not None,
        reader is not None and updates.in_whose_name(db, reader.user, actor) is not None,
        reader is not None and bool(actor["local"]) and project.owner is not None
        and teams.may(db, reader.user, project.owner, "publish"),
        cards.cards(db, board.of_project(db, actor["uri"], projects.team(db, actor["id"]), seer, now(), NEEDED), seer),
    )  # fmt: skip


def _stage(one: projects.Stage) -> Stage:
    state = projects.state_of(one, now())
    css, word = STATES[state]
    return Stage(words.pick(one.titles), state, css, words.say(word), one.ends or one.starts)


def _funder(db: Database, told: Mapping[str, str]) -> tuple[str, str]:
    """Name and page; the server's name alone for an account that is known neither here nor by name."""
    uri = told.get("uri") or ""
    row = actors.by_uri(db, uri) if uri else None
    if row is not None:
        who = people.who(row)
        return who.name, who.url
    page = uri if uri.startswith(("https://", "http://")) else ""
    return told.get("name") or urlsplit(page).netloc or uri, page


def partner(db: Database, row: Row) -> Partner:
    """A partner asked or confirmed, from a row of `partners.listed`."""
    who = people.who(actors.get(db, row["actor"])) if row["actor"] is not None else None
    return Partner(
        who.name if who else row["uri"], who, row["role"], bool(row["state"] == "accepted" and row["confirmed"])
    )


def _span(project: Project) -> str:
    """«from 10 August 2026 to 5 August 2027»."""
    zone, tag = words.zone(), words.tag()
    starts, ends = (
        dates.day(dates.moment(at, zone).date(), tag) if at is not None else "" for at in (project.starts, project.ends)
    )
    if starts and ends:
        return words.say("from {start} to {end}", start=starts, end=ends)
    return words.say("since {start}", start=starts) if starts else words.say("until {end}", end=ends) if ends else ""


def _budget(project: Project) -> str:
    """The amount with its currency, when it is public."""
    budget = project.facts.budget
    if not budget.get("shown") or not budget.get("amount"):
        return ""
    amount = str(budget["amount"]).partition(".")[0]
    name = {"MAD": mark("{amount} dirhams"), "TND": mark("{amount} dinars"), "EUR": mark("{amount} euros")}
    shown = dates.number(int(amount), words.tag()) if amount.isdigit() else amount
    currency = str(budget.get("currency", ""))
    return words.say(name[currency], amount=shown) if currency in name else f"{shown} {currency}"
