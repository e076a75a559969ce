"""`tashbik project …`."""

from pathlib import Path

import click

from federation import projects
from federation.bridge import now
from node.errors import NotFound
from node.people import actors, memberships
from node.store import Database, write_now
from web.commands.folder import data_option, in_each_language, open_node


@click.group()
def project() -> None:
    """Make projects of associations."""


@project.command("create")
@click.argument("name")
@data_option
@click.option("--association", metavar="ASSOC", required=True, help="The association that leads it.")
@in_each_language("title", "The title", "titles")
def create_project(name: str, data: Path, association: str, titles: dict[str, str]) -> None:
    """Make a project.

    Those who follow the association read of it. Anybody may follow it, and partners on other servers may write in it.
    """
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
    return projects.begin(db, manager, name, owner, titles, now())
