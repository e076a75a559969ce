"""An event of ours before it is one: when, where, for how many; what was typed is read and checked here."""

from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from node import ids
from node.errors import Invalid
from node.network import fields, regions
from node.text import fold, mark, one_line

LONGEST = 31 * 86_400_000  # milliseconds
FURTHEST = 5 * 366 * 86_400_000  # milliseconds from now
MOST = 100_000  # places
JOINING = ("free", "restricted", "external", "invite")
ACCESS = {
    "ramp": mark("Way in for wheelchairs"), "sign-language": mark("Sign language"), "audio": mark("Sound alone is enough"),
    "children": mark("Somebody minds the children"), "transport": mark("Transport is arranged"),
    "water": mark("Drinking water on the spot"),
}  # fmt: skip
ZONES = ("Africa/Casablanca", "Africa/Tunis")


@dataclass(slots=True)
class Meeting:
    """start and end in UTC milliseconds, zone as IANA names it; region a code; co: URIs of those who shall organise it too."""

    title: str
    start: int
    end: int | None = None
    zone: str = ZONES[0]
    place: str = ""
    region: str = ""
    field: str = ""
    online: str = ""
    capacity: int | None = None
    joining: str = "free"
    outside: str = ""
    access: list[str] = with_default(default_factory=list)
    co: list[str] = with_default(default_factory=list)
    series: str = ""


def moment(day: str, clock: str, zone: str) -> int:
    """UTC milliseconds of `2027-01-16` or `16/01/2027` and `09:00` there.  Raises Invalid."""
    try:
        where = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("There is no such time zone.") from error
    written = fold(day.strip())
    for shape in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            on = datetime.strptime(written, shape).replace(tzinfo=UTC).date()
            break
        except ValueError:
            continue
    else:
        raise Invalid("Please write the day like 2027-01-16.")
    try:
        at = datetime.strptime(fold(clock.strip())[:5], "%H:%M").replace(tzinfo=UTC).time()
    except ValueError as error:
        raise Invalid("Please write the time like 09:00.") from error
    try:
        return ids.milliseconds(datetime.combine(on, at, where))
    except (OverflowError, ValueError) as error:
        raise Invalid("Please write the day like 2027-01-16.") from error


def check(meeting: Meeting, now: int, *, known_start: int | None = None) -> Meeting:
    """The meeting in one spelling.  Raises Invalid with what is wrong; one that is changed may keep a past start."""
    title = one_line(meeting.title, 200)
    if not title:
        raise Invalid("An event needs a title.")
    if meeting.start < now and meeting.start != known_start:
        raise Invalid("This moment has passed: choose one to come.")
    if meeting.start > now + FURTHEST:
        raise Invalid("This is too far away: at most five years.")
    if meeting.end is not None and meeting.end <= meeting.start:
        raise Invalid("An event ends after it begins.")
    if meeting.end is not None and meeting.end - meeting.start > LONGEST:
        raise Invalid("An event lasts at most 31 days.")
    place, online, outside = one_line(meeting.place, 300), meeting.online.strip(), meeting.outside.strip()
    if not place and not online:
        raise Invalid("Say where it is: a place, or an address online.")
    if online and not _is_address(online):
        raise Invalid("The address online begins with https://.")
    if meeting.joining not in JOINING:
        raise Invalid("Choose how people join.")
    if meeting.joining == "external" and not _is_address(outside):
        raise Invalid("Where people sign up elsewhere: an address that begins with https://.")
    if meeting.capacity is not None and not 1 <= meeting.capacity <= MOST:
        raise Invalid("The number of places is between 1 and {most}.", most=MOST)
    return Meeting(
        title, meeting.start, meeting.end, meeting.zone, place, regions.check(meeting.region).code if meeting.region else "",
        fields.check_field(meeting.field) if meeting.field else "", online, meeting.capacity, meeting.joining,
        outside if meeting.joining == "external" else "", [one for one in ACCESS if one in meeting.access],
        meeting.co[:10], meeting.series,
    )  # fmt: skip


def _is_address(written: str) -> bool:
    return (
        written.startswith(("https://", "http://")) and len(written) <= 1000 and not any(c.isspace() for c in written)
    )


def details(meeting: Meeting, language: str, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the post keeps; of one that is changed, with what it was before.  Every key is there, so that none stays."""
    before = known or {}
    region = regions.line_of(meeting.region)
    place = {"name": meeting.place} if meeting.place else {}
    if meeting.place and len(region) > 1:
        place |= {"region": region[1].label(language), "country": region[0].code}
        if len(region) > 2:
            place["locality"] = region[-1].label(language)
    moved = before.get("start") not in (None, meeting.start)
    return {
        "start": meeting.start, "end": meeting.end, "timezone": meeting.zone, "status": before.get("status", "CONFIRMED"),
        "category": before.get("category", "MEETING"), "place": place, "online": meeting.online, "join": meeting.joining,
        "outside": meeting.outside, "capacity": meeting.capacity, "access": meeting.access,
        "previous": before.get("start") if moved else before.get("previous"),
        "organizers": before.get("organizers", []), "series": meeting.series or before.get("series", ""),
        "asso:region": regions.wire(meeting.region) if meeting.region else [],
        "asso:fieldOfActivity": [meeting.field] if meeting.field else [],
    }  # fmt: skip
