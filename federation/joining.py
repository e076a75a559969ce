"""How one becomes a member: a request, its address confirmed, a coordinator's word where one is wanted, an account.

Where this node sends letters, an address is confirmed before anything is opened, and a
name or address is nobody's before that: there is no account to take from its owner.
Who types an address that has an account gets the same answer as anybody else; a letter
tells its owner.
"""

from dataclasses import dataclass

from federation import actors as documents
from node import mails, settings
from node.errors import Conflict, Invalid, NotFound
from node.people import actors, addresses, entry, links, requests, tokens, users
from node.posts import notifications
from node.store import Database, Row
from node.text import one_line

CLOSED = "This network takes no new accounts at the moment."


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed who wants to join; hashed is her password (users.hash_password)."""

    name: str
    display: str
    email: str
    hashed: str
    locale: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: `open` with the user; `address` or `people`, which the request (0: none was kept) waits for."""

    state: str
    user: int = 0
    request: int = 0


def ask(db: Database, wish: Wish, now: int, *, decided: bool) -> Outcome:
    """An account, or a request for one; decided says that a coordinator does.  Raises Invalid or Conflict."""
    if settings.get(db, "registrations") == "closed":
        raise NotFound(CLOSED)
    writes = mails.can_send(db)
    email = addresses.read(wish.email) if wish.email.strip() else None
    if email is None and writes and settings.get(db, "require_email"):
        raise Invalid("Please give an e-mail address.")
    name = actors.fit(db, wish.name.lower(), asked_by_stranger=True)
    if requests.asks_for(db, name, but=email or ""):
        raise Conflict("This name is taken: {name}.", name=name)
    waits_for = "address" if email and writes else "people"
    try:
        addresses.check(db, email)
    except Conflict:
        if not decided and not writes:
            raise
        _remind(db, email or "", now)
        return Outcome(waits_for)
    if waits_for == "people" and not decided:
        user = _open(db, name, wish.display, email, wish.hashed, wish.locale, now)
        _tell_who_came(db, users.get(db, user)["actor"], now)
        return Outcome("open", user=user)
    made = requests.keep(
        db, name, one_line(wish.display, documents.LONGEST_NAME), email, wish.hashed, wish.locale, wish.reason, now,
        confirmed=waits_for == "people", at_once=not decided,
    )  # fmt: skip
    request = requests.get(db, made) if made is not None else None
    if request is None:
        return Outcome(waits_for)
    if waits_for == "address":
        entry.ask_confirmation(db, request, now)
    else:
        _tell_coordinators(db, now)
    return Outcome(waits_for, request=request["id"])


def confirm(db: Database, secret: str, now: int) -> Outcome | None:
    """The address is confirmed, and what waited for that goes on; None for a link that opens nothing.

    Raises Conflict when the name was given to somebody else meanwhile.
    """
    link = links.use(db, secret, now, "confirm")
    request = requests.confirm(db, link["request"], now) if link is not None and link["request"] is not None else None
    if request is None:
        return None
    if request["at_once"]:
        return Outcome("open", user=_let_in(db, request, now))
    _tell_coordinators(db, now)
    return Outcome("people", request=request["id"])


def accept(db: Database, request: int, now: int) -> Row | None:
    """The new user; None when it was answered before, or as long as the address is not confirmed.

    Raises Conflict for a name that was given meanwhile.
    """
    row = requests.get(db, request)
    if row is None:
        return None
    if row["confirmed"] is None:
        requests.open_once_confirmed(db, request)
        return None
    user = users.get(db, _let_in(db, row, now))
    entry.tell(db, "accepted", user["id"], now)
    return user


def refuse(db: Database, request: int, now: int) -> Row | None:
    """What was asked for and is not given; None when it was answered before."""
    row = requests.take(db, request)
    if row is None:
        return None
    tokens.refuse(db, request)
    if not requests.waiting(db):
        _take_back(db)
    if row["confirmed"]:
        mails.keep(db, "refused", row["email"], now, locale=row["locale"], facts={"name": row["name"]})
    return row


def _let_in(db: Database, row: Row, now: int) -> int:
    actors.fit(db, row["name"])
    user = _open(db, row["name"], row["display"], row["email"], row["password"], row["locale"], now)
    requests.take(db, row["id"])
    actor = users.get(db, user)["actor"]
    tokens.arrive(db, row["id"], user, actor)
    _tell_who_came(db, actor, now)
    return user


def _open(db: Database, name: str, display: str, email: str | None, hashed: str, locale: str, now: int) -> int:
    users.check_email(db, email)
    actor = documents.create(db, "Person", name, now, display=one_line(display, documents.LONGEST_NAME))
    return users.create(db, actor, email, None, "member", now, hashed=hashed, locale=locale)


def _remind(db: Database, email: str, now: int) -> None:
    owner = users.by_email(db, email)
    if owner is not None:
        entry.tell(db, "known", owner["id"], now)


def _tell_coordinators(db: Database, now: int) -> None:
    """They hear of each request, the last one standing for all that wait: a request has no account of its own yet."""
    _take_back(db)
    system = actors.system(db)
    for moderator in users.coordinators(db):
        notifications.tell(db, moderator, "admin.sign_up", system, None, now)


def _take_back(db: Database) -> None:
    """It is not said any more that somebody waits."""
    system = actors.system(db)
    for moderator in users.coordinators(db):
        notifications.withdraw(db, moderator, "admin.sign_up", system, None)


def _tell_who_came(db: Database, actor: int, now: int) -> None:
    """Coordinators hear of the new account, and no more of requests when none waits."""
    if not requests.waiting(db):
        _take_back(db)
    for moderator in users.coordinators(db):
        notifications.tell(db, moderator, "admin.sign_up", actor, None, now)
