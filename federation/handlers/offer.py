"""Offer: a project's owner asks an association to be its partner; the answers, and how a partnership ends.

    {"type":"Offer","id","actor":OWNER,"object":{"type":"asso:Partnership","actor":PARTNER,"asso:role","asso:project":P},
     "target":PARTNER,"to":[PARTNER]}
    {"type":"Accept","id","actor":PARTNER,"object":{the Offer, whole},"to":[OWNER],"cc":[Public]}
    {"type":"Undo","actor":PARTNER,"object":{the Accept}}     {"type":"Remove","actor":OWNER,"object":PARTNER,"origin":P}

The Accept can be read at its id for as long as the partnership lasts: whoever is told of the
partner asks there whether it is true.
"""

from typing import Any

from federation import audience, projects, speak, statements
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import follow
from node import ids, letters, log, settings
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.network import partners, teams
from node.network import projects as kept
from node.people import actors, blocks, memberships
from node.posts import notifications
from node.store import Database, Row

logger = log.Log("federation.handlers.offer")
NOTICE = "partner"


# ── what peers say ────────────────────────────────────────────────────────────


def needs(db: Database, activity: Activity) -> list[str]:
    """The project, when it is unknown and the owner's own."""
    project = v.one_id(activity.embedded.get("asso:project"))
    if not project or v.host(project) != v.host(activity.actor) or _project(db, project) is not None:
        return []
    return [project]


def receive(db: Database, activity: Activity, now: int) -> None:
    """Our association is asked: it waits for one of its owners.  Only a project's owner asks for it."""
    offered = activity.embedded
    if v.type_of(offered) != "asso:Partnership":
        return
    partner = actors.by_uri(db, v.one_id(activity.document.get("target")))
    project = _project(db, v.one_id(offered.get("asso:project")))
    owner = actors.by_uri(db, activity.actor)
    if partner is None or not partner["local"] or partner["type"] != "Organization" or partner["gone"]:
        raise Invalid("They do not live here.", target=v.one_id(activity.document.get("target")))
    if project is None or project["local"] or owner is None or kept.get(db, project["id"]).owner_uri != owner["uri"]:
        raise Forbidden("Only the owner of a project asks for partners.", actor=activity.actor)
    if v.one_id(offered.get("actor")) != partner["uri"] or not activity.id:
        raise Invalid("This offer names another partner.", target=partner["uri"])
    known = partners.get(db, project["id"], partner["uri"])
    if blocks.between(db, owner["id"], partner["id"]) or (known is not None and known["offer"] == activity.id):
        return
    role = offered.get("asso:role")
    partners.ask(db, project["id"], partner, role if isinstance(role, str) else "", activity.id, now)
    tell_owners(db, partner, owner, now)
    logger.info("partnership offered", project=project["uri"], partner=partner["uri"])


def accepted(db: Database, activity: Activity, now: int) -> bool:
    """Whether it was the partner's answer to an Offer of ours: then it is a partner, confirmed."""
    asked = _answered(db, activity)
    if asked is None:
        return False
    if asked["state"] == "asked" and activity.id:
        partners.answer(db, asked["project"], asked["uri"], "accepted", activity.id, now)
        _settled(db, asked, now)
        statements.ask_profile(db, asked["uri"], now)
    return True


def rejected(db: Database, activity: Activity, now: int) -> bool:
    """Whether it was the partner's refusal of an Offer of ours."""
    asked = _answered(db, activity)
    if asked is None:
        return False
    if asked["state"] in ("asked", "accepted"):
        partners.answer(db, asked["project"], asked["uri"], "rejected", "", now)
        _settled(db, asked, now)
    return True


def undone(db: Database, activity: Activity, now: int) -> bool:
    """Whether a partner took its Accept back, or an owner its Offer: then the partnership is over."""
    found = partners.by_agreement(db, activity.object_id)
    if found is not None and found["uri"] == activity.actor:
        return _over(db, found, now)
    found = partners.by_offer(db, activity.object_id)
    if found is not None and kept.get(db, found["project"]).owner_uri == activity.actor:
        return _over(db, found, now)
    return False


