"""Whether a peer's post may quote what it quotes: its stamp, asked for at the quoted author's (FEP-044f)."""

from typing import Any

from federation import fetch, quoting, resolve
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.handlers import quote as handler
from node import ids
from node.errors import NodeError
from node.log import Log
from node.people import actors
from node.posts import posts, quotes
from node.store import Database, Row

log = Log("federation.stamps")


async def look_into(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: what is quoted is known, and the quote is allowed where its author or the stamp says so."""
    found = await bridge.store.read(_quoting, body["post"])
    if found is None:
        return
    post, uri, stamp = found
    try:
        quoted = await resolve.post(bridge, uri, budget=3)
        if quoted is None:
            return
        author = (await bridge.store.read(actors.get, quoted["author"]))["uri"]
        allowed = await _is_allowed(bridge, post, quoted, author, stamp)
    except NodeError as error:
        log.info("quote not settled", post=post["uri"], reason=str(error))
        return
    await bridge.store.write(_keep, post["id"], quoted["id"], stamp if allowed else "", allowed, now())


def _quoting(db: Database, identifier: int) -> tuple[Row, str, str] | None:
    post = posts.by_id(db, identifier)
    quote = quotes.of(db, identifier)
    if post is None or quote is None:
        return None
    stamp = posts.details(post).get("quoteAuthorization", "")
    return post, quote["uri"], stamp if isinstance(stamp, str) else ""


async def _is_allowed(bridge: Bridge, post: Row, quoted: Row, author: str, stamp: str) -> bool:
    if quoted["boost_of"] is not None:
        return False  # the words are another's: whoever boosts them is not asked
    if quoted["author"] == post["author"]:
        return True
    if quoted["local"] and posts.details(post).get("asksNobody"):
        return await bridge.store.read(_needs_no_stamp, post, quoted)
    if not stamp or v.host(stamp) != v.host(quoted["uri"]):
        return False
    if bridge.is_ours(stamp):
        number = ids.read(stamp.rpartition(f"/{quoting.STAMPS}/")[2])
        if number is None:
            return False
        document = await bridge.store.read(quoting.stamp, number)
    else:
        document = (await fetch.document(bridge, stamp)).document
    return bool(
        v.type_of(document) == "QuoteAuthorization"
        and v.one_id(document.get("attributedTo")) == author
        and v.one_id(document.get("interactingObject")) == post["uri"]
        and v.one_id(document.get("interactionTarget")) == quoted["uri"]
    )


def _needs_no_stamp(db: Database, post: Row, quoted: Row) -> bool:
    """Whether ours lets everybody quote it, where the server of who does (Misskey, Akkoma) does not ask."""
    return quoting.allows(db, quoted, actors.get(db, post["author"]))


def _keep(db: Database, post: int, quoted: int, stamp: str, allowed: bool, now: int) -> None:
    original = posts.get(db, quoted)
    quotes.keep(db, post, original["uri"], quoted, "accepted" if allowed else "pending", now, stamp=stamp)
    if allowed:
        handler.tell(db, original, posts.get(db, post), now)
