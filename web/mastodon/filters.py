"""Filters, version 2: a title, where it holds, what it does, with words and statuses."""

import re
from typing import Any

from aiohttp import web

from federation.bridge import now
from node.errors import Invalid
from node.posts import filters
from node.store import Database, Row
from web.mastodon import entities
from web.mastodon.answers import done, found, must_see
from web.mastodon.requests import bearer, flag, number, params, path_id, several, text

routes = web.RouteTableDef()


@routes.get("/api/v2/filters")
async def all_of_them(request: web.Request) -> web.Response:
    """One's filters."""
    who = await bearer(request, "read:filters")
    return await found(request, lambda db: [entity(db, row) for row in filters.of(db, who.actor or 0)])


@routes.post("/api/v2/filters")
async def create(request: web.Request) -> web.Response:
    """A new filter, with its words."""
    who = await bearer(request, "write:filters")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        actor = who.actor or 0
        made = filters.create(
            db, actor, text(sent, "title"), contexts(sent), text(sent, "filter_action") or "warn", expires(sent), now()
        )
        for one in _keywords(sent):
            filters.add_keyword(db, actor, made, text(one, "keyword"), flag(one, "whole_word", True), now())
        return entity(db, filters.get(db, actor, made))

    return await done(request, act)


@routes.get(r"/api/v2/filters/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One of them."""
    who = await bearer(request, "read:filters")
    return await found(request, lambda db: entity(db, filters.get(db, who.actor or 0, path_id(request))))


@routes.put(r"/api/v2/filters/{id:\d+}")
@routes.patch(r"/api/v2/filters/{id:\d+}")
async def change(request: web.Request) -> web.Response:
    """The filter with what was sent changed; words by their ids, `_destroy` takes one away."""
    who = await bearer(request, "write:filters")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        actor, identifier = who.actor or 0, path_id(request)
        values: dict[str, Any] = {}
        if "title" in sent:
            values["title"] = text(sent, "title")
        if "context" in sent:
            values["contexts"] = contexts(sent)
        if "filter_action" in sent:
            values["action"] = text(sent, "filter_action")
        if "expires_in" in sent:
            values["expires"] = expires(sent)
        filters.change(db, actor, identifier, **values)
        for one in _keywords(sent):
            _change_keyword(db, actor, identifier, one)
        return entity(db, filters.get(db, actor, identifier))

    return await done(request, act)


def _change_keyword(db: Database, actor: int, identifier: int, sent: dict[str, Any]) -> None:
    known = number(sent, "id")
    if known is None:
        filters.add_keyword(db, actor, identifier, text(sent, "keyword"), flag(sent, "whole_word", True), now())
    elif flag(sent, "_destroy"):
        filters.delete_keyword(db, actor, known)
    else:
        row = filters.get_keyword(db, actor, known)
        filters.change_keyword(
            db, actor, known, text(sent, "keyword", row["keyword"]), flag(sent, "whole_word", bool(row["whole"]))
        )


@routes.delete(r"/api/v2/filters/{id:\d+}")
async def delete(request: web.Request) -> web.Response:
    """The filter is gone."""
    who = await bearer(request, "write:filters")
    return await done(request, lambda db: filters.delete(db, who.actor or 0, path_id(request)))


@routes.get(r"/api/v2/filters/{id:\d+}/keywords")
async def keywords(request: web.Request) -> web.Response:
    """Its words."""
    who = await bearer(request, "read:filters")
    return await found(request, lambda db: entity(db, filters.get(db, who.actor or 0, path_id(request)))["keywords"])


@routes.post(r"/api/v2/filters/{id:\d+}/keywords")
async def add_keyword(request: web.Request) -> web.Response:
    """A word more."""
    who = await bearer(request, "write:filters")
    sent = await params(request)
    return await done(
        request,
        lambda db: entities.filter_keyword(
            filters.add_keyword(
                db, who.actor or 0, path_id(request), text(sent, "keyword"), flag(sent, "whole_word", True), now()
            )
        ),
    )


@routes.get(r"/api/v2/filters/keywords/{id:\d+}")
async def keyword(request: web.Request) -> web.Response:
    """One word."""
    who = await bearer(request, "read:filters")
    return await found(
        request, lambda db: entities.filter_keyword(filters.get_keyword(db, who.actor or 0, path_id(request)))
    )


@routes.put(r"/api/v2/filters/keywords/{id:\d+}")
async def change_keyword(request: web.Request) -> web.Response:
    """The word spelled otherwise."""
    who = await bearer(request, "write:filters")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        row = filters.get_keyword(db, who.actor or 0, path_id(request))
        whole = flag(sent, "whole_word", bool(row["whole"]))
        words = text(sent, "keyword", row["keyword"])
        return entities.filter_keyword(filters.change_keyword(db, who.actor or 0, row["id"], words, whole))

    return await done(request, act)


@routes.delete(r"/api/v2/filters/keywords/{id:\d+}")
async def delete_keyword(request: web.Request) -> web.Response:
    """The word is filtered no more."""
    who = await bearer(request, "write:filters")
    return await done(request, lambda db: filters.delete_keyword(db, who.actor or 0, path_id(request)))


@routes.get(r"/api/v2/filters/{id:\d+}/statuses")
async def statuses(request: web.Request) -> web.Response:
    """Its statuses."""
    who = await bearer(request, "read:filters")
    return await found(request, lambda db: entity(db, filters.get(db, who.actor or 0, path_id(request)))["statuses"])


@routes.post(r"/api/v2/filters/{id:\d+}/statuses")
async def add_status(request: web.Request) -> web.Response:
    """A status more."""
    who = await bearer(request, "write:filters")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        post = must_see(db, number(sent, "status_id") or 0, who.actor)
        return entities.filter_status(filters.add_post(db, who.actor or 0, path_id(request), post["id"], now()))

    return await done(request, act)


@routes.get(r"/api/v2/filters/statuses/{id:\d+}")
async def status(request: web.Request) -> web.Response:
    """One status of a filter."""
    who = await bearer(request, "read:filters")
    return await found(
        request, lambda db: entities.filter_status(filters.get_post(db, who.actor or 0, path_id(request)))
    )


@routes.delete(r"/api/v2/filters/statuses/{id:\d+}")
async def delete_status(request: web.Request) -> web.Response:
    """The status is filtered no more; the answer is what it was."""
    who = await bearer(request, "write:filters")

    def act(db: Database) -> dict[str, Any]:
        row = filters.get_post(db, who.actor or 0, path_id(request))
        filters.delete_post(db, who.actor or 0, row["id"])
        return entities.filter_status(row)

    return await done(request, act)


def contexts(sent: dict[str, Any]) -> list[str]:
    """Where it holds, as sent, once each."""
    return list(dict.fromkeys(str(one) for one in several(sent, "context") if str(one)))


def expires(sent: dict[str, Any]) -> int | None:
    """The moment of `expires_in` seconds from now; none for '' or nothing.  Raises Invalid for a strange number."""
    given = str(sent.get("expires_in") or "")
    if not given:
        return None
    if not re.fullmatch(r"-?[0-9]{1,9}", given):
        raise Invalid("Validation failed: Expires in is not a number")
    return now() + int(given) * 1000


def _keywords(sent: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in several(sent, "keywords_attributes") if isinstance(one, dict)]


def entity(db: Database, row: Row) -> dict[str, Any]:
    """Filter, whole."""
    return entities.filter_(row) | {
        "keywords": [entities.filter_keyword(one) for one in filters.keywords(db, row["id"])],
        "statuses": [entities.filter_status(one) for one in filters.posts(db, row["id"])],
    }
