"""Every subject of pages."""

from aiohttp import web

from node.errors import NodeError
from node.text import mark
from web import assets, guard, rendering, words
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
    429: mark("Too many requests. Please wait a little."),
    502: mark("The other node does not answer"),
    503: mark("Not now: please try again in a moment"),
}


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
    title = words.say(_title(status, error)).rstrip(".")
    said = str(NodeError(words.say(error.sentence), **error.facts)) if error.sentence != "Not Found" else ""
    if status >= 500 and error.sentence == WORDS[500]:
        said = words.say(mark("It has been noted. Please try again in a little while."))
    elif status == 404 and said.rstrip(".") in ("", words.say("Record not found"), title):
        said = words.say(
            mark("Perhaps it was deleted, or the address was cut short, or it is for members. Searching mostly helps.")
        )
    return await rendering.page(
        request,
        "error.html",
        "error",
        status,
        head=rendering.Head(indexed=False),
        code=status,
        title=title,
        sentence=said,
    )


def _title(status: int, error: NodeError) -> str:
    if error.sentence == guard.OLD:
        return mark("Nothing was sent")
    ours = mark("Something went wrong on our side")
    return TITLES.get(status) or WORDS.get(status) or (ours if status >= 500 else TITLES[400])
