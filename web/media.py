"""Pictures: taken from members, served from here; those of peers fetched once and served from here too.

A reader is never seen by another server, and nothing that runs is ever served.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from federation.bridge import Bridge, now
from node import settings
from node.errors import Invalid, NodeError, NotFound, TooLarge
from node.log import Log
from node.posts import cached, files, media, pictures
from node.store import Database, Row
from web.state import BRIDGE

routes = web.RouteTableDef()
log = Log("web.media")

TIDY_EVERY = 3600.0  # seconds
AT_ONCE = 2  # pictures being decoded
LONGEST_DESCRIPTION = 1500
LARGEST_REMOTE = 16_000_000  # bytes
FETCH_SECONDS = 20
SIDE = 400  # pixels of an avatar
WIDE = 1500  # pixels of a header
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Content-Disposition": "inline",
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}

_gate: dict[int, asyncio.Semaphore] = {}


# ── taken ─────────────────────────────────────────────────────────────────────


async def take(
    bridge: Bridge, owner: int, data: bytes, description: str, focus: tuple[float, float]
) -> tuple[int, asyncio.Task[None]]:
    """The upload's id at once, and the work that makes it ready; when that fails, nothing is left.

    Raises TooLarge beyond the node's limit.
    """
    await must_fit(bridge, len(data))
    description = description[:LONGEST_DESCRIPTION]
    identifier = await bridge.store.write(media.keep_upload, owner, "image", "", description, focus, now())
    work = asyncio.create_task(_prepare(bridge, identifier, data))
    work.add_done_callback(lambda done: done.cancelled() or done.exception())  # the app may have stopped waiting
    return identifier, work


async def must_fit(bridge: Bridge, size: int) -> None:
    """Raises TooLarge beyond the node's limit, Invalid for nothing at all."""
    most = await bridge.store.read(settings.get, "media_size")
    if size > most:
        raise TooLarge("Validation failed: File must be less than {most} MB", most=most // 1_000_000)
    if not size:
        raise Invalid("Validation failed: File can't be blank")


async def portrait(bridge: Bridge, data: bytes, *, square: bool) -> str:
    """The address of a new avatar (square) or header.  Raises Invalid for what is no picture."""
    await must_fit(bridge, len(data))
    made = await _decode(data, SIDE if square else WIDE, square=square)
    name = await asyncio.to_thread(files.write, folder_of(bridge), made.data, made.extension)
    return f"{bridge.origin}/media/{name}"


def folder_of(bridge: Bridge) -> Path:
    """Where uploads lie."""
    return bridge.store.folder / "media"


def name_of(bridge: Bridge, address: str) -> list[str]:
    """The file behind an address of ours, to be removed."""
    ours = f"{bridge.origin}/media/"
    return [address.removeprefix(ours)] if address.startswith(ours) else []


async def _prepare(bridge: Bridge, identifier: int, data: bytes) -> None:
    try:
        made = await _decode(data, pictures.LONGEST)
        folder = folder_of(bridge)
        file = await asyncio.to_thread(files.write, folder, made.data, made.extension)
        preview = await asyncio.to_thread(files.write, folder, made.preview, "webp")
    except NodeError:
        await bridge.store.write(media.discard, identifier)
        raise
    await bridge.store.write(
        media.prepared, identifier, file, preview, made.type, len(made.data), made.width, made.height, made.blurhash
    )


async def _decode(data: bytes, longest: int, *, square: bool = False) -> pictures.Picture:
    """Off the event loop, a few at a time: pictures are large in memory."""
    gate = _gate.setdefault(id(asyncio.get_running_loop()), asyncio.Semaphore(AT_ONCE))
    async with gate:
        return await asyncio.to_thread(pictures.prepare, data, longest, square=square)


async def keep_tidy(app: web.Application) -> AsyncIterator[None]:
    """As long as the application lives, uploads are looked through once in an hour."""

    async def loop() -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY)
            try:
                await tidy(app[BRIDGE])
            except Exception:
                log.error("media not tidied")

    task = asyncio.create_task(loop())
    yield
    task.cancel()


async def tidy(bridge: Bridge) -> None:
    """Uploads that nothing came to hold in a day are gone; so is every file that nothing shows any more."""
    folder = folder_of(bridge)
    gone = await bridge.store.write(_forget_unused, now() - 86_400_000)
    await asyncio.to_thread(files.remove, folder, gone)
    lying = await asyncio.to_thread(files.older, folder, now() / 1000 - TIDY_EVERY)
    shown = await bridge.store.read(media.files, bridge.origin)
    await asyncio.to_thread(files.remove, folder, [name for name in lying if name not in shown])


def _forget_unused(db: Database, before: int) -> list[str]:
    return [name for row in media.unused(db, before) for name in media.discard(db, row["id"])]


