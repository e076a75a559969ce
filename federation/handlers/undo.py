"""Undo: a Follow, Like, Dislike, Announce or Block is taken back by the one who made it.

The inner activity is looked up by its id, else by who did what to whom.
"""

from federation import acts, closed_there, groups, putting_out
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import delete, join, offer
from node.people import actors, blocks, follows
from node.posts import notifications, posts, reactions, tombstones
from node.store import Database, Row

KINDS = {"Like": "like", "EmojiReact": "like", "Dislike": "dislike"}


def needs(db: Database, activity: Activity) -> list[str]:
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """What the actor did is undone; what another did stays."""
    actor = actors.by_uri(db, activity.actor)
    inner = activity.embedded
    if actor is None or (inner and v.one_id(inner.get("actor", activity.actor)) != activity.actor):
        return
    if acts.receive(db, activity, now) or putting_out.receive(db, activity, now) or offer.undone(db, activity, now):
        return
    kind, target = v.type_of(inner), v.one_id(inner.get("object"))
    liked = _liked(db, activity, target)
    if kind == "Delete" and closed_there.heard(db, activity, now):
        return
    if kind == "Delete" and delete.take_back(db, target, activity.actor, now, said=activity.document):
        return
    for undo in (_follow, _reaction, _announce, _block):
        if undo(db, actor, activity.object_id, kind, target):
            if undo is _reaction and liked is not None and liked["place"] is not None:
                groups.pass_on(db, activity, actors.get(db, liked["place"]), liked, now)
            return
    if join.undo(db, actor, activity.object_id, kind, target, now):
        return
    if v.host(activity.object_id) == v.host(activity.actor):
        # it is still on its way: federation/inbox remembers
        tombstones.lay_unknown(db, activity.object_id, kind, v.host(activity.actor), now)


def _liked(db: Database, activity: Activity, target: str) -> Row | None:
    """The post whose reaction may be taken back."""
    known = reactions.by_activity(db, activity.object_id) if activity.object_id else None
    return posts.get(db, known["post"]) if known is not None else posts.by_uri(db, target)


def _follow(db: Database, actor: Row, uri: str, kind: str, target: str) -> bool:
    known = follows.by_activity(db, uri) if uri else None
    if known is None and kind == "Follow":
        followed = actors.by_uri(db, target)
        known = follows.get(db, actor["id"], followed["id"]) if followed is not None else None
    if known is None or known["follower"] != actor["id"]:
        return False
    follows.end(db, actor["id"], known["target"])
    for told in ("follow", "follow_request"):
        notifications.withdraw(db, known["target"], told, actor["id"], None)
    return True


def _reaction(db: Database, actor: Row, uri: str, kind: str, target: str) -> bool:
    known = reactions.by_activity(db, uri) if uri else None
    if known is None and kind in KINDS:
        post = posts.by_uri(db, target)
        if post is not None:
            known = reactions.get(db, post["id"], actor["id"], KINDS[kind])
            if known is not None and kind == "EmojiReact" and uri and known["activity"]:
                return False  # Akkoma's people react with several signs: another one is taken back
            # Lemmy wraps a Like in the Undo of a Dislike: whichever stands is meant
            known = known or reactions.get(db, post["id"], actor["id"], "like" if kind == "Dislike" else "dislike")
    if known is None or known["actor"] != actor["id"]:
        return False
    reactions.end(db, posts.get(db, known["post"]), actor["id"], known["kind"])
    return True


def _announce(db: Database, actor: Row, uri: str, kind: str, target: str) -> bool:
    known = posts.by_uri(db, uri) if uri else None
    if known is None and kind == "Announce":
        original = posts.by_uri(db, target)
        known = posts.boost_by(db, actor["id"], original["id"]) if original is not None else None
    if known is None or known["author"] != actor["id"] or known["boost_of"] is None:
        return False
    original = posts.get(db, known["boost_of"])
    notifications.withdraw(db, original["author"], "reblog", actor["id"], original["id"])
    posts.delete(db, known["id"])
    return True


def _block(db: Database, actor: Row, uri: str, kind: str, target: str) -> bool:
    known = blocks.by_activity(db, uri) if uri else None
    if known is None and kind == "Block":
        blocked = actors.by_uri(db, target)
        return blocked is not None and blocks.end(db, actor["id"], blocked["id"]) is not None
    if known is None or known["actor"] != actor["id"]:
        return False
    return blocks.end(db, actor["id"], known["target"]) is not None
