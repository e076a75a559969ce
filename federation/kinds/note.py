"""A note: what a person says. The kind that everybody shows whole."""

from typing import Any

from federation import quoting
from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import reading, rendering
from node.people import actors
from node.posts import permits
from node.posts.posts import New
from node.store import Database, Row

KIND = "note"
TYPE = "Note"


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's Note, or ChatMessage; «Re: …» is no title of an answer (NodeBB)."""
    new = reading.base(db, activity, author, KIND, now)
    if new.reply_to_uri and new.title.lower().startswith("re:"):
        new.title = ""
    return new


def render(db: Database, post: Row) -> dict[str, Any]:
    """Our Note."""
    found = rendering.document(db, post, TYPE)
    if post["warning"]:
        found["summary"] = post["warning"]
    if post["title"]:
        found["name"] = post["title"]
    return found | _stands_for(found) | _quote(db, post, found) | _policy(db, post)


def _stands_for(found: dict[str, Any]) -> dict[str, Any]:
    """The way to what the note only announces: a project."""
    whole = found.get("asso:companionOf")
    if not whole:
        return {}
    link = {"type": "Link", "rel": "alternate", "mediaType": v.LD_JSON, "href": whole, "name": whole}
    return {"tag": [*found["tag"], link]}


def _quote(db: Database, post: Row, found: dict[str, Any]) -> dict[str, Any]:
    """What the note quotes, and a line before the text for those who show no quotes."""
    line = quoting.link(db, post)
    if line is None:
        return {}
    added: dict[str, Any] = {"content": line[0] + found["content"], "tag": [*found["tag"], line[1]]}
    if "contentMap" in found:
        added["contentMap"] = {language: line[0] + text for language, text in found["contentMap"].items()}
    return quoting.fields(db, post) | added


def _policy(db: Database, post: Row) -> dict[str, Any]:
    """Who may quote it: whom its author chose where everybody may read it, else she alone (FEP-044f)."""
    author = actors.get(db, post["author"])
    who = {"public": v.PUBLIC, "followers": author["followers"], "nobody": author["uri"]}[permits.policy(post)]
    return {"interactionPolicy": {"canQuote": {"automaticApproval": [who]}}}
