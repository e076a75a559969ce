"""The Note that stands for an event where events are not read: what, when, where, the words, and the way to it.

<p><strong>TITLE</strong><br>الأحد 17 يناير 2027 · 09:00 · المحمدية</p> the text <p><a href="the event's page">…</a></p>
"""

from typing import Any

from federation import companions
from federation import vocabulary as v
from federation.kinds import event, rendering
from node import html
from node.store import Database, Row

TYPE = "Note"


def render(db: Database, post: Row) -> dict[str, Any]:
    """The Note of our event; not for an event that has none."""
    found = {key: x for key, x in rendering.document(db, post, TYPE).items() if not _is_structure(key)}
    uri = companions.uri_of(post)
    head = f"<p><strong>{html.escape(post['title'])}</strong><br>{html.escape(event.when_and_where(db, post))}</p>"
    shown = post["url"].partition("://")[2]
    foot = f'<p><a href="{html.escape(post["url"])}">{html.escape(shown)}</a></p>'
    link = {"type": "Link", "rel": "alternate", "mediaType": v.LD_JSON, "href": post["uri"], "name": post["title"]}
    found |= {
        "id": uri, "url": uri, "content": head + found["content"] + foot, "tag": [*found["tag"], link],
        "attachment": [one for one in found["attachment"] if str(one.get("mediaType", "")).startswith("image/")],
        "asso:companionOf": post["uri"],
    }  # fmt: skip
    if post["warning"]:
        found["summary"] = post["warning"]
    if "contentMap" in found:
        found["contentMap"] = {tag: head + text + foot for tag, text in found["contentMap"].items()}
    return found


def document(db: Database, post: Row) -> dict[str, Any]:
    """The same with its context, as it is served."""
    return v.with_context(render(db, post))


def _is_structure(key: str) -> bool:
    return key.startswith("asso:") and key != "asso:onBehalfOf"
