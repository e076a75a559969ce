"""What an association did in a period, counted from what stands on its public pages: nothing is estimated."""

from dataclasses import dataclass, field
from typing import Any

from node.network import projects
from node.posts import visibility
from node.store import Database, Row

MOST = 200  # updates or events that are looked at


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until) in UTC milliseconds."""

    since: int
    until: int


@dataclass(slots=True)
class Work:
    """A project in the period: its row of `projects.of_owner`, and ids of its updates, the newest first."""

    row: Row
    led: bool
    updates: list[int]


@dataclass(slots=True)
class Report:
    """Counts, and ids of what is shown; came: those who said that they come, to events that were held."""

    updates: int = 0
    talk: int = 0
    other: int = 0
    pinned: int = 0
    met: int = 0
    events: list[int] = field(default_factory=list)
    came: int = 0
    followers: int = 0
    followers_elsewhere: int = 0
    partners: list[Row] = field(default_factory=list)
    work: list[Work] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.updates or self.talk or self.other or self.pinned or self.met or self.events
                    or self.followers or self.partners or any(one.updates for one in self.work))  # fmt: skip


# Said by the association itself or by a person in its name, where everybody may read it.
_ITS = (
    " from posts where (posts.author = :actor or posts.on_behalf = :actor) and posts.boost_of is null"
    " and posts.visibility in ('public', 'unlisted') and " + visibility.POSTS
)  # fmt: skip
_IN_TIME = " and posts.published >= :since and posts.published < :until"
_BY_KIND = (
    "select case when posts.reply_to is not null or posts.reply_to_uri <> '' or posts.kind = 'topic' then 'talk'"
    " else posts.kind end as sort, count(*)" + _ITS + _IN_TIME + " group by sort"
)
_UPDATES = (
    "select posts.id from posts where posts.place = :project and posts.kind = 'update' and posts.boost_of is null"
    " and posts.visibility in ('public', 'unlisted') and " + visibility.POSTS + _IN_TIME
    + " order by posts.published desc limit :most"
)  # fmt: skip
_EVENTS = (
    "select posts.id, posts.details from agenda join posts on posts.id = agenda.post"
    " where agenda.start >= :since and agenda.start < :until and agenda.start < :now"
    " and posts.id in (select id from posts where author = :actor union select id from posts where on_behalf = :actor"
    "                  union select posts.id from projects join posts on posts.place = projects.actor"
    "                         where projects.owner = :actor"
    # others' that name it as organiser too count once it passed them on: nobody else says what it did
    "                  union select named.id from posts passed join posts named on named.id = passed.boost_of"
    "                         where passed.author = :actor and exists (select 1"
    "                           from json_each(named.details, '$.organizers') where value = :uri))"
    " and ifnull(json_extract(posts.details, '$.status'), '') <> 'CANCELLED'"
    " and posts.visibility in ('public', 'unlisted') and " + visibility.POSTS + " order by agenda.start limit :most"
)


def make(db: Database, actor: int, uri: str, period: Period, now: int) -> Report:
    """The report of one of our associations, whose URI this is."""
    values = {
        "actor": actor,
        "uri": uri,
        "viewer": None,
        "since": period.since,
        "until": period.until,
        "now": now,
        "most": MOST,
    }
    made = Report()
    counts = {row[0]: int(row[1]) for row in db.rows(_BY_KIND, values)}
    made.updates, made.talk = counts.pop("update", 0), counts.pop("talk", 0)
    made.pinned = sum(counts.pop(kind, 0) for kind in ("need", "offer", "call"))
    counts.pop("event", 0)
    made.other = sum(counts.values())
    made.met = int(db.value(
        "select count(*)" + _ITS + " and posts.edited >= :since and posts.edited < :until"
        " and exists (select 1 from board where board.post = posts.id and board.kind = 'need' and board.state = 'met')",
        values,
    ))  # fmt: skip
    made.events = [row["id"] for row in db.rows(_EVENTS, values)]
    made.came = sum(_came(db, event) for event in made.events)
    made.followers, made.followers_elsewhere = _followers(db, values)
    made.work = _work(db, actor, values)
    made.partners = _partners(db, actor, period)
    return made


def _came(db: Database, event: int) -> int:
    return int(
        db.value("select count(*) from answers where post = ? and answer = 'yes' and state = 'accepted'", (event,))
    )


def _followers(db: Database, values: dict[str, Any]) -> tuple[int, int]:
    row = db.row(
        """
        select count(*) as everyone, ifnull(sum(not actors.local), 0) as elsewhere
          from follows join actors on actors.id = follows.follower
         where follows.target = :actor and follows.state = 'accepted'
           and follows.since >= :since and follows.since < :until
        """,
        values,
    )
    return (int(row["everyone"]), int(row["elsewhere"])) if row is not None else (0, 0)


def _work(db: Database, actor: int, values: dict[str, Any]) -> list[Work]:
    """Projects that it leads, and those in which it takes part and that moved in the period."""
    found = [Work(row, True, []) for row in projects.of_owner(db, actor)]
    found += [Work(row, False, []) for row in projects.with_partner(db, actor)]
    for one in found:
        one.updates = [row[0] for row in db.rows(_UPDATES, values | {"project": one.row["id"]})]
    return [one for one in found if one.led or one.updates]


def _partners(db: Database, actor: int, period: Period) -> list[Row]:
    """Associations that became partners of its projects in the period, with the project's id in `project`."""
    return db.rows(
        """
        select actors.*, partners.project from partners
          join projects on projects.actor = partners.project
          join actors on actors.id = partners.actor
         where projects.owner = :actor and partners.state = 'accepted' and partners.confirmed >= :since
           and partners.confirmed < :until
         order by partners.confirmed
        """,
        {"actor": actor, "since": period.since, "until": period.until},
    ).fetchall()
