"""Pictures, sound and film that come with a form of writing: taken in, described, kept over a refusal."""

from aiohttp import web

from node.errors import Invalid
from node.posts import media
from node.store import Database, Row
from web import guard, rendering, uploads
from web.pages import writing
from web.state import BRIDGE

AT_ONCE = 4  # with one form


async def form(request: web.Request) -> guard.Form:
    """What the form held, files among it."""
    most = (await rendering.chosen(request))["media_size"]
    return await guard.form(request, most * AT_ONCE + 1_048_576)


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
        identifier, work = await uploads.take(
            bridge, author, part.file.read(), guard.text(sent, "alt", 1500).strip(), (0.0, 0.0)
        )
        await work
        found.append(identifier)
    if found and not await bridge.store.read(_all_described, found):
        raise WithoutWords(found)
    return found


class WithoutWords(Invalid):
    """Carries the pictures back to the form."""

    def __init__(self, found: list[int]) -> None:
        super().__init__(writing.WITHOUT_WORDS)
        self.found = found


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


def _all_described(db: Database, identifiers: list[int]) -> bool:
    """Of what a post holds already, words may be missing: an app has sent it so."""
    rows = [media.get(db, one) for one in identifiers]
    return all(row is not None and (row["description"] or row["post"] is not None) for row in rows)
