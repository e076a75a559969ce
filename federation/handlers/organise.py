"""Offer, of an event: its author, or the association it is for, asks another to organise it too; and what follows.

    {"type":"Offer","id","actor":OWNER,"object":{"type":"asso:Partnership","actor":PARTNER,"asso:role":"organising",
     "asso:event":E},"target":PARTNER,"to":[PARTNER]}
    {"type":"Accept","id","actor":PARTNER,"object":{the Offer, whole},"to":[OWNER],"cc":[Public]}
    {"type":"Undo","actor":PARTNER,"object":{the Accept}}     {"type":"Remove","actor":OWNER,"object":PARTNER,"origin":E}

As for projects (handlers/offer): the Accept can be read at its id for as long as it holds, and whoever is
told of it asks there whether it is true.  Who organises an event too passes it on to its own followers.
"""

from typing import Any

from federation import audience, organising, outbox, speak
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import announce, offer
from node import ids, log, settings
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.network import organisers, teams
from node.people import actors, blocks
from node.posts import posts
from node.store import Database, Row
from node.text import mark

logger = log.Log("federation.handlers.organise")

NO_ASSOCIATION = mark("Who organises an event too is another association.")


# ── what peers say ────────────────────────────────────────────────────────────


def needs(db: Database, activity: Activity) -> list[str]:
    """The event, when it is unknown and lies on the server of who asks; or what a partnership needs."""
    uri = _named(activity)
    if not uri:
        return offer.needs(db, activity)
    return [uri] if v.host(uri) == v.host(activity.actor) and posts.by_uri(db, uri) is None else []


def receive(db: Database, activity: Activity, now: int) -> None:
    """Our association is asked: it waits for its people.  Only who made the event asks for it."""
    if not _named(activity):
        offer.receive(db, activity, now)
        return
    event, owner = _event(db, _named(activity)), actors.by_uri(db, activity.actor)
    partner = actors.by_uri(db, v.one_id(activity.document.get("target")))
    if partner is None or not partner["local"] or partner["type"] != "Organization" or partner["gone"]:
        raise Invalid("They do not live here.", target=v.one_id(activity.document.get("target")))
    if event is None or event["local"] or owner is None or owner["uri"] not in organising.owners(db, event):
        raise Forbidden("Only who organises an event asks others to.", actor=activity.actor)
    if v.one_id(activity.embedded.get("actor")) != partner["uri"] or not activity.id:
        raise Invalid("This offer names another partner.", target=partner["uri"])
    known = organisers.get(db, event["id"], partner["uri"])
    if blocks.between(db, owner["id"], partner["id"]) or (known is not None and known["offer"] == activity.id):
        return
    organisers.ask(db, event["id"], partner, activity.id, now)
    offer.tell_owners(db, partner, owner, now)
    logger.info("asked to organise", post=event["uri"], partner=partner["uri"])


def accepted(db: Database, activity: Activity, now: int) -> bool:
    """Whether it was the answer to such an Offer of ours: then the event names the association."""
    asked = _answered(db, activity)
    if asked is None:
        return False
    if asked["state"] == "asked" and activity.id:
        organisers.answer(db, asked["post"], asked["uri"], "accepted", activity.id, now)
        _settled(db, asked, now)
    return True


def rejected(db: Database, activity: Activity, now: int) -> bool:
    """Whether it was the refusal of such an Offer of ours."""
    asked = _answered(db, activity)
    if asked is None:
        return False
    if asked["state"] in ("asked", "accepted"):
        organisers.answer(db, asked["post"], asked["uri"], "rejected", "", now)
        _settled(db, asked, now)
    return True


def undone(db: Database, activity: Activity, now: int) -> bool:
    """Whether an association took its Accept back, or the owner its Offer: then it is over."""
    found = organisers.by_agreement(db, activity.object_id)
    if found is not None and found["uri"] == activity.actor:
        return _over(db, found, now)
    found = organisers.by_offer(db, activity.object_id)
    if found is not None and activity.actor in organising.owners(db, posts.get(db, found["post"])):
        return _over(db, found, now)
    return False


