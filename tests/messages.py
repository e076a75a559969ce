"""What is said on screen: every message in code and templates, found as Babel's extractor finds it.

`python -m tests.messages ar` lists what a language has no words for.
"""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from node.text import typeset

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "node" / "locale"
ERRORS = ("Invalid", "Unproven", "Forbidden", "NotFound", "Gone", "Conflict", "TooLarge", "Busy", "Unreachable")
KEYWORDS: dict[str, Any] = {
    "_": None, "say": None, "mark": None, "gettext": None, "translate": None,
    "count": (1, 2), "ngettext": (1, 2), "plural": (1, 2), **dict.fromkeys(ERRORS),
}  # fmt: skip
# Said to other servers and apps only, in English.
NOT_ON_SCREEN = (
    "federation/", "keys/", "web/mastodon/", "web/commands/", "web/demo/", "web/activitypub.py", "web/inbox.py", "web/collections.py",
    "web/oauth.py", "web/wellknown.py", "node/migrations/", "node/care/backup.py", "node/people/tokens.py", "node/people/applications.py", "node/people/codes.py",
)  # fmt: skip
FOR_APPS = "Validation failed: "  # Mastodon's own words, which apps compare
Message = str | tuple[str, str]


@cache
def extracted() -> dict[Message, str]:
    """Message ids, plural ones as pairs, with the place where each stands first."""
    found: dict[Message, str] = {}
    for path in sorted(
        [*(ROOT / "node").rglob("*.py"), *(ROOT / "web").rglob("*.py"), *(ROOT / "web").rglob("*.html")]
    ):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(NOT_ON_SCREEN):
            continue
        how = "python" if path.suffix == ".py" else "jinja2.ext.babel_extract"
        options = {} if how == "python" else {"trimmed": "true", "silent": "false"}
        for line, message, _, _ in extract_from_file(how, path, KEYWORDS, options=options):
            key = message if isinstance(message, str) else tuple(message)
            if key and key not in ("", ("", "")) and not str(key).startswith(FOR_APPS):
                found.setdefault(key, f"{name}:{line}")
    return found


@cache
def translated(language: str) -> dict[Message, Any]:
    """Message id -> words, over all .po files of the language; fuzzy and empty ones left out."""
    found: dict[Message, Any] = {}
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        for message in read(path, language):
            whole = isinstance(message.string, str) and message.string
            if (
                message.id
                and not message.fuzzy
                and (whole or (not isinstance(message.string, str) and all(message.string)))
            ):
                found[message.id if isinstance(message.id, str) else tuple(message.id)] = message.string
    return found


def read(path: Path, language: str) -> Catalog:
    """The catalogue in the file, as it is shown."""
    with path.open("rb") as file:
        return typeset(read_po(file, locale=language), language)


def missing(language: str) -> dict[Message, str]:
    """What the language has no words for, and where it stands."""
    known = translated(language)
    return {message: place for message, place in extracted().items() if message not in known}


if __name__ == "__main__":
    for one, where in missing(sys.argv[1] if len(sys.argv) > 1 else "ar").items():
        print(where, repr(one))
