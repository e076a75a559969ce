"""The directory: every association known here, ours and those that peers list, and how it is searched.

300,000 entries are searched in milliseconds.  What is chosen from lists (field, place,
size) is counted in a table kept beside; few matches are sorted, many are met by walking
along an index in the order wanted.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from node.network import listed, regions
from node.posts.search import words
from node.store import Database, Row

FEW = 4000  # entries that are sorted rather than walked along
MOST_SORTED = 1000  # matches of a text that are sorted rather than walked along
MOST_COUNTED = 10_000  # matches of a text that are counted


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for; '' is any.  order: `activity` (the newest first) or `name`; after: the last id seen."""

    text: str = ""
    field: str = ""
    region: str = ""
    size: str = ""
    order: str = "activity"
    after: int = 0
    limit: int = 20

    @property
    def path(self) -> str:
        return regions.path_of([self.region]) if self.region else ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of each code, the other choices kept; total None: more than we count.

    regions counts the parts of the chosen place, or the countries.
    """

    total: int | None
    fields: dict[str, int]
    regions: dict[str, int]
    sizes: dict[str, int]


_ORDERS = {
    "activity": """
        and (:after = 0 or (directory.active, directory.id) < (select active, id from directory where id = :after))
        order by directory.active desc, directory.id desc limit :limit
    """,
    "name": """
        and (:after = 0 or (directory.sort_name, directory.id) > (select sort_name, id from directory where id = :after))
        order by directory.sort_name, directory.id limit :limit
    """,
}
_SORT_FOUND = """
select directory.* from directory
 where id in (select rowid from directory_words where directory_words match :words) and gone is null
"""
_SORT_CHOSEN = """
select directory.* from directory_fields
  join directory on directory.id = directory_fields.entry
 where directory_fields.field = :field and directory_fields.path >= :path and directory_fields.path < :beyond
   and (:size = '' or directory_fields.size = :size) and directory.gone is null
"""
_WALK_CHOSEN = """
select directory.* from directory
 where directory.gone is null
   and directory.path >= :path and directory.path < :beyond
   and (:size = '' or directory.size = :size)
   and (:field = '' or exists (
        select 1 from directory_fields listed
         where listed.field = :field and listed.path = directory.path and listed.size = directory.size
           and listed.entry = directory.id))
"""
# `+` keeps the walk on the index of the order: what was found is a set to look into
_WALK_FOUND = """
select directory.* from directory
 where directory.gone is null
   and +directory.id in (select rowid from directory_words where directory_words match :words)
