"""`tashbik fetch`: ask for something of a peer, and see what was kept."""

import asyncio
from pathlib import Path
from typing import Any

import click

from federation import resolve
from federation.bridge import Bridge
from federation.client import Client, read_networks
from federation.discovery import HANDLE
from node import settings
from node.errors import NotFound
from node.people import actors
from node.store import Database, Row
from node.threads import Store
from web.commands.folder import data_option, json_option, open_node
from web.commands.printing import say, say_json
from web.wellknown import VERSION


@click.command()
@click.argument("uri", metavar="ADDRESS")
@data_option
@click.option("--allow-net", multiple=True, metavar="CIDR", help="Reach these networks and no others. Repeatable.")
@json_option
def fetch(uri: str, data: Path, allow_net: tuple[str, ...], as_json: bool) -> None:
    """Ask another server for an actor or a post.

    ADDRESS is @name@server or https://…; prints what was kept, or what came instead.
    """
    with open_node(data) as db:
        origin, development, system = settings.get(db, "origin"), settings.get(db, "development"), actors.system(db)
    kept = asyncio.run(_fetch(uri, data, allow_net, origin, development, system))
    if as_json:
        say_json(kept)
        return
    for name, value in kept.items():
        if value not in ("", None, "[]", "{}"):
            say(f"{name:<14} {value}")


async def _fetch(uri: str, data: Path, allow_net: tuple[str, ...], origin: str, development: bool,
                 system: int) -> dict[str, Any]:  # fmt: skip
    store = Store(data)
    store.start()
    client = Client(user_agent=f"Tashbik/{VERSION} (+{origin})", networks=read_networks(allow_net),
                    development=development)  # fmt: skip
    client.open()
    bridge = Bridge(store, client, origin, development, system)
    try:
        if HANDLE.match(uri.removeprefix("acct:")):
            kind, row = "actor", await resolve.handle(bridge, uri)
        elif await store.read(_is_actor, uri):
            kind, row = "actor", await resolve.actor(bridge, uri, fresh=not bridge.is_ours(uri))
        else:
            kind, found = await resolve.anything(bridge, uri)
            if found is None:
                raise NotFound("Nothing of {uri} was kept.", uri=uri)
            row = found
    finally:
        await client.close()
        await store.close()
    return _printable(kind, row)


def _is_actor(db: Database, uri: str) -> bool:
    return actors.by_uri(db, uri) is not None


def _printable(kind: str, row: Row) -> dict[str, Any]:
    """Columns that an operator reads; never the compressed bytes."""
    return {"kept": kind} | {
        name: row[name] for name in row.keys() if name not in ("document", "version") and row[name] is not None
    }
