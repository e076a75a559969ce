"""Warn: a moderator tells somebody that what she wrote in a forum was not right, and leaves it where it is (Lemmy 1.0).

{"type":"Warn","id","actor":MODERATOR,"object":POST,"summary":"why","audience":G,"to":[its author]}
"""

from federation import acts
from federation import vocabulary as v
from federation.activity import Activity
from federation.moderation import LONGEST_REASON
from node import html
from node.network import forums, moderation, moderators
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from node.text import one_line


def needs(db: Database, activity: Activity) -> list[str]:
    """Nothing: who decides in a forum elsewhere is known since somebody here joined it."""
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The author, of ours, hears of it with the reason, and it stands in the forum's log; from others it does nothing."""
    post, actor = posts.by_uri(db, activity.object_id), actors.by_uri(db, activity.actor)
    if post is None or actor is None or not post["local"] or post["place"] is None:
        return
    place = actors.get(db, post["place"])
    named = v.one_id(activity.document.get("audience"))
    if named not in ("", place["uri"]) or place["gone"] or not _decides(db, place, actor):
        return
    reason = one_line(html.plain(html.clean(activity.document.get("summary"))), LONGEST_REASON)
    moderation.warn(db, place, actor["id"], post, activity.id, reason, now)


def _decides(db: Database, place: Row, actor: Row) -> bool:
    """Whether the forum lists her: nobody passed this on, so that being of its server alone is not enough."""
    if place["local"]:
        return forums.may_moderate(db, place, actor["id"])
    return moderators.is_one(db, place["id"], actor["id"]) or acts.speaks_for(place, actor)
