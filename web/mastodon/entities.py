"""Rows as Mastodon's entities: pure, no database, every documented member present.

Source: docs.joinmastodon.org/entities; what reality adds stands in docs/mastodon-api.md.
"""

import json
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from node import ids
from node.people import actors
from node.posts import posts
from node.posts.filters import Match
from node.store import Row

VISIBILITY = {"public": "public", "unlisted": "unlisted", "followers": "private", "direct": "direct"}
# What a profile shows unless its owner chose otherwise.
SHOWN: dict[str, Any] = {
    "avatar_description": "", "header_description": "", "bot": False, "hide_collections": False, "show_media": True,
    "show_media_replies": True, "show_featured": True, "attribution_domains": [],
}  # fmt: skip
# Apps know by the end of these addresses that there is no picture, and draw their own.
NO_AVATAR, NO_HEADER = "/avatars/original/missing.png", "/headers/original/missing.png"
FROM_VISIBILITY = {"public": "public", "unlisted": "unlisted", "private": "followers", "direct": "direct"}


@lru_cache(4096)  # the same moments are shown again and again
def time(at: int) -> str:
    """RFC 3339 with milliseconds, as Mastodon writes it."""
    return ids.precise(at)


def account(actor: Row, origin: str) -> dict[str, Any]:
    """Account."""
    host = actor["host"]
    acct = f"{actor['name']}@{host}" if host else actor["name"]
    avatar = _picture(actor, "icon", origin) or origin + NO_AVATAR
    header = _picture(actor, "image", origin) or origin + NO_HEADER
    gone = actor["gone"] is not None
    chosen = shown(actor)
    posts_count, followers_count, following_count = actors.counted(actor)
    return {
        "id": str(actor["id"]),
        "username": actor["name"],
        "acct": acct,
        "url": actor["url"],
        "uri": actor["uri"],
        "display_name": actor["display"],
        "note": actor["summary"],
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": chosen["avatar_description"] if actor["icon"] else "",
        "header": header,
        "header_static": header,
        "header_description": chosen["header_description"] if actor["image"] else "",
        "locked": bool(actor["approves"]),
        "fields": [] if gone else fields(actor),
        "emojis": emojis(actor["emojis"], origin),
        "bot": actor["type"] in ("Application", "Service") or chosen["bot"],
        "group": actor["type"] == "Group",
        "discoverable": bool(actor["discoverable"]),
        "indexable": bool(actor["indexable"]),
        "noindex": not actor["indexable"],
        "created_at": ids.moment(actor["published"] or ids.time_of(actor["id"])).strftime("%Y-%m-%dT00:00:00.000Z"),
        "last_status_at": ids.moment(actor["last_post"]).strftime("%Y-%m-%d") if actor["last_post"] else None,
        "statuses_count": posts_count,
        "followers_count": followers_count,
        "following_count": following_count,
        "hide_collections": chosen["hide_collections"],
        "show_media": chosen["show_media"],
        "show_media_replies": chosen["show_media_replies"],
        "show_featured": chosen["show_featured"],
        "roles": [],
        **({"suspended": True} if gone else {}),
        **({"memorial": True} if not actor["local"] and '"memorial": true' in actor["details"] else {}),
        **({"limited": True} if actor["silenced"] is not None else {}),
    }


def shown(actor: Row) -> dict[str, Any]:
    """What an account of ours chose about its profile, the rest as it is for everybody."""
    return SHOWN | json.loads(actor["details"]).get("shown", {}) if actor["local"] else SHOWN


def fields(actor: Row) -> list[dict[str, Any]]:
    """Account::Field of each line of the profile."""
    return [
        {"name": name, "value": value, "verified_at": time(verified) if verified else None}
        for name, value, verified in json.loads(actor["fields"])
    ]


def typed_fields(actor: Row) -> list[dict[str, Any]]:
    """Account::Field of each line of one's own profile as it was typed, with what is known of its link."""
    typed = json.loads(actor["details"]).get("fields", [])
    verified = {one["name"]: one["verified_at"] for one in fields(actor)}
    return [{"name": name, "value": value, "verified_at": verified.get(name)} for name, value in typed]


