"""News of a project: written by its team or a partner's, here or elsewhere, with how far things are."""

from dataclasses import dataclass, field
from typing import Any

from federation import outbox, statements
from node.errors import Forbidden, Invalid, NotFound
from node.network import projects, representatives
from node.people import actors, memberships
from node.posts import posts
from node.store import Database, Row


@dataclass(slots=True)
class News:
    """What is said of a project.  progress and stage_progress are 0-100; stage is its number."""

    text: str
    title: str = ""
    language: str = ""
    progress: int | None = None
    stage: int | None = None
    stage_progress: int | None = None
    on_behalf: int | None = None
    media: list[int] = field(default_factory=list)


def publish(db: Database, author: Row, user: int, project: Row, news: News, now: int) -> Row:
    """The update, seen here at once, sent to followers of its author, the project and the association.

    Figures count when the author is of the team; from anybody else they are refused.  Raises
    Forbidden, Invalid, NotFound, and what outbox.publish raises.
    """
    if project["role"] != "project" or project["gone"] or projects.find(db, project["id"]) is None:
        raise NotFound("There is no such project.", actor=project["id"])
    figures = _figures(db, project, news)
    if len(figures) > 1 and not _of_team(db, author, news.on_behalf, project):
        raise Forbidden("Only the team of a project and its partners say how far it is.")
    post = outbox.publish(
        db,
        author,
        outbox.Draft(
            text=news.text, kind="update", title=news.title or project["display"], language=news.language,
            place=project["id"], on_behalf=news.on_behalf, user=user, media=news.media,
            details={"asso:project": figures},
        ),
        now,
    )  # fmt: skip
    if _of_team(db, author, news.on_behalf, project) and project["local"]:
        statements.apply(db, project, figures, now)
        statements.boost(db, post, project, now)
    post = _with_stages(db, post, project)
    return post


def _with_stages(db: Database, post: Row, project: Row) -> Row:
    """The update remembers how many stages were done when it was written: apps show it so for ever."""
    listed = projects.stages(db, project["id"])
    if not listed:
        return post
    done = sum(one.done or one.progress >= 100 for one in listed)
    posts.change(db, post["id"], details=posts.details(post) | {"stages": [done, len(listed)]})
    return posts.get(db, post["id"])


def in_whose_name(db: Database, user: int, project: Row) -> Row | None:
    """The association for which she would write there: the owner or a partner that she may speak for."""
    for row in representatives.team(db, project["id"]):
        if row["local"] and memberships.may_speak(db, user, row["id"]):
            return row
    return None


def _of_team(db: Database, author: Row, on_behalf: int | None, project: Row) -> bool:
    if on_behalf is not None and representatives.in_team(db, actors.get(db, on_behalf), project["id"]):
        return True
    return representatives.in_team(db, author, project["id"])


def _figures(db: Database, project: Row, news: News) -> dict[str, Any]:
    found: dict[str, Any] = {"id": f"{project['uri']}#project"}
    if news.progress is not None:
        found["asso:progress"] = _share(news.progress)
    if news.stage is not None:
        if news.stage not in (one.number for one in projects.stages(db, project["id"])):
            raise Invalid("This project has no such stage.")
        found["asso:milestone"] = f"{project['uri']}#m{news.stage}"
        if news.stage_progress is not None:
            found["asso:milestoneProgress"] = _share(news.stage_progress)
    return found


def _share(value: int) -> int:
    if not 0 <= value <= 100:
        raise Invalid("Progress is between 0 and 100.")
    return value
