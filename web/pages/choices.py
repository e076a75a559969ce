"""What a visitor chooses for her own browser: language, theme, pictures or none. A cookie each, only when she asks."""

from aiohttp import web

from web import rendering
from web.guard import next_path
from web.state import BRIDGE

routes = web.RouteTableDef()
YEAR = 365 * 86_400


@routes.get("/lang")
async def lang(request: web.Request) -> web.Response:
    """Pages are in this language from now on."""
    return _keep(request, rendering.COOKIE, rendering.known_language(request.query.get("to", "")))


@routes.get("/theme")
async def theme(request: web.Request) -> web.Response:
    """Pages are light, or dark."""
    wanted = request.query.get("to", "")
    return _keep(request, "theme", wanted if wanted in rendering.THEMES else "")


@routes.get("/lite")
async def lite(request: web.Request) -> web.Response:
    """Pages come without pictures, or with; asked for without a choice, the home page without."""
    wanted = request.query.get("on", "")
    if wanted not in ("0", "1"):
        raise web.HTTPFound("/?lite=1")
    return _keep(request, "lite", wanted)


def _keep(request: web.Request, name: str, value: str) -> web.Response:
    back = next_path(request.query.get("back") or _came_from(request), "/")
    path, _, query = back.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith((f"{name}=", "lang="))]
    response = web.Response(status=303, headers={"Location": path + ("?" + "&".join(kept) if kept else "")})
    if value:
        secure = rendering.is_secure(request)
        response.set_cookie(name, value, max_age=YEAR, path="/", secure=secure, httponly=True, samesite="Lax")
    return response


def _came_from(request: web.Request) -> str:
    """The page of ours that the link stood on, as the browser says; pages whose address is a key say it nowhere else."""
    said, origin = request.headers.get("Referer", ""), request.app[BRIDGE].origin
    return said[len(origin) :].partition("#")[0] if said.startswith(origin + "/") else ""
