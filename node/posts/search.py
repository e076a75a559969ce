"""One index for all that can be found by its words; rowid is the id of what is found."""

import json
import re

from node.store import Database, Row
from node.text import fold, terms

LONGEST = 20_000  # characters indexed of one text
MOST_WORDS = 12
MANY = 1000  # texts with the words, beyond which judging each one takes longer than a reader waits
ARTICLE = "ال"  # a quarter of all Arabic words begin so
WIDE = 20  # leaves of the index that a search for a beginning may merge: about four milliseconds
LOOKED_AT = 1000  # texts, the newest, whose words stand for a beginning that is in more
MOST_TEXTS = 100  # of them
MOST_ENDINGS = 24
FEW = 6  # words of one beginning, which are looked up one by one


def add(db: Database, identifier: int, kind: str, language: str, text: str) -> None:
    """Found by these words from now on; what was indexed before is forgotten first.

    At the end of the transaction: the index writes a file's worth of blocks at each savepoint after an entry.
    """
    db.at_end(_write, (identifier, (identifier, fold(text[:LONGEST]), kind, language)))


def forget(db: Database, identifier: int) -> None:
    """Not found any more."""
    db.at_end(_write, (identifier, None))


def _write(db: Database, told: list[tuple[int, tuple[int, str, str, str] | None]]) -> None:
    """Of each text the last word counts; None forgets it, and what stood there before."""
    forgotten = [(identifier,) for identifier, entry in told if entry is None]
    entries = [entry for entry in dict(told).values() if entry is not None]
    db.many("delete from search where rowid = ?", forgotten)
    db.many("insert into search (rowid, text, kind, language) values (?, ?, ?, ?)", entries)


def words(text: str) -> str:
    """What a person typed, as an FTS5 expression: every word, the last one perhaps unfinished.

    A single letter, or the article, is not taken for the beginning of all the words that it begins.
    """
    found = terms(text)[:MOST_WORDS]
    begun = found and len(found[-1]) > 1 and found[-1] != ARTICLE
    return " ".join(f'"{word}"' for word in found) + ("*" if begun else "")


def weighed(db: Database, text: str) -> tuple[str, bool]:
    """The same, and whether its words are rare enough to be weighed, for which all the texts of each are counted.

    A last word that stands in very many texts is taken to be whole; the beginning of very many for
    the words that the newest texts have of it.
    """
    found = words(text).split()
    common = [_is_common(db, word.removesuffix("*")) for word in found]
    if found and found[-1].endswith("*"):
        if common[-1]:
            found[-1] = found[-1][:-1]
        elif endings := _all_endings(db, found[-1][1:-2]):
            common[-1] = endings != found[-1][:-1] and _is_common(db, endings)
            found[-1] = endings
        elif _is_wide(db, found[-1][1:-2]):
            found[-1], common[-1] = _endings(db, found[-1][1:-2]), True
        else:
            common[-1] = _is_common(db, found[-1])
    return " AND ".join(found), not any(common)


def _is_common(db: Database, word: str) -> bool:
    sql = "select count(*) from (select 1 from search where search match :word limit :many)"
    return bool(db.value(sql, {"word": word, "many": MANY}) == MANY)


_BEGUN = """
with recursive ended (word, number) as (
    select (select term from search_words where term >= :begun limit 1), 1
     union all
    select (select term from search_words where term >= ended.word || char(1) limit 1), number + 1
      from ended where substr(word, 1, :length) = :begun and number <= :most)
select word from ended where substr(word, 1, :length) = :begun
"""


def _all_endings(db: Database, begun: str) -> str:
    """Every word of the index that begins so, as an expression, where they are few; '' where they are not, or there is none.

    Words are sought from the newest text on; for a beginning FTS5 first merges all texts of all of them.
    """
    found = [row[0] for row in db.rows(_BEGUN, {"begun": begun, "length": len(begun), "most": FEW})]
    return _any_of(found) if 0 < len(found) <= FEW else ""


def _any_of(words: list[str]) -> str:
    sought = " OR ".join(f'"{word}"' for word in words)
    return f"({sought})" if len(words) > 1 else sought


_LEAVES = """
with recursive parts (number) as (
    select min(segid) from search_idx
     union all
    select (select min(segid) from search_idx where segid > parts.number) from parts where parts.number is not null)
select sum(ifnull((select (pgno >> 1) - 1 from search_idx where segid = number and term > :beyond order by term limit 1),
                  (select pgno >> 1 from search_idx where segid = number order by term desc limit 1))
         - ifnull((select pgno >> 1 from search_idx where segid = number and term <= :begun order by term desc limit 1), 0))
  from parts where number is not null
"""


def _is_wide(db: Database, begun: str) -> bool:
    """Whether words that begin so fill many leaves of the index: FTS5 merges them all before it has the first text.

    The index knows, for each of its parts, which word each leaf begins with, after a zero for what is no prefix index.
    """
    low = b"0" + begun.encode()
    return (db.value(_LEAVES, {"begun": low, "beyond": low + b"\xff"}) or 0) > WIDE


def _endings(db: Database, begun: str) -> str:
    """The words of the newest texts that begin so, as an expression; each is then sought from the newest on."""
    texts = db.rows(
        """
        select c0 from (select c0 from search_content order by id desc limit :looked) where instr(c0, :begun) limit :most
        """,
        {"begun": begun, "looked": LOOKED_AT, "most": MOST_TEXTS},
    )
    whole = re.compile(rf"(?<![^\W_]){re.escape(begun)}[^\W_]*")
    ended = dict.fromkeys([begun, *(word for row in texts for word in whole.findall(row[0]))])
    return _any_of(list(ended)[:MOST_ENDINGS])


_FOUND = """
select rowid as id, kind from search
 where search match :words and (:kinds = '[]' or kind in (select value from json_each(:kinds)))
"""


def ids(db: Database, text: str, kinds: tuple[str, ...], limit: int = 40) -> list[Row]:
    """Rows of (id, kind) that hold every word, the best first; no kinds: all of them.

    Words that stand in very many texts tell none of them apart: then the newest come first.
    """
    expression, rare = weighed(db, text)
    if not expression:
        return []
    values = {"words": expression, "kinds": json.dumps(kinds), "limit": limit}
    return db.rows(_FOUND + " order by " + ("rank" if rare else "rowid desc") + " limit :limit", values).fetchall()
