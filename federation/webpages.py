"""What a web page says of itself in its head: OpenGraph, Twitter's cards, plain HTML.

Nothing is rendered, run or followed: the head is read once from its beginning, with bounds for
everything that could be made large.
"""

import html
import re
from urllib.parse import urljoin

from federation import vocabulary as v
from node import ids
from node.posts.link_cards import Said
from node.text import one_line

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_NAME = 300, 800, 120
MOST_TAGS = 400  # of those that say something
LONGEST_TAG = 6000  # characters of one
LARGEST_SIDE = 20_000  # pixels that a picture may claim

_MARK = re.compile(r"<(!--|script\b|style\b|noscript\b|meta\b|html\b|title\b|body\b|/head\b)", re.IGNORECASE)
_END = {"!--": "-->", "script": "</script", "style": "</style", "noscript": "</noscript", "title": "</title"}
_ENDS = {mark: re.compile(end, re.IGNORECASE) for mark, end in _END.items()}
_ATTRIBUTE = re.compile(
    r"""\s*+/?+\s*+([^\s=>/"'<]{1,60})(?:\s{0,20}=\s{0,20}(?:"([^"]{0,4000})"|'([^']{0,4000})'|([^\s>"']{0,4000})))?"""
)
_CHARSET = re.compile(rb"""<meta[^<>]{0,200}charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9_-]{1,30})""", re.IGNORECASE)
_KNOWN_CHARSET = re.compile(
    r"(utf-?8|utf-?16|(us-)?ascii|iso-?8859-?\d{1,2}|latin-?1|(windows|cp)-?12\d\d|koi8-[ru]|shift_jis|euc-(jp|kr)|gb(k|2312|18030)|big5)\Z",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}\Z")


def read(url: str, content_type: str, body: bytes) -> Said | None:
    """What the page behind url says; None for what is no page, or has no title."""
    if content_type.partition(";")[0].strip().lower() not in ("text/html", "application/xhtml+xml"):
        return None
    said = _head(_text(content_type, body))
    title = _first(said, LONGEST_TITLE, "og:title", "twitter:title", "title")
    if not title:
        return None
    image = (
        said.get("og:image:secure_url")
        or said.get("og:image")
        or said.get("twitter:image")
        or said.get("twitter:image:src")
        or ""
    )
    return Said(
        title=title, description=_first(said, LONGEST_DESCRIPTION, "og:description", "twitter:description", "description"),
        language=_language(said), author=_author(said), provider=_first(said, LONGEST_NAME, "og:site_name"),
        image=_address(url, image), image_words=_first(said, LONGEST_DESCRIPTION, "og:image:alt", "twitter:image:alt"),
        width=_side(said.get("og:image:width")), height=_side(said.get("og:image:height")),
        published=ids.read_rfc3339(said.get("article:published_time")),
    )  # fmt: skip


def _text(content_type: str, body: bytes) -> str:
    named = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_-]{1,30})", content_type, re.IGNORECASE)
    inside = None if named else _CHARSET.search(body[:4096])
    charset = named.group(1) if named else inside.group(1).decode() if inside else "utf-8"
    try:
        return body.decode(charset if _KNOWN_CHARSET.match(charset) else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _head(page: str) -> dict[str, str]:
    """The first of each name in <meta>, `title` and the `lang` of <html>, as far as the head goes."""
    said: dict[str, str] = {}
    at = 0
    for _ in range(MOST_TAGS):
        found = _MARK.search(page, at)
        if found is None:
            break
        mark, at = found.group(1).lower(), found.end()
        if mark in ("body", "/head"):
            break
        if mark in _ENDS:
            end = _ENDS[mark].search(page, at)
            if end is None:
                break
            if mark == "title":
                words = page[at : min(end.start(), at + LONGEST_TAG)].partition(">")[2]
                said.setdefault("title", html.unescape(words))
            at = end.end()
        else:
            attributes, at = _attributes(page, at)
            if mark == "html":
                said.setdefault("lang", attributes.get("lang", ""))
                continue
            name = (attributes.get("property") or attributes.get("name") or "").lower()
            if name and attributes.get("content"):
                said.setdefault(name, attributes["content"])
    return said


def _attributes(page: str, at: int) -> tuple[dict[str, str], int]:
    """Attributes of the tag that is open there, and where they end."""
    found: dict[str, str] = {}
    end = at + LONGEST_TAG
    while at < end and (one := _ATTRIBUTE.match(page, at, end)) is not None:
        name, double, single, bare = one.groups()
        found.setdefault(name.lower(), html.unescape(double or single or bare or ""))
        at = one.end()
    return found, at


def _first(said: dict[str, str], longest: int, *names: str) -> str:
    return next((line for name in names if (line := one_line(said.get(name), longest))), "")


def _author(said: dict[str, str]) -> str:
    """A name; many put the address of a profile there, which is none."""
    names = (_first(said, LONGEST_NAME, name) for name in ("author", "article:author", "og:article:author"))
    return next((name for name in names if name and "://" not in name), "")


def _language(said: dict[str, str]) -> str:
    found = next((one for one in (said.get("lang", ""), said.get("og:locale", "")) if _LANGUAGE.match(one)), "")
    return found.replace("_", "-")


def _address(url: str, image: str) -> str:
    try:
        found = urljoin(url, image.strip()) if image.strip() else ""
    except ValueError:
        return ""
    return found if v.is_web(found) else ""


def _side(written: str | None) -> int:
    return int(written) if written and re.fullmatch(r"[0-9]{1,5}", written) and int(written) <= LARGEST_SIDE else 0
