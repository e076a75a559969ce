"""Who says a report to another server, so that nobody learns who complained; and moderators elsewhere of our forums, who are told.

    {"type":"Flag","id","actor":"…/users/report","object":POST,"audience":G,"to":[G],"summary":"why","content":"why"}

Mastodon reads a Flag by the node's Application; Lemmy and PieFed read no such actor: to them
it is said by an account of type Service, which is nobody's and is made when it is first needed.
"""

from federation import actors as documents
from federation import audience, software, speak
from federation import vocabulary as v
from node import hosts
from node.network import moderators
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from node.text import one_line

ONE_AT_A_TIME = frozenset(("lemmy", "piefed"))  # they read one post in a report, said to one recipient
NAME = "report"  # reserved: no member is called so
LONGEST = 5000
SHORT = 1000


def speaker(db: Database, host: str, now: int) -> Row:
    """The actor of ours that says a report to this server."""
    if hosts.software(db, host) not in ONE_AT_A_TIME:
        return actors.get(db, actors.system(db))
    known = actors.ours(db, NAME)
    return known if known is not None else actors.get(db, documents.create_reporter(db, NAME, now))


def tell_one(db: Database, group: Row | None, inboxes: set[tuple[str, str]], whom: Row, post: Row, comment: str,
             now: int) -> None:  # fmt: skip
    """Lemmy's form: one post, one recipient; group: the forum where it stands, when that is whom it is said to."""
    extra = {"summary": one_line(comment, SHORT), "content": comment[:LONGEST]}
    if group is not None:
        extra["audience"] = group["uri"]
    for inbox, host in inboxes:
        speak.say(db, speaker(db, host, now), "Flag", post["uri"], [(inbox, host)], now, to=[whom["uri"]],
                  extra=extra)  # fmt: skip


def tell_moderators(db: Database, target: int, said: list[int], comment: str, now: int, *, but: str = "") -> None:
    """Of what was reported in forums of ours, their moderators on other servers hear; not those of a forum whose
    moderator it is about.

    but: the server from which the report came.
    """
    for row in (posts.get(db, one) for one in said):
        place = actors.get(db, row["place"]) if row["place"] is not None else None
        if place is None or not place["local"] or place["role"] == "project":
            continue
        listed = moderators.of(db, place["id"])
        if any(one["id"] == target for one in listed):
            continue
        inboxes = {
            found
            for one in listed
            for found in audience.inbox_of(db, one, shared=True)
            if v.host(one["uri"]) != but and software.of(db, found[1], now) not in software.MICROBLOGS
        }
        tell_one(db, place, _one_of_each(inboxes), place, row, comment, now)


def _one_of_each(inboxes: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """One inbox of each server: it tells all who moderate there."""
    return {(inbox, host) for host, inbox in {host: inbox for inbox, host in sorted(inboxes)}.items()}
