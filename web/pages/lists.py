"""Lists by the page: where the next one begins."""

from dataclasses import dataclass

from aiohttp import web

from node import ids

PAGE = 20


@dataclass(frozen=True, slots=True)
class Span:
    """Ids between `before` and `after`, both excluded; oldest: the page next to `after`."""

    before: int
    after: int
    oldest: bool

    @property
    def first(self) -> bool:
        """Whether it is the page that a list begins with."""
        return self.before == ids.LAST and not self.after


def asked(request: web.Request) -> Span:
    """`?before=` and `?after=`."""
    before, after = (ids.read(request.query.get(name)) or 0 for name in ("before", "after"))
    return Span(before or ids.LAST, after, bool(after and not before))


def ways(request: web.Request, found: list[int]) -> tuple[str, str]:
    """(older, newer): addresses of the pages beside this one, '' where there is none."""
    span = asked(request)
    if not found:
        return "", "" if span.first else request.path
    more_below = len(found) >= PAGE or span.oldest
    older = _address(request, "before", found[-1]) if more_below else ""
    newer = "" if span.first or (span.oldest and len(found) < PAGE) else _address(request, "after", found[0])
    return older, newer


def _address(request: web.Request, name: str, value: int) -> str:
    kept = {key: one for key, one in request.query.items() if key not in ("before", "after")}
    return str(request.rel_url.with_query({**kept, name: str(value)}))
