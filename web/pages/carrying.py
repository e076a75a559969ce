"""What one takes along to another server, and brings from one: lists of whom one follows, blocks and has muted.

The files are those of Mastodon: its servers, GoToSocial, Akkoma and others read and write them.
"""

import csv
import io
from collections.abc import Callable

from aiohttp import web

from federation import carrying
from federation.bridge import now
from federation.discovery import read_handle
from node import settings
from node.errors import Invalid, NodeError
from node.ids import LAST
from node.people import blocks, follows, mutes
from node.people.sessions import Member
from node.posts import lists, marks
from node.store import Database, Row
from node.window import Window
from web import guard
from web.pages import moving
from web.state import BRIDGE

routes = web.RouteTableDef()

LARGEST = 300_000  # bytes of a file that is brought
OFTEN = (6, 3600)  # files in so many seconds
EVERYONE = Window(LAST, 0, 20_000)

Table = list[list[str]]


@routes.get(r"/me/export/{what:following|blocks|mutes|bookmarks|lists}.csv")
async def take(request: web.Request) -> web.Response:
    """One of her lists, as a file."""
    member = await guard.must_be_member(request)
    what = request.match_info["what"]
    made = io.StringIO()
    csv.writer(made).writerows(await request.app[BRIDGE].store.read(TABLES[what], member))
    return web.Response(
        text=made.getvalue(), content_type="text/csv", charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{what}.csv"', "Cache-Control": "private, no-store",
                 "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"},
    )  # fmt: skip


def _following(db: Database, member: Member) -> Table:
    found = [["Account address", "Show boosts", "Notify on new posts", "Languages"]]
    for row in follows.following(db, member.actor, EVERYONE):
        known = follows.get(db, member.actor, row["id"])
        if known is not None:
            found.append([_handle(db, row), str(bool(known["boosts"])).lower(), str(bool(known["notify"])).lower(), ""])
    return found


def _blocks(db: Database, member: Member) -> Table:
    return [[_handle(db, row)] for row in blocks.of(db, member.actor, EVERYONE)]


def _mutes(db: Database, member: Member) -> Table:
    rows = mutes.listed(db, member.actor, now(), EVERYONE)
    return [["Account address", "Hide notifications"], *([_handle(db, row), "true"] for row in rows)]


def _bookmarks(db: Database, member: Member) -> Table:
    rows = marks.bookmarks(db, member.actor, EVERYONE)
    return [[str(db.value("select uri from posts where id = ?", (row["post"],)))] for row in rows]


def _lists(db: Database, member: Member) -> Table:
    return [
        [one["title"], _handle(db, row)]
        for one in lists.of(db, member.actor) if one["id"] not in lists.TITLES
        for row in lists.members(db, member.actor, one["id"], EVERYONE)
    ]  # fmt: skip


TABLES: dict[str, Callable[[Database, Member], Table]] = {
    "following": _following, "blocks": _blocks, "mutes": _mutes, "bookmarks": _bookmarks, "lists": _lists,
}  # fmt: skip


def _handle(db: Database, row: Row) -> str:
    """`name@host`, ours too: the file is read elsewhere."""
    return f"{row['name']}@{row['host'] or settings.get(db, 'origin').partition('://')[2]}"


# ── brought ───────────────────────────────────────────────────────────────────


@routes.post("/me/import")
async def bring(request: web.Request) -> web.StreamResponse:
    """Everybody in the file is followed, blocked or muted, one after the other."""
    sent = await guard.form(request, LARGEST + 65_536)
    member = await guard.must_be_member(request)
    guard.often(request, "carry", member, *OFTEN)
    kind, part = guard.text(sent, "what", 20), sent.get("file")
    try:
        if kind not in carrying.KINDS:
            raise Invalid("Choose what is to be done.")
        if not isinstance(part, web.FileField) or not part.filename:
            raise Invalid("Choose a file first.")
        handles = _read(part.file.read(LARGEST))
        if not handles:
            raise Invalid("No accounts stand in this file: each line begins with an address like name@server.")
        await request.app[BRIDGE].store.write(carrying.begin, member.actor, kind, handles, now())
    except NodeError as refused:
        return await moving.page(request, member, refused)
    raise guard.to("/me/move?done=brought", "bring")


def _read(body: bytes) -> list[str]:
    """The handles that lines of the file begin with; headings and whatever else are left out."""
    found = []
    for line in body.decode("utf-8-sig", "replace").splitlines():
        try:
            name, host = read_handle(line.partition(",")[0].strip(' "'))
        except NodeError:
            continue
        found.append(f"{name}@{host}")
    return found
