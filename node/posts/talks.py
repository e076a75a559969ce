"""Direct messages as people hold them in mind: all that was said between the same people, whatever the thread."""

from dataclasses import dataclass, field

from node.people import mutes
from node.posts import visibility
from node.store import Database, Row

LOOKED_THROUGH = 600  # messages of which the list of talks is made


@dataclass(slots=True)
class Talk:
    """people: ids of the others, sorted; last: the newest message; unread: how many of theirs came since she looked."""

    people: tuple[int, ...]
    last: int
    unread: int = 0
    posts: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Names the talk in addresses and visits."""
        return "-".join(map(str, self.people)) or "0"


_MINE = (
    """
    select posts.id, posts.author, (
               select group_concat(actor) from (
                   select actor from addressed where addressed.post = posts.id and actor <> :viewer
                   union select posts.author where posts.author <> :viewer
                   order by 1)) as people
      from posts
     where posts.visibility = 'direct' and posts.boost_of is null
       and (posts.author = :viewer or exists (
               select 1 from addressed where addressed.post = posts.id and addressed.actor = :viewer))
       and """
    + visibility.POSTS
)


_MESSAGES = (
    "select posts.id from posts where posts.visibility = 'direct' and posts.boost_of is null"
    " and posts.id < :before and posts.id > :after and "
    + visibility.POSTS + " and " + mutes.QUIET + " order by posts.id "
)  # fmt: skip


def of(db: Database, viewer: int) -> list[Talk]:
    """The viewer's talks, the last spoken in first."""
    found: dict[tuple[int, ...], Talk] = {}
    seen = {row["page"]: row["seen"] for row in db.rows("select page, seen from visits where actor = ?", (viewer,))}
    for row in db.rows(_MINE + " order by posts.id desc limit :limit", {"viewer": viewer, "limit": LOOKED_THROUGH}):
        people = _people(row)
        talk = found.setdefault(people, Talk(people, row["id"]))
        if row["author"] != viewer and row["id"] > seen.get("talk " + talk.key, 0):
            talk.unread += 1
    return list(found.values())


def messages(db: Database, viewer: int, before: int, after: int, limit: int, *, oldest: bool = False) -> list[int]:
    """Ids of messages that the viewer wrote or got, the newest first; oldest: those next to `after`."""
    rows = db.rows(
        _MESSAGES + ("asc" if oldest else "desc") + " limit :limit",
        {"viewer": viewer, "before": before, "after": after, "limit": limit},
    )
    return sorted((row[0] for row in rows), reverse=True)


def between(db: Database, viewer: int, people: tuple[int, ...], before: int, limit: int) -> list[int]:
    """Ids of what was said between the viewer and exactly these people, the newest first."""
    rows = db.rows(
        "select id from (" + _MINE + ") where people = :people and id < :before order by id desc limit :limit",
        {"viewer": viewer, "people": ",".join(map(str, people)), "before": before, "limit": limit},
    )
    return [row[0] for row in rows]


def states(db: Database, uris: list[str]) -> dict[str, str]:
    """`sent`, `trouble`, `failed` or `arrived` for messages of ours that went elsewhere, by the message's URI.

    What went nowhere, or was settled so long ago that its letter is gone, is not there.
    """
    found: dict[str, str] = {}
    for uri in uris:
        row = _delivery(db, uri)
        if row is not None and row["all_"]:
            found[uri] = (
                "failed" if row["failed"] else "trouble" if row["retried"] else "sent" if row["open"] else "arrived"
            )
    return found


def _delivery(db: Database, uri: str) -> Row | None:
    return db.row(
        """
        select count(*) as all_, sum(deliveries.state = 'failed') as failed,
               sum(deliveries.state in ('waiting', 'retry')) as open,
               sum(deliveries.state in ('waiting', 'retry') and deliveries.tries > 0) as retried
          from letters join deliveries on deliveries.letter = letters.id
         where letters.uri = ?
        """,
        (uri + "/activity",),
    )


def _people(row: Row) -> tuple[int, ...]:
    return tuple(int(one) for one in (row["people"] or "").split(",") if one)
