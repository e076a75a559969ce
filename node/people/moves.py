"""Who moved where, and when: no more than one move in seven days."""

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
