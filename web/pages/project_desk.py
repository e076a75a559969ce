"""A project as its team leads it: begun, changed, its stages, its partners asked and let go."""

import re
from dataclasses import dataclass

from aiohttp import web

from federation import projects as project_acts
from federation.bridge import now
from federation.handlers import partnership
from node import settings
from node.care import audit
from node.errors import Conflict, Invalid, NodeError, NotFound
from node.network import partners, projects, teams
from node.network.projects import Project
from node.people import actors
from node.people.sessions import Member
from node.store import Database, Row
from node.text import mark
from web import guard, rendering, words
from web.pages import desk, directory, me, people, project_form, whom
from web.pages import project as pages
from web.pages.project_form import Typed
from web.state import BRIDGE

routes = web.RouteTableDef()

OFTEN = (60, 3600)  # changes in so many seconds
JUST_NOW = 3_600_000  # ms in which the same form, sent again, is known for what it is
CURRENCY_WORDS = {"MAD": mark("dirhams"), "TND": mark("dinars"), "EUR": mark("euros")}
ROLE_WORDS = {
    "implementing": mark("carries it out with us"), "funding": mark("funds it"), "hosting": mark("hosts it"),
    "supporting": mark("supports it"),
}  # fmt: skip
DONE = {
    "saved": mark("Saved. Followers hear of it within ten minutes."),
    "same": mark("It says this already."),
    "new": mark("The project is there. Write its stages, ask its partners, tell what happens."),
    "asked": mark("They are asked. They stand here as partners once they agree."),
    "ended": mark("This partnership is over. The other side hears of it."),
}


@dataclass(slots=True)
class Shown:
    """What the form stands on; actor is None while the project is not there yet."""

    owner: Row
    owner_who: people.Who
    actor: Row | None
    who: people.Who | None
    typed: Typed
    partners: list[tuple[pages.Partner, str]]  # with the URI of each
    manages: bool


# ── begun ─────────────────────────────────────────────────────────────────────


@routes.get("/manage/@{name}/projects/new")
async def begin(request: web.Request) -> web.StreamResponse:
    """The empty form of a project that the association will lead."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    return await _page(request, await request.app[BRIDGE].store.read(_begin, member, request.match_info["name"]))


def _begin(db: Database, member: Member, name: str) -> Shown:
    owner = desk.must_be_in_team(db, member, name)
    teams.must(db, member.user, owner["id"], "publish")
    return Shown(owner, people.who(owner), None, None, project_form.empty(), [], False)


@routes.post("/manage/@{name}/projects/new")
async def create(request: web.Request) -> web.StreamResponse:
    """The project is there, with what was typed; or the form comes back."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "project", member, *OFTEN)
    name, typed = request.match_info["name"], project_form.read(sent)
    store = request.app[BRIDGE].store
    try:
        await store.write(_create, member, name, typed)
    except NotFound:
        raise
    except NodeError as refused:
        if isinstance(refused, Conflict) and await store.read(_just_made, name, typed, now()):
            raise guard.to(f"/p/{typed['name'].lower()}/edit?done=new") from refused
        await rendering.read_by(request)
        shown = await store.read(_begin, member, name)
        shown.typed = typed
        return await _page(request, shown, refused)
    raise guard.to(f"/p/{typed['name'].lower()}/edit?done=new")


def _create(db: Database, member: Member, association: str, typed: Typed) -> None:
    owner = desk.must_be_in_team(db, member, association)
    zone = settings.get(db, "timezone")
    typed["name"] = typed["name"].lower()
    if not re.fullmatch(r"[a-z0-9_]{2,30}", typed["name"]):
        raise Invalid("A name has 2 to 30 of the letters a-z, digits and _.")
    meant = project_form.project(typed, Project(owner["uri"], owner["id"]), zone)
    made = project_acts.begin(
        db, member.user, typed["name"], owner, project_form.texts(typed, "titles"), now(), texts=_texts(db, typed),
        status=meant.status, starts=meant.starts, ends=meant.ends, facts=meant.facts,
        stages=project_form.stages(typed, [], zone),
    )  # fmt: skip
    audit.note(db, member.user, owner["id"], "project begun", now(), actors.get(db, made)["uri"])


def _just_made(db: Database, association: str, typed: Typed, at: int) -> bool:
    """Whether this very form has made the project already, on a line that broke before it said so."""
    owner, made = actors.ours(db, association), actors.ours(db, typed["name"])
    known = projects.find(db, made["id"]) if made is not None else None
    if owner is None or made is None or known is None or known.owner != owner["id"]:
        return False
    return made["id"] >> 16 > at - JUST_NOW and made["display"] in project_form.texts(typed, "titles").values()


def _texts(db: Database, typed: Typed) -> dict[str, str]:
    return {tag: me.written(db, text) for tag, text in project_form.texts(typed, "texts").items()}


# ── changed ───────────────────────────────────────────────────────────────────


