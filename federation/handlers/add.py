"""Add and Remove: a person pins a post to her profile, or takes it down.

    {"type":"Add","id","actor":A,"object":"post id","target":"A/featured","to":[Public],"cc":[followers]}

(What moderators add to a Group stands in handlers/moderation, where there is one.)  Hubzilla hands the answers to a
post round so: {"type":"Add","actor":OWNER,"object":{the Create of an answer},"target":{the conversation}}.
"""

from federation import audience, speak
from federation import vocabulary as v
from federation.activity import Activity
from node.errors import Invalid
from node.people import actors
from node.posts import marks, posts
from node.store import Database, Row


def needs(db: Database, activity: Activity) -> list[str]:
    """The post, when it is pinned by one we know and unknown itself; an answer that an owner hands round."""
    answer = _handed_round(db, activity)
    if answer:
        return [answer]
    if _pinned_by(db, activity) is None or posts.by_uri(db, activity.object_id) is not None:
        return []
    return [activity.object_id] if v.host(activity.object_id) == v.host(activity.actor) else []


def _handed_round(db: Database, activity: Activity) -> str:
    """What answers a post that we have, where the owner of its conversation adds it (Hubzilla, FEP-171b); '' for none.

    It is asked for at its origin: the owner's word is that it belongs there, not that somebody wrote it.
    """
    found = activity.embedded.get("object")
    if v.type_of(activity.embedded) not in ("Create", "Update") or not isinstance(found, dict):
        return ""
    answered = posts.by_uri(db, v.one_id(found.get("inReplyTo")))
    if answered is None or answered["visibility"] not in posts.OPEN or posts.knows(db, v.one_id(found)):
        return ""
    return v.one_id(found)


def receive(db: Database, activity: Activity, now: int) -> None:
    """The post stands at the head of its author's profile; another's list or post changes nothing."""
    actor, post = _pinned_by(db, activity), posts.by_uri(db, activity.object_id)
    if actor is not None and post is not None and marks.is_of(post, actor["id"]):
        try:
            marks.pin(db, post, now, actor["id"])
        except Invalid:
            return


def receive_remove(db: Database, activity: Activity, now: int) -> None:
    """It stands there no more."""
    actor, post = _pinned_by(db, activity), posts.by_uri(db, activity.object_id)
    if actor is not None and post is not None and marks.is_of(post, actor["id"]):
        marks.unpin(db, post, actor["id"])


def put(db: Database, actor: Row, post: Row, now: int) -> None:
    """Our actor pins her own post, or one that was said for it.  Raises Invalid as marks.pin does, and for another's."""
    if not marks.is_of(post, actor["id"]):
        raise Invalid("Validation failed: Someone else's post cannot be pinned")
    marks.pin(db, post, now, actor["id"])
    _say(db, "Add", actor, post, now)


def take_back(db: Database, actor: Row, post: Row, now: int) -> None:
    """Our actor takes the pin down.  Raises Invalid for another's."""
    if not marks.is_of(post, actor["id"]):
        raise Invalid("Validation failed: Someone else's post cannot be pinned")
    marks.unpin(db, post, actor["id"])
    _say(db, "Remove", actor, post, now)


def _say(db: Database, kind: str, actor: Row, post: Row, now: int) -> None:
    if post["visibility"] in ("public", "unlisted"):
        speak.say(db, actor, kind, post["uri"], audience.inboxes_of_followers(db, actor["id"]), now,
                  to=[v.PUBLIC], cc=[actor["followers"]], extra={"target": actor["featured"]})  # fmt: skip


def _pinned_by(db: Database, activity: Activity) -> Row | None:
    """The actor, when the target is her own `featured`."""
    actor = actors.by_uri(db, activity.actor)
    target = v.one_id(activity.document.get("target"))
    return actor if actor is not None and target and target == actor["featured"] and not actor["local"] else None
