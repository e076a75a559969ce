"""What the coordinators tell every member: written in several languages, put off, changed, ended."""

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation.bridge import now
from node import html, settings
from node.care import audit
from node.errors import Invalid, NodeError, NotFound
from node.network import meetings
from node.network.board import end_of_day
from node.people import actors
from node.people.sessions import Member
from node.posts import announcements
from node.posts.announcements import Told
from node.posts.compose import compose
from node.store import Database, Row
from node.text import base, many_lines, mark
from web import dates, guard, rendering
from web.pages.announced import Shown, read
from web.pages.desk import LANGUAGES
from web.state import BRIDGE

routes = web.RouteTableDef()

PATH = "/admin/announcements"
LONGEST = 2000  # characters of each language
USUAL = "08:00"  # when it begins on a day without an hour
STATES = {"coming": mark("waits for its day"), "shown": mark("shown now"), "over": mark("is over")}
DONE = {
    "told": mark("Every member sees it on the home page, and in apps."), "waits": mark("It waits for its day."),
    "changed": mark("Saved."), "ended": mark("Nobody sees it any more."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One of them in the list; state: a key of STATES."""

    shown: Shown
    state: str
    starts: int | None
    ends: int | None


@dataclass(slots=True)
class Typed:
    """What stands in the form: a text for each language, the day and hour when it begins, its last day."""

    texts: dict[str, str]
    on: str = ""
    at: str = ""
    until: str = ""


@routes.get(PATH)
async def show(request: web.Request) -> web.StreamResponse:
    """All of them, and the form of a new one."""
    await guard.must_administer(request)
    return await _page(request, Typed({}))


@routes.post(PATH)
async def publish(request: web.Request) -> web.StreamResponse:
    """Every member sees it, at once or from its day on."""
    return await _write(request, None)


@routes.get(PATH + r"/{id:\d+}")
async def edit(request: web.Request) -> web.StreamResponse:
    """The form, with what it says now."""
    await guard.must_administer(request)
    node = await rendering.chosen(request)
    row = await request.app[BRIDGE].store.read(_get, request)
    return await _page(request, _typed(row, node["timezone"], base(node["locale"])), row["id"])


@routes.post(PATH + r"/{id:\d+}")
async def change(request: web.Request) -> web.StreamResponse:
    """It says and is shown as the form says."""
    return await _write(request, guard.path_id(request))


@routes.post(PATH + r"/{id:\d+}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """Nobody sees it any more; changed to another last day it is shown again."""
    await guard.form(request)
    member = await guard.must_administer(request)
    await request.app[BRIDGE].store.write(_end, member, guard.path_id(request))
    raise guard.to(PATH + "?done=ended", "all")


async def _write(request: web.Request, identifier: int | None) -> web.StreamResponse:
    sent = await guard.form(request)
    member = await guard.must_administer(request)
    typed = Typed(
        {tag: many_lines(guard.text(sent, f"text-{tag}"), LONGEST).strip() for tag in LANGUAGES},
        *(guard.text(sent, name, 20).strip() for name in ("on", "at", "until")),
    )
    try:
        done = await request.app[BRIDGE].store.write(_keep, member, identifier, typed)
    except NotFound:
        raise
    except NodeError as refused:
        return await _page(request, typed, identifier, refused)
    raise guard.to(f"{PATH}?done={done}", "all")


def _keep(db: Database, member: Member, identifier: int | None, typed: Typed) -> str:
    """What happened, a key of DONE."""
    told = _told(db, typed)
    if identifier is None:
        identifier, done = announcements.keep(db, told, now()), "announced"
    else:
        announcements.change(db, identifier, told, now())
        done = "announcement changed"
    audit.note(db, member.user, actors.system(db), done, now(), str(identifier))
    if told.starts is not None and told.starts > now():
        return "waits"
    return "told" if done == "announced" else "changed"


def _told(db: Database, typed: Typed) -> Told:
    origin, zone = settings.get(db, "origin"), settings.get(db, "timezone")
    if typed.at and not typed.on:
        raise Invalid("Please write the day like 2027-01-16.")
    made = {
        tag: compose(text, lambda _name, _host: None, lambda name: f"{origin}/tags/{name}").html
        for tag, text in typed.texts.items() if text
    }  # fmt: skip
    return Told(
        made,
        meetings.moment(typed.on, typed.at or USUAL, zone) if typed.on else None,
        end_of_day(typed.until, zone) if typed.until else None,
    )


def _end(db: Database, member: Member, identifier: int) -> None:
    announcements.end(db, identifier, now())
    audit.note(db, member.user, actors.system(db), "announcement ended", now(), str(identifier))


def _get(db: Database, request: web.Request) -> Row:
    return announcements.get(db, guard.path_id(request))


def _typed(row: Row, zone: str, language: str) -> Typed:
    texts = json.loads(row["texts"]) or {language: row["content"]}
    return Typed(
        {tag: html.plain(text) for tag, text in texts.items()},
        on=_part(row["starts"], zone, "%Y-%m-%d"), at=_part(row["starts"], zone, "%H:%M"),
        until=_part(row["ends"], zone, "%Y-%m-%d"),
    )  # fmt: skip


def _part(at: int | None, zone: str, shape: str) -> str:
    """A moment, or nothing, as a field of the form holds it."""
    return dates.moment(at, zone).strftime(shape) if at is not None else ""


async def _page(request: web.Request, typed: Typed, identifier: int | None = None,
                problem: NodeError | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    lines = [] if identifier is not None else await request.app[BRIDGE].store.read(_lines, now())
    values: dict[str, Any] = {"typed": typed, "lines": lines, "number_": identifier, "problem": problem}
    return await rendering.page(
        request, "admin_announced.html", "admin", 400 if problem else 200, **values, longest=LONGEST, states=STATES,
        done=DONE.get(request.query.get("done", ""), ""), tongues=LANGUAGES, usual=USUAL,
    )  # fmt: skip


def _lines(db: Database, at: int) -> list[Line]:
    return [Line(read(row), _state(row, at), row["starts"], row["ends"]) for row in announcements.every(db)]


def _state(row: Row, at: int) -> str:
    if row["ends"] is not None and row["ends"] <= at:
        return "over"
    return "coming" if row["starts"] is not None and row["starts"] > at and not row["all_day"] else "shown"
