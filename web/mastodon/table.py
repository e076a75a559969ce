"""Every resource of the Mastodon API."""

from aiohttp import web

from node.errors import NotFound
from web import media as pictures
from web import oauth, uploads
from web.fresh import Fresh
from web.mastodon import (
    about,
    accounts,
    admin,
    admin_blocks,
    admin_numbers,
    admin_reports,
    admin_tags,
    announcements,
    collections,
    discovery,
    filters,
    filters_v1,
    grouped,
    history,
    instance,
    links,
    lists,
    marks,
    media,
    notifications,
    polls,
    profile,
    push,
    reading,
    registration,
    relationships,
    reports,
    scheduled,
    search,
    statuses,
    streaming,
    tags,
    timelines,
    yearly,
)
from web.mastodon.hub import HUB, Hub
from web.mastodon.told import LONGEST, MOST, TOLD
from web.state import BRIDGE

# The more exact paths first: `/accounts/familiar_followers` is no id, `/notifications/policy` no group.
RESOURCES = [
    oauth, pictures, about, accounts, admin, admin_blocks, admin_numbers, admin_reports, admin_tags, announcements, collections, discovery, filters, filters_v1, history, instance, links, lists, marks, media,
    notifications, grouped, polls, profile, push, reading, registration, relationships, reports, scheduled, search, statuses,
    streaming, tags, timelines, yearly,
]  # fmt: skip


def add_to(app: web.Application) -> None:
    """The application answers apps; what it does not know is a clean 404."""
    for resource in RESOURCES:
        app.add_routes(resource.routes)
        app.add_routes(with_a_slash(resource.routes))
        app.add_routes(patched(resource.routes))
    app.cleanup_ctx.append(uploads.keep_tidy)
    app[TOLD] = Fresh(MOST, LONGEST)
    app[HUB] = Hub(app[BRIDGE])
    app.on_startup.append(app[HUB].start)
    app.on_shutdown.append(app[HUB].stop)
    app.router.add_route("*", "/api/{rest:.*}", unknown)


def with_a_slash(routes: web.RouteTableDef) -> list[web.RouteDef]:
    """The same with a slash at the end, as some clients write them; paths with parameters are never written so."""
    return [
        web.RouteDef(route.method, route.path + "/", route.handler, {})
        for route in routes
        if isinstance(route, web.RouteDef) and route.path.startswith("/api/") and not route.path.endswith(("/", "}"))
        and "{" not in route.path and route.path != "/api/v1/streaming"
    ]  # fmt: skip


def patched(routes: web.RouteTableDef) -> list[web.RouteDef]:
    """PATCH wherever PUT changes something, as in Mastodon, whose apps send either."""
    known = {(route.method, route.path) for route in routes if isinstance(route, web.RouteDef)}
    return [
        web.RouteDef("PATCH", route.path, route.handler, {})
        for route in routes
        if isinstance(route, web.RouteDef) and route.method == "PUT" and ("PATCH", route.path) not in known
        and "/reactions/" not in route.path
    ]  # fmt: skip


async def unknown(request: web.Request) -> web.Response:
    """An endpoint that we do not have; one that we have, with a slash at its end, is told so."""
    path, mark, query = request.raw_path.partition("?")
    if path.endswith("/") and path.count("/") > len(("api", "v1", "")):
        return web.Response(status=308, headers={"Location": path.rstrip("/") + mark + query})
    raise NotFound("Record not found")
