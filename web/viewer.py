"""Who looks at a page: put on the request by the middleware of sessions, read by everything that renders.

A request without one is a visitor's.
"""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(slots=True)
class Viewer:
    """actor is whom the person speaks for just now; token goes into every form (`{{ viewer.token }}`)."""

    user: int
    actor: int
    name: str
    display: str = ""
    locale: str = ""
    role: str = "member"
    token: str = ""
    unread: int = 0
    messages: int = 0
    lite: bool = False
    filters: bool = False  # whether she may have any: who has none is asked no more
    more: dict[str, Any] = field(default_factory=dict)


KEY: web.RequestKey[Viewer] = web.RequestKey("viewer", Viewer)


def of(request: web.Request) -> Viewer | None:
    """The viewer, None for a visitor."""
    found: Viewer | None = request.get(KEY)
    return found


def actor_of(request: web.Request) -> int | None:
    """The id that visibility asks for."""
    viewer = of(request)
    return viewer.actor if viewer is not None else None
