"""Sound and film made fit to be served: looked at with ffprobe, written anew with ffmpeg, where they are installed."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node import settings
from node.errors import Invalid, NodeError
from node.log import Log
from node.posts import films
from node.store import Database
from web import confined
from web.confined import Bounds

log = Log("web.studio")

LOOK_SECONDS = 20
WORK_SECONDS = 1800  # at the most
GRACE, FOR_EACH = 120, 4  # seconds of work that are given to any film, and to each second of it
SPARE = 1_000_000  # bytes above the limit that a file may reach before it is cut
FAILED = "Error processing thumbnail for uploaded media"  # Mastodon's words for any failure


@dataclass(frozen=True, slots=True)
class Made:
    """A film or sound fit to be served, below the folder that was given; poster '' for sound."""

    file: Path
    poster: Path | None
    found: films.Found


def can() -> bool:
    """Whether this machine has what sound and film need."""
    return bool(confined.find("ffmpeg") and confined.find("ffprobe"))


def limits(db: Database) -> films.Limits:
    """What the operator allows."""
    return films.Limits(
        settings.get(db, "film_seconds"), settings.get(db, "film_pixels"), settings.get(db, "film_streams"),
        settings.get(db, "film_size"),
    )  # fmt: skip


async def look(source: Path, name: str, allowed: films.Limits) -> films.Found:
    """What the file holds.  Raises Invalid for what we do not take."""
    try:
        told = await confined.run(
            confined.find("ffprobe"), films.probing(source, name), source.parent,
            Bounds(LOOK_SECONDS, LOOK_SECONDS, 0), [source],
        )  # fmt: skip
    except confined.Failed as error:
        log.info("file not understood", **error.facts)
        raise Invalid(films.CONTENT) from error
    return films.understand(told, name, allowed)


async def make(source: Path, name: str, folder: Path, allowed: films.Limits) -> Made:
    """The film or sound as phones play it, written into the folder, which begins empty.

    Raises Invalid for what we do not take, Failed for what could not be done.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    found = await look(source, name, allowed)
    target = folder / f"made.{found.extension}"
    seconds = min(WORK_SECONDS, GRACE + FOR_EACH * (found.seconds or allowed.seconds))
    await _ffmpeg(source, films.making(source, target, found, allowed), folder, allowed, seconds)
    written = target.stat().st_size if target.is_file() else 0
    if not written:
        raise confined.Failed(FAILED, reason="nothing written")
    if written >= allowed.size:
        raise Invalid("Validation failed: File must be less than {most} MB", most=allowed.size // 1_000_000)
    made = await look(target, _demuxer(target), allowed)
    if made.kind != found.kind:
        raise confined.Failed(FAILED, reason="a stream was lost")
    poster = None if made.kind == "audio" else await _poster(target, folder, made, allowed)
    return Made(target, poster, made)


async def _poster(film: Path, folder: Path, made: films.Found, allowed: films.Limits) -> Path:
    """One picture of the film: a second from its beginning, or its first."""
    target = folder / "poster.png"
    for at in (min(1.0, made.seconds / 2), 0.0):
        await _ffmpeg(film, films.looking(film, target, at), folder, allowed, GRACE)
        if target.is_file():
            return target
    raise confined.Failed(FAILED, reason="no picture in it")


async def _ffmpeg(source: Path, arguments: list[str], folder: Path, allowed: films.Limits, seconds: float) -> None:
    bounds = Bounds(seconds, int(2 * seconds), allowed.size + SPARE)
    await confined.run(confined.find("ffmpeg"), arguments, folder, bounds, [source])


def _demuxer(path: Path) -> str:
    with path.open("rb") as opened:
        return films.demuxer(opened.read(films.LOOK))


def complaint(error: NodeError) -> str:
    """What the member is told of a failure: why we do not take it, or only that it failed."""
    if isinstance(error, confined.Failed):
        facts: dict[str, Any] = error.facts
        log.warning("film not made", reason=str(error), **facts)
        return FAILED
    return str(error)
