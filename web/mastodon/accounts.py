"""Accounts: who somebody is, what she says, how the two of you stand."""

import json
import re
from typing import Any

import orjson
from aiohttp import web

from federation import backfill, resolve
from federation.bridge import Bridge, now
from federation.handlers import follow as following
from node.errors import Invalid, NodeError, NotFound
from node.people import actors, blocks, follows, listing, mutes, notes, users
from node.posts import timelines
from node.store import Database, Row
from node.text import fold
from web.mastodon import answers, entities, shelf
from web.mastodon.requests import (
    Page,
    answer,
    bearer,
    flag,
    ids,
    number,
    params,
    path_id,
    reply,
    several,
    text,
    viewer,
)  # fmt: skip
from web.state import BRIDGE

routes = web.RouteTableDef()

MOST_LANGUAGES = 20  # of which one reads somebody
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}\Z")


@routes.get("/api/v1/accounts/verify_credentials")
async def verify_credentials(request: web.Request) -> web.Response:
    """CredentialAccount of the token's actor."""
    who = await bearer(request, "read:accounts", "profile", "read:me")
    bridge = request.app[BRIDGE]
    return answer(request, await bridge.store.read(credentials, who.actor or 0, who.user, bridge.origin))


@routes.get("/api/v1/accounts/lookup")
async def lookup(request: web.Request) -> web.Response:
    """The account of a handle that is known here."""
    bridge = request.app[BRIDGE]
    acct = text(await params(request), "acct").strip().lstrip("@!")
    name, _, host = acct.partition("@")
    found = await bridge.store.read(actors.by_handle, name, "" if host.lower() == bridge.host else host)
    if found is None or found["gone"]:
        raise NotFound("Record not found")
    return reply(request, await bridge.store.read(shelf.account, found, bridge.origin))


@routes.get("/api/v1/accounts/search")
async def search(request: web.Request) -> web.Response:
    """Accounts by handle or name; `resolve` asks the handle's own server."""
    who = await bearer(request, "read:accounts", "read:search")
    sent = await params(request)
    limit, offset = Page(sent, 40, 80).limit, number(sent, "offset") or 0
    found = await find(request.app[BRIDGE], text(sent, "q"), flag(sent, "resolve"), limit + offset, who.actor)
    found = found[offset : offset + limit]
    if flag(sent, "following"):
        found = [row for row in found if await request.app[BRIDGE].store.read(follows.get, who.actor or 0, row["id"])]
    return reply(request, await accounts_json(request, found))


@routes.get("/api/v1/accounts/relationships")
async def relationships(request: web.Request) -> web.Response:
    """Relationship with each of `id[]`."""
    who = await bearer(request, "read:follows")
    sent = await params(request)
    targets = ids(sent, "id")
    return answer(request, await request.app[BRIDGE].store.read(relations, who.actor, targets))


@routes.get("/api/v1/accounts")
async def several_accounts(request: web.Request) -> web.Response:
    """The accounts of `id[]`."""
    wanted = ids(await params(request), "id")[:80]
    found = await request.app[BRIDGE].store.read(
        lambda db: db.rows(
            "select * from actors where id in (select value from json_each(?))", (json.dumps(wanted),)
        ).fetchall()
    )
    return reply(request, await accounts_json(request, found))


@routes.get(r"/api/v1/accounts/{id:\d+}")
async def account(request: web.Request) -> web.Response:
    """One account."""
    bridge = request.app[BRIDGE]
    return reply(request, bridge.store.glance(_account, path_id(request), bridge.origin))


def _account(db: Database, identifier: int, origin: str) -> bytes:
    return shelf.account(db, actors.get(db, identifier), origin)


