"""Custom emoji: small pictures written as :shortcode:, known by the server whose people write them.

What an actor or a post says names those that stand in it by their ids, in its own row:
whoever shows it asks nothing more.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from node.store import Database, Row

SHORTCODE = re.compile(r"[A-Za-z0-9_+.-]{1,64}\Z")
WRITTEN = re.compile(r":([A-Za-z0-9_+.-]{1,64}):")
MOST = 64  # in one text
LONGEST_SIGN = 40  # code points of one emoji: a family of four with its skins has some twenty
_ADDED = re.compile("[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")  # to the sign before
MOST_OF_HOST = 6000  # of one server: the largest have some thousands; beyond, a shortcode stays a word


@dataclass(frozen=True, slots=True)
class Emoji:
    """One as a document names it; updated is UTC ms."""

    shortcode: str
    url: str
    updated: int | None = None


def keep(db: Database, host: str, told: Iterable[Emoji], words: str) -> dict[str, int]:
    """Ids, by shortcode, of those told that stand in the words; their pictures are where we were told now."""
    used = written(words)
    found: dict[str, int] = {}
    for one in told:
        if one.shortcode in used and one.shortcode not in found and len(found) < MOST:
            number = _keep(db, host, one)
            if number is not None:
                found[one.shortcode] = number
    return found


def written(words: str) -> set[str]:
    """Shortcodes that stand in the words, whether there are such emoji or not."""
    if words.count(":") < 2:
        return set()
    found, at = set(), 0
    while (next_ := WRITTEN.search(words, at)) is not None:
        found.add(next_.group(1))
        at = next_.end() - 1  # its last colon may be the first of another: `:a:b:`
    return found


def ours(db: Database, words: str) -> dict[str, int]:
    """Ids, by shortcode, of our own that stand in the words."""
    used = sorted(written(words))[:MOST]
    if not used:
        return {}
    rows = db.rows(
        "select shortcode, id from emojis where host = '' and shortcode in (select value from json_each(?))",
        (json.dumps(used),),
    )
    return {row["shortcode"]: row["id"] for row in rows}


def is_one_sign(text: str) -> bool:
    """Whether a reader sees one sign: joined ones, flags of two letters, skins and marks count as what they stand on."""
    if not 0 < len(text) <= LONGEST_SIGN:
        return False
    seen, joined, half = 0, False, False
    for one in text:
        if unicodedata.combining(one) or _ADDED.match(one):
            continue
        if one == "\u200d":
            joined = True
            continue
        letter = "\U0001f1e6" <= one <= "\U0001f1ff"
        if not joined and not (letter and half):
            seen += 1
        half = letter and not half
        joined = False
    return seen == 1


def is_emoji(text: str) -> bool:
    """Whether it is one emoji of Unicode, and no letter, digit or point."""
    drawn = any(one in "\ufe0f\u20e3" for one in text) or unicodedata.category(text[:1] or " ") in (
        "So",
        "Sm",
        "Sk",
        "Cn",
    )
    return drawn and is_one_sign(text)


def get(db: Database, identifier: int) -> Row | None:
    """One of them."""
    return db.row("select * from emojis where id = ?", (identifier,))


def of(db: Database, kept: str) -> list[Row]:
    """Those that a row of an actor or a post names."""
    if kept == "{}":
        return []
    wanted = json.dumps(list(json.loads(kept).values()))
    return db.rows(
        "select * from emojis where id in (select value from json_each(?)) order by shortcode", (wanted,)
    ).fetchall()


def listed(db: Database) -> list[Row]:
    """Our own, by category and shortcode."""
    return db.rows("select * from emojis where host = '' order by category, shortcode").fetchall()


def add(db: Database, shortcode: str, url: str, category: str, now: int) -> int:
    """Our own emoji of this shortcode, with this picture from now on; its id."""
    return int(
        db.value(
            """
            insert into emojis (host, shortcode, url, category, updated) values ('', ?, ?, ?, ?)
            on conflict (host, shortcode) do update
               set url = excluded.url, category = excluded.category, updated = excluded.updated
            returning id
            """,
            (shortcode, url, category, now),
        )
    )


def remove(db: Database, shortcode: str) -> Row | None:
    """Our own emoji is no more; None when there was none.  Words that hold it show its shortcode."""
    return db.row("delete from emojis where host = '' and shortcode = ? returning *", (shortcode,))


def _keep(db: Database, host: str, one: Emoji) -> int | None:
    known = db.row("select * from emojis where host = ? and shortcode = ?", (host, one.shortcode))
    if known is None:
        if db.value("select count(*) from emojis where host = ?", (host,)) >= MOST_OF_HOST:
            return None
        return int(
            db.value(
                "insert into emojis (host, shortcode, url, updated) values (?, ?, ?, ?) returning id",
                (host, one.shortcode, one.url, one.updated),
            )
        )
    older = one.updated is not None and known["updated"] is not None and one.updated < known["updated"]
    if not older and (known["url"], known["updated"]) != (one.url, one.updated or known["updated"]):
        db.execute(
            "update emojis set url = ?, updated = ifnull(?, updated) where id = ?", (one.url, one.updated, known["id"])
        )
    return int(known["id"])
