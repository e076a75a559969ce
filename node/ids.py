"""One space of integers for posts, boosts, actors, media and notifications.

An id is `milliseconds since 1970 << 16 | 16 bits`, so ids sort by time and apps
can compute them from a date.  The low bits start at random in each process,
because serve and commands write side by side; a clash is tried again by whoever
inserts.
"""

import secrets
import threading
from datetime import UTC, datetime

LAST = 2**63 - 1  # the largest number that a column holds: before it come all
_lock = threading.Lock()
_low = secrets.randbits(16)


def new(at: int) -> int:
    """An id for something of the moment `at` (UTC, milliseconds)."""
    global _low
    with _lock:
        _low = (_low + 1) & 0xFFFF
        return (max(at, 0) << 16) | _low


def for_remote(published: int | None, now: int) -> int:
    """An id for a peer's object: from its date, never later than now, never before 2000."""
    if published is None or published > now or published < 946_684_800_000:
        return new(now)
    return new(published)


def read(text: object) -> int | None:
    """The id, or other number from 0 to LAST, that came from outside as text; None for what is none.

    Digits of other scripts are none, nor is a number that no column holds.
    """
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > len(str(LAST)):
        return None
    found = int(text)
    return found if found <= LAST else None


def time_of(identifier: int) -> int:
    """UTC milliseconds of the moment that the id was made for."""
    return identifier >> 16


def milliseconds(moment: datetime) -> int:
    """UTC milliseconds of an aware moment."""
    return int(moment.timestamp() * 1000)


def moment(at: int) -> datetime:
    """The aware UTC moment of `at` milliseconds; years 1 to 9999, else clamped."""
    try:
        return datetime.fromtimestamp(at / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(at: int) -> str:
    """`2026-11-03T10:00:00Z` of `at` milliseconds: whole seconds, as peers expect."""
    return moment(at).isoformat(timespec="seconds")[:-6] + "Z"  # a third of what strftime costs


def precise(at: int) -> str:
    """The same with its milliseconds, so that two posts of one second keep their order elsewhere."""
    return f"{moment(at).isoformat(timespec='seconds')[:-6]}.{at % 1000:03d}Z"


def read_rfc3339(text: object) -> int | None:
    """UTC milliseconds of a peer's date; a missing zone is UTC; None when it is no date."""
    if not isinstance(text, str) or not 10 <= len(text) <= 40:
        return None
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    try:
        return milliseconds(parsed)
    except (OverflowError, ValueError):
        return None
