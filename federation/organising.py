"""Who organises an event together with its author, as its document says it, and how we come to believe it.

    "asso:partner":[{"type":"asso:Partnership","actor":"ORG","asso:role":"organising","asso:state":"accepted",
                     "asso:agreement":"id of its Accept, on its own host"}]

Mobilizon and the others pass over it; `schema:organizer` names the same associations in plain words.
"""

from typing import Any

from federation import agreements
from federation import vocabulary as v
from node import letters, queue, settings
from node.network import organisers
from node.people import actors
from node.posts import posts
from node.store import Database, Row

CHECK = "check organiser"  # the task that asks an association's server for its Accept
ROLE = "organising"


def layer(db: Database, post: Row) -> dict[str, Any]:
    """What stands in the document of our event."""
    found = organisers.confirmed(db, post["id"]) if post["local"] else []
    if not found:
        return {}
    return {"asso:partner": [
        {"type": "asso:Partnership", "actor": one["uri"], "asso:role": ROLE, "asso:state": "accepted",
         "asso:agreement": one["agreement"]}
        for one in found
    ]}  # fmt: skip


def owners(db: Database, event: Row) -> set[str]:
    """Who may ask for it: its author, and the association that she wrote it for, on her server."""
    author = actors.get(db, event["author"])["uri"]
    behalf = posts.details(event).get("asso:onBehalfOf")
    if event["on_behalf"] is not None:
        behalf = actors.get(db, event["on_behalf"])["uri"]
    same = isinstance(behalf, str) and v.host(behalf) == v.host(author)
    return {author, behalf} if isinstance(behalf, str) and same else {author}


def heed(db: Database, event: Row, at: int) -> None:
    """Those whom a peer's event names are shown with it as soon as their own word is seen."""
    if event["local"] or event["kind"] != "event":
        return
    named: list[str] = []
    for one in v.as_list(posts.details(event).get("asso:partner"))[: organisers.MOST]:
        uri, agreement = (one.get("actor"), one.get("asso:agreement")) if isinstance(one, dict) else (None, None)
        if not isinstance(uri, str) or not isinstance(agreement, str) or one.get("asso:role") != ROLE:
            continue
        if not v.is_web(uri) or not v.is_web(agreement) or v.host(agreement) != v.host(uri) or uri in named:
            continue
        named.append(uri)
        known = actors.by_uri(db, uri)
        organisers.claim(db, event["id"], uri, known["id"] if known is not None else None, agreement, at)
        kept = organisers.get(db, event["id"], uri)
        if kept is not None and kept["confirmed"] is None and kept["state"] == "accepted":
            _check(db, event, kept, at)
    organisers.drop_others(db, event["id"], named)


def _check(db: Database, event: Row, kept: Row, at: int) -> None:
    """The Accept of one of ours lies here; another's is asked for by a task."""
    letter = letters.by_uri(db, kept["agreement"])
    if letter is not None:
        if letter["public"] and agrees(db, v.read_json(letters.body(letter)), kept, event):
            organisers.confirm(db, event["id"], kept["uri"], None, at)
        return
    if v.host(kept["agreement"]) == v.host(settings.get(db, "origin")):
        return  # ours never said so
    body = {"post": event["id"], "partner": kept["uri"], "agreement": kept["agreement"]}
    queue.enqueue(db, CHECK, body, at, name=f"{CHECK} {event['id']} {kept['uri']}")


def agrees(db: Database, accept: dict[str, Any], kept: Row, event: Row) -> bool:
    """Whether this is the association's Accept of an Offer by the event's owner to organise this very event."""
    return agreements.holds(accept, kept, owners(db, event), "asso:event", event["uri"])