def removed(db: Database, activity: Activity, now: int) -> bool:
    """Whether a Remove named a partner and its project: then, by either side, the partnership is over."""
    project = _project(db, v.one_id(activity.document.get("origin")))
    found = partners.get(db, project["id"], activity.object_id) if project is not None else None
    if project is None or found is None:
        return False
    if activity.actor in (found["uri"], kept.get(db, project["id"]).owner_uri):
        _over(db, found, now)
    return True


def _answered(db: Database, activity: Activity) -> Row | None:
    """The partnership of a project of ours that the one we asked answers; None for anybody else's word."""
    asked = partners.by_offer(db, activity.object_id)
    if asked is None or asked["uri"] != activity.actor or not actors.get(db, asked["project"])["local"]:
        return None
    inner = activity.embedded
    if inner and v.one_id(inner.get("target")) not in ("", activity.actor):
        return None
    return asked


def _over(db: Database, found: Row, now: int) -> bool:
    if found["state"] in ("asked", "accepted"):
        withdraw(db, found["agreement"])
        partners.answer(db, found["project"], found["uri"], "ended", found["agreement"], now)
        _settled(db, found, now)
    return True


# ── what people here do ───────────────────────────────────────────────────────


def ask(db: Database, by: int, project: Row, partner: Row, now: int, *, role: str = "implementing") -> str:
    """The Offer's id: the association is asked to be partner of our project.

    by: a user who manages the owner.  Raises Forbidden, Invalid for what is no association,
    Conflict when it was asked or is a partner already.
    """
    owner = _owner(db, project)
    teams.must(db, by, owner["id"], "manage")
    if partner["type"] != "Organization" or partner["gone"] or partner["id"] == owner["id"]:
        raise Invalid("A partner is another association.")
    if blocks.between(db, owner["id"], partner["id"]):
        raise Forbidden("This action is not allowed")
    known = partners.get(db, project["id"], partner["uri"])
    if known is not None and known["state"] in ("asked", "accepted"):
        raise Conflict("This association was asked already.")
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    partners.ask(db, project["id"], partner, role, uri, now)
    speak.say(db, owner, "Offer", _partnership(project, partner["uri"], role), audience.inbox_of(db, partner), now,
              to=[partner["uri"]], uri=uri, identifier=number, extra={"target": partner["uri"]})  # fmt: skip
    if partner["local"]:
        tell_owners(db, partner, owner, now)
    return uri


def accept(db: Database, by: int, partner: Row, project: Row, now: int) -> str:
    """The Accept's id: our association is a partner from now on, and follows the project.

    Raises Forbidden unless `by` manages it, NotFound when nobody asked.
    """
    asked, owner = _asked(db, by, partner, project)
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    speak.say(db, partner, "Accept", _offer(project, owner, asked), audience.inbox_of(db, owner), now,
              to=[owner["uri"]], cc=[v.PUBLIC], uri=uri, identifier=number)  # fmt: skip
    partners.answer(db, project["id"], partner["uri"], "accepted", uri, now)
    if project["local"]:
        _settled(db, asked, now)
    follow.ask(db, partner, project, now)
    forget_notice(db, partner, owner)
    return uri


def reject(db: Database, by: int, partner: Row, project: Row, now: int) -> None:
    """Our association declines.  Raises as accept does."""
    asked, owner = _asked(db, by, partner, project)
    speak.say(
        db, partner, "Reject", _offer(project, owner, asked), audience.inbox_of(db, owner), now, to=[owner["uri"]]
    )
    partners.answer(db, project["id"], partner["uri"], "rejected", "", now)
    forget_notice(db, partner, owner)


