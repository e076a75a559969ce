"""`tashbik emoji …`: small pictures that people here write as :shortcode:."""

import re
from pathlib import Path

import click

from federation.bridge import now
from node import emojis, settings
from node.errors import Invalid, NotFound, TooLarge
from node.posts import files, pictures
from node.store import Database, Row, write_now
from web.commands.folder import data_option, json_option, open_node
from web.commands.printing import say_json

SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,40}\Z")  # what every other server reads too
LARGEST = 1_000_000  # bytes of the file
SIDE = 256  # pixels


@click.group()
def emoji() -> None:
    """Give people here pictures to write as :shortcode:."""


@emoji.command("add")
@click.argument("shortcode")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
@click.option("--category", default="", help="The heading under which apps list it.")
def add_emoji(shortcode: str, file: Path, data: Path, category: str) -> None:
    """Let people write :SHORTCODE: and show the picture in FILE."""
    shortcode = shortcode.strip(":")
    if not SHORTCODE.match(shortcode):
        raise Invalid("A shortcode has 2 to 40 of the letters a-z, digits and _.")
    if file.stat().st_size > LARGEST:
        raise TooLarge("This picture is larger than {most} kB.", most=LARGEST // 1000)
    made = pictures.prepare(file.read_bytes(), SIDE)
    with open_node(data) as db:
        name = files.write(data / "media", made.data, made.extension)
        write_now(db, _add, shortcode, name, category[:60])
    click.echo(f":{shortcode}: may be written.")


def _add(db: Database, shortcode: str, name: str, category: str) -> None:
    emojis.add(db, shortcode, f"{settings.get(db, 'origin')}/media/{name}", category, now())


@emoji.command("list")
@data_option
@json_option
def list_emojis(data: Path, as_json: bool) -> None:
    """List them by category."""
    with open_node(data) as db:
        rows = [
            {"shortcode": row["shortcode"], "category": row["category"], "url": row["url"]} for row in emojis.listed(db)
        ]
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(f":{row['shortcode']}:" + (f"  {row['category']}" if row["category"] else ""))


@emoji.command("remove")
@click.argument("shortcode")
@data_option
def remove_emoji(shortcode: str, data: Path) -> None:
    """Let nobody write :SHORTCODE: any more.

    What holds it shows its letters.
    """
    with open_node(data) as db:
        gone: Row | None = write_now(db, emojis.remove, shortcode.strip(":"))
    if gone is None:
        raise NotFound("There is no emoji :{shortcode}: here.", shortcode=shortcode.strip(":"))
    click.echo(f":{shortcode.strip(':')}: is gone.")
