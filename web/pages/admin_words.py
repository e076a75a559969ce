"""What the network says of itself: its name, one sentence, the page «about», its rules, whom to write to."""

from typing import Any

from aiohttp import web

from federation.bridge import now
from node import settings
from node.care import audit
from node.errors import Invalid, NodeError
from node.people import actors, addresses
from node.people.sessions import Member
from node.store import Database
from node.text import many_lines, one_line
from web import guard, rendering
from web.pages.desk import LANGUAGES
from web.state import BRIDGE

routes = web.RouteTableDef()

PATH = "/admin/words"
MOST_RULES = 20
LONGEST = {"name": 100, "tagline": 300, "about": 5000, "rule": 500}  # characters


@routes.get(PATH)
async def show(request: web.Request) -> web.StreamResponse:
    """The form, with what the network says now."""
    await guard.must_administer(request)
    return await _page(request, await rendering.chosen(request))


@routes.post(PATH)
async def change(request: web.Request) -> web.StreamResponse:
    """Visitors read it from now on; it stands in the record that it was changed."""
    sent = await guard.form(request)
    member = await guard.must_administer(request)
    wanted = _read(sent)
    try:
        await request.app[BRIDGE].store.write(_change, member, wanted)
    except NodeError as refused:
        return await _page(request, wanted, refused)
    raise guard.to(PATH + "?done=1")


async def _page(request: web.Request, words: dict[str, Any], problem: NodeError | None = None) -> web.Response:
    await rendering.read_by(request)
    return await rendering.page(
        request, "admin_words.html", "admin", 400 if problem else 200, words=words, problem=problem,
        done="done" in request.query, tongues=LANGUAGES, lines=min(MOST_RULES, len(words["rules"]) + 2), longest=LONGEST,
    )  # fmt: skip


def _read(sent: guard.Form) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: _tongues({tag: guard.text(sent, f"{name}-{tag}", LONGEST[name]) for tag in LANGUAGES}, name == "about")
        for name in ("name", "tagline", "about")
    }
    rules = [
        _tongues({tag: guard.text(sent, f"rule{number}-{tag}", LONGEST["rule"]) for tag in LANGUAGES}, False)
        for number in range(MOST_RULES)
    ]
    found["rules"] = [one for one in rules if one]
    found["contact"] = one_line(guard.text(sent, "contact"), 320).strip()
    return found


def _tongues(typed: dict[str, str], long: bool) -> dict[str, str]:
    said = {tag: many_lines(text, LONGEST["about"]) if long else one_line(text, 500) for tag, text in typed.items()}
    return {tag: text.strip() for tag, text in said.items() if text.strip()}


def _change(db: Database, member: Member, wanted: dict[str, Any]) -> None:
    if not wanted["name"]:
        raise Invalid("The network needs a name.")
    if wanted["contact"]:
        addresses.read(wanted["contact"])
    for name, value in wanted.items():
        if name in ("name", "tagline", "about"):  # the operator may have said it in more languages
            value = {tag: text for tag, text in settings.get(db, name).items() if tag not in LANGUAGES} | value
        if settings.get(db, name) != value:
            settings.choose(db, name, value)
            audit.note(db, member.user, actors.system(db), "setting", now(), name)
