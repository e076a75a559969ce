"""The demonstration content, read: two nodes, their people, and days counted from the day of loading."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from node import ids

FILE = Path(__file__).parent / "content.json"
PASSWORD = "tashbik-demo"
# Associations with something on the board whom somebody on the other node follows: what they say is read there.
FOLLOWED = ("joussour", "zahrat_chaouia", "douars", "tachbik", "nour", "gda_nama", "nawafedh")
ELSEWHERE = re.compile(r"@([a-z0-9_]+)@([a-z]+)\.example\Z")


def nodes() -> dict[str, dict[str, Any]]:
    """Each node's content by its slug, `casa` first."""
    return {one["slug"]: one for one in json.loads(FILE.read_text())["nodes"]}


def moment(when: dict[str, Any], zone: str, today: datetime) -> int:
    """UTC milliseconds of `{"d": days from today, "t": "HH:MM"}` in the node's own time; never in the future
    for what has been said already.
    """
    hours, minutes = (int(part) for part in when.get("t", "12:00").split(":"))
    local = today.astimezone(ZoneInfo(zone)).replace(hour=hours, minute=minutes, second=0, microsecond=0)
    return ids.milliseconds(local + timedelta(days=when["d"]))


def said(when: dict[str, Any], zone: str, today: datetime) -> int:
    """The moment of something that was said: a minute ago at the latest."""
    return min(moment(when, zone, today), ids.milliseconds(today) - 60_000)


def elsewhere(handle: str) -> tuple[str, str] | None:
    """(name, slug of its node) of a handle of the other node; None for one of here."""
    found = ELSEWHERE.match(handle)
    return (found.group(1), found.group(2)) if found else None


def today() -> datetime:
    """The day of loading."""
    return datetime.now(UTC)
