"""Filters, version 1, as older apps know them: each word of a filter is one of theirs."""

import json
from typing import Any

from aiohttp import web

from federation.bridge import now
from node.errors import NotFound
from node.posts import filters
from node.store import Database, Row
from web.mastodon import entities
from web.mastodon.answers import done, found
from web.mastodon.filters import contexts, expires
from web.mastodon.requests import bearer, flag, params, path_id, text

routes = web.RouteTableDef()


@routes.get("/api/v1/filters")
async def all_of_them(request: web.Request) -> web.Response:
    """Every word of one's filters."""
    who = await bearer(request, "read:filters")
    return await found(
        request,
        lambda db: [
            entities.filter_v1(row, word)
            for row in filters.of(db, who.actor or 0)
            for word in filters.keywords(db, row["id"])
        ],
    )


@routes.post("/api/v1/filters")
async def create(request: web.Request) -> web.Response:
    """A filter of one word."""
    who = await bearer(request, "write:filters")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        actor, phrase = who.actor or 0, text(sent, "phrase")
        action = "hide" if flag(sent, "irreversible") else "warn"
        made = filters.create(db, actor, phrase, contexts(sent), action, expires(sent), now(), action == "hide")
        word = filters.add_keyword(db, actor, made, phrase, flag(sent, "whole_word"), now())
        return entities.filter_v1(filters.get(db, actor, made), word)

    return await done(request, act)


@routes.get(r"/api/v1/filters/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One of them."""
    who = await bearer(request, "read:filters")
    return await found(request, lambda db: entities.filter_v1(*_both(db, who.actor or 0, path_id(request))))


@routes.put(r"/api/v1/filters/{id:\d+}")
async def change(request: web.Request) -> web.Response:
    """Another word, other places."""
    who = await bearer(request, "write:filters")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        actor = who.actor or 0
        row, word = _both(db, actor, path_id(request))
        values: dict[str, Any] = {"contexts": contexts(sent) or json.loads(row["contexts"])}
        if "phrase" in sent and len(filters.keywords(db, row["id"])) == 1:
            values["title"] = text(sent, "phrase")
        if "irreversible" in sent:
            values["drops"] = flag(sent, "irreversible")
            values["action"] = "hide" if values["drops"] else "warn"
        if "expires_in" in sent:
            values["expires"] = expires(sent)
        filters.change(db, actor, row["id"], **values)
        phrase, whole = text(sent, "phrase", word["keyword"]), flag(sent, "whole_word", bool(word["whole"]))
        filters.change_keyword(db, actor, word["id"], phrase, whole)
        return entities.filter_v1(*_both(db, actor, word["id"]))

    return await done(request, act)


@routes.delete(r"/api/v1/filters/{id:\d+}")
async def delete(request: web.Request) -> web.Response:
    """The word is filtered no more; a filter without words goes with it."""
    who = await bearer(request, "write:filters")

    def act(db: Database) -> None:
        row, word = _both(db, who.actor or 0, path_id(request))
        filters.delete_keyword(db, who.actor or 0, word["id"])
        if not filters.keywords(db, row["id"]) and not filters.posts(db, row["id"]):
            filters.delete(db, who.actor or 0, row["id"])

    return await done(request, act)


def _both(db: Database, actor: int, identifier: int) -> tuple[Row, Row]:
    word = filters.get_keyword(db, actor, identifier)
    if word is None:
        raise NotFound("Record not found")
    return filters.get(db, actor, word["filter"]), word
