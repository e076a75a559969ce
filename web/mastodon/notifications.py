"""Notifications: what one is told of, one by one; kept back by a policy; the policy."""

import contextlib
from typing import Any

import orjson
from aiohttp import web

from node import html
from node.care import reports
from node.errors import NotFound
from node.people import actors, users
from node.people import collections as kept
from node.posts import markers, notifications, policies, visibility
from node.store import Database, Row
from node.text import mark, translate
from node.window import Window
from web.mastodon import collections, entities, shelf, told
from web.mastodon.answers import done, ends, found
from web.mastodon.requests import Page, bearer, flag, ids, number, params, path_id, reply, several, text
from web.state import BRIDGE

routes = web.RouteTableDef()

FEW = 100  # counted at most
# What an app may be shown; other kinds are for our own pages.
KNOWN = ("mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote",
         "quoted_update", "admin.sign_up", "admin.report")  # fmt: skip

# Kinds of Mastodon 4.6, told to apps that ask for them or say which kinds they know (`supported_types`).
NEWER = {"added_to_collection": mark("{name} put you in a collection")}
OF_VERSION_1 = ("not_following", "not_followers", "new_accounts", "private_mentions")  # what its policy knows


@routes.get("/api/v1/notifications")
async def listed(request: web.Request) -> web.Response:
    """One's notifications, the newest first."""
    who = await bearer(request, "read:notifications")
    sent = await params(request)
    page = Page(sent, 40, 80)
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = wanted(db, who.actor or 0, sent, page)
        return b"[" + b",".join(entities_of(db, rows, who.actor, origin, sent)) + b"]", [r["id"] for r in rows]

    body, numbers = await told.read(request, who.actor, read)
    return reply(request, body, *ends(numbers))


def wanted(db: Database, actor: int, sent: dict[str, Any], page: Page) -> list[Row]:
    """The page of notifications that was asked for, those whose status may still be seen."""
    asked = several(sent, "types")
    known = (*KNOWN, *NEWER) if asked or "supported_types" in sent else KNOWN
    kinds = [str(one) for one in asked if str(one) in known]
    if asked and not kinds:  # only what is never told here
        return []
    rows = notifications.of(
        db, actor, before=page.before, after=page.after if page.oldest else None, since=page.after,
        kinds=kinds or list(known), without=[str(one) for one in several(sent, "exclude_types")], limit=page.limit,
        origin=number(sent, "account_id"), filtered=flag(sent, "include_filtered") or "account_id" in sent,
    )  # fmt: skip
    return still_seen(db, actor, rows)


def still_seen(db: Database, actor: int, rows: list[Row]) -> list[Row]:
    """Those whose status the actor may still see."""
    visible = visibility.seen(db, {row["post"] for row in rows if row["post"] is not None}, actor)
    return [row for row in rows if row["post"] is None or row["post"] in visible]


