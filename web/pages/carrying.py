"""What one takes along to another server, and brings from one: whom one follows, blocks and has muted, lists, bookmarks.

The files are those of Mastodon: its servers, GoToSocial, Akkoma and others read and write them.
"""

import csv
import io
import re
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from federation import actors as documents
from federation import carrying
from federation import vocabulary as v
from federation.bridge import now
from federation.discovery import read_handle
from node import settings
from node.errors import Invalid, NodeError
from node.ids import LAST
from node.people import actors, blocks, follows, mutes
from node.people.sessions import Member
from node.posts import lists, marks, posts
from node.store import Database, Row
from node.text import mark, one_line
from node.window import Window
from web import guard
from web.pages import moving
from web.state import BRIDGE

routes = web.RouteTableDef()

LARGEST = 300_000  # bytes of a file that is brought
LONGEST_ADDRESS = 2000
HOST = re.compile(r"[^\s/@#,]{1,250}[.:][^\s/@#,.:]{1,60}")
OFTEN = (6, 3600)  # files in so many seconds
AT_ONCE = 100  # posts of an archive
EVERYONE = Window(LAST, 0, 20_000)

Table = list[list[str]]


@routes.get(r"/me/export/{what:following|blocks|mutes|bookmarks|lists|servers}.csv")
async def take(request: web.Request) -> web.Response:
    """One of her lists, as a file."""
    member = await guard.must_be_member(request)
    what = request.match_info["what"]
    made = io.StringIO()
    csv.writer(made).writerows(await request.app[BRIDGE].store.read(TABLES[what], member))
    return web.Response(
        text=made.getvalue(), content_type="text/csv", charset="utf-8",
        headers=_as_file(f"{what}.csv"),
    )  # fmt: skip


def _as_file(name: str) -> dict[str, str]:
    """Kept by her browser under this name, and by nothing on the way."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}  # fmt: skip


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


def _servers(db: Database, member: Member) -> Table:
    return [[host] for host in mutes.hosts_blocked(db, member.actor)]


TABLES: dict[str, Callable[[Database, Member], Table]] = {
    "following": _following, "blocks": _blocks, "mutes": _mutes, "bookmarks": _bookmarks, "lists": _lists,
    "servers": _servers,
}  # fmt: skip


def _handle(db: Database, row: Row) -> str:
    """`name@host`, ours too: the file is read elsewhere."""
    return f"{row['name']}@{row['host'] or settings.get(db, 'origin').partition('://')[2]}"


@routes.get("/me/export/archive.json")
async def archive(request: web.Request) -> web.StreamResponse:
    """Everything that she wrote, and her profile, as other servers read them; a piece at a time, whatever its length."""
    member = await guard.must_be_member(request)
    guard.often(request, "archive", member, *OFTEN)
    store = request.app[BRIDGE].store
    response = web.StreamResponse(headers={"Content-Type": "application/json", **_as_file("archive.json")})
    await response.prepare(request)
    await response.write(await store.read(_opening, member.actor))
    last, between = 0, b""
    while written := await store.read(_written, member.actor, last):
        await response.write(between + b",\n".join(body for _, body in written))
        last, between = written[-1][0], b",\n"
    await response.write(b"]}\n")
    return response


def _opening(db: Database, actor: int) -> bytes:
    profile = v.dump(documents.render(db, actors.get(db, actor)))
    head = {"@context": v.AS2, "id": "archive.json", "type": "OrderedCollection"}
    return v.dump(head)[:-1] + b',"actor":' + profile + b',"orderedItems":['


def _written(db: Database, actor: int, after: int) -> list[tuple[int, bytes]]:
    """(id, document) of the next posts of hers, the oldest first."""
    rows = db.rows(
        """
        select id, document from posts
         where author = ? and id > ? and local and boost_of is null and document is not null order by id limit ?
        """,
        (actor, after, AT_ONCE),
    )
    return [(row["id"], posts.document(row) or b"{}") for row in rows]


# ── brought ───────────────────────────────────────────────────────────────────


@routes.post("/me/import")
async def bring(request: web.Request) -> web.StreamResponse:
    """Everything in the file is done as if she did it here, one after the other."""
    sent = await guard.form(request, LARGEST + 65_536)
    member = await guard.must_be_member(request)
    guard.often(request, "carry", member, *OFTEN)
    kind, part = guard.text(sent, "what", 20), sent.get("file")
    try:
        if kind not in carrying.KINDS:
            raise Invalid("Choose what is to be done.")
        if not isinstance(part, web.FileField) or not part.filename:
            raise Invalid("Choose a file first.")
        entries = READERS.get(kind, _handles)(part.file.read(LARGEST).decode("utf-8-sig", "replace"))
        if not entries:
            raise Invalid(NOTHING.get(kind, NO_ACCOUNTS))
        await request.app[BRIDGE].store.write(carrying.begin, member.actor, kind, entries, now())
    except NodeError as refused:
        return await moving.page(request, member, refused)
    raise guard.to("/me/move?done=brought", "bring")


def _handles(text: str) -> list[carrying.Entry]:
    """The handles that lines of the file begin with; headings and whatever else are left out."""
    return [found for line in text.splitlines() if (found := _handle_in(line.partition(",")[0]))]


def _handle_in(typed: str) -> str:
    """name@host; '' for what is none."""
    try:
        name, host = read_handle(typed.strip(' "'))
    except NodeError:
        return ""
    return f"{name}@{host}"


def _list_entries(text: str) -> list[carrying.Entry]:
    """(title, handle) of each line."""
    found: list[carrying.Entry] = []
    with suppress(csv.Error):  # what stands before the line that nobody can read
        for row in csv.reader(io.StringIO(text, newline="")):
            title, handle = (
                one_line(row[0], lists.LONGEST_TITLE) if row else "",
                _handle_in(row[1]) if len(row) > 1 else "",
            )
            if title and handle:
                found.append((title, handle))
    return found


def _addresses(text: str) -> list[carrying.Entry]:
    """What begins like an address of the web."""
    lines = (line.strip(' "') for line in text.splitlines())
    return [line for line in lines if line.startswith(("https://", "http://")) and len(line) <= LONGEST_ADDRESS]


def _hosts(text: str) -> list[carrying.Entry]:
    """Names of servers; headings begin with #."""
    lines = (line.partition(",")[0].strip(' "').lower() for line in text.splitlines())
    return [line for line in lines if HOST.fullmatch(line)]


READERS: dict[str, Callable[[str], list[carrying.Entry]]] = {
    "lists": _list_entries, "bookmarks": _addresses, "servers": _hosts,
}  # fmt: skip
NO_ACCOUNTS = mark("No accounts stand in this file: each line begins with an address like name@server.")
NOTHING = {
    "lists": mark("No lists stand in this file: each line is a title, a comma, an address like name@server."),
    "bookmarks": mark("No posts stand in this file: each line is an address that begins with https://."),
    "servers": mark("No servers stand in this file: each line is a name like server.example."),
}
