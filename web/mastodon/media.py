"""Media: uploads, until a status holds them."""

import asyncio
import base64
import binascii
import io
import re
from typing import Any

from aiohttp import web

from federation import outbox
from federation.bridge import Bridge, now
from node.errors import Invalid, NodeError, NotFound
from node.posts import edits, files, media, posts
from node.store import Database, Row
from web import uploads as door
from web.mastodon import entities
from web.mastodon.requests import answer, bearer, number, params, path_id, several, text
from web.state import BRIDGE

routes = web.RouteTableDef()

MOST_MEDIA = 4  # of one status
LARGEST = 20_000_000  # bytes of a request with a portrait
_DATA = re.compile(r"data:[a-z0-9.+/-]{0,100};base64,", re.IGNORECASE)
PATIENCE = 4.0  # seconds until the app is told to ask again: of pictures; of what lasts it is told at once


@routes.post("/api/{version:v1|v2}/media")
async def upload(request: web.Request) -> web.Response:
    """Take a picture, a sound or a film; 202 while it is still being prepared."""
    who = await bearer(request, "write:media")
    bridge = request.app[BRIDGE]
    sent = await params(request, await door.largest(bridge))
    file, written = sent.get("file"), read_file(sent, "file") if isinstance(sent.get("file"), str) else None
    if not isinstance(file, web.FileField) and not written:
        raise Invalid("Validation failed: File can't be blank")
    stream = file.file if isinstance(file, web.FileField) else io.BytesIO(written or b"")
    owner = who.actor or 0
    words, cover = text(sent, "description"), read_file(sent, "thumbnail")
    identifier, work = await door.take(bridge, owner, stream, words, focus(sent), cover)  # type: ignore[arg-type]
    await asyncio.wait({work}, timeout=await _patience(request, identifier))
    if work.done():
        await _done(request, identifier, work)
    row = await bridge.store.read(_own, owner, identifier)
    return answer(request, entities.attachment(row, bridge.origin), 200 if row["ready"] else 202)


async def _patience(request: web.Request, identifier: int) -> float | None:
    """Seconds that the app waits: in the first version until all is done."""
    if request.match_info["version"] == "v1":
        return None
    row = await request.app[BRIDGE].store.read(media.get, identifier)
    return PATIENCE if row is None or row["kind"] == "image" else 0.0


async def _done(request: web.Request, identifier: int, work: asyncio.Task[None]) -> None:
    """The app waited: it hears at once what was wrong, and nothing is left of it."""
    try:
        work.result()
    except NodeError:
        await request.app[BRIDGE].store.write(media.discard, identifier)
        raise


@routes.get(r"/api/v1/media/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One's upload; 206 while it is still being prepared, 422 when that failed."""
    who = await bearer(request, "write:media")
    row = await request.app[BRIDGE].store.read(_own, who.actor or 0, path_id(request))
    if row["failed"]:
        raise Invalid(row["failed"])
    return answer(request, entities.attachment(row, request.app[BRIDGE].origin), 200 if row["ready"] else 206)


@routes.put(r"/api/v1/media/{id:\d+}")
async def describe(request: web.Request) -> web.Response:
    """What it shows, in words; where its middle is; another picture to stand for a film or sound."""
    who = await bearer(request, "write:media")
    bridge = request.app[BRIDGE]
    sent = await params(request, await door.largest(bridge))
    await bridge.store.read(_own, who.actor or 0, path_id(request))
    cover = read_file(sent, "thumbnail")
    preview = await door.stand_in(bridge, cover) if cover else ""

    def act(db: Database) -> Row:
        row = _own(db, who.actor or 0, path_id(request))
        words = text(sent, "description") if "description" in sent else row["description"]
        point = focus(sent) if "focus" in sent else (row["focus_x"], row["focus_y"])
        if row["post"] is not None:
            edits.remember(db, posts.get(db, row["post"]))
        media.describe(db, row["id"], words[: door.LONGEST_DESCRIPTION], point)
        if preview:
            media.cover(db, row["id"], preview)
        if row["post"] is not None:
            _tell(db, row["post"])
        return _own(db, who.actor or 0, row["id"])

    row = await bridge.store.write(act)
    return answer(request, entities.attachment(row, bridge.origin))


def _tell(db: Database, identifier: int) -> None:
    """Its post counts as edited: others read a document anew only when it says so."""
    post = posts.get(db, identifier)
    posts.change(db, identifier, edited=max(now(), post["published"] + 1000))
    outbox.tell_again(db, posts.get(db, identifier), now())


@routes.delete(r"/api/v1/media/{id:\d+}")
async def remove(request: web.Request) -> web.Response:
    """An upload that no status holds is gone."""
    who = await bearer(request, "write:media")
    bridge = request.app[BRIDGE]

    def act(db: Database) -> list[str]:
        row = _own(db, who.actor or 0, path_id(request))
        if row["post"] is not None:
            raise Invalid("Media attachment is currently used by a status")
        return media.discard(db, row["id"])

    gone = await bridge.store.write(act)
    await asyncio.to_thread(files.remove, door.folder_of(bridge), gone)
    return answer(request, {})


def read_file(sent: dict[str, Any], name: str) -> bytes | None:
    """The bytes of an uploaded file, or of one written out as `data:…;base64,…`; None where there is none."""
    found = sent.get(name)
    if isinstance(found, str) and (data := _DATA.match(found)):
        try:
            return base64.b64decode(found[data.end() :], validate=True)
        except binascii.Error as error:
            raise Invalid("Validation failed: File is invalid") from error
    return found.file.read() if isinstance(found, web.FileField) else None


async def covers(bridge: Bridge, actor: int, post: int, sent: dict[str, Any]) -> dict[int, str]:
    """Other pictures for films and sounds of the actor's post, from `media_attributes`: upload -> name of the file."""
    wished = [one for one in several(sent, "media_attributes")[:MOST_MEDIA] if isinstance(one, dict)]
    made: dict[int, str] = {}
    for one in wished:
        cover, identifier = read_file(one, "thumbnail"), number(one, "id")
        row = await bridge.store.read(media.own, actor, identifier) if cover and identifier is not None else None
        if cover and row is not None and row["post"] == post and row["kind"] != "image":
            made[row["id"]] = await door.stand_in(bridge, cover)
    return made


def must_be_ready(db: Database, actor: int, wanted: list[int], post: int | None = None) -> None:
    """Raises Invalid for uploads that are not the actor's, not ready, or on another status."""
    rows = [media.own(db, actor, one) for one in wanted]
    if any(row is None or row["post"] not in (None, post) for row in rows):
        raise Invalid("Validation failed: Media not found or already attached to another post")
    if any(row is not None and not row["ready"] for row in rows):
        raise Invalid("Cannot attach files that have not finished processing. Try again in a moment!")


def focus(sent: dict[str, Any]) -> tuple[float, float]:
    """`-0.5,0.5`; the middle for anything else."""
    parts = text(sent, "focus").split(",")
    try:
        x, y = float(parts[0]), float(parts[1])
    except (IndexError, ValueError):
        return 0.0, 0.0
    return (max(-1.0, min(1.0, x)), max(-1.0, min(1.0, y))) if x == x and y == y else (0.0, 0.0)


def _own(db: Database, actor: int, identifier: int) -> Row:
    row = media.own(db, actor, identifier)
    if row is None:
        raise NotFound("Record not found")
    return row
