"""What an app wants to publish, read into a draft; drafts that wait, written down and read again."""

import json
from typing import Any

from federation import resolve
from federation.bridge import Bridge, now
from federation.discovery import read_handle
from federation.outbox import Draft
from node import settings
from node.errors import Invalid, NodeError, NotFound
from node.people import actors
from node.posts import compose, media, permits, polls, visibility
from node.store import Database, Row
from web.mastodon import entities
from web.mastodon.media import focus, must_be_ready
from web.mastodon.requests import flag, ids, number, several, text

MOST_ASKED = 10  # handles of other servers resolved for one post
LONGEST_POLL, SHORTEST_POLL = 2_629_746, 300  # seconds
MOST_OPTIONS, LONGEST_OPTION = 8, 100
LONGEST_DESCRIPTION = 1500


def defaults(db: Database, actor: int) -> dict[str, Any]:
    """How the actor wishes to post where the app says nothing."""
    row = actors.get(db, actor)
    posting: dict[str, Any] = json.loads(row["details"]).get("posting", {})
    return {"language": row["language"], **posting}


def read(sent: dict[str, Any], chosen: dict[str, Any], user: int | None) -> Draft:
    """The draft of what was sent.  Raises Invalid, NotFound in Mastodon's words."""
    visible = text(sent, "visibility")
    if visible and visible not in entities.FROM_VISIBILITY:
        raise Invalid("Validation failed: Visibility is not included in the list")
    reply_to = number(sent, "in_reply_to_id") if sent.get("in_reply_to_id") else None
    if sent.get("in_reply_to_id") and reply_to is None:
        raise NotFound("Record not found")
    sensitive = flag(sent, "sensitive") if sent.get("sensitive") is not None else bool(chosen.get("sensitive"))
    words, warning = text(sent, "status"), text(sent, "spoiler_text")
    if not words.strip() and warning:
        words, warning, sensitive = warning, "", True
    draft = Draft(
        text=words,
        visibility=entities.FROM_VISIBILITY[visible] if visible else chosen.get("visibility", "public"),
        language=text(sent, "language")[:35] or chosen.get("language") or "", warning=warning,
        sensitive=sensitive, reply_to=reply_to, user=user, media=ids(sent, "media_ids"), poll=_poll(sent),
        quote=number(sent, "quoted_status_id") or number(sent, "quote_id"), details=quote_policy(sent, chosen.get("quotes", "")),
    )  # fmt: skip
    if draft.poll:
        draft.kind = "question"
    return draft


def quote_policy(sent: dict[str, Any], otherwise: str = "") -> dict[str, Any]:
    """Who may quote it, as details of a post.  Raises Invalid for a word that is no policy."""
    chosen = text(sent, "quote_approval_policy") or otherwise
    if not chosen:
        return {}
    if chosen not in permits.POLICIES:
        raise Invalid("Validation failed: Quote approval policy is not included in the list")
    return {"quotes": chosen}


def of_edit(db: Database, post: Row, sent: dict[str, Any], user: int | None) -> Draft:
    """The draft of an edit: what was not sent is as the post has it."""
    kept = [row["id"] for row in media.of(db, post["id"])]
    poll = _poll(sent)
    if poll and [title for title, _ in poll["options"]] == [row["title"] for row in polls.options(db, post["id"])]:
        poll = None
    return Draft(
        text=text(sent, "status", post["source"]), title=post["title"], user=user, poll=poll,
        language=text(sent, "language")[:35] or post["language"],
        warning=text(sent, "spoiler_text", post["warning"]), sensitive=flag(sent, "sensitive", bool(post["sensitive"])),
        media=ids(sent, "media_ids") if "media_ids" in sent else kept, details=quote_policy(sent),
    )  # fmt: skip


def check(db: Database, actor: int, draft: Draft, post: int | None = None) -> None:
    """Raises Invalid for what cannot be published, in the words that apps look for."""
    longest = settings.get(db, "post_length")
    if len(draft.text) + len(draft.warning) > longest:
        raise Invalid(f"Validation failed: Text character limit of {longest} exceeded")
    if not draft.text.strip() and not draft.media:
        raise Invalid("Validation failed: Text can't be blank")
    must_be_ready(db, actor, draft.media, post)
    answered = visibility.see(db, draft.reply_to, actor) if draft.reply_to is not None and post is None else None
    if answered is not None and answered["boost_of"] is not None:  # who answers a boost answers what it passes on
        draft.reply_to = answered["boost_of"]


def describe(db: Database, post: int, sent: dict[str, Any], covers: dict[int, str]) -> None:
    """`media_attributes` of an edit: new words for pictures that the post holds, another middle, other covers."""
    own = {row["id"]: row for row in media.of(db, post)}
    for one in several(sent, "media_attributes"):
        row = own.get(number(one, "id") or 0) if isinstance(one, dict) else None
        if row is not None:
            words = text(one, "description", row["description"])[:LONGEST_DESCRIPTION]
            point = focus(one) if "focus" in one else (row["focus_x"], row["focus_y"])
            media.describe(db, row["id"], words, point)
            if row["id"] in covers:
                media.cover(db, row["id"], covers[row["id"]])


def keepable(draft: Draft) -> dict[str, Any]:
    """The draft as it is written down until its moment."""
    poll = draft.poll
    return {
        "text": draft.text, "media_ids": [str(one) for one in draft.media], "sensitive": draft.sensitive,
        "spoiler_text": draft.warning, "visibility": entities.VISIBILITY[draft.visibility],
        "in_reply_to_id": draft.reply_to, "language": draft.language,
        "quote_approval_policy": draft.details.get("quotes"), "quoted_status_id": draft.quote,
        "poll": None if poll is None else {
            "options": [title for title, _ in poll["options"]], "multiple": poll["multiple"], "hide_totals": poll["hidden"],
            "expires_in": (poll["closes"] - now()) // 1000 + 1,
        },
    }  # fmt: skip


async def ask_for_mentioned(bridge: Bridge, words: str) -> None:
    """People of other servers that the text names are known, those who can be found."""
    for name, host in compose.handles(words)[:MOST_ASKED]:
        try:
            read_handle(f"{name}@{host}")
            await resolve.handle(bridge, f"{name}@{host}")
        except NodeError:
            continue


def _poll(sent: dict[str, Any]) -> dict[str, Any] | None:
    poll = sent.get("poll")
    if not isinstance(poll, dict) or not poll.get("options"):
        return None
    options = [str(one).strip() for one in several(poll, "options")]
    seconds = number(poll, "expires_in")
    if len(options) < 2:
        raise Invalid("Validation failed: Poll must have more than one item")
    if len(options) > MOST_OPTIONS:
        raise Invalid(f"Validation failed: Poll can't contain more than {MOST_OPTIONS} items")
    if any(not one or len(one) > LONGEST_OPTION for one in options):
        raise Invalid(f"Validation failed: Poll can't have options longer than {LONGEST_OPTION} characters each")
    if len(set(options)) != len(options):
        raise Invalid("Validation failed: Poll options can't be duplicated")
    if seconds is None or seconds < SHORTEST_POLL:
        raise Invalid("Validation failed: Poll duration is too short")
    if seconds > LONGEST_POLL:
        raise Invalid("Validation failed: Poll duration is too far into the future")
    return {
        "options": [(one, 0) for one in options], "multiple": flag(poll, "multiple"), "hidden": flag(poll, "hide_totals"),
        "closes": now() + seconds * 1000, "closed": None, "voters": 0,
    }  # fmt: skip
