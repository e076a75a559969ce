"""The moderators' side: accounts, and requests for one.  Each route asks for an admin scope and for the role behind it."""

from typing import Any

import orjson
from aiohttp import web

from federation import joining, suspending
from federation.bridge import now
from node.care import audit, reports, standing
from node.errors import Forbidden, Invalid, NotFound
from node.people import actors, entry, listing, requests, users
from node.people.tokens import MODERATING, Bearer
from node.posts import posts
from node.store import Database, Row
from web.mastodon import entities, shelf
from web.mastodon.answers import done, ends, found
from web.mastodon.requests import Page, answer, bearer, flag, number, params, path_id, several, text
from web.state import BRIDGE

routes = web.RouteTableDef()

ACTIONS = ("none", "sensitive", "disable", "silence", "suspend")
STANDINGS = ("active", "disabled", "silenced", "suspended", "sensitized")


async def moderator(request: web.Request, scope: str) -> Bearer:
    """Who holds a token with this admin scope, and the role still.  Raises as bearer does, Forbidden for a member."""
    who = await bearer(request, scope)
    if who.role not in MODERATING:
        raise Forbidden("This action is not allowed")
    return who


async def administrator(request: web.Request, scope: str) -> Bearer:
    """The same for what only administrators do."""
    who = await moderator(request, scope)
    if who.role != "admin":
        raise Forbidden("This action is not allowed")
    return who


@routes.get("/api/{version:v1|v2}/admin/accounts")
async def accounts(request: web.Request) -> web.Response:
    """Accounts, the newest first: by `origin` or `local`, `remote`; `status` or `active`, `pending`, `disabled`, …; names, address, host"""
    await moderator(request, "admin:read:accounts")
    sent = await params(request)
    page, origin = Page(sent, 100, 200), request.app[BRIDGE].origin
    state = text(sent, "status") or next((one for one in (*STANDINGS, "pending") if flag(sent, one)), "")

    def read(db: Database) -> tuple[list[dict[str, Any]], list[int]]:
        if state == "pending":
            rows = [] if page.after or page.before < 1 << 62 else requests.pending(db)
            return [request_entity(row, origin) for row in rows], []
        rows = listing.accounts(
            db, page.before, page.after, page.limit, standing=state,
            origin=text(sent, "origin") or ("local" if flag(sent, "local") else "remote" if flag(sent, "remote") else ""),
            staff=flag(sent, "staff") or text(sent, "permissions") == "staff" or bool(several(sent, "role_ids")),
            name=text(sent, "username"), display=text(sent, "display_name"), email=text(sent, "email"),
            host=text(sent, "by_domain"),
        )  # fmt: skip
        if text(sent, "ip"):
            rows = []  # nobody's address on the network is kept
        return [entity(db, row, origin) for row in rows], [row["id"] for row in rows]

    made, numbers = await request.app[BRIDGE].store.read(read)
    return answer(request, made, ends=ends(numbers))


@routes.get(r"/api/v1/admin/accounts/{id:\d+}")
async def account(request: web.Request) -> web.Response:
    """One of them, or a request to join by its id"""
    await moderator(request, "admin:read:accounts")
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> dict[str, Any]:
        waiting = requests.get(db, path_id(request))
        if waiting is not None:
            return request_entity(waiting, origin)
        return entity(db, actors.get(db, path_id(request)), origin)

    return await found(request, read)


@routes.post(r"/api/v1/admin/accounts/{id:\d+}/action")
async def act_on(request: web.Request) -> web.Response:
    """`type` none, sensitive, disable, silence or suspend; `report_id` is settled with that, `send_email_notification` tells by letter"""
    who = await moderator(request, "admin:write:accounts")
    sent = await params(request)
    kind, reason = text(sent, "type"), text(sent, "text")[:2000]
    if kind not in ACTIONS:
        raise Invalid("Validation failed: Type is not included in the list")

    def act(db: Database) -> None:
        target = _within_reach(db, path_id(request), who)
        user = users.of_actor(db, target["id"])
        if flag(sent, "send_email_notification", bool(reason)) and user is not None:
            entry.tell(db, "warning", user["id"], now(), decision=kind, said=reason)
        if kind == "sensitive":
            actors.change(db, target["id"], now(), sensitized=now())
            posts.shade(db, target["id"], on=True)
        elif kind == "silence":
            actors.change(db, target["id"], now(), silenced=now())
        elif kind == "suspend":
            suspending.suspend(db, target, now())
        elif kind == "disable" and user is not None:
            users.shut(db, user["id"], now())
        report = number(sent, "report_id")
        if report is not None and who.user is not None:
            reports.settle(db, report, who.user, now())
        audit.note(db, who.user, who.actor, f"account {kind}", now(), target["uri"], reason)

    return await done(request, act)


def _within_reach(db: Database, identifier: int, who: Bearer) -> Row:
    """The account.  Raises Forbidden where she may not decide about it (node/care/standing)."""
    target = actors.get(db, identifier)
    standing.must_reach(db, target, who.user, who.role)
    return target


