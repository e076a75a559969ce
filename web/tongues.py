"""Words that the reader's language lacks, on a page: marked with the language in which they are said instead.

Whoever hears the page is read each word by the voice of its language.  While a page is made such words stand between
two marks, since a piece of a template does not know whether it stands in a text or in an attribute; `settle` does.
"""

import re
import secrets

# Nobody can write these marks into a post: they are new with each start.
_KEY = secrets.token_hex(8)
OPEN, CLOSE = f"tongue{_KEY}on", f"tongue{_KEY}off"
_MARKS = re.compile(f"{OPEN}|{CLOSE}")
# An element that holds such words and nothing else: it carries the mark itself.
_WHOLE = re.compile(rf"<([a-z][a-z0-9]*)(?![^<>]*\slang=)([^<>]*)>(\s*){OPEN}((?:(?!{CLOSE})[^<])*){CLOSE}</\1>")
_BARE = re.compile(r"<(title|textarea|option|script|style)\b[^<>]*>.*?</\1>", re.DOTALL)  # these hold no element
_TAG = re.compile(r"<[^<>]*>")
_SHOWN_BY_WORDS = ("<img ", "<svg ")  # what they show is said in an attribute alone


def apart(said: str) -> str:
    """The words between their marks, until the page is whole."""
    return f"{OPEN}{said}{CLOSE}"


def bare(said: str) -> str:
    """The words without marks, for where they are counted or cut."""
    return _MARKS.sub("", said)


def settle(body: str, language: str) -> str:
    """The page with the language on every word that stood between marks; in attributes, which can have none, bare."""
    if OPEN not in body:
        return body
    body = _WHOLE.sub(rf'<\1 lang="{language}"\2>\3\4</\1>', body)
    body = _BARE.sub(lambda found: _MARKS.sub("", found.group()), body)
    body = _TAG.sub(lambda found: _within_tag(found.group(), language), body)
    return body.replace(OPEN, f'<span lang="{language}">').replace(CLOSE, "</span>")


def _within_tag(tag: str, language: str) -> str:
    if OPEN not in tag:
        return tag
    bare = _MARKS.sub("", tag)
    if bare.startswith(_SHOWN_BY_WORDS) and " lang=" not in bare:
        return f'{bare[:4]} lang="{language}"{bare[4:]}'
    return bare
