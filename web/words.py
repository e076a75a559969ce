"""What templates say in the reader's language: words, dates, numbers, icons.

Templates and their macros are compiled once; who reads is held in a context variable
while one page is rendered, so that no macro needs to be handed a language.
"""

import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache
from gettext import NullTranslations
from typing import Any

from markupsafe import Markup, escape

from node import ids, text
from web import assets, dates, qr, studio, tongues


@dataclass(slots=True)
class Reader:
    """Who reads the page that is being rendered."""

    tag: str
    zone: str
    now: int
    lite: bool = False
    holding: bool = False  # a piece is being made that will be kept: moments are filled in later
    catalogue: NullTranslations = field(default_factory=NullTranslations)
    faulty: tuple[str, ...] = ()  # names of the fields that were refused, until one of them has been told
    fault: str = ""  # and why, in the reader's language
    own: NullTranslations | None = None  # of a page whose reader reads another language where hers has no words


_reader: ContextVar[Reader] = ContextVar("reader")


def read_by(reader: Reader) -> None:
    """From here on, in this task, words are for this reader."""
    _reader.set(reader)


def say(message: str, **values: Any) -> str:
    """The message in the reader's language; {names} in it are filled, markup among the values kept."""
    reader = _reader.get()
    said = reader.catalogue.gettext(message)
    if reader.own is not None and not reader.own.gettext(message):
        said = tongues.apart(said)
    return _fill(said, values)


def count(one: str, many: str, n: int, **values: Any) -> str:
    """The right form for n, which stands in it as {n}."""
    reader = _reader.get()
    said = reader.catalogue.ngettext(one, many, n)
    if reader.own is not None and not reader.own.ngettext(one, many, n):
        said = tongues.apart(said)
    return _fill(said, {"n": dates.number(n, reader.tag), **values})


def _fill(message: str, values: dict[str, Any]) -> str:
    if not values:
        return message
    if any(hasattr(value, "__html__") for value in values.values()):
        return safe(str(escape(message))).format(**values)
    return message.format(**values)


def safe(made: str) -> Markup:
    """Markup that this file or an escaped template made."""
    return Markup(made)  # noqa: S704


_TIFINAGH = re.compile("[\u2d30-\u2d6f]")


def listed(said: str) -> str:
    """A name from our lists of fields, places and sizes, or several: marked where her language has none for it."""
    if not said or not marks():
        return said
    if _TIFINAGH.search(said) is None:
        return tongues.apart(said)
    return ", ".join(one if _TIFINAGH.search(one) else tongues.apart(one) for one in said.split(", "))


def number(value: int) -> str:
    """With the thousands marked as the reader's language does."""
    return dates.number(value, _reader.get().tag)


def kilobytes(size: int | None) -> Markup:
    """`46 kB`, kept left to right."""
    value = size or 0
    shown = f"{value / 1_000_000:.1f} MB" if value >= 1_000_000 else f"{max(1, round(value / 1000))} kB"
    return safe(f'<bdi dir="ltr">{shown}</bdi>')


def ltr(value: str) -> Markup:
    """A handle, a domain, an amount: never turned round."""
    return safe(f'<bdi dir="ltr">{escape(value)}</bdi>')


def apart(value: str | Markup) -> Markup:
    """A name within a sentence: whichever way it runs, it turns nothing around it."""
    return safe(f"<bdi>{escape(value)}</bdi>")


# ── time ──────────────────────────────────────────────────────────────────────


SPAN = 10_000  # ms: how long ago is told as of the end of such a span, so that many pages share it


