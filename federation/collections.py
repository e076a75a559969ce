"""Collections of peers, read page after page, within bounds.

Tolerant of every shape that is about: `items` or `orderedItems` in either type, one
item instead of a list, `first` as an address or a page, loops, wrong counts.
Source: interop §10.
"""

from typing import Any

from federation import fetch
from federation import vocabulary as v
from federation.bridge import Bridge
from node.errors import NodeError

PAGES = 20
ITEMS = 2000
MOST_TOLD = 2**31  # a total beyond it is no count, and no app could read it


async def items(bridge: Bridge, uri: str, *, most: int = ITEMS, pages: int = PAGES) -> list[Any]:
    """Items of the collection in its order, at most so many, of pages on its own host.

    Raises what fetch raises for the collection itself; a page that cannot be had ends it.
    """
    return (await counted(bridge, uri, most=most, pages=pages))[0]


async def counted(bridge: Bridge, uri: str, *, most: int, pages: int) -> tuple[list[Any], int]:
    """The same items, and how many the collection says it has; 0 when it does not say."""
    found = (await fetch.json_object(bridge, uri)).document
    taken = listed(found)
    following: Any = found.get("first") if not taken else found.get("next")
    seen: set[str] = {uri}
    for _ in range(pages):
        page, following = await _page(bridge, uri, following, seen)
        taken += page
        if not following or len(taken) >= most:
            break
    return taken[:most], total(found)


async def count(bridge: Bridge, uri: str) -> int:
    """How many the collection says it has; 0 when it does not say, or cannot be had."""
    try:
        return total((await fetch.json_object(bridge, uri)).document) if uri else 0
    except NodeError:
        return 0


async def _page(bridge: Bridge, whole: str, link: Any, seen: set[str]) -> tuple[list[Any], Any]:
    """Items of a page, and where the next one is; nothing for a loop or another host."""
    if isinstance(link, dict) and listed(link):
        return listed(link), link.get("next")
    address = v.one_id(link)
    if not address or address in seen or v.host(address) != v.host(whole):
        return [], None
    seen.add(address)
    try:
        page = (await fetch.json_object(bridge, address)).document
    except NodeError:
        return [], None
    return listed(page), page.get("next")


def listed(document: dict[str, Any]) -> list[Any]:
    """What a collection or page holds itself."""
    for key in ("orderedItems", "items"):
        if document.get(key) not in (None, ""):
            return v.as_list(document[key])[:ITEMS]
    return []


def total(document: dict[str, Any]) -> int:
    """What a collection says of its size, where that can be."""
    said = document.get("totalItems")
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 < said < MOST_TOLD else 0
