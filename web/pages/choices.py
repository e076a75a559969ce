"""What a visitor chooses for her own browser: language, theme, pictures or none. A cookie each, only when she asks."""

from aiohttp import web
from yarl import URL

from web import rendering
from web.guard import next_path
from web.state import BRIDGE

routes = web.RouteTableDef()
YEAR = 365 * 86_400
CLIMBED = 3  # steps from where a form is sent to the page that it stands on


@routes.get("/lang")
async def lang(request: web.Request) -> web.Response:
    """Pages are in this language from now on."""
    return await _keep(request, rendering.COOKIE, rendering.known_language(request.query.get("to", "")))


@routes.get("/theme")
async def theme(request: web.Request) -> web.Response:
    """Pages are light, or dark."""
    wanted = request.query.get("to", "")
    return await _keep(request, "theme", wanted if wanted in rendering.THEMES else "")


@routes.get("/lite")
async def lite(request: web.Request) -> web.Response:
    """Pages come without pictures, or with; asked for without a choice, the home page without."""
    wanted = request.query.get("on", "")
    if wanted not in ("0", "1"):
        raise web.HTTPFound("/?lite=1")
    return await _keep(request, "lite", wanted)


async def _keep(request: web.Request, name: str, value: str) -> web.Response:
    back = next_path(request.query.get("back") or _came_from(request), "/")
    path, _, query = back.partition("?")
    path = await _page_of(request, path)
    kept = [part for part in query.split("&") if part and not part.startswith((f"{name}=", "lang="))]
    response = web.Response(status=303, headers={"Location": path + ("?" + "&".join(kept) if kept else "")})
    if value:
        secure = rendering.is_secure(request)
        response.set_cookie(name, value, max_age=YEAR, path="/", secure=secure, httponly=True, samesite="Lax")
    return response


async def _page_of(request: web.Request, path: str) -> str:
    """The path, or the next above it that can be opened: a refused form is shown where forms are only sent to."""
    for _ in range(CLIMBED):
        found = await request.app.router.resolve(request.clone(method="GET", rel_url=URL(path, encoded=True)))
        if not isinstance(found.http_exception, web.HTTPMethodNotAllowed):
            return path
        path = path.rpartition("/")[0] or "/"
    return path


def _came_from(request: web.Request) -> str:
    """The page of ours that the link stood on, as the browser says; pages whose address is a key say it nowhere else."""
    said, origin = request.headers.get("Referer", ""), request.app[BRIDGE].origin
    return said[len(origin) :].partition("#")[0] if said.startswith(origin + "/") else ""
