"""`tashbik directory …`: whose associations stand in our directory."""

from pathlib import Path
from typing import Any

import click

from federation import directory as between
from federation.bridge import now
from node import ids, queue
from node.errors import NotFound
from node.network import listed
from node.people import actors
from node.store import Database, write_now
from web.commands.folder import data_option, json_option, open_node
from web.commands.printing import say, say_json


@click.group()
def directory() -> None:
    """Choose nodes whose associations are listed here."""


@directory.command("add")
@click.argument("node")
@data_option
def add_node(node: str, data: Path) -> None:
    """List the associations of another node from now on.

    NODE is its host or its address.
    """
    with open_node(data) as db:
        write_now(db, _ask, node)
    click.echo(f"The directory of {node} will be read while `tashbik serve` runs.")


@directory.command("remove")
@click.argument("node")
@data_option
def remove_node(node: str, data: Path) -> None:
    """Hear of another node's directory no more."""
    with open_node(data) as db:
        write_now(db, _leave, node)
    click.echo(f"The directory of {node} is not read any more.")


@directory.command("list")
@data_option
@json_option
def list_nodes(data: Path, as_json: bool) -> None:
    """Show whose directory is read.

    With how many associations it has, and when it was read last.
    """
    with open_node(data) as db:
        found = [_printable(db, row) for row in listed.peers(db)]
    if as_json:
        say_json(found)
        return
    for one in found:
        say(f"{one['host']}: {one['associations']} associations, read {one['read'] or 'not yet'}")


def _ask(db: Database, node: str) -> None:
    queue.enqueue(db, between.SUBSCRIBE, {"node": node}, now(), name=f"{between.SUBSCRIBE} {node}")


def _leave(db: Database, node: str) -> None:
    for row in listed.peers(db):
        if node.rstrip("/") in (row["host"], row["uri"]):
            between.unsubscribe(db, actors.get(db, row["actor"]), now())
            return
    raise NotFound("The directory of {node} is not read here.", node=node)


def _printable(db: Database, row: Any) -> dict[str, Any]:
    return {
        "host": row["host"],
        "directory": row["directory"],
        "associations": listed.count_of(db, row["host"]),
        "read": ids.rfc3339(row["checked"]) if row["checked"] else None,
    }