@routes.post(r"/api/v1/admin/accounts/{id:\d+}/{verb:enable|unsilence|unsuspend|unsensitive}")
async def undo(request: web.Request) -> web.Response:
    """What was done to it holds no more"""
    who = await moderator(request, "admin:write:accounts")
    verb, origin = request.match_info["verb"], request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        target = _within_reach(db, path_id(request), who)
        user = users.of_actor(db, target["id"])
        if verb == "enable" and user is not None:
            users.shut(db, user["id"], None)
        elif verb == "unsilence":
            actors.change(db, target["id"], now(), silenced=None)
        elif verb == "unsuspend":
            suspending.restore(db, target, now())
        elif verb == "unsensitive":
            actors.change(db, target["id"], now(), sensitized=None)
            posts.shade(db, target["id"], on=False)
        audit.note(db, who.user, who.actor, f"account {verb}", now(), target["uri"])
        return entity(db, actors.get(db, target["id"]), origin)

    return await done(request, act)


@routes.delete(r"/api/v1/admin/accounts/{id:\d+}")
async def end(request: web.Request) -> web.Response:
    """A suspended account is deleted for good, with all it said; every server that knows it is told. Administrators only"""
    who = await administrator(request, "admin:write:accounts")
    origin = request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        target = _within_reach(db, path_id(request), who)
        if not suspending.is_suspended(db, target):
            raise Forbidden("This action is not allowed")
        suspending.end(db, target, now())
        audit.note(db, who.user, who.actor, "account deleted", now(), target["uri"])
        return entity(db, actors.get(db, target["id"]), origin)

    return await done(request, act)


@routes.post(r"/api/v1/admin/accounts/{id:\d+}/{verb:approve|reject}")
async def decide(request: web.Request) -> web.Response:
    """A request to join is granted or not; the answer to `approve` has the id of the new account"""
    who = await moderator(request, "admin:write:accounts")
    granted, origin = request.match_info["verb"] == "approve", request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        row = requests.get(db, path_id(request))
        if row is None:
            actors.get(db, path_id(request))  # NotFound for nobody at all
            raise Forbidden("This action is not allowed")
        audit.note(db, who.user, who.actor, "join accepted" if granted else "join refused", now(), row["name"])
        shown = request_entity(row, origin)
        if not granted:
            joining.refuse(db, row["id"], now())
            return shown
        user = joining.accept(db, row["id"], now())
        if user is None:
            return shown | {"approved": True}
        return entity(db, actors.get(db, user["actor"]), origin)

    return await done(request, act)


def entity(db: Database, row: Row, origin: str) -> dict[str, Any]:
    """Admin::Account.  No address of a member's device is kept, so none is shown."""
    user = users.of_actor(db, row["id"])
    return {
        "id": str(row["id"]), "username": row["name"], "domain": row["host"] or None,
        "created_at": entities.time(row["published"] or row["id"] >> 16),
        "email": (user["email"] or "") if user is not None else "", "ip": None, "ips": [],
        "locale": (user["locale"] or None) if user is not None else None, "invite_request": None,
        "role": entities.role(user["role"] if user is not None else "member"),
        "confirmed": bool(user is not None and user["confirmed"]), "approved": bool(user is None or user["approved"]),
        "disabled": bool(user is not None and user["disabled"]), "sensitized": row["sensitized"] is not None,
        "silenced": row["silenced"] is not None, "suspended": row["gone"] is not None,
        "account": orjson.loads(shelf.account(db, row, origin)),
    }  # fmt: skip


# Columns of an actor as its entity reads them, for somebody who has none yet.
_NOBODY: dict[str, Any] = {
    "host": "", "summary": "", "icon": "", "image": "", "gone": None, "silenced": None, "approves": 0, "fields": "[]",
    "type": "Person", "discoverable": 0, "emojis": "{}", "indexable": 0, "last_post": None, "posts_count": 0, "followers_count": 0,
    "following_count": 0, "details": "{}", "local": 1, "version": 0, "moved_to": "",
}  # fmt: skip


def request_entity(row: Row, origin: str) -> dict[str, Any]:
    """Admin::Account of somebody who asks to join: its account is not there yet."""
    address = f"{origin}/@{row['name']}"
    actor: Any = _NOBODY | {
        "id": row["id"], "name": row["name"], "display": row["display"], "published": row["at"], "url": address,
        "uri": f"{origin}/users/{row['name']}",
    }  # fmt: skip
    return {
        "id": str(row["id"]), "username": row["name"], "domain": None, "created_at": entities.time(row["at"]),
        "email": row["email"] or "", "ip": None, "ips": [], "locale": row["locale"] or None,
        "invite_request": row["reason"] or None, "role": entities.role("member"),
        "confirmed": row["confirmed"] is not None, "approved": bool(row["at_once"]), "disabled": False,
        "sensitized": False, "silenced": False, "suspended": False, "account": entities.account(actor, origin),
    }  # fmt: skip


def must_be(row: Row | None) -> Row:
    """The row.  Raises NotFound where there is none."""
    if row is None:
        raise NotFound("Record not found")
    return row
