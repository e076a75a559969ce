"""An update of a project: a Note that everybody shows whole, with figures for nodes of our kind.

    <p><strong>TITLE · 45 %</strong></p> the text <p>●●●●●○○○○○ 45 %</p> <p><a href="the project's page">…</a></p>
    "asso:project":{"id":"GROUP#project","asso:progress":45,"asso:milestone":"GROUP#m2","asso:milestoneProgress":30}

It has no `name`: forum software takes the first line as title.
"""

import re
from typing import Any

from federation import project_layer
from federation.activity import Activity
from federation.kinds import note, reading, rendering
from node import html
from node.people import actors
from node.posts import posts
from node.posts.posts import New
from node.store import Database, Row
from node.text import one_line

KIND = "update"
TYPE = "Note"
DOTS = 10
_HEAD = re.compile(r"\A<p><strong>([^<]{1,300})</strong></p>")
_FOOT = re.compile(r"<p>[●○]{10} \d{1,3} %</p>(?=\s*(?:<p><a [^>]*>[^<]*</a></p>)?\s*\Z)")
_LINK = re.compile(r"<p><a [^>]*href=\"([^\"]+)\"[^>]*>[^<]*</a></p>\s*\Z")
_SHARE = re.compile(r" · \d{1,3} %\Z")


def is_one(found: dict[str, Any]) -> bool:
    """Whether a Note says how a project stands."""
    return isinstance(found.get("asso:project"), dict)


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's update: its title, text and figures apart, where they stand as we write them."""
    new = reading.base(db, activity, author, note.KIND, now)
    head = _HEAD.match(new.content)
    if head is not None and not new.title:
        new.title = one_line(_SHARE.sub("", html.plain(head.group(1))), 200)
        new.content = _body(new.content)
        new.contents = {tag: _body(text) for tag, text in new.contents.items()}
    return new


def render(db: Database, post: Row) -> dict[str, Any]:
    """Our update."""
    found = rendering.document(db, post, TYPE)
    if post["warning"]:
        found["summary"] = post["warning"]
    if post["place"] is None or post["reply_to"] is not None:
        return found
    place = actors.get(db, post["place"])
    figures = posts.details(post).get("asso:project")
    share = project_layer.percent(figures.get("asso:progress")) if isinstance(figures, dict) else None
    title = post["title"] or place["display"] or place["name"]
    found["content"] = _dressed(found["content"], title, share, place)
    if "contentMap" in found:
        found["contentMap"] = {tag: _dressed(text, title, share, place) for tag, text in found["contentMap"].items()}
    return found


def _dressed(text: str, title: str, share: int | None, place: Row) -> str:
    head = title if share is None else f"{title} · {share} %"
    line = "" if share is None else f"<p>{dots(share)} {share} %</p>"
    link = f'<p><a href="{html.escape(place["url"])}">{html.escape(place["display"] or place["name"])}</a></p>'
    return f"<p><strong>{html.escape(head)}</strong></p>{text}{line}{link}"


def dots(share: int) -> str:
    """`●●●●●○○○○○` of 45: at least one once anything is done, all only when all is."""
    full = 0 if share <= 0 else DOTS if share >= 100 else min(DOTS - 1, max(1, (share + 5) // DOTS))
    return "●" * full + "○" * (DOTS - full)


def _body(content: str) -> str:
    """The text without the lines that we add."""
    if _HEAD.match(content) is None:
        return content
    return _LINK.sub("", _FOOT.sub("", _HEAD.sub("", content)))
