"""Log-in in two steps: secrets are made and opened here, since only this floor may use the keys; codes are judged here.

A code of the phone counts once, a recovery code too: whoever is second with the same one
is refused, however close they come.  Nothing of this is ever logged.
"""

import asyncio
import unicodedata
from dataclasses import dataclass

from federation.bridge import Bridge, now
from keys import seal, totp
from node.errors import Conflict, Invalid
from node.people import entry, second_factors, sessions, users
from node.store import Database

SEALED = "second-factors"  # the ring's secret that they are sealed with


@dataclass(frozen=True, slots=True)
class Begun:
    """What the phone must learn: the secret in groups of four, and the same as an address."""

    secret: str
    address: str

    @property
    def groups(self) -> str:
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


async def begin(bridge: Bridge, user: int, session: int) -> None:
    """A new secret waits for its first code.  Raises Conflict where she logs in with two steps already."""
    sealed = seal.close(bridge.ring, SEALED, f"{user} {totp.new()}")
    await bridge.store.write(second_factors.begin, user, session, sealed, now())


async def begun(bridge: Bridge, user: int, session: int, name: str) -> Begun | None:
    """What this session of hers began a moment ago, for an app to learn; None for nothing."""
    sealed = await bridge.store.read(second_factors.begun, user, session, now())
    secret = _open(bridge, user, sealed)
    if not secret:
        return None
    issuer = bridge.host.partition(":")[0]  # a colon would end it
    return Begun(secret, totp.address(secret, issuer, name))


async def confirm(bridge: Bridge, user: int, session: int, typed: str) -> list[str]:
    """The recovery codes, in clear for the only time: her log-in asks for a code from now on, and a letter says so.

    Raises Invalid for a wrong code, Conflict where nothing waits for one.
    """
    sealed = await bridge.store.read(second_factors.begun, user, session, now())
    secret = _open(bridge, user, sealed)
    if sealed is None or not secret:
        raise Conflict(second_factors.OVER)
    step = totp.step_of(secret, digits(typed), now())
    if step is None:
        raise Invalid(second_factors.WRONG)
    codes, hashed = await _new_codes()
    if not await bridge.store.write(_confirm, user, session, sealed, step, hashed):
        raise Conflict(second_factors.OVER)
    return codes


def _confirm(db: Database, user: int, session: int, sealed: bytes, step: int, hashed: list[str]) -> bool:
    if not second_factors.confirm(db, user, sealed, step, hashed, now()):
        return False
    sessions.prove(db, session)
    entry.tell(db, "steps_on", user, now())
    return True


async def proves(bridge: Bridge, user: int, typed: str) -> bool:
    """Whether it is a code of hers that was never used: of her phone, or one of the ten.  It counts no more."""
    said = digits(typed)
    if len(said) == totp.DIGITS:
        secret = _open(bridge, user, await bridge.store.read(second_factors.sealed, user))
        step = totp.step_of(secret, said, now()) if secret else None
        return step is not None and await bridge.store.write(second_factors.take, user, step)
    if len(said) == second_factors.CODE_DIGITS:
        hashed = await bridge.store.read(second_factors.code_like, user, said)
        right = await asyncio.to_thread(users.password_is, hashed, said)
        return right and hashed is not None and await bridge.store.write(_use_code, user, hashed)
    return False


def _use_code(db: Database, user: int, hashed: str) -> bool:
    used = second_factors.use_code(db, user, hashed)
    if used:
        entry.tell(db, "steps_code", user, now(), left=second_factors.state(db, user).left)
    return used


async def renew(bridge: Bridge, user: int) -> list[str]:
    """Ten new recovery codes, in clear for the only time; those of before count no more."""
    codes, hashed = await _new_codes()
    await bridge.store.write(_renew, user, hashed)
    return codes


def _renew(db: Database, user: int, hashed: list[str]) -> None:
    if not second_factors.is_on(db, user):
        raise Conflict(second_factors.OVER)
    second_factors.keep_codes(db, user, hashed)
    entry.tell(db, "steps_codes", user, now())


def turn_off(db: Database, user: int) -> bool:
    """Her password alone opens the account again, and a letter says so; false where it did already."""
    was_on = second_factors.forget(db, user)
    if was_on:
        entry.tell(db, "steps_off", user, now())
    return was_on


def digits(typed: str) -> str:
    """The digits of what was typed, as ASCII: keyboards write ٠١٢ too, and apps show `123 456`.

    '' where anything stands in it that is neither digit nor space nor dash.
    """
    bare = [letter for letter in typed[:80] if not letter.isspace() and letter not in "-‐‑–\u200e\u200f\u2066\u2069"]
    if not all(letter.isdecimal() for letter in bare):
        return ""
    return "".join(str(unicodedata.decimal(letter)) for letter in bare)


async def _new_codes() -> tuple[list[str], list[str]]:
    codes = second_factors.new_codes()
    return codes, await asyncio.to_thread(second_factors.hash_codes, codes)


def _open(bridge: Bridge, user: int, sealed: bytes | None) -> str:
    """The secret; '' for none, or for one that was sealed with other keys or for another user."""
    whose, _, secret = seal.read(bridge.ring, SEALED, sealed).partition(" ") if sealed else ("", "", "")
    return secret if whose == str(user) else ""
