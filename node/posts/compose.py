"""What a member types becomes HTML: paragraphs, links, mentions, hashtags; nothing else.

The dialect is Mastodon's, class names included, because apps read them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from node import html
from node.store import Row

MENTION = re.compile(
    r"(?<![\w/@.])@([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)"
    r"(?:@([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?))?"
)
# Letters, marks, digits, underscore, ZWNJ; not only digits.  Arabic and Tifinagh are letters.
HASHTAG = re.compile(r"(?<![\w&/#])#((?=[\w\u200c]*[^\W\d_])[\w\u200c\u0300-\u036f\u064b-\u0652\u00b7]{1,100})")
_URL = re.compile(r"https?://\S+")


def is_hashtag(word: str) -> bool:
    """Whether `#` and the word are one hashtag."""
    return HASHTAG.fullmatch("#" + word) is not None


@dataclass(frozen=True, slots=True)
class Composed:
    """HTML, whom it mentions, which hashtags it holds (without #, as written)."""

    html: str
    mentioned: list[Row]
    tags: list[str]


def compose(text: str, find: Callable[[str, str], Row | None], tag_url: Callable[[str], str]) -> Composed:
    """The text as HTML.

    find(name, host) gives the actor behind a handle, None for a word that is none; tag_url(name) the address of a
    hashtag, whose name it gets as an address writes it.
    """
    mentioned: dict[int, Row] = {}
    tags: dict[str, None] = {}

    def mention(found: re.Match[str]) -> str:
        actor = find(found.group(1), (found.group(2) or "").lower())
        if actor is None:
            return found.group()
        mentioned[actor["id"]] = actor
        return (
            f'<span class="h-card" translate="no"><a href="{html.escape(actor["url"])}" class="u-url mention">'
            f"@<span>{html.escape(actor['name'])}</span></a></span>"
        )

    def hashtag(found: re.Match[str]) -> str:
        tags[found.group(1)] = None
        return (
            f'<a href="{html.escape(tag_url(quote(found.group(1))))}" class="mention hashtag" rel="tag">'
            f"#<span>{html.escape(found.group(1))}</span></a>"
        )

    def words(piece: str) -> str:
        escaped = piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return HASHTAG.sub(hashtag, MENTION.sub(mention, escaped))

    paragraphs = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [_between(line, _URL, words) for line in block.split("\n")]
        paragraphs.append("<p>" + "<br>".join(lines) + "</p>")
    body = "".join(paragraphs) if text.strip() else ""
    return Composed(html.written(body) if body else "", list(mentioned.values()), list(tags))


def handles(text: str) -> list[tuple[str, str]]:
    """(name, host) of every handle of another server in the text, once each."""
    found = {
        (one.group(1), one.group(2).lower()): None for one in MENTION.finditer(_URL.sub(" ", text)) if one.group(2)
    }
    return list(found)


def _between(line: str, address: re.Pattern[str], words: Callable[[str], str]) -> str:
    """words() applied to what is no web address."""
    made, position = [], 0
    for found in address.finditer(line):
        made += [words(line[position : found.start()]), html.escape(found.group()).replace("&#x27;", "'")]
        position = found.end()
    return "".join([*made, words(line[position:])])
