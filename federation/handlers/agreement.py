"""An agreement: an association is asked by an Offer to be partner in something, answers, and it ends by either's word.

    {"type":"Offer","id","actor":OWNER,"object":{"type":"asso:Partnership","actor":PARTNER,"asso:role",TERM:MATTER},
     "target":PARTNER,"to":[PARTNER]}
    {"type":"Accept","id","actor":PARTNER,"object":{the Offer, whole},"to":[OWNER],"cc":[Public]}
    {"type":"Undo","actor":PARTNER,"object":{the Accept}}     {"type":"Remove","actor":OWNER,"object":PARTNER,"origin":MATTER}

TERM is `asso:project` (handlers/partnership) or `asso:event` (handlers/organise).  The Accept can be read at its id
for as long as the agreement holds: whoever is told of the partner asks there whether it is true.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from federation import audience, speak
from federation import vocabulary as v
from federation.activity import Activity
from node import ids, letters, log, settings
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.people import actors, blocks, memberships
from node.posts import notifications
from node.store import Database, Row

logger = log.Log("federation.handlers.agreement")
NOTICE = "partner"
STANDS = ("asked", "accepted")


class Table(Protocol):
    """The file of node/network that keeps how it stands with each association."""

    def get(self, db: Database, matter: int, uri: str, /) -> Row | None: ...
    def by_offer(self, db: Database, offer: str, /) -> Row | None: ...
    def by_agreement(self, db: Database, agreement: str, /) -> Row | None: ...
    def answer(self, db: Database, matter: int, uri: str, state: str, agreement: str, now: int, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """What associations agree on: projects, or events.  A matter is one of them."""

    term: str  # how a Partnership names the matter
    key: str  # the column of the table that holds its id
    table: Table
    find: Callable[[Database, str], Row | None]  # the matter of a URI
    get: Callable[[Database, int], Row]
    owners: Callable[[Database, Row], Collection[str]]  # URIs of who may ask, and end it
    owner: Callable[[Database, Row], Row]  # in whose name it is asked; raises NotFound where nobody is known
    role: Callable[[Row], str]  # of a row of the table
    ask: Callable[[Database, Row, Row, str, str, int], None]  # matter, partner, role, the Offer's id, now
    settle: Callable[[Database, Row, str, str, int], None]  # what else an answer changes: matter, URI, state, now
    refuses_strangers: str  # the sentence for who asks and is no owner
    wants_another: str  # and for who is asked and is no other association


# ── what peers say ────────────────────────────────────────────────────────────


def named(kind: Kind, activity: Activity) -> str:
    """The URI of the matter that an Offer is about; '' when it is about none of this kind."""
    offered = activity.embedded
    return v.one_id(offered.get(kind.term)) if v.type_of(offered) == "asso:Partnership" else ""


def needs(db: Database, kind: Kind, activity: Activity) -> list[str]:
    """The matter, when it is unknown and lies on the server of who asks."""
    uri = named(kind, activity)
    return [uri] if v.host(uri) == v.host(activity.actor) and kind.find(db, uri) is None else []


def receive(db: Database, kind: Kind, activity: Activity, now: int) -> None:
    """Our association is asked: it waits for its people.  Raises Invalid, and Forbidden unless its owner asks."""
    offered, target = activity.embedded, v.one_id(activity.document.get("target"))
    matter, owner, partner = (
        kind.find(db, named(kind, activity)), actors.by_uri(db, activity.actor), actors.by_uri(db, target)
    )  # fmt: skip
    if partner is None or not partner["local"] or partner["type"] != "Organization" or partner["gone"]:
        raise Invalid("They do not live here.", target=target)
    if matter is None or matter["local"] or owner is None or owner["uri"] not in kind.owners(db, matter):
        raise Forbidden(kind.refuses_strangers, actor=activity.actor)
    if v.one_id(offered.get("actor")) != partner["uri"] or not activity.id:
        raise Invalid("This offer names another partner.", target=partner["uri"])
    known = kind.table.get(db, matter["id"], partner["uri"])
    if blocks.between(db, owner["id"], partner["id"]) or (known is not None and known["offer"] == activity.id):
        return
    role = offered.get("asso:role")
    kind.ask(db, matter, partner, role if isinstance(role, str) else "", activity.id, now)
    _tell_owners(db, partner, owner, now)
    logger.info("partnership offered", matter=matter["uri"], partner=partner["uri"])


def accepted(db: Database, kind: Kind, activity: Activity, now: int) -> bool:
    """Whether it was the answer to such an Offer of ours: then the association is a partner, confirmed."""
    asked = _answered(db, kind, activity)
    if asked is not None and asked["state"] == "asked" and activity.id:
        _settle(db, kind, asked, "accepted", activity.id, now)
    return asked is not None


def rejected(db: Database, kind: Kind, activity: Activity, now: int) -> bool:
    """Whether it was the refusal of such an Offer of ours."""
    asked = _answered(db, kind, activity)
    if asked is not None and asked["state"] in STANDS:
        _settle(db, kind, asked, "rejected", "", now)
    return asked is not None


def undone(db: Database, kind: Kind, activity: Activity, now: int) -> bool:
    """Whether a partner took its Accept back, or an owner its Offer: then it is over."""
    found = kind.table.by_agreement(db, activity.object_id)
    if found is not None and found["uri"] == activity.actor:
        return _over(db, kind, found, now)
    found = kind.table.by_offer(db, activity.object_id)
    if found is not None and activity.actor in kind.owners(db, kind.get(db, found[kind.key])):
        return _over(db, kind, found, now)
    return False


def removed(db: Database, kind: Kind, activity: Activity, now: int) -> bool:
    """Whether a Remove named a partner and its matter: then, by either side, it is over."""
    matter = kind.find(db, v.one_id(activity.document.get("origin")))
    found = kind.table.get(db, matter["id"], activity.object_id) if matter is not None else None
    if matter is None or found is None:
        return False
    if activity.actor in {found["uri"], *kind.owners(db, matter)}:
        _over(db, kind, found, now)
    return True


def _answered(db: Database, kind: Kind, activity: Activity) -> Row | None:
    """What the one we asked answers, of a matter of ours; None for anybody else's word."""
    asked = kind.table.by_offer(db, activity.object_id)
    if asked is None or asked["uri"] != activity.actor or not kind.get(db, asked[kind.key])["local"]:
        return None
    inner = activity.embedded
    return None if inner and v.one_id(inner.get("target")) not in ("", activity.actor) else asked