def end(db: Database, by: int, ours: Row, project: Row, partner_uri: str, now: int) -> None:
    """The partnership is over by our side's decision: ours is the owner, or the partner itself.

    Raises Forbidden unless `by` manages our side, NotFound when there is none.
    """
    teams.must(db, by, ours["id"], "manage")
    found = partners.get(db, project["id"], partner_uri)
    if found is None or found["state"] not in ("asked", "accepted"):
        raise NotFound("There is no such partnership.")
    owner_uri = kept.get(db, project["id"]).owner_uri
    if ours["uri"] not in (owner_uri, partner_uri):
        raise Forbidden("This action is not allowed")
    other = actors.by_uri(db, partner_uri if ours["uri"] == owner_uri else owner_uri)
    inboxes = audience.inbox_of(db, other) if other is not None else set()
    to = [other["uri"]] if other is not None else []
    if ours["uri"] == owner_uri:
        speak.say(db, ours, "Remove", partner_uri, inboxes, now, to=to, extra={"origin": project["uri"]})
    else:
        undone = {"id": found["agreement"], "type": "Accept", "actor": partner_uri, "object": found["offer"]}
        speak.say(db, ours, "Undo", undone, inboxes, now, to=to)
    _over(db, found, now)


def _asked(db: Database, by: int, partner: Row, project: Row) -> tuple[Row, Row]:
    teams.must(db, by, partner["id"], "manage")
    asked = partners.get(db, project["id"], partner["uri"])
    owner = actors.by_uri(db, kept.get(db, project["id"]).owner_uri)
    if asked is None or asked["state"] != "asked" or owner is None:
        raise NotFound("Nobody asked this association to be a partner.")
    return asked, owner


def _partnership(project: Row, partner: str, role: str) -> dict[str, Any]:
    return {"type": "asso:Partnership", "actor": partner, "asso:role": role, "asso:project": project["uri"]}


def _offer(project: Row, owner: Row, asked: Row) -> dict[str, Any]:
    """The Offer as it stands inside its answers."""
    return {"id": asked["offer"], "type": "Offer", "actor": owner["uri"], "target": asked["uri"],
            "object": _partnership(project, asked["uri"], asked["role"])}  # fmt: skip


def _settled(db: Database, found: Row, now: int) -> None:
    """A project of ours says who its partners are; the owner's people hear of the answer."""
    project = actors.get(db, found["project"])
    if project["local"]:
        projects.tell_soon(db, project["id"], now)
        owner, partner = _owner(db, project), actors.get(db, found["actor"])
        tell_owners(db, owner, partner, now)


def tell_owners(db: Database, told: Row, origin: Row, now: int) -> None:
    """Those who manage our association hear that the other asks or answers; and so does whoever acts as it."""
    if not told["local"]:
        return
    notifications.tell(db, told["id"], NOTICE, origin["id"], None, now)
    for row in memberships.of(db, told["id"]):
        if row["membership"] == "owner":
            notifications.tell(db, row["id"], NOTICE, origin["id"], None, now)


def forget_notice(db: Database, told: Row, origin: Row) -> None:
    notifications.withdraw(db, told["id"], NOTICE, origin["id"], None)
    for row in memberships.of(db, told["id"]):
        notifications.withdraw(db, row["id"], NOTICE, origin["id"], None)


def withdraw(db: Database, agreement: str) -> None:
    """An Accept of ours that was taken back is not shown at its id any more."""
    letter = letters.by_uri(db, agreement) if agreement else None
    if letter is not None:
        letters.show(db, letter["id"], False)


def _owner(db: Database, project: Row) -> Row:
    owner = kept.get(db, project["id"]).owner
    if owner is None or not project["local"]:
        raise NotFound("This project has no owner here.")
    return actors.get(db, owner)


def _project(db: Database, uri: str) -> Row | None:
    row = actors.by_uri(db, uri) if uri else None
    return row if row is not None and row["role"] == "project" and not row["gone"] else None
