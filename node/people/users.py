"""Those who log in.  Each has a Person that speaks for her; `memberships` says for whom else she may."""

from functools import cache
from typing import Any

from node import ids
from node.errors import Forbidden, Invalid, NotFound
from node.people import addresses
from node.store import Database, Row

ROLES = ("member", "moderator", "admin")
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000  # characters hashed: more is somebody's machine


def create(db: Database, actor: int, email: str | None, password: str | None, role: str, now: int,
           *, confirmed: bool = True, approved: bool = True, hashed: str | None = None, locale: str = "") -> int:  # fmt: skip
    """The new user's id.  Raises Invalid for a role, address or password that cannot be, Conflict for a used address.

    hashed takes the place of a password that was hashed before (`hash_password`).
    """
    if role not in ROLES:
        raise Invalid("A role is one of: {roles}.", roles=", ".join(ROLES))
    check_email(db, email)
    if password is not None:
        hashed = hash_password(password)
    identifier = ids.new(now)
    db.execute(
        """
        insert into users (id, actor, email, password, role, locale, created, confirmed, approved)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            identifier,
            actor,
            addresses.read(email) if email else None,
            hashed,
            role,
            locale,
            now,
            now if confirmed else None,
            now if approved else None,
        ),
    )
    return identifier


def check_email(db: Database, email: str | None, but: int = 0) -> None:
    """Raises Invalid for what is no address or a blocked one, Conflict for one that another user (than `but`) has."""
    addresses.check(db, email, but)


def hash_password(password: str) -> str:
    """What is kept of a password.  Slow by intent.  Raises Invalid for one that is too short or absurdly long."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("A password has at least {count} characters.", count=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Invalid("A password has at most {count} characters.", count=LONGEST_PASSWORD)
    return str(_hasher().hash(password))


def set_password(db: Database, user: int, hashed: str) -> None:
    """The user logs in with this one from now on."""
    db.execute("update users set password = ? where id = ?", (hashed, user))


def set_locale(db: Database, user: int, locale: str) -> None:
    """Pages speak this language to her, '' for none chosen."""
    db.execute("update users set locale = ? where id = ?", (locale, user))


def set_email(db: Database, user: int, email: str | None) -> None:
    """Her address.  Raises Invalid or Conflict."""
    check_email(db, email, user)
    db.execute("update users set email = ? where id = ?", (addresses.read(email) if email else None, user))


def by_email(db: Database, typed: str) -> Row | None:
    """The user of this address who is not shut out; None leads nowhere else."""
    try:
        found = addresses.read(typed)
    except Invalid:
        return None
    return db.row("select * from users where email = ? and disabled is null", (found,))


def set_role(db: Database, user: int, role: str) -> None:
    """member, moderator or admin.  Raises Invalid."""
    if role not in ROLES:
        raise Invalid("A role is one of: {roles}.", roles=", ".join(ROLES))
    db.execute("update users set role = ? where id = ?", (role, user))


def shut(db: Database, user: int, at: int | None) -> None:
    """She cannot log in from that moment on; None lets her in again."""
    db.execute("update users set disabled = ? where id = ?", (at, user))
    db.wake("tokens")


def close(db: Database, user: int, now: int) -> None:
    """Nobody logs in any more; address and password are forgotten."""
    db.execute("update users set disabled = ?, email = null, password = null where id = ?", (now, user))


def get(db: Database, identifier: int) -> Row:
    """The user.  Raises NotFound."""
    found = db.row("select * from users where id = ?", (identifier,))
    if found is None:
        raise NotFound("There is no such account here.", user=identifier)
    return found


def of_actor(db: Database, actor: int) -> Row | None:
    """Who logs in as this actor itself; None for associations, groups and accounts elsewhere."""
    return db.row("select * from users where actor = ?", (actor,))


def by_name(db: Database, name: str) -> Row:
    """The user whose Person has this name.  Raises NotFound."""
    found = db.row(
        """
        select users.* from users join actors on actors.id = users.actor
         where actors.local and actors.name = ? collate nocase
        """,
        (name,),
    )
    if found is None:
        raise NotFound("There is no user called {name}.", name=name)
    return found


def by_login(db: Database, typed: str) -> Row | None:
    """The user of a typed name or e-mail address, to compare a password with; None leads nowhere else."""
    typed = typed.strip()
    if "@" in typed.lstrip("@"):
        return db.row("select * from users where email = ?", (typed,))
    return db.row(
        """
        select users.* from users join actors on actors.id = users.actor
         where actors.local and actors.name = ? collate nocase
        """,
        (typed.lstrip("@"),),
    )


def password_is(hashed: str | None, password: str) -> bool:
    """Whether it is the password.  Takes as long when there is none to compare with.

    Slow by intent (about 30 ms): call it off the event loop and outside transactions.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return bool(_hasher().verify(hashed or _nobody(), password)) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def may_log_in(user: Row) -> None:
    """Raises Forbidden, saying what is missing."""
    if user["disabled"]:
        raise Forbidden("This account is closed.")
    if not user["confirmed"]:
        raise Forbidden("Please confirm your e-mail address first.")
    if not user["approved"]:
        raise Forbidden("Your request is waiting for the coordinators of the network.")


def seen(db: Database, user: int, now: int) -> None:
    """She was here; noted once in an hour."""
    db.execute("update users set seen = ? where id = ? and ifnull(seen, 0) < ?", (now, user, now - 3_600_000))


def actors_of(db: Database, user: int) -> list[Row]:
    """Whom she may speak for: herself first, then the associations where she is owner or editor, by name."""
    return db.rows(
        """
        select actors.*, 'self' as membership from users join actors on actors.id = users.actor where users.id = :user
        union all
        select * from (
            select actors.*, memberships.role as membership
              from memberships join actors on actors.id = memberships.actor
             where memberships.user = :user and memberships.role in ('owner', 'editor') and actors.gone is null
             order by actors.display)
        """,
        {"user": user},
    ).fetchall()


def active(db: Database, since: int) -> int:
    """How many were here after `since`."""
    return int(db.value("select count(*) from users where seen > ?", (since,)))


def contact(db: Database) -> int | None:
    """The account of the first administrator who wishes to be found; None where there is none."""
    found: int | None = db.value(
        """
        select actors.id
          from users join actors on actors.id = users.actor
         where users.role = 'admin' and users.disabled is null and actors.gone is null and actors.discoverable
         order by users.id
         limit 1
        """
    )
    return found


def coordinators(db: Database) -> list[int]:
    """Ids of the actors of those who decide here."""
    return [
        row[0] for row in db.rows("select actor from users where role in ('moderator', 'admin') and disabled is null")
    ]


def total(db: Database) -> int:
    """How many may log in."""
    return int(db.value("select count(*) from users where disabled is null and approved is not null"))


@cache
def _hasher() -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's figures for small machines


@cache
def _nobody() -> str:
    return str(_hasher().hash("nobody has this password"))