# ── served ────────────────────────────────────────────────────────────────────


@routes.get(r"/media/{folder:[0-9a-f]{2}}/{name:[A-Za-z0-9_-]+\.[a-z0-9]+}")
async def own(request: web.Request) -> web.StreamResponse:
    """A file of ours, by the name that only its post told."""
    name = f"{request.match_info['folder']}/{request.match_info['name']}"
    return _serve(folder_of(request.app[BRIDGE]), name, FOR_EVER)


@routes.get(r"/media/remote/{id:\d{1,19}}")
async def attachment(request: web.Request) -> web.StreamResponse:
    """A picture of a peer's post; sound and film are asked for at their owner's."""
    bridge = request.app[BRIDGE]
    row = await bridge.store.read(media.get, int(request.match_info["id"]))
    if row is None or not row["remote"]:
        raise NotFound("Record not found")
    if row["kind"] != "image":
        raise web.HTTPFound(row["remote"], headers={"Referrer-Policy": "no-referrer"})
    return await _remote(bridge, f"media-{row['id']}", row["remote"], pictures.LONGEST)


@routes.get(r"/media/remote/{which:icon|image}/{id:\d{1,19}}")
async def face(request: web.Request) -> web.StreamResponse:
    """Avatar or header of somebody elsewhere."""
    bridge = request.app[BRIDGE]
    which, identifier = request.match_info["which"], int(request.match_info["id"])
    row: Row | None = await bridge.store.read(
        lambda db: db.row("select icon, image, local, gone from actors where id = ?", (identifier,))
    )
    if row is None or row["local"] or row["gone"] or not row[which]:
        raise NotFound("Record not found")
    # A new picture has a new address: the name says which one is kept.
    name = f"{which}-{identifier}-{hash_of(row[which])}"
    return await _remote(bridge, name, row[which], SIDE if which == "icon" else WIDE, square=which == "icon")


def hash_of(address: str) -> str:
    """A short name for an address."""
    import hashlib

    return hashlib.sha256(address.encode()).hexdigest()[:16]


async def _remote(bridge: Bridge, name: str, address: str, longest: int, *, square: bool = False) -> web.StreamResponse:
    folder = bridge.store.folder / "cache"
    known = await bridge.store.read(cached.get, name)
    if known is not None and known["file"] and files.find(folder, known["file"]):
        if known["at"] < now() - 86_400_000:
            await bridge.store.write(cached.touch, name, now())
        return _serve(folder, known["file"], FOR_A_DAY)
    if known is not None and not known["file"] and known["at"] > now() - cached.AGAIN:
        raise NotFound("Record not found")
    fetched = await _once(bridge, folder, name, address, longest, square)
    if not fetched:
        raise NotFound("Record not found")
    return _serve(folder, fetched, FOR_A_DAY)


_under_way: dict[str, asyncio.Task[str]] = {}


async def _once(bridge: Bridge, folder: Path, name: str, address: str, longest: int, square: bool) -> str:
    """Readers who ask together wait for one fetch."""
    key = f"{bridge.origin} {name}"
    task = _under_way.get(key)
    if task is None:
        task = _under_way[key] = asyncio.create_task(_fetch(bridge, folder, name, address, longest, square))
        task.add_done_callback(lambda _: _under_way.pop(key, None))
    return await asyncio.shield(task)


async def _fetch(bridge: Bridge, folder: Path, name: str, address: str, longest: int, square: bool) -> str:
    """The file's name in the cache; '' for what cannot be had or is no picture."""
    file, kind, size = "", "", 0
    try:
        data = await _get(bridge, address)
        made = await _decode(data, longest, square=square)
        file, kind, size = (
            await asyncio.to_thread(files.write, folder, made.data, made.extension),
            made.type,
            len(made.data),
        )
    except NodeError:
        pass
    gone = await bridge.store.write(cached.keep, name, file, kind, size, now())
    await asyncio.to_thread(files.remove, folder, gone)
    return file


async def _get(bridge: Bridge, address: str) -> bytes:
    """The bytes behind an address of a peer, two redirects followed.  Raises NodeError."""
    for _ in range(3):
        found = await bridge.client.get(
            address, {"Accept": "image/*"}, limit=LARGEST_REMOTE, seconds=FETCH_SECONDS
        )  # fmt: skip
        if found.status in (301, 302, 303, 307, 308) and "location" in found.headers:
            from urllib.parse import urljoin

            address = urljoin(address, found.headers["location"])
            continue
        if found.status != 200:
            break
        return found.body
    raise NotFound("Record not found")


def _serve(folder: Path, name: str, kept: dict[str, str]) -> web.StreamResponse:
    path = files.find(folder, name)
    if path is None:
        raise NotFound("Record not found")
    return web.FileResponse(path, headers=HEADERS | kept | {"Content-Type": files.type_of(name)})
