"""The desk of an association: what it says of itself, who is in its team, what waits for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from federation import associations as association_acts
from federation.bridge import now
from federation.handlers import organise, partnership
from node import html
from node.care import audit
from node.errors import Invalid, NodeError, NotFound
from node.network import associations, contact, fields, organisers, partners, projects, teams
from node.network.associations import Facts
from node.people import actors, memberships, users
from node.people.sessions import Member
from node.posts import posts
from node.store import Database, Row
from node.text import many_lines, mark, one_line
from web import guard, rendering, words
from web.pages import directory, me, people, record
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

LANGUAGES = ("ar", "fr", "zgh", "en")
LINES = 6  # contacts that the form has room for
LONGEST_TEXT = 5000
NO_PAGE = mark("There is no page at this address.")
ROLE_WORDS = {
    "owner": mark("owner"), "editor": mark("editor"), "approver": mark("approver"), "treasurer": mark("treasurer"),
    "archivist": mark("archivist"), "member": mark("member"),
}  # fmt: skip
DONE = {
    "saved": mark("Saved. Your followers hear of it."), "same": mark("It says this already."), "team": mark("The team is as you decided."),
    "asked": mark("She is asked to join. It holds once she agrees."), "partner": mark("Answered. The other side hears of it."),
}  # fmt: skip


@dataclass(slots=True)
class Desk:
    """What the page shows.  may: which things her role allows."""

    actor: Row
    who: Who
    role: str
    may: dict[str, bool]
    facts: Facts | None
    names: dict[str, str]
    texts: dict[str, str]
    team: list[tuple[Who, int, str]]
    invited: list[tuple[Who, int, str]]
    projects: list[Who]
    partner_in: list[tuple[Who, int]]
    asked: list[tuple[Who, int, str]]
    record: list[Row] = field(default_factory=list)
    to_organise: list["Shared"] = field(default_factory=list)  # events that ask it to organise them too
    organised: list["Shared"] = field(default_factory=list)  # and those to come that it does
    letters: int = 0  # from visitors


@dataclass(slots=True)
class Shared:
    """An event of another that asks the association to organise it too, or that it does."""

    id: int
    title: str
    details: dict[str, Any]
    who: Who


@routes.get("/manage/@{name}")
async def show(request: web.Request) -> web.StreamResponse:
    """The desk; for who is not in the team there is no such page."""
    member = await guard.must_be_member(request)
    return await page(request, member)


async def page(request: web.Request, member: Member, problem: NodeError | None = None,
               typed: dict[str, Any] | None = None) -> web.Response:  # fmt: skip
    """The desk as it stands, with what was refused and what was typed then."""
    await rendering.read_by(request)
    node = await rendering.chosen(request)
    desk = await request.app[BRIDGE].store.read(_desk, member, request.match_info["name"])
    known = desk.facts or Facts(field="", region="", size="")
    return await rendering.page(
        request, "desk.html", "desk", 400 if problem else 200, desk=desk, member=member, problem=problem,
        facts=known, done=DONE.get(request.query.get("done", ""), ""), languages_of=LANGUAGES, lines=LINES,
        fields=directory.field_options()[1:], places=directory.place_options(known.region, node["country"])[1:],
        sizes=directory.size_options()[1:], forms=_legal_forms(node["country"]), roles=ROLE_WORDS, typed=typed or {},
        shown_words=associations.SHOWN, contact_kinds=associations.CONTACTS, act_words=record.say,
        banner=people.whole(desk.actor, "image"),
    )  # fmt: skip


def _legal_forms(country: str) -> list[tuple[str, str]]:
    return [
        ("", "—"),
        *((one.slug, words.listed(one.label(words.tag()))) for one in fields.legal_forms(country).values()),
    ]


def _desk(db: Database, member: Member, name: str) -> Desk:
    actor = must_be_in_team(db, member, name)
    may = {what: teams.may(db, member.user, actor["id"], what) for what in teams.MAY}
    return Desk(
        actor, people.who(actor), memberships.role(db, member.user, actor["id"]) or "", may,
        associations.find(db, actor["id"]), people.tongues(actor, "display", "displays"),
        {tag: html.plain(text) for tag, text in people.tongues(actor, "summary", "summaries").items()},
        [(people.who(row), row["user"], row["membership"]) for row in memberships.of(db, actor["id"])],
        [(people.who(row), row["user"], row["membership"]) for row in teams.invited(db, actor["id"])],
        [people.who(row) for row in projects.of_owner(db, actor["id"])],
        [(people.who(row), row["id"]) for row in projects.with_partner(db, actor["id"])],
        [(people.who(row), row["id"], row["partnership"]) for row in partners.asked(db, actor["id"])],
        audit.last(db, 10, actor=actor["id"]), [_shared(db, row) for row in organisers.asked(db, actor["id"])],
        [_shared(db, row) for row in organisers.of_others(db, actor["id"], now())], contact.count(db, actor["id"]),
    )  # fmt: skip


def _shared(db: Database, event: Row) -> Shared:
    host = event["on_behalf"] if event["on_behalf"] is not None else event["author"]
    return Shared(event["id"], event["title"], posts.details(event), people.who(actors.get(db, host)))


def must_be_in_team(db: Database, member: Member, name: str) -> Row:
    """The association of ours.  Raises NotFound for who is not in its team: nothing is said of it."""
    actor = actors.ours(db, name)
    if actor is None or actor["gone"] or actor["type"] != "Organization":
        raise NotFound(NO_PAGE)
    if memberships.role(db, member.user, actor["id"]) is None:
        raise NotFound(NO_PAGE)
    return actor


# ── what it says of itself ────────────────────────────────────────────────────


@routes.post("/manage/@{name}/profile")
async def change(request: web.Request) -> web.StreamResponse:
    """Names, texts and facts are as she says; followers and the directory hear of it."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    name = request.match_info["name"]
    try:
        changed = await request.app[BRIDGE].store.write(_change, member, name, _read(sent))
    except NotFound:
        raise
    except NodeError as refused:
        return await page(request, member, refused, _read(sent))
    raise guard.to(f"/manage/@{name}?done={'saved' if changed else 'same'}")


