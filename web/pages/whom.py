"""Whom a member means: an account by its handle or its address, its own server asked for one that is unknown."""

from federation import resolve
from federation.bridge import Bridge
from node.errors import NodeError, NotFound
from node.people import actors
from node.store import Row


async def account(bridge: Bridge, handle: str) -> Row:
    """The account of `name` or `name@host`.  Raises NotFound."""
    name, _, host = handle.partition("@")
    found = await bridge.store.read(actors.by_handle, name, "" if host.lower() == bridge.host else host)
    if found is None and host:
        try:
            found = await resolve.handle(bridge, handle)
        except NodeError as error:
            raise NotFound("There is no such account here.") from error
    return _living(found)


async def typed(bridge: Bridge, text: str) -> Row:
    """The account that somebody typed: `@name`, `@name@host`, or the address of its page.  Raises NotFound."""
    text = text.strip()
    if bridge.is_ours(text):
        text = text.rstrip("/").rpartition("/")[2]
    if not text.startswith(("http://", "https://")):
        return await account(bridge, text.lstrip("@!"))
    try:
        return _living(await bridge.store.read(actors.by_uri, text) or await resolve.actor(bridge, text))
    except NodeError as error:
        raise NotFound("There is no such account here.") from error


def _living(found: Row | None) -> Row:
    if found is None or found["gone"] or found["type"] == "Application":
        raise NotFound("There is no such account here.")
    return found
