"""What associations work on, how large they are, what the law calls them: the codes of fields.json and their names."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from node.errors import Invalid
from node.text import STANDS_IN, base

FILE = Path(__file__).with_name("fields.json")
SECONDARY = 4  # fields besides the main one


@dataclass(frozen=True, slots=True)
class Code:
    """slug is what is kept and federated; names by language, where we know one."""

    slug: str
    names: dict[str, str]
    country: str = ""

    def label(self, language: str) -> str:
        """The name in the language of a tag, else in the language that stands in for it, in Arabic, else the slug."""
        own = base(language)
        return self.names.get(own) or self.names.get(STANDS_IN.get(own, "ar")) or self.names.get("ar") or self.slug


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


@cache
def _codes(name: str) -> dict[str, Code]:
    return {
        one["slug"]: Code(one["slug"], {k: t for k, t in one["name"].items() if t}, one.get("country", ""))
        for one in _data()[name]
    }


def fields() -> dict[str, Code]:
    """All fields of activity by slug, in the order of the file."""
    return _codes("fields")


def front() -> list[Code]:
    """The fields that a phone shows first."""
    return [fields()[slug] for slug in _data()["front"]]


def sizes() -> dict[str, Code]:
    """The size classes, the smallest first."""
    return _codes("size_classes")


def legal_forms(country: str = "") -> dict[str, Code]:
    """Legal forms of a country and those of no country; '' : all."""
    return {slug: one for slug, one in _codes("legal_forms").items() if not country or one.country in ("", country)}


@cache
def words_of(slug: str) -> str:
    """Names and keywords of a field in every language: what finds it."""
    for one in _data()["fields"]:
        if one["slug"] == slug:
            listed = [*one["name"].values(), *(word for words in one.get("keywords", {}).values() for word in words)]
            return " ".join(word for word in listed if word)
    return slug


def label(kind: str, slug: str, language: str) -> str:
    """The name of a code of `fields`, `size_classes` or `legal_forms`; a code that we do not know as it stands."""
    known = _codes(kind).get(slug)
    return known.label(language) if known is not None else slug


def check_field(slug: str) -> str:
    """The slug itself.  Raises Invalid for an unknown one, naming those that are."""
    return _one_of(slug, fields(), "There is no field called {code}. Possible are: {codes}.")


def check_fields(slugs: Iterable[str], main: str) -> list[str]:
    """Secondary fields, once each, without the main one.  Raises Invalid for unknown ones or more than four."""
    found = [slug for slug in dict.fromkeys(map(check_field, slugs)) if slug != main]
    if len(found) > SECONDARY:
        raise Invalid("An association has at most {count} fields besides the main one.", count=SECONDARY)
    return found


def check_size(slug: str) -> str:
    """The slug itself.  Raises Invalid for an unknown one."""
    return _one_of(slug, sizes(), "There is no size called {code}. Possible are: {codes}.")


def check_legal_form(slug: str) -> str:
    """The slug itself, '' for none.  Raises Invalid for an unknown one."""
    return slug and _one_of(slug, legal_forms(), "There is no legal form called {code}. Possible are: {codes}.")


def _one_of(slug: str, known: dict[str, Code], sentence: str) -> str:
    if slug not in known:
        raise Invalid(sentence, code=slug, codes=", ".join(known))
    return slug
