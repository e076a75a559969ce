"""Every subject of pages."""

from aiohttp import web

from node.errors import NodeError
from node.text import mark
from web import assets, guard, rendering
from web.errors import WORDS
from web.feeds import lists as feeds
from web.feeds import table as tables
from web.pages import (
    about,
    agenda,
    board,
    choices,
    contact,
    crawled,
    directory,
    event,
    forum,
    forum_log,
    home,
    interact,
    login,
    member_table,
    post,
    profile,
    project,
    search,
    tag,
    topic,
)
from web.state import BRIDGE

SUBJECTS = [
    home,
    directory,
    forum,
    forum_log,
    topic,
    agenda,
    event,
    post,
    feeds,
    tables,
    profile,
    contact,
    project,
    board,
    search,
    tag,
    about,
    interact,
    choices,
    crawled,
    *member_table.SUBJECTS,
]
TITLES = {
    400: mark("This request makes no sense as it stands"),
    401: mark("Please log in"),
    403: mark("This is not open to you"),
    404: mark("There is no page at this address"),
    409: mark("This is here already"),
    410: mark("This was deleted"),
    413: mark("This is more than we take at once"),
    421: mark("This was meant for another server"),
    429: mark("Too many requests in a short time"),
    502: mark("The other node does not answer"),
    503: mark("Not now"),
}
# What one may do about it, where the refusal itself does not say so.
ADVICE = {
    404: mark("Perhaps it was deleted, or the address was cut short, or it is for members. Searching mostly helps."),
    410: mark("It cannot be brought back. Searching may lead you to something like it."),
    413: mark("Send a shorter text, or fewer and smaller files."),
    421: mark("Nothing was sent. Open this network under its own name, and send it from there."),
    500: mark("It has been noted. Please try again in a little while."),
}
STILL_THERE = mark("What you wrote is still on the page before this one: go back to it in your browser.")
SEARCHED = (404, 410)  # statuses where searching helps
LATER = (429, 500, 502, 503)  # statuses where the same again may help
KEPT = (413, 421, 429, 500, 502, 503)  # statuses where a form was not taken, and can be sent anew
WRITTEN = 300  # bytes: a form that brings more holds something that somebody wrote


def add_to(app: web.Application) -> None:
    """The application answers people."""
    rendering.prepare(app)
    app.add_routes(assets.routes)
    for subject in SUBJECTS:
        app.add_routes(subject.routes)


async def show_error(request: web.Request, status: int, error: NodeError) -> web.Response:
    """A refusal as a page, in the reader's language."""
    if isinstance(error, guard.TooOld) and (answer := await login.once_more(request, error.sent)) is not None:
        return answer
    await rendering.read_by(request)
    here = str(request.rel_url) if request.method == "GET" and status in LATER else ""
    return await rendering.page(
        request, "error.html", "error", status, head=rendering.Head(indexed=False), code=status,
        title=_title(status, error), said=_said(request, status, error), facts=error.facts,
        minutes=_minutes(status, error), again=request.app[BRIDGE].origin + "/" if status == 421 else here,
        searched=status in SEARCHED or status in (401, 403),
    )  # fmt: skip


def _title(status: int, error: NodeError) -> str:
    if error.sentence == guard.OLD:
        return mark("Nothing was sent")
    if status == 400 and error.sentence not in (TITLES[400], WORDS[400]):
        return mark("This was not done")
    ours = mark("Something went wrong on our side")
    return TITLES.get(status) or WORDS.get(status) or (ours if status >= 500 else TITLES[400])


def _said(request: web.Request, status: int, error: NodeError) -> list[str]:
    """The refusal, and what one may do about it, each a sentence that is not the title again."""
    told = "" if _is_bare(status, error) else error.sentence
    said = [told, ADVICE.get(status, "")]
    if request.method == "POST" and status in KEPT and (request.content_length or 0) > WRITTEN:
        said.append(STILL_THERE)
    return [one for one in said if one]


def _is_bare(status: int, error: NodeError) -> bool:
    """Whether the refusal says no more than its title does."""
    said = error.sentence.rstrip(".")
    bare = {WORDS.get(status, "").rstrip("."), TITLES.get(status, ""), _title(status, error).rstrip("."), "Not Found"}
    return said in bare or (status == 404 and said == "Record not found")


def _minutes(status: int, error: NodeError) -> int:
    """How long one had better wait; 0 where nobody knows."""
    after = error.facts.get("after")
    return max(1, -(-after // 60)) if status == 429 and isinstance(after, int) else 0
