"""What is ours, in words that any app shows: updates, events, needs, offers, calls; topics have their title on the first line."""

import json
from typing import Any

from federation.kinds import proposal
from node import html, settings
from node.network import board
from node.people import actors
from node.store import Database, Row
from node.text import base
from web import dates, times

# The label of an update, and how far the project is, by the language of the post.
STAGES = {"ar": "مراحل", "fr": "étapes", "en": "stages"}
UPDATE = {"ar": "مستجد", "fr": "Nouvelle", "en": "Update"}
CANCELLED = {"ar": "أُلغي", "ary": "أُلغي", "aeb": "تلغى", "fr": "Annulé", "en": "Cancelled"}


def dress(db: Database, post: Row) -> tuple[str, str]:
    """(HTML before the text, HTML after it) of a post of this kind; '' for what speaks for itself."""
    title = html.escape(post["title"])
    if post["kind"] == "update" and post["place"] is not None:
        return _update(db, post)
    if post["kind"] == "event":
        return _event(db, post)
    if post["kind"] in board.KINDS:
        return proposal.dress(db, post)
    return (f"<p><strong>{title}</strong></p>" if title else ""), _about(post)


def _about(post: Row) -> str:
    """The link that a page of a forum elsewhere is about: Lemmy's often say nothing else."""
    found = json.loads(post["details"]).get("link") if post["kind"] in ("page", "topic") else None
    if not isinstance(found, str) or html.escape(found) in post["content"]:
        return ""
    shown = found.partition("://")[2].removeprefix("www.")
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    return f'<p><a href="{html.escape(found)}" rel="nofollow noopener" translate="no">{html.escape(shown)}</a></p>'


def _update(db: Database, post: Row) -> tuple[str, str]:
    """`مستجد · TITLE (3/5 مراحل)`, or `(45 %)` where nothing is told of stages; the project's page at the end."""
    place = actors.get(db, post["place"])
    name = place["display"] or place["name"]
    label = UPDATE.get(base(post["language"]), UPDATE["ar"])
    told = _how_far(json.loads(post["details"]), base(post["language"]))
    head = f"{label} · {post['title'] or name}{told}"
    link = f'<p><a href="{html.escape(place["url"])}" rel="nofollow noopener">{html.escape(name)}</a></p>'
    return f"<p><strong>{html.escape(head)}</strong></p>", link


def _how_far(details: dict[str, Any], language: str) -> str:
    stages, figures = details.get("stages"), details.get("asso:project")
    if isinstance(stages, list) and len(stages) == 2:
        return f" ({stages[0]}/{stages[1]} {STAGES.get(language, STAGES['ar'])})"
    share = figures.get("asso:progress") if isinstance(figures, dict) else None
    return f" ({share:g} %)" if isinstance(share, int | float) and 0 <= share <= 100 else ""


def _event(db: Database, post: Row) -> tuple[str, str]:
    """`📅 day، time، place — title` in the organiser's own time, its page at the end."""
    found = json.loads(post["details"])
    start = found.get("start")
    parts: list[str] = []
    tag = post["language"] if base(post["language"]) in dates.NAMES_OF else settings.get(db, "locale")
    if isinstance(start, int):
        at = dates.moment(start, times.zone_of(found, settings.get(db, "timezone")))
        parts += [dates.day(at.date(), tag, weekday=True), dates.clock(at)]
    parts += [where for where in [_where(found.get("place"))] if where]
    joint = "، " if base(tag) == "ar" else ", "
    off = CANCELLED.get(base(tag), CANCELLED["ar"]) if found.get("status") == "CANCELLED" else ""
    head = html.escape(" — ".join(one for one in (off, joint.join(parts), post["title"]) if one))
    link = f'<p><a href="{html.escape(post["url"])}" rel="nofollow noopener">{html.escape(post["url"])}</a></p>'
    return f"<p><strong>📅 {head}</strong></p>", link if post["url"] else ""


def _where(place: Any) -> str:
    if not isinstance(place, dict):
        return ""
    name, locality = str(place.get("name") or ""), str(place.get("locality") or "")
    return "، ".join(one for one in (name, "" if locality in name else locality) if one)
