"""QuoteRequest: somebody elsewhere asks to quote a post of ours; and the answers to ours.

What everybody may read, everybody may quote, save whom its author blocks or her policy leaves out.
Source: FEP-044f.
"""

from federation import audience, outbox, quoting, speak
from federation import vocabulary as v
from federation.activity import Activity
from node import queue
from node.people import actors
from node.posts import notifications, posts, quotes
from node.store import Database, Row


def needs(db: Database, activity: Activity) -> list[str]:
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """Accept with a stamp, or Reject; asked again, it is answered again."""
    post, asker = posts.by_uri(db, activity.object_id), actors.by_uri(db, activity.actor)
    quoting_uri = v.one_id(activity.document.get("instrument"))
    if post is None or not post["local"] or asker is None or v.host(quoting_uri) != v.host(activity.actor):
        return
    author = actors.get(db, post["author"])
    allowed = quoting.allows(db, post, asker)
    request = {"id": activity.id, "type": "QuoteRequest", "actor": activity.actor, "object": post["uri"],
               "instrument": quoting_uri}  # fmt: skip
    extra = {}
    if allowed:
        extra["result"] = quoting.stamp_uri(db, quotes.stamp(db, post["id"], quoting_uri, now))
    speak.say(db, author, "Accept" if allowed else "Reject", request, audience.inbox_of(db, asker), now,
              to=[asker["uri"]], extra=extra)  # fmt: skip


def accepted(db: Database, activity: Activity, now: int) -> bool:
    """Our quote is allowed from now on, and whoever has the post hears; false when this answers no request of ours."""
    asked = _asked(db, activity)
    if asked is None:
        return False
    stamp = v.one_id(activity.document.get("result"))
    if asked["state"] == "pending" and stamp and v.host(stamp) == v.host(activity.actor):
        quotes.keep(db, asked["post"], asked["uri"], asked["quoted"], "accepted", now, stamp=stamp)
        outbox.tell_again(db, posts.get(db, asked["post"]), now)
    return True


def rejected(db: Database, activity: Activity, now: int) -> bool:
    """Our quote is not allowed, or no more."""
    asked = _asked(db, activity)
    if asked is None:
        return False
    if asked["state"] != "rejected":
        quotes.keep(db, asked["post"], asked["uri"], asked["quoted"], "rejected", now)
        outbox.tell_again(db, posts.get(db, asked["post"]), now)
    return True


def revoked(db: Database, activity: Activity, now: int) -> bool:
    """The stamp was deleted by who gave it; false for what is no stamp that we know."""
    quote = quotes.by_stamp(db, activity.object_id) if activity.object_id else None
    if quote is None or v.host(quote["stamp"]) != v.host(activity.actor) or not _is_authors(db, quote, activity.actor):
        return False
    quotes.keep(db, quote["post"], quote["uri"], quote["quoted"], "revoked", now)
    post = posts.get(db, quote["post"])
    if post["local"]:
        outbox.tell_again(db, post, now)
    return True


def take_back(db: Database, post: Row, quoting_post: Row, now: int) -> bool:
    """The author of our post lets the other quote it no more; its server is told.  False when it did not."""
    quote = quotes.of(db, quoting_post["id"])
    if quote is None or quote["quoted"] != post["id"] or quote["state"] != "accepted":
        return False
    quotes.keep(db, quoting_post["id"], quote["uri"], post["id"], "revoked", now)
    number = quotes.stamp(db, post["id"], quoting_post["uri"], now)
    quotes.withdraw_stamp(db, number)
    if quoting_post["local"]:
        outbox.tell_again(db, quoting_post, now)
        return True
    author, whom = actors.get(db, post["author"]), actors.get(db, quoting_post["author"])
    stamp = quoting.stamp_uri(db, number)
    speak.say(db, author, "Delete", stamp, audience.inbox_of(db, whom), now, to=[whom["uri"]], uri=f"{stamp}#delete")
    return True


def look_at(db: Database, post: Row, now: int) -> None:
    """A peer's post that we keep says that it quotes: whether it may will be looked into."""
    uri = posts.details(post).get("quote")
    if not isinstance(uri, str) or post["local"]:
        return
    quoted = posts.by_uri(db, uri)
    known = quotes.of(db, post["id"])
    if known is None:
        own = quoted is not None and quoted["author"] == post["author"] and quoted["boost_of"] is None
        quotes.keep(
            db, post["id"], uri, None if quoted is None else quoted["id"], "accepted" if own else "pending", now
        )
    if known is None or known["state"] == "pending":
        queue.enqueue(db, "quote", {"post": post["id"]}, now, name=f"quote {post['id']}")


def tell(db: Database, quoted: Row, post: Row, now: int) -> None:
    """The quoted author here is told."""
    if quoted["local"]:
        notifications.tell(db, quoted["author"], "quote", post["author"], post["id"], now)


def _asked(db: Database, activity: Activity) -> Row | None:
    """Our request that this answers; None when it is not the signer's to answer."""
    quote = quotes.by_request(db, activity.object_id) if activity.object_id else None
    return quote if quote is not None and _is_authors(db, quote, activity.actor) else None


def _is_authors(db: Database, quote: Row, actor: str) -> bool:
    quoted = posts.by_uri(db, quote["uri"])
    return quoted is not None and actors.get(db, quoted["author"])["uri"] == actor
