"""What apps in Kotlin, Swift and Rust need to read an answer at all.

They decode into types: a member that is missing, null or of another type, or a number beyond 32 bits, and the whole
answer is lost to them.  Read from the field's reference where it lies beside the checkout: every member that
Mastodon 4.5 always sends, its type, and whether it may be null.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "mastodon_entities.md"
MAY_BE_ABSENT = ("optional", "deprecated", "since 4.6", "any key")
LARGEST = 2**31 - 1
_LINE = re.compile(r"\| `(?P<name>[^`]+)` \| (?P<type>.*) \| *(?P<null>yes)? *\| *(?P<absent>[^|]*?) *\|$")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
_PLAIN: dict[str, Any] = {
    "id": lambda x: isinstance(x, str),
    "string": lambda x: isinstance(x, str),
    "bool": lambda x: isinstance(x, bool),
    "int": lambda x: isinstance(x, int) and not isinstance(x, bool) and abs(x) <= LARGEST,
    "float": lambda x: isinstance(x, int | float) and not isinstance(x, bool),
    "url": lambda x: isinstance(x, str) and re.match(r"(https?|wss?)://", x) is not None,
    "datetime": lambda x: isinstance(x, str) and _MOMENT.match(x) is not None,
    "date": lambda x: isinstance(x, str) and re.match(r"\d{4}-\d\d-\d\d\Z", x) is not None,
    "object": lambda x: isinstance(x, dict),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A line of the reference; path: its name and those of the objects around it."""

    path: tuple[str, ...]
    type: str
    null: bool
    needed: bool


def complaints(entity: str, found: Any) -> list[str]:
    """What would break an app that decodes `found` as this entity."""
    return [f"{entity}.{one}" for one in _of_entity(entity, found)]


def _of_entity(entity: str, found: Any) -> Iterator[str]:
    if not isinstance(found, dict):
        yield " is no object"
        return
    for member in members().get(entity, []):
        for around in _around(found, member.path[:-1]):
            name = member.path[-1]
            if name not in around:
                if member.needed:
                    yield ".".join(member.path) + " is missing"
            elif around[name] is None:
                if not member.null:
                    yield ".".join(member.path) + " is null"
            else:
                for one in _of_type(member.type, around[name]):
                    yield ".".join(member.path) + one


def _around(found: dict[str, Any], path: tuple[str, ...]) -> list[dict[str, Any]]:
    """The objects in which a member stands: one, or those of a list (`options[]`)."""
    places = [found]
    for name in path:
        inner = [place.get(name.removesuffix("[]")) for place in places]
        places = [
            one for some in inner for one in (some if isinstance(some, list) else [some]) if isinstance(one, dict)
        ]
    return places


def _of_type(wanted: str, value: Any) -> Iterator[str]:
    if wanted.startswith("["):
        if not isinstance(value, list):
            yield " is no list"
            return
        for one in value:
            yield from (f"[]{told}" for told in _of_type(wanted[1:-1], one))
    elif wanted.startswith("enum("):
        if value not in wanted[5:-1].split("|"):
            yield f" is {value!r}"
    elif wanted in _PLAIN:
        if not _PLAIN[wanted](value):
            yield f" is no {wanted}: {value!r:.80}"
    elif wanted == "Quote or ShallowQuote":
        yield from (f".{told}" for told in _of_entity("Quote" if "quoted_status" in value else "ShallowQuote", value))
    elif wanted in members():
        yield from (f".{told}" for told in _of_entity(wanted, value))


@cache
def members() -> dict[str, list[Member]]:
    """The members of each entity; nothing without the reference."""
    found: dict[str, list[Member]] = {}
    entity = ""
    for line in REFERENCE.read_text().splitlines() if REFERENCE.is_file() else []:
        if line.startswith("## "):
            entity = line[3:].strip()
            found[entity] = []
        elif wider := re.match(r"Everything of (\w+), plus", line):
            found[entity] += found[wider[1]]
        elif read := _LINE.match(line):
            path = tuple(read["name"].split("."))
            if path != ("*",):
                absent = read["absent"].startswith(MAY_BE_ABSENT)
                found[entity].append(
                    Member(path, read["type"].strip(), bool(read["null"]) or read["type"].strip() == "null", not absent)
                )
    return found
