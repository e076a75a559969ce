"""What comes, and where: events by their day, by region and field, of here or of everywhere; what a region says.

An event lies where it says so itself (`asso:region`), else where its association lies.
"""

import json
from dataclasses import dataclass
from typing import Any

from node import settings
from node.network import regions
from node.people import mutes
from node.posts import visibility
from node.store import Database, Row

DAY = 86_400_000  # milliseconds
LONGEST = 31 * DAY  # an event that lasts longer is found by its first month
MOST = 500  # events looked at for one page
STRIDE, STRIDES = 500, 20  # public posts looked through at once, and how often, for those of one region


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events that touch [since, until), in UTC milliseconds.  region and field are codes, '' for any;
    from_: `here`, `elsewhere` or ''.
    """

    since: int
    until: int
    region: str = ""
    field: str = ""
    from_: str = ""


_SEEN = (
    "posts.visibility <> 'unlisted'"
    " and not exists (select 1 from actors where actors.id = posts.author and actors.silenced is not null)"
    " and " + visibility.POSTS + " and " + mutes.QUIET
)
_BETWEEN = (
    "select posts.id, posts.details, ifnull(behalf.path, authors.path) as path,"
    " ifnull(behalf.fields, authors.fields) as fields"
    " from agenda join posts on posts.id = agenda.post"
    " left join directory behalf on behalf.actor = posts.on_behalf and behalf.gone is null"
    " left join directory authors on authors.actor = posts.author and authors.gone is null"
    " where agenda.start >= :since - :longest and agenda.start < :until"
    " and (agenda.start >= :since or agenda.ending > :since)"
    " and (:from_ = '' or posts.local = (:from_ = 'here'))"
    " and " + _SEEN + " order by agenda.start, posts.id limit :most"
)


def keep(db: Database, post: int, details: dict[str, Any]) -> None:
    """The event stands under its day; what has no start is no event."""
    start, end = details.get("start"), details.get("end")
    if not isinstance(start, int):
        return
    ending = max(start, end) if isinstance(end, int) else start
    db.execute(
        """
        insert into agenda (post, start, ending) values (?, ?, ?)
        on conflict (post) do update set start = excluded.start, ending = excluded.ending
        """,
        (post, start, ending),
    )


def between(db: Database, viewer: int | None, wanted: Wanted, limit: int = MOST) -> list[int]:
    """Ids of the events that fit and that the viewer may see, the first to begin first."""
    values = {"viewer": viewer, "since": wanted.since, "until": wanted.until, "longest": LONGEST, "most": MOST,
              "from_": wanted.from_}  # fmt: skip
    path = regions.path_of([wanted.region]) if wanted.region else ""
    found = []
    for row in db.rows(_BETWEEN, values):
        details = json.loads(row["details"])
        if path and not _place(row, details).startswith(path):
            continue
        if wanted.field and wanted.field not in _fields(row, details):
            continue
        found.append(row["id"])
    return found[:limit]


def _place(row: Row, details: dict[str, object]) -> str:
    said = details.get("asso:region")
    codes = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
    return regions.path_of(codes) if codes else str(row["path"] or "")


def _fields(row: Row, details: dict[str, object]) -> list[object]:
    said = details.get("asso:fieldOfActivity")
    if isinstance(said, list) and said:
        return said
    return list(json.loads(row["fields"])) if row["fields"] else []


def latest(db: Database, viewer: int | None, before: int, after: int, limit: int, *, oldest: bool = False) -> list[int]:
    """Ids of events, the last made known first: the list «events» of apps."""
    found = db.rows(
        "select posts.id from agenda join posts on posts.id = agenda.post"
        " where agenda.post < :before and agenda.post > :after and " + _SEEN
        + " order by agenda.post " + ("asc" if oldest else "desc") + " limit :limit",
        {"viewer": viewer, "before": before, "after": after, "limit": limit},
    )  # fmt: skip
    numbers = [row[0] for row in found]
    return numbers[::-1] if oldest else numbers


def of_organiser(db: Database, actor: int, viewer: int | None, since: int, limit: int) -> list[int]:
    """Ids of what the actor organises, alone or with others, or a person in its name, from then on; the first to begin first."""
    found = db.rows(
        "select posts.id from agenda join posts on posts.id = agenda.post"
        " where agenda.post in (select id from posts where author = :actor union select id from posts where on_behalf = :actor"
        "  union select post from organisers where actor = :actor and state = 'accepted' and confirmed is not null)"
        " and agenda.start >= :since and " + _SEEN + " order by agenda.start, posts.id limit :limit",
        {"viewer": viewer, "actor": actor, "since": since, "limit": limit},
    )
    return [row[0] for row in found]


# ── a region ──────────────────────────────────────────────────────────────────


def region_of(db: Database, actor: int) -> str:
    """The path of the actor's region: an association's own, a member's by her associations, else the country's."""
    path = db.value(
        """
        select directory.path from directory
         where directory.gone is null and directory.path <> ''
           and directory.actor in (
                select :actor union
                select memberships.actor from memberships join users on users.id = memberships.user
                 where users.actor = :actor)
         order by directory.actor <> :actor, directory.id limit 1
        """,
        {"actor": actor},
    )
    parts = str(path).split("/") if path else [settings.get(db, "country")]
    return "/".join(parts[:2]).rstrip("/") + "/"


def of_region(db: Database, path: str, viewer: int, before: int, after: int, limit: int,
              *, oldest: bool = False) -> list[int]:  # fmt: skip
    """Ids of public posts of associations in the place, of their people, and in their name; no answers.

    Newest first; of what is older than some thousands of public posts nothing.
    """
    whose = _speakers(db, path)
    found: list[int] = []
    for _ in range(STRIDES):
        rows = db.rows(
            "select posts.id, posts.author, posts.on_behalf, posts.reply_to, posts.reply_to_uri from posts"
            " where posts.visibility = 'public' and posts.boost_of is null"
            " and posts.id < :before and posts.id > :after and "
            + visibility.POSTS + " and " + mutes.QUIET
            + " order by posts.id " + ("asc" if oldest else "desc") + " limit :limit",
            {"viewer": viewer, "before": before, "after": after, "limit": STRIDE},
        ).fetchall()  # fmt: skip
        found += [row["id"] for row in rows if _of(row, whose)]
        if len(found) >= limit or len(rows) < STRIDE:
            break
        before, after = (before, rows[-1]["id"]) if oldest else (rows[-1]["id"], after)
    found = found[:limit]
    return found[::-1] if oldest else found


def _of(row: Row, whose: set[int]) -> bool:
    first = row["reply_to"] is None and not row["reply_to_uri"]
    return first and (row["author"] in whose or row["on_behalf"] in whose)


def _speakers(db: Database, path: str) -> set[int]:
    rows = db.rows(
        """
        select actor from directory
         where actor is not null and gone is null and path >= :path and path < :beyond
        union
        select users.actor from directory
          join memberships on memberships.actor = directory.actor
          join users on users.id = memberships.user
         where directory.gone is null and directory.path >= :path and directory.path < :beyond
        """,
        {"path": path, "beyond": path[:-1] + "0"},  # `0` follows `/`
    )
    return {row[0] for row in rows}
