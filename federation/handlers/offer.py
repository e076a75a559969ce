"""Offer: an association is asked to be partner, of a project or in an event; the answers, and how it ends.

What is asked and what follows stands in handlers/agreement; here it is told apart by what it is about.
"""

from federation.activity import Activity
from federation.handlers import agreement, organise, partnership
from node.store import Database

KINDS = (partnership.PROJECTS, organise.EVENTS)


def needs(db: Database, activity: Activity) -> list[str]:
    """The project or the event, when it is unknown and the owner's own."""
    return [uri for kind in KINDS for uri in agreement.needs(db, kind, activity) if uri]


def receive(db: Database, activity: Activity, now: int) -> None:
    """Our association is asked; an Offer of anything else is passed over."""
    for kind in KINDS:
        if agreement.named(kind, activity):
            agreement.receive(db, kind, activity, now)
            return


def accepted(db: Database, activity: Activity, now: int) -> bool:
    """Whether it was the Accept of an Offer of ours."""
    return any(agreement.accepted(db, kind, activity, now) for kind in KINDS)


def rejected(db: Database, activity: Activity, now: int) -> bool:
    """Whether it was the Reject of an Offer of ours."""
    return any(agreement.rejected(db, kind, activity, now) for kind in KINDS)


def undone(db: Database, activity: Activity, now: int) -> bool:
    """Whether an Undo took an Accept or an Offer back."""
    return any(agreement.undone(db, kind, activity, now) for kind in KINDS)


def removed(db: Database, activity: Activity, now: int) -> bool:
    """Whether a Remove named a partner."""
    return any(agreement.removed(db, kind, activity, now) for kind in KINDS)
