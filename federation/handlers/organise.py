"""Who organises an event too: its author, or the association it is for, asks another (see handlers/agreement).

Who organises it passes it on to its own followers.  The dates of a meeting are answered together.
"""

from federation import organising, outbox
from federation.handlers import agreement, announce
from federation.handlers.agreement import Kind
from node.errors import Invalid
from node.network import organisers, teams
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from node.text import mark

NO_ASSOCIATION = mark("Who organises an event too is another association.")


def ask(db: Database, event: Row, partner: Row, now: int) -> str:
    """The Offer's id: the association is asked to organise our event too; whoever calls knows that she may.

    Raises Invalid for too many, and as agreement.ask does.
    """
    known = organisers.named(db, event["id"])
    if len(known) >= organisers.MOST and all(one["uri"] != partner["uri"] for one in known):
        raise Invalid("An event has at most {most} associations besides its own.", most=organisers.MOST)
    return agreement.ask(db, EVENTS, event, partner, organising.ROLE, now)


def accept(db: Database, by: int, partner: Row, event: Row, now: int) -> None:
    """Our association organises it too, this date and the others that were asked with it, and passes it on.

    Raises Forbidden unless `by` publishes for it, NotFound when nobody asked.
    """
    for one, asked in _asked(db, by, partner, event):
        agreement.accept(db, EVENTS, asked, partner, now)
        if one["visibility"] in posts.OPEN:
            announce.put(db, partner, one, now, user=by)


def reject(db: Database, by: int, partner: Row, event: Row, now: int) -> None:
    """Our association declines, the other dates too.  Raises as accept does."""
    for _, asked in _asked(db, by, partner, event):
        agreement.reject(db, EVENTS, asked, partner, now)


def end(db: Database, event: Row, partner: Row, now: int) -> None:
    """Our event names the association no more, which hears of it.  Raises NotFound when it does not."""
    agreement.end(db, EVENTS, event, partner["uri"], now)


def leave(db: Database, by: int, partner: Row, event: Row, now: int) -> None:
    """Our association does not organise it any more.  Raises Forbidden unless `by` publishes for it, NotFound."""
    teams.must(db, by, partner["id"], "publish")
    agreement.leave(db, EVENTS, event, partner, now)


def named_anew(db: Database, event: Row, now: int) -> None:
    """Our event names those who organise it as it stands now, and everyone who has it hears."""
    details = posts.details(event)
    named = [one["uri"] for one in organisers.confirmed(db, event["id"])]
    if event["local"] and details.get("organizers", []) != named:
        posts.change(db, event["id"], details={**details, "organizers": named})
        outbox.tell_again(db, posts.get(db, event["id"]), now)


def _asked(db: Database, by: int, partner: Row, event: Row) -> list[tuple[Row, Row]]:
    """The dates that our association is asked to organise with this one, and how it stands with each."""
    teams.must(db, by, partner["id"], "publish")
    refused = mark("Nobody asked this association to organise it.")
    agreement.must_be_asked(db, EVENTS, event, partner, refused)
    dates = [posts.get(db, number) for number in organisers.together(db, partner["id"], event)]
    return [(one, agreement.must_be_asked(db, EVENTS, one, partner, refused)) for one in dates]


def _find(db: Database, uri: str) -> Row | None:
    found = posts.by_uri(db, uri) if uri else None
    return found if found is not None and found["kind"] == "event" else None


def _owner(db: Database, event: Row) -> Row:
    """In whose name it is asked: of the association that it was written for, where we know it, else of its author."""
    author = actors.get(db, event["author"])
    for uri in organising.owners(db, event) - {author["uri"]}:
        found = actors.by_uri(db, uri)
        if found is not None:
            return found
    return author


def _ask(db: Database, event: Row, partner: Row, role: str, offer: str, now: int) -> None:
    organisers.ask(db, event["id"], partner, offer, now)  # whoever organises has one role


def _settle(db: Database, event: Row, partner: str, state: str, now: int) -> None:
    """Who organises it no more passes it on no more; an event of ours says who does."""
    left = actors.by_uri(db, partner) if state == "ended" else None
    if left is not None and left["local"]:
        announce.take_back(db, left, event, now)
    named_anew(db, event, now)


EVENTS = Kind(
    "asso:event", "post", organisers, _find, posts.get, organising.owners, _owner, lambda _: organising.ROLE, _ask, _settle,
    refuses_strangers=mark("Only who organises an event asks others to."),
    wants_another=NO_ASSOCIATION,
)  # fmt: skip