@routes.get("/p/{name}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    """The form with the project as it is; for who may not write for its owner there is no such page."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    return await _page(request, await request.app[BRIDGE].store.read(_shown, member, request.match_info["name"]))


@routes.post("/p/{name}/edit")
async def change(request: web.Request) -> web.StreamResponse:
    """The project is as typed; followers elsewhere hear within ten minutes."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "project", member, *OFTEN)
    name, typed = request.match_info["name"], project_form.read(sent)
    try:
        changed = await request.app[BRIDGE].store.write(_change, member, name, typed)
    except NotFound:
        raise
    except NodeError as refused:
        return await _again(request, member, name, refused, typed)
    raise guard.to(f"/p/{name}/edit?done={'saved' if changed else 'same'}")


def _change(db: Database, member: Member, name: str, typed: Typed) -> bool:
    """Whether the project says something else now."""
    actor, owner = _must_lead(db, member, name)
    zone = settings.get(db, "timezone")
    before = people.tongues(actor, "display", "displays")
    titles = {tag: text for tag, text in (before | typed["titles"]).items() if text}
    if not titles:
        raise Invalid("A project needs a title.")
    texts = me.in_tongues(db, typed["texts"], people.tongues(actor, "summary", "summaries"), project_form.LONGEST_TEXT)
    main = actor["language"] if actor["language"] in titles else next(iter(titles))
    known = projects.stages(db, actor["id"])
    changed = project_acts.edit(
        db, member.user, actor, now(), changed=project_form.project(typed, projects.get(db, actor["id"]), zone),
        stages=project_form.stages(typed, known, zone), display=titles[main], displays=titles, language=main,
        summary=texts.get(main) or next(iter(texts.values()), ""), summaries=texts,
    )  # fmt: skip
    if changed:
        audit.note(db, member.user, owner["id"], "project changed", now(), actor["uri"])
    return changed


def _must_lead(db: Database, member: Member, name: str) -> tuple[Row, Row]:
    """(the project, the association of ours that leads it).  Raises NotFound for who is not in its team, Forbidden."""
    actor = pages.find(db, name)
    known = projects.find(db, actor["id"])
    if not actor["local"] or known is None or known.owner is None:
        raise NotFound("There is no page at this address.")
    owner = desk.must_be_in_team(db, member, actors.get(db, known.owner)["name"])
    teams.must(db, member.user, owner["id"], "publish")
    return actor, owner


def _shown(db: Database, member: Member, name: str) -> Shown:
    actor, owner = _must_lead(db, member, name)
    listed = partners.listed(db, actor["id"])
    return Shown(
        owner, people.who(owner), actor, people.who(actor), project_form.shown(db, actor, settings.get(db, "timezone")),
        [(pages.partner(db, row), row["uri"]) for row in listed], teams.may(db, member.user, owner["id"], "manage"),
    )  # fmt: skip


# ── with whom ─────────────────────────────────────────────────────────────────


@routes.post("/p/{name}/partners")
async def partner(request: web.Request) -> web.StreamResponse:
    """An association, here or elsewhere, is asked to be a partner; or a partnership is over."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "project", member, *OFTEN)
    name, do = request.match_info["name"], guard.text(sent, "do", 10)
    who, role = guard.text(sent, "who", 500).strip(), guard.text(sent, "role", 20)
    bridge = request.app[BRIDGE]
    try:
        await bridge.store.read(_must_lead, member, name)
        if do == "end":
            await bridge.store.write(_end, member, name, who)
        else:
            await bridge.store.write(_ask, member, name, (await _association(request, who))["id"], role)
    except NodeError as refused:
        return await _again(request, member, name, refused, asked={"who": who, "role": role})
    raise guard.to(f"/p/{name}/edit?done={'ended' if do == 'end' else 'asked'}", "partners")


async def _association(request: web.Request, typed: str) -> Row:
    try:
        return await whom.typed(request.app[BRIDGE], typed)
    except NotFound as error:
        raise Invalid("We know no association called {name}, and its node names none.", name=typed) from error


def _ask(db: Database, member: Member, name: str, whom_: int, role: str) -> None:
    actor, owner = _must_lead(db, member, name)
    asked = actors.get(db, whom_)
    partnership.ask(db, member.user, actor, asked, now(), role=role if role in partners.ROLES else partners.ROLES[0])
    audit.note(db, member.user, owner["id"], "partner asked", now(), asked["uri"])


def _end(db: Database, member: Member, name: str, uri: str) -> None:
    actor, owner = _must_lead(db, member, name)
    partnership.end(db, member.user, owner, actor, uri, now())
    audit.note(db, member.user, owner["id"], "partner ended", now(), uri)


# ── shown ─────────────────────────────────────────────────────────────────────


async def _again(request: web.Request, member: Member, name: str, problem: NodeError, typed: Typed | None = None,
                 asked: dict[str, str] | None = None) -> web.Response:  # fmt: skip
    """The form as it was typed, with what is wrong."""
    await rendering.read_by(request)
    shown = await request.app[BRIDGE].store.read(_shown, member, name)
    if typed is not None:
        shown.typed = typed | {"name": shown.typed["name"]}
    return await _page(request, shown, problem, asked)


async def _page(request: web.Request, shown: Shown, problem: NodeError | None = None,
                asked: dict[str, str] | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    country = (await rendering.chosen(request))["country"]
    chosen = (shown.typed["places"] or [""])[0]
    return await rendering.page(
        request, "project_edit.html", "project-edit", 400 if problem else 200, shown=shown, typed=shown.typed,
        problem=problem, done=DONE.get(request.query.get("done", ""), ""), asked=asked or {"who": "", "role": "implementing"},
        fields=[("", "—"), *directory.field_options()[1:]],
        places=[("", "—"), *directory.place_options(chosen, country)[1:]],
        statuses=[(key, words.say(word)) for key, word in pages.STATUSES.items()],
        currencies=[(key, words.say(word)) for key, word in CURRENCY_WORDS.items()],
        roles=[(key, words.say(word)) for key, word in ROLE_WORDS.items()], role_words=ROLE_WORDS,
        languages_of=project_form.LANGUAGES, beside=project_form.BESIDE, some_places=project_form.PLACES,
        some_funders=project_form.FUNDERS,
    )  # fmt: skip