def _read(sent: guard.Form) -> dict[str, Any]:
    found: dict[str, Any] = {
        one: guard.text(sent, one, 300).strip()
        for one in ("field", "region", "size", "legal_form", "legal_name", "founded")
    }
    found["names"] = {tag: one_line(guard.text(sent, f"name-{tag}"), 100) for tag in LANGUAGES}
    found["texts"] = {tag: many_lines(guard.text(sent, f"text-{tag}"), LONGEST_TEXT) for tag in LANGUAGES}
    found["languages"] = [one for one in sent.getall("languages", []) if isinstance(one, str)][:20]
    kinds, values, shown = (
        [one for one in sent.getall(name, []) if isinstance(one, str)]
        for name in ("contact_kind", "contact_value", "contact_shown")
    )
    found["contacts"] = [
        {"kind": kind, "value": value.strip(), "shown": to} for kind, value, to in zip(kinds, values, shown, strict=False)
        if value.strip()
    ]  # fmt: skip
    return found


def _change(db: Database, member: Member, name: str, typed: dict[str, Any]) -> bool:
    """Whether the association says something else now."""
    actor = must_be_in_team(db, member, name)
    facts = associations.find(db, actor["id"]) or Facts(field="", region="", size="")
    labels = {(one["kind"], one["value"]): one.get("label", "") for one in facts.contacts}
    typed["contacts"] = [one | {"label": labels.get((one["kind"], one["value"]), "")} for one in typed["contacts"]]
    facts = replace(
        facts, **{one: typed[one] for one in ("field", "region", "size", "legal_form", "legal_name", "founded",
                                              "languages", "contacts")}
    )  # fmt: skip
    before = people.tongues(actor, "display", "displays")
    names = {tag: text for tag, text in (before | typed["names"]).items() if text}
    texts = me.in_tongues(db, typed["texts"], people.tongues(actor, "summary", "summaries"), LONGEST_TEXT)
    changed = association_acts.edit(db, member.user, actor["id"], now(), facts=facts, names=names, texts=texts)
    if changed:
        audit.note(db, member.user, actor["id"], "profile", now(), actor["uri"])
    return changed


# ── who is in its team ────────────────────────────────────────────────────────


