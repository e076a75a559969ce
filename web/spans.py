"""For how long something holds, as members choose it: a mute, a filter."""

from node.text import mark

SPANS = {
    "": mark("for good"), "1800": mark("half an hour"), "3600": mark("one hour"), "21600": mark("six hours"),
    "86400": mark("one day"), "604800": mark("one week"), "2592000": mark("thirty days"),
}  # fmt: skip


def end(chosen: str, now: int) -> int | None:
    """When the span that was chosen, in seconds, is over; None for one without an end, and for none of ours."""
    return now + int(chosen) * 1000 if chosen and chosen in SPANS else None
