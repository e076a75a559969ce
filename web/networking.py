"""What nodes of the network show each other besides actors and posts: profiles, projects of an association, the directory."""

import hashlib

from aiohttp import web

from federation import association_layer, directory
from federation import vocabulary as v
from node import ids
from node.errors import NotFound
from node.network import listed, projects
from node.people import actors
from node.store import Database, Row
from web import activitypub
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/orgs/{name}/profile")
async def get_profile(request: web.Request) -> web.Response:
    """The whole profile of an association: more of it for those who sign, and for nodes of the network."""
    store = request.app[BRIDGE].store
    actor = await store.read(_association, request.match_info["name"])
    if not activitypub.wants_activity(request):
        raise web.HTTPFound(actor["url"], headers=activitypub.TO_THE_PAGE)
    reader = await activitypub.reader(request)
    network = reader is not None and await store.read(listed.is_of_network, v.host(reader["uri"]))
    found = await store.read(association_layer.profile, actor, signed=reader is not None, network=network)
    private = {"Cache-Control": "private, no-store"} if reader is not None else {}
    return web.Response(body=v.dump(found), headers=activitypub.JSON_HEADERS | private)


@routes.get("/orgs/{name}/projects")
async def get_projects(request: web.Request) -> web.Response:
    """Projects that the association leads: ids, the last moved first."""
    store = request.app[BRIDGE].store
    actor = await store.read(_association, request.match_info["name"])
    if not activitypub.wants_activity(request):
        raise web.HTTPFound(f"{actor['url']}/projects", headers=activitypub.TO_THE_PAGE)
    items = [row["uri"] for row in await store.read(projects.of_owner, actor["id"])]
    found = {
        "id": f"{actor['uri']}/projects",
        "type": "OrderedCollection",
        "totalItems": len(items),
        "orderedItems": items,
    }
    return web.Response(body=v.dump(v.with_context(found)), headers=activitypub.JSON_HEADERS)


@routes.get("/actor/directory")
async def get_directory(request: web.Request) -> web.Response:
    """Our associations as compact records, fifty a page; `since` narrows to what changed after it."""
    store = request.app[BRIDGE].store
    since, page = request.query.get("since", ""), request.query.get("page", "")
    if page:
        found = await store.read(directory.page, since, ids.read(page) or 0)
    else:
        found = await store.read(directory.collection, since)
    body = v.dump(found)
    response = web.Response(body=body, headers=activitypub.JSON_HEADERS)
    response.etag = hashlib.sha256(body).hexdigest()[:32]
    if request.if_none_match and any(
        one.value == response.etag.value for one in request.if_none_match if response.etag
    ):
        return web.Response(status=304, headers={"ETag": response.headers["ETag"]})
    return response


def _association(db: Database, name: str) -> Row:
    found = actors.ours(db, name)
    if found is None or found["type"] != "Organization" or found["name"] != name or found["gone"]:
        raise NotFound("Record not found")
    return found