def _picture(actor: Row, name: str, origin: str) -> str:
    """Ours as it lies here; a peer's through this node, so that readers are not seen elsewhere."""
    if not actor[name]:
        return ""
    return actor[name] if actor["local"] else f"{origin}/media/remote/{name}/{actor['id']}"


def status(post: Row, mentions: list[Row], tags: list[str], media: list[Row], origin: str,
           parent_author: int | None, application: dict[str, Any] | None,
           around: tuple[str, str] = ("", "")) -> dict[str, Any]:  # fmt: skip
    """Status, without its account, poll, approval of quotes, owner's flags and boost: those differ by viewer."""
    boosts, likes = posts.counted(post)
    found: dict[str, Any] = {
        "id": str(post["id"]),
        "uri": post["uri"],
        "url": address(post["url"]),
        "created_at": time(post["published"]),
        "edited_at": time(post["edited"]) if post["edited"] else None,
        "content": around[0] + post["content"] + around[1],
        "visibility": VISIBILITY[post["visibility"]],
        "sensitive": bool(post["sensitive"]),
        "spoiler_text": post["warning"],
        "language": post["language"] or None,
        "in_reply_to_id": str(post["reply_to"]) if post["reply_to"] else None,
        "in_reply_to_account_id": str(parent_author) if parent_author else None,
        "replies_count": post["replies"],
        "reblogs_count": boosts,
        "favourites_count": likes,
        "quotes_count": 0,
        "media_attachments": [attachment(one, origin) for one in media],
        "mentions": [mention(one) for one in mentions],
        "tags": [{"name": name.lower(), "url": tag_url(name, origin)} for name in tags],
        "emojis": emojis(post["emojis"], origin),
        "card": None,
        "tagged_collections": [],
    }
    if post["local"]:
        found["application"] = application
    return found


def emojis(kept: str, origin: str) -> list[dict[str, Any]]:
    """CustomEmoji of each that a row of an actor or a post names; the picture comes from here, whoever drew it."""
    if kept == "{}":
        return []
    return [emoji(shortcode, number, origin) for shortcode, number in json.loads(kept).items()]


def emoji(shortcode: str, number: int, origin: str, category: str | None = None) -> dict[str, Any]:
    """CustomEmoji; with its category, '' for none, where it may be chosen."""
    address = f"{origin}/media/emoji/{number}"
    made = {
        "shortcode": shortcode, "url": address, "static_url": f"{address}/still", "visible_in_picker": category is not None,
    }  # fmt: skip
    return made if category is None else made | {"category": category or None}


def card(row: Row | dict[str, Any], origin: str) -> dict[str, Any]:
    """PreviewCard: always a link; nothing of another site runs in an app because of us."""
    return {
        "url": address(row["url"]), "title": row["title"], "description": row["description"], "language": row["language"] or None,
        "type": "link", "author_name": row["author"], "author_url": "", "provider_name": row["provider"],
        "provider_url": "", "html": "", "width": row["width"], "height": row["height"],
        "image": f"{origin}/media/card/{row['id']}" if row["image"] else None,
        "image_description": row["image_words"], "embed_url": "", "blurhash": None,
        "published_at": time(row["published"]) if row["published"] else None, "missing_attribution": None,
        "authors": [{"name": row["author"], "url": "", "account": None}] if row["author"] else [],
    }  # fmt: skip


def mention(actor: Row) -> dict[str, Any]:
    """Status::Mention."""
    acct = f"{actor['name']}@{actor['host']}" if actor["host"] else actor["name"]
    return {"id": str(actor["id"]), "username": actor["name"], "url": actor["url"], "acct": acct}


