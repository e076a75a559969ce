"""Finding each other: WebFinger both ways, NodeInfo of peers.

Source: RFC 7033; interop §1; FEP-2c59; NodeInfo 2.0/2.1.
"""

import json
import re
from typing import Any
from urllib.parse import quote

from federation import fetch
from federation import vocabulary as v
from federation.bridge import Bridge, now
from node import hosts
from node.errors import Invalid, NodeError, NotFound

HANDLE = re.compile(
    r"[@!]?([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)@([A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9a-f:]+\](?::\d{1,5})?)\Z"
)
LIMIT = 65_536
NODEINFO_EVERY = 86_400_000 * 3


def read_handle(typed: str) -> tuple[str, str]:
    """(name, host) of `@amal@node.example`, in any of its spellings: forums of Lemmy begin with `!`.  Raises Invalid."""
    found = HANDLE.match(typed.strip().removeprefix("acct:"))
    if found is None:
        raise Invalid("This is no address of the form name@server.", typed=typed[:100])
    return found.group(1), found.group(2).lower()


async def look_up(bridge: Bridge, handle_: str) -> tuple[str, str]:
    """(handle, actor id) as the handle's host spells them: it may name a handle on another host.

    Raises NotFound when it names nobody.
    """
    name, host = read_handle(handle_)
    scheme = "http" if bridge.development and is_plain(host) else "https"
    address = f"{scheme}://{host}/.well-known/webfinger?resource={quote(f'acct:{name}@{host}', safe=':@')}"
    v.check_uri(address.partition("?")[0], bridge.development)
    try:
        _, _, body = await fetch.plain(bridge, address, "application/jrd+json, application/json", limit=LIMIT)
    except NotFound:
        _, _, body = await fetch.plain(bridge, await _template(bridge, scheme, host, f"acct:{name}@{host}"),
                                       "application/jrd+json, application/json", limit=LIMIT)  # fmt: skip
    return read_subject(body) or f"{name}@{host}", read_jrd(body, bridge.development)


def read_subject(body: bytes) -> str:
    """The handle in `subject`, `badr@peer.example`; '' when it is no handle."""
    subject = _json(body).get("subject")
    try:
        name, host = read_handle(subject if isinstance(subject, str) else "")
    except Invalid:
        return ""
    return f"{name}@{host}"


def read_jrd(body: bytes, development: bool) -> str:
    """The id in the first `self` link with an ActivityPub type.  Raises NotFound."""
    document = _json(body)
    for link in v.as_list(document.get("links"))[:200]:
        if isinstance(link, dict) and link.get("rel") == "self" and fetch.is_activity_json(str(link.get("type", ""))):
            return v.check_uri(link.get("href"), development)
    raise NotFound("This server knows nobody of that name.")


async def _template(bridge: Bridge, scheme: str, host: str, resource: str) -> str:
    """The address that host-meta gives for WebFinger (RFC 6415)."""
    _, _, body = await fetch.plain(
        bridge, f"{scheme}://{host}/.well-known/host-meta", "application/xrd+xml", limit=LIMIT
    )
    for tag in re.findall(r"<Link\b[^>]*>", body.decode("utf-8", "replace")[:LIMIT]):
        template = re.search(r'template="([^"]+)"', tag)
        if template and re.search(r'rel="lrdd"', tag):
            address = template.group(1).replace("&amp;", "&").replace("{uri}", quote(resource, safe=""))
            v.check_uri(address.partition("?")[0], bridge.development)
            return address
    raise NotFound("This server knows nobody of that name.")


async def nodeinfo(bridge: Bridge, host: str) -> str:
    """The software's name that the host states, remembered for three days; '' when it never said.

    A host that does not answer today runs what it ran.
    """
    row = await bridge.store.read(hosts.get, host)
    if row is not None and row["asked"] and row["asked"] > now() - NODEINFO_EVERY:
        return str(row["software"])
    software, version = (row["software"], row["version"]) if row is not None else ("", "")
    try:
        software, version = await _ask_nodeinfo(bridge, host)
    except (NodeError, ValueError):
        pass
    await bridge.store.write(hosts.describe, host, software, version, now())
    return software


async def _ask_nodeinfo(bridge: Bridge, host: str) -> tuple[str, str]:
    scheme = "http" if bridge.development and is_plain(host) else "https"
    _, _, body = await fetch.plain(bridge, f"{scheme}://{host}/.well-known/nodeinfo", "application/json", limit=LIMIT)
    address = choose_nodeinfo(_json(body))
    v.check_uri(address, bridge.development)
    if v.host(address) != host:
        raise Invalid("NodeInfo lies on another server.", host=host)
    _, _, body = await fetch.plain(bridge, address, "application/json", limit=LIMIT)
    named = _json(body).get("software")
    if not isinstance(named, dict):
        return "", ""
    return str(named.get("name", ""))[:60].lower(), str(named.get("version", ""))[:60]


def choose_nodeinfo(document: dict[str, Any]) -> str:
    """The address of the highest schema that we read.  Raises NotFound when there is none."""
    best = ""
    found = ""
    for link in v.as_list(document.get("links"))[:50]:
        if not isinstance(link, dict):
            continue
        schema = re.match(r"https?://nodeinfo\.diaspora\.software/ns/schema/(2\.[0-2])\Z", str(link.get("rel", "")))
        if schema and schema.group(1) > best and v.is_web(link.get("href")):
            best, found = schema.group(1), str(link["href"])
    if not found:
        raise NotFound("This server does not describe itself.")
    return found


def is_plain(host: str) -> bool:
    """In development a host with a port, an IP address or `localhost` is asked without TLS."""
    return ":" in host or host == "localhost" or host.replace(".", "").isdigit()


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("The other server did not answer in JSON.") from error
    return found if isinstance(found, dict) else {}
