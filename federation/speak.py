"""An activity of ours is said: given an id, proved where it is public, written once as bytes, put into inboxes."""

from collections.abc import Iterable
from typing import Any

from federation import proofs
from federation import vocabulary as v
from federation.bridge import ring_of
from node import ids, letters, settings
from node.store import Database, Row


def say(db: Database, actor: Row, kind: str, obj: Any, inboxes: Iterable[tuple[str, str]], now: int, *,
        to: list[str], cc: list[str] | None = None, uri: str = "", identifier: int | None = None,
        extra: dict[str, Any] | None = None) -> str:  # fmt: skip
    """The activity's id; its bytes are on the disk, due at each inbox.

    obj is an id, or a document that goes inside.  uri names the activity where it is no
    `/activities/ID`.  What is addressed to Public carries a proof and can be read at its id.
    """
    number = identifier or ids.new(now)
    name = uri or f"{settings.get(db, 'origin')}/activities/{number}"
    public = v.PUBLIC in to or v.PUBLIC in (cc or [])
    inner = {k: x for k, x in obj.items() if k != "@context"} if isinstance(obj, dict) else obj
    document = {
        "id": name, "type": kind, "actor": actor["uri"], "object": inner, "to": to, "cc": cc or [], **(extra or {})
    }  # fmt: skip
    body = v.dump(sealed(db, actor, document, now) if public else v.with_context(document))
    letters.write(db, name, actor["id"], kind, v.one_id(obj), body, inboxes, now, public=public, identifier=number)
    return name


def sealed(db: Database, actor: Row, document: dict[str, Any], now: int) -> dict[str, Any]:
    """The document with its context and the actor's integrity proof (FEP-8b32)."""
    ring = ring_of(db)
    return proofs.attach(
        v.with_context(document, proof=True),
        f"{actor['uri']}#ed25519-key",
        lambda message: ring.sign(actor["id"], "ed25519", message),
        now,
    )
