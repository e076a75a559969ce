"""Documents from their origin: asked for by our Application actor, taken only from where they say they live.

Source: threats B19-B21, C; interop §2; Mastodon's json_ld_helper for the content types.
"""

import asyncio
import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from federation import signing
from federation import vocabulary as v
from federation.bridge import Bridge
from federation.client import Answer
from node.errors import Forbidden, Gone, Invalid, NotFound, Unreachable
from node.people import actor_keys

REDIRECTS = 3
LARGEST_HEAD = 262_144  # bytes of a page in which its document is looked for
_ELEMENT = re.compile(r"<link\b[^<>]{1,2000}>", re.IGNORECASE)
_LINK = re.compile(r"<([^<>\s]{1,2048})>([^<>]{0,500})")
# A name is looked at from its first letter alone: from each of two thousand in turn one page took seconds.
_ATTRIBUTE = re.compile(r"""(?<![a-zA-Z-])([a-zA-Z-]{1,40})\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>;,]+))""")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A JSON object and the address that really served it."""

    url: str
    document: dict[str, Any]


class NoDocument(Invalid):
    """What was served is no ActivityPub; `alternate` is where the page says that its document is, '' nowhere."""

    def __init__(self, url: str, answer: Answer) -> None:
        super().__init__("The other server did not answer in ActivityPub.", url=url, type=answer.content_type)
        self.alternate = _alternate(url, answer)


async def document(
    bridge: Bridge, uri: str, *, actor: int | None = None, seconds: float = 10, whole: bool = False
) -> Fetched:
    """The document whose id is the address that served it: uri, or one on its host.

    actor: who asks, by default our Application actor; whole: as json_object has it.  Raises
    Gone, NotFound, Forbidden, Unreachable as the peer answers, Invalid when what it serves is
    not its own to say.
    """
    found = await json_object(bridge, uri, actor=actor, seconds=seconds, whole=whole)
    identifier = v.one_id(found.document)
    if identifier == found.url:
        return found
    if not identifier or v.host(identifier) != v.host(found.url):
        raise Invalid("This document is served by another than its owner.", url=found.url, id=identifier)
    own = v.check_uri(identifier, bridge.development)
    again = await json_object(bridge, own, actor=actor, seconds=seconds, whole=whole)
    if v.one_id(again.document) != again.url:
        raise Invalid("This document does not live where it says.", url=again.url)
    return again


async def json_object(
    bridge: Bridge, uri: str, *, actor: int | None = None, seconds: float = 10, whole: bool = False
) -> Fetched:
    """What uri serves as ActivityPub, its id unchecked: for keys and collections.

    At most three redirects, each judged as the first address was.  What our Application had
    before need not be sent again when it is as it was; `whole` asks for it all the same.
    """
    url = v.check_uri(uri.partition("#")[0], bridge.development)
    if bridge.is_ours(url):
        raise Invalid("We do not ask ourselves.", url=url)
    for _ in range(REDIRECTS + 1):
        answer = await _had(bridge, url, bridge.system if actor is None else actor, seconds, whole)
        if answer.status in (301, 302, 303, 307, 308):
            url = redirected(bridge, url, answer.headers.get("location", ""))
            continue
        _check_status(answer.status, url)
        if not is_activity_json(answer.content_type):
            raise NoDocument(url, answer)
        return Fetched(url, v.read_json(answer.body))
    raise Invalid("The other server redirects without end.", url=uri)


def is_activity_json(content_type: str) -> bool:
    """Exactly the two types of ActivityPub: anything else could be an uploaded file."""
    parts = [part.strip() for part in content_type.split(";")]
    kind = parts[0].lower()
    if kind == v.ACTIVITY_JSON:
        return True
    profiles = [part.partition("=")[2].strip('"').split() for part in parts[1:] if part.lower().startswith("profile=")]
    return kind == "application/ld+json" and any(v.AS2 in profile for profile in profiles)


async def plain(bridge: Bridge, url: str, accept: str, *, limit: int, seconds: float = 10) -> tuple[str, str, bytes]:
    """(final URL, content type, body) of what is no ActivityPub: WebFinger, NodeInfo, pages, pictures; unsigned."""
    for _ in range(REDIRECTS + 1):
        if bridge.is_ours(url):
            raise Invalid("We do not ask ourselves.", url=url)
        answer = await bridge.client.get(url, {"Accept": accept}, limit=limit, seconds=seconds)
        if answer.status in (301, 302, 303, 307, 308):
            url = redirected(bridge, url, answer.headers.get("location", ""))
            continue
        _check_status(answer.status, url)
        return url, answer.content_type, answer.body
    raise Invalid("The other server redirects without end.", url=url)


def redirected(bridge: Bridge, url: str, location: str) -> str:
    """Where url leads us.  Raises Invalid for an address that we do not ask."""
    target = urljoin(url, location).partition("#")[0]
    if urlsplit(url).scheme == "https" and not target.startswith("https:"):
        raise Invalid("The other server redirects to an unsafe address.", url=url)
    target = v.check_uri(target, bridge.development)
    if bridge.is_ours(target):
        raise Invalid("We do not ask ourselves.", url=target)
    return target


def _check_status(status: int, url: str) -> None:
    if status == 410:
        raise Gone("The other server says that this is deleted.", url=url)
    if status == 404:
        raise NotFound("The other server does not have this.", url=url)
    if status in (401, 403):
        raise Forbidden("The other server does not show this to us.", url=url, status=status)
    if status != 200:
        raise Unreachable("The other server did not answer.", url=url, status=status)


def _alternate(url: str, answer: Answer) -> str:
    """The document that a page names in a Link header or a `link` element."""
    written = [f"<link href={target} {rest}>" for target, rest in _LINK.findall(answer.headers.get("link", "")[:8192])]
    if answer.content_type.lower().startswith(("text/html", "application/xhtml+xml")):
        written += _ELEMENT.findall(answer.body[:LARGEST_HEAD].decode("utf-8", "replace"))
    for tag in written:
        said = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag)}
        if "alternate" in said.get("rel", "").lower().split() and is_activity_json(said.get("type", "")):
            return urljoin(url, said.get("href", ""))
    return ""


async def _had(bridge: Bridge, url: str, actor: int, seconds: float, whole: bool) -> Answer:
    """What url answers, or answered before where it says that this still holds.

    Only what our Application sees is remembered: what is shown to one person alone is hers.  It asks
    first: of what is for everybody no server needs to hear who of ours looks at it.
    """
    if actor != bridge.system:
        answer = await _had(bridge, url, bridge.system, seconds, whole)
        return await _asked(bridge, url, actor, seconds, {}) if answer.status in (401, 403, 404) else answer
    conditions = {} if whole else bridge.remembered.conditions(url)
    answer = await _asked(bridge, url, actor, seconds, conditions)
    if answer.status == 304 and conditions:
        unchanged = bridge.remembered.unchanged(url)
        return unchanged or await _asked(bridge, url, actor, seconds, {})
    if answer.status == 200 and is_activity_json(answer.content_type):
        bridge.remembered.keep(url, answer)
    elif answer.status < 500 and answer.status != 429:
        bridge.remembered.forget(url)
    return answer


async def _asked(bridge: Bridge, url: str, actor: int, seconds: float, conditions: dict[str, str]) -> Answer:
    """What url answers; a second knock with the other kind of signature where the first was not understood."""
    key_id = await bridge.store.read(actor_keys.rsa, actor)
    signed = await asyncio.to_thread(_signed, bridge, url, actor, key_id)
    answer = await bridge.client.get(url, {**signed, **conditions}, seconds=seconds)
    if answer.status == 401:
        again = await asyncio.to_thread(_signed, bridge, url, actor, key_id, knock="rfc9421")
        return await bridge.client.get(url, {**again, **conditions}, seconds=seconds)
    return answer


def _signed(bridge: Bridge, url: str, actor: int, key_id: str, *, knock: str = "cavage") -> dict[str, str]:
    def sign(message: bytes) -> bytes:
        return bridge.ring.sign(actor, "rsa", message)

    moment = datetime.now(UTC)
    if knock == "rfc9421":
        return signing.signed_rfc9421("GET", url, None, key_id, sign, moment, accept=v.ACCEPT)
    parts = urlsplit(url)
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return signing.signed_cavage("GET", parts.netloc, path, None, key_id, sign, moment, accept=v.ACCEPT)
