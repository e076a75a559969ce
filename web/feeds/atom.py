"""Atom, by hand: valid XML whatever people wrote, and nothing that is not public.

Source: RFC 4287; the characters of XML 1.0 §2.2.
"""

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from node.ids import rfc3339

TYPE = "application/atom+xml"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0 §2.2


@dataclass(slots=True)
class Entry:
    """One post; html is cleaned, the rest plain."""

    id: str
    url: str
    title: str
    html: str
    author: str
    published: int
    updated: int
    author_url: str = ""
    language: str = ""
    summary: str = ""
    enclosures: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Feed:
    """A list.  address is the feed's own, page where people read the same."""

    id: str
    title: str
    address: str
    page: str
    language: str
    updated: int
    entries: list[Entry]
    subtitle: str = ""
    icon: str = ""


def render(feed: Feed) -> bytes:
    """The document."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attribute(feed.language or "ar")}>',
        _text("id", feed.id), _text("title", feed.title or feed.id), _text("updated", rfc3339(feed.updated)),
        _text("subtitle", feed.subtitle) if feed.subtitle else "",
        _text("icon", feed.icon) if feed.icon else "",
        f'<link rel="self" type="{TYPE}" href={_attribute(feed.address)}/>',
        f'<link rel="alternate" type="text/html" href={_attribute(feed.page)}/>',
        '<generator>Tashbik</generator>\n',
        *map(_entry, feed.entries),
        "</feed>\n",
    ]  # fmt: skip
    return "".join(parts).encode()


def _entry(one: Entry) -> str:
    language = f" xml:lang={_attribute(one.language)}" if one.language else ""
    enclosures = "".join(
        f'<link rel="enclosure" href={_attribute(url)} type={_attribute(kind)}'
        + (f' length="{size}"' if size else "")
        + "/>"
        for url, kind, size in one.enclosures
    )
    return "".join((
        f"<entry{language}>", _text("id", one.id), _text("title", one.title or rfc3339(one.published)[:10]),
        f'<link rel="alternate" type="text/html" href={_attribute(one.url)}/>', enclosures,
        _text("published", rfc3339(one.published)), _text("updated", rfc3339(one.updated)),
        "<author>", _text("name", one.author or one.id), _text("uri", one.author_url) if one.author_url else "", "</author>",
        _text("summary", one.summary) if one.summary else "",
        f'<content type="html">{escape(clean(one.html))}</content></entry>\n',
    ))  # fmt: skip


def clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("", text)


def _text(name: str, value: str) -> str:
    return f"<{name}>{escape(clean(value))}</{name}>"


def _attribute(value: str) -> str:
    return quoteattr(clean(value))
