"""Authorization codes: what a member let an application do, for a minute, once."""

import base64
import hashlib
import hmac
import secrets

from node.errors import Invalid
from node.people import applications, tokens
from node.store import Database

LIVES = 60_000  # ms
LIVES_TYPED = 600_000  # ms, where a person carries it over by hand
KEPT = 86_400_000  # ms for which a second use is recognised


def create(db: Database, application: int, user: int, actor: int, redirect: str, scopes: list[str], challenge: str,
           now: int) -> str:  # fmt: skip
    """A code, in clear for the only time, bound to all of these."""
    code = secrets.token_urlsafe(32)
    lives = LIVES_TYPED if redirect == applications.OUT_OF_BAND else LIVES
    db.execute("delete from codes where expires < ?", (now - KEPT,))
    db.execute(
        """
        insert into codes (secret, application, user, actor, redirect, scopes, challenge, expires)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (_hash(code), application, user, actor, redirect, " ".join(scopes), challenge, now + lives),
    )
    return code


def exchange(
    db: Database, code: str, application: int, redirect: str, verifier: str, now: int
) -> tuple[str, str] | None:
    """(token, scopes) for the code; None when it is not this application's, not for this
    redirect, too old, used, or its verifier does not fit.

    A code that comes twice was stolen by one of the two: the token it gave is ended.
    """
    found = db.row("select * from codes where secret = ? and application = ?", (_hash(code), application))
    if found is None:
        return None
    if found["token"] is not None:
        tokens.end(db, found["token"])
        return None
    if found["expires"] <= now or not hmac.compare_digest(found["redirect"].encode(), redirect.encode()):
        return None
    if not _fits(found["challenge"], verifier):
        return None
    scopes = found["scopes"].split()
    secret = tokens.create(db, found["user"], found["actor"], scopes, now, application)
    db.execute("update codes set token = ? where secret = ?", (tokens.bearer(db, secret).token, found["secret"]))
    return secret, found["scopes"]


def forget(db: Database, user: int) -> None:
    """What the user let applications do, and they have not asked for yet, they get no more."""
    db.execute("delete from codes where user = ?", (user,))


def check_challenge(challenge: str, method: str) -> None:
    """Raises Invalid for anything but S256 with a digest of 43 letters, or no challenge at all."""
    if not challenge and not method:
        return
    if method != "S256" or len(challenge) != 43:
        raise Invalid("The code challenge method must be S256.")


def _fits(challenge: str, verifier: str) -> bool:
    """RFC 7636; a verifier for a code that was asked without challenge is a downgrade."""
    if not challenge:
        return not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
