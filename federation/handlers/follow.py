"""Follow, and the answers to it.

    {"type":"Follow","id","actor":A,"object":B,"to":[B]}
    {"type":"Accept","actor":B,"object":{the Follow, whole, with its own id},"to":[A]}

Source: ActivityPub §7.5; interop §11.1.
"""

from typing import Any

from federation import audience, groups, software, speak
from federation.activity import Activity
from node import ids, log, settings
from node.errors import Forbidden, Invalid
from node.people import actors, blocks, follows
from node.posts import notifications, timelines
from node.store import Database, Row

logger = log.Log("federation.handlers.follow")


def needs(db: Database, activity: Activity) -> list[str]:
    """Nothing: the follower is known since it signed."""
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """Keep the follow; answer at once unless our actor wants to approve each one.

    Asked twice it is answered twice: a peer that lost the first answer asks again.
    """
    target = actors.by_uri(db, activity.object_id)
    if target is None or not target["local"] or target["gone"]:
        raise Invalid("They do not live here.", target=activity.object_id)
    follower = actors.by_uri(db, activity.actor)
    if follower is None:
        raise Invalid("The follower is unknown.", follower=activity.actor)
    if blocks.between(db, follower["id"], target["id"]) or groups.is_banned(db, target, follower, now):
        _answer(db, "Reject", target, follower, activity.id, now, asked=activity.type)
        return
    if target["type"] == "Group":
        software.of(db, follower["host"], now)
    new = follows.keep(db, follower["id"], target["id"], activity.id, not target["approves"], now)
    known = follows.get(db, follower["id"], target["id"])
    assert known is not None
    if known["state"] == "accepted":
        _answer(db, "Accept", target, follower, activity.id, now, asked=activity.type)
        if new:
            notifications.tell(db, target["id"], "follow", follower["id"], None, now)
    elif new:
        notifications.tell(db, target["id"], "follow_request", follower["id"], None, now)
    logger.info("follow kept", follower=follower["uri"], target=target["uri"], new=new)


def left(db: Database, follower: Row, target: Row) -> None:
    """A peer's member follows our actor no more."""
    if follows.end(db, follower["id"], target["id"]) is not None:
        for kind in ("follow", "follow_request"):
            notifications.withdraw(db, target["id"], kind, follower["id"], None)


def ask(db: Database, follower: Row, target: Row, now: int, *, boosts: bool | None = None,
        notify: bool | None = None, languages: list[str] | None = None) -> Row:  # fmt: skip
    """Our actor follows the target, or has asked to; the follow as it stands.

    Raises Forbidden between actors that block each other, Invalid for oneself.
    """
    if follower["id"] == target["id"]:
        raise Invalid("You cannot follow yourself.")
    if blocks.between(db, follower["id"], target["id"]) or target["gone"]:
        raise Forbidden("This action is not allowed")
    known = follows.get(db, follower["id"], target["id"])
    new = known is None
    known = known or _begin(db, follower, target, now)
    follows.choose(db, follower["id"], target["id"], boosts=boosts, notify=notify, languages=languages)
    if new and known["state"] == "accepted":
        timelines.start_following(db, follower["id"], target["id"])
    elif languages:
        timelines.keep_languages(db, follower["id"], target["id"])
    return follows.get(db, follower["id"], target["id"]) or known


def _begin(db: Database, follower: Row, target: Row, now: int) -> Row:
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    at_once = bool(target["local"]) and not target["approves"]
    follows.keep(db, follower["id"], target["id"], uri, at_once, now)
    if target["local"]:
        notifications.tell(db, target["id"], "follow" if at_once else "follow_request", follower["id"], None, now)
    else:
        speak.say(db, follower, "Follow", target["uri"], audience.inbox_of(db, target), now,
                  to=[target["uri"]], uri=uri, identifier=number)  # fmt: skip
    found = follows.get(db, follower["id"], target["id"])
    assert found is not None
    return found


def end(db: Database, follower: Row, target: Row, now: int) -> None:
    """Our actor follows the target no more, nor asks to."""
    known = follows.end(db, follower["id"], target["id"])
    if known is None:
        return
    timelines.unmerge(db, follower["id"], target["id"])
    if target["local"]:
        for kind in ("follow", "follow_request"):
            notifications.withdraw(db, target["id"], kind, follower["id"], None)
    else:
        undone = document(known["activity"], follower["uri"], target["uri"])
        speak.say(db, follower, "Undo", undone, audience.inbox_of(db, target), now, to=[target["uri"]])


def authorize(db: Database, target: Row, follower: Row, now: int) -> bool:
    """Our actor lets the follower in; false when it never asked."""
    known = follows.get(db, follower["id"], target["id"])
    if known is None or not follows.accept(db, follower["id"], target["id"]):
        return False
    notifications.withdraw(db, target["id"], "follow_request", follower["id"], None)
    if follower["local"]:
        timelines.start_following(db, follower["id"], target["id"])
    else:
        _answer(db, "Accept", target, follower, known["activity"], now)
    notifications.tell(db, target["id"], "follow", follower["id"], None, now)
    return True


def reject(db: Database, target: Row, follower: Row, now: int) -> bool:
    """The follower is not let in, or put out again; false when there was nothing to refuse."""
    known = follows.end(db, follower["id"], target["id"])
    if known is None:
        return False
    notifications.withdraw(db, target["id"], "follow_request", follower["id"], None)
    if follower["local"]:
        timelines.unmerge(db, follower["id"], target["id"])
    else:
        _answer(db, "Reject", target, follower, known["activity"], now)
    return True


def document(uri: str, follower: str, target: str, kind: str = "Follow") -> dict[str, Any]:
    """The Follow, or Join, as it stands inside its answers."""
    found = {"id": uri, "type": kind, "actor": follower, "object": target}
    return found if uri else {key: value for key, value in found.items() if key != "id"}


def _answer(db: Database, kind: str, target: Row, follower: Row, uri: str, now: int, *, asked: str = "Follow") -> None:
    inner = document(uri, follower["uri"], target["uri"], asked)
    speak.say(db, target, kind, inner, audience.inbox_of(db, follower), now, to=[follower["uri"]])
