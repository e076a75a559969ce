"""What a Group of ours shows peers: its last fifty Announces whole, its pinned topics whole, who moderates; and a topic's context.

Lemmy reads a Group's collections unpaged; the bytes of what was passed on stay as they were.
Source: interop §10, §13; FEP-1b12; FEP-7888; FEP-f228.
"""

import hashlib
import json
from typing import Any

from aiohttp import web

from federation import vocabulary as v
from node import letters
from node.network import moderators, relayed
from node.people import actors, memberships
from node.posts import posts, visibility
from node.store import Database, Row

OUTBOX = 50
PINNED = 50
CONTEXT = 2000
HEADERS = {"Content-Type": v.ACTIVITY_JSON, "Vary": "Accept, Signature"}


def outbox(db: Database, actor: Row) -> web.Response:
    """The newest Announces of new posts, as they were sent; what was edited since stands there as it is now."""
    return _whole(actor["outbox"], [_announced(db, row) for row in relayed.last_created(db, actor["id"], OUTBOX)])


def _announced(db: Database, letter: Row) -> bytes:
    sent = letters.body(letter)
    post = posts.by_uri(db, letter["object"])
    if post is None:
        return sent
    announce = json.loads(sent)
    inner = announce["object"]
    now = of_today(inner, post)
    return sent if now is inner else json.dumps(announce | {"object": now}, ensure_ascii=False).encode()


def of_today(create: dict[str, Any], post: Row) -> dict[str, Any]:
    """The Create itself while its object still reads so; else with the object of today, and without the proof
    of the words that its author took back.
    """
    kept = posts.document(post)
    return as_it_is(create, json.loads(kept) if kept is not None else {}, local=bool(post["local"]))


def as_it_is(create: dict[str, Any], today: dict[str, Any], *, local: bool) -> dict[str, Any]:
    """The same, of the object as it is today; local: one of ours."""
    if not today or _bare(today) == _bare(create.get("object")):
        return create
    said = {key: value for key, value in create.items() if key != "proof"}
    return v.with_context(said | {"object": _bare(today)}) if local else said | {"object": today}


def _bare(document: Any) -> Any:
    """The document without its @context, which lies outside where the document is inside another."""
    return {key: one for key, one in document.items() if key != "@context"} if isinstance(document, dict) else document


def featured(db: Database, actor: Row) -> web.Response:
    """The pinned topics, each as its author wrote it; an id where we hold no document."""
    rows = db.rows(
        "select posts.* from pins join posts on posts.id = pins.post where pins.actor = :actor and "
        + visibility.POSTS
        + " order by pins.at desc limit :limit",
        {"actor": actor["id"], "viewer": None, "limit": PINNED},
    ).fetchall()
    return _whole(actor["featured"], [posts.document(row) or json.dumps(row["uri"]).encode() for row in rows])


def moderating(db: Database, actor: Row) -> list[str]:
    """URIs of those who moderate: appointed, and of a project the team that speaks for it."""
    team = [row["uri"] for row in memberships.of(db, actor["id"]) if row["membership"] in memberships.SPEAKING]
    return list(dict.fromkeys([row["uri"] for row in moderators.of(db, actor["id"])] + team))


def context(db: Database, post: Row, asked: str) -> web.Response:
    """Ids of the topic's posts in their order; 304 when the caller's ETag says that it has them.

    asked: its If-None-Match.
    """
    items = [
        row[0]
        for row in db.rows(
            "select posts.uri from posts where posts.thread = :thread and posts.boost_of is null"
            " and (:place is null or posts.place = :place) and "
            + visibility.POSTS
            + " order by posts.published, posts.id limit :limit",
            {"thread": post["thread"], "place": post["place"], "viewer": None, "limit": CONTEXT},
        )
    ]
    tag = '"' + hashlib.sha256("\n".join(items).encode()).hexdigest() + '"'
    headers = HEADERS | {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in [one.strip().removeprefix("W/") for one in asked.split(",")]:
        return web.Response(status=304, headers=headers)
    owner = actors.get(db, post["place"] if post["place"] is not None else post["author"])
    found = {
        "id": f"{post['uri']}/context", "type": "OrderedCollection", "attributedTo": owner["uri"],
        "totalItems": len(items), "orderedItems": items,
    }  # fmt: skip
    return web.Response(body=v.dump(v.with_context(found)), headers=headers)


def _whole(uri: str, items: list[bytes]) -> web.Response:
    """An unpaged collection of documents whose bytes are not touched."""
    head = v.dump({"@context": [v.AS2], "id": uri, "type": "OrderedCollection", "totalItems": len(items)})
    return web.Response(body=head[:-1] + b',"orderedItems":[' + b",".join(items) + b"]}", headers=HEADERS)