def removed(db: Database, activity: Activity, now: int) -> bool:
    """Whether a Remove named an association and its event: then, by either side, it is over."""
    event = _event(db, v.one_id(activity.document.get("origin")))
    found = organisers.get(db, event["id"], activity.object_id) if event is not None else None
    if event is None or found is None:
        return False
    if activity.actor in {found["uri"], *organising.owners(db, event)}:
        _over(db, found, now)
    return True


def _answered(db: Database, activity: Activity) -> Row | None:
    """What the one we asked answers, of an event of ours; None for anybody else's word."""
    asked = organisers.by_offer(db, activity.object_id)
    if asked is None or asked["uri"] != activity.actor or not posts.get(db, asked["post"])["local"]:
        return None
    inner = activity.embedded
    return None if inner and v.one_id(inner.get("target")) not in ("", activity.actor) else asked


def _over(db: Database, found: Row, now: int) -> bool:
    """It is over: our association passes the event on no more, our event names it no more."""
    if found["state"] in ("asked", "accepted"):
        offer.withdraw(db, found["agreement"])
        organisers.answer(db, found["post"], found["uri"], "ended", found["agreement"], now)
        partner = actors.by_uri(db, found["uri"])
        event = posts.get(db, found["post"])
        if partner is not None and partner["local"]:
            announce.take_back(db, partner, event, now)
        _settled(db, found, now)
    return True


# ── what people here do ───────────────────────────────────────────────────────


def ask(db: Database, event: Row, partner: Row, now: int) -> str:
    """The Offer's id: the association is asked to organise our event too; whoever calls knows that she may.

    Raises Invalid for what is no other association or for too many, Forbidden between blocked, Conflict when it
    was asked or has agreed already.
    """
    owner = _owner(db, event)
    if partner["type"] != "Organization" or partner["gone"] or partner["id"] in (owner["id"], event["author"]):
        raise Invalid(NO_ASSOCIATION)
    if blocks.between(db, owner["id"], partner["id"]):
        raise Forbidden("This action is not allowed")
    known = organisers.get(db, event["id"], partner["uri"])
    if known is not None and known["state"] in ("asked", "accepted"):
        raise Conflict("This association was asked already.")
    if len(organisers.named(db, event["id"])) >= organisers.MOST:
        raise Invalid("An event has at most {most} associations besides its own.", most=organisers.MOST)
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    organisers.ask(db, event["id"], partner, uri, now)
    speak.say(db, owner, "Offer", _partnership(event, partner["uri"]), audience.inbox_of(db, partner), now,
              to=[partner["uri"]], uri=uri, identifier=number, extra={"target": partner["uri"]})  # fmt: skip
    if partner["local"]:
        offer.tell_owners(db, partner, owner, now)
    return uri


def accept(db: Database, by: int, partner: Row, event: Row, now: int) -> None:
    """Our association organises it too, this date and the others that were asked with it, and passes it on.

    Raises Forbidden unless `by` publishes for it, NotFound when nobody asked.
    """
    _must_be_asked(db, by, partner, event)
    for number in organisers.together(db, partner["id"], event):
        _accept(db, by, partner, posts.get(db, number), now)


def _accept(db: Database, by: int, partner: Row, event: Row, now: int) -> None:
    asked = organisers.get(db, event["id"], partner["uri"])
    assert asked is not None
    owner, number = _asker(db, event), ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    speak.say(db, partner, "Accept", _offer(event, owner, asked), audience.inbox_of(db, owner), now,
              to=[owner["uri"]], cc=[v.PUBLIC], uri=uri, identifier=number)  # fmt: skip
    organisers.answer(db, event["id"], partner["uri"], "accepted", uri, now)
    if event["visibility"] in posts.OPEN:
        announce.put(db, partner, event, now, user=by)
    offer.forget_notice(db, partner, owner)
    _settled(db, asked, now)


def reject(db: Database, by: int, partner: Row, event: Row, now: int) -> None:
    """Our association declines, the other dates too.  Raises as accept does."""
    _must_be_asked(db, by, partner, event)
    for number in organisers.together(db, partner["id"], event):
        one = posts.get(db, number)
        asked, owner = organisers.get(db, number, partner["uri"]), _asker(db, one)
        assert asked is not None
        speak.say(
            db, partner, "Reject", _offer(one, owner, asked), audience.inbox_of(db, owner), now, to=[owner["uri"]]
        )
        organisers.answer(db, number, partner["uri"], "rejected", "", now)
        offer.forget_notice(db, partner, owner)
        _settled(db, asked, now)


