"""The team of an association: who may do what in its name, and who is asked to join."""

from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.people import memberships
from node.store import Database, Row

# What each thing takes; an owner may do them all.
MAY = {
    "manage": frozenset(("owner",)),
    "edit": frozenset(("owner", "editor")),
    "publish": frozenset(("owner", "editor")),
    "approve": frozenset(("owner", "approver")),
    "money": frozenset(("owner", "treasurer")),
    "archive": frozenset(("owner", "archivist", "editor")),
    "see": frozenset(memberships.ROLES),
}


def may(db: Database, user: int, actor: int, what: str) -> bool:
    """Whether her role there lets her do this: one of MAY."""
    return memberships.role(db, user, actor) in MAY[what]


def must(db: Database, user: int, actor: int, what: str) -> None:
    """Raises Forbidden unless her role lets her."""
    if not may(db, user, actor, what):
        raise Forbidden("Your role in this association does not allow this.", actor=actor, act=what)


def invite(db: Database, by: int, actor: int, user: int, role: str, now: int) -> None:
    """She is asked to take this role.  Raises Forbidden unless `by` manages, Conflict when she has one."""
    must(db, by, actor, "manage")
    if role not in memberships.ROLES:
        raise Invalid("A role is one of: {roles}.", roles=", ".join(memberships.ROLES))
    if memberships.role(db, user, actor) is not None:
        raise Conflict("This person is in the team already.")
    db.execute(
        """
        insert into team_invitations (actor, user, role, sender, at) values (?, ?, ?, ?, ?)
        on conflict (actor, user) do update set role = excluded.role, sender = excluded.sender, at = excluded.at
        """,
        (actor, user, role, by, now),
    )


def accept(db: Database, user: int, actor: int, now: int) -> str:
    """The role she has from now on.  Raises NotFound when nobody asked her."""
    role = db.value("select role from team_invitations where actor = ? and user = ?", (actor, user))
    if role is None:
        raise NotFound("There is no invitation to this association.")
    memberships.give(db, user, actor, str(role), now)
    decline(db, user, actor)
    return str(role)


def decline(db: Database, user: int, actor: int) -> None:
    """The invitation is gone: she does not want it, or it was taken back."""
    db.execute("delete from team_invitations where actor = ? and user = ?", (actor, user))


def forget(db: Database, *, user: int = 0, actor: int = 0) -> None:
    """Nobody asks this user, and this association asks nobody, into a team any more."""
    db.execute("delete from team_invitations where actor = ? or user = ?", (actor, user))


def recall(db: Database, by: int, actor: int, user: int) -> None:
    """She is asked no more.  Raises Forbidden, NotFound when nobody asked her."""
    must(db, by, actor, "manage")
    if not db.execute("delete from team_invitations where actor = ? and user = ?", (actor, user)).rowcount:
        raise NotFound("There is no invitation to this association.")


def give(db: Database, by: int, actor: int, user: int, role: str, now: int) -> None:
    """A member of the team has another role.  Raises Forbidden, NotFound, Conflict for the last owner."""
    must(db, by, actor, "manage")
    if memberships.role(db, user, actor) is None:
        raise NotFound("This person is not in the team.")
    if role != "owner":
        _keep_an_owner(db, actor, user)
    memberships.give(db, user, actor, role, now)


def take(db: Database, by: int, actor: int, user: int) -> None:
    """She is in the team no more, by an owner's decision or her own.  Raises Forbidden, Conflict for the last owner."""
    if by != user:
        must(db, by, actor, "manage")
    _keep_an_owner(db, actor, user)
    memberships.take(db, user, actor)


def invitations_of(db: Database, user: int) -> list[Row]:
    """What she is asked to join: the association's columns, membership and at, the newest first."""
    return db.rows(
        """
        select actors.*, team_invitations.role as membership, team_invitations.at
          from team_invitations join actors on actors.id = team_invitations.actor
         where team_invitations.user = ? and actors.gone is null order by team_invitations.at desc
        """,
        (user,),
    ).fetchall()


def invited(db: Database, actor: int) -> list[Row]:
    """Who is asked: her Person's columns, user, membership and at."""
    return db.rows(
        """
        select actors.*, team_invitations.user, team_invitations.role as membership, team_invitations.at
          from team_invitations join users on users.id = team_invitations.user
          join actors on actors.id = users.actor
         where team_invitations.actor = ? order by team_invitations.at desc
        """,
        (actor,),
    ).fetchall()


def associations_of(db: Database, user: int) -> list[Row]:
    """Associations in whose team she is, any role: the actor's columns and membership, by name."""
    return db.rows(
        """
        select actors.*, memberships.role as membership
          from memberships join actors on actors.id = memberships.actor
         where memberships.user = ? and actors.type = 'Organization' and actors.gone is null
         order by actors.display
        """,
        (user,),
    ).fetchall()


def speakers(db: Database, actor: int) -> list[Row]:
    """Persons of ours who may speak for the association: owners and editors whose account is open."""
    return db.rows(
        """
        select actors.* from memberships
          join users on users.id = memberships.user and users.disabled is null
          join actors on actors.id = users.actor and actors.gone is null
         where memberships.actor = ? and memberships.role in ('owner', 'editor')
         order by memberships.since, actors.id
        """,
        (actor,),
    ).fetchall()


def speaks_for(db: Database, person: int, actor: int) -> bool:
    """Whether this Person of ours may speak for the association of ours."""
    return any(row["id"] == person for row in speakers(db, actor))


def _keep_an_owner(db: Database, actor: int, user: int) -> None:
    others = db.value(
        "select count(*) from memberships where actor = ? and role = 'owner' and user <> ?", (actor, user)
    )
    if not others and memberships.role(db, user, actor) == "owner":
        raise Conflict("An association keeps at least one owner.")
