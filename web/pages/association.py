"""An association's site: who they are, what is new, projects, forum, partners, contact."""

import json
from dataclasses import dataclass, field

from aiohttp import web

from federation.bridge import now
from node.errors import NodeError
from node.network import agenda as events
from node.network import associations, board, contact, fields, forums, listed, phones, projects, regions
from node.network.board import Query
from node.people import follows, memberships
from node.posts import marks, timelines
from node.store import Database, Row
from web import fresh, guard, rendering, viewer, words
from web.pages import accounts, agenda, cards, lists, people, project, sifting, structured
from web.pages.cards import Card
from web.pages.people import Who
from web.state import BRIDGE

TABS = ("news", "projects", "forum", "partners", "contact")
LATEST, PINNED = 3, 6


@dataclass(slots=True)
class Site:
    """An association as its site shows it."""

    who: Who
    names: list[tuple[str, str]]  # (language, name) besides the main one
    texts: dict[str, str]
    main_field: str = ""
    other_fields: list[str] = field(default_factory=list)
    region: str = ""
    place: str = ""
    size: str = ""
    founded: str = ""
    legal_form: str = ""
    hours: str = ""
    milieu: str = ""
    contacts: list[dict[str, str]] = field(default_factory=list)
    registrations: list[dict[str, str]] = field(default_factory=list)
    posts: list[Card] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    projects: list[project.Entry] = field(default_factory=list)
    partner_in: list[project.Entry] = field(default_factory=list)
    partners: list[Who] = field(default_factory=list)
    pinned: list[Card] = field(default_factory=list)  # what it needs and offers
    forums: list[tuple[Who, int]] = field(default_factory=list)
    events: list[Card] = field(default_factory=list)
    followed: bool = False
    takes_letters: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What a visitor typed for the association, and why it was refused."""

    typed: dict[str, str]
    problem: NodeError | None = None
    status: int = 200


async def page(request: web.Request, actor: Row, tab: str = "", letter: Letter | None = None) -> web.StreamResponse:
    """The site, or one of its tabs."""
    await rendering.read_by(request)
    span = lists.asked(request)
    asked = ("association", actor["id"], actor["version"], span, tab)
    site = await fresh.read(request, asked, show, actor, viewer.actor_of(request), span, tab)
    if not accounts.at_home(request, site.who.url + (f"/{tab}" if tab else "")):
        raise guard.moved(request, site.who.url + (f"/{tab}" if tab else ""))
    site.posts = sifting.sift(sifting.of(request, "account"), site.posts, viewer.actor_of(request))
    older, newer = lists.ways(request, site.ids) if tab == "news" else ("", "")
    head = accounts.head(request, actor, site.who)
    language = words.tongue(site.texts, request.query.get("text", ""))
    banner = people.whole(actor, "image")
    if actor["local"] and not tab:
        head.data = structured.association(
            request.app[BRIDGE].origin, site.who, site, head.description, people.whole(actor, "icon"), banner
        )
    letter = letter or Letter({"name": "", "answer": "", "text": ""})
    writes = tab == "contact" and site.takes_letters and viewer.of(request) is None
    response = await rendering.page(
        request, "association.html", "association", letter.status, head=head, actor=actor, site=site, who=site.who, tab=tab,
        older=older, newer=newer, summary=site.texts.get(language, ""), text_language=language,
        banner=banner, of_team=await _of_team(request, actor), known=guard.shown(request, "home"), moved=await accounts.moved_to(request, actor),
        letter=letter.typed, problem=letter.problem, csrf=guard.token(request) if writes else "",
    )  # fmt: skip
    guard.seal(request, response)
    return response


async def _of_team(request: web.Request, actor: Row) -> bool:
    """Whether the reader has a role in this association of ours, and so a desk."""
    reader = viewer.of(request)
    if reader is None or not actor["local"]:
        return False
    return await request.app[BRIDGE].store.read(memberships.role, reader.user, actor["id"]) is not None


def show(db: Database, actor: Row, seer: int | None, span: lists.Span, tab: str) -> Site:
    """To be called once the reader is known."""
    who = people.who(actor)
    displays = json.loads(actor["displays"])
    texts = json.loads(actor["summaries"]) or ({actor["language"] or "": actor["summary"]} if actor["summary"] else {})
    site = Site(who, [(tag, name) for tag, name in displays.items() if name and name != who.name], texts)
    _facts(db, actor, site)
    limit = lists.PAGE if tab == "news" else LATEST
    site.ids = timelines.of_association(db, who.id, seer, span.before, span.after, limit, oldest=span.oldest)
    if tab in ("", "news"):
        first = marks.pinned(db, who.id, seer) if span.first else []
        site.posts = cards.led(db, first, site.ids, seer)
    site.projects = [project.entry(db, row) for row in projects.of_owner(db, who.id)]
    site.partner_in = [project.entry(db, row) for row in projects.with_partner(db, who.id)]
    site.partners = _partners(site, who.id)
    site.pinned = cards.cards(db, board.listed(db, Query(author=who.id, limit=PINNED), seer, now()), seer)
    site.forums = [(people.who(row), forums.one(db, row["id"], seer)["topics"]) for row in forums.of_owner(db, who.id)]
    if not tab:
        site.events = agenda.events_of(db, events.of_organiser(db, who.id, seer, now(), LATEST), seer)
    site.followed = seer is not None and follows.get(db, seer, who.id) is not None
    site.takes_letters = contact.takes_letters(db, actor)
    return site


def _facts(db: Database, actor: Row, site: Site) -> None:
    tag = words.tag()
    entry = listed.by_uri(db, actor["uri"])
    if entry is not None:
        code = entry["path"].rstrip("/").rpartition("/")[2]
        site.region, site.place = code, words.listed(regions.place(code, tag)) if code else ""
        known = json.loads(entry["fields"])
        site.main_field = words.listed(fields.label("fields", entry["field"], tag)) if entry["field"] else ""
        site.other_fields = [words.listed(fields.label("fields", one, tag)) for one in known if one != entry["field"]]
        site.size = words.listed(fields.label("size_classes", entry["size"], tag)) if entry["size"] else ""
        site.founded = entry["founded"]
    facts = associations.find(db, actor["id"])
    if facts is not None:
        site.legal_form = words.listed(fields.label("legal_forms", facts.legal_form, tag)) if facts.legal_form else ""
        site.hours, site.milieu = words.pick(facts.hours), facts.milieu
        site.contacts = [one | {"shown_value": _number(one)} for one in associations.shown_contacts(facts)]
        site.registrations = associations.shown_registrations(facts)


def _number(one: dict[str, str]) -> str:
    """A telephone number as people there write it; other contacts as they stand."""
    if one["kind"] not in ("phone", "whatsapp"):
        return one["value"]
    return phones.shown(one["value"], "TN" if one["value"].startswith("+216") else "MA")


def _partners(site: Site, own: int) -> list[Who]:
    """Associations with which it shares a project."""
    found: dict[int, Who] = {}
    for one in [*site.projects, *site.partner_in]:
        for other in [*one.partners, *([one.owner] if one.owner else [])]:
            if other.id != own:
                found.setdefault(other.id, other)
    return list(found.values())
