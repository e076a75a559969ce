"""Associations at work: how one of ours comes to be and changes, and who may speak for one elsewhere."""

import json
from typing import Any

from federation import actors as documents
from federation import association_layer, fetch, groups, outbox, resolve, statements
from federation import projects as project_acts
from federation import vocabulary as v
from federation.bridge import Bridge, now
from node import html
from node.errors import Forbidden, Invalid
from node.network import associations, projects, representatives, teams
from node.network.associations import Facts
from node.network.forums import Forum
from node.people import actors, memberships
from node.store import Database, Row
from node.text import one_line

LOOKED_AT = 100  # posts looked at again once it is known who speaks


def create(db: Database, owner: int, name: str, names: dict[str, str], facts: Facts, at: int, *,
           texts: dict[str, str] | None = None, forum: bool = False) -> int:  # fmt: skip
    """A new association of ours; its id.  owner: the user who manages it; names by language, texts by language as HTML.

    forum: its own forum, NAME_forum, is opened too.  Raises Invalid, Conflict.
    """
    names = {tag: one_line(text, 100) for tag, text in names.items() if one_line(text, 100)}
    if not names:
        raise Invalid("An association needs a name.")
    language = groups.main_language(db, names)
    cleaned = {tag: html.clean(text) for tag, text in (texts or {}).items() if text.strip()}
    identifier = documents.create(
        db, "Organization", name, at, display=names[language], displays=names, language=language,
        summary=cleaned.get(language) or next(iter(cleaned.values()), ""), summaries=cleaned, indexable=True,
    )  # fmt: skip
    memberships.give(db, owner, identifier, "owner", at)
    associations.save(db, identifier, facts, at)
    if forum:
        open_forum(db, owner, identifier, at)
    return identifier


def open_forum(db: Database, by: int, association: int, at: int) -> int:
    """The association's own forum, of the same name; its id.  Raises Forbidden, Conflict where there is one."""
    teams.must(db, by, association, "manage")
    row, facts = actors.get(db, association), associations.get(db, association)
    titles: dict[str, str] = json.loads(row["displays"])
    moderating = [one["id"] for one in teams.speakers(db, association)] or [association]
    made = groups.open_forum(
        db, f"{row['name']}_forum", titles, moderating, at, forum=Forum(field=facts.field, owner=association)
    )
    tell(db, association, at)
    return made


def edit(db: Database, by: int, association: int, at: int, *, facts: Facts | None = None, **words: Any) -> bool:
    """The association says this from now on; its followers elsewhere and the directory's readers hear of it.

    False when it said so before: then nobody is told.

    words: names, texts, icon, image, language, as node/network/associations.describe takes them.
    Raises Forbidden unless `by` may edit, Invalid.
    """
    teams.must(db, by, association, "edit")
    changed = False
    if words:
        before = actors.get(db, association)["icon"]
        changed = associations.describe(db, association, at, **words)
        wear(db, association, before, at)
    if facts is not None:
        changed |= associations.save(db, association, facts, at)
    if changed:
        tell(db, association, at)
    return changed


def tell(db: Database, association: int, at: int) -> None:
    """Followers elsewhere are sent the document as it is now."""
    row = actors.get(db, association)
    outbox.update_actor(db, row, documents.render(db, row), at)


def wear(db: Database, association: int, before: str, at: int) -> None:
    """Its projects that bear its logo bear the new one."""
    after = actors.get(db, association)["icon"]
    for row in projects.of_owner(db, association) if after != before else []:
        if row["local"] and row["icon"] == before:
            actors.change(db, row["id"], at, icon=after)
            project_acts.tell_soon(db, row["id"], at)


# ── who may speak ─────────────────────────────────────────────────────────────


async def ask_profile(bridge: Bridge, body: dict[str, Any]) -> None:
    """The association's profile is read at its own server; what waited for it is looked at again."""
    organization = await resolve.actor(bridge, body["organization"])
    if organization["local"] or organization["type"] != "Organization":
        return
    document = _inner(organization)
    address = document.get("asso:profile")
    if not isinstance(address, str) or v.host(address) != v.host(organization["uri"]):
        return
    found = await fetch.document(bridge, address)
    if v.one_id(found.document.get("describes")) != organization["uri"]:
        raise Forbidden("This profile is another association's.", url=address)
    await bridge.store.write(
        _keep_speakers, organization["id"], association_layer.representatives(found.document), now()
    )


def _keep_speakers(db: Database, organization: int, persons: list[str], at: int) -> None:
    representatives.replace(db, organization, persons, at)
    for post in representatives.posts_of(db, organization, LOOKED_AT):
        statements.look_at(db, post, at)


def _inner(actor: Row) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(actor["details"]).get("document", {})
    return found
