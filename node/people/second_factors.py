"""The second step of a log-in: what of it is kept, and that each code counts once.

A secret that was begun is asked for nowhere until a first code of it was right.  What is
kept of it is sealed (federation/two_steps); recovery codes are kept as passwords are.
"""

import secrets
from dataclasses import dataclass

from node import settings
from node.errors import Conflict
from node.people import users
from node.store import Database
from node.text import mark

BEGUN = 1_800_000  # ms for which a secret that was begun may be confirmed
CODES = 10
CODE_DIGITS = 16  # the first says which of the ten it is: one hash is compared, not ten
WRONG = mark("The code is not right, or it was used already. Wait for the next one, and type that.")
OVER = mark("That took too long. Begin anew: the account that you have just added to your app can be removed from it.")


@dataclass(frozen=True, slots=True)
class State:
    """since: UTC ms, when it was turned on; None where it is off.  left: recovery codes not used yet."""

    since: int | None = None
    left: int = 0


def state(db: Database, user: int) -> State:
    """How the user logs in."""
    found = db.row(
        """
        select since, (select count(*) from recovery_codes where user = :user) as left
          from second_factors where user = :user and since is not null
        """,
        {"user": user},
    )
    return State(found["since"], found["left"]) if found is not None else State()


def is_on(db: Database, user: int) -> bool:
    """Whether the user's password alone opens nothing."""
    return bool(db.value("select 1 from second_factors where user = ? and since is not null", (user,)))


def role_rests(db: Database, role: str, proved: bool) -> bool:
    """Whether nothing may be decided by this role: the network asks for a code, and none was given."""
    return role != "member" and not proved and bool(settings.get(db, "two_steps_for_staff"))


def begin(db: Database, user: int, session: int, sealed: bytes, now: int) -> None:
    """The secret waits for its first code.  Raises Conflict where one is asked for already."""
    done = db.execute(
        """
        insert into second_factors (user, sealed, session, begun) values (:user, :sealed, :session, :now)
            on conflict (user) do update set sealed = excluded.sealed, session = excluded.session, begun = excluded.begun
         where since is null
        """,
        {"user": user, "sealed": sealed, "session": session, "now": now},
    )
    if not done.rowcount:
        raise Conflict("You log in with two steps already.")


def begun(db: Database, user: int, session: int, now: int) -> bytes | None:
    """The sealed secret that this session of the user began a moment ago; None for any other."""
    found: bytes | None = db.value(
        "select sealed from second_factors where user = ? and session = ? and since is null and begun > ?",
        (user, session, now - BEGUN),
    )
    return found


def confirm(db: Database, user: int, sealed: bytes, step: int, hashed: list[str], now: int) -> bool:
    """From now on the user's log-in asks for a code; false where this secret is not the one that waits."""
    done = db.execute(
        "update second_factors set since = ?, step = ? where user = ? and sealed = ? and since is null",
        (now, step, user, sealed),
    )
    if done.rowcount:
        keep_codes(db, user, hashed)
    return bool(done.rowcount)


def sealed(db: Database, user: int) -> bytes | None:
    """The sealed secret that the user's codes are made from; None where no code is asked for."""
    found: bytes | None = db.value("select sealed from second_factors where user = ? and since is not null", (user,))
    return found


def take(db: Database, user: int, step: int) -> bool:
    """The code of this half minute, and of all before it, counts no more; false when it did not any more."""
    return bool(
        db.execute(
            "update second_factors set step = :step where user = :user and since is not null and step < :step",
            {"user": user, "step": step},
        ).rowcount
    )


def forget(db: Database, user: int) -> bool:
    """The password alone opens the account again; false where it did already."""
    was_on = is_on(db, user)
    db.execute("delete from recovery_codes where user = ?", (user,))
    db.execute("delete from second_factors where user = ?", (user,))
    return was_on


# ── for the day when the phone is lost ────────────────────────────────────────


def new_codes() -> list[str]:
    """Ten codes of sixteen digits, in clear for the only time: digits, for every keyboard has them."""
    return [f"{place}{secrets.randbelow(10 ** (CODE_DIGITS - 1)):0{CODE_DIGITS - 1}d}" for place in range(CODES)]


def hash_codes(codes: list[str]) -> list[str]:
    """What is kept of them.  Slow by intent (about 300 ms): off the event loop and outside transactions."""
    return [users.hash_password(one) for one in codes]


def keep_codes(db: Database, user: int, hashed: list[str]) -> None:
    """These codes count, any older ones no more."""
    db.execute("delete from recovery_codes where user = ?", (user,))
    db.many(
        "insert into recovery_codes (user, place, hashed) values (?, ?, ?)",
        [(user, place, one) for place, one in enumerate(hashed)],
    )


def code_like(db: Database, user: int, typed: str) -> str | None:
    """What is kept of the code that this one may be; None where it was used, or never made."""
    found: str | None = db.value(
        "select hashed from recovery_codes where user = ? and place = ?", (user, int(typed[0]))
    )
    return found


def use_code(db: Database, user: int, hashed: str) -> bool:
    """The code counts no more; false when it did not any more."""
    return bool(db.execute("delete from recovery_codes where user = ? and hashed = ?", (user, hashed)).rowcount)