"""
_QUERIES = {
    (how, order): head + tail
    for how, head in (
        ("sort found", _SORT_FOUND), ("sort chosen", _SORT_CHOSEN),
        ("walk found", _WALK_FOUND), ("walk chosen", _WALK_CHOSEN),
    )
    for order, tail in _ORDERS.items()
}  # fmt: skip


def search(db: Database, query: Query) -> list[Row]:
    """Entries that hold every word and lie in every choice, in the order asked for; after them ask with the last id."""
    typed = _typed(query)
    if typed is None:
        return []
    values = {**_choice(query), "after": query.after, "limit": query.limit, "words": ""}
    if typed:
        values["words"], few = _expression(db, query, typed)
        how = "sort found" if few else "walk found"
    else:
        how = "sort chosen" if _count_chosen(db, query) <= FEW else "walk chosen"
    return db.rows(_QUERIES[how, query.order if query.order in _ORDERS else "activity"], values).fetchall()


def counts(db: Database, query: Query) -> Counts:
    """How many entries each further choice would leave."""
    typed = _typed(query)
    if typed is None:
        return Counts(0, {}, {}, {})
    if typed:
        return _counts_of_found(db, query, typed)
    choice = _choice(query)
    by_field = db.rows(
        """
        select field, sum(count) from directory_counts
         where field <> '' and path >= :path and path < :beyond and (:size = '' or size = :size) group by field
        """,
        choice,
    )
    by_path = db.rows(
        "select path, sum(count) from directory_counts where field = :field and (:size = '' or size = :size) group by path",
        choice,
    )
    by_size = db.rows(
        """
        select size, sum(count) from directory_counts
         where field = :field and path >= :path and path < :beyond group by size
        """,
        choice,
    )
    return Counts(
        _count_chosen(db, query), _some(dict(map(tuple, by_field))),
        _parts(query, ((row[0], row[1]) for row in by_path)), _some(dict(map(tuple, by_size))),
    )  # fmt: skip


def total(db: Database) -> int:
    """How many associations are listed."""
    return int(db.value("select ifnull(sum(count), 0) from directory_counts where field = ''"))


def _choice(query: Query) -> dict[str, str]:
    path = query.path
    return {
        "field": query.field,
        "size": query.size,
        "path": path,
        "beyond": (path + "\U0010ffff") if path else "\U0010ffff",
    }


def _typed(query: Query) -> str | None:
    """What was typed as FTS5 words, without those that every association bears; '' for nothing; None for no words."""
    if not query.text.strip():
        return ""
    typed = listed.bare(query.text)
    if not typed:
        return None
    return words(" ".join(word for word in typed if word not in _EVERYWHERE))


_EVERYWHERE = frozenset(listed.bare("جمعية جمعيات association associations asso"))


def _expression(db: Database, query: Query, typed: str) -> tuple[str, bool]:
    """Text and choices as one FTS5 expression, and whether it finds few.

    The last word may be unfinished, unless it finds many as it stands.
    """
    code = query.path.rstrip("/").rpartition("/")[2]
    chosen = "".join(f'"{one}" ' for one in listed.tokens(code, query.size, query.field))
    whole = typed.removesuffix("*")
    if _count_found(db, whole) <= MOST_COUNTED:
        whole = typed
    return chosen + whole, _count_found(db, chosen + whole) <= MOST_SORTED


def _count_found(db: Database, expression: str) -> int:
    """How many entries the expression finds; of many, one more than MOST_COUNTED."""
    return int(
        db.value(
            "select count(*) from (select rowid from directory_words where directory_words match ? limit ?)",
            (expression, MOST_COUNTED + 1),
        )
    )


def _count_chosen(db: Database, query: Query) -> int:
    return int(
        db.value(
            """
            select ifnull(sum(count), 0) from directory_counts
             where field = :field and path >= :path and path < :beyond and (:size = '' or size = :size)
            """,
            _choice(query),
        )
    )


def _counts_of_found(db: Database, query: Query, typed: str) -> Counts:
    expression, _ = _expression(db, Query(text=query.text), typed)
    if _count_found(db, expression) > MOST_COUNTED:
        found = _count_found(db, _expression(db, query, typed)[0])
        return Counts(found if found <= MOST_COUNTED else None, {}, {}, {})
    rows = db.rows(
        """
        select entry, field, path, size from directory_fields
         where entry in (select rowid from directory_words where directory_words match ?)
        """,
        (expression,),
    ).fetchall()
    in_field = {row["entry"] for row in rows if row["field"] == query.field}
    by_field: Counter[str] = Counter()
    by_path: Counter[str] = Counter()
    by_size: Counter[str] = Counter()
    found = 0
    for entry, slug, path, size in rows:
        in_place, in_size = path.startswith(query.path), query.size in ("", size)
        if slug:
            by_field[slug] += in_place and in_size
        elif entry in in_field:
            found += in_place and in_size
            by_path[path] += in_size
            by_size[size] += in_place
    return Counts(found, _some(by_field), _parts(query, by_path.items()), _some(by_size))


def _parts(query: Query, paths: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Counts of the parts of the chosen place: the next name in each path that begins as its does."""
    found: Counter[str] = Counter()
    start = query.path
    for path, count in paths:
        if path.startswith(start) and len(path) > len(start):
            found[path[len(start) :].partition("/")[0]] += count
    return _some(found)


def _some(found: dict[str, int]) -> dict[str, int]:
    return {code: count for code, count in found.items() if code and count > 0}
