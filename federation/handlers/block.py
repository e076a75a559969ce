"""Block: a peer's member wants nothing to do with ours; both are hidden from each other."""

from federation import acts, putting_out
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import follow
from node import ids, settings
from node.people import actors, blocks, mutes
from node.posts import notifications
from node.store import Database, Row


def needs(db: Database, activity: Activity) -> list[str]:
    """Whom a moderator bans, when that is unknown."""
    return acts.needs(db, activity.document)


def receive(db: Database, activity: Activity, now: int) -> None:
    """The block holds for one of ours; with a forum as target it is a ban by its moderator.

    A ban from a forum or a server elsewhere, which Lemmy and PieFed also send to the banned one's server, is no block
    by her who decided it: from forums it counts when they pass it on, from a server for its own people.
    """
    banned_from = v.one_id(activity.document.get("target"))
    if acts.receive(db, activity, now) or putting_out.receive(db, activity, now):
        return
    if banned_from not in ("", activity.object_id):
        return
    actor, target = actors.by_uri(db, activity.actor), actors.by_uri(db, activity.object_id)
    if actor is not None and target is not None and target["local"] and target["type"] in ("Person", "Organization"):
        blocks.keep(db, actor["id"], target["id"], activity.id, now)


def put(db: Database, actor: Row, target: Row, now: int) -> None:
    """Our actor blocks the target: follows both ways end.  The other server hears only that they end."""
    follow.end(db, actor, target, now)
    follow.reject(db, actor, target, now)
    blocks.keep(db, actor["id"], target["id"], f"{settings.get(db, 'origin')}/activities/{ids.new(now)}", now)
    notifications.clear(db, actor["id"], origin=target["id"])


def put_host(db: Database, actor: Row, host: str, now: int) -> None:
    """Our actor hears nothing of the server any more; her followers there are put out."""
    for follower in mutes.block_host(db, actor["id"], host, now):
        follow.reject(db, actor, follower, now)
    notifications.clear(db, actor["id"], host=host)
