"""Accounts, for those who moderate: found, silenced, shut out and let in again; what role a member has, a way back in."""

from dataclasses import dataclass

from aiohttp import web

from federation import suspending, two_steps
from federation.bridge import now
from node.care import audit, standing
from node.errors import Invalid, NodeError
from node.ids import LAST
from node.people import actors, links, listing, second_factors, users
from node.people.sessions import Member
from node.store import Database, Row
from node.text import mark
from web import guard, rendering
from web.pages import people
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 30
SHOWN = ("", "places", "remote", "staff", "silenced", "suspended")  # chips: members of this node come first
DECISIONS = ("silence", "unsilence", "shut", "restore")
ROLES = {"member": mark("member"), "moderator": mark("moderator"), "admin": mark("administrator")}
DONE = {
    "silence": mark("Only those who follow this account see what it says."),
    "unsilence": mark("This account is heard like any other again."),
    "shut": mark("This account is shut out. You can let it in again here."),
    "restore": mark("This account is here again as it was."),
    "role": mark("The role is as you decided."),
    "two-steps": mark("The password alone opens this account again."),
}


@dataclass(slots=True)
class Line:
    """An account in the list.  role: of a member of this node, else ''; mine: within this moderator's reach.

    two_steps: the password alone does not open it.
    """

    id: int
    who: Who
    at: int
    role: str
    email: str
    silenced: bool
    out: bool
    mine: bool
    two_steps: bool


@routes.get("/admin/people")
async def show(request: web.Request) -> web.StreamResponse:
    """Accounts, the newest first."""
    return await _page(request, await guard.must_moderate(request))


async def _page(request: web.Request, member: Member, problem: NodeError | None = None, link: str = "",
                **typed: str) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    asked = request.query
    wanted = {"show": asked.get("show", ""), "q": asked.get("q", "")[:100].strip()}
    before = guard.number(asked.get("before", "")) or LAST
    lines = await request.app[BRIDGE].store.read(_lines, member, wanted["show"], wanted["q"], before)
    return await rendering.page(
        request, "admin_people.html", "admin", 400 if problem else 200, lines=lines[:PAGE], wanted=wanted, shown=SHOWN,
        older=lines[PAGE - 1].id if len(lines) > PAGE else 0, problem=problem, link=link, typed=typed, roles=ROLES,
        done=DONE.get(asked.get("done", ""), ""), member=member,
    )  # fmt: skip


def _lines(db: Database, member: Member, show: str, name: str, before: int) -> list[Line]:
    name, _, host = name.lstrip("@").partition("@")
    if show in ("", "places") and not host:
        rows = standing.ours(db, before, PAGE + 1, name, people=not show)
    else:
        rows = listing.accounts(
            db, before, 0, PAGE + 1, name=name, host=host, staff=show == "staff",
            standing=show if show in ("silenced", "suspended") else "", origin="remote" if show == "remote" else "",
        )  # fmt: skip
    return [_line(db, member, row) for row in rows]


def _line(db: Database, member: Member, row: Row) -> Line:
    user = users.of_actor(db, row["id"])
    try:
        standing.must_reach(db, row, member.user, member.role)
        mine = True
    except NodeError:
        mine = False
    return Line(
        row["id"], people.who(row), row["published"] or row["id"] >> 16, user["role"] if user is not None else "",
        (user["email"] or "") if user is not None else "", row["silenced"] is not None, row["gone"] is not None,
        mine and (row["gone"] is None or suspending.is_suspended(db, row)),
        user is not None and second_factors.is_on(db, user["id"]),
    )  # fmt: skip


# ── decided ───────────────────────────────────────────────────────────────────


