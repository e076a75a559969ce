"""The form of an event: what was typed, read into a meeting; and a meeting as the form shows it again."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from node import html
from node.errors import Invalid
from node.network import meetings
from node.network.meetings import ACCESS, ZONES, Meeting
from node.posts import posts
from node.store import Row
from node.text import fold
from web import dates, guard, times
from web.pages.remembered import Remembered

REPEATS = ("", "week", "month")
MOST_DATES = 12
_BETWEEN = re.compile(r"[\s,;،؛]+")


@dataclass(slots=True)
class Typed(Remembered):
    """The form as it was sent, or as it begins; every field as text.  kind is what the frame of writing asks for."""

    kind: str = "event"
    title: str = ""
    text: str = ""
    day: str = ""
    starts: str = ""
    ends: str = ""
    until: str = ""
    zone: str = ""
    place: str = ""
    region: str = ""
    online: str = ""
    capacity: str = ""
    joining: str = "free"
    outside: str = ""
    language: str = ""
    voice: str = ""
    field_: str = ""
    co: str = ""
    repeat: str = ""
    dates: str = ""
    picture: str = ""
    alt: str = ""
    key: str = ""
    access: list[str] = field(default_factory=list)

    def is_empty(self) -> bool:
        return not any(one.strip() for one in (self.title, self.text, self.place, self.day, self.online))


def read(sent: guard.Form) -> Typed:
    """What the form held."""
    typed = Typed(text=guard.text(sent, "text", 100_000))
    for name in set(Typed.__slots__) - {"kind", "text", "access"}:
        setattr(typed, name, guard.text(sent, name, 1500).strip())
    typed.access = [one for one in sent.getall("access", []) if isinstance(one, str) and one in ACCESS]
    return typed


def meeting(typed: Typed, default_zone: str, co: list[str] | None = None) -> Meeting:
    """What the form means.  Raises Invalid for what is no day, no hour, no number."""
    zone = typed.zone if typed.zone in zones(default_zone) else default_zone
    if not typed.title.strip():
        raise Invalid("An event needs a title.")
    if not typed.day or not typed.starts:
        raise Invalid("Say on which day it is, and when it begins.")
    start, end = meetings.moment(typed.day, typed.starts, zone), None
    if typed.ends or typed.until:
        end = meetings.moment(typed.until or typed.day, typed.ends or typed.starts, zone)
    if typed.ends and not typed.until and end is not None and end <= start:
        end += 86_400_000 if end + 86_400_000 - start <= 43_200_000 else 0  # an evening that ends after midnight
    capacity = None
    if typed.capacity:
        capacity = guard.number(fold(typed.capacity)[:9])
        if capacity is None:
            raise Invalid("The number of places is between 1 and {most}.", most=meetings.MOST)
    return Meeting(
        typed.title, start, end, zone, typed.place, typed.region, typed.field_, typed.online, capacity,
        typed.joining or "free", typed.outside, typed.access, co or [],
    )  # fmt: skip


def repeated(first: Meeting, typed: Typed) -> list[Meeting]:
    """The meeting, and those that follow it at the same hour of the clock.  Raises Invalid for too many."""
    if typed.repeat not in REPEATS[1:]:
        return [first]
    count = guard.number(fold(typed.dates)[:3]) or 0
    if not 2 <= count <= MOST_DATES:
        raise Invalid("A meeting is repeated 2 to {most} times.", most=MOST_DATES)
    begins = dates.moment(first.start, first.zone)
    length = None if first.end is None else first.end - first.start
    made = [first]
    for number in range(1, count):
        on = begins.date() + timedelta(7 * number) if typed.repeat == "week" else _months_later(begins.date(), number)
        start = meetings.moment(on.isoformat(), dates.clock(begins), first.zone)
        values = {name: getattr(first, name) for name in Meeting.__slots__}
        made.append(Meeting(**values | {"start": start, "end": None if length is None else start + length}))
    return made


def _months_later(on: date, months: int) -> date:
    """The same weekday of a month to come: the third Saturday; the last one where there is no fifth."""
    index = on.year * 12 + on.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    found = first + timedelta((on.weekday() - first.weekday()) % 7 + 7 * ((on.day - 1) // 7))
    return found if found.month == first.month else found - timedelta(7)


def handles(typed: Typed) -> list[str]:
    """The associations that shall organise it too, as they were typed: by handle or address."""
    return list(dict.fromkeys(one for one in _BETWEEN.split(typed.co) if one))


def typed_of(event: Row, co: list[str] | None = None) -> Typed:
    """An event of ours as its form shows it.  co: handles of those who organise it too, or are asked to."""
    details: dict[str, Any] = posts.details(event)
    zone = times.zone_of(details)
    start = dates.moment(details["start"], zone)
    end = dates.moment(details["end"], zone) if details.get("end") else None
    codes = details.get("asso:region") or []
    fields_ = details.get("asso:fieldOfActivity") or []
    return Typed(
        title=event["title"], text=event["source"] or html.plain(event["content"]), language=event["language"],
        day=start.date().isoformat(), starts=dates.clock(start), ends=dates.clock(end) if end else "",
        until=end.date().isoformat() if end and end.date() != start.date() else "", zone=zone,
        place=(details.get("place") or {}).get("name", ""), region=codes[-1] if codes else "",
        online=details.get("online") or "", capacity=str(details.get("capacity") or ""),
        joining=details.get("join") or "free", outside=details.get("outside") or "",
        co=" ".join(co or []), field_=fields_[0] if fields_ else "", access=[one for one in details.get("access") or [] if one in ACCESS],
    )  # fmt: skip


def zones(default: str) -> list[str]:
    """The clocks that one may choose from, the node's first."""
    return list(dict.fromkeys((default, *ZONES)))