@routes.get(r"/api/v1/accounts/{id:\d+}/statuses")
async def statuses(request: web.Request) -> web.Response:
    """What the account said and passed on."""
    who = await viewer(request, "read:statuses")
    sent = await params(request)
    page = Page(sent)
    bridge = request.app[BRIDGE]

    def find(db: Database) -> list[int]:
        return timelines.of_author(
            db, path_id(request), who, page.before, page.after, page.limit, oldest=page.oldest,
            replies=not flag(sent, "exclude_replies"), boosts=not flag(sent, "exclude_reblogs"),
            media=flag(sent, "only_media"), pinned=flag(sent, "pinned"), tag=fold(text(sent, "tagged").lstrip("#")),
            direct=not flag(sent, "exclude_direct"), threads=True,
        )  # fmt: skip

    if who is not None:
        await backfill.opened_actor(bridge, bridge.store.glance(actors.get, path_id(request)))
    return await answers.statuses(request, who, find)


@routes.get(r"/api/v1/accounts/{id:\d+}/{which:followers|following}")
async def related(request: web.Request) -> web.Response:
    """Who follows, or is followed; nobody where the account wants to keep that to itself."""
    who = await viewer(request, "read:accounts", "read:follows")
    page = Page(await params(request), 40, 80)
    lookup_ = follows.followers if request.match_info["which"] == "followers" else follows.following

    def read(db: Database) -> list[Row]:
        actor = actors.get(db, path_id(request))
        if entities.shown(actor)["hide_collections"] and actor["id"] != who:
            return []
        return lookup_(db, actor["id"], page.window)

    found = await request.app[BRIDGE].store.read(read)
    body = await accounts_json(request, found)
    return reply(request, body, *answers.ends([row["place"] for row in found]))


@routes.post(r"/api/v1/accounts/{id:\d+}/follow")
async def follow(request: web.Request) -> web.Response:
    """Follow, or ask to."""
    who = await bearer(request, "write:follows")
    sent = await params(request)
    boosts = flag(sent, "reblogs") if "reblogs" in sent else None
    notify = flag(sent, "notify") if "notify" in sent else None
    wanted = [str(one) for one in several(sent, "languages")][:MOST_LANGUAGES]
    if not all(_LANGUAGE.match(one) for one in wanted):
        raise Invalid("Validation failed: Languages is invalid")

    def act(db: Database) -> None:
        following.ask(
            db, actors.get(db, who.actor or 0), _living(db, path_id(request)), now(), boosts=boosts, notify=notify,
            languages=wanted if "languages" in sent else None,
        )  # fmt: skip

    return await _relation_after(request, who.actor, act)


@routes.post(r"/api/v1/accounts/{id:\d+}/unfollow")
async def unfollow(request: web.Request) -> web.Response:
    """Follow no more."""
    who = await bearer(request, "write:follows")
    return await _relation_after(
        request, who.actor,
        lambda db: following.end(db, actors.get(db, who.actor or 0), actors.get(db, path_id(request)), now()),
    )  # fmt: skip


@routes.get("/api/v1/follow_requests")
async def follow_requests(request: web.Request) -> web.Response:
    """Who waits to be let in."""
    who = await bearer(request, "read:follows")
    page = Page(await params(request), 40, 80)
    found = await request.app[BRIDGE].store.read(
        lambda db: follows.followers(db, who.actor or 0, page.window, state="pending")
    )
    body = await accounts_json(request, found)
    return reply(request, body, *answers.ends([row["place"] for row in found]))


@routes.post(r"/api/v1/follow_requests/{id:\d+}/{answer:authorize|reject}")
async def answer_request(request: web.Request) -> web.Response:
    """Let somebody in, or not."""
    who = await bearer(request, "write:follows")
    decide = following.authorize if request.match_info["answer"] == "authorize" else following.reject

    def act(db: Database) -> None:
        if not decide(db, actors.get(db, who.actor or 0), actors.get(db, path_id(request)), now()):
            raise NotFound("Record not found")

    return await _relation_after(request, who.actor, act)


