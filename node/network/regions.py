"""Where associations are: countries, regions, provinces and governorates, districts and delegations of regions.json.

A place is named by its code (`MA-06`, `MA-CAS`, `casa-3`, `TN-61`, `sfax-1`).  Its path
(`MA/MA-06/MA-CAS/casa-3/`) holds all that it lies in, so that what lies in a region is
found by the beginning of its path.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from node.errors import Invalid
from node.text import STANDS_IN, base

FILE = Path(__file__).with_name("regions.json")


@dataclass(frozen=True, slots=True)
class Region:
    """One place.  kind is `country`, `region`, or what the law calls the part; path ends in `/`."""

    code: str
    kind: str
    parent: str
    path: str
    names: dict[str, str]
    aliases: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """The name in the language of a tag, else in the language that stands in for it, in Arabic, else the code."""
        own = base(language)
        return self.names.get(own) or self.names.get(STANDS_IN.get(own, "ar")) or self.names.get("ar") or self.code


@cache
def everywhere() -> dict[str, Region]:
    """All places by code, each after what it lies in."""
    found: dict[str, Region] = {}
    for country in json.loads(FILE.read_text())["countries"]:
        _add(found, country, "country", None)
    return found


def _add(found: dict[str, Region], one: dict[str, Any], kind: str, parent: Region | None) -> None:
    code = one.get("code") or one["slug"]
    made = Region(
        code, kind, parent.code if parent else "", f"{parent.path if parent else ''}{code}/",
        {k: t for k, t in one["name"].items() if t}, tuple(one.get("aliases", ())),
    )  # fmt: skip
    found[code] = made
    for part in one.get("regions", ()):
        _add(found, part, "region", made)
    for part in [*one.get("divisions", ()), *one.get("districts", ())]:
        _add(found, part, part["type"], made)


def get(code: str) -> Region | None:
    """The place of this code."""
    return everywhere().get(code)


def check(code: str) -> Region:
    """The place of this code.  Raises Invalid, naming the places that it could be part of."""
    found = get(code)
    if found is None:
        known = [one.code for one in everywhere().values() if one.kind == "region"]
        raise Invalid(
            "There is no region called {code}. Possible are {codes}, and their provinces, districts and delegations.",
            code=code, codes=", ".join(known),
        )  # fmt: skip
    return found


def path_of(codes: list[str]) -> str:
    """The path of the most exact place among codes; of codes that we do not know, the first as it stands."""
    known = [one for one in map(get, codes) if one is not None]
    if known:
        return max(known, key=lambda one: one.path.count("/")).path
    return codes[0].replace("/", "-")[:50] + "/" if codes else ""


def line_of(code: str) -> list[Region]:
    """The place and what it lies in, the country first; [] for an unknown code."""
    found = get(code)
    return [] if found is None else [*line_of(found.parent), found]


def wire(code: str) -> list[str]:
    """The codes that go out: the region and its parts down to this place; a country or an unknown code alone."""
    return [one.code for one in line_of(code)[1:]] or [code]


def parts(code: str) -> list[Region]:
    """What lies directly in the place; of '' the countries."""
    return [one for one in everywhere().values() if one.parent == code]


def label(code: str, language: str) -> str:
    """The name of a place; an unknown code as it stands."""
    found = get(code)
    return found.label(language) if found is not None else code


def place(code: str, language: str) -> str:
    """`Tiznit, Souss-Massa`: the place and its region, without the country."""
    names = [one.label(language) for one in reversed(line_of(code)[1:])]
    if len(names) > 2:
        names = [names[0], names[-1]]
    return ("، " if base(language) == "ar" else ", ").join(names) or label(code, language)


def words_of(code: str) -> str:
    """Names in every language of the place and its region: what finds it."""
    return " ".join(word for one in line_of(code)[1:] for word in [*one.names.values(), *one.aliases])
