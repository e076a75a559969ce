"""Our associations' compact records with their own proofs: signed once, and again only when they say something else.

A page of the directory holds fifty of them, and any stranger may ask for it as often as she likes.
"""

from collections import OrderedDict
from pathlib import Path
from typing import Any

from federation import association_layer, proofs
from federation.bridge import ring_of
from node.people import actor_keys
from node.store import Database, Row

MOST = 5000  # records of about 2 kB
_kept: OrderedDict[tuple[Path | None, str], tuple[dict[str, Any], str, dict[str, Any]]] = OrderedDict()


def record(db: Database, entry: Row) -> dict[str, Any]:
    """The entry with its association's own proof: it holds wherever it is passed on.  Not to be changed."""
    found, method = association_layer.record(entry), f"{entry['uri']}#ed25519-key"
    key = None if entry["gone"] is not None or entry["actor"] is None else actor_keys.find(db, method)
    if key is None:
        return found
    name = (db.folder, entry["uri"])
    known = _kept.get(name)
    if known is not None and known[:2] == (found, key["public"]):
        return known[2]
    ring = ring_of(db)
    made = proofs.attach(found, method, lambda message: ring.sign(entry["actor"], "ed25519", message), entry["updated"])
    _kept[name] = (found, key["public"], made)
    if len(_kept) > MOST:
        try:
            _kept.popitem(last=False)
        except KeyError:  # two readers at once emptied it
            pass
    return made
