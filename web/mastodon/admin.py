"""The moderators' side: accounts and reports.  Each route asks for an admin scope and for the role behind it."""

from typing import Any

import orjson
from aiohttp import web

from federation.bridge import now
from node.care import audit, reports
from node.errors import Forbidden, Invalid, NotFound
from node.people import actors, users
from node.people.tokens import Bearer
from node.posts import visibility
from node.store import Database, Row
from web.mastodon import entities, shelf
from web.mastodon.answers import done, ends, found
from web.mastodon.requests import Page, answer, bearer, flag, number, params, path_id, text
from web.state import BRIDGE

routes = web.RouteTableDef()

ROLES = ("moderator", "admin")
ACTIONS = ("none", "silence", "disable", "suspend")


async def moderator(request: web.Request, scope: str) -> Bearer:
    """Who holds a token with this admin scope, and the role still.  Raises as bearer does, Forbidden for a member."""
    who = await bearer(request, scope)
    if who.role not in ROLES:
        raise Forbidden("This action is not allowed")
    return who


@routes.get("/api/{version:v1|v2}/admin/accounts")
async def accounts(request: web.Request) -> web.Response:
    """Accounts, the newest first: `local`, `remote`, `silenced`, `suspended`, `username`, `by_domain`."""
    await moderator(request, "admin:read:accounts")
    sent = await params(request)
    page, origin = Page(sent, 100, 200), request.app[BRIDGE].origin

    def read(db: Database) -> tuple[list[dict[str, Any]], list[int]]:
        rows = actors.listed(
            db, page.before, page.limit, local=flag(sent, "local") or text(sent, "origin") == "local",
            remote=flag(sent, "remote") or text(sent, "origin") == "remote",
            silenced=flag(sent, "silenced") or text(sent, "status") == "silenced",
            gone=flag(sent, "suspended") or text(sent, "status") == "suspended",
            name=text(sent, "username"), host=text(sent, "by_domain"),
        )  # fmt: skip
        return [entity(db, row, origin) for row in rows], [row["id"] for row in rows]

    made, numbers = await request.app[BRIDGE].store.read(read)
    return answer(request, made, ends=ends(numbers))


@routes.get(r"/api/v1/admin/accounts/{id:\d+}")
async def account(request: web.Request) -> web.Response:
    """One of them."""
    await moderator(request, "admin:read:accounts")
    origin = request.app[BRIDGE].origin
    return await found(request, lambda db: entity(db, actors.get(db, path_id(request)), origin))


@routes.post(r"/api/v1/admin/accounts/{id:\d+}/action")
async def act_on(request: web.Request) -> web.Response:
    """Silence, disable or suspend it; `report_id` is settled with that."""
    who = await moderator(request, "admin:write:accounts")
    sent = await params(request)
    kind, reason = text(sent, "type"), text(sent, "text")[:500]
    if kind not in ACTIONS:
        raise Invalid("Validation failed: Type is not included in the list")

    def act(db: Database) -> None:
        target = actors.get(db, path_id(request))
        user = db.row("select id, role from users where actor = ?", (target["id"],))
        if user is not None and (user["id"] == who.user or (user["role"] == "admin" and who.role != "admin")):
            raise Forbidden("This action is not allowed")
        if kind in ("silence", "suspend"):
            actors.change(db, target["id"], now(), silenced=now())
        if kind in ("disable", "suspend") and user is not None:
            users.shut(db, user["id"], now())
        if kind == "suspend" and not target["local"]:
            actors.change(db, target["id"], now(), gone=now())
        report = number(sent, "report_id")
        if report is not None and who.user is not None:
            reports.settle(db, report, who.user, now())
        audit.note(db, who.user, who.actor, f"account {kind}", now(), target["uri"], reason)

    return await done(request, act)