def ago(at: int) -> Markup:
    """A <time>: how long ago for six days, then the day."""
    reader = _reader.get()
    if reader.holding:
        return safe(f"{_HELD}{at};")
    return _ago(at, reader.now // SPAN, reader.tag, reader.zone, reader.own is not None)


@lru_cache(4000)
def _ago(at: int, span: int, tag: str, zone: str, _marked: bool) -> Markup:
    """The same for readers of the tag in the zone."""
    return safe(
        f'<time datetime="{ids.rfc3339(at)}"{_tongue()}>{escape(_passed(at, (span + 1) * SPAN - 1, tag, zone))}</time>'
    )


def _passed(at: int, now: int, tag: str, zone: str) -> str:
    passed = (now - at) // 1000
    here, there = dates.moment(now, zone), dates.moment(at, zone)
    days = (here.date() - there.date()).days
    if passed < 0 or days > 6:
        return dates.day(there.date(), tag, year=there.year != here.year)
    if passed < 60:
        return say("just now")
    if passed < 3600:
        return count("{n} minute ago", "{n} minutes ago", passed // 60)
    if days == 0:
        return count("{n} hour ago", "{n} hours ago", passed // 3600)
    if days == 1:
        return say("yesterday, {time}", time=dates.clock(there))
    return count("{n} day ago", "{n} days ago", days)


def day(at: int, *, weekday: bool = False) -> Markup:
    """A <time>: the day with its year."""
    reader = _reader.get()
    there = dates.moment(at, reader.zone)
    return safe(
        f'<time datetime="{there.date()}"{_tongue()}>{escape(dates.day(there.date(), reader.tag, weekday=weekday))}</time>'
    )


def moment(at: int) -> Markup:
    """A <time>: the day and the hour."""
    reader = _reader.get()
    there = dates.moment(at, reader.zone)
    shown = say("{day}, {time}", day=dates.day(there.date(), reader.tag), time=dates.clock(there))
    return safe(f'<time datetime="{ids.rfc3339(at)}"{_tongue()}>{escape(shown)}</time>')


def _tongue() -> str:
    """That a moment is said in the page's own language, where the sentence around it may be in another."""
    return f' lang="{tag()}"' if marks() else ""


def hour(at: int) -> str:
    """`21:30`."""
    return dates.clock(dates.moment(at, _reader.get().zone))


def same_day(one: int, other: int) -> bool:
    """Whether both lie in one day of the node's zone."""
    where = _reader.get().zone
    return dates.moment(one, where).date() == dates.moment(other, where).date()


def leaf(at: int) -> dict[str, str]:
    """The parts of a calendar leaf: weekday, day, month, time."""
    reader = _reader.get()
    there = dates.moment(at, reader.zone)
    return {
        "weekday": dates.weekday(there.date(), reader.tag), "day": str(there.day),
        "month": dates.month(there.date(), reader.tag), "time": dates.clock(there), "iso": ids.rfc3339(at),
    }  # fmt: skip


# ── pieces kept ───────────────────────────────────────────────────────────────

MOST = 3000  # pieces kept, about a kilobyte each
# Nobody can write these marks into a post: they are new with each start.
_HELD = f"held-{secrets.token_hex(8)}-"
TOKEN = f"token-{secrets.token_hex(8)}"
BACK = f"back-{secrets.token_hex(8)}"
WEIGHT = f"weight-{secrets.token_hex(8)}"  # how heavy the page is, where it says so
_MOMENT = re.compile(_HELD + r"(-?\d+);")
_pieces: OrderedDict[tuple[Any, ...], Markup] = OrderedDict()


def kept(key: tuple[Any, ...], make: Callable[..., Any], *arguments: Any) -> Markup:
    """What the macro makes, kept under the key for readers of the same language.

    The key must name everything that it shows.  How long ago something was, the token of a member's
    forms and the page's own address (TOKEN and BACK in their place) are filled in by `settle`.
    """
    reader = _reader.get()
    whole = (reader.tag, reader.lite, reader.zone, reader.own is not None, *key)
    found = _pieces.get(whole)
    if found is None:
        reader.holding = True
        try:
            found = safe(str(make(*arguments)))
        finally:
            reader.holding = False
        _pieces[whole] = found
        if len(_pieces) > MOST:
            _pieces.popitem(last=False)
    return found


def settle(body: str, token: str, back: str) -> str:
    """The page with moments, the member's token and its own address, quoted, in their places."""
    return _MOMENT.sub(lambda found: ago(int(found.group(1))), body).replace(TOKEN, token).replace(BACK, back)


# ── names and texts in several languages ──────────────────────────────────────


def pick(texts: dict[str, str] | None, otherwise: str = "") -> str:
    """The text in the reader's language, else in the node's others, else any."""
    if not texts:
        return otherwise
    tag = _reader.get().tag
    for one in (tag, text.base(tag), text.STANDS_IN.get(tag, "ar"), "ar", "fr"):
        if texts.get(one):
            return texts[one]
    return next((one for one in texts.values() if one), otherwise)


def tongue(texts: dict[str, str], asked: str = "") -> str:
    """In which of these languages the reader reads the text: the one asked for, her own, any; '' where there is none."""
    tag = _reader.get().tag
    own = text.base(tag)
    for one in (asked, tag, own, text.STANDS_IN.get(own, "ar"), "ar", "fr"):
        if texts.get(one):
            return one
    return next((one for one, said in texts.items() if said), "")


def called(actor: Any) -> str:
    """The name of the actor in this row, in the reader's language."""
    displays = json.loads(actor["displays"]) if actor["displays"] != "{}" else {}
    return pick(displays, actor["display"]) or str(actor["name"])


# ── icons ─────────────────────────────────────────────────────────────────────

_SYMBOL = re.compile(r'<symbol id="(i-[a-z]+)".*?</symbol>', re.S)
_USED = re.compile(r'<use href="#(i-[a-z]+)"')


@cache
def icon(name: str, flip: bool = False) -> Markup:
    """An icon of the sheet; always with a word beside it.  flip: it points the reading way."""
    return safe(f'<svg class="i{" flip" if flip else ""}" aria-hidden="true"><use href="#i-{name}"/></svg>')


@cache
def _symbols() -> dict[str, str]:
    sheet = (assets.STATIC / "icons.svg").read_text()
    return {found.group(1): found.group() for found in _SYMBOL.finditer(sheet)}


def sheet(body: str) -> str:
    """The symbols that the page uses, so that it stays one request."""
    used = sorted(set(_USED.findall(body)))
    known = _symbols()
    return "<svg hidden>" + "".join(known[name] for name in used if name in known) + "</svg>"


def lite() -> bool:
    """Whether the reader saves data: no picture, no icon."""
    return _reader.get().lite


def fault(*names: str) -> str:
    """Why the field of this name was refused, the first time that it is asked; '' when nothing is wrong with it."""
    reader = _reader.get()
    if reader.faulty and not set(names).isdisjoint(reader.faulty):
        reader.faulty = ()
        return reader.fault
    return ""


def faulty(*names: str) -> bool:
    """Whether a field was refused: any, or one of these names."""
    found = _reader.get().faulty
    return bool(found) and (not names or not set(names).isdisjoint(found))


def tag() -> str:
    """The reader's language."""
    return _reader.get().tag


def marks() -> bool:
    """Whether words that her language lacks are marked with the one in which they are said."""
    return _reader.get().own is not None


def zone() -> str:
    """The time zone that dates are shown in."""
    return _reader.get().zone


def code_of(address: str) -> Markup:
    """The address as a QR code, black on the white of `.qr` in every theme, its label for who hears the page."""
    return _square(*qr.path(address), say("QR code of this page: {address}", address=address))


def code_for_app(address: str) -> Markup:
    """A secret address as a QR code that is kept nowhere; its label does not say it."""
    return _square(*qr.draw(address), say("QR code for your authenticator app"))


def _square(side: int, drawn: str, label: str) -> Markup:
    size = side + 4
    return safe(
        f'<svg class="qr" viewBox="-2 -2 {size} {size}" role="img" aria-label="{escape(label)}"><path d="{drawn}"/></svg>'
    )


GLOBALS = {
    "_": say, "gettext": say, "ngettext": count, "number": number, "kilobytes": kilobytes, "ltr": ltr, "ago": ago,
    "day": day, "moment": moment, "leaf": leaf, "hour": hour, "same_day": same_day, "pick": pick, "icon": icon, "lite": lite, "tag": tag,
    "asset": assets.address, "films": studio.can, "kept": kept, "TOKEN": TOKEN, "BACK": BACK, "WEIGHT": WEIGHT, "code_of": code_of, "code_for_app": code_for_app, "direction": text.direction,
    "fault": fault, "faulty": faulty, "apart": apart, "called": called,
}  # fmt: skip
