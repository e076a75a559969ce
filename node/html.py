"""The only file that makes HTML safe: one allow-list, for what is written here and what pours in.

`clean` (nh3) is for documents of peers, `written` (bleach) for what our own pages
and apps send; a property test holds them together.  Nothing else is ever marked
safe in a template.
"""

import html
import re
from functools import cache
from typing import Any

import nh3

CLASSES = {"mention", "hashtag", "u-url", "h-card", "invisible", "ellipsis", "quote-inline"}
TAGS = {
    "p", "br", "span", "a", "abbr", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "sub",
    "sup", "i", "em", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "hr", "ruby", "rt", "rp",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "translate"},
    "abbr": {"title"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "span": {"translate"},
}
SCHEMES = {"http", "https"}
REL = "nofollow noopener noreferrer ugc"
# Not shown at all, with what is in them: their text was never meant to be read.
DROPPED = {
    "script", "style", "template", "iframe", "object", "embed", "noscript", "noembed", "noframes", "textarea",
    "title", "svg", "math", "select", "xmp", "plaintext", "canvas", "audio", "video", "head",
}  # fmt: skip
LIMIT = 262_144  # characters taken from one text
MOST_TAGS, MOST_ENTITIES = 3000, 20_000  # beyond, only its words: a parser's time grows with the square of nesting
LONGEST_TAG = 4000  # characters of one tag, values in quotes left out: it grows with the square of attributes too

# The last two turn the letters of all that follows round: a file `exe.gpj`, a link that reads as another's.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e]")
_TURNED = re.compile(r"&#(?:x0{0,9}202[de]|0{0,9}823[78]);?", re.IGNORECASE)
_PICTURE = re.compile(r"(<a\b[^<>]{1,2000}>\s{0,9})?<img\b([^<>]{0,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![a-zA-Z-])([a-zA-Z-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_TAG = re.compile(r"<[^<>]*>")
_QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
# As far as a tag reaches for a parser: a `>` in quotes does not end it, a `<` does not begin another.
_WHOLE_TAG = re.compile(
    r"""</?[a-zA-Z][^\s/>]*+(?:[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?)?|=)*+"""
)
_BREAK = re.compile(r"<br\s*/?>|</p>|</li>|</h[1-6]>|</blockquote>|</pre>", re.IGNORECASE)


def clean(markup: object) -> str:
    """HTML of a peer, fit to be shown: tags and attributes of the allow-list, links http(s)
    with our own rel, nothing that runs, loads or hides.  What is no text is the empty string.
    """
    if not markup or not isinstance(markup, str):
        return ""
    cut = _lines(_CONTROLS.sub("", markup[:LIMIT]))
    if "<" not in cut and "&" not in cut:
        return _words(cut)
    if cut.count("<") > MOST_TAGS or cut.count("&") > MOST_ENTITIES or _stuffed(cut):
        return _words(_TAG.sub(" ", cut))
    made = _sieve().clean(cut)
    if "&#" in cut:  # `&#31;` is a control too
        made = _lines(_CONTROLS.sub("", made))
    # A tag taken out from between two headings leaves one inside the other; the next reader would part them.
    return made if made.count("<h") < 2 else str(_sieve().clean(made))


def _stuffed(markup: str) -> bool:
    """Whether a tag holds more attributes than anybody writes."""
    if len(markup) <= 2 * LONGEST_TAG:
        return False
    tags = (found.group() for found in _WHOLE_TAG.finditer(markup))
    return any(len(one) > LONGEST_TAG and len(_QUOTED.sub("", one)) > LONGEST_TAG for one in tags)


def _words(text: str) -> str:
    """Text as the sieve writes it, spelled alike."""
    return html.escape(text, quote=False).replace("\xa0", "&nbsp;")


def _lines(markup: str) -> str:
    """Lines end as every parser of HTML ends them."""
    return markup.replace("\r\n", "\n").replace("\r", "\n") if "\r" in markup else markup


@cache
def _sieve() -> Any:
    """Made once: the lists cost more to read than most texts."""
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        allowed_classes={"a": CLASSES, "span": CLASSES, "p": CLASSES},
        url_schemes=SCHEMES,
        link_rel=REL,
        strip_comments=True,
        url_relative="deny",  # it would lead to a page of ours
    )


def pictures_named(markup: str | None) -> str | None:
    """A peer's text, not yet clean, with a link in the place of each picture: none is loaded from elsewhere,
    and what it shows is not lost.
    """
    if markup is None or "<img" not in markup[:LIMIT].lower():
        return markup
    return _PICTURE.sub(_named, markup[:LIMIT])


def _named(found: re.Match[str]) -> str:
    said = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(found.group(2))}
    address = said.get("src", "")
    words = html.escape(said.get("alt", "").strip() or address.rpartition("/")[2].partition("?")[0] or address)
    if found.group(1) or "emoji" in said.get("class", "") or not address.startswith(("http://", "https://")):
        return (found.group(1) or "") + words
    return f'<a href="{html.escape(address)}">{words}</a>'


def written(markup: str) -> str:
    """HTML that our own composer made of a member's text: links found, then the same allow-list."""
    linked: str = _linker().linkify(_CONTROLS.sub("", markup[:LIMIT]))
    return _CONTROLS.sub("", _TURNED.sub("", _cleaner().clean(linked)))  # bleach leaves references as they are


def plain(markup: str) -> str:
    """The words of cleaned HTML, a line per paragraph, entities read."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", markup))).strip()


def escape(text: str) -> str:
    """Text as HTML that says just that."""
    return html.escape(text, quote=True)


@cache
def _cleaner() -> Any:
    import bleach

    attributes: dict[str, Any] = {tag: list(names) for tag, names in ATTRIBUTES.items()}
    for tag in ("a", "span", "p"):
        attributes[tag] = _allowing(ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"])
    return bleach.Cleaner(tags=TAGS, attributes=attributes, protocols=SCHEMES, strip=True, strip_comments=True)


def _allowing(names: set[str]) -> Any:
    def allowed(_tag: str, name: str, value: str) -> bool:
        if name == "class":
            return set(value.split()) <= CLASSES
        if name == "rel":
            return value in (REL, "tag " + REL)
        if name == "href":
            return re.match(r"https?://", value, re.IGNORECASE) is not None
        return name in names

    return allowed


@cache
def _linker() -> Any:
    import bleach

    return bleach.Linker(callbacks=[_rel, _shorten], url_re=_URL, parse_email=False, skip_tags=["pre", "code"])


_URL = re.compile(r"(?<![\w@./])https?://[^\s<>\"'«»\u0000-\u0020]*[^\s<>\"'«».,;:!?،؛؟…)\]}]", re.IGNORECASE)


def _rel(attributes: dict[Any, str], new: bool = False) -> dict[Any, str]:
    kind = attributes.get((None, "rel"), "")
    attributes[(None, "rel")] = "tag " + REL if kind.startswith("tag") else REL
    return attributes


def _shorten(attributes: dict[Any, str], new: bool = False) -> dict[Any, str]:
    """A long address is shown without its scheme, cut after thirty characters."""
    if new:
        shown = re.sub(r"^https?://(www\.)?", "", attributes["_text"])
        attributes["_text"] = shown if len(shown) <= 60 else shown[:59] + "…"
        attributes[(None, "translate")] = "no"
    return attributes
