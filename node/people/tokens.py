"""Tokens that let applications in.  Only hashes are kept; scopes are the field's words."""

import hashlib
import secrets
from dataclasses import dataclass

from node import ids
from node.errors import Forbidden, Invalid, Unproven
from node.people import memberships, second_factors
from node.store import Database, Row

TOP = ("read", "write", "follow", "push", "profile", "admin:read", "admin:write")
PARTS = {
    "read": ("accounts", "blocks", "bookmarks", "collections", "favourites", "filters", "follows", "lists",
             "mutes", "notifications", "search", "statuses", "me"),
    "write": ("accounts", "blocks", "bookmarks", "collections", "conversations", "favourites", "filters",
              "follows", "lists", "media", "mutes", "notifications", "reports", "statuses"),
    "admin:read": ("accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks",
                   "email_domain_blocks", "canonical_email_blocks"),
    "admin:write": ("accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks",
                    "email_domain_blocks", "canonical_email_blocks"),
}  # fmt: skip
FOLLOW = {f"{way}:{what}" for way in ("read", "write") for what in ("follows", "blocks", "mutes")}
MODERATING = ("moderator", "admin")
SCOPES = frozenset(TOP) | {f"{top}:{part}" for top, parts in PARTS.items() for part in parts}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who stands behind a token.  actor is the author of what it posts; both are None for an app alone."""

    token: int
    application: int | None
    user: int | None
    actor: int | None
    scopes: frozenset[str]
    role: str

    def may(self, scope: str) -> bool:
        """Whether the token's scopes hold this one, itself or as part of a wider one."""
        top = scope.rpartition(":")[0]
        return scope in self.scopes or (top in self.scopes) or (scope in FOLLOW and "follow" in self.scopes)


def read_scopes(text: str) -> list[str]:
    """The scopes named, in order, once each.  Raises Invalid for a word that is no scope."""
    named = list(dict.fromkeys(text.replace("+", " ").split()))
    if not named or any(one not in SCOPES for one in named):
        raise Invalid("The requested scope is invalid, unknown, or malformed.")
    return named


def hold(registered: list[str], wanted: list[str]) -> bool:
    """Whether all that is wanted is among what was registered, itself or as part of a wider scope."""
    held = frozenset(registered)
    return all(one in held or one.rpartition(":")[0] in held or (one in FOLLOW and "follow" in held) for one in wanted)


def create(db: Database, user: int | None, actor: int | None, scopes: list[str], now: int,
           application: int | None = None) -> str:  # fmt: skip
    """A new token, in clear for the only time.

    Raises Forbidden for admin scopes of one who does not moderate, or for an actor she may not speak for.
    """
    if user is not None and actor is not None:
        memberships.must_speak(db, user, actor)
    if any(one.startswith("admin:") for one in scopes):
        role = db.value("select role from users where id = ?", (user,))
        if role not in MODERATING:
            raise Forbidden("Only those who moderate get tokens with admin scopes.")
    secret = secrets.token_urlsafe(32)
    db.execute(
        """
        insert into tokens (secret, id, application, user, actor, scopes, created) values (?, ?, ?, ?, ?, ?, ?)
        """,
        (fingerprint(secret), ids.new(now), application, user, actor, " ".join(scopes), now),
    )
    return secret


def bearer(db: Database, secret: str) -> Bearer:
    """Who holds this token.  Raises Unproven for an unknown one, Forbidden for a closed account.

    A token for an association dies with the role of its holder.
    """
    found = db.row(
        """
        select tokens.id, tokens.application, tokens.user, tokens.actor, tokens.scopes, tokens.request,
               users.role, users.disabled, users.approved, users.confirmed, users.actor as person, actors.gone
          from tokens
          left join users on users.id = tokens.user
          left join actors on actors.id = tokens.actor
         where tokens.secret = ?
        """,
        (fingerprint(secret),),
    )
    if found is None:
        raise Unproven("The access token is invalid")
    if found["request"] is not None:
        raise Forbidden(_missing(db, found["request"]))
    if found["user"] is not None:
        if found["disabled"]:
            raise Forbidden("Your login is currently disabled")
        if found["gone"]:
            raise Unproven("The access token is invalid")
        if not found["confirmed"]:
            raise Forbidden("Your login is missing a confirmed e-mail address")
        if not found["approved"]:
            raise Forbidden("Your login is currently pending approval")
        if found["actor"] != found["person"] and not memberships.may_speak(db, found["user"], found["actor"]):
            raise Unproven("The access token is invalid")
    role = found["role"] or ""
    # The operator's own tokens (of no application) were made at the machine itself, behind whatever guards that.
    if found["application"] is not None and second_factors.role_rests(db, role or "member", False):
        role = role if second_factors.is_on(db, found["user"]) else "member"
    return Bearer(
        found["id"], found["application"], found["user"], found["actor"], frozenset(found["scopes"].split()), role,
    )  # fmt: skip


