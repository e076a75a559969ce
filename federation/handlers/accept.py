"""Accept and Reject: answers to what we asked, from the one we asked.

The inner activity may come whole, without its id, or as an id alone (Mitra).
"""

from federation import backfill, software
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import approval, join, offer, quote
from node import queue
from node.network import submissions
from node.people import actors, follows
from node.posts import posts, timelines
from node.store import Database, Row


def needs(db: Database, activity: Activity) -> list[str]:
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """Our follow holds from now on, when the signer is whom we asked; else nothing happens."""
    if quote.accepted(db, activity, now) or offer.accepted(db, activity, now):
        return
    if join.settled(db, activity, "accepted") or join.answered(db, activity, "yes", now):
        return
    if approval.accepted(db, activity, now):
        return
    asked = _asked(db, activity)
    if asked is not None and follows.accept(db, asked["follower"], asked["target"]):
        timelines.start_following(db, asked["follower"], asked["target"])
        target = actors.get(db, asked["target"])
        if target["type"] == "Group":
            software.of(db, v.host(target["uri"]), now)  # each has its own ways with what we write there
            queue.enqueue(db, "joined", {"actor": asked["target"]}, now, name=f"joined {asked['target']}")
        backfill.followed(db, target, now)


def receive_reject(db: Database, activity: Activity, now: int) -> None:
    """Our follow is refused, or ended by the one we follow; or a forum does not take what we wrote there."""
    if _refused(db, activity):
        return
    if quote.rejected(db, activity, now) or offer.rejected(db, activity, now):
        return
    if join.settled(db, activity, "rejected") or join.answered(db, activity, "no", now):
        return
    if approval.rejected(db, activity, now):
        return
    asked = _asked(db, activity)
    if asked is not None:
        follows.end(db, asked["follower"], asked["target"])
        timelines.unmerge(db, asked["follower"], asked["target"])


def _refused(db: Database, activity: Activity) -> bool:
    """Whether it was the refusal of a post of ours by the forum where it should stand."""
    post = posts.by_uri(db, v.one_id(activity.embedded.get("object")))
    place = actors.by_uri(db, activity.actor)
    if post is None or place is None or not post["local"] or v.type_of(activity.embedded) not in ("Create", "Update"):
        return False
    submissions.settle(db, post["id"], place["id"], accepted=False)
    return True


def _asked(db: Database, activity: Activity) -> Row | None:
    """Our follow that this answers; None when it is not the signer's to answer."""
    target = actors.by_uri(db, activity.actor)
    if target is None:
        return None
    found = follows.by_activity(db, activity.object_id) if activity.object_id else None
    if found is None:
        follower = actors.by_uri(db, v.one_id(activity.embedded.get("actor")))
        if follower is None or v.type_of(activity.embedded) != "Follow":
            return None
        found = follows.get(db, follower["id"], target["id"])
    if found is None or found["target"] != target["id"]:
        return None
    return found if actors.get(db, found["follower"])["local"] else None
