"""Who moved where, and when: no more than one move in seven days; and whether the new account says so too."""

import json

from node.people import actors
from node.store import Database, Row

COOLDOWN = 7 * 86_400_000  # milliseconds between two moves of one actor


def get(db: Database, actor: int) -> Row | None:
    """The actor's last move: target, at."""
    return db.row("select * from moves where actor = ?", (actor,))


def keep(db: Database, actor: int, target: str, now: int) -> bool:
    """The move is on record; false within the cooldown, save for the same target again."""
    known = get(db, actor)
    if known is not None and known["at"] > now - COOLDOWN:
        return False
    db.execute(
        "insert into moves (actor, target, at) values (?, ?, ?)"
        " on conflict (actor) do update set target = excluded.target, at = excluded.at",
        (actor, target, now),
    )
    return True


def new_home(db: Database, actor: Row) -> Row | None:
    """Where the actor lives now; None for one that did not move, or that only says so itself.

    Whoever moved from another server is believed when the new account names the old one among its own.
    """
    new = actors.by_uri(db, actor["moved_to"]) if actor["moved_to"] else None
    if new is None or new["gone"] is not None:
        return None
    return new if actor["local"] or actor["uri"] in json.loads(new["aliases"]) else None


def shown(db: Database, actor: Row) -> str:
    """The address that stands on the actor's page as its new one; '' for none."""
    if actor["local"]:
        return str(actor["moved_to"])
    new = new_home(db, actor)
    return str(new["uri"]) if new is not None else ""