def wait(db: Database, request: int, scopes: list[str], now: int, application: int | None) -> str:
    """A token, in clear for the only time, that opens nothing before this request to join is granted; 0: never."""
    secret = secrets.token_urlsafe(32)
    db.execute(
        "insert into tokens (secret, id, application, scopes, created, request) values (?, ?, ?, ?, ?, ?)",
        (fingerprint(secret), ids.new(now), application, " ".join(scopes), now, request),
    )
    return secret


def arrive(db: Database, request: int, user: int, actor: int) -> None:
    """What waited for the request is the new user's token."""
    db.execute("update tokens set user = ?, actor = ?, request = null where request = ?", (user, actor, request))
    db.wake("tokens")


def refuse(db: Database, request: int) -> None:
    """What waited for the request opens nothing, for ever."""
    db.execute("delete from tokens where request = ?", (request,))


def waits_for(db: Database, secret: str) -> int | None:
    """The request that this token waits for (0: for none that is known); None for any other token."""
    found: int | None = db.value("select request from tokens where secret = ?", (fingerprint(secret),))
    return found


def _missing(db: Database, request: int) -> str:
    confirmed = db.value("select confirmed from join_requests where id = ?", (request,))
    return (
        "Your login is currently pending approval" if confirmed else "Your login is missing a confirmed e-mail address"
    )


def revoke(db: Database, secret: str) -> bool:
    """The token opens nothing any more; false when it never did."""
    ended = db.execute("delete from tokens where secret = ?", (fingerprint(secret),)).rowcount
    db.wake("tokens")
    return bool(ended)


def end(db: Database, identifier: int) -> None:
    """The token with this id opens nothing any more."""
    db.execute("delete from tokens where id = ?", (identifier,))
    db.wake("tokens")


def of(db: Database, user: int) -> list[Row]:
    """The apps that she let in, the last first: id, scopes, created, the app's name, and whom it speaks as."""
    return db.rows(
        """
        select tokens.id, tokens.scopes, tokens.created, applications.name, actors.display, actors.name as actor_name
          from tokens
          left join applications on applications.id = tokens.application
          left join actors on actors.id = tokens.actor
         where tokens.user = ? order by tokens.created desc limit 100
        """,
        (user,),
    ).fetchall()


def end_of(db: Database, user: int, identifier: int) -> None:
    """The token lets nobody in any more, where it is hers."""
    if db.value("select 1 from tokens where id = ? and user = ?", (identifier, user)):
        end(db, identifier)


def end_all(db: Database, user: int) -> None:
    """No application acts for the user any more."""
    db.execute("delete from tokens where user = ?", (user,))
    db.wake("tokens")


def owner(db: Database, secret: str) -> Row | None:
    """The token's row, to see whose it is; None for an unknown one."""
    return db.row("select * from tokens where secret = ?", (fingerprint(secret),))


def locale(db: Database, identifier: int) -> str:
    """The language of the user behind the token; '' for none."""
    return (
        db.value(
            "select users.locale from tokens join users on users.id = tokens.user where tokens.id = ?", (identifier,)
        )
        or ""
    )


def living(db: Database, identifier: int) -> bool:
    """Whether the token with this id still lets somebody in: what an open stream asks."""
    found = db.row(
        """
        select tokens.user, tokens.actor, users.actor as person, users.disabled, users.approved, actors.gone
          from tokens left join users on users.id = tokens.user left join actors on actors.id = tokens.actor
         where tokens.id = ?
        """,
        (identifier,),
    )
    if found is None or found["gone"] or found["user"] is None or found["disabled"] or not found["approved"]:
        return False
    return bool(found["actor"] == found["person"] or memberships.may_speak(db, found["user"], found["actor"]))


def fingerprint(secret: str) -> str:
    """What the file keeps of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()  # a header may hold bytes that are no text
