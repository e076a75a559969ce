"""The desk of the node: who asks to join, what was reported, how the node is, which peers are welcome."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation import joining, outbox, suspending
from federation.bridge import now
from node import hosts, lanes, queue, settings
from node.care import audit, copied, decisions, numbers, reports, standing
from node.errors import Invalid, NodeError, NotFound
from node.people import actors, requests, users
from node.people.sessions import Member
from node.posts import posts
from node.queue import Queued
from node.store import Database, Row
from node.text import mark
from web import guard, rendering
from web.pages import cards, record
from web.pages.cards import Card
from web.state import BRIDGE

routes = web.RouteTableDef()

POLICIES = decisions.POLICIES
DONE = {
    "accepted": mark("The account is open."), "refused": mark("The request is refused."),
    "settled": mark("The report is settled."), "host": mark("From now on this holds for that server."),
    "settings": mark("Saved."),
}  # fmt: skip


@dataclass(slots=True)
class Report:
    """A report with what it is about."""

    row: Row
    posts: list[Card]


@dataclass(slots=True)
class Desk:
    requests: list[Row]
    reports: list[Report]
    received: Queued
    sent: Queued
    hosts: list[Row]
    record: list[Row]
    counts: dict[str, int]
    copied: int | None  # when `tashbik backup` last made a copy
    copy_is_old: bool


@routes.get("/admin")
async def show(request: web.Request) -> web.StreamResponse:
    """Everything that waits for a decision, on one page."""
    member = await guard.must_moderate(request)
    return await _page(request, member)


async def _page(request: web.Request, member: Member, problem: NodeError | None = None, **typed: str) -> web.Response:
    await rendering.read_by(request)
    desk = await request.app[BRIDGE].store.read(_desk, member)
    return await rendering.page(
        request, "admin.html", "admin", 400 if problem else 200, desk=desk, member=member, problem=problem, typed=typed,
        done=DONE.get(request.query.get("done", ""), ""), policies=POLICIES, act_words=record.say,
    )  # fmt: skip


def _desk(db: Database, member: Member) -> Desk:
    week, last = now() - 7 * 86_400_000, copied.last(db)
    return Desk(
        requests.waiting(db),
        [Report(row, cards.cards(db, reports.posts_of(row), row["target"])) for row in reports.waiting(db)],
        queue.received(db, now()), lanes.queued(db, now()), hosts.listed(db), audit.last(db, 20),
        {"members": users.total(db), "active": users.active(db, week),
         "posts": numbers.written_since(db, week)},
        last, last is None or last < week,
    )  # fmt: skip


# ── who asks to join ──────────────────────────────────────────────────────────


@routes.post(r"/admin/requests/{id:\d+}")
async def answer(request: web.Request) -> web.StreamResponse:
    """The account is opened, or the request refused for a reason that stands in the record."""
    sent = await guard.form(request)
    member = await guard.must_moderate(request)
    accepted = guard.text(sent, "do", 10) == "accept"
    number, reason = guard.number(request.match_info["id"]) or 0, guard.text(sent, "reason", 500).strip()
    try:
        await request.app[BRIDGE].store.write(_answer, member, number, accepted, reason)
    except NodeError as refused:
        return await _page(request, member, refused)
    raise guard.to(f"/admin?done={'accepted' if accepted else 'refused'}", "requests")


def _answer(db: Database, member: Member, number: int, accepted: bool, reason: str) -> None:
    if not accepted and not reason:
        raise Invalid("Say why, in a few words.")
    row = requests.get(db, number)
    if row is None:
        return  # another moderator was quicker
    (joining.accept if accepted else joining.refuse)(db, number, now())
    audit.note(db, member.user, None, "join accepted" if accepted else "join refused", now(), row["name"], reason)


# ── what was reported ─────────────────────────────────────────────────────────


@routes.post(r"/admin/reports/{id:\d+}")
async def decide(request: web.Request) -> web.StreamResponse:
    """The report is settled: nothing done, its posts hidden, or its target silenced or shut out."""
    sent = await guard.form(request)
    member = await guard.must_moderate(request)
    number, do = guard.number(request.match_info["id"]) or 0, guard.text(sent, "do", 20)
    reason = guard.text(sent, "reason", 500).strip()
    try:
        await request.app[BRIDGE].store.write(_decide, member, number, do, reason)
    except NodeError as refused:
        return await _page(request, member, refused)
    raise guard.to("/admin?done=settled", "reports")


def _decide(db: Database, member: Member, number: int, do: str, reason: str) -> None:
    report = reports.get(db, number)
    if report is None or do not in ("nothing", "hide", "silence", "shut"):
        raise NotFound("There is no such report.")
    if do != "nothing" and not reason:
        raise Invalid("Say why, in a few words.")
    if not reports.settle(db, number, member.user, now()):
        return
    target = actors.get(db, report["target"])
    if do in ("silence", "shut"):
        standing.must_reach(db, target, member.user, member.role)
    if do == "hide":
        for identifier in reports.posts_of(report):
            _hide(db, target["id"], identifier)
    elif do == "silence":
        actors.change(db, target["id"], now(), silenced=now())
    elif do == "shut":
        suspending.suspend(db, target, now())
    audit.note(db, member.user, None, f"report {do}", now(), target["uri"], reason)


def _hide(db: Database, author: int, identifier: int) -> None:
    try:
        post = posts.get(db, identifier)
    except NotFound:
        return
    if post["author"] != author:
        return
    if post["local"]:
        outbox.delete(db, post, now())
    else:
        posts.change(db, identifier, removed=now())


# ── peers ─────────────────────────────────────────────────────────────────────


@routes.post("/admin/hosts")
async def choose(request: web.Request) -> web.StreamResponse:
    """What holds for a server: nothing special, welcome, silenced or blocked."""
    sent = await guard.form(request)
    member = await guard.must_moderate(request)
    host, policy = guard.text(sent, "host", 255).strip().lower(), guard.text(sent, "policy", 10)
    reason = guard.text(sent, "reason", 500).strip()
    try:
        await request.app[BRIDGE].store.write(_choose, member, host, policy, reason)
    except NodeError as refused:
        return await _page(request, member, refused, host=host, policy=policy, reason=reason)
    raise guard.to("/admin?done=host", "peers")


def _choose(db: Database, member: Member, host: str, policy: str, reason: str) -> None:
    host = decisions.read_host(db, host)
    decisions.decide(db, host, policy, now())
    audit.note(db, member.user, None, f"host {policy or 'no policy'}", now(), host, reason)


# ── settings ──────────────────────────────────────────────────────────────────


@routes.post("/admin/settings")
async def set_up(request: web.Request) -> web.StreamResponse:
    """Who may open an account; whom we exchange with."""
    sent = await guard.form(request)
    member = await guard.must_administer(request)
    wanted: dict[str, Any] = {name: guard.text(sent, name, 20) for name in ("registrations", "network")}
    await request.app[BRIDGE].store.write(_set_up, member, wanted)
    raise guard.to("/admin?done=settings", "settings")


def _set_up(db: Database, member: Member, wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if settings.get(db, name) != value:
            settings.choose(db, name, value)
            audit.note(db, member.user, actors.system(db), "setting", now(), f"{name}: {json.dumps(value)}")