# ── what people here do ───────────────────────────────────────────────────────


def ask(db: Database, kind: Kind, matter: Row, partner: Row, role: str, now: int) -> str:
    """The Offer's id: the association is asked to be partner in a matter of ours; whoever calls knows that she may.

    Raises Invalid for what is no other association, Forbidden between blocked, Conflict when it
    was asked or has agreed already.
    """
    owner = kind.owner(db, matter)
    if partner["type"] != "Organization" or partner["gone"] or partner["id"] == owner["id"]:
        raise Invalid(kind.wants_another)
    if blocks.between(db, owner["id"], partner["id"]):
        raise Forbidden("This action is not allowed")
    known = kind.table.get(db, matter["id"], partner["uri"])
    if known is not None and known["state"] in STANDS:
        raise Conflict("This association was asked already.")
    number, uri = _new(db, now)
    kind.ask(db, matter, partner, role, uri, now)
    speak.say(db, owner, "Offer", _partnership(kind, matter, partner["uri"], role), audience.inbox_of(db, partner), now,
              to=[partner["uri"]], uri=uri, identifier=number, extra={"target": partner["uri"]})  # fmt: skip
    if partner["local"]:
        _tell_owners(db, partner, owner, now)
    return uri


def must_be_asked(db: Database, kind: Kind, matter: Row, partner: Row, refused: str) -> Row:
    """How it stands with our association, which was asked and has not answered.  Raises NotFound with this sentence."""
    asked = kind.table.get(db, matter["id"], partner["uri"])
    if asked is None or asked["state"] != "asked":
        raise NotFound(refused)
    return asked


def accept(db: Database, kind: Kind, asked: Row, partner: Row, now: int) -> str:
    """The Accept's id: our association, which was asked, is a partner from now on."""
    matter = kind.get(db, asked[kind.key])
    owner, (number, uri) = kind.owner(db, matter), _new(db, now)
    speak.say(db, partner, "Accept", _offer(kind, matter, owner, asked), audience.inbox_of(db, owner), now,
              to=[owner["uri"]], cc=[v.PUBLIC], uri=uri, identifier=number)  # fmt: skip
    _forget_notice(db, partner, owner)
    _settle(db, kind, asked, "accepted", uri, now)
    return uri


