"""`tashbik mail …`: the way to the operator's mail server, and whether it works."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from federation import mail as post
from federation.bridge import now
from federation.client import Client
from node import mails, settings
from node.errors import Invalid
from node.people import addresses
from node.store import Row
from web import mails as letters
from web.commands.folder import data_option, open_node, password_option
from web.commands.printing import say


@click.group()
def mail() -> None:
    """Set up and try out letters to members."""


@mail.command("password")
@data_option
@password_option
def keep_password(data: Path, password: str | None) -> None:
    """Keep the password for the mail server.

    It lies beside the keys; an empty one takes it away.
    """
    if password == "-":
        password = sys.stdin.readline().rstrip("\n")
    elif password is None:
        password = click.prompt("Password of the mail server", hide_input=True, default="", show_default=False)
    with open_node(data):
        post.password_kept(data, password)
    click.echo("The password is kept." if password else "There is no password any more.")


@mail.command("test")
@click.argument("address")
@data_option
def try_out(address: str, data: Path) -> None:
    """Send a letter now, and say what the mail server answers."""
    with open_node(data) as db:
        chosen = settings.everything(db)
    where = post.server(chosen, post.password_kept(data))
    if where is None:
        raise Invalid("No mail server is set: `tashbik config set mail_host …` and `mail_from …`.")
    asyncio.run(_send(where, chosen, addresses.read(address)))
    click.echo(f"{where.host} took a letter for {address}.")


async def _send(where: post.Server, chosen: dict[str, Any], address: str) -> None:
    host = str(chosen["origin"]).partition("://")[2]
    client = Client(user_agent="tashbik mail", development=bool(chosen["development"]))
    row: Any = {"kind": "test", "locale": chosen["locale"], "facts": "{}"}
    message = post.compose(letters.write(row, "", chosen), address, where.sender, post.name_of(chosen), host, now())
    await post.send(client, host, where, message)


@mail.command("list")
@data_option
def list_mails(data: Path) -> None:
    """Show the letters of the last week.

    Of which kind, whether they went out, how often they were tried, what the server said.
    """
    with open_node(data) as db:
        found = mails.last(db, 200)
    for row in found:
        say(_line(row))
    click.echo(f"{len(found)} letters." if found else "No letters.")


def _line(row: Row) -> str:
    return f"{row['id']:>6} {row['kind']:<9} {row['state']:<8} tries {row['tries']}  {row['error']}".rstrip()
