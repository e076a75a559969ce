"""A topic is moved to another forum of its server, or taken out of one (FEP-f15d; NodeBB, PieFed, Lemmy).

    {"type":"Move","id","actor":M,"object":topic,"origin":G,"target":G2,"to":[Public],"cc":[G,G2]}
    {"type":"Remove","id","actor":M,"object":topic,"target":G,"to":[Public],"cc":[G]}

object is the first post, or the conversation that it names.  Told by the Group; where
that lists no moderators, by somebody of its server.  What leaves for another server
leaves the Group, and nothing comes into a forum of ours so.
"""

from dataclasses import dataclass
from typing import Any

from federation import acts
from federation import vocabulary as v
from federation.activity import Activity
from node import log
from node.network import topics
from node.people import actors
from node.posts import posts
from node.store import Database, Row

logger = log.Log("federation.relocating")


@dataclass(frozen=True, slots=True)
class Move:
    """A topic on its way from a Group to another, None: to no other."""

    topic: Row
    origin: Row
    target: Row | None


def read(db: Database, document: dict[str, Any]) -> Move | None:
    """The move that an activity is; None for what is none, or is of nothing that we have."""
    kind = v.type_of(document)
    named = document.get("origin" if kind == "Move" else "target")
    origin = actors.by_uri(db, v.one_id(named)) if kind in ("Move", "Remove") else None
    if origin is None or origin["type"] != "Group" or origin["local"]:
        return None
    about = v.one_id(document.get("object"))
    topic = posts.by_uri(db, about) or topics.by_context(db, origin["id"], about)
    if topic is None or topic["place"] != origin["id"] or topic["id"] != topic["thread"]:
        return None
    target = actors.by_uri(db, v.one_id(document.get("target"))) if kind == "Move" else None
    stays = target is not None and target["type"] == "Group" and v.host(target["uri"]) == v.host(origin["uri"])
    return Move(topic, origin, target if stays else None)


def needs(db: Database, document: dict[str, Any]) -> list[str]:
    """The forum where a topic that we have goes, when it is unknown."""
    found = read(db, document) if v.type_of(document) == "Move" else None
    uri = v.one_id(document.get("target"))
    if found is None or found.target is not None or v.host(uri) != v.host(found.origin["uri"]):
        return []
    return [uri] if actors.by_uri(db, uri) is None else []


def receive(db: Database, activity: Activity) -> bool:
    """Whether it was a move told by somebody who decides there by herself: then it is done."""
    found, actor = read(db, activity.document), actors.by_uri(db, activity.actor)
    if found is None or actor is None or not acts.speaks_for(found.origin, actor):
        return False
    return _do(db, found)


def vouched(db: Database, place: Row, document: dict[str, Any]) -> bool:
    """Whether the Group passed on a move of a topic of its own by somebody who decides there: then it is done."""
    found, actor = read(db, document), actors.by_uri(db, v.one_id(document.get("actor")))
    if found is None or actor is None or found.origin["id"] != place["id"] or not acts.decides(db, place, actor):
        return False
    return _do(db, found)


def _do(db: Database, move: Move) -> bool:
    topics.move(db, move.topic, move.target["id"] if move.target is not None else None)
    logger.info("topic moved", topic=move.topic["uri"], origin=move.origin["uri"],
                target=move.target["uri"] if move.target is not None else "")  # fmt: skip
    return True
