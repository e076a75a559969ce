"""How others find us: WebFinger, host-meta, NodeInfo, health.

Source: RFC 7033; RFC 6415; NodeInfo 2.0/2.1; FEP-2677; interop §1.
"""

from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from federation import suspending
from federation import vocabulary as v
from federation.bridge import now
from node import settings
from node.care import numbers
from node.errors import Forbidden, Gone, Invalid, NotFound
from node.people import actors as people
from node.people import users
from node.store import Database, Row
from web.mastodon import told
from web.pressure import PRESSURE
from web.state import BRIDGE

routes = web.RouteTableDef()

REPOSITORY = "https://tashbik.example/source"
VERSION = version("tashbik")
OPEN = {"Access-Control-Allow-Origin": "*"}
DAY = 86_400_000


@routes.get("/.well-known/webfinger")
async def webfinger(request: web.Request) -> web.Response:
    """Who is meant by a handle, an id or a page of ours."""
    resource = request.query.get("resource", "")
    if not resource:
        raise Invalid("Which resource?")
    bridge = request.app[BRIDGE]
    actor = bridge.store.glance(find, resource.strip(), bridge.origin)
    links: list[dict[str, Any]] = [
        {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": actor["url"]},
        {"rel": "self", "type": v.ACTIVITY_JSON, "href": actor["uri"],
         "properties": {f"{v.AS2}#type": actor["type"]}},
        {"rel": "http://ostatus.org/schema/1.0/subscribe",
         "template": f"{bridge.origin}/authorize_interaction?uri={{uri}}"},
    ]  # fmt: skip
    if actor["type"] != "Group":
        links[1].pop("properties")
    wanted = request.query.getall("rel", [])
    if wanted:
        links = [one for one in links if one["rel"] in wanted]
    document = {
        "subject": f"acct:{actor['name']}@{bridge.host}",
        "aliases": [actor["uri"], actor["url"]],
        "links": links,
    }
    return web.Response(body=orjson.dumps(document), headers=OPEN | {"Content-Type": "application/jrd+json"})


def find(db: Database, resource: str, origin: str) -> Row:
    """Our actor that a resource names.  Raises NotFound, Gone; Invalid for what names nobody at any server."""
    host = origin.partition("://")[2]
    actor: Row | None = None
    if resource.startswith(("http://", "https://")):
        if resource.rstrip("/") == origin:
            return people.get(db, people.system(db))
        path = urlsplit(resource).path if resource.startswith(origin + "/") else ""
        actor = people.by_uri(db, resource) if path else None
        if actor is None and path.startswith("/@") and "/" not in path[2:]:
            actor = people.ours(db, path[2:])
        if actor is None and path.startswith(("/f/", "/p/")):
            actor = people.ours(db, path[3:])
    else:
        typed = resource[5:] if resource[:5].lower() == "acct:" else resource
        name, _, at = typed.removeprefix("@").rpartition("@")
        if not name or not at:
            raise Invalid("This is no address of the form name@server.", typed=resource[:100])
        if at.lower() == host and name.lower() in ("relay", host):
            return people.get(db, people.system(db))
        actor = people.ours(db, name) if at.lower() == host else None
    if actor is None or not actor["local"]:
        raise NotFound("There is no such account here.")
    if suspending.is_suspended(db, actor):
        raise Forbidden("This account is suspended.")
    if actor["gone"]:
        raise Gone("This account was deleted.")
    return actor


@routes.get("/.well-known/host-meta")
async def host_meta(request: web.Request) -> web.Response:
    """Where WebFinger is (XRD)."""
    template = f"{request.app[BRIDGE].origin}/.well-known/webfinger?resource={{uri}}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        f'<Link rel="lrdd" template="{template}"/></XRD>\n'
    )
    return web.Response(body=body.encode(), headers=OPEN | {"Content-Type": "application/xrd+xml; charset=utf-8"})


@routes.get("/.well-known/host-meta.json")
async def host_meta_json(request: web.Request) -> web.Response:
    """The same as JRD."""
    template = f"{request.app[BRIDGE].origin}/.well-known/webfinger?resource={{uri}}"
    links = {"links": [{"rel": "lrdd", "type": "application/jrd+json", "template": template}]}
    return web.Response(body=orjson.dumps(links), headers=OPEN | {"Content-Type": "application/json"})


@routes.get("/.well-known/change-password")
async def change_password(request: web.Request) -> web.Response:
    """Where password managers send somebody who shall choose another one."""
    raise web.HTTPFound("/me#login")


@routes.get("/.well-known/nodeinfo")
async def nodeinfo_links(request: web.Request) -> web.Response:
    """Which NodeInfo documents there are, and which actor the node speaks through."""
    origin = request.app[BRIDGE].origin
    schema = "http://nodeinfo.diaspora.software/ns/schema/"
    links = [{"rel": schema + one, "href": f"{origin}/nodeinfo/{one}"} for one in ("2.0", "2.1")]
    links.append({"rel": f"{v.AS2}#Application", "href": f"{origin}/actor"})
    return web.Response(body=orjson.dumps({"links": links}), headers=OPEN | {"Content-Type": "application/json"})


@routes.get("/nodeinfo/{schema:2\\.[01]}")
async def nodeinfo(request: web.Request) -> web.Response:
    """What this node is, in numbers."""
    schema = request.match_info["schema"]
    document = await told.read(request, None, lambda db: _nodeinfo(db, schema, now()))
    kind = f'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{schema}#"'
    return web.Response(body=orjson.dumps(document), headers=OPEN | {"Content-Type": kind})


@routes.get("/health")
async def health(request: web.Request) -> web.Response:
    """200 while the node answers and its file is whole; one word, or in JSON for who asks for that, where `disk` says whether
    there is room for more."""
    bridge, pressure = request.app[BRIDGE], request.app[PRESSURE]
    await bridge.store.read(lambda db: db.value("select 1"))
    pressure.look(request.app)
    whole = bridge.condition in ("ok", "unchecked")
    if "json" not in request.headers.get("Accept", ""):
        return web.Response(text="OK" if whole else "damaged", status=200 if whole else 503)
    return web.json_response(
        {"status": "ok" if whole else "damaged", "version": VERSION, "database": bridge.condition,
         "disk": "low" if pressure.full else "ok"},
        status=200 if whole else 503,
    )  # fmt: skip


def _nodeinfo(db: Database, schema: str, at: int) -> dict[str, Any]:
    software: dict[str, Any] = {"name": "tashbik", "version": VERSION}
    if schema == "2.1":
        software |= {"repository": REPOSITORY, "homepage": REPOSITORY}
    name = settings.get(db, "name")
    said, answered = numbers.said_here(db)
    return {
        "version": schema,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": ["atom1.0"]},
        "openRegistrations": settings.get(db, "registrations") == "open",
        "usage": {
            "users": {
                "total": users.total(db),
                "activeMonth": users.active(db, at - 30 * DAY),
                "activeHalfyear": users.active(db, at - 180 * DAY),
            },
            "localPosts": said,
            "localComments": answered,
        },
        "metadata": {
            "nodeName": name.get("ar") or next(iter(name.values()), ""),
            "nodeNames": name,
            "country": settings.get(db, "country"),
            "assoVersion": 1,
            "directory": f"{settings.get(db, 'origin')}/actor/directory",
            "upstream": {"name": "mastodon"},
        },
    }