@routes.post(r"/api/v1/admin/accounts/{id:\d+}/{verb:enable|unsilence|unsuspend|unsensitive}")
async def undo(request: web.Request) -> web.Response:
    """What was done to it holds no more."""
    who = await moderator(request, "admin:write:accounts")
    verb, origin = request.match_info["verb"], request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        target = actors.get(db, path_id(request))
        user = db.row("select id from users where actor = ?", (target["id"],))
        if verb in ("enable", "unsuspend") and user is not None:
            users.shut(db, user["id"], None)
        if verb in ("unsilence", "unsuspend"):
            actors.change(db, target["id"], now(), silenced=None)
        if verb == "unsuspend" and not target["local"]:
            actors.change(db, target["id"], now(), gone=None)
        audit.note(db, who.user, who.actor, f"account {verb}", now(), target["uri"])
        return entity(db, actors.get(db, target["id"]), origin)

    return await done(request, act)


@routes.get("/api/v1/admin/reports")
async def open_reports(request: web.Request) -> web.Response:
    """Reports that wait for somebody, the oldest first; none are listed once they are `resolved`."""
    await moderator(request, "admin:read:reports")
    resolved, origin = flag(await params(request), "resolved"), request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        rows = [] if resolved else reports.waiting(db)
        return b"[" + b",".join(report_entity(db, row, origin) for row in rows) + b"]"

    return web.Response(body=await request.app[BRIDGE].store.read(read), content_type="application/json")


@routes.get(r"/api/v1/admin/reports/{id:\d+}")
async def one_report(request: web.Request) -> web.Response:
    """One report."""
    await moderator(request, "admin:read:reports")
    return await _report(request)


@routes.post(r"/api/v1/admin/reports/{id:\d+}/resolve")
async def resolve(request: web.Request) -> web.Response:
    """It is settled."""
    who = await moderator(request, "admin:write:reports")

    def act(db: Database) -> None:
        if who.user is not None and reports.settle(db, path_id(request), who.user, now()):
            audit.note(db, who.user, who.actor, "report settled", now(), str(path_id(request)))

    await request.app[BRIDGE].store.write(act)
    return await _report(request)


async def _report(request: web.Request) -> web.Response:
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        row = reports.get(db, path_id(request))
        if row is None:
            raise NotFound("Record not found")
        return report_entity(db, row, origin)

    return web.Response(body=await request.app[BRIDGE].store.read(read), content_type="application/json")


def entity(db: Database, row: Row, origin: str) -> dict[str, Any]:
    """Admin::Account.  No address of a member's device is kept, so none is shown."""
    user = db.row("select * from users where actor = ?", (row["id"],))
    return {
        "id": str(row["id"]), "username": row["name"], "domain": row["host"] or None,
        "created_at": entities.time(row["published"] or row["id"] >> 16),
        "email": (user["email"] or "") if user is not None else "", "ip": None, "ips": [],
        "locale": (user["locale"] or None) if user is not None else None, "invite_request": None,
        "role": entities.role(user["role"] if user is not None else "member"),
        "confirmed": bool(user is not None and user["confirmed"]), "approved": bool(user is None or user["approved"]),
        "disabled": bool(user is not None and user["disabled"]), "sensitized": False,
        "silenced": row["silenced"] is not None, "suspended": row["gone"] is not None,
        "account": orjson.loads(shelf.account(db, row, origin)),
    }  # fmt: skip


def report_entity(db: Database, row: Row, origin: str) -> bytes:
    """Admin::Report.  Of the statuses those that everybody may see."""
    shown = [one for one in reports.posts_of(row) if visibility.see(db, one, None) is not None]
    handler = db.row(
        "select actors.* from users join actors on actors.id = users.actor where users.id = ?", (row["handler"],)
    )
    found_ = {
        "id": str(row["id"]), "action_taken": row["handled"] is not None,
        "action_taken_at": entities.time(row["handled"]) if row["handled"] else None, "category": row["category"],
        "comment": row["comment"], "forwarded": bool(row["forward"]), "created_at": entities.time(row["at"]),
        "updated_at": entities.time(row["handled"] or row["at"]),
        "account": entity(db, actors.get(db, row["reporter"]), origin),
        "target_account": entity(db, actors.get(db, row["target"]), origin), "assigned_account": None,
        "action_taken_by_account": entity(db, handler, origin) if handler is not None else None, "rules": [],
    }  # fmt: skip
    return orjson.dumps(found_)[:-1] + b',"statuses":' + shelf.statuses(db, shown, None, origin) + b"}"
