"""Browsers that a member is logged in with.  Only hashes of their cookies are kept."""

import hashlib
import secrets
from dataclasses import dataclass

from node import ids
from node.errors import Forbidden
from node.people import memberships, second_factors
from node.store import Database, Row

IDLE = 60 * 86_400_000  # ms without a visit, after which a session is over
NOTED = 600_000  # ms between two notes that she was here


@dataclass(frozen=True, slots=True)
class Member:
    """Who is logged in.  person is herself; actor is whom she acts as at the moment, mostly the same."""

    session: int
    user: int
    person: int
    actor: int
    name: str
    display: str
    acting: str
    acting_display: str
    role: str
    locale: str
    seen: int
    filters: bool = False  # whether she, or whom she acts as, has any (node/posts/filters)
    rests: bool = False  # whether she has a role that counts only behind a code, and gave none in this session

    @property
    def acts_for_another(self) -> bool:
        return self.actor != self.person

    @property
    def moderates(self) -> bool:
        return self.role in ("moderator", "admin")


def start(db: Database, user: int, now: int, device: str = "", *, proved: bool = False) -> str:
    """A new session of the user as herself; its secret, in clear for the only time.

    proved: a code was given too.
    """
    secret = secrets.token_urlsafe(32)
    db.execute(
        """
        insert into sessions (secret, id, user, actor, device, created, seen, proved)
        select :secret, :id, id, actor, :device, :now, :now, :proved from users where id = :user
        """,
        {
            "secret": hashed(secret),
            "id": ids.new(now),
            "user": user,
            "device": device[:120],
            "now": now,
            "proved": int(proved),
        },
    )
    db.execute("delete from sessions where seen < ?", (now - IDLE,))
    return secret


def find(db: Database, secret: str, now: int) -> Member | None:
    """Who is logged in with this secret; None for an unknown or idle one, or a closed account.

    Somebody who lost the role for whom she acted acts as herself again.
    """
    found = db.row(
        """
        select sessions.id as session, sessions.user, sessions.seen, sessions.proved, users.role, users.locale,
               person.id as person, person.name, person.display,
               acting.id as actor, acting.name as acting, acting.display as acting_display, acting.gone,
               exists (select 1 from filters where filters.actor = users.actor)
               or exists (select 1 from filters where filters.actor = sessions.actor) as filters
          from sessions
          join users on users.id = sessions.user
          join actors person on person.id = users.actor
          join actors acting on acting.id = sessions.actor
         where sessions.secret = :secret and sessions.seen > :since
           and users.disabled is null and users.confirmed is not null and users.approved is not null
           and person.gone is null
        """,
        {"secret": hashed(secret), "since": now - IDLE},
    )
    if found is None:
        return None
    rests = second_factors.role_rests(db, found["role"], bool(found["proved"]))
    lost = found["gone"] or not memberships.may_speak(db, found["user"], found["actor"])
    return Member(
        session=found["session"], user=found["user"], person=found["person"],
        actor=found["person"] if lost else found["actor"], name=found["name"],
        display=found["display"] or found["name"], acting=found["name"] if lost else found["acting"],
        acting_display=(found["display"] or found["name"]) if lost else (found["acting_display"] or found["acting"]),
        role="member" if rests else found["role"], locale=found["locale"], seen=found["seen"], filters=bool(found["filters"]), rests=rests,
    )  # fmt: skip


def seen(db: Database, session: int, now: int) -> None:
    """The session was used."""
    db.execute("update sessions set seen = ? where id = ?", (now, session))


def prove(db: Database, session: int) -> None:
    """A code was given in this session."""
    db.execute("update sessions set proved = 1 where id = ?", (session,))


def act_as(db: Database, member: Member, actor: int) -> None:
    """From now on the session acts as this actor.  Raises Forbidden where she may not speak for it."""
    if not memberships.may_speak(db, member.user, actor):
        raise Forbidden("You may not speak for this account.", actor=actor)
    db.execute("update sessions set actor = ? where id = ?", (actor, member.session))


def of(db: Database, user: int) -> list[Row]:
    """The user's sessions, the last used first: id, device, created, seen, proved."""
    return db.rows(
        "select id, device, created, seen, proved from sessions where user = ? order by seen desc", (user,)
    ).fetchall()


def end(db: Database, user: int, session: int) -> bool:
    """This session of the user is over; false when she has none such."""
    return bool(db.execute("delete from sessions where id = ? and user = ?", (session, user)).rowcount)


def end_all(db: Database, user: int, keep: int = 0) -> None:
    """All sessions of the user are over, but the one to keep."""
    db.execute("delete from sessions where user = ? and id <> ?", (user, keep))


def hashed(secret: str) -> str:
    """What the table holds of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
