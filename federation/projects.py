"""Projects at work: how one of ours comes to be and changes, and who hears of it."""

from typing import Any

from federation import activity, audience, fetch, groups, outbox, project_layer, speak
from federation import actors as documents
from federation import vocabulary as v
from federation.bridge import Bridge, now
from node import html, queue
from node.errors import Invalid
from node.network import moderators, partners, projects, teams
from node.network.projects import Facts, Project, Stage
from node.people import actors
from node.store import Database, Row
from node.text import base, one_line

TELL = "project changed"  # the task that tells followers
NEW = {"ar": "مشروع جديد", "fr": "Nouveau projet", "en": "New project", "zgh": "ⴰⵙⵏⴼⴰⵔ ⴰⵎⴰⵢⵏⵓ"}
ABOUT = 500  # characters of the project's text that the note about it holds
TELL_AFTER = 600_000  # ms: changes of ten minutes go out together


def create(db: Database, by: int, name: str, owner: Row, titles: dict[str, str], at: int, *,
           texts: dict[str, str] | None = None, status: str = "planned", starts: int | None = None,
           ends: int | None = None, facts: Facts | None = None, stages: list[Stage] | None = None) -> int:  # fmt: skip
    """A new project of our association; its id.  titles by language, texts by language as HTML.

    by: a user who may publish for the association.  Raises Forbidden, Invalid, Conflict.
    """
    if not owner["local"] or owner["type"] != "Organization":
        raise Invalid("A project belongs to an association of this node.")
    teams.must(db, by, owner["id"], "publish")
    titles = {tag: one_line(text, 100) for tag, text in titles.items() if one_line(text, 100)}
    if not titles:
        raise Invalid("A project needs a title.")
    project = projects.check(
        Project(owner["uri"], owner["id"], status, starts=starts, ends=ends, facts=facts or Facts())
    )
    language = groups.main_language(db, titles)
    cleaned = {tag: html.clean(text) for tag, text in (texts or {}).items() if text.strip()}
    identifier = documents.create(
        db, "Group", name, at, role="project", display=titles[language], displays=titles, language=language,
        summary=cleaned.get(language) or next(iter(cleaned.values()), ""), summaries=cleaned, indexable=True,
        icon=owner["icon"],
    )  # fmt: skip
    projects.keep(db, identifier, project, at)
    projects.set_stages(db, identifier, stages or [], at)
    for row in teams.speakers(db, owner["id"]):
        moderators.appoint(db, identifier, row["id"], at)
    return identifier


def begin(db: Database, by: int, name: str, owner: Row, titles: dict[str, str], at: int, **more: Any) -> int:
    """The same, told to those who follow the association: what a member's form and the operator's command do."""
    identifier = create(db, by, name, owner, titles, at, **more)
    announce(db, by, actors.get(db, identifier), at)
    return identifier


def announce(db: Database, by: int, project: Row, at: int) -> Row:
    """A note by the association that leads it: that there is a new project, and where; its followers everywhere read it.

    Raises Forbidden unless `by` may publish for it.
    """
    owner = projects.get(db, project["id"]).owner
    if owner is None or not project["local"]:
        raise Invalid("A project belongs to an association of this node.")
    teams.must(db, by, owner, "publish")
    word = NEW.get(base(project["language"]), NEW["ar"])
    about = html.plain(project["summary"]).strip()[:ABOUT]
    text = "\n\n".join(part for part in (f"{word}: {project['display']}", about, project["url"]) if part)
    draft = outbox.Draft(text=text, language=project["language"], user=by, details={"asso:companionOf": project["uri"]})
    return outbox.publish(db, actors.get(db, owner), draft, at)


def edit(db: Database, by: int, project: Row, at: int, *, changed: Project | None = None,
         stages: list[Stage] | None = None, status: str = "", **words: Any) -> bool:  # fmt: skip
    """The project says this from now on; followers elsewhere hear within ten minutes; false when it said so before.

    words: display, displays, summary, summaries, icon, image of the actor.  Raises Forbidden
    unless `by` may publish for the owner, Invalid.
    """
    known = projects.get(db, project["id"])
    if known.owner is None or not project["local"]:
        raise Invalid("A project belongs to an association of this node.")
    teams.must(db, by, known.owner, "publish")
    news = not actors.says(actors.get(db, project["id"]), words)
    if news:
        actors.change(db, project["id"], at, **words)
    if changed is not None and projects.check(changed) != known:
        projects.keep(db, project["id"], changed, at)
        news = True
    if stages is not None:
        news |= projects.set_stages(db, project["id"], stages, at)
    if status and status != projects.get(db, project["id"]).status:
        projects.set_status(db, project["id"], status, at)
        news = True
    if news:
        tell_soon(db, project["id"], at)
    return news


def tell_soon(db: Database, project: int, at: int) -> None:
    """Followers elsewhere are sent the document as it will be in ten minutes; once, however often it changes."""
    queue.enqueue(db, TELL, {"project": project}, at + TELL_AFTER, name=f"{TELL} {project}")


async def tell(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: followers and partners elsewhere are sent the project's document."""
    await bridge.store.write(say_changed, body["project"], now())


async def check_agreement(bridge: Bridge, body: dict[str, Any]) -> None:
    """The task: a partner that a peer's project names is confirmed when its own server serves its Accept."""
    found = await fetch.document(bridge, body["agreement"])
    accept = activity.fetched_activity(found.document, found.url)
    await bridge.store.write(_confirm, body["project"], body["partner"], accept.document, now())


def _confirm(db: Database, project: int, partner: str, accept: dict[str, Any], at: int) -> None:
    kept, known = partners.get(db, project, partner), projects.find(db, project)
    if kept is None or known is None:
        return
    if project_layer.agrees(accept, kept, actors.get(db, project)["uri"], known.owner_uri):
        partners.confirm(db, project, partner, at)


def say_changed(db: Database, project: int, at: int) -> None:
    """An Update with the whole document is on its way to followers."""
    row = actors.get(db, project)
    if row["local"] and not row["gone"]:
        speak.say(db, row, "Update", documents.render(db, row), audience.inboxes_of_followers(db, project), at,
                  to=[v.PUBLIC], cc=[row["followers"]], extra={"audience": row["uri"]})  # fmt: skip
