"""One index for all that can be found by its words; rowid is the id of what is found."""

import json

from node.store import Database, Row
from node.text import fold, terms

LONGEST = 20_000  # characters indexed of one text
MOST_WORDS = 12
MANY = 1000  # texts with the words, beyond which judging each one takes longer than a reader waits


def add(db: Database, identifier: int, kind: str, language: str, text: str) -> None:
    """Found by these words from now on; what was indexed before is forgotten first.

    At the end of the transaction: the index writes a file's worth of blocks at each savepoint after an entry.
    """
    values = (identifier, fold(text[:LONGEST]), kind, language)
    db.at_end(lambda: db.execute("insert into search (rowid, text, kind, language) values (?, ?, ?, ?)", values))


def forget(db: Database, identifier: int) -> None:
    """Not found any more."""
    db.at_end(lambda: db.execute("delete from search where rowid = ?", (identifier,)))


def words(text: str) -> str:
    """What a person typed, as an FTS5 expression: every word, the last one perhaps unfinished.

    A single letter is not taken for the beginning of all the words that it begins.
    """
    found = terms(text)[:MOST_WORDS]
    return " ".join(f'"{word}"' for word in found) + ("*" if len(found[-1]) > 1 else "") if found else ""


_FOUND = """
select rowid as id, kind from search
 where search match :words and (:kinds = '[]' or kind in (select value from json_each(:kinds)))
"""


def ids(db: Database, text: str, kinds: tuple[str, ...], limit: int = 40) -> list[Row]:
    """Rows of (id, kind) that hold every word, the best first; no kinds: all of them.

    Words that stand in very many texts tell none of them apart: then the newest come first.
    """
    expression = words(text)
    if not expression:
        return []
    values = {"words": expression.rstrip("*"), "kinds": json.dumps(kinds), "limit": limit, "many": MANY}
    many = db.value("select count(*) from (select 1 from search where search match :words limit :many)", values) == MANY
    if many:
        return db.rows(_FOUND + " order by rowid desc limit :limit", values).fetchall()
    return db.rows(_FOUND + " order by rank limit :limit", values | {"words": expression}).fetchall()
