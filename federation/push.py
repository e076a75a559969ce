"""Devices are woken through push services: encrypted here, sent by the worker, by the one way out.

    POST endpoint  TTL, Urgency, Authorization: vapid t=…, k=…   Content-Encoding: aes128gcm

Source: RFC 8030, 8188, 8291, 8292; the draft `aesgcm` for apps that still read it.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from federation.bridge import Bridge, now
from keys import seal, vapid
from keys.ring import Ring
from node import html
from node.errors import Invalid, Unreachable
from node.log import Log
from node.people import actors, devices, tokens
from node.posts import notifications, posts, visibility
from node.store import Database, Row
from node.text import mark, translate

log = Log("federation.push")

DAYS = 2 * 86_400  # seconds that a push service keeps a message for a device that sleeps
LIVES = 12 * 3600  # seconds for which our word to the push service holds
LONGEST_BODY = 140
TOKENS = "push"  # the secret that seals them
GONE = (404, 410)
LATER = (408, 429)

TITLES = {
    "mention": mark("{name} mentioned you"),
    "status": mark("{name} has published"),
    "reblog": mark("{name} passed on what you wrote"),
    "follow": mark("{name} follows you"),
    "follow_request": mark("{name} asks to follow you"),
    "favourite": mark("{name} likes what you wrote"),
    "poll": mark("A poll has ended"),
    "update": mark("{name} has edited a post"),
    "quote": mark("{name} quoted you"),
    "quoted_update": mark("{name} has edited a post"),
    "admin.sign_up": mark("{name} has joined the network"),
    "asks to join": mark("Somebody asks to join the network"),
    "admin.report": mark("{name} reports something"),
}


def server_key(bridge: Bridge) -> str:
    """What an app gives to its push service, so that only we may wake it."""
    return vapid.public(bridge.ring)


def check(bridge: Bridge, endpoint: str, p256dh: str, auth: str) -> None:
    """Raises Invalid for an address that we do not ask, or keys that are none."""
    if len(endpoint) > 2000:
        raise Invalid("Validation failed: Endpoint is invalid")
    bridge.client.check(endpoint)
    if len(_bytes(p256dh)) != 65 or len(_bytes(auth)) != 16:
        raise Invalid("Validation failed: Key is invalid")


@dataclass(frozen=True, slots=True)
class _Message:
    """What goes to one device."""

    device: Row
    body: bytes


def sealed(bridge: Bridge, token: str) -> bytes:
    """The app's token, kept so that only this node reads it: apps with several accounts want it back with each word."""
    return seal.close(bridge.ring, TOKENS, token)


async def wake(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: one device hears of one notification.  Raises Unreachable to be tried again."""
    message = await bridge.store.read(_message, body["device"], body["notification"], bridge.origin, bridge.ring)
    if message is None:
        return
    headers, encrypted = _encrypted(bridge, message)
    answer = await bridge.client.post(message.device["endpoint"], headers, encrypted)
    if answer.status in GONE:
        await bridge.store.write(devices.lost, message.device["id"])
        log.info("push device gone", status=answer.status)
    elif answer.status in LATER or answer.status >= 500:
        raise Unreachable("The push service did not take it.", status=answer.status)
    elif answer.status >= 300:
        log.info("push refused", status=answer.status)


def _message(db: Database, device: int, notification: int, origin: str, ring: Ring) -> _Message | None:
    known = devices.get(db, device)
    told = notifications.get(db, known["actor"], notification) if known is not None else None
    if known is None or told is None:
        return None
    who = actors.get(db, told["origin"])
    locale = tokens.locale(db, known["token"]) or "ar"
    asks = told["kind"] == "admin.sign_up" and who["type"] == "Application"
    title = translate(TITLES.get("asks to join" if asks else told["kind"], TITLES["status"]), locale)
    said = ""
    if told["post"] is not None and visibility.see(db, told["post"], known["actor"]) is not None:
        post = posts.get(db, told["post"])
        said = post["warning"] or html.plain(post["content"])
    icon = who["icon"] if who["local"] else f"{origin}/media/remote/icon/{who['id']}" if who["icon"] else ""
    content = {
        "access_token": seal.read(ring, TOKENS, known["sealed"]) if known["sealed"] else "", "preferred_locale": locale, "notification_id": str(told["id"]),
        "notification_type": told["kind"], "icon": icon or f"{origin}/static/avatar.png",
        "title": title.replace("{name}", who["display"] or who["name"]),
        "body": said[: LONGEST_BODY - 1] + "…" if len(said) > LONGEST_BODY else said,
    }  # fmt: skip
    return _Message(known, json.dumps(content, ensure_ascii=False).encode())


def _encrypted(bridge: Bridge, message: _Message) -> tuple[dict[str, str], bytes]:
    """(headers, body): only the device can read it, only we can have sent it."""
    from pywebpush import WebPusher

    device = message.device
    encoding = "aes128gcm" if device["standard"] else "aesgcm"
    keys = {"p256dh": device["p256dh"], "auth": device["auth"]}
    made = WebPusher({"endpoint": device["endpoint"], "keys": keys}).encode(message.body, content_encoding=encoding)
    token, public = _word(bridge, device["endpoint"]), server_key(bridge)
    headers = {"TTL": str(DAYS), "Urgency": "normal", "Content-Encoding": encoding,
               "Content-Type": "application/octet-stream"}  # fmt: skip
    if device["standard"]:
        headers["Authorization"] = f"vapid t={token}, k={public}"
    else:
        headers["Authorization"] = f"WebPush {token}"
        headers["Encryption"] = f"salt={made['salt'].decode()}"
        headers["Crypto-Key"] = f"dh={made['crypto_key'].decode()};p256ecdsa={public}"
    return headers, bytes(made["body"])


def _word(bridge: Bridge, endpoint: str) -> str:
    """A signed token for the push service of this endpoint (ES256)."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now() // 1000 + LIVES, "sub": bridge.origin}
    head = _text(b'{"typ":"JWT","alg":"ES256"}') + "." + _text(json.dumps(claims).encode())
    return head + "." + _text(vapid.sign(bridge.ring, head.encode()))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """base64url with or without its padding, or base64; nothing for what is neither."""
    try:
        plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
        return base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""