def attachment(one: Row, origin: str) -> dict[str, Any]:
    """MediaAttachment; `url` is null until it is ready, and the owner's own where we do not serve such a file."""
    ours = f"{origin}/media/"
    url = ours + one["file"] if one["file"] else f"{ours}remote/{one['key']}" if one["remote"] else ""
    if one["kind"] == "unknown" and one["remote"]:
        url = address(one["remote"])
    preview = ours + one["preview"] if one["preview"] else url if one["kind"] == "image" else ""
    if one["kind"] not in ("image", "audio") and one["remote_preview"] and not preview:
        preview = f"{ours}remote/poster/{one['key']}"
    return {
        "id": str(one["id"]),
        "type": one["kind"],
        "url": url if one["ready"] and url else None,
        "preview_url": preview or None,
        "remote_url": one["remote"] or None,
        "preview_remote_url": one["remote_preview"] or None,
        "text_url": None,
        "meta": _meta(one),
        "description": one["description"] or None,
        "blurhash": one["blurhash"],
    }


def _meta(one: Row) -> dict[str, Any]:
    """How large it is, and its preview; how long, how fast; where its middle is."""
    known = json.loads(one["meta"]) if one["meta"] != "{}" else {}
    made: dict[str, Any] = {}
    original: dict[str, Any] = {}
    if one["width"] and one["height"]:
        original = _size(one["width"], one["height"])
        made["small"] = _size(*known["small"]) if "small" in known else original
    if one["duration"]:
        original = {key: value for key, value in original.items() if key in ("width", "height")}
        original |= {key: known[key] for key in ("frame_rate", "bitrate") if key in known}
        original["duration"] = one["duration"]
        made |= {"length": _length(one["duration"]), "duration": one["duration"]}
        if "frame_rate" in known:
            above, _, below = known["frame_rate"].partition("/")
            made["fps"] = round(int(above) / int(below))
    if original:
        made["original"] = original
    if one["kind"] != "audio":
        made["focus"] = {"x": one["focus_x"], "y": one["focus_y"]}
    return made


def _size(width: int, height: int) -> dict[str, Any]:
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}


def _length(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02d}:{seconds % 60:05.2f}"


def poll(row: Row, options: list[Row], mine: list[int], own: bool, now: int, origin: str) -> dict[str, Any]:
    """Poll, as one viewer sees it."""
    over = bool(row["closed"]) or (row["closes"] is not None and row["closes"] <= now)
    return {
        "id": str(row["post"]),
        "expires_at": time(row["closes"]) if row["closes"] else None,
        "expired": over,
        "multiple": bool(row["multiple"]),
        "votes_count": sum(one["votes"] for one in options),
        "voters_count": row["voters"],
        "options": [
            {"title": one["title"], "votes_count": one["votes"] if over or not row["hidden"] else None}
            for one in options
        ],
        "emojis": [
            one
            for one in emojis(row["emojis"], origin)
            if any(f":{one['shortcode']}:" in option["title"] for option in options)
        ],
        "voted": own or bool(mine),
        "own_votes": mine,
    }


def relationship(target: int, known: dict[str, Any]) -> dict[str, Any]:
    """Relationship; known holds what is not its default."""
    return {
        "id": str(target),
        "following": False,
        "showing_reblogs": False,
        "notifying": False,
        "languages": None,
        "followed_by": False,
        "blocking": False,
        "blocked_by": False,
        "muting": False,
        "muting_notifications": False,
        "muting_expires_at": None,
        "requested": False,
        "requested_by": False,
        "domain_blocking": False,
        "endorsed": False,
        "note": "",
        **known,
    }


def token(secret: str, scopes: str, now: int) -> dict[str, Any]:
    """Token."""
    return {"access_token": secret, "token_type": "Bearer", "scope": scopes, "created_at": now // 1000}


def application(row: Row, vapid: str) -> dict[str, Any]:
    """Application, without its secrets."""
    redirects = json.loads(row["redirects"])
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "website": row["website"],
        "scopes": row["scopes"].split(),
        "redirect_uris": redirects,
        "redirect_uri": "\n".join(redirects),
        "vapid_key": vapid,
    }


def listing(row: Row) -> dict[str, Any]:
    """List."""
    return {
        "id": str(row["id"]), "title": row["title"], "replies_policy": row["replies"],
        "exclusive": bool(row["exclusive"]),
    }  # fmt: skip


