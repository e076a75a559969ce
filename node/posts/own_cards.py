"""Cards of our own posts, where another post links to one: as they stand now; no page is asked for them."""

import re
from typing import Any

from node import settings
from node.html import plain
from node.people import actors
from node.posts import media, posts, visibility
from node.store import Database, Row
from node.text import base, one_line

LONGEST = 300  # characters of its words
_NUMBER = re.compile(r"/(\d{1,18})\Z")


def find(db: Database, url: str) -> Row | None:
    """Our post with this page, when anybody may see it."""
    number = _NUMBER.search(url)
    row = visibility.see(db, int(number.group(1)), None) if number is not None else None
    return row if row is not None and row["local"] and row["url"] == url and row["boost_of"] is None else None


def of(db: Database, card: Row) -> dict[str, Any] | None:
    """The columns of link_cards, as the post says them now; None once not everybody may see it."""
    post = find(db, card["url"])
    if post is None:
        return None
    author, origin = actors.get(db, post["author"]), settings.get(db, "origin")
    name = author["display"] or author["name"]
    words = one_line(post["warning"] or " ".join(plain(post["content"]).split()), LONGEST)
    picture = (
        None if post["sensitive"] else next((one for one in media.of(db, post["id"]) if one["kind"] == "image"), None)
    )
    shown = (picture["preview"] or picture["file"]) if picture is not None else ""
    return {
        "id": card["id"], "url": card["url"], "title": post["title"] or name, "description": words,
        "language": post["language"], "author": name, "provider": _network(db, post["language"]),
        "image": f"{origin}/media/{shown}" if shown else "",
        "image_words": picture["description"] if picture is not None else "",
        "width": picture["width"] or 0 if picture is not None else 0,
        "height": picture["height"] or 0 if picture is not None else 0, "published": post["published"],
    }  # fmt: skip


def changed(db: Database, post: Row) -> None:
    """Posts that link to ours show it as it is now, or no more."""
    if post["local"] and post["boost_of"] is None and post["visibility"] in posts.OPEN:
        card = db.value("select id from link_cards where url = ?", (post["url"],))
        if card is not None:
            posts.card_changed(db, card)


def _network(db: Database, language: str) -> str:
    names: dict[str, str] = settings.get(db, "name")
    return names.get(base(language)) or next(iter(names.values()), "")
