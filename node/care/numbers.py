"""Numbers for those who keep a node, counted from what is in the file: nothing is collected for them.

Of a member only the last visit is known (users.seen), so she counts as active on the
day of it, and a cohort's share is of those whose last visit was on that day or later.
"""

import sys

from node.store import FILE, Database

DAY = 86_400_000
MOST_DAYS = 366

# What happened between two moments, one number a day: (unit, the query).
MEASURES: dict[str, str] = {
    "active_users": "select seen as at from users where seen is not null",
    "new_users": "select created as at from users",
    "interactions": """
        select reactions.at from reactions join posts on posts.id = reactions.post where posts.local
        union all select posts.published from posts join posts said on said.id = ifnull(posts.boost_of, posts.reply_to)
         where said.local
    """,
    "opened_reports": "select at from reports",
    "resolved_reports": "select handled as at from reports where handled is not null",
    "instance_accounts": "select id >> 16 as at from actors where host = :subject and not local",
    "instance_statuses":
        "select posts.published as at from posts join actors on actors.id = posts.author where actors.host = :subject and not posts.local",
    "instance_reports": "select reports.at from reports join actors on actors.id = reports.target where actors.host = :subject",
    "instance_follows":
        "select since as at from follows join actors on actors.id = follows.target where actors.host = :subject and follows.state = 'accepted'",
    "instance_followers":
        "select since as at from follows join actors on actors.id = follows.follower where actors.host = :subject and follows.state = 'accepted'",
    "tag_uses":
        "select posts.published as at from post_tags join posts on posts.id = post_tags.post where post_tags.tag = :subject",
}  # fmt: skip
WHOLE = ("instance_accounts", "instance_statuses", "instance_reports", "instance_follows", "instance_followers")


def measure(
    db: Database, key: str, since: int, until: int, subject: object = None
) -> tuple[int, int, list[tuple[int, int]]]:
    """(total, total of as long a time before, (day, count) of each day), days by their first ms.

    since and until are ms; at most MOST_DAYS days are counted, the last ones.
    """
    first, last = since // DAY, until // DAY
    first = max(first, last - MOST_DAYS + 1)
    values = {"since": first * DAY, "until": (last + 1) * DAY, "subject": subject, "day": DAY}
    counted = dict(db.rows(_BY_DAY[key], values).fetchall())
    before = {**values, "since": (2 * first - last - 1) * DAY, "until": first * DAY}
    days = [(day * DAY, int(counted.get(day, 0))) for day in range(first, last + 1)]
    total = sum(count for _, count in days)
    if key in WHOLE:
        total = int(db.value(_ALL[key], values))
    return total, int(db.value(_BETWEEN[key], before)), days


_BY_DAY = {
    key: "select at / :day, count(*) from (" + asked + ") where at >= :since and at < :until group by 1"
    for key, asked in MEASURES.items()
}
_BETWEEN = {
    key: "select count(*) from (" + asked + ") where at >= :since and at < :until" for key, asked in MEASURES.items()
}
_ALL = {key: "select count(*) from (" + MEASURES[key] + ")" for key in WHOLE}

# What a whole is made of, the largest part first: key, count.
DIMENSIONS: dict[str, str] = {
    "languages": """
        select locale, count(*) from users where seen >= :since and seen < :until and locale <> ''
         group by 1 order by 2 desc limit :limit
    """,
    "servers": """
        select actors.host, count(*) from posts join actors on actors.id = posts.author
         where posts.id >= :since << 16 and posts.id < :until << 16 and posts.boost_of is null
         group by 1 order by 2 desc limit :limit
    """,
    "instance_languages": """
        select posts.language, count(*) from posts join actors on actors.id = posts.author
         where actors.host = :subject and posts.id >= :since << 16 and posts.id < :until << 16 and posts.language <> ''
         group by 1 order by 2 desc limit :limit
    """,
    "instance_accounts": """
        select name, followers_count from actors where host = :subject and not local and gone is null
         order by 2 desc limit :limit
    """,
    "tag_languages": """
        select posts.language, count(*) from post_tags join posts on posts.id = post_tags.post
         where post_tags.tag = :subject and posts.id >= :since << 16 and posts.id < :until << 16 and posts.language <> ''
         group by 1 order by 2 desc limit :limit
    """,
    "tag_servers": """
        select actors.host, count(*) from post_tags join posts on posts.id = post_tags.post
          join actors on actors.id = posts.author
         where post_tags.tag = :subject and posts.id >= :since << 16 and posts.id < :until << 16
         group by 1 order by 2 desc limit :limit
    """,
}


