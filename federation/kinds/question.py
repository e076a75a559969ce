"""A question with options: a poll."""

from typing import Any

from federation.activity import Activity
from federation.kinds import note, reading
from node import ids
from node.posts import polls
from node.posts.posts import New
from node.store import Database, Row

KIND = "question"
TYPE = "Question"


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's Question; without options it is a note."""
    new = reading.base(db, activity, author, KIND, now)
    new.poll = reading.poll(activity.embedded, now)
    if new.poll is None:
        new.kind = note.KIND
    return new


def render(db: Database, post: Row) -> dict[str, Any]:
    """Our Question, with the counts of now."""
    found = note.render(db, post) | {"type": TYPE}
    poll = polls.get(db, post["id"])
    assert poll is not None
    secret = poll["hidden"] and not poll["closed"]
    found["anyOf" if poll["multiple"] else "oneOf"] = [
        {"type": "Note", "name": row["title"],
         "replies": {"type": "Collection"} | ({} if secret else {"totalItems": row["votes"]})}
        for row in polls.options(db, post["id"])
    ]  # fmt: skip
    if poll["closes"]:
        found["endTime"] = ids.rfc3339(poll["closes"])
    if poll["closed"]:
        found["closed"] = ids.rfc3339(poll["closed"])
    found["votersCount"] = poll["voters"]
    return found
