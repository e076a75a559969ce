"""The directory: every association known here, ours and those that peers list, and how it is searched.

300,000 entries are searched in milliseconds.  What is chosen from lists (field, place,
size) is counted in a table kept beside; few matches are sorted, many are met by walking
along an index in the order wanted.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from node import changes
from node.network import fields as codes
from node.network import regions
from node.posts.search import words
from node.store import Database, Row
from node.text import fold

SUMMARY = 300  # characters
FEW = 4000  # entries that are sorted rather than walked along
MOST_SORTED = 1000  # matches of a text that are sorted rather than walked along
MOST_COUNTED = 10_000  # matches of a text that are counted


@dataclass(slots=True)
class Record:
    """What stands in the directory of one association.  host '' is here; fields has the main one first; times are ms."""

    uri: str
    host: str
    name: str
    updated: int
    names: dict[str, str] = field(default_factory=dict)
    actor: int | None = None
    handle: str = ""
    url: str = ""
    icon: str = ""
    summary: str = ""
    fields: list[str] = field(default_factory=list)
    path: str = ""
    size: str = ""
    founded: str = ""
    languages: list[str] = field(default_factory=list)
    active: int = 0


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


# ── what is kept ──────────────────────────────────────────────────────────────


def keep(db: Database, record: Record, now: int) -> bool:
    """The record is in the directory, found by its words and codes; false for one that is no newer than ours."""
    known = by_uri(db, record.uri)
    if known is not None and known["gone"] is None and record.host and record.updated < known["updated"]:
        return False
    if known is not None:
        _unlist(db, known)
    values = {
        "uri": record.uri, "host": record.host, "actor": record.actor, "name": record.name,
        "names": _json(record.names), "handle": record.handle, "url": record.url, "icon": record.icon,
        "summary": record.summary[:SUMMARY], "field": record.fields[0] if record.fields else "",
        "fields": _json(record.fields), "path": record.path, "size": record.size, "founded": record.founded,
        "languages": _json(record.languages), "sort_name": fold(record.name), "updated": record.updated,
        "active": max(record.active, record.updated, known["active"] if known is not None else 0), "now": now,
    }  # fmt: skip
    identifier = int(db.value(_KEEP, values))
    _list(db, identifier, record)
    changes.note(db, "directory", identifier)
    return True


_KEEP = """
insert into directory (uri, host, actor, name, names, handle, url, icon, summary, field, fields, path, size, founded,
                       languages, sort_name, active, updated, changed)
values (:uri, :host, :actor, :name, :names, :handle, :url, :icon, :summary, :field, :fields, :path, :size, :founded,
        :languages, :sort_name, :active, :updated, :now)
on conflict (uri) do update
   set actor = ifnull(excluded.actor, actor), name = excluded.name, names = excluded.names, handle = excluded.handle,
       url = excluded.url, icon = excluded.icon, summary = excluded.summary, field = excluded.field,
       fields = excluded.fields, path = excluded.path, size = excluded.size, founded = excluded.founded,
       languages = excluded.languages, sort_name = excluded.sort_name, active = excluded.active,
       updated = excluded.updated, changed = excluded.changed, gone = null
