"""A note: what a person says. The kind that everybody shows whole."""

from typing import Any

from federation.activity import Activity
from federation.kinds import reading, rendering
from node.posts.posts import New
from node.store import Database, Row

KIND = "note"
TYPE = "Note"


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's Note, or ChatMessage."""
    return reading.base(db, activity, author, KIND, now)


def render(db: Database, post: Row) -> dict[str, Any]:
    """Our Note."""
    found = rendering.document(db, post, TYPE)
    if post["warning"]:
        found["summary"] = post["warning"]
    if post["title"]:
        found["name"] = post["title"]
    return found