def tag(number: int, name: str, origin: str, history: list[dict[str, Any]], following: bool | None,
        featuring: bool = False) -> dict[str, Any]:  # fmt: skip
    """Tag; following is None for a visitor."""
    made: dict[str, Any] = {
        "id": str(number), "name": name, "url": tag_url(name, origin), "history": history,
    }  # fmt: skip
    return made if following is None else made | {"following": following, "featuring": featuring}


def address(url: str) -> str:
    """An address of elsewhere in ASCII; its signs as they stand."""
    return url if url.isascii() else quote(url, safe="%:/?#[]@!$&'()*+,;=~")


def tag_url(name: str, origin: str) -> str:
    """Where a hashtag's page is, in ASCII: Swift before iOS 17 reads no other address."""
    return f"{origin}/tags/{quote(name, safe='')}"


def featured_tag(row: Row, origin: str) -> dict[str, Any]:
    """FeaturedTag."""
    return {
        "id": str(row["id"]), "name": row["shown"], "url": tag_url(row["shown"], origin),
        "statuses_count": str(row["uses"]),
        "last_status_at": ids.moment(row["last"]).strftime("%Y-%m-%d") if row["last"] else None,
    }  # fmt: skip


def filter_(row: Row) -> dict[str, Any]:
    """Filter, without its words and statuses."""
    return {
        "id": str(row["id"]), "title": row["title"], "context": json.loads(row["contexts"]),
        "expires_at": time(row["expires"]) if row["expires"] else None, "filter_action": row["action"],
    }  # fmt: skip


def filter_result(met: Match) -> dict[str, Any]:
    """FilterResult."""
    return {
        "filter": filter_(met.filter), "keyword_matches": met.keywords or None, "status_matches": met.posts or None,
    }  # fmt: skip


def filter_keyword(row: Row) -> dict[str, Any]:
    """FilterKeyword."""
    return {"id": str(row["id"]), "keyword": row["keyword"], "whole_word": bool(row["whole"])}


def filter_status(row: Row) -> dict[str, Any]:
    """FilterStatus."""
    return {"id": str(row["id"]), "status_id": str(row["post"])}


def filter_v1(row: Row, word: Row) -> dict[str, Any]:
    """V1::Filter."""
    return {
        "id": str(word["id"]), "phrase": word["keyword"], "context": json.loads(row["contexts"]),
        "expires_at": time(row["expires"]) if row["expires"] else None, "irreversible": row["action"] == "hide",
        "whole_word": bool(word["whole"]),
    }  # fmt: skip


def report(row: Row, target: Row, origin: str) -> dict[str, Any]:
    """Report."""
    return {
        "id": str(row["id"]), "action_taken": row["handled"] is not None,
        "action_taken_at": time(row["handled"]) if row["handled"] else None, "category": row["category"],
        "comment": row["comment"], "forwarded": bool(row["forward"]), "created_at": time(row["at"]),
        "status_ids": [str(one) for one in json.loads(row["posts"])],
        "rule_ids": [str(one) for one in json.loads(row["rules"])], "collection_ids": [],
        "target_account": account(target, origin),
    }  # fmt: skip


def marker(row: Row) -> dict[str, Any]:
    """Marker."""
    return {"last_read_id": str(row["last"]), "version": row["version"], "updated_at": time(row["at"])}


# Mastodon's bits of what a role may do: audit log 4, dashboard 8, reports 16, federation 32, blocks 128, taxonomies
# 256, users 1024; an administrator has all twenty.
PERMISSIONS = {"member": 0, "moderator": 4 | 8 | 16 | 32 | 128 | 256 | 1024, "admin": (1 << 20) - 1}


def role(name: str) -> dict[str, Any]:
    """Role of somebody who logs in."""
    return {
        "id": {"member": "1", "moderator": "2", "admin": "3"}[name], "name": "" if name == "member" else name.title(),
        "permissions": str(PERMISSIONS[name]), "color": "", "highlighted": name != "member",
    }  # fmt: skip
