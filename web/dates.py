"""Dates and numbers as people of the two countries write them.

Babel knows the names of days and months; the patterns are ours, because CLDR is wrong
for us in places: abbreviated Arabic months are those of the Mashriq, the short time of
ar-TN and fr-TN has twelve hours, zgh puts the month first.  So: whole month names, 24
hours, Western digits.
"""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from node.text import base

# Babel has no data for the spoken Arabics of the two countries, nor a country for plain `ar`.
NAMES_OF = {"ar": "ar_MA", "ary": "ar_MA", "aeb": "ar_TN", "zgh": "zgh", "fr": "fr", "en": "en"}
THOUSANDS = {"ar": ".", "fr": "\u202f", "zgh": "\u202f", "en": ","}


@lru_cache(maxsize=8)
def zone(name: str) -> ZoneInfo:
    """The IANA zone."""
    return ZoneInfo(name)


@lru_cache(maxsize=16)
def _names(tag: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Twelve months and seven days (Monday first), whole names."""
    from babel.core import Locale
    from babel.dates import get_day_names, get_month_names

    wanted = tag.replace("-", "_")
    locale = Locale.parse(wanted if wanted in ("ar_MA", "ar_TN") else NAMES_OF.get(base(tag), "en"))
    months = get_month_names("wide", "format", locale)
    days = get_day_names("wide", "format", locale)
    return tuple(months[n] for n in range(1, 13)), tuple(days[n] for n in range(7))


def moment(at: int, zone_name: str) -> datetime:
    """The local moment of UTC milliseconds; impossible ones are clamped to 1970."""
    try:
        return datetime.fromtimestamp(at / 1000, zone(zone_name))
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, zone(zone_name))


def day(on: date, tag: str, *, year: bool = True, weekday: bool = False) -> str:
    """«17 دجنبر 2026», `1er août 2026`, `17 December 2026`."""
    months, days = _names(tag)
    number = "1er" if on.day == 1 and base(tag) == "fr" else str(on.day)
    text = f"{number} {months[on.month - 1]}" + (f" {on.year}" if year else "")
    return f"{days[on.weekday()]} {text}" if weekday else text


def clock(at: datetime) -> str:
    """`21:30`."""
    return at.strftime("%H:%M")


def weekday(on: date, tag: str) -> str:
    """The day's whole name."""
    return _names(tag)[1][on.weekday()]


def month(on: date, tag: str) -> str:
    """The month's whole name."""
    return _names(tag)[0][on.month - 1]


def number(value: int, tag: str) -> str:
    """`1.234` in Arabic, `1 234` in French, always in Western digits."""
    return f"{value:,}".replace(",", THOUSANDS.get(base(tag), ","))
