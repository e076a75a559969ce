"""Whoever stands on a page: name in the reader's language, our page of them, initial and dye."""

import json
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from node.store import Row
from web import words

DYES = 6
# Words that half of all associations begin with say nothing as an initial.
COMMON = {"جمعية", "الجمعية", "فدرالية", "تعاونية", "شبكة", "مؤسسة", "نادي", "منتدى", "association", "fédération",
          "federation", "coopérative", "réseau", "fondation", "club", "forum", "l", "la", "le", "les", "the"}  # fmt: skip


@dataclass(slots=True)
class Who:
    """An actor as pages show it; texts are plain."""

    id: int
    name: str
    handle: str
    url: str
    host: str
    square: bool
    letter: str
    dye: int
    icon: str = ""
    second: str = ""
    second_language: str = ""
    facts: list[str] = field(default_factory=list)
    last: int | None = None
    verified: bool = False
    emojis: str = "{}"  # of its name, as its row has them


MOST = 4000  # people remembered
_known: OrderedDict[tuple[int, int, str], Who] = OrderedDict()


def known(row: Row, prefix: str) -> Who:
    """The same as `who`, remembered while the actor does not change: to be read only.  The row has its version."""
    key = (row[prefix + "id"], row[prefix + "version"], words.tag())
    found = _known.get(key)
    if found is None:
        found = _known[key] = who(row, prefix)
        with suppress(KeyError):  # several readers at once
            while len(_known) > MOST:
                _known.popitem(last=False)
    return found


def who(row: Row | Mapping[str, Any], prefix: str = "") -> Who:
    """The actor in this row, whose columns may carry a prefix; to be called while a page is made for its reader."""
    displays = json.loads(row[prefix + "displays"]) if row[prefix + "displays"] != "{}" else {}
    name = words.pick(displays, row[prefix + "display"]) or row[prefix + "name"]
    second_language, second = other_name(displays, name)
    handle = f"{row[prefix + 'name']}@{row[prefix + 'host']}" if row[prefix + "host"] else str(row[prefix + "name"])
    columns = row.keys()
    return Who(
        id=row[prefix + "id"], name=name, handle=handle, url=address(row, prefix), host=row[prefix + "host"],
        square=row[prefix + "type"] in ("Organization", "Group"), letter=initial(name),
        dye=row[prefix + "id"] % DYES + 1, icon=picture(row[prefix + "icon"], row[prefix + "id"]),
        second=second, second_language=second_language, last=row[prefix + "last_post"],
        emojis=row[prefix + "emojis"] if prefix + "emojis" in columns else "{}",
    )  # fmt: skip


def address(row: Row | Mapping[str, Any], prefix: str = "") -> str:
    """Our page of the actor, as a path."""
    handle = f"{row[prefix + 'name']}@{row[prefix + 'host']}" if row[prefix + "host"] else str(row[prefix + "name"])
    if row[prefix + "type"] == "Group":
        return f"/{'p' if is_project(row, prefix) else 'f'}/{quote(handle, safe='@:')}"
    return f"/@{quote(handle, safe='@:')}"


def is_project(row: Row | Mapping[str, Any], prefix: str = "") -> bool:
    """Whether a Group is a project rather than a forum."""
    role = row[prefix + "role"]
    return bool(role == "project" or (not role and "asso:project" in row[prefix + "details"]))


def picture(address_: str, identifier: int) -> str:
    """Where pages show the actor's picture from, small: only our own server; '' without one."""
    return f"/media/face/{identifier}/{zlib.crc32(address_.encode()):x}" if address_ else ""


def whole(row: Row, which: str) -> str:
    """Where the actor's `icon` or `image` lies in its full size, likewise."""
    if not row[which]:
        return ""
    if row["local"]:
        path = str(row[which]).partition("://")[2].partition("/")[2]
        return "/" + path if path else ""
    return f"/media/remote/{which}/{row['id']}"


def tongues(actor: Row, one: str, several: str) -> dict[str, str]:
    """What the actor says by language: its columns `display` and `displays`, or `summary` and `summaries`."""
    found: dict[str, str] = json.loads(actor[several])
    return found or ({actor["language"] or "ar": str(actor[one])} if actor[one] else {})


def other_name(displays: dict[str, Any], name: str) -> tuple[str, str]:
    """(language, name) of the actor in its other language; ('', '') when there is none."""
    for tag in ("ar", "fr", "zgh", "en"):
        if displays.get(tag) and displays[tag] != name:
            return tag, str(displays[tag])
    return "", ""


def initial(name: str) -> str:
    """The first letter that tells one name from another."""
    parts = [part for part in name.replace("'", " ").replace("’", " ").split() if part.casefold() not in COMMON]
    word = (parts or name.split() or ["?"])[0]
    if word.startswith("ال") and len(word) > 4:
        word = word[2:]
    letter = next((c for c in word if c.isalnum()), "?")
    return letter.upper()
