"""Which way a paragraph runs: its first letter says so, but the names that it only addresses and the links do not count.

Browsers go by the first letter of all, and would turn an Arabic answer round that begins with «@amal».
"""

import re
import unicodedata
from html import unescape

from node import text
from web import words

LONGEST = 4000  # characters of a paragraph in which a letter is looked for
# A paragraph without a direction of its own that does not begin with a word.
_DOUBTFUL = re.compile(r"<p>(?!\s*(?!https?://)[^\W\d_])(.*?)(?=</p>|<p\b|\Z)", re.DOTALL)
_LINK = re.compile(r"<a\b(?:[^<>\"]|\"[^\"]*\")*>.*?</a>", re.DOTALL)
_TAG = re.compile(r"<(?:[^<>\"]|\"[^\"]*(?:\"|\Z))*(?:>|\Z)")  # the last one may be cut
_ADDRESS = re.compile(r"(?:@|https?://)\S+")
_LED = re.compile(r"(?:\s*@[\w.-]+(?:@[\w.:-]+)?[\s,،:]*)+")


def paragraphs(cleaned: str) -> str:
    """HTML that node/html cleaned; what begins with no letter says its direction, without letters that of the page."""
    return _DOUBTFUL.sub(_said, cleaned) if "<p>" in cleaned else cleaned


def unaddressed(plain: str) -> str:
    """Words without the handles that lead them, where anything else is said: for one line of a list."""
    found = _LED.match(plain)
    return plain[found.end() :] or plain if found else plain


def _said(found: re.Match[str]) -> str:
    inner = found.group(1)
    start = inner[:LONGEST]
    way = first(_bare(_LINK.sub(" ", start))) or first(_bare(start))  # hashtags count where there is nothing else
    return f'<p dir="{way or text.direction(words.tag())}">{inner}'


def _bare(markup: str) -> str:
    return _ADDRESS.sub(" ", unescape(_TAG.sub("", markup)))


def first(said: str) -> str:
    """Where its first letter leads: ltr, rtl, or '' without one."""
    for one in said:
        kind = unicodedata.bidirectional(one)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return ""
