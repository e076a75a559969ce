"""Every resource of the Mastodon API."""

from aiohttp import web

from node.errors import NotFound
from web import oauth
from web.mastodon import accounts, instance, notifications, search, statuses, timelines

RESOURCES = [oauth, accounts, instance, notifications, search, statuses, timelines]


def add_to(app: web.Application) -> None:
    """The application answers apps; what it does not know is a clean 404."""
    for resource in RESOURCES:
        app.add_routes(resource.routes)
    app.router.add_route("*", "/api/{rest:.*}", unknown)


async def unknown(request: web.Request) -> web.Response:
    """An endpoint that we do not have."""
    raise NotFound("Record not found")
