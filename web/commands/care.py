"""`tashbik backup`, `check`, `upgrade` and `config`: what keeps a node well."""

import json
import os
import time
from pathlib import Path
from typing import Any

import click

from federation.bridge import now
from node import settings
from node.care import backup as copies
from node.care import copied, soundness
from node.errors import Conflict, Invalid
from node.migrations.table import migrate, migrations
from node.store import Database, connect, write_now
from node.text import base
from web.commands.folder import data_option, json_option, must_be_there, open_node
from web.commands.printing import say, say_json
from web.commands.serve import take_lock


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@data_option
@click.option("--media", is_flag=True, help="Copy the media files too, not only their list.")
def backup(target: Path, data: Path, media: bool) -> None:
    """Copy the node into a new folder, while it serves.

    To restore, stop `serve` and put the copy in the place of the data folder.
    """
    with open_node(data, of_any_shape=True) as db:
        made = copies.make(db, target, media=media)
        if not migrations.pending(db):
            write_now(db, copied.note, now())
    click.echo(f"A copy is in {made}.")


@click.command()
@data_option
def check(data: Path) -> None:
    """Look through the file, the keys and the media.

    Prints a line for each thing that is wrong, and exits 1 when there is one.
    """
    with open_node(data) as db:
        found = soundness.complaints(db) + soundness.open_to_others(db) + soundness.missing_media(db)
    for one in found:
        say(one)
    if found:
        raise Conflict("{count} complaints. If the node misbehaves, put a backup in its place.", count=len(found))
    click.echo("All is well.")


@click.command()
@data_option
def upgrade(data: Path) -> None:
    """Bring the file to this release's shape.

    While nothing serves: a copy in DATA/backups first, then the steps, then a look through it.
    """
    must_be_there(data)
    lock = take_lock(data)
    try:
        db = connect(data)
        waiting = len(migrations.pending(db))
        if waiting:
            made = copies.make(db, data / "backups" / time.strftime("%Y%m%d-%H%M%S"))
            click.echo(f"A copy is in {made}.")
        done = migrate(db)
        found = soundness.complaints(db)
        db.close()
    finally:
        os.close(lock)
    for one in found:
        say(one)
    if found:
        raise Conflict("The file is not sound after the upgrade: put the copy in its place.")
    click.echo(f"Steps taken: {len(done)}. All is well.")


@click.group()
def config() -> None:
    """Read and change settings."""


@config.command("list")
@data_option
@json_option
def list_settings(data: Path, as_json: bool) -> None:
    """Show every setting with its value and what it means."""
    with open_node(data) as db:
        chosen = settings.everything(db)
    if as_json:
        say_json(chosen)
        return
    for name, value in chosen.items():
        say(f"{name:<16} {json.dumps(value, ensure_ascii=False)}")
        say(f"{'':<16} {settings.SETTINGS[name].sentence}")


@config.command("get")
@click.argument("name")
@data_option
def get_setting(name: str, data: Path) -> None:
    """Print the value of NAME, as JSON."""
    if name not in settings.SETTINGS:
        raise Invalid("There is no setting called {name}.", name=name)
    with open_node(data) as db:
        say_json(settings.get(db, name))


@config.command("set")
@click.argument("name")
@click.argument("value")
@data_option
def set_setting(name: str, value: str, data: Path) -> None:
    """Choose a value for a setting.

    VALUE is a word or JSON; a running node hears of it at once. Plain words for what is
    said in several languages are taken in the node's own, and the others stay.
    """
    setting = settings.SETTINGS.get(name)
    if setting is not None and setting.fixed:
        raise Invalid("{name} was set by `tashbik init`, for ever.", name=name)
    with open_node(data) as db:
        write_now(db, _choose, name, _read(value))
    click.echo(f"{name} is set.")


def _choose(db: Database, name: str, value: Any) -> None:
    if isinstance(value, str) and name in settings.SETTINGS and isinstance(settings.SETTINGS[name].default, dict):
        value = {**settings.get(db, name), base(settings.get(db, "locale")): value}
    settings.choose(db, name, value)


def _read(typed: str) -> Any:
    """JSON where it is JSON, else the word itself."""
    try:
        return json.loads(typed)
    except json.JSONDecodeError:
        return typed
