"""Flag: somebody tells the moderators of something.

    {"type":"Flag","id","actor":"…/actor","object":[whom, post, …],"content":"why","to":[whom]}

Ours is sent by the Application actor, so that nobody learns who complained; Lemmy and
PieFed get one post each, to exactly one recipient, the reason in `summary`.
"""

from federation import audience, speak
from federation import vocabulary as v
from federation.activity import Activity
from node import hosts, html
from node.care import decisions, reports
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from node.text import one_line

MOST = 50  # things in one report
LONGEST = 5000
MOST_OF_A_HOST = 100  # reports in a day: more tell the moderators nothing that they could still read
DAY = 86_400_000
ONE_AT_A_TIME = frozenset(("lemmy", "piefed"))


def needs(db: Database, activity: Activity) -> list[str]:
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The report waits for a moderator, when it is about somebody of ours or something said here or in a forum of ours."""
    reporter = actors.by_uri(db, activity.actor)
    if reporter is None or decisions.rejects_reports(db, v.host(activity.actor)):
        return
    named = v.all_ids(activity.object, MOST)
    people = [row for row in (actors.by_uri(db, uri) for uri in named) if row is not None and row["local"]]
    said = [row for row in (posts.by_uri(db, uri) for uri in named) if row is not None and _is_ours(db, row)]
    target = people[0]["id"] if people else said[0]["author"] if said else None
    if target is None or reports.count_of_host(db, reporter["host"], now - DAY) >= MOST_OF_A_HOST:
        return
    why = activity.document.get("content") or activity.document.get("summary")
    comment = html.plain(html.clean(why if isinstance(why, str) else ""))[:LONGEST]
    about = [row["id"] for row in said if row["author"] == target]
    reports.keep(db, reporter["id"], target, about, comment, now, uri=activity.id or None)


def _is_ours(db: Database, post: Row) -> bool:
    """Whether moderators here decide about it: said here, or in a forum of ours."""
    return bool(post["local"] or (post["place"] is not None and actors.get(db, post["place"])["local"]))


def put(db: Database, target: Row, said: list[int], comment: str, now: int) -> None:
    """The server of the target is told, and that of the forum where it was said, each in the form that its software
    reads; nothing for our own.
    """
    system = actors.get(db, actors.system(db))
    rows = [row for row in (posts.get(db, one) for one in said) if row["author"] == target["id"]]
    for row in rows:
        group = _group(db, row)
        if group is not None and v.host(group["uri"]) != v.host(target["uri"]):
            _tell_one(db, system, group, row, comment, now)
    if target["local"]:
        return
    inbox = audience.inbox_of(db, target, shared=True)
    if hosts.software(db, v.host(target["uri"])) in ONE_AT_A_TIME:
        for row in rows:
            group = _group(db, row)
            there = group is not None and v.host(group["uri"]) == v.host(target["uri"])
            _tell_one(db, system, group if there and group is not None else target, row, comment, now)
        if rows:
            return
    speak.say(db, system, "Flag", [target["uri"], *(row["uri"] for row in rows)], inbox, now,
              to=[target["uri"]], extra={"content": comment[:LONGEST]})  # fmt: skip


def _group(db: Database, post: Row) -> Row | None:
    """The forum elsewhere where the post stands."""
    found = actors.get(db, post["place"]) if post["place"] is not None else None
    return found if found is not None and not found["local"] and not found["gone"] else None


def _tell_one(db: Database, system: Row, whom: Row, post: Row, comment: str, now: int) -> None:
    """Lemmy's form: one object, one recipient, the Group or else the author."""
    speak.say(db, system, "Flag", post["uri"], audience.inbox_of(db, whom), now,
              to=[whom["uri"]], extra={"summary": one_line(comment, 1000), "content": comment[:LONGEST]})  # fmt: skip
