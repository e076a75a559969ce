"""Quotes of ours: asked for at the quoted author's, shown to others with her leave (FEP-044f).

    {"type":"QuoteRequest","id","actor":A,"object":"the quoted post","instrument":{the post that quotes},"to":[author]}
    {"type":"Accept","actor":author,"object":{the request},"result":"id of a QuoteAuthorization"}

Source: FEP-044f; interop §11.11; Mastodon 4.5.
"""

from typing import Any

from federation import audience, speak
from federation import vocabulary as v
from node import ids, settings
from node.errors import Forbidden, NotFound
from node.people import actors, blocks
from node.posts import notifications, permits, posts, quotes, visibility
from node.store import Database, Row

STAMPS = "stamps"


def quotable(db: Database, author: Row, quoted: int) -> Row:
    """The post, when our actor may quote it: everybody may see it, or it is her own, and its author lets her.

    Raises NotFound, Forbidden.
    """
    post = visibility.see(db, quoted, author["id"])
    if post is None or post["boost_of"] is not None:
        raise NotFound("Record not found")
    if post["author"] == author["id"]:
        return post
    if post["visibility"] not in ("public", "unlisted") or blocks.between(db, author["id"], post["author"]):
        raise Forbidden("This action is not allowed")
    named = author["uri"] in (posts.details(post).get("canQuote") or [])
    if not named and permits.stands(db, permits.of(db, post), post["author"], author["id"]) == "denied":
        raise Forbidden("The author of this post does not let it be quoted.")
    return post


def allows(db: Database, post: Row, asker: Row) -> bool:
    """Whether the author of our post lets this actor quote it without looking at it first."""
    return (
        post["visibility"] in ("public", "unlisted")
        and not post["removed"]
        and not blocks.between(db, asker["id"], post["author"])
        and permits.stands(db, permits.of(db, post), post["author"], asker["id"]) == "automatic"
    )


def begin(db: Database, author: Row, post: Row, quoted: Row, now: int) -> None:
    """Our post quotes the other: at once where its author lives here, else she will be asked (`ask`)."""
    if quoted["author"] == author["id"]:
        quotes.keep(db, post["id"], quoted["uri"], quoted["id"], "accepted", now)
    elif quoted["local"]:
        stamp = stamp_uri(db, quotes.stamp(db, quoted["id"], post["uri"], now))
        quotes.keep(db, post["id"], quoted["uri"], quoted["id"], "accepted", now, stamp=stamp)
        notifications.tell(db, quoted["author"], "quote", author["id"], post["id"], now)
    else:
        request = f"{settings.get(db, 'origin')}/activities/{ids.new(now)}"
        quotes.keep(db, post["id"], quoted["uri"], quoted["id"], "pending", now, request=request)


def ask(db: Database, author: Row, post: Row, document: dict[str, Any], now: int) -> None:
    """The quoted author elsewhere is asked for her leave."""
    quote = quotes.of(db, post["id"])
    if quote is None or quote["state"] != "pending" or quote["quoted"] is None:
        return
    whom = actors.get(db, posts.get(db, quote["quoted"])["author"])
    instrument = {key: value for key, value in document.items() if key != "@context"}
    speak.say(db, author, "QuoteRequest", quote["uri"], audience.inbox_of(db, whom), now, to=[whom["uri"]],
              uri=quote["request"], extra={"instrument": instrument})  # fmt: skip


def fields(db: Database, post: Row) -> dict[str, Any]:
    """What our post's document says of what it quotes, in every spelling that is read; {} when it quotes nothing."""
    quote = quotes.of(db, post["id"])
    if quote is None or quote["state"] in ("rejected", "revoked"):
        return {}
    uri = quote["uri"]
    found: dict[str, Any] = {"quote": uri, "quoteUri": uri, "_misskey_quote": uri}
    if quote["stamp"]:
        found["quoteAuthorization"] = quote["stamp"]
    return found


def link(db: Database, post: Row) -> tuple[str, dict[str, Any]] | None:
    """The line that others show instead of a quote, and the tag that marks it (FEP-e232); None without a quote."""
    quote = quotes.of(db, post["id"])
    if quote is None or quote["state"] in ("rejected", "revoked"):
        return None
    row = posts.get(db, quote["quoted"]) if quote["quoted"] is not None else None
    address = row["url"] if row is not None else quote["uri"]
    line = f'<p class="quote-inline">RE: <a href="{address}">{address}</a></p>'
    tag = {"type": "Link", "mediaType": v.LD_JSON, "href": quote["uri"], "name": f"RE: {address}"}
    return line, tag


def stamp_uri(db: Database, number: int) -> str:
    """The id of our leave with this number."""
    return f"{settings.get(db, 'origin')}/{STAMPS}/{number}"


def stamp(db: Database, number: int) -> dict[str, Any]:
    """Our leave for somebody to quote.  Raises NotFound: never given, or taken back."""
    row = quotes.stamp_with_id(db, number)
    if row is None:
        raise NotFound("Record not found")
    return v.with_context({
        "id": stamp_uri(db, number), "type": "QuoteAuthorization", "attributedTo": row["author"],
        "interactingObject": row["quoting"], "interactionTarget": row["quoted"],
    })  # fmt: skip
