"""What a member's posts begin with: who sees them, in which language; as she chose here or in an app."""

import json

from aiohttp import web

from federation.bridge import now
from node.errors import Invalid
from node.people import actors
from node.store import Database
from web import guard
from web.pages import writing
from web.state import BRIDGE

routes = web.RouteTableDef()

VISIBILITIES = ("public", "unlisted", "followers")  # a message is no way to begin


@routes.post("/me/posting")
async def change(request: web.Request) -> web.StreamResponse:
    """Her next posts begin so, here and in apps."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    visibility, language = guard.text(sent, "visibility", 20), guard.text(sent, "language", 35)
    if visibility not in VISIBILITIES or (language and language not in writing.NAMES):
        raise Invalid("This request makes no sense as it stands")
    await request.app[BRIDGE].store.write(_keep, member.actor, visibility, language)
    raise guard.to("/me?done=language", "posting")


def _keep(db: Database, actor: int, visibility: str, language: str) -> None:
    details = json.loads(actors.get(db, actor)["details"])
    details["posting"] = details.get("posting", {}) | {"visibility": visibility, "language": language}
    actors.change(db, actor, now(), details=details)
