"""What search engines ask for before they read: which pages are none of their business, and which there are."""

from datetime import UTC, datetime

from aiohttp import web

from node.network import found
from node.store import Database
from web import fresh, rendering
from web.pages.cards import KINDS
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()
OFTEN = (20, 300)  # sitemaps that one address may ask for in so many seconds
PLACES = (
    "/",
    "/assoc",
    "/forums",
    "/projects",
    "/agenda",
    "/board",
    "/calls",
    "/about",
    "/rules",
    "/privacy",
    "/network",
)
# Forms, choices of the reader, and what is only for members: nothing that anybody would look for.
NOT_THESE = ("/api/", "/oauth/", "/login", "/logout", "/join", "/reset", "/confirm", "/search", "/new", "/me", "/messages",
             "/notifications", "/feed$", "/drafts", "/manage/", "/admin", "/interact", "/authorize_interaction", "/lang",
             "/theme", "/lite", "/*?lite=", "/*&lite=")  # fmt: skip


@routes.get("/robots.txt")
async def robots(request: web.Request) -> web.Response:
    """What may be read, and where the list is."""
    lines = ["User-agent: *", *(f"Disallow: {one}" for one in NOT_THESE), "",
             f"Sitemap: {request.app[BRIDGE].origin}/sitemap.xml", ""]  # fmt: skip
    return web.Response(text="\n".join(lines), headers={"Cache-Control": "public, max-age=3600"})


@routes.get("/sitemap.xml")
async def sitemap(request: web.Request) -> web.Response:
    """Every page of ours that wishes to be found."""
    wait = request.app[LIMITS].take("sitemap", request.remote, *OFTEN)
    if wait:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
    await rendering.read_by(request)
    body = await fresh.read(request, "sitemap", _sitemap, request.app[BRIDGE].origin)
    headers = {"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "public, max-age=3600"}
    response = web.Response(body=body, headers=headers)
    response.enable_compression()
    return response


def _sitemap(db: Database, origin: str) -> bytes:
    """Written at once: names here are letters, digits and _, so nothing needs escaping."""
    lines = [f"<url><loc>{origin}{path}</loc></url>" for path in PLACES]
    for type_, role, name in found.actors_of_ours(db):
        place = "@" if type_ == "Organization" else "p/" if role == "project" else "f/"
        lines.append(f"<url><loc>{origin}/{place}{name}</loc></url>")
    for identifier, kind, at in found.posts_of_ours(db):
        day = datetime.fromtimestamp(at // 1000, UTC).date()
        lines.append(f"<url><loc>{origin}/{KINDS[kind].path}/{identifier}</loc><lastmod>{day}</lastmod></url>")
    opening = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{opening}{chr(10).join(lines)}\n</urlset>\n".encode()
