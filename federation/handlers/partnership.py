"""Partners of a project: its owner asks an association, which manages its own answer (see handlers/agreement)."""

from federation import projects, statements
from federation.handlers import agreement, follow
from federation.handlers.agreement import Kind
from node.errors import Forbidden, NotFound
from node.network import partners, teams
from node.network import projects as kept
from node.people import actors
from node.store import Database, Row
from node.text import mark

NOBODY_ASKED = mark("Nobody asked this association to be a partner.")


def ask(db: Database, by: int, project: Row, partner: Row, now: int, *, role: str = "implementing") -> str:
    """The Offer's id: the association is asked to be partner of our project.

    by: a user who manages the owner.  Raises Forbidden, and as agreement.ask does.
    """
    teams.must(db, by, _owner(db, project)["id"], "manage")
    return agreement.ask(db, PROJECTS, project, partner, role, now)


def accept(db: Database, by: int, partner: Row, project: Row, now: int) -> str:
    """The Accept's id: our association is a partner from now on, and follows the project.

    Raises Forbidden unless `by` manages it, NotFound when nobody asked.
    """
    teams.must(db, by, partner["id"], "manage")
    asked = agreement.must_be_asked(db, PROJECTS, project, partner, NOBODY_ASKED)
    uri = agreement.accept(db, PROJECTS, asked, partner, now)
    follow.ask(db, partner, project, now)
    return uri


def reject(db: Database, by: int, partner: Row, project: Row, now: int) -> None:
    """Our association declines.  Raises as accept does."""
    teams.must(db, by, partner["id"], "manage")
    agreement.reject(db, PROJECTS, agreement.must_be_asked(db, PROJECTS, project, partner, NOBODY_ASKED), partner, now)


def end(db: Database, by: int, ours: Row, project: Row, partner_uri: str, now: int) -> None:
    """The partnership is over by our side's decision: ours is the owner, or the partner itself.

    Raises Forbidden unless `by` manages our side, NotFound when there is none.
    """
    teams.must(db, by, ours["id"], "manage")
    if ours["uri"] in _owners(db, project):
        agreement.end(db, PROJECTS, project, partner_uri, now)
    elif ours["uri"] == partner_uri:
        agreement.leave(db, PROJECTS, project, ours, now)
    else:
        raise Forbidden("This action is not allowed")


def _find(db: Database, uri: str) -> Row | None:
    row = actors.by_uri(db, uri) if uri else None
    return row if row is not None and row["role"] == "project" and not row["gone"] else None


def _owners(db: Database, project: Row) -> set[str]:
    return {kept.get(db, project["id"]).owner_uri}


def _owner(db: Database, project: Row) -> Row:
    found = actors.by_uri(db, kept.get(db, project["id"]).owner_uri)
    if found is None:
        raise NotFound("This project has no owner here.")
    return found


def _ask(db: Database, project: Row, partner: Row, role: str, offer: str, now: int) -> None:
    partners.ask(db, project["id"], partner, role, offer, now)


def _settle(db: Database, project: Row, partner: str, state: str, now: int) -> None:
    """A project of ours says who its partners are, and who may speak for them is asked for."""
    if project["local"]:
        projects.tell_soon(db, project["id"], now)
    if project["local"] and state == "accepted":
        statements.ask_profile(db, partner, now)


PROJECTS = Kind(
    "asso:project", "project", partners, _find, actors.get, _owners, _owner, lambda asked: str(asked["role"]), _ask, _settle,
    refuses_strangers=mark("Only the owner of a project asks for partners."),
    wants_another=mark("A partner is another association."),
)  # fmt: skip
