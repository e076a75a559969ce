"""Every subject of pages."""

from aiohttp import web

from web import rendering
from web.pages import post, profile

SUBJECTS = [profile, post]


def add_to(app: web.Application) -> None:
    """The application answers people."""
    for subject in SUBJECTS:
        app.add_routes(subject.routes)


async def show_error(request: web.Request, status: int, sentence: str) -> web.Response:
    """A refusal as a page."""
    return await rendering.page(request, "error.html", "error", status, code=status, sentence=sentence)
