"""Pictures, sound and film served from here; pictures of peers fetched once and served from here too.

A reader is never seen by another server, and nothing that runs is ever served.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from federation import emojis as pictured
from federation import fetch
from federation import vocabulary as v
from federation.bridge import Bridge, now
from node import emojis, hosts, settings
from node.errors import NodeError, NotFound
from node.people import actors
from node.posts import cached, files, link_cards, media, pictures
from node.store import Database, Row
from web import passing
from web.passing import HEADERS
from web.state import BRIDGE
from web.uploads import SIDE, WIDE, decode, folder_of, name_of

routes = web.RouteTableDef()

LARGEST_REMOTE = 16_000_000  # bytes
FETCH_SECONDS = 20
FETCHED_AT_ONCE = 16  # each may be as large as that in memory
POSTER = 640  # pixels of the picture before a film
LITTLE = 128  # pixels of an avatar on pages, where it is shown at 32 to 64
EMOJI = 256  # pixels of a custom emoji
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}


# ── served ────────────────────────────────────────────────────────────────────


@routes.get(r"/media/{folder:[0-9a-f]{2}}/{name:[A-Za-z0-9_-]+\.[a-z0-9]+}")
async def own(request: web.Request) -> web.StreamResponse:
    """A file of ours, by the name that only its post told."""
    name = f"{request.match_info['folder']}/{request.match_info['name']}"
    return _serve(folder_of(request.app[BRIDGE]), name, FOR_EVER)


@routes.get(r"/media/remote/{key:[0-9a-f]{32}}")
async def attachment(request: web.Request) -> web.StreamResponse:
    """A picture of a peer's post, kept here; sound and film passed on as they come.

    The address is told with the post alone: whoever may not see the post cannot guess it.  Any other file is at its
    owner's: posts link to it there by name, for nobody is sent on to another server unasked.
    """
    bridge, row = request.app[BRIDGE], await _known(request, media.by_key, request.match_info["key"])
    if not row["remote"] or row["kind"] == "unknown":
        raise NotFound("Record not found")
    if row["kind"] != "image":
        return await passing.film(request, row)
    return await _remote(bridge, f"media-{row['id']}", row["remote"], pictures.LONGEST)


@routes.get(r"/media/remote/poster/{key:[0-9a-f]{32}}")
async def poster(request: web.Request) -> web.StreamResponse:
    """The picture that stands for a peer's film."""
    bridge, row = request.app[BRIDGE], await _known(request, media.by_key, request.match_info["key"])
    if not row["remote_preview"]:
        raise NotFound("Record not found")
    name = f"poster-{row['id']}-{hash_of(row['remote_preview'])}"
    return await _remote(bridge, name, row["remote_preview"], POSTER)


@routes.get(r"/media/remote/{which:icon|image}/{id:\d{1,19}}")
async def face(request: web.Request) -> web.StreamResponse:
    """Avatar or header of somebody elsewhere."""
    which, row = request.match_info["which"], await _known(request, _shown, int(request.match_info["id"]))
    if row["local"] or not row[which]:
        raise NotFound("Record not found")
    # A new picture has a new address: the name says which one is kept.
    name = f"{which}-{row['id']}-{hash_of(row[which])}"
    longest, square = (SIDE, True) if which == "icon" else (WIDE, False)
    return await _remote(request.app[BRIDGE], name, row[which], longest, square=square)


@routes.get(r"/media/face/{id:\d{1,19}}/{mark:[0-9a-f]{1,8}}")
async def little(request: web.Request) -> web.StreamResponse:
    """Anybody's avatar, as small as pages show it; the mark in its address changes with the picture."""
    row = await _known(request, _shown, int(request.match_info["id"]))
    if not row["icon"]:
        raise NotFound("Record not found")
    name = f"face-{row['id']}-{hash_of(row['icon'])}"
    return await _remote(request.app[BRIDGE], name, row["icon"], LITTLE, square=True)


@routes.get(r"/media/emoji/{id:\d{1,18}}")
@routes.get(r"/media/emoji/{id:\d{1,18}}/still")
async def emoji(request: web.Request) -> web.StreamResponse:
    """A custom emoji, of a peer or our own; where it moves, `still` does not."""
    row = await _known(request, _emoji, int(request.match_info["id"]))
    still = request.path.endswith("/still")
    name = f"{'still' if still else 'emoji'}-{row['id']}-{hash_of(row['url'])}"
    return await _remote(request.app[BRIDGE], name, row["url"], LITTLE if still else EMOJI)


