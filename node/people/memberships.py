"""Who acts for which association: roles that members hold, checked each time they act."""

from node.errors import Forbidden, Invalid
from node.store import Database, Row

ROLES = ("owner", "editor", "approver", "treasurer", "archivist", "member")
SPEAKING = ("owner", "editor")


def give(db: Database, user: int, actor: int, role: str, now: int) -> None:
    """The user holds this role, instead of any other.  Raises Invalid for an unknown role."""
    if role not in ROLES:
        raise Invalid("A role is one of: {roles}.", roles=", ".join(ROLES))
    db.execute(
        """
        insert into memberships (user, actor, role, since) values (?, ?, ?, ?)
        on conflict (user, actor) do update set role = excluded.role
        """,
        (user, actor, role, now),
    )


def take(db: Database, user: int, actor: int) -> None:
    """The user holds no role any more."""
    db.execute("delete from memberships where user = ? and actor = ?", (user, actor))


def role(db: Database, user: int, actor: int) -> str | None:
    """The role she holds there."""
    found: str | None = db.value("select role from memberships where user = ? and actor = ?", (user, actor))
    return found


def may_speak(db: Database, user: int, actor: int) -> bool:
    """Whether what she writes may carry this actor's name: her own, or as owner or editor."""
    return bool(
        db.value("select 1 from users where id = ? and actor = ?", (user, actor)) or role(db, user, actor) in SPEAKING
    )


def must_speak(db: Database, user: int, actor: int) -> None:
    """Raises Forbidden unless she may speak for the actor."""
    if not may_speak(db, user, actor):
        raise Forbidden("You may not speak for this account.", actor=actor)


def of(db: Database, actor: int) -> list[Row]:
    """The team: user, role, since and the Person's columns, owners first."""
    return db.rows(
        """
        select memberships.user, memberships.role as membership, memberships.since, actors.*
          from memberships
          join users on users.id = memberships.user
          join actors on actors.id = users.actor
         where memberships.actor = ?
         order by memberships.role <> 'owner', memberships.since
        """,
        (actor,),
    ).fetchall()


def owned_alone(db: Database, user: int) -> list[Row]:
    """Associations that would have no owner without her."""
    return db.rows(
        """
        select actors.* from memberships mine join actors on actors.id = mine.actor
         where mine.user = :user and mine.role = 'owner' and actors.gone is null
           and not exists (select 1 from memberships theirs
                            where theirs.actor = mine.actor and theirs.role = 'owner' and theirs.user <> :user)
        """,
        {"user": user},
    ).fetchall()


def leave_all(db: Database, user: int) -> None:
    """The user is in no team any more."""
    db.execute("delete from memberships where user = ?", (user,))


def end_team(db: Database, actor: int) -> None:
    """Nobody is in this team any more."""
    db.execute("delete from memberships where actor = ?", (actor,))
