"""Activities: only from someone proven.

An Activity is made in four ways, all here: spoken by the actor who signed the
request, proved by the actor's own integrity proof, fetched from the actor's own
server, or, of a vote, signed by a Group of that server.  Handlers take nothing else,
so nothing unsigned reaches them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation import proofs
from federation import vocabulary as v
from federation.signatures import Key, Signer
from node.errors import Invalid, Unproven

MOST_VALUES = 10_000  # in what anybody may send us, before it is known who
DEEPEST = 5  # Announce of an Undo of a Delete of a Page, and one for whoever invents more


@dataclass(frozen=True, slots=True)
class Activity:
    """What an actor says, truly.  through: the Group whose Announce brought it, '' when nobody's."""

    id: str
    type: str
    actor: str
    object: Any
    document: dict[str, Any]
    through: str = ""

    @property
    def object_id(self) -> str:
        """The id of what it is about; '' when that has none."""
        return v.one_id(self.object)

    @property
    def embedded(self) -> dict[str, Any]:
        """The object, when it came along; {} when only its id did."""
        for one in v.as_list(self.object):
            if isinstance(one, dict):
                return one
        return {}


@dataclass(frozen=True, slots=True)
class Heard:
    """What stands in a body, before anybody acts on it.  own: the signer is the actor."""

    name: str  # unique: who sent it, and its id where that is the sender's to give, else a hash; '' while that is unproven
    id: str
    type: str
    actor: str
    own: bool
    document: dict[str, Any]


def hear(body: bytes, signer: Signer | None, development: bool, document: dict[str, Any] | None = None) -> Heard:
    """The outline of a body; document is what it was read as, where it was read before.

    Raises Invalid for what is no activity: no JSON object, a foreign @context, no type,
    not exactly one actor, an id of another host.
    """
    document = v.read_json(body, MOST_VALUES) if document is None else document
    if not v.same_context(document):
        raise Invalid("This is not ActivityPub.")
    kind = v.type_of(document, v.ACTIVITIES)
    actors = v.all_ids(document.get("actor"))
    if not kind or not actors:
        raise Invalid("This is no activity: it needs a type and an actor.")
    if len({v.host(one) for one in actors}) > 1:
        raise Invalid("An activity has one actor.")
    if signer is not None and signer.actor in actors:
        actor = signer.actor
    elif len(actors) == 1 or signer is None:
        actor = actors[0]
    else:
        raise Invalid("An activity has one actor.")
    v.check_uri(actor, development)
    identifier = document.get("id")
    if identifier is None or identifier == "":
        identifier = ""
    elif not isinstance(identifier, str) or v.host(v.check_uri(identifier, development, fragment=True)) != v.host(
        actor
    ):
        raise Invalid("This activity has an id of another server.")
    own = signer is not None and signer.actor == actor
    name = _name(signer, identifier if own else "", kind, body) if signer is not None else ""
    return Heard(name, identifier, kind, actor, own, document)


def heard_from(outline: Heard, signer: Signer, body: bytes, development: bool) -> Heard:
    """The same body, now that its signer is proven."""
    if len(v.all_ids(outline.document.get("actor"))) > 1:
        return hear(body, signer, development, outline.document)
    own = signer.actor == outline.actor
    name = _name(signer, outline.id if own else "", outline.type, body)
    return Heard(name, outline.id, outline.type, outline.actor, own, outline.document)


def _name(signer: Signer, identifier: str, kind: str, body: bytes) -> str:
    """Who sent it and what: nobody can use up an id of her neighbour's.

    Gancio gives all that it says of an event one id: there a Delete, and each other Update, is news.
    """
    if not identifier or kind == "Update":
        identifier = f"{identifier} {hashlib.sha256(body).hexdigest()}".strip()
    return f"{signer.actor} {identifier}{' Delete' if kind == 'Delete' else ''}"


