"""What peers say of their associations, taken into the directory: each record from its own host alone."""

import json
from typing import Any

from federation import association_layer, proofs
from federation import vocabulary as v
from federation.activity import Activity
from keys import pair
from node import hosts, ids, settings
from node.network import listed
from node.people import actor_keys, actors
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
    """One record of the host's directory is known; of another host's association it says what that has proven itself.

    lister: the Application whose directory it is.
    """
    uri = v.one_id(document)
    if v.host(uri) != host:
        if not removed:
            _keep_passed_on(db, document, uri, at)
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


# ── passed on ─────────────────────────────────────────────────────────────────


def needs(db: Database, activity: Activity) -> list[str]:
    """Associations elsewhere whose own words a directory that we read passes on, and whose keys we do not know."""
    application = actors.by_uri(db, activity.actor)
    if application is None or application["type"] != "Application" or listed.peer(db, application["id"]) is None:
        return []
    return strangers(db, v.as_list(activity.object)[:MOST], v.host(activity.actor))


def strangers(db: Database, records: list[Any], host: str) -> list[str]:
    """Of these records' associations those of other hosts that signed them with a key that we do not know."""
    found = []
    for one in records:
        uri = v.one_id(one) if isinstance(one, dict) else ""
        method = proofs.claimed_method(one) if isinstance(one, dict) else ""
        foreign = bool(method) and v.host(uri) not in ("", host) and v.host(method) == v.host(uri)
        if foreign and _is_elsewhere(db, uri) and actor_keys.find(db, method) is None:
            found.append(uri)
    return list(dict.fromkeys(found))


def _keep_passed_on(db: Database, document: dict[str, Any], uri: str, at: int) -> None:
    """The record holds where its own association signed it, whoever brought it; it goes when that says so, not with the list."""
    key = actor_keys.find(db, proofs.claimed_method(document))
    public = pair.read_public(key["public"]) if key is not None and key["owner"] == uri and not key["gone"] else None
    if public is None or not _is_elsewhere(db, uri) or not proofs.holds(document, public, ids.moment(at)):
        return
    record = association_layer.read(document, at, actor=actors.by_uri(db, uri))
    known = listed.by_uri(db, uri)
    if record is not None and known is not None and known["gone"] is not None and record.updated <= known["updated"]:
        return  # its own server took it back since
    if record is not None and v.check_uri(uri, settings.get(db, "development")):
        listed.keep(db, record, at)


def _is_elsewhere(db: Database, uri: str) -> bool:
    """Whether it lies on another server than ours, and on none that we do not speak with."""
    host = v.host(uri)
    return host != v.host(settings.get(db, "origin")) and not hosts.refuses(db, host)