@routes.get(r"/api/v1/notifications/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One of them."""
    who = await bearer(request, "read:notifications")
    sent, origin = await params(request), request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        row = notifications.get(db, who.actor or 0, path_id(request))
        if row is None:
            raise NotFound("Record not found")
        return entity(db, row, who.actor, origin, sent)

    return reply(request, await request.app[BRIDGE].store.read(read))


@routes.get("/api/v1/notifications/unread_count")
async def unread(request: web.Request) -> web.Response:
    """How many came after the marker, counted up to `limit`."""
    who = await bearer(request, "read:notifications")
    limit = min(number(await params(request), "limit") or FEW, 1000)

    def read(db: Database) -> dict[str, int]:
        known = markers.of(db, who.actor or 0, ["notifications"])
        return {"count": notifications.unread(db, who.actor or 0, known[0]["last"] if known else 0, limit, KNOWN)}

    return await found(request, read)


@routes.post("/api/v1/notifications/clear")
async def clear(request: web.Request) -> web.Response:
    """All are read."""
    who = await bearer(request, "write:notifications")
    return await done(request, lambda db: notifications.dismiss(db, who.actor or 0))


@routes.post("/api/v1/notifications/dismiss")
async def dismiss_named(request: web.Request) -> web.Response:
    """The one of `id` is read, as older apps say it."""
    who = await bearer(request, "write:notifications")
    identifier = number(await params(request), "id")
    if identifier is None:
        raise NotFound("Record not found")
    return await done(request, lambda db: notifications.dismiss(db, who.actor or 0, identifier))


@routes.post(r"/api/v1/notifications/{id:\d+}/dismiss")
async def dismiss(request: web.Request) -> web.Response:
    """This one is read."""
    who = await bearer(request, "write:notifications")
    return await done(request, lambda db: notifications.dismiss(db, who.actor or 0, path_id(request)))


# ── kept back ─────────────────────────────────────────────────────────────────


@routes.get("/api/v2/notifications/policy")
async def policy(request: web.Request) -> web.Response:
    """What is kept back, and how much waits."""
    who = await bearer(request, "read:notifications")
    return await found(request, lambda db: _policy(db, who.actor or 0))


@routes.patch("/api/v2/notifications/policy")
@routes.put("/api/v2/notifications/policy")
async def choose_policy(request: web.Request) -> web.Response:
    """Keep back otherwise."""
    who = await bearer(request, "write:notifications")
    sent = await params(request)
    chosen = {name: text(sent, "for_" + name) for name in policies.COLUMNS if "for_" + name in sent}

    def act(db: Database) -> dict[str, Any]:
        policies.choose(db, who.actor or 0, chosen)
        return _policy(db, who.actor or 0)

    return await done(request, act)


def _policy(db: Database, actor: int) -> dict[str, Any]:
    """NotificationPolicy."""
    return {"for_" + name: value for name, value in policies.of(db, actor).items()} | _summary(db, actor)


def _summary(db: Database, actor: int) -> dict[str, Any]:
    origins, notices = policies.pending(db, actor)
    return {"summary": {"pending_requests_count": origins, "pending_notifications_count": notices}}


@routes.get("/api/v1/notifications/policy")
async def first_policy(request: web.Request) -> web.Response:
    """The same in the words of version 1, which knows only whether something is kept back."""
    who = await bearer(request, "read:notifications")
    return await found(request, lambda db: _first_policy(db, who.actor or 0))


@routes.put("/api/v1/notifications/policy")
async def choose_first_policy(request: web.Request) -> web.Response:
    """Keep back otherwise, in the words of version 1."""
    who = await bearer(request, "write:notifications")
    sent = await params(request)
    chosen = {name: "filter" if flag(sent, "filter_" + name) else "accept"
              for name in OF_VERSION_1 if "filter_" + name in sent}  # fmt: skip

    def act(db: Database) -> dict[str, Any]:
        policies.choose(db, who.actor or 0, chosen)
        return _first_policy(db, who.actor or 0)

    return await done(request, act)


def _first_policy(db: Database, actor: int) -> dict[str, Any]:
    """V1::NotificationPolicy."""
    chosen = policies.of(db, actor)
    return {"filter_" + name: chosen[name] != "accept" for name in OF_VERSION_1} | _summary(db, actor)


@routes.get("/api/v1/notifications/requests")
async def requests(request: web.Request) -> web.Response:
    """Whose doings are kept back."""
    who = await bearer(request, "read:notifications")
    page = Page(await params(request), 40, 80)
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = notifications.requests(db, who.actor or 0, page.window)
        made = [_request(db, row, who.actor, origin) for row in rows]
        return b"[" + b",".join(made) + b"]", [row["id"] for row in rows]

    body, numbers = await request.app[BRIDGE].store.read(read)
    return reply(request, body, *ends(numbers))


@routes.get("/api/v1/notifications/requests/merged")
async def merged(request: web.Request) -> web.Response:
    """Always: what is let through is shown in the same transaction."""
    await bearer(request, "read:notifications")
    return await found(request, lambda db: {"merged": True})


@routes.get(r"/api/v1/notifications/requests/{id:\d+}")
async def one_request(request: web.Request) -> web.Response:
    """Of one account; the request has its account's id."""
    who = await bearer(request, "read:notifications")
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        for row in notifications.requests(db, who.actor or 0, Window(limit=1000)):
            if row["origin"] == path_id(request):
                return _request(db, row, who.actor, origin)
        raise NotFound("Record not found")

    return reply(request, await request.app[BRIDGE].store.read(read))


@routes.post(r"/api/v1/notifications/requests/{id:\d+}/{verb:accept|dismiss}")
async def decide(request: web.Request) -> web.Response:
    """Let one account through, or throw away what was kept back of it."""
    who = await bearer(request, "write:notifications")
    act = notifications.release if request.match_info["verb"] == "accept" else notifications.discard
    return await done(request, lambda db: act(db, who.actor or 0, path_id(request)))


@routes.post(r"/api/v1/notifications/requests/{verb:accept|dismiss}")
async def decide_several(request: web.Request) -> web.Response:
    """The same for `id[]`; those of whom nothing is kept back are passed over."""
    who = await bearer(request, "write:notifications")
    chosen = ids(await params(request), "id")
    act = notifications.release if request.match_info["verb"] == "accept" else notifications.discard

    def all_of_them(db: Database) -> None:
        for one in dict.fromkeys(chosen):
            with contextlib.suppress(NotFound):
                act(db, who.actor or 0, one)

    return await done(request, all_of_them)


def _request(db: Database, row: Row, viewer: int | None, origin: str) -> bytes:
    """NotificationRequest."""
    head = {"id": str(row["origin"]), "created_at": entities.time(row["first"]), "updated_at": entities.time(row["last"]),
            "notifications_count": str(row["count"])}  # fmt: skip
    shown = b""
    if row["post"] is not None and visibility.seen(db, [row["post"]], viewer):
        shown = b',"last_status":' + shelf.status(db, row["post"], viewer, origin)
    account = shelf.account(db, actors.get(db, row["origin"]), origin)
    return orjson.dumps(head)[:-1] + b',"account":' + account + shown + b"}"


def entity(db: Database, row: Row, viewer: int | None, origin: str, sent: dict[str, Any] | None = None) -> bytes:
    """Notification; a post that may no longer be seen is left out.  sent: what the app asked with."""
    visible = visibility.seen(db, [row["post"]], viewer) if row["post"] is not None else set()
    return _entities(db, [row], visible, viewer, origin, sent or {})[0]


def entities_of(db: Database, rows: list[Row], viewer: int | None, origin: str, sent: dict[str, Any]) -> list[bytes]:
    """Those that `wanted` found, their statuses and accounts asked for together."""
    return _entities(db, rows, {row["post"] for row in rows if row["post"] is not None}, viewer, origin, sent)


def _entities(db: Database, rows: list[Row], visible: set[int], viewer: int | None, origin: str,
              sent: dict[str, Any]) -> list[bytes]:  # fmt: skip
    statuses = shelf.several(db, visible, viewer, origin)
    accounts = shelf.accounts(db, {row["origin"] for row in rows}, origin)
    return [
        _entity(row, accounts[row["origin"]], statuses.get(row["post"]), about(db, row, origin, sent)) for row in rows
    ]


def about(db: Database, row: Row, origin: str, sent: dict[str, Any]) -> dict[str, Any]:
    """What else the notification tells of: a report, a collection; words for an app that does not know its kind."""
    made: dict[str, Any] = {}
    if row["report"] is not None:
        reported = report(db, row, origin)
        made |= {"report": reported} if reported is not None else {}
    if row["collection"] is not None:
        with contextlib.suppress(NotFound):
            made["collection"] = collections.entity(db, kept.get(db, row["collection"], row["actor"]), origin)
    if row["kind"] in NEWER and "supported_types" in sent and row["kind"] not in several(sent, "supported_types"):
        locale = str(db.value("select locale from users where actor = ?", (row["actor"],)) or "ar")
        who = actors.get(db, row["origin"])
        title = translate(NEWER[row["kind"]], locale).format(name=who["display"] or who["name"])
        made["fallback"] = {"title": html.escape(title), "summary": ""}
    return made


def report(db: Database, row: Row, origin: str) -> dict[str, Any] | None:
    """Report of which the notification tells, while who was told is a moderator."""
    told = users.of_actor(db, row["actor"]) if row["report"] is not None else None
    known = reports.get(db, row["report"]) if told is not None and told["role"] in ("moderator", "admin") else None
    return entities.report(known, actors.get(db, known["target"]), origin) if known is not None else None


def _entity(row: Row, account: bytes, status: bytes | None, more: dict[str, Any]) -> bytes:
    shown = b',"status":' + status if status is not None else b""
    if more:
        shown += b"," + orjson.dumps(more)[1:-1]
    return (
        f'{{"id":"{row["id"]}","type":"{row["kind"]}","created_at":"{entities.time(row["at"])}",'
        f'"group_key":"{group_key(row)}","account":'.encode() + account + shown + b"}"
    )  # fmt: skip


def group_key(row: Row) -> str:
    """Likes and boosts of one post, new followers, and new accounts are told together; everything else alone."""
    if row["kind"] in ("favourite", "reblog") and row["post"] is not None:
        return f"{row['kind']}-{row['post']}"
    if row["kind"] in ("follow", "admin.sign_up"):
        return f"{row['kind']}-{row['at'] // 43_200_000}"
    return f"ungrouped-{row['id']}"
