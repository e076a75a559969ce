"""An event: when, where, who comes.

Read in every shape that is about (Mobilizon, Gancio, WordPress, FEP-8a8e, Friendica),
written in the one that all of them take: `location` one Place, never a list; coordinates
as floats; the keys that PieFed wants, always; `attributedTo` a Person or Group.
Source: interop §12.3; FEP-8a8e; Mobilizon's converters.

`details` of a post of this kind: start, end (UTC milliseconds), timezone, status, category,
place {name, street, locality, region, code, country, latitude, longitude}, online,
join, outside, capacity, coming, previous, organizers (URIs of who organises it too), access, series.
"""

import uuid
from typing import Any

from federation import organising
from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import attaching, card, reading, rendering
from node import html, ids, settings
from node.network import events
from node.people import actors
from node.posts import media, posts
from node.posts.posts import New
from node.store import Database, Row
from node.text import base, one_line

KIND = "event"
TYPE = "Event"
STATUS = ("CONFIRMED", "TENTATIVE", "CANCELLED")
JOIN = ("free", "restricted", "invite", "external")
USUAL = 7_200_000  # milliseconds that an event lasts when nobody says
LONGEST = 300
LOCALES = {"fr": "fr", "zgh": "zgh", "en": "en_GB"}  # Arabic is that of the node's country
CALLED_OFF = {"ar": "أُلغي", "fr": "Annulé", "en": "Cancelled"}
VIDEO = ("mz:visio:", "mz:live:")
SCHEMA_STATUS = {"EventCancelled": "CANCELLED", "EventPostponed": "TENTATIVE", "EventScheduled": "CONFIRMED"}
ADDRESS = {
    "street": "streetAddress", "locality": "addressLocality", "region": "addressRegion",
    "code": "postalCode", "country": "addressCountry",
}  # fmt: skip


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's Event; one that does not say when is a card."""
    found = activity.embedded
    start = ids.read_rfc3339(found.get("startTime"))
    if start is None:
        return card.read(db, activity, author, now)
    new = reading.base(db, activity, author, KIND, now)
    if new.warning:
        new.details["excerpt"], new.warning = new.warning, ""
    end = ids.read_rfc3339(found.get("endTime"))
    shown = found.get("displayEndTime") is not False
    place, online = _where(found)
    new.details |= {
        "start": start, "end": end if end is not None and end >= start and shown else None,
        "timezone": one_line(found.get("timezone"), 60), "status": _status(found), "join": _join(found),
        "category": one_line(found.get("category"), 60), "place": place, "online": online,
        "outside": _outside(found), "capacity": _number(found.get("maximumAttendeeCapacity")),
        "coming": _number(found.get("participantCount")) or 0,
        "previous": ids.read_rfc3339(found.get("previousStartTime")),
        "organizers": v.all_ids(found.get("schema:organizer"), 10) or v.all_ids(found.get("organizers"), 10),
    }  # fmt: skip
    image = found.get("image")
    if not new.media and isinstance(image, dict) and v.link(image.get("url")):
        new.media = attaching.attachments({"attachment": [{**image, "type": "Image"}]})
    return new


def _status(found: dict[str, Any]) -> str:
    for key in ("status", "ical:status"):
        said = str(found.get(key) or "").upper()
        if said in STATUS:
            return said
    return SCHEMA_STATUS.get(str(found.get("eventStatus") or "").rpartition("/")[2], "CONFIRMED")


def _join(found: dict[str, Any]) -> str:
    said = found.get("joinMode")
    return said if said in JOIN else "free"


def _outside(found: dict[str, Any]) -> str:
    """Where one signs up elsewhere: a page, or an address to write to."""
    said = found.get("externalParticipationUrl")
    if isinstance(said, str) and (v.is_web(said) or (said.startswith("mailto:") and len(said) < 300)):
        return said
    return ""