def reject(db: Database, kind: Kind, asked: Row, partner: Row, now: int) -> None:
    """Our association, which was asked, declines."""
    matter = kind.get(db, asked[kind.key])
    owner = kind.owner(db, matter)
    offered = _offer(kind, matter, owner, asked)
    speak.say(db, partner, "Reject", offered, audience.inbox_of(db, owner), now, to=[owner["uri"]])
    _forget_notice(db, partner, owner)
    _settle(db, kind, asked, "rejected", "", now)


def end(db: Database, kind: Kind, matter: Row, uri: str, now: int) -> None:
    """The association is no partner in our matter any more, or is asked no more, and hears of it.  Raises NotFound."""
    found, partner = _standing(db, kind, matter, uri, STANDS), actors.by_uri(db, uri)
    inboxes = audience.inbox_of(db, partner) if partner is not None else set()
    owner = kind.owner(db, matter)
    speak.say(db, owner, "Remove", uri, inboxes, now, to=[uri], extra={"origin": matter["uri"]})
    _over(db, kind, found, now)


def leave(db: Database, kind: Kind, matter: Row, partner: Row, now: int) -> None:
    """Our association is no partner any more, and the owner hears of it.  Raises NotFound when it is none."""
    found, owner = _standing(db, kind, matter, partner["uri"], ("accepted",)), kind.owner(db, matter)
    undone_ = {"id": found["agreement"], "type": "Accept", "actor": partner["uri"], "object": found["offer"]}
    speak.say(db, partner, "Undo", undone_, audience.inbox_of(db, owner), now, to=[owner["uri"]])
    _over(db, kind, found, now)


def _standing(db: Database, kind: Kind, matter: Row, uri: str, states: tuple[str, ...]) -> Row:
    found = kind.table.get(db, matter["id"], uri)
    if found is None or found["state"] not in states:
        raise NotFound("There is no such partnership.")
    return found


def _new(db: Database, now: int) -> tuple[int, str]:
    number = ids.new(now)
    return number, f"{settings.get(db, 'origin')}/activities/{number}"


def _partnership(kind: Kind, matter: Row, partner: str, role: str) -> dict[str, Any]:
    return {"type": "asso:Partnership", "actor": partner, "asso:role": role, kind.term: matter["uri"]}


def _offer(kind: Kind, matter: Row, owner: Row, asked: Row) -> dict[str, Any]:
    """The Offer as it stands inside its answers."""
    return {"id": asked["offer"], "type": "Offer", "actor": owner["uri"], "target": asked["uri"],
            "object": _partnership(kind, matter, asked["uri"], kind.role(asked))}  # fmt: skip


# ── what follows ──────────────────────────────────────────────────────────────


def _over(db: Database, kind: Kind, found: Row, now: int) -> bool:
    """It is over; an Accept of ours is not shown at its id any more."""
    if found["state"] in STANDS:
        letter = letters.by_uri(db, found["agreement"]) if found["agreement"] else None
        if letter is not None:
            letters.show(db, letter["id"], False)
        _settle(db, kind, found, "ended", found["agreement"], now)
    return True


def _settle(db: Database, kind: Kind, found: Row, state: str, agreement: str, now: int) -> None:
    """It stands so from now on; the people of who asked here hear of the answer."""
    kind.table.answer(db, found[kind.key], found["uri"], state, agreement, now)
    matter, partner = kind.get(db, found[kind.key]), actors.by_uri(db, found["uri"])
    kind.settle(db, matter, found["uri"], state, now)
    if matter["local"] and partner is not None:
        _tell_owners(db, kind.owner(db, matter), partner, now)


def _tell_owners(db: Database, told: Row, origin: Row, now: int) -> None:
    """Those who manage our association hear that the other asks or answers; and so does whoever acts as it."""
    if not told["local"]:
        return
    notifications.tell(db, told["id"], NOTICE, origin["id"], None, now)
    for row in memberships.of(db, told["id"]):
        if row["membership"] == "owner":
            notifications.tell(db, row["id"], NOTICE, origin["id"], None, now)


def _forget_notice(db: Database, told: Row, origin: Row) -> None:
    notifications.withdraw(db, told["id"], NOTICE, origin["id"], None)
    for row in memberships.of(db, told["id"]):
        notifications.withdraw(db, row["id"], NOTICE, origin["id"], None)
