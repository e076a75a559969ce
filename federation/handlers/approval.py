"""An author's leave for one answer, or her refusal of what was done with her post (GoToSocial).

    {"type":"Accept","actor":author,"object":"id of our answer","result":"id of a ReplyAuthorization"}
    {"type":"Reject","actor":author,"object":"id of our answer, Like or Announce"}

Her leave stands in our answer (`approvedBy`, and `replyAuthorization` where there is a result), so
that other servers which ask for it show the answer too.
"""

from federation import outbox, policies
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import announce
from node.people import actors
from node.posts import posts, reactions
from node.store import Database, Row


def accepted(db: Database, activity: Activity, now: int) -> bool:
    """Our answer may be shown, and whoever has it hears; false when this is about none."""
    post = posts.by_uri(db, activity.object_id)
    if post is None or not post["local"] or post["reply_to"] is None:
        return False
    parent = posts.get(db, post["reply_to"])
    if policies.REPLY in policies.of(parent) and _is_authors(db, parent, activity.actor):
        result = v.one_id(activity.document.get("result"))
        leave = {"approvedBy": result or activity.id} | ({"replyAuthorization": result} if result else {})
        known = posts.details(post)
        if v.host(leave["approvedBy"]) == v.host(activity.actor) and "approvedBy" not in known:
            posts.change(db, post["id"], details=known | leave)
            outbox.tell_again(db, posts.get(db, post["id"]), now)
    return True


def rejected(db: Database, activity: Activity, now: int) -> bool:
    """Our Like or boost of a post is none, as its author wants it; false when this is about neither."""
    known = reactions.by_activity(db, activity.object_id) if activity.object_id else None
    if known is not None:
        post = posts.get(db, known["post"])
        if actors.get(db, known["actor"])["local"] and _is_authors(db, post, activity.actor):
            reactions.end(db, post, known["actor"], known["kind"])
        return True
    boost = posts.by_uri(db, activity.object_id)
    if boost is None or not boost["local"] or boost["boost_of"] is None:
        return False
    post = posts.get(db, boost["boost_of"])
    if _is_authors(db, post, activity.actor):
        announce.take_back(db, actors.get(db, boost["author"]), post, now)
    return True


def _is_authors(db: Database, post: Row, actor: str) -> bool:
    return bool(actors.get(db, post["author"])["uri"] == actor)