@routes.post(r"/admin/people/{id:\d+}")
async def decide(request: web.Request) -> web.StreamResponse:
    """The account is silenced, shut out, or that is over; a reason stands in the record."""
    sent = await guard.form(request)
    member = await guard.must_moderate(request)
    number, do = guard.path_id(request, "There is no such account here."), guard.text(sent, "do", 20)
    reason = guard.text(sent, "reason", 500).strip()
    try:
        await request.app[BRIDGE].store.write(act, member, number, do, reason)
    except NodeError as refused:
        return await _page(request, member, refused, reason=reason, of=str(number))
    raise guard.to(
        f"/admin/people?show={'suspended' if do == 'shut' else 'silenced' if do == 'silence' else ''}&done={do}"
    )


def act(db: Database, member: Member, identifier: int, do: str, reason: str) -> None:
    """The decision holds, and is on record.  Raises Invalid without a reason for what takes away, Forbidden."""
    if do not in DECISIONS:
        raise Invalid("Choose what is to be done.")
    if do in ("silence", "shut") and not reason:
        raise Invalid("Say why, in a few words.")
    target = actors.get(db, identifier)
    standing.must_reach(db, target, member.user, member.role)
    if do in ("silence", "unsilence"):
        actors.change(db, identifier, now(), silenced=now() if do == "silence" else None)
    elif do == "shut":
        suspending.suspend(db, target, now())
    else:
        suspending.restore(db, target, now())
    audit.note(db, member.user, None, f"account {do}", now(), target["uri"], reason)


@routes.post(r"/admin/people/{id:\d+}/role")
async def give_role(request: web.Request) -> web.StreamResponse:
    """A member moderates from now on, or does not."""
    sent = await guard.form(request)
    member = await guard.must_administer(request)
    number, role = guard.path_id(request, "There is no such account here."), guard.text(sent, "role", 20)
    try:
        await request.app[BRIDGE].store.write(_give_role, member, number, role)
    except NodeError as refused:
        return await _page(request, member, refused)
    raise guard.to("/admin/people?done=role")


def _give_role(db: Database, member: Member, identifier: int, role: str) -> None:
    target, user = _member(db, member, identifier)
    users.set_role(db, user["id"], role)
    audit.note(db, member.user, None, f"account role {role}", now(), target["uri"])


@routes.post(r"/admin/people/{id:\d+}/reset")
async def way_back(request: web.Request) -> web.StreamResponse:
    """A link with which a member without an e-mail address chooses a new password; shown once, to be handed over."""
    await guard.form(request)
    member = await guard.must_administer(request)
    try:
        secret = await request.app[BRIDGE].store.write(_way_back, member, guard.path_id(request))
    except NodeError as refused:
        return await _page(request, member, refused)
    return await _page(request, member, link=f"{request.app[BRIDGE].origin}/reset/{secret}")


def _way_back(db: Database, member: Member, identifier: int) -> str:
    target, user = _member(db, member, identifier)
    audit.note(db, member.user, None, "account reset", now(), target["uri"])
    return links.make(db, "reset", None, now(), user=user["id"])


@routes.post(r"/admin/people/{id:\d+}/two-steps")
async def end_two_steps(request: web.Request) -> web.StreamResponse:
    """The password alone opens the account again, for who lost phone and recovery codes; a reason stands in the record."""
    sent = await guard.form(request)
    member = await guard.must_administer(request)
    number = guard.path_id(request, "There is no such account here.")
    reason = guard.text(sent, "reason", 500).strip()
    try:
        await request.app[BRIDGE].store.write(_end_two_steps, member, number, reason)
    except NodeError as refused:
        return await _page(request, member, refused, reason=reason, of=str(number))
    raise guard.to("/admin/people?done=two-steps")


def _end_two_steps(db: Database, member: Member, identifier: int, reason: str) -> None:
    if not reason:
        raise Invalid("Say why, in a few words.")
    target, user = _member(db, member, identifier)
    if two_steps.turn_off(db, user["id"]):
        audit.note(db, member.user, None, "account two steps off", now(), target["uri"], reason)


def _member(db: Database, member: Member, identifier: int) -> tuple[Row, Row]:
    target = actors.get(db, identifier)
    standing.must_reach(db, target, member.user, member.role)
    user = users.of_actor(db, identifier)
    if user is None:
        raise Invalid("This is no member of this node.")
    return target, user
