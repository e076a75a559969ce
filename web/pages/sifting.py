"""A member's filters on pages: what they hide is left out, what they warn of is folded under their title.

Who has no filter is asked nothing: the session knows it (node/people/sessions), and `of` answers None.
"""

from aiohttp import web

from federation.bridge import now
from node.html import plain
from node.posts.filters import Sieve
from web import viewer
from web.pages.cards import Card
from web.pages.threads import Reply, Thread
from web.state import BRIDGE


def of(request: web.Request, context: str) -> Sieve | None:
    """The viewer's filters that hold here: `home`, `notifications`, `public`, `thread` or `account`; None for none."""
    seen = viewer.of(request)
    if seen is None or not seen.filters:
        return None
    return request.app[BRIDGE].store.glance(Sieve, seen.actor, now(), within=context) or None


def sift(sieve: Sieve | None, found: list[Card], seer: int | None) -> list[Card]:
    """The cards without those that are hidden; each of the others knows under which title it is folded."""
    return found if sieve is None else [one for one in found if not _hides(sieve, one, seer)]


def fold(sieve: Sieve | None, card: Card, seer: int | None) -> None:
    """What was asked for by its address is folded, even by a filter that hides."""
    if sieve is not None:
        _hides(sieve, card, seer, instead=True)


def thread(sieve: Sieve | None, under: Thread, seer: int | None) -> None:
    """Answers are left out or folded: folded too are those that others answered, and the solution, to which links lead."""
    if sieve is None:
        return
    kept = []
    for reply in under.replies:
        reply.under = [one for one in reply.under if not _goes(sieve, one, seer)]
        if not _goes(sieve, reply, seer):
            kept.append(reply)
    under.replies = kept


def _goes(sieve: Sieve, reply: Reply, seer: int | None) -> bool:
    return reply.card is not None and _hides(sieve, reply.card, seer, instead=bool(reply.under) or reply.solution)


def _hides(sieve: Sieve, card: Card, seer: int | None, *, instead: bool = False) -> bool:
    """Whether a filter hides the card; what others do is written on it.  instead: fold what is hidden.

    One's own words are never filtered, as in apps.
    """
    if card.author.id == seer:
        return False
    words = [card.warning, card.title, plain(card.content), *(one.description for one in card.pictures)]
    if card.poll is not None:
        words += [one["title"] for one in card.poll.options]
    met = {one.filter["action"]: one.filter["title"] for one in reversed(sieve.meets(card.id, *words))}
    if "hide" in met and not instead:
        return True
    card.folded = met.get("warn", "") or met.get("hide", "")
    card.sensitive = card.sensitive or "blur" in met
    return False
