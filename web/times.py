"""When an event is, in the words of its reader: in the zone of who organises it, and what the clock says elsewhere.

Morocco's clock goes an hour back in Ramadan, Tunisia's does not; so an event of one country
says its hour in the other whenever the two differ.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from node.network.meetings import ZONES
from node.text import base
from web import dates, words

HIJRI_FR = ("mouharram", "safar", "rabia I", "rabia II", "joumada I", "joumada II", "rajab", "chaabane", "ramadan",
            "chaoual", "dhou al-qiʿda", "dhou al-hijja")  # fmt: skip
HIJRI_AR = ("محرم", "صفر", "ربيع الأول", "ربيع الثاني", "جمادى الأولى", "جمادى الآخرة", "رجب", "شعبان", "رمضان", "شوال",
            "ذو القعدة", "ذو الحجة")  # fmt: skip


@dataclass(slots=True)
class When:
    """start and end as aware moments in the event's own zone; the rest is said in the reader's language."""

    start: datetime
    end: datetime | None
    hours: str
    days: str
    where: str = ""
    elsewhere: list[str] = field(default_factory=list)
    hijri: str = ""
    ramadan: bool = False
    iso: str = ""
    weekday: str = ""
    month: str = ""


def when(details: dict[str, Any]) -> When:
    """Of the details of an event."""
    tag = words.tag()
    name = zone_of(details)
    start = dates.moment(details["start"], name)
    ends = details.get("end")
    end = dates.moment(ends, name) if isinstance(ends, int) and ends > details["start"] else None
    found = When(start, end, _hours(start, end), dates.day(start.date(), tag, weekday=True), iso=start.isoformat(),
                 weekday=dates.weekday(start.date(), tag), month=dates.month(start.date(), tag))  # fmt: skip
    same, other = [city(name, tag)], []
    for zone in dict.fromkeys((words.zone(), *ZONES)):
        if zone == name:
            continue
        there = dates.moment(details["start"], zone)
        if there.utcoffset() == start.utcoffset():
            same.append(city(zone, tag))
        else:
            until = dates.moment(ends, zone) if end is not None and isinstance(ends, int) else None
            other.append(words.say("{city}: {hours}", city=city(zone, tag), hours=_hours(there, until)))
    joint = words.say(" and ")
    found.where = words.say("by the clock of {cities}", cities=joint.join(dict.fromkeys(same)))
    found.elsewhere = other
    found.hijri, month = hijri(start.date(), tag)
    found.ramadan = month == 9
    return found


def zone_of(details: dict[str, Any], otherwise: str = "") -> str:
    """The event's own zone; where it names none that we know, the other one, or the reader's."""
    named = details.get("timezone")
    if isinstance(named, str) and named and len(named) < 60 and ".." not in named and not named.startswith("/"):
        with suppress(Exception):  # zoneinfo raises whatever the file system says of an odd name
            dates.zone(named)
            return named
    return otherwise or words.zone()


def _hours(start: datetime, end: datetime | None) -> str:
    if end is None:
        return words.say("at {start}", start=dates.clock(start))
    if end.date() == start.date():
        return words.say("{start} to {end}", start=dates.clock(start), end=dates.clock(end))
    last = dates.day(end.date(), words.tag(), weekday=True, year=False)
    return words.say("{start} until {day}, {end}", start=dates.clock(start), day=last, end=dates.clock(end))


@lru_cache(maxsize=256)
def city(zone: str, tag: str) -> str:
    """What people call the clock of this zone: a city."""
    from babel.dates import get_timezone_location

    locale = tag.replace("-", "_") if tag in ("ar-MA", "ar-TN") else dates.NAMES_OF.get(base(tag), "en")
    try:
        return get_timezone_location(dates.zone(zone), locale=locale, return_city=True)
    except (LookupError, ValueError):
        return zone.rpartition("/")[2].replace("_", " ")


def hijri(on: date, tag: str) -> tuple[str, int]:
    """(«حوالي 7 شعبان 1448», 8): about, because months are proclaimed by sight; ('', 0) beyond the tables."""
    from hijridate import Gregorian

    try:
        found = Gregorian(on.year, on.month, on.day).to_hijri()
    except (OverflowError, ValueError):
        return "", 0
    names = HIJRI_AR if base(tag) == "ar" else HIJRI_FR
    return words.say(
        "about {day} {month} {year}",
        day="1er" if found.day == 1 and base(tag) == "fr" else found.day,
        month=names[found.month - 1],
        year=found.year,
    ), found.month