@routes.get(r"/media/card/{id:\d{1,18}}")
async def card(request: web.Request) -> web.StreamResponse:
    """The picture that a page showed of itself, beside public posts that link to it."""
    bridge, row = request.app[BRIDGE], await _known(request, _card, int(request.match_info["id"]))
    try:
        return await _remote(bridge, f"card-{row['id']}-{hash_of(row['image'])}", row["image"], POSTER)
    except NotFound:
        await bridge.store.write(link_cards.show_no_picture, row["id"])
        raise


async def _known(request: web.Request, find: Callable[[Database, Any], Any], key: str | int) -> Any:
    """What find() knows of this key.  Raises NotFound."""
    row = await request.app[BRIDGE].store.read(find, key)
    if row is None:
        raise NotFound("Record not found")
    return row


def _shown(db: Database, identifier: int) -> Row | None:
    """The actor, unless it is gone."""
    row = actors.by_id(db, identifier)
    return None if row is None or row["gone"] else row


def _card(db: Database, identifier: int) -> Row | dict[str, Any] | None:
    """The card, when it has a picture of a server that we speak with."""
    row = link_cards.get(db, identifier)
    if row is None or not row["image"]:
        return None
    ours = settings.get(db, "origin") + "/"
    if not row["image"].startswith(ours) and hosts.refuses(db, urlsplit(row["image"]).netloc.lower()):
        return None
    return row


@routes.get(r"/emojis/{shortcode:[A-Za-z0-9_]{2,40}}")
async def emoji_document(request: web.Request) -> web.Response:
    """What our posts name in `tag`, by itself."""
    found = await request.app[BRIDGE].store.read(_document, request.match_info["shortcode"])
    if found is None:
        raise NotFound("Record not found")
    return web.Response(body=v.dump(v.with_context(found)), headers={"Content-Type": v.ACTIVITY_JSON})


def _document(db: Database, shortcode: str) -> dict[str, Any] | None:
    return next(iter(pictured.tags(db, json.dumps(emojis.ours(db, f":{shortcode}:")))), None)


def _emoji(db: Database, identifier: int) -> Row | None:
    """The emoji, unless we hear its server no more."""
    row = emojis.get(db, identifier)
    return None if row is None or (row["host"] and hosts.refuses(db, row["host"])) else row


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


_gates: dict[int, asyncio.Semaphore] = {}
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
    gate = _gates.setdefault(id(asyncio.get_running_loop()), asyncio.Semaphore(FETCHED_AT_ONCE))
    await gate.acquire()
    try:
        made = await decode(bridge, await _bytes(bridge, address), longest, square=square)
        data, extension, kind = made.data, made.extension, made.type
        if longest == LITTLE:
            data, extension, kind = made.preview, "webp", "image/webp"
        file, size = await asyncio.to_thread(files.write, folder, data, extension), len(data)
    except NodeError:
        pass
    finally:
        gate.release()
    gone = await bridge.store.write(cached.keep, name, file, kind, size, now())
    await asyncio.to_thread(files.remove, folder, gone)
    return file


async def _bytes(bridge: Bridge, address: str) -> bytes:
    """What lies behind an address of ours, or of a peer.  Raises NodeError."""
    if not bridge.is_ours(address):
        return await _get(bridge, address)
    for name in name_of(bridge, address):
        path = files.find(folder_of(bridge), name)
        if path is not None:
            return await asyncio.to_thread(path.read_bytes)
    raise NotFound("Record not found")


async def _get(bridge: Bridge, address: str) -> bytes:
    """The bytes behind an address of a peer, two redirects followed.  Raises NodeError."""
    for _ in range(3):
        if await bridge.store.read(hosts.refuses, v.host(address)):
            raise NotFound("Record not found")
        found = await bridge.client.get(
            address, {"Accept": "image/*"}, limit=LARGEST_REMOTE, seconds=FETCH_SECONDS
        )  # fmt: skip
        if found.status in (301, 302, 303, 307, 308) and "location" in found.headers:
            address = fetch.redirected(bridge, address, found.headers["location"])
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
