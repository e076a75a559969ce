"""Move: an actor lives elsewhere from now on.

    {"type":"Move","id","actor":OLD,"object":OLD,"target":NEW,"to":[OLD/followers],"cc":[]}

(Of a topic, from one forum to another: federation/relocating.)  What it says is true only if NEW says so too, in `alsoKnownAs`: both documents are asked
for again (federation/moving) before anybody follows the new one.
"""

from federation import relocating
from federation import vocabulary as v
from federation.activity import Activity
from node import queue
from node.people import actors, follows
from node.store import Database


def needs(db: Database, activity: Activity) -> list[str]:
    """The forum to which a topic goes, when it is unknown."""
    return relocating.needs(db, activity.document)


def receive(db: Database, activity: Activity, now: int) -> None:
    """The move will be looked into, when somebody here follows the actor; another's move does nothing."""
    if relocating.receive(db, activity):
        return
    target = v.one_id(activity.document.get("target"))
    actor = actors.by_uri(db, activity.actor)
    if actor is None or actor["local"] or activity.object_id != activity.actor or not target:
        return
    if target != activity.actor and follows.followed_here(db, actor["id"]):
        queue.enqueue(db, "move", {"actor": actor["uri"], "target": target}, now, name=f"move {actor['id']} {target}")
