"""Needs, offers, calls: published in somebody's name, and told again when they are met, closed or open once more."""

from dataclasses import replace
from typing import Any

from federation import outbox
from federation.handlers import announce
from federation.outbox import Draft
from node import changes
from node.errors import Forbidden, Invalid
from node.network import board
from node.network.board import Facts
from node.people import actors, memberships
from node.posts import edits, posts
from node.store import Database, Row
from node.text import one_line


def publish(db: Database, author: Row, draft: Draft, facts: Facts, now: int) -> Row:
    """The need, offer or call, seen here at once; the association in whose name it speaks passes it on.

    Raises Invalid without a title or for impossible facts, and what outbox.publish raises.
    """
    if not one_line(draft.title):
        raise Invalid("Say in one line what it is about.")
    draft.details = {**draft.details, **board.check(draft.kind, facts, now).kept()}
    post = outbox.publish(db, author, draft, now)
    if draft.on_behalf is not None and post["visibility"] in posts.OPEN:
        announce.put(db, actors.get(db, draft.on_behalf), post, now)
    return post


def edited(post: Row, facts: Facts, now: int) -> dict[str, Any]:
    """What `details` hold once the author gave these facts: how far it is, and who met it, stay.  Raises Invalid."""
    known = board.of(posts.details(post))
    passed = facts.until is not None and facts.until == known.until  # a day that has passed may stand, not be chosen
    board.check(post["kind"], replace(facts, until=None) if passed else facts, now)
    return replace(facts, state=known.state, thanks=known.thanks).kept()


def may_change(db: Database, user: int, actor: int, post: Row) -> bool:
    """Whether who is logged in, acting as the actor, answers for the post: its author, or one who speaks for it."""
    if not post["local"] or post["kind"] not in board.KINDS:
        return False
    return post["author"] == actor or any(
        memberships.may_speak(db, user, one) for one in (post["author"], post["on_behalf"]) if one is not None
    )


def change_state(db: Database, user: int, actor: int, post: Row, state: str, now: int, *, thanks: str = "") -> Row:
    """The post says how far it is, to everyone who had it; nothing is told where it says so already.

    thanks names, in a line, who met it.  Raises Forbidden for who does not answer for it, Invalid for no such state.
    """
    if not may_change(db, user, actor, post):
        raise Forbidden("This is not yours to change.")
    if state not in board.STATES:
        raise Invalid("Choose how far it is.")
    known = board.of(posts.details(post))
    facts = replace(known, state=state, thanks=one_line(thanks, 200) if state == "met" else "")
    if facts == known:
        return post
    details = {**posts.details(post), **facts.kept()}
    edits.remember(db, post)
    posts.change(
        db, post["id"], details=details, edited=max(now, post["published"] + 1000, (post["edited"] or 0) + 1000)
    )
    board.keep(db, post["id"], post["kind"], details)
    changes.note(db, "edited", post["id"])
    changed = posts.get(db, post["id"])
    outbox.tell_again(db, changed, now)
    return posts.get(db, post["id"])
