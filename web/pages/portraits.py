"""Faces: a member's picture and header, an association's logo and banner."""

from typing import Any

from aiohttp import web

from federation import associations as association_acts
from federation.bridge import now
from node.care import audit
from node.errors import Invalid, NodeError, NotFound, TooLarge
from node.network import teams
from node.people import actors
from node.people.sessions import Member
from node.store import Database
from web import guard, rendering, uploads
from web.pages import desk, me
from web.state import BRIDGE

routes = web.RouteTableDef()

OFTEN = (20, 3600)  # changes in so many seconds: each picture is decoded here
FACES = {"icon": True, "image": False}  # column of the actor -> whether it is cut square


@routes.post("/me/pictures")
async def mine(request: web.Request) -> web.StreamResponse:
    """Her picture and header are those that she sent, or none; followers elsewhere hear of it."""
    sent = await _form(request)
    member = await guard.must_be_member(request)
    try:
        values = await _taken(request, member, sent)
        await request.app[BRIDGE].store.write(_keep_mine, member.person, values)
    except NodeError as refused:
        return await me.page(request, member, 400, refused)
    raise guard.to("/me?done=profile", "pictures")


def _keep_mine(db: Database, person: int, values: dict[str, str]) -> None:
    actors.change(db, person, now(), **values)
    me.tell(db, person)


@routes.post("/manage/@{name}/pictures")
async def theirs(request: web.Request) -> web.StreamResponse:
    """Logo and banner are those that she sent, or none; followers and the directory hear of it."""
    sent = await _form(request)
    member = await guard.must_be_member(request)
    name = request.match_info["name"]
    store = request.app[BRIDGE].store
    try:
        await store.read(_must_edit, member, name)
        values = await _taken(request, member, sent)
        await store.write(_keep_theirs, member, name, values)
    except NotFound:
        raise
    except NodeError as refused:
        return await desk.page(request, member, refused)
    raise guard.to(f"/manage/@{name}?done=saved", "pictures")


def _must_edit(db: Database, member: Member, name: str) -> None:
    teams.must(db, member.user, desk.must_be_in_team(db, member, name)["id"], "edit")


def _keep_theirs(db: Database, member: Member, name: str, values: dict[str, Any]) -> None:
    actor = desk.must_be_in_team(db, member, name)
    association_acts.edit(db, member.user, actor["id"], now(), **values)
    audit.note(db, member.user, actor["id"], "pictures", now(), actor["uri"])


async def _form(request: web.Request) -> guard.Form:
    most = (await rendering.chosen(request))["media_size"]
    return await guard.form(request, most * len(FACES) + 1_048_576)


async def _taken(request: web.Request, member: Member, sent: guard.Form) -> dict[str, Any]:
    """The columns that change: addresses of the pictures that came, '' for those to be without.

    Raises Invalid for what is no picture, and for a form without any.  Files that nothing
    shows any more go when uploads are next looked through.
    """
    guard.often(request, "portrait", member, *OFTEN)
    found = {}
    for column, square in FACES.items():
        part = sent.get(column)
        if isinstance(part, web.FileField) and part.filename:
            found[column] = await _prepared(request, part.file.read(), square=square)
        elif sent.get(f"no-{column}"):
            found[column] = ""
    if not found:
        raise Invalid("Choose a picture first.")
    return found


async def _prepared(request: web.Request, data: bytes, *, square: bool) -> str:
    """The picture's address; refused in words for people, where the door for apps has Mastodon's."""
    try:
        return await uploads.portrait(request.app[BRIDGE], data, square=square)
    except TooLarge as error:
        raise TooLarge("This picture is larger than {most} MB.", most=error.facts.get("most")) from error
    except Invalid as error:
        raise Invalid("This is no picture that we can read. Most cameras and phones save JPEG or PNG.") from error
