"""What stands in the directory: a row for every association known here, ours and those that peers list.

Beside each row: the fields it is found under, how many there are of each choice, and its words.
"""

import json
import re
from dataclasses import dataclass, field

from node import changes, queue
from node.network import fields as codes
from node.network import regions
from node.store import Database, Row
from node.text import fold, terms

SUMMARY = 300  # characters
CHANGED = "directory changed"  # the task that tells other nodes
TOGETHER = 600_000  # ms: changes of ten minutes go out together


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
    _changed(db, identifier, record.host, now)
    return True


_KEEP = """
insert into directory (uri, host, actor, name, names, handle, url, icon, summary, field, fields, path, size, founded,
                       languages, sort_name, active, updated, changed, created)
values (:uri, :host, :actor, :name, :names, :handle, :url, :icon, :summary, :field, :fields, :path, :size, :founded,
        :languages, :sort_name, :active, :updated, :now, :now)
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
    _changed(db, known["id"], known["host"], now)
    return True


def _changed(db: Database, identifier: int, host: str, now: int) -> None:
    """Whoever shows the directory hears; of ours, its readers elsewhere within ten minutes, changes together."""
    changes.note(db, "directory", identifier)
    if not host:
        queue.enqueue(db, CHANGED, {"since": now - 1}, now + TOGETHER, name=CHANGED)


def spoke(db: Database, author: int, on_behalf: int | None, at: int) -> None:
    """The association that said something, itself or through a person, was active then."""
    for (entry,) in db.rows(
        "select id from directory where actor in (?, ?) and active < ?", (author, on_behalf, at)
    ).fetchall():
        db.execute("update directory set active = ? where id = ?", (at, entry))


def saw(db: Database, uri: str, lister: int, now: int) -> None:
    """The entry stands in the directory of this peer's Application, now at the latest."""
    db.execute("update directory set lister = ?, seen = ? where uri = ?", (lister, now, uri))


def forget_vanished(db: Database, lister: int, before: int, now: int) -> int:
    """How many entries left the directory of this Application without a word: those not seen there since `before`."""
    vanished = db.rows(
        "select uri from directory where lister = ? and seen < ? and gone is null", (lister, before)
    ).fetchall()
    return sum(forget(db, row["uri"], now) for row in vanished)


def by_uri(db: Database, uri: str) -> Row | None:
    """The entry of this URI, also one that is gone."""
    return db.row("select * from directory where uri = ?", (uri,))


def at_handle(db: Database, name: str, host: str) -> str:
    """The URI of the association of this server that stands here under this name, and is no actor yet; '' for none.

    Names are compared without case, as every server of the fediverse does.
    """
    return str(
        db.value(
            """
            select uri from directory
             where handle = ? collate nocase and host = ? and actor is null and gone is null limit 1
            """,
            (name, host.lower()),
        )
        or ""
    )


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
    chosen = tokens(record.path, record.size, *record.fields)
    db.execute(
        "insert into directory_words (rowid, text) values (?, ?)",
        (identifier, " ".join([*bare(" ".join(said)), *chosen])),
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


def tokens(path: str, size: str, *slugs: str) -> list[str]:
    """Codes as words that nobody types, so that one index narrows by text and codes together."""
    parts = [f"zzr{part}" for part in path.split("/") if part]
    return [
        _plain(one) for one in [*parts, *([f"zzs{size}"] if size else []), *(f"zzf{slug}" for slug in slugs if slug)]
    ]


def bare(text: str) -> list[str]:
    """The words of a text as they are compared, without the Arabic article that some write and some do not."""
    return [_ARTICLE.sub("", word) for word in terms(text)]


_ARTICLE = re.compile(r"^[وبكف]?(?:ال|لل)(?=\w{3})")


def _plain(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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


def count_of(db: Database, host: str) -> int:
    """How many associations of the host are listed here."""
    return int(db.value("select count(*) from directory where host = ? and gone is null", (host,)))


def peer(db: Database, actor: int) -> Row | None:
    """How far the directory of a peer's Application has been read."""
    return db.row("select * from directory_peers where actor = ?", (actor,))


def peers(db: Database) -> list[Row]:
    """The Applications whose directory we read."""
    return db.rows(
        "select directory_peers.*, actors.uri, actors.host from directory_peers"
        " cross join actors on actors.id = directory_peers.actor order by actors.host"
    ).fetchall()


def is_of_network(db: Database, host: str) -> bool:
    """Whether the host is a node of our network: one the operator allows by name, or whose directory we read."""
    sql = """
        select 1 where exists (select 1 from hosts where host = :host and policy = 'allow')
            or exists (select 1 from directory_peers cross join actors on actors.id = directory_peers.actor
                        where actors.host = :host)
        """
    return bool(db.value(sql, {"host": host}))


def read_peer(db: Database, actor: int, directory: str, now: int) -> None:
    """We read this directory from now on."""
    db.execute(
        "insert into directory_peers (actor, directory, whole) values (?, ?, ?)"
        " on conflict (actor) do update set directory = excluded.directory",
        (actor, directory, now),
    )


def leave_peer(db: Database, actor: int) -> None:
    """We read it no more; what we know stays until it is not heard of."""
    db.execute("delete from directory_peers where actor = ?", (actor,))


def begin(db: Database, actor: int, total: int | None) -> None:
    """The first page of a walk is about to be read; total: how many there are by the peer's own count."""
    db.execute("update directory_peers set total = ?, met = 0, pages = 0 where actor = ?", (total, actor))


def advance(db: Database, actor: int, following: str, newest: int, met: int, now: int) -> None:
    """A page was read, with `met` records; the walk goes on at the page `following`."""
    db.execute(
        """
        update directory_peers
           set next = :next, newest = max(newest, :newest), met = met + :met, pages = pages + 1, checked = :now
         where actor = :actor
        """,
        {"next": following, "newest": newest, "met": met, "now": now, "actor": actor},
    )


def arrive(db: Database, actor: int, complete: int, now: int) -> None:
    """The walk reached its end: what is newer than all it met is asked for next time.

    complete: when a walk that met everything began, 0 for any other.
    """
    db.execute(
        """
        update directory_peers set next = '', since = max(since, newest), complete = :complete, checked = :now
         where actor = :actor
        """,
        {"complete": complete, "now": now, "actor": actor},
    )


def abandon(db: Database, actor: int, now: int) -> None:
    """The walk broke off: the next one begins where this one began, and nothing follows from what it did not meet."""
    db.execute(
        "update directory_peers set next = '', newest = since, complete = 0, checked = ? where actor = ?", (now, actor)
    )


def restart(db: Database, actor: int, now: int) -> None:
    """The whole directory is read again, from its first page."""
    db.execute(
        "update directory_peers set since = 0, newest = 0, next = '', complete = 0, whole = ? where actor = ?",
        (now, actor),
    )
