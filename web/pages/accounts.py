"""What pages of people, associations, forums and projects share: who is meant, the document, the head."""

import json
from typing import Any

from aiohttp import web

from federation import actors as documents
from federation import resolve, suspending
from federation import vocabulary as v
from node import html, settings
from node.errors import Forbidden, Gone, NodeError, NotFound
from node.network import listed
from node.people import actors, moves
from node.store import Database, Row
from web import activitypub, words
from web.pages import people, post
from web.rendering import Head
from web.state import BRIDGE, LIMITS

OPENED = (30, 300)  # entries of peers' directories that one address may open for the first time in so many seconds


def find(db: Database, name: str) -> Row:
    """The actor of `name` or `name@host`.  Raises NotFound; Gone for one of ours that was deleted."""
    actor = named(db, name)
    if actor is not None and actor["local"] and suspending.is_suspended(db, actor):
        raise Forbidden("This account is suspended.")
    if actor is not None and actor["gone"] and actor["local"]:
        raise Gone("This account was deleted.")
    if actor is None or actor["gone"]:
        raise NotFound("There is no such account here.")
    return actor


async def found(request: web.Request, name: str) -> Row:
    """The same, where an association that stands in the directory alone is first asked for at its own node."""
    bridge = request.app[BRIDGE]
    if "@" in name and await bridge.store.read(named, name) is None:
        plain, _, host = name.partition("@")
        uri = await bridge.store.read(listed.at_handle, plain, host)
        if uri and not request.app[LIMITS].take("open", request.remote, *OPENED):
            try:
                return await resolve.actor(bridge, uri)
            except NodeError:
                pass
    actor: Row = await bridge.store.read(find, name)
    return actor


def named(db: Database, name: str) -> Row | None:
    """The actor of `name` or `name@host`, be it ours under its whole handle; None for whom we do not know."""
    plain, _, host = name.partition("@")
    ours = settings.get(db, "origin").partition("://")[2] if host else ""
    return actors.by_handle(db, plain, "" if host.lower() == ours else host)


async def document(request: web.Request, actor: Row) -> web.Response:
    """The actor's document: ours as it stands, a peer's at its own server."""
    if not actor["local"]:
        raise web.HTTPFound(actor["uri"])
    body = v.dump(await request.app[BRIDGE].store.read(documents.render, actor))
    return web.Response(body=body, headers=activitypub.JSON_HEADERS)


async def moved_to(request: web.Request, actor: Row) -> str:
    """The actor's new address, when that is proven; '' for none."""
    return await request.app[BRIDGE].store.read(moves.shown, actor) if actor["moved_to"] else ""


def head(request: web.Request, actor: Row, who: people.Who) -> Head:
    """What search engines and other sites' previews read."""
    origin = request.app[BRIDGE].origin
    face = people.whole(actor, "icon")
    summary: Any = words.pick(json.loads(actor["summaries"]), actor["summary"])
    return Head(
        title=who.name, description=post.shorten(" ".join(html.plain(summary).split()), 200),
        canonical=actor["url"] or actor["uri"], activity=actor["uri"] if actor["local"] else "",
        feed=f"{origin}{who.url}/feed" if actor["local"] else "", image=origin + face if face else "",
        creator=f"@{actor['name']}@{actor['host'] or origin.partition('://')[2]}", type="profile",
        indexed=bool(actor["local"] and actor["indexable"]),
    )  # fmt: skip


def at_home(request: web.Request, path: str) -> bool:
    """Whether the page was asked for at its one address."""
    return path in (request.path, request.rel_url.raw_path)
