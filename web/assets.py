"""The stylesheet, the marks and the script: read once, squeezed once, kept by browsers for a year."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".js": "text/javascript", ".png": "image/png",
         ".webmanifest": "application/manifest+json", ".txt": "text/plain"}  # fmt: skip
FOR_EVER = "public, max-age=31536000, immutable"
A_WHILE = "public, max-age=3600"
# Apps in browsers draw it into pictures of their own.
FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; mark changes when its bytes do."""

    body: bytes
    squeezed: bytes
    type: str
    mark: str


@cache
def assets() -> dict[str, Asset]:
    """Every static file by its path below static/."""
    found = {}
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and path.suffix in TYPES:
            body = path.read_bytes()
            if path.suffix == ".css":
                body = shorten(body.decode()).encode()
            found[path.relative_to(STATIC).as_posix()] = Asset(
                body, gzip.compress(body, 9, mtime=0), TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:10]
            )
    return found


def shorten(css: str) -> str:
    """The stylesheet without comments and needless white space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    return re.sub(r":\s+", ":", css).replace(";}", "}").strip()


def address(name: str) -> str:
    """Where a file is, with its mark, so that it may be kept for ever."""
    return f"/static/{name}?v={assets()[name].mark}"


@routes.get("/avatars/original/missing.png")
async def no_avatar(request: web.Request) -> web.Response:
    """What stands for an avatar, where apps expect it."""
    return _served(request, assets()["avatar.png"], FOR_ALL)


@routes.get("/headers/original/missing.png")
async def no_header(request: web.Request) -> web.Response:
    """What stands for a header, where apps expect it."""
    return _served(request, assets()["header.png"], FOR_ALL)


@routes.get("/static/{name:.+}")
async def static(request: web.Request) -> web.Response:
    """One of our own files."""
    asset = assets().get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    return _served(request, asset)


def _served(request: web.Request, asset: Asset, more: dict[str, str] | None = None) -> web.Response:
    headers = {
        "Content-Type": asset.type + ("; charset=utf-8" if asset.type.startswith("text/") else ""),
        "Cache-Control": FOR_EVER if request.query.get("v") == asset.mark else A_WHILE,
        "ETag": f'"{asset.mark}"', "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff", **(more or {}),
    }  # fmt: skip
    if asset.type == "image/svg+xml":
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(asset.squeezed) < len(asset.body):
        return web.Response(body=asset.squeezed, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(body=asset.body, headers=headers)