def _where(found: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The place and the address online, of one location or several, a text or a map."""
    place: dict[str, Any] = {}
    online = v.link(found.get("onlineLink"))
    for one in v.as_list(found.get("location"))[:8]:
        if isinstance(one, str) and not place:
            place = {"name": one_line(one, LONGEST)}
        elif isinstance(one, dict) and (room := _room(one)) is not None:
            online = online or v.link(room.get("url"))
        elif isinstance(one, dict) and not place:
            place = _place(one)
    if not online:
        for one in v.as_list(found.get("attachment"))[:20]:
            if isinstance(one, dict) and v.type_of(one) == "Link" and one.get("name") == "Website":
                online = v.link(one.get("href")) if found.get("isOnline") else ""
    return place, online or _video(found)


def _video(found: dict[str, Any]) -> str:
    """The room where one meets by video, as Mobilizon's organisers give it beside the rest."""
    for one in v.as_list(found.get("attachment"))[:20]:
        if isinstance(one, dict) and str(one.get("propertyID")).startswith(VIDEO) and v.link(one.get("value")):
            return v.link(one.get("value"))
    return ""


def _room(one: dict[str, Any]) -> dict[str, Any] | None:
    """The address online that a location is, or holds as its `address` (Gancio); None for a place on earth."""
    return next((each for each in (one, one.get("address")) if v.type_of(each) == "VirtualLocation"), None)


def _place(one: dict[str, Any]) -> dict[str, Any]:
    geo = one["geo"] if isinstance(one.get("geo"), dict) else one
    address = one.get("address")
    place: dict[str, Any] = {"name": one_line(one.get("name"), LONGEST)}
    if isinstance(address, str):
        place["street"] = one_line(address, LONGEST)
    elif isinstance(address, dict):
        place |= {ours: one_line(address.get(theirs), LONGEST) for ours, theirs in ADDRESS.items()}
    for key, most in (("latitude", 90), ("longitude", 180)):
        number = geo.get(key)
        if isinstance(number, int | float) and not isinstance(number, bool) and -most <= number <= most:
            place[key] = float(number)
    return {key: value for key, value in place.items() if value not in ("", None)}


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000_000 else None


# ── ours ──────────────────────────────────────────────────────────────────────


def render(db: Database, post: Row) -> dict[str, Any]:
    """Our Event."""
    found = {
        key: x for key, x in rendering.document(db, post, TYPE).items() if not (key.startswith("asso:") and x == [])
    }
    facts = posts.details(post)
    author = actors.get(db, post["author"])
    group = actors.get(db, post["place"]) if post["place"] is not None else None
    coming, capacity = events.coming(db, post["id"]), facts.get("capacity")
    start = facts["start"]
    end = facts.get("end")
    status = facts.get("status") or "CONFIRMED"
    outside = facts.get("outside") or None
    found |= {
        "actor": author["uri"], "attributedTo": group["uri"] if group is not None and group["local"] else author["uri"],
        "name": post["title"], "mediaType": "text/html", "summary": f"<p>{html.escape(when_and_where(db, post))}</p>",
        "startTime": ids.rfc3339(start), "endTime": ids.rfc3339(end or start + USUAL), "displayEndTime": end is not None,
        "timezone": facts.get("timezone") or "Africa/Casablanca", "status": status, "ical:status": status,
        "eventStatus": {said: name for name, said in SCHEMA_STATUS.items()}[status],
        "category": facts.get("category") or "MEETING",
        "inLanguage": rendering.wire_language(post["language"]) if post["language"] else "ar",
        "joinMode": facts.get("join") or "free", "externalParticipationUrl": outside,
        "anonymousParticipationEnabled": False, "anonymousParticipation": False,
        "maximumAttendeeCapacity": capacity,
        "remainingAttendeeCapacity": None if capacity is None else max(0, capacity - coming),
        "participantCount": coming, "isOnline": bool(facts.get("online")), "onlineLink": facts.get("online") or None,
        "buyTicketsLink": None, "feeCurrency": None, "feeAmount": 0, "commentsEnabled": not post["locked"],
        "repliesModerationOption": "allow_all", "draft": False, "contacts": [author["uri"]],
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, post["uri"])),
    }  # fmt: skip
    if facts.get("previous"):
        found["previousStartTime"] = ids.rfc3339(facts["previous"])
    organisers = [actors.get(db, post["on_behalf"])["uri"]] if post["on_behalf"] is not None else []
    if organisers or facts.get("organizers"):
        found["schema:organizer"] = list(dict.fromkeys([*organisers, *(facts.get("organizers") or [])]))
    place = facts.get("place") or {}
    if place:
        found["location"] = _location(post["uri"], place)
    return found | organising.layer(db, post) | _pictures(db, post, found)


def when_and_where(db: Database, post: Row) -> str:
    """The date in words, the hour there and the place, and that it was called off: what those see who show no events."""
    from babel.dates import format_datetime, get_timezone

    facts = posts.details(post)
    place = facts.get("place") or {}
    try:
        zone = get_timezone(facts.get("timezone") or settings.get(db, "timezone"))
    except LookupError:
        zone = get_timezone(settings.get(db, "timezone"))
    locale = LOCALES.get(base(post["language"])) or f"ar_{settings.get(db, 'country')}"
    said = format_datetime(ids.moment(facts["start"]), "EEEE d MMMM y · HH:mm", tzinfo=zone, locale=locale)
    where = place.get("name") or place.get("locality") or ""
    off = CALLED_OFF.get(base(post["language"]), CALLED_OFF["ar"]) if facts.get("status") == "CANCELLED" else ""
    return " · ".join(part for part in (off, said, where) if part)


def _location(uri: str, place: dict[str, Any]) -> dict[str, Any]:
    address = {theirs: place[ours] for ours, theirs in ADDRESS.items() if place.get(ours)}
    made: dict[str, Any] = {
        "id": f"{uri}#place",
        "type": "Place",
        "name": place.get("name") or place.get("locality", ""),
    }
    for key in ("latitude", "longitude"):
        if place.get(key) is not None:
            made[key] = float(place[key])
    return made | ({"address": {"type": "PostalAddress", **address}} if address else {})


def _pictures(db: Database, post: Row, found: dict[str, Any]) -> dict[str, Any]:
    """Mobilizon picks the page and the banner from the attachments by their names.

    Gancio takes the first for a picture: the page stands last.
    """
    page = {"type": "Link", "href": post["url"], "mediaType": "text/html", "name": "Website"}
    pictures = [one for one in found["attachment"] if str(one.get("mediaType", "")).startswith("image/")]
    if not pictures or not media.of(db, post["id"]):
        return {"attachment": [page]}
    banner = {**pictures[0], "name": "Banner"}
    image = {"type": "Image", "url": banner["url"], "mediaType": banner["mediaType"]}
    return {"attachment": [banner, *pictures[1:], page], "image": image}
