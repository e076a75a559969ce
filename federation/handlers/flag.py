"""Flag: somebody tells the moderators of something.

    {"type":"Flag","id","actor":"…/actor","object":[whom, post, …],"content":"why","to":[whom]}

Ours is sent by an actor that is nobody's (federation/reporting); Lemmy and PieFed get one
post each, to exactly one recipient, the reason in `summary`.  Lemmy's Groups pass reports
on to moderators elsewhere: {"type":"Announce","actor":G,"object":{the Flag},…}.
"""

from typing import Any

from federation import audience, reporting, speak
from federation import vocabulary as v
from federation.activity import Activity
from node import hosts, html
from node.care import decisions, reports
from node.network import moderators
from node.people import actors
from node.posts import posts
from node.store import Database, Row

MOST = 50  # things in one report
MOST_OF_A_HOST = 100  # reports in a day: more tell the moderators nothing that they could still read
DAY = 86_400_000


def needs(db: Database, activity: Activity) -> list[str]:
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The report waits for a moderator, when it is about somebody of ours, something said here, or in a forum that
    somebody here looks after.
    """
    reporter = actors.by_uri(db, activity.actor)
    if reporter is not None:
        _take(db, reporter, activity.document, activity.id, now)


def passed_on(db: Database, place: Row, document: dict[str, Any], now: int) -> None:
    """A report that a Group elsewhere hands to those who look after it: here as the Group's, whoever complained there."""
    row = posts.by_uri(db, v.one_id(document.get("object")))
    if row is not None and row["place"] == place["id"] and moderators.live_here(db, place["id"]):
        _take(db, place, document, v.one_id(document), now)


def _take(db: Database, reporter: Row, document: dict[str, Any], uri: str, now: int) -> None:
    host = v.host(reporter["uri"])
    if decisions.rejects_reports(db, host):
        return
    named = v.all_ids(document.get("object"), MOST)
    people = [row for row in (actors.by_uri(db, one) for one in named) if row is not None and row["local"]]
    said = [row for row in (posts.by_uri(db, one) for one in named) if row is not None and _is_ours(db, row)]
    target = people[0]["id"] if people else said[0]["author"] if said else None
    if target is None or reports.count_of_host(db, reporter["host"], now - DAY) >= MOST_OF_A_HOST:
        return
    why = document.get("content") or document.get("summary")
    comment = html.plain(html.clean(why if isinstance(why, str) else ""))[: reporting.LONGEST]
    about = [row["id"] for row in said if row["author"] == target]
    if reports.keep(db, reporter["id"], target, about, comment, now, uri=uri or None) is not None:
        reporting.tell_moderators(db, target, about, comment, now, but=host)


def _is_ours(db: Database, post: Row) -> bool:
    """Whether people here decide about it: said here, in a forum of ours, or in one that somebody here moderates."""
    if post["local"] or post["place"] is None:
        return bool(post["local"])
    return bool(actors.get(db, post["place"])["local"]) or moderators.live_here(db, post["place"])


def put(db: Database, target: Row, said: list[int], comment: str, now: int) -> None:
    """The server of the target is told, and that of the forum where it was said, each in the form that its software
    reads; nothing for our own.
    """
    rows = [row for row in (posts.get(db, one) for one in said) if row["author"] == target["id"]]
    for row in rows:
        group = _group(db, row)
        if group is not None and v.host(group["uri"]) != v.host(target["uri"]):
            reporting.tell_one(db, group, audience.inbox_of(db, group), group, row, comment, now)
    if target["local"]:
        return
    host, inboxes = v.host(target["uri"]), audience.inbox_of(db, target, shared=True)
    if hosts.software(db, host) in reporting.ONE_AT_A_TIME:
        for row in rows:
            group = _group(db, row)
            if group is not None and v.host(group["uri"]) == host:
                reporting.tell_one(db, group, audience.inbox_of(db, group), group, row, comment, now)
            else:
                reporting.tell_one(db, None, audience.inbox_of(db, target), target, row, comment, now)
        if rows:
            return
    speak.say(db, reporting.speaker(db, host, now), "Flag", [target["uri"], *(row["uri"] for row in rows)], inboxes, now,
              to=[target["uri"]], extra={"content": comment[: reporting.LONGEST]})  # fmt: skip


def _group(db: Database, post: Row) -> Row | None:
    """The forum elsewhere where the post stands."""
    found = actors.get(db, post["place"]) if post["place"] is not None else None
    return found if found is not None and not found["local"] and not found["gone"] else None
