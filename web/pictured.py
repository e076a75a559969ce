"""Custom emoji in the words of a page: `:shortcode:` as a small picture from this server, itself where data is spared."""

import json
import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from node.emojis import WRITTEN
from web import directions, words

_TAG = re.compile(r"""(<(?:[^<>"']|"[^"]*"|'[^']*')*>)""")
_VERBATIM = ("<pre", "<code")
_HEADING = re.compile(r"(</?h)([1-6])(?=[\s>])")


def text(plain: str, kept: str) -> str | Markup:
    """Plain words as a template writes them, with those that their row names (`kept`) as pictures."""
    if kept in ("", "{}") or words.lite():
        return plain
    return words.safe(_pictured(str(escape(plain)), json.loads(kept)))


def markup(cleaned: str, kept: str) -> Markup:
    """The same for HTML that node/html cleaned: in its words, neither in its tags nor in what is quoted as written.

    Its headings stand below those of the page, which nobody's post can pass for; its paragraphs say which way they run.
    """
    if "<h" in cleaned:
        cleaned = _HEADING.sub(lambda found: f"{found[1]}{min(6, int(found[2]) + 2)}", cleaned)
    cleaned = directions.paragraphs(cleaned)
    if kept in ("", "{}") or words.lite():
        return words.safe(cleaned)
    known, verbatim, made = json.loads(kept), 0, []
    for piece in _TAG.split(cleaned):
        if piece.startswith("<"):
            verbatim += piece.startswith(_VERBATIM) - piece.startswith(("</pre", "</code"))
            made.append(piece)
        else:
            made.append(piece if verbatim > 0 else _pictured(piece, known))
    return words.safe("".join(made))


def name(who: Any) -> str | Markup:
    """The name of a web.pages.people.Who."""
    return text(who.name, who.emojis)


def _pictured(escaped: str, known: dict[str, int]) -> str:
    if ":" not in escaped:
        return escaped
    made, at, start = [], 0, 0
    while (found := WRITTEN.search(escaped, at)) is not None:
        number = known.get(found.group(1))
        if number is None:
            at = found.end() - 1  # its last colon may be the first of the next
            continue
        shown = f'<img class="emoji" src="/media/emoji/{number}" alt="{found.group()}" title="{found.group()}" loading="lazy">'
        made += [escaped[start : found.start()], shown]
        at = start = found.end()
    return "".join((*made, escaped[start:]))


GLOBALS: dict[str, Callable[..., Any]] = {"said": text, "said_html": markup, "named": name}
