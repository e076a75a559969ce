"""The directory as a table that spreadsheets open: what was chosen on the page, at most so many rows."""

import csv
import io
import json
from dataclasses import replace

from aiohttp import web

from node.network import directory as entries
from node.network import fields, regions
from node.network.directory import Query
from node.store import Database
from node.text import mark
from web import rendering, words
from web.pages import directory
from web.state import BRIDGE

routes = web.RouteTableDef()
MOST = 2000
COLUMNS = (
    mark("Name"),
    mark("In French"),
    mark("Field"),
    mark("Region or province"),
    mark("Size"),
    mark("Node"),
    mark("Address"),
)
# What a spreadsheet would take for a formula is kept from being one (CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@routes.get("/assoc.csv")
async def associations(request: web.Request) -> web.Response:
    """Names, field, place, size, node and address of the associations chosen."""
    await rendering.read_by(request, page=False)
    body = await request.app[BRIDGE].store.read(_table, replace(directory.read(request), after=0, limit=MOST))
    return web.Response(
        body=body, headers={
            "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="associations.csv"',
            "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
            "Vary": "Accept-Language, Cookie", "Content-Security-Policy": "default-src 'none'",
        },
    )  # fmt: skip


def _table(db: Database, query: Query) -> bytes:
    tag = words.tag()
    made = io.StringIO()
    made.write("\ufeff")  # so that spreadsheets know the letters
    rows = csv.writer(made)
    rows.writerow([words.say(one) for one in COLUMNS])
    for row in entries.search(db, query):
        names = json.loads(row["names"])
        code = row["path"].rstrip("/").rpartition("/")[2]
        rows.writerow([
            plain(one) for one in (
                names.get("ar") or row["name"], names.get("fr", ""),
                fields.label("fields", row["field"], tag) if row["field"] else "", regions.label(code, tag) if code else "",
                fields.label("size_classes", row["size"], tag) if row["size"] else "", row["host"], row["url"],
            )
        ])  # fmt: skip
    return made.getvalue().encode()


def plain(value: str) -> str:
    """The value, harmless in a spreadsheet."""
    return "'" + value if value.startswith(FORMULA) else value
