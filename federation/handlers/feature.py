"""FeatureRequest: somebody elsewhere wants to recommend an actor of ours in a collection (FEP-7aa9).

{"type":"FeatureRequest","id","actor":A,"object":OURS,"instrument":"the collection, on A's server","to":[OURS]}
"""

from federation import audience, features, speak
from federation import vocabulary as v
from federation.activity import Activity
from node.people import actors
from node.store import Database


def needs(db: Database, activity: Activity) -> list[str]:
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """Accept with our leave, or Reject; asked again, it is answered again."""
    target, asker = actors.by_uri(db, activity.object_id), actors.by_uri(db, activity.actor)
    if target is None or not target["local"] or target["gone"] or asker is None:
        return
    collection = v.one_id(activity.document.get("instrument"))
    allowed = features.allows(db, target, asker, collection)
    request = {"id": activity.id, "type": "FeatureRequest", "actor": activity.actor, "object": target["uri"],
               "instrument": collection[: features.LONGEST]}  # fmt: skip
    extra = {"result": features.leave_uri(target, collection)} if allowed else {}
    speak.say(db, target, "Accept" if allowed else "Reject", request, audience.inbox_of(db, asker), now,
              to=[asker["uri"]], extra=extra)  # fmt: skip