returning id
"""


def forget(db: Database, uri: str, now: int) -> bool:
    """The entry is listed no more; that it was is remembered for those who ask what changed."""
    known = by_uri(db, uri)
    if known is None or known["gone"] is not None:
        return False
    _unlist(db, known)
    db.execute(
        "update directory set gone = :now, updated = :now, changed = :now where uri = :uri", {"now": now, "uri": uri}
    )
    changes.note(db, "directory", known["id"])
    return True


def spoke(db: Database, author: int, on_behalf: int | None, at: int) -> None:
    """The association that said something, itself or through a person, was active then."""
    db.execute(
        "update directory set active = :at where actor in (:author, :other) and active < :at",
        {"at": at, "author": author, "other": on_behalf},
    )


def by_uri(db: Database, uri: str) -> Row | None:
    """The entry of this URI, also one that is gone."""
    return db.row("select * from directory where uri = ?", (uri,))


def _list(db: Database, identifier: int, record: Record) -> None:
    for slug in ["", *dict.fromkeys(record.fields)]:
        db.execute(
            "insert into directory_fields (field, path, size, entry) values (?, ?, ?, ?)",
            (slug, record.path, record.size, identifier),
        )
        db.execute(
            """
            insert into directory_counts (field, path, size, count) values (?, ?, ?, 1)
            on conflict (field, path, size) do update set count = count + 1
            """,
            (slug, record.path, record.size),
        )
    code = record.path.rstrip("/").rpartition("/")[2]
    said = [record.name, *record.names.values(), record.handle, record.summary, *map(codes.words_of, record.fields),
            regions.words_of(code)]  # fmt: skip
    tokens = _tokens(record.path, record.size, *record.fields)
    db.execute(
        "insert into directory_words (rowid, text) values (?, ?)", (identifier, fold(" ".join([*said, *tokens])))
    )


def _unlist(db: Database, known: Row) -> None:
    db.execute("delete from directory_words where rowid = ?", (known["id"],))
    db.execute(
        """
        update directory_counts set count = count - 1
         where (field, path, size) in (select field, path, size from directory_fields where entry = ?)
        """,
        (known["id"],),
    )
    db.execute("delete from directory_fields where entry = ?", (known["id"],))


def _tokens(path: str, size: str, *slugs: str) -> list[str]:
    """Codes as words that nobody types, so that one index narrows by text and codes together."""
    parts = [f"zzr{part}" for part in path.split("/") if part]
    return [
        _plain(one) for one in [*parts, *([f"zzs{size}"] if size else []), *(f"zzf{slug}" for slug in slugs if slug)]
    ]


def _plain(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# ── search ────────────────────────────────────────────────────────────────────

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
    telling = [word for word in query.text.split() if fold(word) not in _EVERYWHERE]
    return words(" ".join(telling)) or None if telling else ""


_EVERYWHERE = frozenset(map(fold, ("جمعية", "الجمعية", "جمعيات", "association", "associations", "asso")))


def _expression(db: Database, query: Query, typed: str) -> tuple[str, bool]:
    """Text and choices as one FTS5 expression, and whether it finds few.

    The last word may be unfinished, unless it finds many as it stands.
    """
    code = query.path.rstrip("/").rpartition("/")[2]
    chosen = "".join(f'"{one}" ' for one in _tokens(code, query.size, query.field))
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


# ── between nodes ─────────────────────────────────────────────────────────────


def ours(db: Database, *, since: int = 0, before: int = 0, limit: int = 50) -> list[Row]:
    """Our own entries changed after `since`, the newest first; those that are gone only when since is given.

    before: the id of the last one seen.
    """
    return db.rows(
        """
        select * from directory
         where host = '' and changed > :since and (:since > 0 or gone is null)
           and (:before = 0 or (changed, id) < (select changed, id from directory where id = :before))
         order by changed desc, id desc limit :limit
        """,
        {"since": since, "before": before, "limit": limit},
    ).fetchall()


def count_ours(db: Database) -> int:
    """How many of ours are listed."""
    return int(db.value("select count(*) from directory where host = '' and gone is null"))


def opened(db: Database, uri: str, actor: int) -> None:
    """Somebody opened the entry of a peer: its actor is known from now on."""
    db.execute("update directory set actor = ? where uri = ? and actor is null", (actor, uri))


def peer(db: Database, actor: int) -> Row | None:
    """How far the directory of a peer's Application has been read."""
    return db.row("select * from directory_peers where actor = ?", (actor,))


def peers(db: Database) -> list[Row]:
    """The Applications whose directory we read."""
    return db.rows(
        "select directory_peers.*, actors.uri, actors.host from directory_peers"
        " join actors on actors.id = directory_peers.actor order by actors.host"
    ).fetchall()


def read_peer(db: Database, actor: int, directory: str) -> None:
    """We read this directory from now on."""
    db.execute(
        "insert into directory_peers (actor, directory) values (?, ?)"
        " on conflict (actor) do update set directory = excluded.directory",
        (actor, directory),
    )


def leave_peer(db: Database, actor: int) -> None:
    """We read it no more; what we know stays until it is not heard of."""
    db.execute("delete from directory_peers where actor = ?", (actor,))


def advance(db: Database, actor: int, following: str, newest: int, now: int) -> None:
    """The walk goes on at the page `following`; '' ends it, and what is newer than `newest` is asked for next time."""
    db.execute(
        """
        update directory_peers
           set next = :next, newest = max(newest, :newest), checked = :now,
               since = case when :next = '' then max(since, newest, :newest) else since end
         where actor = :actor
        """,
        {"next": following, "newest": newest, "now": now, "actor": actor},
    )


def restart(db: Database, actor: int) -> None:
    """The whole directory is read again, from its first page."""
    db.execute("update directory_peers set since = 0, newest = 0, next = '' where actor = ?", (actor,))
