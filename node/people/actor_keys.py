"""The public keys that actors sign with, ours and peers'; private ones lie in the room `keys`."""

import json

from node.store import Database, Row


def keep(db: Database, identifier: str, actor: int, kind: str, public: str, now: int) -> None:
    """The key belongs to the actor from now on; another actor's key of the same id stays theirs."""
    new = db.execute(
        "insert into actor_keys (id, actor, kind, public, since) values (?, ?, ?, ?, ?) on conflict (id) do nothing",
        (identifier, actor, kind, public, now),
    ).rowcount
    if new:
        return
    changed = db.execute(
        "update actor_keys set public = ?, kind = ?, since = ? where id = ? and actor = ? and public <> ?",
        (public, kind, now, identifier, actor, public),
    ).rowcount
    if changed:
        db.wake("keys")


def replace(db: Database, actor: int, keys: list[tuple[str, str, str]], now: int) -> None:
    """The actor has exactly these keys: (id, kind, public).  A key dropped from its document is dead."""
    kept = json.dumps([identifier for identifier, _kind, _public in keys])
    dropped = db.execute(
        "delete from actor_keys where actor = ? and id not in (select value from json_each(?))", (actor, kept)
    ).rowcount
    if dropped:
        db.wake("keys")
    for identifier, kind, public in keys:
        keep(db, identifier, actor, kind, public, now)


def find(db: Database, identifier: str) -> Row | None:
    """The key with its owner: kind, public, since, owner (URI), actor, local, gone."""
    return db.row(
        """
        select actor_keys.*, actors.uri as owner, actors.local, actors.gone, actors.host
          from actor_keys join actors on actors.id = actor_keys.actor
         where actor_keys.id = ?
        """,
        (identifier,),
    )


def rsa(db: Database, actor: int) -> str:
    """The id of the key with which our actor signs requests."""
    return str(db.value("select id from actor_keys where actor = ? and kind = 'rsa'", (actor,)))


def of(db: Database, actor: int) -> list[Row]:
    """The actor's keys, rsa first."""
    return db.rows("select * from actor_keys where actor = ? order by kind desc", (actor,)).fetchall()
