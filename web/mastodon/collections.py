"""Collections of Mastodon 4.6: accounts that somebody recommends together, those of this node."""

from typing import Any

import orjson
from aiohttp import web

from federation.bridge import now
from node import ids as moments
from node.errors import Forbidden
from node.people import actors, collections
from node.people.collections import Facts
from node.store import Database, Row
from web.mastodon import entities, shelf
from web.mastodon.answers import done, found
from web.mastodon.requests import Page, bearer, flag, ids, number, params, path_id, reply, text, viewer
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.post("/api/v1/collections")
async def create(request: web.Request) -> web.Response:
    """A new collection, with `account_ids[]` in it."""
    who = await bearer(request, "write:collections")
    sent, origin = await params(request), request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        made = collections.create(db, who.actor or 0, _facts(sent), now())
        for target in dict.fromkeys(ids(sent, "account_ids")):
            collections.add(db, who.actor or 0, made["id"], target, now())
        return {"collection": entity(db, collections.get(db, made["id"], who.actor), origin)}

    return await done(request, act)


@routes.get(r"/api/v1/collections/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """A collection, and the accounts in it, its owner's among them."""
    who = await viewer(request, "read:collections")
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        row = collections.get(db, path_id(request), who)
        people = dict.fromkeys([row["owner"], *(item["actor"] for item in collections.items(db, row["id"]))])
        shown = b",".join(shelf.account(db, actors.get(db, person), origin) for person in people)
        return b'{"accounts":[' + shown + b'],"collection":' + orjson.dumps(entity(db, row, origin)) + b"}"

    return reply(request, await request.app[BRIDGE].store.browse(read))


@routes.put(r"/api/v1/collections/{id:\d+}")
@routes.patch(r"/api/v1/collections/{id:\d+}")
async def change(request: web.Request) -> web.Response:
    """It says something else of itself; what was not sent stays."""
    who = await bearer(request, "write:collections")
    sent, origin = await params(request), request.app[BRIDGE].origin

    def act(db: Database) -> dict[str, Any]:
        row = collections.own(db, who.actor or 0, path_id(request))
        return {
            "collection": entity(
                db, collections.change(db, who.actor or 0, row["id"], _facts(sent, row), now()), origin
            )
        }

    return await done(request, act)


@routes.delete(r"/api/v1/collections/{id:\d+}")
async def delete(request: web.Request) -> web.Response:
    """It is gone."""
    who = await bearer(request, "write:collections")
    return await done(request, lambda db: collections.delete(db, who.actor or 0, path_id(request)))


@routes.post(r"/api/v1/collections/{id:\d+}/items")
async def add(request: web.Request) -> web.Response:
    """`account_id` stands in it, and is told; only who lives here and wishes to be found."""
    who = await bearer(request, "write:collections")
    target = number(await params(request), "account_id") or 0

    def act(db: Database) -> dict[str, Any]:
        return {"collection_item": _item(collections.add(db, who.actor or 0, path_id(request), target, now()), target)}

    return await done(request, act)


@routes.delete(r"/api/v1/collections/{id:\d+}/items/{item:\d+}")
async def remove(request: web.Request) -> web.Response:
    """It stands there no more."""
    who = await bearer(request, "write:collections")
    return await done(
        request, lambda db: collections.remove(db, who.actor or 0, path_id(request), path_id(request, "item"))
    )


@routes.post(r"/api/v1/collections/{id:\d+}/items/{item:\d+}/revoke")
async def revoke(request: web.Request) -> web.Response:
    """One leaves somebody's collection for good."""
    who = await bearer(request, "write:collections")
    return await done(
        request, lambda db: collections.revoke(db, who.actor or 0, path_id(request), path_id(request, "item"))
    )


@routes.get(r"/api/v1/accounts/{id:\d+}/collections")
async def of_account(request: web.Request) -> web.Response:
    """Collections of an account; of another's those that may be found."""
    who = await viewer(request, "read:collections")
    sent, origin = await params(request), request.app[BRIDGE].origin
    limit, offset = Page(sent, 40, 80).limit, number(sent, "offset") or 0

    def read(db: Database) -> dict[str, Any]:
        owner = actors.get(db, path_id(request))["id"]
        return {"collections": [entity(db, row, origin) for row in collections.of(db, owner, who, limit, offset)]}

    return await found(request, read)


@routes.get(r"/api/v1/accounts/{id:\d+}/in_collections")
async def holding(request: web.Request) -> web.Response:
    """Collections in which one stands oneself; nobody else is told."""
    who = await bearer(request, "read:collections")
    sent, origin, actor = await params(request), request.app[BRIDGE].origin, who.actor or 0
    limit, offset = Page(sent, 40, 80).limit, number(sent, "offset") or 0
    if path_id(request) != actor:
        raise Forbidden("This action is not allowed")
    return await found(
        request,
        lambda db: {"collections": [entity(db, row, origin) for row in collections.holding(db, actor, limit, offset)]},
    )


def _facts(sent: dict[str, Any], known: Row | None = None) -> Facts:
    """What was sent; for the rest what is known."""

    def words(name: str, column: str) -> str:
        return text(sent, name, known[column] if known is not None else "")

    def choice(name: str) -> bool:
        return flag(sent, name, bool(known[name]) if known is not None else False)

    return Facts(words("name", "name"), words("description", "description"), words("language", "language"),
                 words("tag_name", "tag"), choice("sensitive"), choice("discoverable"))  # fmt: skip


def entity(db: Database, row: Row, origin: str) -> dict[str, Any]:
    """Collection.  It has no page here: its address is that of this answer."""
    held = [_item(item["id"], item["actor"]) for item in collections.items(db, row["id"])]
    address = f"{origin}/api/v1/collections/{row['id']}"
    tag = {"name": row["tag"], "url": entities.tag_url(row["tag"], origin)} if row["tag"] else None
    return {
        "id": str(row["id"]), "account_id": str(row["owner"]), "uri": address, "url": None, "name": row["name"],
        "description": row["description"], "language": row["language"] or None, "local": True,
        "sensitive": bool(row["sensitive"]), "discoverable": bool(row["discoverable"]), "tag": tag,
        "created_at": entities.time(moments.time_of(row["id"])), "updated_at": entities.time(row["changed"]),
        "item_count": len(held), "items": held,
    }  # fmt: skip


def _item(identifier: int, actor: int) -> dict[str, Any]:
    """CollectionItem."""
    return {
        "id": str(identifier), "account_id": str(actor), "state": "accepted",
        "created_at": entities.time(moments.time_of(identifier)),
    }  # fmt: skip
