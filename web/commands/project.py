"""`tashbik project …`."""

from pathlib import Path

import click

from federation import projects
from federation.bridge import now
from node.errors import NotFound
from node.people import actors, memberships
from node.store import Database, write_now
from web.commands.folder import data_option, open_node


@click.group()
def project() -> None:
    """What associations do together."""


@project.command("create")
@click.argument("name")
@data_option
@click.option("--association", metavar="ASSOC", required=True, help="The association that leads it.")
@click.option("--title-ar", help="The title in Arabic.")
@click.option("--title-fr", help="The title in French.")
@click.option("--title-zgh", help="The title in Tamazight.")
@click.option("--title-en", help="The title in English.")
def create_project(name: str, data: Path, association: str, title_ar: str | None, title_fr: str | None,
                   title_zgh: str | None, title_en: str | None) -> None:  # fmt: skip
    """Make a project that anybody may follow and partners on other servers may write in."""
    titles = {"ar": title_ar or "", "fr": title_fr or "", "zgh": title_zgh or "", "en": title_en or ""}
    with open_node(data) as db:
        write_now(db, _make, name, association, titles)
    click.echo(f"The project {name} is there.")


def _make(db: Database, name: str, association: str, titles: dict[str, str]) -> int:
    owner = actors.ours(db, association)
    if owner is None or owner["type"] != "Organization" or owner["gone"]:
        raise NotFound("There is no association called {name}.", name=association)
    manager = next((row["user"] for row in memberships.of(db, owner["id"]) if row["membership"] == "owner"), None)
    if manager is None:
        raise NotFound("The association {name} has no owner.", name=association)
    return projects.create(db, manager, name, owner, titles, now())
