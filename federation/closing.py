"""Accounts, associations, forums and projects are deleted: what goes with them, what stays, who is told.

    {"type":"Delete","id":"GROUP#delete","actor":GROUP,"object":{"id":GROUP,"type":"Tombstone","formerType":"Group"},…}

What an account or an association said is gone with it.  What people wrote in a forum or about a project is theirs:
it stays where it can be read, and nobody answers it any more.  The same when a peer's is deleted.
"""

from federation import by_people, outbox, projects
from federation.handlers import organise
from node.network import contact, forums, listed, organisers, partners, teams
from node.network import projects as kept
from node.people import memberships, second_factors, sessions, tokens, users
from node.posts import drafts, posts, scheduled
from node.store import Database, Row


def member(db: Database, user: int, person: Row, now: int) -> None:
    """The account, all it said and all that it kept for itself are gone; other servers are told to forget it."""
    users.close(db, user, now)
    second_factors.forget(db, user)
    sessions.end_all(db, user)
    tokens.end_all(db, user)
    memberships.leave_all(db, user)
    teams.forget(db, user=user)
    drafts.forget_all(db, user)
    scheduled.forget(db, person["id"])
    outbox.delete_actor(db, person, now)


def place(db: Database, group: Row, now: int) -> None:
    """Our forum or project is gone; its topics and news stay, closed."""
    posts.close_place(db, group["id"])
    by_people.say(db, group, "Delete", group["uri"], now)
    outbox.delete_actor(db, group, now)


def association(db: Database, organization: Row, now: int) -> None:
    """Our association is gone, with its own forum, the projects that it leads, and its team's roles; partners are told."""
    for group in (*kept.of_owner(db, organization["id"]), *forums.of_owner(db, organization["id"])):
        if group["local"]:
            place(db, group, now)
    memberships.end_team(db, organization["id"])
    teams.forget(db, actor=organization["id"])
    contact.forget(db, organization["id"])
    scheduled.forget(db, organization["id"])
    outbox.delete_actor(db, organization, now)
    part(db, organization, now)


def part(db: Database, organization: Row, now: int) -> None:
    """An association that is gone, ours or a peer's, is partner of nothing, organises nothing, and stands in no directory."""
    listed.forget(db, organization["uri"], now)
    posts.unspeak(db, organization["id"])
    for project in partners.leave(db, organization["uri"], now):
        projects.tell_soon(db, project, now)
    for event in organisers.leave(db, organization["uri"], now):
        organise.named_anew(db, posts.get(db, event), now)
