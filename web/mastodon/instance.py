"""Instance: what this node is, for apps that have just been given its name."""

from typing import Any

import orjson
from aiohttp import web

from federation import push
from federation.bridge import now
from node import settings
from node.people import actors, users
from node.posts import films
from node.store import Database
from web import studio
from web.mastodon import shelf, told
from web.mastodon.requests import answer
from web.state import BRIDGE
from web.wellknown import VERSION

routes = web.RouteTableDef()

SPEAKS = "4.5.0"  # the Mastodon whose API this is
IMAGES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif"]
MONTH = 30 * 86_400_000


@routes.get("/api/v1/instance")
async def v1(request: web.Request) -> web.Response:
    """V1::Instance."""
    bridge = request.app[BRIDGE]
    return answer(request, await told.read(request, None, lambda db: _v1(db, bridge.origin)))


@routes.get("/api/v2/instance")
async def v2(request: web.Request) -> web.Response:
    """Instance."""
    bridge = request.app[BRIDGE]
    key = push.server_key(bridge)
    return answer(request, await told.read(request, None, lambda db: _v2(db, bridge.origin, key)))


def words(texts: dict[str, str]) -> str:
    return texts.get("ar") or next(iter(texts.values()), "")


def rules(chosen: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": str(number), "text": words(rule), "hint": "",
         "translations": {tag: {"text": text, "hint": ""} for tag, text in rule.items()}}
        for number, rule in enumerate(chosen["rules"], 1)
    ]  # fmt: skip


def _configuration(chosen: dict[str, Any]) -> dict[str, Any]:
    return {
        "accounts": {
            "max_display_name_length": 100, "max_note_length": 2000, "max_avatar_description_length": 1500,
            "max_header_description_length": 1500, "max_featured_tags": 10, "max_pinned_statuses": 5,
            "max_profile_fields": 6, "profile_field_name_limit": 255, "profile_field_value_limit": 255,
        },
        "statuses": {
            "max_characters": chosen["post_length"], "max_media_attachments": 4, "characters_reserved_per_url": 23
        },
        "media_attachments": {
            "supported_mime_types": IMAGES + (films.FILMS + films.SOUNDS if studio.can() else []),
            "description_limit": 1500, "image_size_limit": chosen["media_size"], "image_matrix_limit": 33_177_600,
            "video_size_limit": chosen["film_size"] if studio.can() else 0, "video_frame_rate_limit": 120,
            "video_matrix_limit": chosen["film_pixels"],
        },
        "polls": {
            "max_options": 8, "max_characters_per_option": 100, "min_expiration": 300, "max_expiration": 2_629_746
        },
    }  # fmt: skip


def _contact(db: Database, chosen: dict[str, Any], origin: str) -> dict[str, Any] | None:
    """Account of whom one may ask; nobody in a closed network, whose members are nobody's business.

    Some apps (those of megalodon for Rust among them) show no instance without one.
    """
    who = users.contact(db) if chosen["network"] != "closed" else None
    if who is None:
        return None
    found: dict[str, Any] = orjson.loads(shelf.account(db, actors.get(db, who), origin))
    return found


def _streaming(origin: str) -> str:
    return "ws" + origin.removeprefix("http")


def _v1(db: Database, origin: str) -> dict[str, Any]:
    chosen = settings.everything(db)
    return {
        "uri": origin.partition("://")[2],
        "title": words(chosen["name"]),
        "short_description": words(chosen["tagline"]),
        "description": words(chosen["about"]) or words(chosen["tagline"]),
        "email": chosen["contact"],
        "version": f"{SPEAKS} (compatible; Tashbik {VERSION})",
        "urls": {"streaming_api": _streaming(origin)},
        "stats": {
            "user_count": users.total(db),
            "status_count": db.value("select ifnull(sum(posts_count), 0) from actors where local"),
            "domain_count": db.value("select count(*) from hosts"),
        },
        "thumbnail": f"{origin}/static/card.png",
        "languages": ["ar", "fr", "zgh", "en"],
        "registrations": chosen["registrations"] != "closed",
        "approval_required": chosen["registrations"] == "approval",
        "invites_enabled": False,
        "configuration": _configuration(chosen),
        "contact_account": _contact(db, chosen, origin),
        "rules": rules(chosen),
    }


def _v2(db: Database, origin: str, vapid: str) -> dict[str, Any]:
    chosen = settings.everything(db)
    everybody = {"local": "public", "remote": "public"}
    return {
        "domain": origin.partition("://")[2],
        "title": words(chosen["name"]),
        "version": f"{SPEAKS} (compatible; Tashbik {VERSION})",
        "source_url": "https://tashbik.example/source",
        "description": words(chosen["tagline"]),
        "wrapstodon": None,
        "usage": {"users": {"active_month": users.active(db, now() - MONTH)}},
        "thumbnail": {"url": f"{origin}/static/card.png", "description": ""},
        "icon": [{"src": f"{origin}/static/avatar.png", "size": "192x192"}],
        "languages": ["ar", "fr", "zgh", "en"],
        "configuration": {
            "urls": {
                "streaming": _streaming(origin), "status": None, "about": f"{origin}/about",
                "privacy_policy": f"{origin}/privacy", "terms_of_service": None,
            },
            **_configuration(chosen),
            "translation": {"enabled": False},
            "vapid": {"public_key": vapid},
            "timelines_access": {
                "live_feeds": everybody, "hashtag_feeds": everybody, "trending_link_feeds": everybody
            },
            "limited_federation": chosen["network"] == "closed",
        },
        "registrations": {
            "enabled": chosen["registrations"] != "closed", "approval_required": chosen["registrations"] == "approval",
            "message": None, "min_age": None, "reason_required": chosen["registrations"] == "approval", "url": None,
        },
        "api_versions": {"mastodon": 7},
        "contact": {"email": chosen["contact"], "account": _contact(db, chosen, origin)},
        "rules": rules(chosen),
    }  # fmt: skip
