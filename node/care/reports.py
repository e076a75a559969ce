"""What people tell the moderators, of whom, and what became of it."""

import json

from node import ids
from node.errors import Invalid
from node.posts import notifications
from node.store import Database, Row

CATEGORIES = ("spam", "legal", "violation", "other")


def keep(db: Database, reporter: int, target: int, posts: list[int], comment: str, now: int, *,
         category: str = "other", uri: str | None = None, forward: bool = False,
         rules: list[int] | None = None) -> int | None:  # fmt: skip
    """The report waits for a moderator, and all of them are told; its id, None when it was known."""
    identifier = ids.new(now)
    new = db.execute(
        """
        insert into reports (id, uri, reporter, target, posts, category, comment, forward, at, rules)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (uri) do nothing
        """,
        (identifier, uri, reporter, target, json.dumps(posts[:50]),
         category if category in CATEGORIES else "other", comment[:3000], int(forward), now,
         json.dumps((rules or [])[:50])),
    ).rowcount  # fmt: skip
    if not new:
        return None
    for (moderator,) in db.rows("select actor from users where role in ('moderator', 'admin')").fetchall():
        notifications.tell(db, moderator, "admin.report", reporter, None, now, report=identifier)
    for place, moderator in _of_forums(db, target, posts):
        notifications.tell(db, moderator, "reported", place, None, now, report=identifier)
    return identifier


def _of_forums(db: Database, target: int, posts: list[int]) -> list[tuple[int, int]]:
    """(forum, moderator) for those here who watch over forums, ours or others', where the posts stand, and no other report reaches."""
    found = db.rows(
        """
        select distinct moderators.place, moderators.actor
          from posts join moderators on moderators.place = posts.place
          join actors place on place.id = posts.place and place.gone is null and place.role <> 'project'
          join users on users.actor = moderators.actor and users.role = 'member'
         where posts.id in (select value from json_each(:posts))
           and not exists (select 1 from moderators their where their.place = posts.place and their.actor = :target)
        """,
        {"posts": json.dumps(posts[:50]), "target": target},
    )
    return [(row[0], row[1]) for row in found]


def is_known(db: Database, reporter: int, target: int, posts: list[int], comment: str) -> bool:
    """Whether she said just this already, and it waits: a form sent twice over a line that broke."""
    sql = "select 1 from reports where reporter = ? and target = ? and posts = ? and comment = ? and handled is null"
    return bool(db.value(sql, (reporter, target, json.dumps(posts[:50]), comment[:3000])))


def get(db: Database, identifier: int) -> Row | None:
    """One report."""
    return db.row("select * from reports where id = ?", (identifier,))


def waiting(db: Database, limit: int = 100) -> list[Row]:
    """Open reports with reporter and target, the oldest first."""
    return db.rows(
        """
        select reports.*, target.name as target_name, target.host as target_host, target.display as target_display,
               target.url as target_url, target.local as target_local, target.gone as target_gone,
               target.silenced as target_silenced,
               reporter.name as reporter_name, reporter.host as reporter_host, reporter.display as reporter_display
          from reports
          join actors target on target.id = reports.target
          join actors reporter on reporter.id = reports.reporter
         where reports.handled is null order by reports.at limit ?
        """,
        (limit,),
    ).fetchall()


def waiting_in(db: Database, place: int, limit: int = 100) -> list[Row]:
    """Open reports about what stands in the forum, the oldest first; not those about its moderators."""
    return db.rows(
        """
        select reports.* from reports
         where reports.handled is null
           and exists (select 1 from json_each(reports.posts) named join posts on posts.id = named.value
                        where posts.place = :place and posts.removed is null)
           and not exists (select 1 from moderators
                            where moderators.place = :place and moderators.actor = reports.target)
         order by reports.at limit :limit
        """,
        {"place": place, "limit": limit},
    ).fetchall()


def listed(db: Database, before: int, after: int, limit: int, *, resolved: bool = False, reporter: int | None = None,
           target: int | None = None, host: str = "") -> list[Row]:  # fmt: skip
    """Reports, the newest first: open ones or settled ones, by one account, about one, or about a server's."""
    return db.rows(
        """
        select reports.* from reports join actors on actors.id = reports.target
         where reports.id < :before and reports.id > :after and (reports.handled is not null) = :resolved
           and (:reporter is null or reports.reporter = :reporter) and (:target is null or reports.target = :target)
           and (:host = '' or actors.host = lower(:host))
         order by reports.id desc limit :limit
        """,
        {"before": before, "after": after, "limit": limit, "resolved": int(resolved), "reporter": reporter,
         "target": target, "host": host},
    ).fetchall()  # fmt: skip


def assign(db: Database, identifier: int, user: int | None, now: int) -> None:
    """This moderator looks into it; None: nobody does."""
    db.execute("update reports set assigned = ?, updated = ? where id = ?", (user, now, identifier))


def reopen(db: Database, identifier: int, now: int) -> None:
    """It waits again."""
    db.execute("update reports set handled = null, handler = null, updated = ? where id = ?", (now, identifier))


def sort(db: Database, identifier: int, category: str | None, rules: list[int] | None, now: int) -> None:
    """It is about something else: a category of ours, rules by their numbers.  Raises Invalid."""
    if category is not None and category not in CATEGORIES:
        raise Invalid("Validation failed: Category is not included in the list")
    db.execute(
        "update reports set category = ifnull(?, category), rules = ifnull(?, rules), updated = ? where id = ?",
        (category, json.dumps(rules[:50]) if rules is not None else None, now, identifier),
    )


def count_of_host(db: Database, host: str, since: int) -> int:
    """How many reports came from this server since then."""
    return int(
        db.value(
            "select count(*) from reports join actors on actors.id = reports.reporter where reports.at > ? and actors.host = ?",
            (since, host),
        )
    )


def posts_of(report: Row) -> list[int]:
    """Ids of the posts that it is about."""
    found: list[int] = json.loads(report["posts"])
    return found


def settle(db: Database, identifier: int, handler: int, now: int) -> bool:
    """It is handled; false when it was before."""
    return bool(
        db.execute(
            "update reports set handled = ?, handler = ? where id = ? and handled is null", (now, handler, identifier)
        ).rowcount
    )