def dimension(
    db: Database, key: str, since: int, until: int, limit: int, subject: object = None
) -> list[tuple[str, int]]:
    """The parts of it, the largest first."""
    values = {"since": since, "until": until, "limit": limit, "subject": subject}
    return [(str(row[0]), int(row[1])) for row in db.rows(DIMENSIONS[key], values)]


# Along the index of authors: of all that stands in the file little was said here.
_HERE = "from actors indexed by actors_ours cross join posts on posts.author = actors.id where actors.local "


def said_here(db: Database) -> tuple[int, int]:
    """(posts, answers) of everybody here."""
    found = db.row("select sum(reply_to_uri = ''), sum(reply_to_uri <> '') " + _HERE + "and boost_of is null")
    return (found[0] or 0, found[1] or 0) if found is not None else (0, 0)


def said_between(db: Database, since: int, until: int) -> int:
    """How often people here said something, or passed something on, between the two moments (ms)."""
    asked = "select count(*) " + _HERE + "and posts.id >= :first and posts.id < :last"
    return int(db.value(asked, {"first": since << 16, "last": until << 16}))


def written_since(db: Database, since: int) -> int:
    """How many posts people here wrote since then (ms); what they passed on is not among them."""
    asked = "select count(*) " + _HERE + "and posts.id >= :first and posts.boost_of is null"
    return int(db.value(asked, {"first": since << 16}))


def space(db: Database) -> list[tuple[str, int]]:
    """Bytes of the file and of the media that are in it by name."""
    found = [("media", int(db.value("select ifnull(sum(size), 0) from media where file <> ''")))]
    if db.folder is not None:
        found.insert(0, ("sqlite", (db.folder / FILE).stat().st_size))
    return found


def versions(db: Database) -> list[tuple[str, str]]:
    """Of what the node is made of."""
    return [("python", sys.version.partition(" ")[0]), ("sqlite", str(db.value("select sqlite_version()")))]


def retention(db: Database, since: int, until: int, *, monthly: bool) -> list[tuple[int, list[tuple[int, int, int]]]]:
    """For each day or month: (its first ms, [(first ms of this and each later one, its size, how many were here then or later)])."""
    unit = "month" if monthly else "day"
    begins = [row[0] * 1000 for row in db.rows(_BEGINS[unit], {"since": since // 1000, "until": until // 1000})]
    cohorts = []
    for place, begin in enumerate(begins):
        end = begins[place + 1] if place + 1 < len(begins) else until + 1
        seen = [
            row[0]
            for row in db.rows("select ifnull(seen, 0) from users where created >= ? and created < ?", (begin, end))
        ]
        later = [
            (at, len(seen), sum(1 for one in seen if one >= at) if at > begin else len(seen)) for at in begins[place:]
        ]
        cohorts.append((begin, later))
    return cohorts


_BEGINS = {
    unit: "with recursive days(at) as (select cast(strftime('%s', :since, 'unixepoch', 'start of "
    + unit
    + "') as integer)"
    " union all select cast(strftime('%s', at, 'unixepoch', '+1 " + unit + "') as integer) from days"
    " where at < :until limit 120) select at from days where at <= :until"
    for unit in ("day", "month")
}