def nested(document: dict[str, Any]) -> int:
    """How many objects stand in one another; what people send has three or four."""
    found: Any = document
    depth = 0
    while isinstance(found, dict) and depth <= DEEPEST:
        found = next(iter(v.as_list(found.get("object"))), None)
        depth += 1
    return depth


def spoken(heard: Heard, signer: Signer) -> Activity:
    """What the signer said in its own name.  Raises Unproven when it was in another's."""
    if not heard.own or heard.actor != signer.actor:
        raise Unproven("This was said by another than its actor.", signer=signer.actor, actor=heard.actor)
    return _made(heard.document, heard.actor, heard.id, "")


def proved(document: dict[str, Any], key: Key, now: datetime, *, through: str = "") -> Activity:
    """What the actor said with an integrity proof, whoever brought it.

    Raises Unproven when the key is not the actor's or the proof does not hold.
    """
    actor = v.one_id(document.get("actor"))
    if key.owner != actor or not proofs.holds(document, key.public, now):
        raise Unproven("The proof of this activity does not hold.", actor=actor)
    identifier = document.get("id")
    if not isinstance(identifier, str) or v.host(identifier) != v.host(actor):
        raise Unproven("This activity has an id of another server.", actor=actor)
    return _made(document, actor, identifier, through)


def vouched(document: dict[str, Any], place: str) -> Activity:
    """What somebody of a Group's own server did there, as the Group passed it on: who signs for one signs for the other.

    Raises Unproven for an actor of another server.
    """
    actor = v.one_id(document.get("actor"))
    if not actor or v.host(actor) != v.host(place):
        raise Unproven("This was passed on by another server than its actor's.", actor=actor)
    identifier = v.one_id(document)
    return _made(document, actor, identifier if v.host(identifier) == v.host(actor) else "", place)


def fetched(kind: str, found: dict[str, Any], served_by: str, *, through: str = "") -> Activity:
    """An object read from its own server, as its author's Create or Update of it.

    found must have been served by its own id (federation/fetch.document); served_by is
    that address.  Raises Unproven when its author lives elsewhere.
    """
    author = _author(found, served_by)
    return Activity("", kind, author, found, {"type": kind, "actor": author, "object": found}, through)


def fetched_activity(found: dict[str, Any], served_by: str) -> Activity:
    """An activity read from its own server.  Raises Unproven when its actor lives elsewhere."""
    actor = v.one_id(found.get("actor"))
    if not actor or v.host(actor) != v.host(served_by) or v.one_id(found) != served_by:
        raise Unproven("This activity was served by another than its actor.", actor=actor)
    return _made(found, actor, served_by, "")


def listed(found: dict[str, Any], outbox: str) -> Activity:
    """An activity that stands in its actor's own outbox.  Raises Unproven when the outbox lies elsewhere."""
    actor = v.one_id(found.get("actor"))
    if not actor or v.host(actor) != v.host(outbox):
        raise Unproven("This activity was served by another than its actor.", actor=actor)
    identifier = v.one_id(found)
    return _made(found, actor, identifier if v.host(identifier) == v.host(actor) else "", "")


def _author(found: dict[str, Any], served_by: str) -> str:
    """The author of an object: of several on its host, a Person first (PeerTube names channel and person)."""
    listed = [one for one in v.as_list(found.get("attributedTo")) if v.one_id(one)]
    people = [one for one in listed if isinstance(one, dict) and v.type_of(one) == "Person"]
    # Mobilizon: `actor` is the person, `attributedTo` the group in whose name she writes
    for one in [*people, *v.as_list(found.get("actor")), *listed]:
        identifier = v.one_id(one)
        if v.host(identifier) == v.host(served_by):
            return identifier
    raise Unproven("This was written by somebody of another server.", url=served_by)


def _made(document: dict[str, Any], actor: str, identifier: str, through: str) -> Activity:
    return Activity(identifier, v.type_of(document, v.ACTIVITIES), actor, document.get("object"), document, through)
