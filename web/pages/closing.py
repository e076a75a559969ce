"""Deleting a forum, a project or an association: what is lost is said before, and it is asked for with the password."""

from dataclasses import dataclass, field

from aiohttp import web

from federation import closing
from federation.bridge import now
from node.care import audit
from node.errors import Gone, NodeError, NotFound
from node.network import forums, projects, teams
from node.people import actors, memberships
from node.people.sessions import Member
from node.posts import posts
from node.store import Database, Row
from node.text import mark
from web import guard, rendering
from web.pages import me, people
from web.pages.people import Who
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()

NOWHERE = mark("There is no page at this address.")
DELETED = mark("This was deleted.")


@dataclass(slots=True)
class Loss:
    """What goes, and what stays."""

    actor: Row
    who: Who
    kind: str  # forum, project, association
    followers: int
    posts: int  # what an association said: gone; what stands in a forum or project: stays, closed
    team: int = 0
    places: list[Who] = field(default_factory=list)  # that go with an association


@routes.get("/f/{name}/delete")
@routes.get("/p/{name}/delete")
@routes.get("/manage/@{name}/delete")
async def ask(request: web.Request) -> web.StreamResponse:
    """What the deletion means; for who may not delete it there is no such page."""
    return await _page(request, await guard.must_be_member(request))


@routes.post("/f/{name}/delete")
@routes.post("/p/{name}/delete")
@routes.post("/manage/@{name}/delete")
async def delete(request: web.Request) -> web.StreamResponse:
    """It is gone, here and for every server that we know."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    kind, name = _named(request)
    store = request.app[BRIDGE].store
    await store.read(_must, member, kind, name)
    try:
        await me.prove(request, member, guard.text(sent, "password", 2000))
    except NodeError as refused:
        return await _page(request, member, refused)
    await store.write(_delete, member, kind, name)
    raise guard.to("/me" if kind == "manage" else "/forums" if kind == "f" else "/projects")


def _named(request: web.Request) -> tuple[str, str]:
    """(f, p or manage; the name)."""
    return request.path.split("/", 2)[1], request.match_info["name"]


async def _page(request: web.Request, member: Member, problem: NodeError | None = None) -> web.Response:
    await rendering.read_by(request)
    loss = await request.app[BRIDGE].store.read(_loss, member, *_named(request))
    return await rendering.page(
        request, "closing.html", "closing", 400 if problem else 200, loss=loss, problem=problem, action=request.path,
        head=Head(indexed=False),
    )  # fmt: skip


def _loss(db: Database, member: Member, kind: str, name: str) -> Loss:
    actor = _must(db, member, kind, name)
    if kind == "manage":
        groups = [
            row for row in (*projects.of_owner(db, actor["id"]), *forums.of_owner(db, actor["id"])) if row["local"]
        ]
        return Loss(
            actor, people.who(actor), "association", actor["followers_count"], actor["posts_count"],
            len(memberships.of(db, actor["id"])), [people.who(row) for row in groups],
        )  # fmt: skip
    name_of = "forum" if kind == "f" else "project"
    return Loss(actor, people.who(actor), name_of, actor["followers_count"], posts.count_in(db, actor["id"]))


def _delete(db: Database, member: Member, kind: str, name: str) -> None:
    actor = _must(db, member, kind, name)
    if kind == "manage":
        closing.association(db, actor, now())
    else:
        closing.place(db, actor, now())
    audit.note(db, member.user, None, "closed", now(), actor["uri"])


def _must(db: Database, member: Member, kind: str, name: str) -> Row:
    """The forum, project or association of ours that is hers to delete.  Raises NotFound, Gone for what was deleted."""
    actor = actors.ours(db, name)
    if actor is None or not _is(actor, kind):
        raise NotFound(NOWHERE)
    if not member.moderates and not _owns(db, member, actor, kind):
        raise NotFound(NOWHERE)
    if actor["gone"]:
        raise Gone(DELETED)
    return actor


def _is(actor: Row, kind: str) -> bool:
    if kind == "manage":
        return bool(actor["type"] == "Organization")
    return bool(actor["type"] == "Group" and (actor["role"] == "project") == (kind == "p"))


def _owns(db: Database, member: Member, actor: Row, kind: str) -> bool:
    """Whether she leads the association that it is or belongs to; of a forum of nobody, whether she moderates it."""
    if kind == "manage":
        return teams.may(db, member.user, actor["id"], "manage")
    if kind == "p":
        known = projects.find(db, actor["id"])
        return known is not None and known.owner is not None and teams.may(db, member.user, known.owner, "manage")
    forum = forums.get(db, actor["id"])
    if forum is not None and forum.owner is not None:
        return teams.may(db, member.user, forum.owner, "manage")
    return forums.may_moderate(db, actor, member.person)


def may(db: Database, member: Member | None, actor: Row, kind: str) -> bool:
    """Whether the page that deletes it is shown to her."""
    if member is None or not actor["local"]:
        return False
    try:
        _must(db, member, kind, actor["name"])
    except NodeError:
        return False
    return True
