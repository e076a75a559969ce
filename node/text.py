"""Words: marked here, translated when shown; and how words are compared.

Catalogues lie in node/locale as gettext .po files, one for each subject of pages, one
message id for one English sentence.  `ar-MA` and `ar-TN` fall back to `ar`, everything at last to English.
"""

import gettext
import io
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

LOCALES = ("ar", "ar-MA", "ar-TN", "fr", "zgh", "en")
LANGUAGES = ("ar", "fr", "zgh", "en")
SECOND = {"zgh": "fr"}  # what readers of a language read where it has no words yet; it runs the same way
STANDS_IN = SECOND | {"en": "fr"}  # the same of names and texts that people gave in several languages
RIGHT_TO_LEFT = {"ar", "ary", "aeb", "fa", "he", "ur", "ckb", "ps"}
CATALOGUES = Path(__file__).parent / "locale"

# Bidi controls, tag characters, other invisibles that only serve to deceive in a name.
_DECEIVING = re.compile(
    "[\u202a-\u202e\u2060-\u206f\u200b\u200e\u200f\u061c\u2028\u2029\ufeff\U000e0000-\U000e007f"
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufff9-\ufffb]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}"
)
# What is not only marks and joiners: a name of those alone looks like no name, or like the one beside it.
_SEEN = re.compile("[^\\s\u200c\u200d\ufe00-\ufe0f\u0300-\u036f]")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_HARAKAT = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
_SAME_LETTER = tuple(
    zip(
        "أإآٱىیئؤةکڭگٹ" + "٠١٢٣٤٥٦٧٨٩" + "۰۱۲۳۴۵۶۷۸۹",
        "اااايييوهكككت" + "0123456789" * 2,
        strict=True,
    )
)


def mark(message: str) -> str:
    """The message itself; the extractor finds it for the catalogues."""
    return message


def base(tag: str) -> str:
    """`ar` of `ar-MA`, lower case."""
    return tag.replace("_", "-").split("-")[0].lower()


def direction(tag: str) -> str:
    """`rtl` or `ltr` of a BCP 47 tag."""
    return "rtl" if base(tag) in RIGHT_TO_LEFT else "ltr"


def translate(message: str, tag: str) -> str:
    """The message in the language of tag, else in its base language, else as it stands."""
    return catalogue(tag).gettext(message)


def plural(one: str, many: str, count: int, tag: str) -> str:
    """The form of the message for count; Arabic has six."""
    return catalogue(tag).ngettext(one, many, count)


@lru_cache(maxsize=16)
def catalogue(tag: str) -> gettext.NullTranslations:
    """The catalogue of a tag, with its base language behind it."""
    found = _read(tag.replace("_", "-"))
    behind_of = SECOND.get(tag) or (base(tag) if base(tag) != tag.lower() else "")
    if behind_of:
        behind = catalogue(behind_of)
        if found is None:
            return behind
        found.add_fallback(behind)
    return found or gettext.NullTranslations()


class _Nothing(gettext.NullTranslations):
    """A language without a word."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


@lru_cache(maxsize=4)
def own(tag: str) -> gettext.NullTranslations | None:
    """The words of the language alone, '' for those that it lacks, where its readers read them in another; else None."""
    found = _read(tag) if tag in SECOND else None
    if found is not None:
        found.add_fallback(_Nothing())
    return found


def _read(tag: str) -> gettext.GNUTranslations | None:
    """All catalogues of the language in one: a file each for a subject of pages."""
    found: gettext.GNUTranslations | None = None
    for source in sorted((CATALOGUES / tag / "LC_MESSAGES").glob("*.po")):
        one = gettext.GNUTranslations(_compiled(source))
        if found is not None:
            one.add_fallback(found)
        found = one
    return found


def _compiled(source: Path) -> BinaryIO:
    """The .mo beside the .po, or one made in memory where it is missing or older."""
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        return io.BytesIO(compiled.read_bytes())
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    made = io.BytesIO()
    with source.open("rb") as file:
        write_mo(made, typeset(read_po(file), source.parent.parent.name))
    made.seek(0)
    return made


_BEFORE_HIGH = re.compile(" (?=[?!;»])|(?<=«) ")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_]|\{)")


def typeset(read: Any, tag: str) -> Any:
    """The catalogue as printers set its language: French with no-break spaces and round apostrophes, which nobody types."""
    if base(tag) == "fr":
        for message in read:
            if message.id:
                said = message.string
                message.string = _french(said) if isinstance(said, str) else tuple(map(_french, said))
    return read


def _french(said: str) -> str:
    return _APOSTROPHE.sub("\u2019", _BEFORE_HIGH.sub("\u202f", said).replace(" :", "\u00a0:"))


def fold(text: str) -> str:
    """The text as it is compared in search: no case, no accents, no harakat or tatweel,
    one letter for the Arabic letters that people write for one another, Western digits.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return plain
    plain = _HARAKAT.sub("", plain)
    for written, same in _SAME_LETTER:  # letter by letter: a fifth of the time that str.translate takes
        plain = plain.replace(written, same)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", plain)))


def terms(text: str) -> list[str]:
    """The words of a text as they are compared: runs of letters and digits, which is how the search index parts them."""
    return _TERM.findall(fold(text))


# Without the few letters that the index's older tables (Unicode 6.1) take for marks.
_TERM = re.compile(r"[^\W_\u19b0-\u19c9\u1cf2\u1cf3]+")


def one_line(text: object, limit: int = 200) -> str:
    """A name or title fit to stand in a line: no controls, no bidi overrides, no tag
    characters, nothing that is not seen, at most four combining marks in a row, at most
    `limit` characters.  '' for what would look like nothing.
    """
    if not text or not isinstance(text, str):
        return ""
    line = text[: limit * 4]
    if line.isascii():
        return " ".join(_CONTROLS.sub("", line).split())[:limit].strip()
    line = _CONTROLS.sub("", _DECEIVING.sub("", line))
    line = _MARKS.sub(lambda found: found.group()[:4], line)
    line = " ".join(line.split())[:limit].strip()
    return line if _SEEN.search(line) else ""


def many_lines(text: object, limit: int) -> str:
    """A text of several lines without control characters, at most `limit` characters."""
    if not isinstance(text, str):
        return ""
    return _CONTROLS.sub("", text[:limit].replace("\r\n", "\n").replace("\r", "\n"))
