"""Who may recommend an actor of ours in a collection of hers, and our leave for it (FEP-7aa9, Mastodon 4.6).

    "interactionPolicy":{"canFeature":{"automaticApproval":[Public]}}     of an actor that wants to be found, else [itself]
    {"id":"ACTOR/features/…","type":"FeatureAuthorization","interactionTarget":ACTOR,"interactingObject":"the collection"}

Whoever wants to be found may be recommended by everybody, so our leave needs no row: its address
holds the collection's, and it is gone for all collections once she does not want to be found any more.
"""

import base64
import binascii
from typing import Any

from federation import vocabulary as v
from node.errors import Invalid, NotFound
from node.people import blocks
from node.store import Database, Row

PATH = "features"
LONGEST = 1000  # characters of a collection's address


def policy(actor: Row) -> dict[str, Any]:
    """What the actor's document says of it."""
    return {"canFeature": {"automaticApproval": [v.PUBLIC if _is_open(actor) else actor["uri"]]}}


def allows(db: Database, actor: Row, asker: Row, collection: str) -> bool:
    """Whether our actor is one whom the asker may recommend in this collection of her server."""
    return (
        _is_open(actor)
        and 0 < len(collection) <= LONGEST
        and v.host(collection) == v.host(asker["uri"])
        and not blocks.between(db, asker["id"], actor["id"])
    )


def leave_uri(actor: Row, collection: str) -> str:
    """Where our leave for this collection stands."""
    return f"{actor['uri']}/{PATH}/{base64.urlsafe_b64encode(collection.encode()).decode().rstrip('=')}"


def leave(actor: Row, name: str, development: bool) -> dict[str, Any]:
    """Our leave with this last part of an address.  Raises NotFound: she does not want to be found, or it names nothing."""
    try:
        collection = v.check_uri(base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode("ascii"), development)
    except (ValueError, binascii.Error, Invalid) as error:
        raise NotFound("Record not found") from error
    if not _is_open(actor) or len(collection) > LONGEST or leave_uri(actor, collection).rpartition("/")[2] != name:
        raise NotFound("Record not found")
    return v.with_context({
        "id": leave_uri(actor, collection), "type": "FeatureAuthorization", "attributedTo": actor["uri"],
        "interactionTarget": actor["uri"], "interactingObject": collection,
    })  # fmt: skip


def _is_open(actor: Row) -> bool:
    return bool(actor["discoverable"]) and not actor["approves"] and actor["type"] != "Application"