def end(db: Database, event: Row, partner: Row, now: int) -> None:
    """Our event names the association no more, which hears of it.  Raises NotFound when it does not."""
    found = organisers.get(db, event["id"], partner["uri"])
    if found is None or found["state"] not in ("asked", "accepted"):
        raise NotFound("There is no such partnership.")
    speak.say(db, _owner(db, event), "Remove", partner["uri"], audience.inbox_of(db, partner), now, to=[partner["uri"]],
              extra={"origin": event["uri"]})  # fmt: skip
    _over(db, found, now)


def leave(db: Database, by: int, partner: Row, event: Row, now: int) -> None:
    """Our association does not organise it any more.  Raises Forbidden unless `by` publishes for it, NotFound."""
    teams.must(db, by, partner["id"], "publish")
    found = organisers.get(db, event["id"], partner["uri"])
    if found is None or found["state"] != "accepted":
        raise NotFound("There is no such partnership.")
    owner = _asker(db, event)
    undone_ = {"id": found["agreement"], "type": "Accept", "actor": partner["uri"], "object": found["offer"]}
    speak.say(db, partner, "Undo", undone_, audience.inbox_of(db, owner), now, to=[owner["uri"]])
    _over(db, found, now)


def _must_be_asked(db: Database, by: int, partner: Row, event: Row) -> None:
    teams.must(db, by, partner["id"], "publish")
    asked = organisers.get(db, event["id"], partner["uri"])
    if asked is None or asked["state"] != "asked":
        raise NotFound("Nobody asked this association to organise it.")


def _settled(db: Database, found: Row, now: int) -> None:
    """Our event says who organises it, everyone who has it hears; its people hear of the answer."""
    event = posts.get(db, found["post"])
    if not event["local"]:
        return
    named_anew(db, event, now)
    partner = actors.by_uri(db, found["uri"])
    if partner is not None:
        offer.tell_owners(db, _owner(db, event), partner, now)


def named_anew(db: Database, event: Row, now: int) -> None:
    """Our event names those who organise it as it stands now, and everyone who has it hears."""
    details = posts.details(event)
    named = [one["uri"] for one in organisers.confirmed(db, event["id"])]
    if event["local"] and details.get("organizers", []) != named:
        posts.change(db, event["id"], details={**details, "organizers": named})
        outbox.tell_again(db, posts.get(db, event["id"]), now)


def _owner(db: Database, event: Row) -> Row:
    """In whose name our event asks."""
    return actors.get(db, event["on_behalf"] if event["on_behalf"] is not None else event["author"])


def _asker(db: Database, event: Row) -> Row:
    """Who asked our association: of a peer's event its association where we know it, else its author."""
    for uri in sorted(organising.owners(db, event), key=lambda one: one == actors.get(db, event["author"])["uri"]):
        found = actors.by_uri(db, uri)
        if found is not None:
            return found
    return actors.get(db, event["author"])


def _partnership(event: Row, partner: str) -> dict[str, Any]:
    return {"type": "asso:Partnership", "actor": partner, "asso:role": organising.ROLE, "asso:event": event["uri"]}


def _offer(event: Row, owner: Row, asked: Row) -> dict[str, Any]:
    """The Offer as it stands inside its answers."""
    return {"id": asked["offer"], "type": "Offer", "actor": owner["uri"], "target": asked["uri"],
            "object": _partnership(event, asked["uri"])}  # fmt: skip


def _named(activity: Activity) -> str:
    """The event that an Offer is about; '' when it is about none."""
    offered = activity.embedded
    return v.one_id(offered.get("asso:event")) if v.type_of(offered) == "asso:Partnership" else ""


def _event(db: Database, uri: str) -> Row | None:
    found = posts.by_uri(db, uri) if uri else None
    return found if found is not None and found["kind"] == "event" else None