async def find(bridge: Bridge, typed: str, ask: bool, limit: int, actor: int | None) -> list[Row]:
    """Accounts for what somebody typed: an address is asked for when she wants that."""
    typed = typed.strip()
    if ask:
        try:
            if typed.startswith(("http://", "https://")):
                kind, row = await resolve.anything(bridge, typed)
                return [row] if kind == "actor" and row is not None else []
            if "@" in typed.lstrip("@"):
                return [await resolve.handle(bridge, typed)]
        except NodeError:
            return []
    return await bridge.store.read(listing.find, typed, limit) if typed else []


async def accounts_json(request: web.Request, found: list[Row]) -> bytes:
    """A JSON array of accounts."""
    bridge = request.app[BRIDGE]
    parts = await bridge.store.read(lambda db: [shelf.account(db, row, bridge.origin) for row in found])
    return b"[" + b",".join(parts) + b"]"


def relations(db: Database, actor: int | None, targets: list[int]) -> list[dict[str, Any]]:
    """Relationship entities, in order; unknown ids are left out."""
    made = []
    for target in targets:
        if actor is None or actors.by_id(db, target) is None:
            continue
        mine, theirs = follows.get(db, actor, target), follows.get(db, target, actor)
        known: dict[str, Any] = {}
        if mine is not None:
            accepted = mine["state"] == "accepted"
            known |= {
                "following": accepted, "requested": not accepted, "showing_reblogs": bool(mine["boosts"]) and accepted,
                "notifying": bool(mine["notify"]), "languages": json.loads(mine["languages"]) or None,
            }  # fmt: skip
        if theirs is not None:
            known |= {"followed_by": theirs["state"] == "accepted", "requested_by": theirs["state"] == "pending"}
        known["blocking"] = blocks.has(db, actor, target)
        known["blocked_by"] = blocks.has(db, target, actor)
        muted = mutes.get(db, actor, target, now())
        if muted is not None:
            known |= {"muting": True, "muting_notifications": bool(muted["notifications"]),
                      "muting_expires_at": entities.time(muted["expires"]) if muted["expires"] else None}  # fmt: skip
        known |= {"note": notes.read(db, actor, target), "endorsed": notes.endorses(db, actor, target)}
        known["domain_blocking"] = mutes.hears_no_host_of(db, actor, target)
        made.append(entities.relationship(target, known))
    return made


async def _relation_after(request: web.Request, actor: int | None, act: Any) -> web.Response:
    store = request.app[BRIDGE].store
    await store.write(act)
    found = await store.read(relations, actor, [path_id(request)])
    if not found:
        raise NotFound("Record not found")
    return answer(request, found[0])


def _living(db: Database, identifier: int) -> Row:
    actor = actors.get(db, identifier)
    if actor["gone"]:
        raise NotFound("Record not found")
    return actor


def credentials(db: Database, actor: int, user: int | None, origin: str) -> dict[str, Any]:
    row = actors.get(db, actor)
    role = users.get(db, user)["role"] if user is not None else "member"
    found: dict[str, Any] = orjson.loads(shelf.account(db, row, origin))
    details = json.loads(row["details"])
    chosen, shown = details.get("posting", {}), entities.shown(row)
    pending = db.value("select count(*) from follows where target = ? and state = 'pending'", (actor,))
    return found | {
        "source": {
            "privacy": entities.VISIBILITY[chosen.get("visibility", "public")],
            "sensitive": bool(chosen.get("sensitive", False)),
            "language": chosen.get("language") or row["language"] or None,
            "note": details.get("note", ""),
            "fields": entities.typed_fields(row),
            "follow_requests_count": pending,
            "hide_collections": shown["hide_collections"],
            "discoverable": bool(row["discoverable"]),
            "indexable": bool(row["indexable"]),
            "attribution_domains": shown["attribution_domains"],
            "quote_policy": chosen.get("quotes", "public"),
        },
        "role": entities.role(role),
    }  # fmt: skip
