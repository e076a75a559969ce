"""What every kind of object of ours says about itself; rendered once, when it is written."""

import json
from typing import Any
from urllib.parse import quote

from federation import audience, emojis
from node import ids, settings
from node.people import actors
from node.posts import media, posts, tags
from node.store import Database, Row
from node.text import base

LEAVE = ("approvedBy", "replyAuthorization")  # of details: that the author of what it answers lets it be shown


def document(db: Database, post: Row, kind: str) -> dict[str, Any]:
    """The parts that all kinds share, without content that only some have."""
    uri = post["uri"]
    author = actors.get(db, post["author"])
    found: dict[str, Any] = {
        "id": uri,
        "type": kind,
        "attributedTo": author["uri"],
        "url": post["url"],
        "published": ids.precise(post["published"]),
        **audience.of_post(db, post).fields(),
        "content": post["content"],
        "sensitive": bool(post["sensitive"]),
        "context": context_of(db, post),
        "tag": _tags(db, post),
        "attachment": [_attachment(one, settings.get(db, "origin")) for one in media.of(db, post["id"])],
        "replies": f"{uri}/replies",
        "likes": {"id": f"{uri}/likes", "type": "Collection"},  # as Mastodon writes it: Pleroma refuses an edit with
        "shares": {"id": f"{uri}/shares", "type": "Collection"},  # an address here; counts would be those of today
    }
    if post["edited"]:
        found["updated"] = ids.precise(post["edited"])  # a later edit within the second is a later one elsewhere too
    if post["language"]:
        contents = json.loads(post["contents"])
        language = wire_language(post["language"])
        found["contentMap"] = {language: post["content"], **{wire_language(k): t for k, t in contents.items()}}
    if post["reply_to_uri"]:
        found["inReplyTo"] = post["reply_to_uri"]
    if post["place"] is not None:
        found["audience"] = actors.get(db, post["place"])["uri"]
    if post["on_behalf"] is not None:
        found["asso:onBehalfOf"] = actors.get(db, post["on_behalf"])["uri"]
    found |= {key: value for key, value in posts.details(post).items() if key.startswith("asso:") or key in LEAVE}
    return found


def context_of(db: Database, post: Row) -> str:
    """The collection of the whole topic: ours, or the one that the first post names; its own when that was deleted."""
    first = posts.by_id(db, post["thread"]) or post
    if first["local"]:
        return f"{first['uri']}/context"
    return str(posts.details(first).get("context") or first["uri"])


def wire_language(tag: str) -> str:
    """Arabic in any register goes out as `ar`, so that others' filters know it."""
    return "ar" if base(tag) in ("ar", "ary", "aeb") else tag


def _tags(db: Database, post: Row) -> list[dict[str, Any]]:
    origin = settings.get(db, "origin")
    host = origin.partition("://")[2]
    named = {row["uri"]: row for row in posts.mentions(db, post["id"])}
    asker = audience.answered(db, post)
    if asker is not None:
        named.setdefault(asker["uri"], asker)
    found: list[dict[str, Any]] = [
        {"type": "Mention", "href": row["uri"], "name": f"@{row['name']}@{row['host'] or host}"}
        for row in named.values()
    ]
    return found + [hashtag(db, name) for name in tags.of(db, post["id"])] + emojis.tags(db, post["emojis"])


def hashtag(db: Database, name: str) -> dict[str, Any]:
    """The tag of a document for one hashtag, written without #."""
    return {"type": "Hashtag", "href": f"{settings.get(db, 'origin')}/tags/{quote(name)}", "name": f"#{name}"}


def _attachment(one: Row, origin: str) -> dict[str, Any]:
    url = f"{origin}/media/{one['file']}" if one["file"] else one["remote"]
    found: dict[str, Any] = {"type": "Document", "mediaType": one["type"], "url": url}
    if one["description"]:
        found["name"] = one["description"]
    if one["width"] and one["height"]:
        found |= {"width": one["width"], "height": one["height"]}
    if one["duration"]:
        found["duration"] = f"PT{one['duration']:.3f}S"
    if one["preview"] and one["kind"] in ("video", "gifv"):
        found["icon"] = {"type": "Image", "mediaType": "image/webp", "url": f"{origin}/media/{one['preview']}"}
    if one["blurhash"]:
        found["blurhash"] = one["blurhash"]
    if one["focus_x"] or one["focus_y"]:
        found["focalPoint"] = [one["focus_x"], one["focus_y"]]
    return found
