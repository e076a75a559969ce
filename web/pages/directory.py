"""The directory of associations: ours and those that peers list, by field, place, size and words."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import web

from node import ids
from node.network import directory as entries
from node.network import fields, regions
from node.network.directory import Counts, Query
from node.store import Database, Row
from web import fresh, rendering, words
from web.pages import maps, people
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()
PAGE = 20
Option = tuple[str, str] | tuple[str, str, int]


@dataclass(slots=True)
class Shown:
    """One page of what was asked for."""

    entries: list[people.Who]
    last: int
    counts: Counts
    map: list[maps.Square]
    total: int
    all_regions: dict[str, int]


@routes.get("/assoc")
async def directory(request: web.Request) -> web.StreamResponse:
    """The associations that fit what was chosen; every choice stands in the address."""
    query = read(request)
    await rendering.read_by(request)
    node = await rendering.chosen(request)
    country = country_of(query, request.query.get("country", ""), node["country"])
    shown = await fresh.read(request, ("directory", query, country), show, query, country)
    origin = request.app[BRIDGE].origin
    plain = not (query.text or query.field or query.region or query.size or query.after)
    return await rendering.page(
        request, "directory.html", "directory",
        head=Head(title=words.say("Associations"), description=words.say("Find an association by field, place and size, with its news, projects and contact."), canonical=f"{origin}/assoc", feed=f"{origin}/assoc/feed", indexed=plain),
        asked=query, shown=shown, country=country, other="TN" if country == "MA" else "MA",
        fields=field_options(), places=place_options(query.region, node["country"]), sizes=size_options(),
        regions=regions, label=regions.label, map_size=maps.size(country),
        older=address(request, after=str(shown.last)) if shown.last else "", address=lambda **kw: address(request, **kw),
    )  # fmt: skip


def read(request: web.Request) -> Query:
    """What the address asks for; codes that we do not know are passed over."""
    asked = request.query
    field, region, size = asked.get("field", ""), asked.get("region", ""), asked.get("size", "")
    return Query(
        text=asked.get("q", "")[:200], field=field if field in fields.fields() else "",
        region=region if regions.get(region) else "", size=size if size in fields.sizes() else "",
        order="name" if asked.get("order") == "name" else "activity",
        after=ids.read(asked.get("after")) or 0, limit=PAGE + 1,
    )  # fmt: skip


def show(db: Database, query: Query, country: str) -> Shown:
    """To be called once the reader is known."""
    rows = entries.search(db, query)
    more = len(rows) == query.limit
    rows = rows[:PAGE]
    counts = entries.counts(db, query)
    within = entries.counts(db, Query(query.text, query.field, country, query.size))
    return Shown(
        [entry(row) for row in rows], rows[-1]["id"] if more else 0, counts, maps.squares(country, within.regions),
        entries.total(db), within.regions,
    )  # fmt: skip


def entry(row: Row) -> people.Who:
    """An entry as a list shows it."""
    names = json.loads(row["names"])
    name = words.pick(names, row["name"])
    second_language, second = people.other_name(names, name)
    code = row["path"].rstrip("/").rpartition("/")[2]
    tag = words.tag()
    facts = [words.listed(fields.label("fields", row["field"], tag)), words.listed(regions.label(code, tag)) if code else "",
             words.listed(fields.label("size_classes", row["size"], tag))]  # fmt: skip
    handle = f"{row['handle']}@{row['host']}" if row["handle"] and row["host"] else row["handle"]
    return people.Who(
        id=row["id"], name=name, handle=handle, url="/@" + quote(handle, safe="@:") if handle else row["url"],
        host=row["host"], square=True, letter=people.initial(name), second=second,
        dye=(row["actor"] or row["id"]) % people.DYES + 1, second_language=second_language,
        icon=people.picture(row["icon"], row["actor"]) if row["actor"] else "", facts=[fact for fact in facts if fact], last=row["active"],
    )  # fmt: skip


def country_of(query: Query, asked: str, otherwise: str) -> str:
    """Which country's map stands beside the list."""
    chosen = query.region.partition("-")[0]
    line = regions.line_of(query.region)
    found = asked or (line[0].code if line else chosen)
    return found if found in maps.COUNTRIES else otherwise


def field_options() -> list[Option]:
    """Every field, those asked for most first."""
    tag = words.tag()
    first = fields.front()
    rest = [one for one in fields.fields().values() if one not in first]
    return [("", words.say("All fields")), *((one.slug, words.listed(one.label(tag))) for one in [*first, *rest])]


def size_options() -> list[Option]:
    """Every size, the smallest first."""
    return [
        ("", words.say("All sizes")),
        *((one.slug, words.listed(one.label(words.tag()))) for one in fields.sizes().values()),
    ]


def place_options(chosen: str, country: str) -> list[Option]:
    """The country's regions with their parts, the other's regions, and what lies in the chosen place."""
    tag = words.tag()
    opened = {one.code for one in regions.line_of(chosen)}
    made: list[Option] = [("", words.say("Everywhere"))]

    def add(place: regions.Region, depth: int) -> None:
        made.append((place.code, words.listed(place.label(tag)), depth))
        if depth == 0 or place.code in opened or (depth == 1 and place.code.startswith(country)):
            for part in regions.parts(place.code):
                add(part, depth + 1)

    for place in sorted(regions.parts(""), key=lambda one: one.code != country):
        add(place, 0)
    return made


def address(request: web.Request, **changes: Any) -> str:
    """This list with other choices; a new choice begins at the first page."""
    kept = {key: value for key, value in request.query.items() if value and key not in ("after", "lang", *changes)}
    return str(request.rel_url.with_query({**kept, **{key: value for key, value in changes.items() if value}}))
