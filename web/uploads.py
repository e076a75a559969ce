"""What members upload: written down at once, prepared off the event loop, begun again after a restart.

The file as it came lies below DATA/incoming until it is prepared; its row names it.  What
nothing came to hold is gone after a day.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from federation.bridge import Bridge, now
from node import settings
from node.errors import Invalid, NodeError, TooLarge
from node.log import Log
from node.posts import cached, files, films, media, pictures
from node.store import Database, Row
from web import studio
from web.state import BRIDGE

log = Log("web.uploads")

TIDY_EVERY = 3600.0  # seconds
AT_ONCE = 2  # pictures being decoded, files being looked at
FILMS_AT_ONCE = 1
MOST_WAITING = 8  # uploads of one account that are not ready
MOST_TRIES = 3  # begun so often and never ended: it is what ends us
LONGEST_DESCRIPTION = 1500
SIDE = 400  # pixels of an avatar
WIDE = 1500  # pixels of a header
ONLY_PICTURES = "Validation failed: File content type is invalid. This server takes pictures only."
TOO_MANY = "Too many uploads are still being prepared. Try again in a moment!"


@dataclass(slots=True)
class _Workshop:
    """What one node prepares just now."""

    pictures: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    films: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILMS_AT_ONCE))
    under_way: dict[int, asyncio.Task[None]] = field(default_factory=dict)


_workshops: dict[tuple[int, Path], _Workshop] = {}


def _workshop(bridge: Bridge) -> _Workshop:
    return _workshops.setdefault((id(asyncio.get_running_loop()), bridge.store.folder), _Workshop())


# ── taken ─────────────────────────────────────────────────────────────────────


async def take(
    bridge: Bridge,
    owner: int,
    data: bytes | BinaryIO,
    description: str,
    focus: tuple[float, float],
    cover: bytes | None = None,
) -> tuple[int, asyncio.Task[None]]:
    """The upload's id at once, and the work that makes it ready; when that fails its row says why.

    cover: a picture of the sender's choice to stand for a film or sound.

    Raises TooLarge beyond the node's limit, Invalid for what it does not take.
    """
    name = films.demuxer(await asyncio.to_thread(files.head, data, films.LOOK))
    if name and name != "gif" and not studio.can():
        raise Invalid(ONLY_PICTURES)
    await must_fit(bridge, files.length(data), "film_size" if name else "media_size")
    if await bridge.store.read(media.waiting_of, owner) >= MOST_WAITING:
        raise Invalid(TOO_MANY)
    source = await asyncio.to_thread(files.put_by, incoming_of(bridge), data)
    try:
        kind = await _kind(bridge, incoming_of(bridge) / source, name)
        preview = await stand_in(bridge, cover) if cover and kind != "image" else ""
    except BaseException:
        await asyncio.to_thread(files.drop, incoming_of(bridge), source)
        raise
    words = description[:LONGEST_DESCRIPTION]
    identifier = await bridge.store.write(media.keep_upload, owner, kind, source, words, focus, now(), preview)
    return identifier, _begin(bridge, identifier)


async def stand_in(bridge: Bridge, cover: bytes) -> str:
    """The name of a small picture, to stand for a film or sound.  Raises Invalid for what is no picture."""
    await must_fit(bridge, len(cover))
    made = await decode(bridge, cover, pictures.LONGEST_PREVIEW)
    return await asyncio.to_thread(files.write, folder_of(bridge), made.preview, "webp")


async def _kind(bridge: Bridge, path: Path, name: str) -> str:
    """image, or what ffprobe sees.  Raises Invalid for what we do not take."""
    if not name:
        return "image"
    if name == "gif" and not (studio.can() and await asyncio.to_thread(pictures.moves, path)):
        await must_fit(bridge, path.stat().st_size)
        return "image"
    async with _workshop(bridge).pictures:
        return (await studio.look(path, name, await bridge.store.read(studio.limits))).kind


async def must_fit(bridge: Bridge, size: int, setting: str = "media_size") -> None:
    """Raises TooLarge beyond the node's limit, Invalid for nothing at all."""
    most = await bridge.store.read(settings.get, setting)
    if size > most:
        raise TooLarge("Validation failed: File must be less than {most} MB", most=most // 1_000_000)
    if not size:
        raise Invalid("Validation failed: File can't be blank")


async def largest(bridge: Bridge) -> int:
    """Bytes of a request with one file, at the most."""
    most = await bridge.store.read(settings.get, "media_size")
    if studio.can():
        most = max(most, await bridge.store.read(settings.get, "film_size"))
    return int(most) + 1_000_000


async def portrait(bridge: Bridge, data: bytes, *, square: bool) -> str:
    """The address of a new avatar (square) or header.  Raises Invalid for what is no picture."""
    await must_fit(bridge, len(data))
    made = await decode(bridge, data, SIDE if square else WIDE, square=square)
    name = await asyncio.to_thread(files.write, folder_of(bridge), made.data, made.extension)
    return f"{bridge.origin}/media/{name}"


def folder_of(bridge: Bridge) -> Path:
    """Where what we serve lies."""
    return bridge.store.folder / "media"


def incoming_of(bridge: Bridge) -> Path:
    """Where uploads lie as they came."""
    return bridge.store.folder / "incoming"


def name_of(bridge: Bridge, address: str) -> list[str]:
    """The file behind an address of ours, to be removed."""
    ours = f"{bridge.origin}/media/"
    return [address.removeprefix(ours)] if address.startswith(ours) else []


async def decode(bridge: Bridge, data: bytes, longest: int, *, square: bool = False) -> pictures.Picture:
    """The picture made safe, off the event loop, a few at a time: pictures are large in memory."""
    async with _workshop(bridge).pictures:
        return await asyncio.to_thread(pictures.prepare, data, longest, square=square)


# ── prepared ──────────────────────────────────────────────────────────────────


def _begin(bridge: Bridge, identifier: int) -> asyncio.Task[None]:
    under_way = _workshop(bridge).under_way
    work = under_way[identifier] = asyncio.create_task(_prepare(bridge, identifier))
    work.add_done_callback(lambda _: under_way.pop(identifier, None))
    work.add_done_callback(lambda done: done.cancelled() or done.exception())  # the app may have stopped waiting
    return work


async def _prepare(bridge: Bridge, identifier: int) -> None:
    """The upload can be shown, or its row says why it never will be.  Raises NodeError then."""
    row = await bridge.store.write(media.begin, identifier)
    if row is None:
        return
    try:
        if row["tries"] > MOST_TRIES or not (incoming_of(bridge) / row["source"]).is_file():
            raise Invalid(studio.FAILED)
        await (_picture if row["kind"] == "image" else _film)(bridge, row)
    except NodeError as error:
        await bridge.store.write(media.fail, identifier, studio.complaint(error))
        raise
    except OSError as error:  # the disk is full, or worse
        log.error("upload not prepared", upload=identifier)
        await bridge.store.write(media.fail, identifier, studio.FAILED)
        raise Invalid(studio.FAILED) from error
    finally:
        if (asyncio.current_task() or _NOBODY).cancelling() == 0:  # ended by a stop it will be begun again
            await asyncio.to_thread(files.drop, incoming_of(bridge), row["source"])


class _Nobody:
    def cancelling(self) -> int:
        return 0


_NOBODY = _Nobody()


async def _picture(bridge: Bridge, row: Row) -> None:
    data = await asyncio.to_thread((incoming_of(bridge) / row["source"]).read_bytes)
    made = await decode(bridge, data, pictures.LONGEST)
    folder = folder_of(bridge)
    file = await asyncio.to_thread(files.write, folder, made.data, made.extension)
    preview = await asyncio.to_thread(files.write, folder, made.preview, "webp")
    done = media.Prepared(
        row["kind"], made.type, file, len(made.data), preview, made.width, made.height, made.blurhash,
        meta={"small": list(made.small)},
    )  # fmt: skip
    await bridge.store.write(media.prepared, row["id"], done)


async def _film(bridge: Bridge, row: Row) -> None:
    source = incoming_of(bridge) / row["source"]
    work = source.with_name(source.name + ".work")
    try:
        async with _workshop(bridge).films:
            name = films.demuxer(await asyncio.to_thread(files.head, source, films.LOOK))
            made = await studio.make(source, name, work, await bridge.store.read(studio.limits))
        await bridge.store.write(media.prepared, row["id"], await _kept(bridge, made))
    finally:
        await asyncio.to_thread(shutil.rmtree, work, True)


async def _kept(bridge: Bridge, made: studio.Made) -> media.Prepared:
    """The film or sound among what we serve, with its poster."""
    folder, found = folder_of(bridge), made.found
    poster, preview = None, ""
    if made.poster is not None:
        poster = await decode(bridge, await asyncio.to_thread(made.poster.read_bytes), pictures.LONGEST)
        preview = await asyncio.to_thread(files.write, folder, poster.preview, "webp")
    size = made.file.stat().st_size
    file = await asyncio.to_thread(files.move, folder, made.file, found.extension)
    return media.Prepared(
        found.kind, files.type_of(file), file, size, preview, found.width or None, found.height or None,
        poster.blurhash if poster is not None else None, found.seconds,
        films.meta(found, poster.small if poster is not None else None),
    )  # fmt: skip


# ── kept tidy ─────────────────────────────────────────────────────────────────


async def keep_tidy(app: web.Application) -> AsyncIterator[None]:
    """As long as the application lives: what was left unprepared is prepared, and once in an hour it is tidied."""
    bridge = app[BRIDGE]
    for identifier in await bridge.store.read(media.unprepared):
        _begin(bridge, identifier)

    async def loop() -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY)
            try:
                await tidy(bridge)
            except Exception:
                log.error("media not tidied")

    task = asyncio.create_task(loop())
    yield
    under_way = list(_workshop(bridge).under_way.values())
    for one in (task, *under_way):
        one.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    _workshops.pop((id(asyncio.get_running_loop()), bridge.store.folder), None)


async def tidy(bridge: Bridge) -> None:
    """Uploads that nothing came to hold in a day are gone; so is every file that nothing shows any more."""
    folder, incoming = folder_of(bridge), incoming_of(bridge)
    gone = await bridge.store.write(_forget_unused, now() - 86_400_000)
    await asyncio.to_thread(files.remove, folder, gone)
    before = now() / 1000 - TIDY_EVERY
    lying = await asyncio.to_thread(files.older, folder, before)
    shown = await bridge.store.read(media.files, bridge.origin)
    await asyncio.to_thread(files.remove, folder, [name for name in lying if name not in shown])
    kept = bridge.store.folder / "cache"
    lying = await asyncio.to_thread(files.older, kept, before)
    shown = await bridge.store.read(cached.files)
    await asyncio.to_thread(files.remove, kept, [name for name in lying if name not in shown])
    waiting = await bridge.store.read(media.sources)
    await asyncio.to_thread(files.drop_others, incoming, waiting, before)


def _forget_unused(db: Database, before: int) -> list[str]:
    return [name for row in media.unused(db, before) for name in media.discard(db, row["id"])]
