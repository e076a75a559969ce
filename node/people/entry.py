"""How one comes into an account again: passwords, addresses that are confirmed, links that lead there once.

Whoever asks from outside learns nothing of who has an account: these functions answer
alike for a known and an unknown address.
"""

from node import mails
from node.errors import Invalid
from node.people import addresses, codes, links, requests, sessions, tokens, users
from node.store import Database, Row


def tell(db: Database, kind: str, user: int, now: int, address: str | None = None, locale: str = "",
         **facts: object) -> bool:  # fmt: skip
    """A letter of this kind goes to her address, or to another one; false when none goes.

    It is in her language; in that of `locale` where she has chosen none.
    """
    row = db.row(
        "select users.email, users.locale, actors.name from users join actors on actors.id = users.actor"
        " where users.id = ?",
        (user,),
    )
    if row is None:
        return False
    target = address if address is not None else row["email"]
    return mails.keep(
        db, kind, target, now, user=user, locale=row["locale"] or locale, facts={"name": row["name"], **facts}
    )


# ── passwords ─────────────────────────────────────────────────────────────────


def set_password(db: Database, user: int, hashed: str, now: int, *, session: int = 0) -> None:
    """This one holds; every browser (but the session), app and link is out, and a letter says so."""
    users.set_password(db, user, hashed)
    sessions.end_all(db, user, keep=session)
    tokens.end_all(db, user)
    codes.forget(db, user)
    links.forget(db, user)
    mails.drop(db, user, "reset", "change")
    tell(db, "password", user, now)


def ask_reset(db: Database, typed: str, now: int, locale: str = "") -> None:
    """Whoever has an account with this address gets a link; for any other nothing happens."""
    user = users.by_email(db, typed)
    if user is not None:
        tell(db, "reset", user["id"], now, locale=locale)


def reset(db: Database, secret: str, hashed: str, now: int) -> int | None:
    """The user who has this password now; None for a link that opens nothing."""
    link = links.use(db, secret, now, "reset")
    if link is None:
        return None
    set_password(db, link["user"], hashed, now)
    return int(link["user"])


# ── addresses ─────────────────────────────────────────────────────────────────


def ask_confirmation(db: Database, request: Row, now: int) -> bool:
    """A letter with a link goes to the address of this request to join; false when none goes."""
    return mails.keep(db, "confirm", request["email"], now, request=request["id"], locale=request["locale"],
                      facts={"name": request["name"]})  # fmt: skip


def ask_confirmation_of(db: Database, typed: str, now: int, _locale: str = "") -> None:
    """The same for the address of a request that is not confirmed yet; for any other nothing happens."""
    try:
        request = requests.unconfirmed(db, addresses.read(typed))
    except Invalid:
        return
    if request is not None:
        ask_confirmation(db, request, now)


def ask_change(db: Database, user: Row, typed: str, now: int) -> bool:
    """The address is hers once she follows the link that goes there: true; false when it is hers at once.

    At once where this node sends no letters, and for no address at all.  Who else has
    the address is not said: its owner's account stays as it is.  Raises Invalid.
    """
    if not typed.strip():
        _become(db, user, None, now)
        return False
    address = addresses.read(typed)
    if address == user["email"]:
        return False
    if not mails.can_send(db):
        _become(db, user, address, now)
        return False
    if addresses.blocked(db, address):
        raise Invalid("This e-mail address is not taken here. Please use another one.")
    links.forget(db, user["id"], "change")
    mails.drop(db, user["id"], "change")
    if not db.value("select 1 from users where email = ?", (address,)):
        tell(db, "change", user["id"], now, address)
    return True


def confirm_change(db: Database, secret: str, now: int) -> bool:
    """The user has her new address; false for a link that opens nothing.  Raises Conflict where it has another owner."""
    link = links.use(db, secret, now, "change")
    if link is None:
        return False
    _become(db, users.get(db, link["user"]), link["address"], now)
    return True


def _become(db: Database, user: Row, address: str | None, now: int) -> None:
    """Raises Conflict for an address that another user has by now."""
    users.set_email(db, user["id"], address)
    links.forget(db, user["id"])
    if user["email"] and user["email"] != address:
        tell(db, "changed", user["id"], now, user["email"])
