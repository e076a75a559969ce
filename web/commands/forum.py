"""`tashbik forum …`."""

from pathlib import Path

import click

from federation import groups, moderation
from federation.bridge import now
from node.errors import Conflict, NotFound
from node.network.forums import SHAPES, Forum
from node.people import actors, users
from node.store import Database, Row, write_now
from web.commands.folder import data_option, in_each_language, open_node


@click.group()
def forum() -> None:
    """Make forums, and say who moderates them."""


@forum.command("create")
@click.argument("name")
@data_option
@in_each_language("title", "The title", "titles")
@in_each_language("aim", "What it is for,", "aims")
@click.option("--field", metavar="SLUG", default="", help="A field of activity, as in fields.json.")
@click.option("--moderator", metavar="USER", required=True, help="The member who moderates it.")
@click.option("--association", metavar="ASSOC", help="The association whose forum it is.")
@click.option("--restricted", is_flag=True, help="Only moderators open topics; all may answer.")
@click.option("--topics-as", type=click.Choice(SHAPES), default="Page", show_default=True,
              help="How topics go out; a Note is whole in microblogs, a Page has a title.")  # fmt: skip
def create_forum(name: str, data: Path, titles: dict[str, str], aims: dict[str, str], field: str, moderator: str,
                 association: str | None, restricted: bool, topics_as: str) -> None:  # fmt: skip
    """Make a forum that anybody may join, here and on other servers."""
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


@forum.command("appoint")
@click.argument("name")
@click.argument("who")
@data_option
def appoint_moderator(name: str, who: str, data: Path) -> None:
    """Let WHO moderate the forum NAME.

    WHO is a member here, or name@server for somebody elsewhere whom this node knows.
    """
    with open_node(data) as db:
        if not write_now(db, _appoint, name, who):
            raise Conflict("{who} moderates it already.", who=who)
    click.echo(f"{who} moderates {name}.")


@forum.command("dismiss")
@click.argument("name")
@click.argument("who")
@data_option
def dismiss_moderator(name: str, who: str, data: Path) -> None:
    """Let WHO moderate the forum NAME no more; one always does."""
    with open_node(data) as db:
        if not write_now(db, _dismiss, name, who):
            raise Conflict("{who} does not moderate it.", who=who)
    click.echo(f"{who} moderates {name} no more.")


def _appoint(db: Database, name: str, who: str) -> bool:
    place = _forum(db, name)
    return moderation.appoint(db, place, place, _person(db, who), now())


def _dismiss(db: Database, name: str, who: str) -> bool:
    place = _forum(db, name)
    return moderation.dismiss(db, place, place, _person(db, who), now())


def _forum(db: Database, name: str) -> Row:
    found = actors.ours(db, name)
    if found is None or found["type"] != "Group" or found["role"] == "project" or found["gone"]:
        raise NotFound("There is no forum called {name}.", name=name)
    return found


def _person(db: Database, who: str) -> Row:
    name, _, host = who.removeprefix("@").partition("@")
    found = actors.by_handle(db, name, host) if host else actors.ours(db, name)
    if found is None or found["gone"]:
        raise NotFound("We know nobody called {name}.", name=who)
    return found
