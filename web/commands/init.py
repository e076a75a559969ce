"""`tashbik init`: a node comes to be in a folder."""

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import click

from federation import actors
from federation.bridge import now
from federation.vocabulary import check_uri
from node import settings
from node.errors import Conflict, Invalid
from node.migrations.table import migrate
from node.store import FILE, Database, connect, write_now
from node.text import LOCALES, base
from web.commands.folder import data_option

ZONES = {"MA": "Africa/Casablanca", "TN": "Africa/Tunis"}


@click.command()
@data_option
@click.option("--origin", metavar="URL", required=True, help="The node's address, for ever: https://node.example")
@click.option("--name", help="The network's name, in the language of --locale.")
@click.option("--country", type=click.Choice(["MA", "TN"]), default="MA", show_default=True,
              help="Whose regions, months and clock it has.")  # fmt: skip
@click.option("--locale", metavar="TAG", help=f"The language of visitors who ask for none: {', '.join(LOCALES)}.")
@click.option("--network", type=click.Choice(["open", "closed"]), default="open", show_default=True,
              help="open: anyone may follow and write to us; closed: whom you allow.")  # fmt: skip
@click.option("--development", is_flag=True, help="Allow http, ports, IP addresses and private networks.")
def init(data: Path, origin: str, name: str | None, country: str, locale: str | None, network: str,
         development: bool) -> None:  # fmt: skip
    """Make a node in an empty folder."""
    origin = read_origin(origin, development)
    tag = read_locale(locale) if locale else f"ar-{country}"
    chosen = {
        "origin": origin, "development": development, "country": country, "locale": tag, "network": network,
        "timezone": ZONES[country],
    }  # fmt: skip
    if name:
        chosen["name"] = {base(tag): name}
    make_node(data, chosen)
    click.echo(f"A node for {origin} is in {data}.")


def make_node(data: Path, chosen: dict[str, object]) -> None:
    """A node with these settings is in the folder, with the keys of its Application actor.

    Raises Conflict where there is one already.
    """
    if (data / FILE).exists():
        raise Conflict("There is a node in {folder} already.", folder=str(data))
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(data, 0o700)
    db = connect(data)
    (data / FILE).chmod(0o600)  # before SQLite makes the files beside it, which take its mode
    try:
        migrate(db)
        write_now(db, _make, chosen)
    except BaseException:
        db.close()
        for leftover in (FILE, FILE + "-wal", FILE + "-shm"):
            (data / leftover).unlink(missing_ok=True)
        raise
    db.close()
    (data / "media").mkdir(exist_ok=True)


def read_origin(typed: str, development: bool) -> str:
    """`https://node.example`, without a path.  Raises Invalid."""
    origin = _on_the_wire(typed.rstrip("/"))
    try:
        parts = urlsplit(check_uri(origin + "/", development))
    except Invalid as error:
        raise Invalid("{origin} cannot be a node's address: https://node.example (http, ports and IP addresses need "
                      "--development).", origin=typed) from error  # fmt: skip
    if parts.path != "/" or parts.query:
        raise Invalid("A node's address has no path: {origin}", origin=typed)
    return origin


def _on_the_wire(origin: str) -> str:
    """As browsers send the name: in small letters, and one of other than Latin letters as `xn--…`."""
    scheme, between, rest = origin.partition("://")
    name, slash, path = rest.partition("/")
    with suppress(UnicodeError):  # no name at all: refused where it is judged
        name = name.lower() if name.isascii() else name.encode("idna").decode().lower()
    return scheme + between + name + slash + path


def read_locale(typed: str) -> str:
    """One of our locales: `fr-TN` and `fr_TN` are `fr`, since only Arabic differs between the countries.  Raises Invalid."""
    language, _, country = typed.replace("_", "-").partition("-")
    for tag in (f"{language.lower()}-{country.upper()}", language.lower()):
        if tag in LOCALES:
            return tag
    raise Invalid("{locale} is none of our languages: {possible}", locale=typed, possible=", ".join(LOCALES))


def _make(db: Database, chosen: dict[str, object]) -> None:
    for name, value in chosen.items():
        settings.choose(db, name, value)
    actors.create_system(db, now())
