"""`tashbik association …`."""

from pathlib import Path

import click

from federation import associations
from federation.bridge import now
from node.network import fields, regions
from node.network.associations import Facts
from node.people import users
from node.store import Database, write_now
from web.commands.folder import data_option, in_each_language, open_node


@click.group()
def association() -> None:
    """Make associations."""


@association.command("create")
@click.argument("name")
@data_option
@click.option("--owner", metavar="USER", required=True, help="The member who manages it.")
@in_each_language("name", "The name", "names")
@click.option("--field", metavar="SLUG", required=True, help="The main field of activity, as in fields.json.")
@click.option("--region", metavar="CODE", required=True, help="Region, division or district, as in regions.json.")
@click.option("--size", metavar="BAND", required=True, help="The size class: xs, s, m, l or xl.")
@click.option("--forum", is_flag=True, help="Open its own forum too, NAME_forum.")
def create_association(name: str, data: Path, owner: str, field: str, region: str, size: str, forum: bool,
                       names: dict[str, str]) -> None:  # fmt: skip
    """Make an association.

    It can be followed and found in the directory at once.
    """
    facts = Facts(fields.check_field(field), regions.check(region).code, fields.check_size(size))
    with open_node(data) as db:
        write_now(db, _make, name, owner, names, facts, forum)
    click.echo(f"The association {name} is there{', and its forum' if forum else ''}.")


def _make(db: Database, name: str, owner: str, names: dict[str, str], facts: Facts, forum: bool) -> int:
    return associations.create(db, users.by_name(db, owner)["id"], name, names, facts, now(), forum=forum)