@routes.post("/manage/@{name}/team")
async def team(request: web.Request) -> web.StreamResponse:
    """Somebody is asked, has another role, or is in the team no more."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    name, do = request.match_info["name"], guard.text(sent, "do", 10)
    who, role = guard.text(sent, "who", 300).strip(), guard.text(sent, "role", 20)
    try:
        await request.app[BRIDGE].store.write(_team, member, name, do, who, role)
    except NotFound:
        raise
    except NodeError as refused:
        return await page(request, member, refused, {"who": who} if do == "invite" else None)
    if do == "take" and guard.number(who) == member.user:
        raise guard.to("/me")
    raise guard.to(f"/manage/@{name}?done={'asked' if do == 'invite' else 'team'}", "team")


def _team(db: Database, member: Member, name: str, do: str, who: str, role: str) -> None:
    actor = must_be_in_team(db, member, name)
    if do == "invite":
        user = _user(db, who)
        teams.invite(db, member.user, actor["id"], user, role, now())
    else:
        user = guard.number(who) or 0
        if do == "give" and role in memberships.ROLES:
            teams.give(db, member.user, actor["id"], user, role, now())
        elif do == "recall":
            teams.recall(db, member.user, actor["id"], user)
        elif do == "take":
            teams.take(db, member.user, actor["id"], user)
        else:
            raise Invalid("A role is one of: {roles}.", roles=", ".join(memberships.ROLES))
    subject = users.get(db, user)
    audit.note(
        db, member.user, actor["id"], f"team {do} {role}".strip(), now(), actors.get(db, subject["actor"])["uri"]
    )


def _user(db: Database, typed: str) -> int:
    try:
        return int(users.by_name(db, typed.lstrip("@"))["id"])
    except NotFound as error:
        raise Invalid("We know nobody called {name}.", name=typed) from error


@routes.post("/manage/@{name}/invitation")
async def invitation(request: web.Request) -> web.StreamResponse:
    """She takes the role that she was asked to take, or does not."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    agreed = guard.text(sent, "do", 10) == "accept"
    await request.app[BRIDGE].store.write(_invitation, member, request.match_info["name"], agreed)
    raise guard.to(f"/manage/@{request.match_info['name']}" if agreed else "/me")


def _invitation(db: Database, member: Member, name: str, agreed: bool) -> None:
    actor = actors.ours(db, name)
    if actor is None:
        raise NotFound("There is no such association here.")
    if agreed:
        role = teams.accept(db, member.user, actor["id"], now())
        audit.note(db, member.user, actor["id"], f"team joined {role}", now())
        association_acts.tell(db, actor["id"], now())
    else:
        teams.decline(db, member.user, actor["id"])


# ── partners of projects, and events with others ──────────────────────────────


@routes.post(r"/manage/@{name}/partner/{id:\d+}")
async def partner(request: web.Request) -> web.StreamResponse:
    """The association becomes a partner of the project that asks for it, declines, or is one no more."""
    return await _answer(request, _partner, "partners")


@routes.post(r"/manage/@{name}/event/{id:\d+}")
async def together(request: web.Request) -> web.StreamResponse:
    """The association organises the event that asks for it, declines, or does so no more; other dates of it too."""
    return await _answer(request, _together, "events")


async def _answer(request: web.Request, act: Callable[[Database, Member, str, int, str], None],
                  section: str) -> web.StreamResponse:  # fmt: skip
    """What she decided of the project or the event is done; what is refused is shown on the desk."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    name, do = request.match_info["name"], guard.text(sent, "do", 10)
    try:
        await request.app[BRIDGE].store.write(act, member, name, guard.path_id(request, NO_PAGE), do)
    except NotFound:
        raise
    except NodeError as refused:
        return await page(request, member, refused)
    raise guard.to(f"/manage/@{name}?done=partner", section)


def _partner(db: Database, member: Member, name: str, project: int, do: str) -> None:
    actor, asking = must_be_in_team(db, member, name), actors.get(db, project)
    if do == "accept":
        partnership.accept(db, member.user, actor, asking, now())
    elif do == "end":
        partnership.end(db, member.user, actor, asking, actor["uri"], now())
    else:
        partnership.reject(db, member.user, actor, asking, now())
    act = {"accept": "partner accepted", "end": "partner ended"}.get(do, "partner refused")
    audit.note(db, member.user, actor["id"], act, now(), asking["uri"])


def _together(db: Database, member: Member, name: str, number: int, do: str) -> None:
    actor, event = must_be_in_team(db, member, name), posts.get(db, number)
    if do == "accept":
        organise.accept(db, member.user, actor, event, now())
    elif do == "end":
        organise.leave(db, member.user, actor, event, now())
    else:
        organise.reject(db, member.user, actor, event, now())
    act = {"accept": "organises with", "end": "organises no more"}.get(do, "declined to organise")
    audit.note(db, member.user, actor["id"], act, now(), event["uri"])
