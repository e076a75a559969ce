"""Events as a calendar that phones subscribe to (RFC 5545).

Hours are written in UTC: each event stands alone, and the clock of Morocco moves in Ramadan by
decree, which no table of zones inside a file would still know next year.
"""

import zlib
from datetime import timedelta
from typing import Any

from aiohttp import web

from node import ids
from node.html import plain
from node.network import fields, regions
from node.network.agenda import Wanted
from web.pages.cards import Card

TYPE = "text/calendar; charset=utf-8"
USUAL = 7_200_000  # milliseconds that an event lasts when nobody says
REFRESH = timedelta(hours=6)
STATUS = ("CONFIRMED", "TENTATIVE", "CANCELLED")
GREATEST = 2**31 - 1  # of a number in a calendar (RFC 5545 §3.3.8)


def choice(request: web.Request) -> Wanted:
    """`?region=`, `?field=` and `?from=here|elsewhere`; codes that we do not know are passed over."""
    asked = request.query
    region, field, from_ = asked.get("region", ""), asked.get("field", ""), asked.get("from", "")
    return Wanted(
        0, 0, region=region if regions.get(region) else "", field=field if field in fields.fields() else "",
        from_=from_ if from_ in ("here", "elsewhere") else "",
    )  # fmt: skip


def render(found: list[Card], origin: str, title: str) -> bytes:
    """The calendar; its lines are those of the cards."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//Tashbik//Agenda//AR")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    if title:
        made.add("x-wr-calname", title)
    made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    made.add("x-published-ttl", "PT6H")
    for card in found:
        made.add_component(_event(card, origin))
    body: bytes = made.to_ical()
    return body


def _event(card: Card, origin: str) -> Any:
    from icalendar import Event, vCalAddress, vText

    details = card.details
    start, ends = details["start"], details.get("end")
    end = ends if isinstance(ends, int) and ends > start else start + USUAL
    made = Event()
    made.add("uid", card.uri)
    made.add("dtstamp", ids.moment(card.edited or card.published))
    made.add("last-modified", ids.moment(card.edited or card.published))
    made.add("sequence", min(max(0, ((card.edited or card.published) - card.published) // 1000), GREATEST))
    made.add("dtstart", ids.moment(start))
    made.add("dtend", ids.moment(end))
    made.add("summary", card.title)
    said = "" if card.warning else plain(card.content).strip()
    address = origin + card.url
    made.add("description", f"{said}\n\n{address}" if said else address)
    made.add("url", address)
    status = details.get("status")
    made.add("status", status if status in STATUS else "CONFIRMED")
    where = place_of(details)
    if where:
        made.add("location", where)
    place = details.get("place") or {}
    if isinstance(place.get("latitude"), float) and isinstance(place.get("longitude"), float):
        made.add("geo", (place["latitude"], place["longitude"]))
    organiser = vCalAddress(origin + card.author.url)
    organiser.params["CN"] = vText((card.on_behalf or card.author).name)
    made.add("organizer", organiser, encode=False)
    return made


def place_of(details: dict[str, Any]) -> str:
    """`دار الشباب، المحمدية`, or the address online."""
    place = details.get("place") or {}
    named = [str(place[key]) for key in ("name", "street", "locality") if place.get(key)]
    parts = [one for n, one in enumerate(named) if not any(one in before for before in named[:n])]
    return "، ".join(parts) or str(details.get("online") or "")


def answer(request: web.Request, body: bytes, name: str, *, private: bool = False) -> web.Response:
    """The calendar with its headers; the same as before is a 304."""
    headers = {
        "Content-Type": TYPE, "Content-Disposition": f'attachment; filename="{name}"', "ETag": f'"{zlib.crc32(body):08x}"',
        "Cache-Control": "private, no-store" if private else "public, max-age=300", "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding, Accept-Language, Cookie", "Content-Security-Policy": "default-src 'none'",
    }  # fmt: skip
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)
