"""What the coordinators tell every member: it stands on top of her home until she has read it."""

import json
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from node.errors import NotFound
from node.posts import announcements
from node.store import Database, Row
from web import guard, words
from web.state import BRIDGE

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class Shown:
    """An announcement as its reader sees it; content is cleaned HTML, language '' where none was said."""

    id: int
    content: str
    language: str
    since: int


def unread(db: Database, actor: int, now: int) -> list[Shown]:
    """Those shown now that the actor has not read, the newest first, in the reader's language."""
    return [read(row) for row in announcements.unread(db, actor, now)]


def read(row: Row) -> Shown:
    """The announcement in the language that its reader understands best."""
    texts = json.loads(row["texts"]) if row["texts"] != "{}" else {}
    language = words.tongue(texts)
    return Shown(row["id"], texts.get(language, row["content"]), language, row["starts"] or row["published"])


@routes.post(r"/announcements/{id:\d+}/read")
async def put_away(request: web.Request) -> web.StreamResponse:
    """She has read it: it stands there no more, nor in her apps."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    with suppress(NotFound):  # it was withdrawn meanwhile
        await request.app[BRIDGE].store.write(announcements.read, member.actor, guard.path_id(request))
    raise guard.to("/feed")
