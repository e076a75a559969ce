"""Writing to an association without an account, and reading what came: its address is shown to nobody."""

from aiohttp import web

from federation.bridge import now
from node.errors import NodeError, NotFound
from node.network import contact
from node.people.sessions import Member
from node.store import Database, Row
from node.text import mark
from web import guard, rendering
from web.pages import accounts, association, desk, people
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

BY_ADDRESS = (5, 3600)
TO_ONE = (20, 3600)  # letters to one association, from everybody together
FROM_ALL = (120, 3600)
OFTEN = mark("Too many letters at the moment. Your text is kept: send it again in an hour.")


@routes.post("/@{name}/contact")
async def send(request: web.Request) -> web.StreamResponse:
    """The letter lies with the association; what was typed stays when it cannot be sent."""
    sent = await guard.form(request)
    actor = await accounts.found(request, request.match_info["name"])
    if actor["type"] != "Organization":
        raise NotFound("There is no page at this address.")
    typed = {name: guard.text(sent, name, 5000) for name in ("name", "answer", "text")}
    if guard.text(sent, "website"):  # a field that people do not see
        raise guard.to(f"{people.address(actor)}/contact?sent=1", "write")
    if _too_often(request, actor):
        return await association.page(request, actor, "contact", association.Letter(typed, NodeError(OFTEN), 429))
    try:
        await request.app[BRIDGE].store.write(_keep, actor, typed)
    except NotFound:
        raise
    except NodeError as refused:
        return await association.page(request, actor, "contact", association.Letter(typed, refused, 400))
    raise guard.to(f"{people.address(actor)}/contact?sent=1", "write")


def _too_often(request: web.Request, actor: Row) -> bool:
    limits = request.app[LIMITS]
    return bool(
        limits.take("letter", request.remote, *BY_ADDRESS)
        or limits.take_shared(f"letter {actor['id']}", request.remote, *TO_ONE)
        or limits.take_shared("letter", request.remote, *FROM_ALL)
    )


def _keep(db: Database, actor: Row, typed: dict[str, str]) -> bool:
    return contact.keep(db, actor, typed["name"], typed["answer"], typed["text"], now())


@routes.get("/manage/@{name}/letters")
async def show(request: web.Request) -> web.StreamResponse:
    """What visitors wrote, for those who speak for the association."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    actor, found = await request.app[BRIDGE].store.read(_letters, member, request.match_info["name"])
    return await rendering.page(
        request, "letters.html", "letters", who=people.who(actor), actor=actor, letters=found,
        deleted=request.query.get("done") == "deleted", head=rendering.Head(indexed=False),
    )  # fmt: skip


@routes.post("/manage/@{name}/letters/{id}")
async def delete(request: web.Request) -> web.StreamResponse:
    """The letter is gone."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    name, identifier = request.match_info["name"], guard.path_id(request, desk.NO_PAGE)
    await request.app[BRIDGE].store.write(_delete, member, name, identifier)
    raise guard.to(f"/manage/@{name}/letters?done=deleted")


def _letters(db: Database, member: Member, name: str) -> tuple[Row, list[Row]]:
    actor = desk.must_be_in_team(db, member, name)
    return actor, contact.of(db, member.user, actor["id"])


def _delete(db: Database, member: Member, name: str, identifier: int) -> None:
    contact.delete(db, member.user, desk.must_be_in_team(db, member, name)["id"], identifier)
