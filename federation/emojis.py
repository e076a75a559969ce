"""Custom emoji on the wire: `tag: {"type":"Emoji","id","name":":x:","icon":{"type":"Image","mediaType","url"},"updated"}`.

Source: interop §11; Mastodon, Pleroma and Misskey write it alike, but for `id`, `updated` and `mediaType`,
which may be missing.
"""

from typing import Any

from federation import vocabulary as v
from node import emojis, ids, settings
from node.emojis import Emoji
from node.store import Database

TYPES = frozenset(("Emoji", "toot:Emoji", "http://joinmastodon.org/ns#Emoji"))
MOST_TAGS = 200  # entries of `tag` that are looked at


def told(document: dict[str, Any]) -> list[Emoji]:
    """Those that a document names; without a fit shortcode or a picture on the web, none."""
    found = []
    for one in v.as_list(document.get("tag"))[:MOST_TAGS]:
        if not isinstance(one, dict) or v.type_of(one, TYPES) not in TYPES or not isinstance(one.get("name"), str):
            continue
        shortcode = one["name"].strip().removeprefix(":").removesuffix(":")
        address = v.picture(one.get("icon"), 3)
        if emojis.SHORTCODE.match(shortcode) and address:
            found.append(Emoji(shortcode, address, ids.read_rfc3339(one.get("updated"))))
    return found


def tags(db: Database, kept: str) -> list[dict[str, Any]]:
    """Entries of `tag` for those that a row of ours names."""
    origin = settings.get(db, "origin")
    found = []
    for row in emojis.of(db, kept):
        ending = row["url"].rpartition(".")[2]
        kind = {"png": "image/png", "webp": "image/webp", "gif": "image/gif"}.get(ending, "image/jpeg")
        made = {"id": f"{origin}/emojis/{row['shortcode']}", "type": "Emoji", "name": f":{row['shortcode']}:",
                "icon": {"type": "Image", "mediaType": kind, "url": row["url"]}}  # fmt: skip
        found.append(made | ({"updated": ids.rfc3339(row["updated"])} if row["updated"] else {}))
    return found
