"""Posts whose addressees were taken out on the way (bto, bcc, a list of the author's own): whoever's inbox they come to is one.

Source: ActivityPub §6 («remove the bto and/or bcc properties … but use them to determine recipients»); Mastodon's inbox,
where the owner of the inbox may always read what was put there.
"""

from dataclasses import replace
from typing import Any

from federation import vocabulary as v
from federation.activity import Heard
from node.people import actors, blocks
from node.posts import conversations, notifications, posts
from node.store import Database, Row

MOST_NAMED = 500


def named(heard: Heard, body: bytes, owner: Row, origin: str) -> tuple[Heard, bytes]:
    """The Create and its bytes with the owner of the inbox among the addressed, where it names nobody that we know of."""
    found = heard.document.get("object")
    if heard.type != "Create" or not heard.own or owner["type"] == "Group" or not isinstance(found, dict):
        return heard, body
    if any(uri in v.PUBLIC_NAMES or uri.startswith(f"{origin}/") for uri in _named(heard.document)):
        return heard, body
    document = heard.document | {"bto": [owner["uri"]]}
    return replace(heard, document=document), v.dump(document)


def again(db: Database, heard: Heard, owner: Row, now: int) -> None:
    """The same direct post put into another's inbox: she may read it too, and is told."""
    post = posts.by_uri(db, v.one_id(heard.document.get("object")))
    if post is None or post["visibility"] != "direct" or v.one_id(heard.document.get("bto")) != owner["uri"]:
        return
    author = actors.get(db, post["author"])
    if author["uri"] != heard.actor or blocks.between(db, author["id"], owner["id"]):
        return
    posts.address(db, post["id"], {owner["id"]: True})
    conversations.hear(db, post)
    notifications.tell(db, owner["id"], "mention", author["id"], post["id"], now)


def _named(document: dict[str, Any]) -> set[str]:
    return {
        uri
        for source in (document, document["object"])
        for key in ("to", "cc", "bto", "bcc", "audience")
        for uri in v.all_ids(source.get(key), MOST_NAMED)
    }
