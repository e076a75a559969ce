"""What was typed in a form whose session had ended: carried over the log-in, kept as a draft, shown, and sent when asked.

Nothing of it happens by itself.  The log-in page carries the fields, the first page behind
it shows them with a button, and only that button sends them: with a token of the new
session, to the address they were meant for.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from federation.bridge import now
from node.errors import NotFound
from node.people.sessions import Member
from node.posts import drafts
from node.store import Database
from web import guard, rendering
from web.state import BRIDGE

routes = web.RouteTableDef()

LONGEST = 200_000  # characters that a log-in page carries
MOST_FIELDS = 200
SHORT = 40  # characters that nobody minds typing again
PATH = "/again?form="
# Never carried: tokens of the form, and what only she may know.
_LEFT_OUT = {guard.FIELD, guard.AGAIN, "password", "new", "code", "carried"}
_MEANT_FOR_US = {"key", "back", "kind", "reply", "visibility", "language", "voice", "do", "next"}


@dataclass(slots=True)
class Kept:
    """A form as it was sent.  shown: what a person typed, for her to recognise."""

    action: str
    fields: list[tuple[str, str]]
    shown: list[str]


def carried(request: web.Request, sent: guard.Form) -> str:
    """What was typed, as one line for a hidden field; '' where nobody would miss it, or it is too much."""
    fields = [(name, value) for name, value in sent.items() if isinstance(value, str) and name not in _LEFT_OUT]
    if not _words(fields) or "password" in sent or len(fields) > MOST_FIELDS:
        return ""
    if "back" not in sent and (came_from := guard.back(request, sent, "")):
        fields.append(("back", came_from))
    made = json.dumps({"action": request.path, "fields": fields}, ensure_ascii=False)
    return made if len(made) <= LONGEST else ""


def keep(db: Database, user: int, written: str) -> str:
    """It is a draft of hers; the address that shows it.  '' for what no page of ours has written."""
    found = _read(written)
    if found is None:
        return ""
    page = PATH + quote(found.action, safe="/")
    drafts.keep(db, user, page, {"kept": written, "text": " ".join(found.shown)[:200]}, now())
    return page


@routes.get("/again")
async def show(request: web.Request) -> web.StreamResponse:
    """What she wrote, and the button that sends it."""
    member = await guard.must_be_member(request)
    return await _page(request, member, PATH + quote(request.query.get("form", "")[: guard.LONGEST_NEXT], safe="/"))


async def too_old(request: web.Request, member: Member, sent: guard.Form) -> web.Response | None:
    """The same for what was sent with the token of another session: nothing is done yet; None where nothing is kept."""
    written = carried(request, sent)
    page = await request.app[BRIDGE].store.write(keep, member.user, written) if written else ""
    return await _page(request, member, page, 403) if page else None


async def _page(request: web.Request, member: Member, page: str, status: int = 200) -> web.Response:
    await rendering.read_by(request)
    found = await request.app[BRIDGE].store.read(_find, member, page)
    return await rendering.page(request, "again.html", "again", status, written=found, page_of=page)


def _find(db: Database, member: Member, page: str) -> Kept:
    row = drafts.find(db, member.user, page, now())
    found = _read(drafts.body(row).get("kept", "")) if row is not None else None
    if found is None:
        raise NotFound("There is no page at this address.")
    return found


def _read(written: str) -> Kept | None:
    try:
        said: Any = json.loads(written)
        action = guard.next_path(said["action"], "")
        fields = [(name, value) for name, value in said["fields"] if isinstance(name, str) and isinstance(value, str)]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    fields = [(name, value) for name, value in fields[:MOST_FIELDS] if name not in _LEFT_OUT]
    return Kept(action, fields, _words(fields)) if action and "?" not in action else None


def _words(fields: list[tuple[str, str]]) -> list[str]:
    """What a person wrote: the texts, and whatever is longer than a choice."""
    return [
        value for name, value in fields
        if value.strip() and name not in _MEANT_FOR_US and (name == "text" or len(value) > SHORT or " " in value.strip())
    ]  # fmt: skip
