"""Delete: a post or an actor is gone, said by itself.

{"type":"Delete","id":"POST#delete","actor":A,"object":{"id":POST,"type":"Tombstone"}}

Lemmy takes it back by Undo of the Delete, NodeBB by an Update of what was deleted: then
its server is asked (federation/returning), and so it is where a neighbour of the author
says that it is gone (Mobilizon: another who leads the group that an event is of).  An
actor of Lemmy that says `"removeData":false` leaves what it wrote.
"""

from typing import Any

from federation import acts, attendance, closed_there, closing, groups
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import quote
from node import letters, log, queue
from node.people import actors, follows
from node.posts import posts, publishing, tombstones
from node.store import Database, Row

logger = log.Log("federation.handlers.delete")


def needs(db: Database, activity: Activity) -> list[str]:
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """What is the actor's own is gone for good, also when it comes later; what is another's stays."""
    uri = activity.object_id
    if not uri:
        return
    if uri == activity.actor:
        known = actors.by_uri(db, uri)
        if known is not None and not known["local"]:
            if activity.document.get("removeData") is False:
                forget_profile(db, known, now)
            else:
                forget_actor(db, known, now)
        return
    post = posts.by_uri(db, uri)
    if post is not None and post["uri"] != uri:
        return  # a Note that only stood for it
    if post is None:
        if closed_there.heard(db, activity, now) or quote.revoked(db, activity, now):
            return
        if v.host(uri) == v.host(activity.actor):
            tombstones.lay_unknown(db, uri, "", v.host(uri), now)
        return
    author = actors.get(db, post["author"])
    if author["uri"] == activity.actor and not post["local"]:
        groups.leave(db, post, now)
        attendance.forget(db, post, now)
        publishing.remove(db, post, now)
        if post["place"] is not None:
            groups.pass_on(db, activity, actors.get(db, post["place"]), None, now)
    elif not acts.receive(db, activity, now) and not post["local"] and v.host(uri) == v.host(activity.actor):
        queue.enqueue(db, "doubted", {"uri": uri}, now, name=f"doubted {uri}")


def take_back(db: Database, uri: str, actor: str, now: int, *,
              said: dict[str, Any] | None = None, through: str = "") -> bool:  # fmt: skip
    """Whether this was deleted, and somebody of its server says that it is back: then it is asked for there.

    said: the activity, which a place of ours passes on.  through: the Group of another server that passed it on to us.
    """
    if not uri or v.host(uri) != v.host(actor) or tombstones.find(db, uri) is None:
        return False
    queue.enqueue(db, "restored", {"uri": uri, "said": said, "through": through}, now, name=f"restored {uri}")
    return True


def forget_profile(db: Database, actor: Row, now: int) -> None:
    """A peer's account is gone and what it wrote stays, as it asked (Lemmy, PieFed): under its name, and nothing more of it."""
    attendance.forget_actor(db, actor["id"], now)
    follows.forget(db, actor["id"])
    letters.drop_inbox(db, actor["inbox"], now)
    actors.change(
        db, actor["id"], now, display="", displays={}, summary="", summaries={}, icon="", image="", fields=[], details={},
        aliases=[], moved_to="", discoverable=0, indexable=0,
    )  # fmt: skip
    logger.info("account deleted, its posts kept", actor=actor["uri"])


def forget_actor(db: Database, actor: Row, now: int) -> None:
    """A peer's actor, all it said and all its relations are gone; what others wrote in its forum is closed."""
    tombstones.lay(db, actor["uri"], actor["type"], now)
    attendance.forget_actor(db, actor["id"], now)
    publishing.forget_author(db, actor["id"], now)
    follows.forget(db, actor["id"])
    letters.drop_inbox(db, actor["inbox"], now)
    actors.forget(db, actor["id"], now)
    if actor["type"] == "Group":
        posts.close_place(db, actor["id"])
    if actor["type"] in ("Group", "Organization"):
        closing.part(db, actor, now)
    logger.info("actor deleted", actor=actor["uri"])
