"""Following from elsewhere: where a person's own server lets her act on something that she found here.

Source: OStatus subscribe template in WebFinger (Mastodon, Misskey, GoToSocial and others); FEP-3b86.
"""

import json
import re
from typing import Any
from urllib.parse import quote

from federation import discovery, fetch
from federation import vocabulary as v
from federation.bridge import Bridge
from node.errors import Invalid, NodeError

RELATIONS = ("http://ostatus.org/schema/1.0/subscribe", "https://w3id.org/fep/3b86/Object")
HOST = re.compile(r"(?:https?://)?((?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::\d{1,5})?)/?\Z")
SECONDS = 5


async def address(bridge: Bridge, typed: str, uri: str) -> str:
    """Where the server that was typed, as handle or host, goes on with uri.

    Its WebFinger says so; a server that says nothing is taken to be like Mastodon.
    Raises Invalid for what is neither handle nor host.
    """
    name, host = read(typed)
    scheme = "http" if bridge.development and discovery.is_plain(host) else "https"
    v.check_uri(f"{scheme}://{host}/", bridge.development)
    if host == bridge.host:
        return f"{bridge.origin}/authorize_interaction?uri={quote(uri, safe='')}"
    resource = f"acct:{name}@{host}" if name else f"{scheme}://{host}/"
    found = ""
    try:
        _, _, body = await fetch.plain(
            bridge, f"{scheme}://{host}/.well-known/webfinger?resource={quote(resource, safe=':@')}",
            "application/jrd+json, application/json", limit=discovery.LIMIT, seconds=SECONDS,
        )  # fmt: skip
        found = template(body, bridge.development)
    except NodeError:
        pass
    if not found:
        found = f"{scheme}://{host}/authorize_interaction?uri={{uri}}"
    return found.replace("{uri}", quote(uri, safe="")).replace("{object}", quote(uri, safe=""))


def read(typed: str) -> tuple[str, str]:
    """(name, host) of what a person types for her server: `@amel@sfax.example`, `sfax.example`, its address."""
    typed = typed.strip()
    if "@" in typed:
        return discovery.read_handle(typed)
    found = HOST.match(typed)
    if found is None:
        raise Invalid("This is no address of the form name@server.", typed=typed[:100])
    return "", found.group(1).lower()


def template(body: bytes, development: bool) -> str:
    """The template that a WebFinger answer holds; '' when there is none that a browser may be sent to."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    links = v.as_list(document.get("links")) if isinstance(document, dict) else []
    for relation in RELATIONS:
        for link in links[:200]:
            if not isinstance(link, dict) or link.get("rel") != relation:
                continue
            found = link.get("template")
            if isinstance(found, str) and ("{uri}" in found or "{object}" in found) and _is_safe(found, development):
                return found
    return ""


def _is_safe(found: str, development: bool) -> bool:
    """Whether it is a plain web address: no other scheme, no name and password before the host."""
    try:
        v.check_uri(re.sub(r"\{(?:uri|object)\}", "x", found).partition("?")[0], development)
    except Invalid:
        return False
    return len(found) <= 2048 and not any(ord(one) < 33 for one in found)
