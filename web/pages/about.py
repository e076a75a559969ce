"""What stands still: about the network, its rules, privacy, and the nodes that it is woven with."""

from typing import Any

from aiohttp import web

from federation import actors as documents
from federation import vocabulary as v
from node import hosts
from node.network import directory
from node.people import actors
from node.store import Database, Row
from web import activitypub, rendering, words
from web.rendering import Head
from web.state import BRIDGE
from web.wellknown import VERSION

routes = web.RouteTableDef()


@routes.get("/about")
async def about(request: web.Request) -> web.StreamResponse:
    """The network in its own words; asked for ActivityPub, the actor that speaks for the node."""
    bridge = request.app[BRIDGE]
    if activitypub.wants_activity(request):
        actor = await bridge.store.read(actors.get, bridge.system)
        return web.Response(
            body=v.dump(await bridge.store.read(documents.render, actor)), headers=activitypub.JSON_HEADERS
        )
    await rendering.read_by(request)
    node = await rendering.chosen(request)
    total = await bridge.store.read(directory.total)
    return await rendering.page(
        request, "about.html", "about", head=_head(request, words.say("About")), about=words.pick(node["about"]),
        total=total, version=VERSION,
    )  # fmt: skip


@routes.get("/rules")
async def rules(request: web.Request) -> web.StreamResponse:
    """The rules of the house."""
    await rendering.read_by(request)
    return await rendering.page(request, "rules.html", "rules", head=_head(request, words.say("Rules")))


@routes.get("/privacy")
async def privacy(request: web.Request) -> web.StreamResponse:
    """What is kept of whom, and for how long."""
    await rendering.read_by(request)
    asks = (await rendering.chosen(request))["link_cards"]
    return await rendering.page(
        request, "privacy.html", "privacy", head=_head(request, words.say("Privacy")), asks=asks
    )


@routes.get("/network")
async def network(request: web.Request) -> web.StreamResponse:
    """The nodes that this one has met."""
    await rendering.read_by(request)
    found = await request.app[BRIDGE].store.read(_nodes)
    return await rendering.page(
        request, "network.html", "network", head=_head(request, words.say("Nodes of the network")), nodes=found
    )


def _nodes(db: Database) -> list[dict[str, Any]]:
    return [_node(row) for row in hosts.met(db)]


def _node(row: Row) -> dict[str, Any]:
    return {"host": row["host"], "software": row["software"], "heard": row["heard"], "silent": row["silent"],
            "associations": row["associations"], "actors": row["actors"]}  # fmt: skip


def _head(request: web.Request, title: str) -> Head:
    return Head(title=title, canonical=request.app[BRIDGE].origin + request.path)
