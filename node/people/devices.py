"""Devices that an app wants woken: one for each token, with what is worth waking them for."""

import json

from node.errors import NotFound
from node.people import follows
from node.store import Database, Row

KINDS = ("mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote",
         "quoted_update", "admin.sign_up", "admin.report")  # fmt: skip
POLICIES = ("all", "followed", "follower", "none")


def keep(db: Database, token: int, actor: int, endpoint: str, p256dh: str, auth: str, standard: bool,
         alerts: dict[str, bool], policy: str, sealed: bytes | None = None) -> Row:  # fmt: skip
    """The token's only device is this one.  sealed: the token itself, which only the node's keys open."""
    db.execute("delete from push_subscriptions where token = ?", (token,))
    db.execute(
        """
        insert into push_subscriptions (token, actor, endpoint, p256dh, auth, standard, alerts, policy, sealed)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (token, actor, endpoint, p256dh, auth, int(standard), json.dumps(alerts), policy, sealed),
    )
    return of(db, token)


def of(db: Database, token: int) -> Row:
    """The token's device.  Raises NotFound."""
    found = db.row("select * from push_subscriptions where token = ?", (token,))
    if found is None:
        raise NotFound("Record not found")
    return found


def change(db: Database, token: int, alerts: dict[str, bool] | None, policy: str | None) -> Row:
    """The device is woken for other things."""
    known = of(db, token)
    db.execute(
        "update push_subscriptions set alerts = ?, policy = ? where token = ?",
        (known["alerts"] if alerts is None else json.dumps(alerts), policy or known["policy"], token),
    )
    return of(db, token)


def forget(db: Database, token: int) -> None:
    """Nothing is sent for this token."""
    db.execute("delete from push_subscriptions where token = ?", (token,))


def lost(db: Database, identifier: int) -> None:
    """The push service knows the device no more."""
    db.execute("delete from push_subscriptions where id = ?", (identifier,))


def get(db: Database, identifier: int) -> Row | None:
    """A device, for our own work."""
    return db.row("select * from push_subscriptions where id = ?", (identifier,))


def to_wake(db: Database, actor: int, kind: str, origin: int) -> list[int]:
    """Devices of the actor that want to be woken for this."""
    return [
        row["id"]
        for row in db.rows("select * from push_subscriptions where actor = ?", (actor,)).fetchall()
        if json.loads(row["alerts"]).get(kind) and _wanted(db, row["policy"], actor, origin)
    ]


def _wanted(db: Database, policy: str, actor: int, origin: int) -> bool:
    pair = {"followed": (actor, origin), "follower": (origin, actor)}.get(policy)
    if pair is None:
        return policy == "all"
    known = follows.get(db, *pair)
    return known is not None and known["state"] == "accepted"
