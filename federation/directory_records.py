"""What peers say of their associations, taken into the directory: each record from its own host alone."""

import json
from typing import Any

from federation import association_layer
from federation import vocabulary as v
from federation.activity import Activity
from node import settings
from node.network import listed
from node.people import actors
from node.store import Database, Row

MOST = 50  # records in one activity


def address_of(application: Row) -> str:
    """The address of a peer's directory, on its own host; '' without one."""
    found = json.loads(application["details"]).get("document", {}).get("asso:directory")
    if (
        application["type"] != "Application"
        or not isinstance(found, str)
        or v.host(found) != v.host(application["uri"])
    ):
        return ""
    return found


def take(db: Database, activity: Activity, at: int) -> bool:
    """Whether it was a change of a peer's directory; it is taken in when we read that directory and the record is its own."""
    target = v.one_id(activity.document.get("target"))
    application = actors.by_uri(db, activity.actor)
    if application is None or application["type"] != "Application" or not target:
        return False
    known = listed.peer(db, application["id"])
    if known is None or known["directory"] != target:
        return target == address_of(application)
    for one in v.as_list(activity.object)[:MOST]:
        if isinstance(one, dict):
            keep(db, one, v.host(activity.actor), application["id"], at, removed=activity.type == "Remove")
    return True


def keep(db: Database, document: dict[str, Any], host: str, lister: int, at: int, *, removed: bool = False) -> None:
    """One record of the host's directory is known; of another host's association it may say nothing.

    lister: the Application whose directory it is.
    """
    uri = v.one_id(document)
    if v.host(uri) != host:
        return
    if removed or v.type_of(document) == "Tombstone":
        known = listed.by_uri(db, uri)
        if known is not None and known["host"] == host:
            listed.forget(db, uri, at)
        return
    actor = actors.by_uri(db, uri)
    record = association_layer.read(document, at, actor=actor)
    if record is not None and v.check_uri(uri, settings.get(db, "development")):
        listed.keep(db, record, at)
    listed.saw(db, uri, lister, at)
