"""Pictures, sound and film that come with a form of writing: taken in, described, kept over a refusal."""

import asyncio

from aiohttp import web

from node.errors import Invalid
from node.posts import media
from node.store import Database, Row
from node.text import mark
from web import guard, rendering, uploads
from web.pages import writing
from web.state import BRIDGE

AT_ONCE = 4  # with one form
PATIENCE = 20.0  # seconds until she is told that a film still takes a while
UNREADY = mark("The film is still being prepared: send the form again in a minute. Nothing is lost.")


async def form(request: web.Request) -> guard.Form:
    """What the form held, files among it."""
    most = (await rendering.chosen(request))["media_size"]
    return await guard.form(request, max(most * AT_ONCE + 1_048_576, await uploads.largest(request.app[BRIDGE])))


async def pictures(request: web.Request, author: int, sent: guard.Form, post: int | None = None) -> list[int]:
    """Ids of what the form holds: what came with it, and what was kept from before and is not to go.

    post: of the author's, that is being edited.  Raises Invalid for too many, and where one
    has no description: it is kept then, and shown beside the field.
    """
    bridge = request.app[BRIDGE]
    kept = [guard.number(one) for one in sent.getall("picture", [])]
    words = {
        one: guard.text(sent, f"alt-{one}", uploads.LONGEST_DESCRIPTION).strip()
        for one in kept if one is not None and not sent.get(f"drop-{one}")
    }  # fmt: skip
    found = await bridge.store.write(_described, author, words, post)
    for part in sent.getall("file", [])[:AT_ONCE]:
        if not isinstance(part, web.FileField) or not part.filename:
            continue
        words_of_it = guard.text(sent, "alt", 1500).strip()
        identifier, work = await uploads.take(bridge, author, part.file, words_of_it, (0.0, 0.0))  # type: ignore[arg-type]
        await asyncio.wait({work}, timeout=PATIENCE)
        if work.done():
            work.result()
        found.append(identifier)
    failed = await bridge.store.write(_drop_failed, found)
    if failed:
        raise Kept(failed, [one for one in found if await bridge.store.read(media.get, one) is not None])
    if not await bridge.store.read(_all_ready, found):
        raise Kept(UNREADY, found)
    if found and not await bridge.store.read(_all_described, found):
        raise WithoutWords(found)
    return found


class Kept(Invalid):
    """Carries what was sent back to the form."""

    def __init__(self, sentence: str, found: list[int]) -> None:
        super().__init__(sentence)
        self.found = found


class WithoutWords(Kept):
    """One of them has no description."""

    def __init__(self, found: list[int]) -> None:
        super().__init__(writing.WITHOUT_WORDS, found)


def shown(db: Database, post: int, identifiers: list[int] | None) -> list[Row]:
    """What stands beside the fields of a post that is edited: these, or those that it holds."""
    if identifiers is None:
        return [row for row in media.of(db, post) if not row["remote"]]
    return [row for one in identifiers for row in [media.get(db, one)] if row is not None]


def _described(db: Database, owner: int, words: dict[int, str], post: int | None) -> list[int]:
    found = []
    for identifier, description in words.items():
        row = media.own(db, owner, identifier)
        if row is not None and row["post"] in (None, post):
            media.describe(db, identifier, description, (row["focus_x"], row["focus_y"]))
            found.append(identifier)
    return found


def _all_ready(db: Database, identifiers: list[int]) -> bool:
    rows = [media.get(db, one) for one in identifiers]
    return all(row is None or row["ready"] for row in rows)


def _drop_failed(db: Database, identifiers: list[int]) -> str:
    """What could not be prepared is gone; the sentence that says why, '' where all went well."""
    sentence = ""
    for identifier in identifiers:
        row = media.get(db, identifier)
        if row is not None and row["failed"]:
            sentence = row["failed"]
            media.discard(db, identifier)
    return sentence


def _all_described(db: Database, identifiers: list[int]) -> bool:
    """Of what a post holds already, words may be missing: an app has sent it so."""
    rows = [media.get(db, one) for one in identifiers]
    return all(row is not None and (row["description"] or row["post"] is not None) for row in rows)
