"""`tashbik forum …`."""

from pathlib import Path

import click

from federation import groups
from federation.bridge import now
from node.errors import NotFound
from node.network.forums import SHAPES, Forum
from node.people import actors, users
from node.store import Database, write_now
from web.commands.folder import data_option, open_node


@click.group()
def forum() -> None:
    """Places to talk that other servers can join."""


@forum.command("create")
@click.argument("name")
@data_option
@click.option("--title-ar", help="The title in Arabic.")
@click.option("--title-fr", help="The title in French.")
@click.option("--title-zgh", help="The title in Tamazight.")
@click.option("--title-en", help="The title in English.")
@click.option("--aim-ar", help="What it is for, in Arabic.")
@click.option("--aim-fr", help="What it is for, in French.")
@click.option("--field", metavar="SLUG", default="", help="A field of activity, as in fields.json.")
@click.option("--moderator", metavar="USER", required=True, help="The member who moderates it.")
@click.option("--association", metavar="ASSOC", help="The association whose forum it is.")
@click.option("--restricted", is_flag=True, help="Only moderators open topics; all may answer.")
@click.option("--topics-as", type=click.Choice(SHAPES), default="Page", show_default=True,
              help="How topics go out; a Note is whole in microblogs, a Page has a title.")  # fmt: skip
def create_forum(name: str, data: Path, title_ar: str | None, title_fr: str | None, title_zgh: str | None,
                 title_en: str | None, aim_ar: str | None, aim_fr: str | None, field: str, moderator: str,
                 association: str | None, restricted: bool, topics_as: str) -> None:  # fmt: skip
    """Make a forum that anybody may join, here and on other servers."""
    titles = {"ar": title_ar or "", "fr": title_fr or "", "zgh": title_zgh or "", "en": title_en or ""}
    aims = {"ar": aim_ar or "", "fr": aim_fr or ""}
    with open_node(data) as db:
        write_now(db, _make, name, titles, aims, moderator, association, field, restricted, topics_as)
    click.echo(f"The forum {name} is open.")


def _make(db: Database, name: str, titles: dict[str, str], aims: dict[str, str], moderator: str,
          association: str | None, field: str, restricted: bool, shape: str) -> int:  # fmt: skip
    person = users.by_name(db, moderator)
    owner = None
    if association is not None:
        found = actors.ours(db, association)
        if found is None or found["type"] != "Organization":
            raise NotFound("There is no association called {name}.", name=association)
        owner = int(found["id"])
    about = Forum(field=field, owner=owner, restricted=restricted, shape=shape)
    return groups.open_forum(db, name, titles, [person["actor"]], now(), aims=aims, forum=about)
