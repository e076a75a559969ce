"""Links that open one thing, once, until they are too old.  Only hashes of them are kept."""

import hashlib
import secrets

from node.store import Database, Row

HOUR = 3_600_000
LIVES = {
    "confirm": 7 * 24 * HOUR,  # of a request to join
    "change": 24 * HOUR,
    "reset": HOUR,
}  # ms
BY_HAND = 24 * HOUR  # ms for a link that the operator hands over
KEPT = 5  # of a kind for a user: the last ones, for a letter may be sent twice


def make(db: Database, kind: str, address: str | None, now: int, *, user: int | None = None,
         request: int | None = None) -> str:  # fmt: skip
    """The secret of a new link of a user or a request to join, in clear for the only time.

    address is where it is sent, None where the operator hands it over.
    """
    secret = secrets.token_urlsafe(32)
    lives = LIVES[kind] if address is not None else BY_HAND
    db.execute(
        "insert into links (secret, kind, user, request, address, at, expires) values (?, ?, ?, ?, ?, ?, ?)",
        (_hash(secret), kind, user, request, address, now, now + lives),
    )
    db.execute(
        """
        delete from links where expires < :now or (user is :user and request is :request and kind = :kind and secret not in (
            select secret from links where user is :user and request is :request and kind = :kind
             order by at desc, secret limit :kept))
        """,
        {"now": now, "user": user, "request": request, "kind": kind, "kept": KEPT},
    )
    return secret


def find(db: Database, secret: str, now: int, *kinds: str) -> Row | None:
    """The link; None for one that is unknown, used, too old or of another kind, or whose user is out.

    A link sent to an address that is hers no more opens nothing, but where it is to become hers.
    """
    found = db.row(
        """
        select links.*, ifnull(users.email, join_requests.email) as email, users.disabled from links
          left join users on users.id = links.user
          left join join_requests on join_requests.id = links.request
         where links.secret = ? and links.expires > ?
        """,
        (_hash(secret), now),
    )
    if found is None or found["kind"] not in kinds or found["disabled"]:
        return None
    stale = found["kind"] != "change" and found["address"] is not None and found["address"] != found["email"]
    return None if stale else found


def use(db: Database, secret: str, now: int, *kinds: str) -> Row | None:
    """The same, and nobody can use it again."""
    found = find(db, secret, now, *kinds)
    if found is not None:
        db.execute("delete from links where secret = ?", (found["secret"],))
    return found


def forget(db: Database, user: int, *kinds: str) -> None:
    """The user's links of these kinds open nothing any more; without kinds, all of them."""
    for kind in kinds or LIVES:
        db.execute("delete from links where user = ? and kind = ?", (user, kind))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
