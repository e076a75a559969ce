"""`tashbik announcement …`: what the coordinators tell every member."""

from pathlib import Path

import click

from federation.bridge import now
from node import html, ids, settings
from node.errors import Invalid
from node.network.board import end_of_day
from node.posts import announcements
from node.posts.compose import compose
from node.store import Database, write_now
from web.commands.folder import data_option, json_option, open_node
from web.commands.printing import say_json


@click.group()
def announcement() -> None:
    """Tell every member something, in their apps."""


@announcement.command("publish")
@click.argument("text")
@data_option
@click.option("--until", default="", metavar="DAY", help="The last day on which it is shown, as 2027-01-31.")
def publish_announcement(text: str, data: Path, until: str) -> None:
    """Show TEXT to every member at once.

    Who has read it puts it away; it goes by itself after its last day.
    """
    if not text.strip():
        raise Invalid("An announcement says something.")
    with open_node(data) as db:
        made = write_now(db, _publish, text, until)
    click.echo(f"{made}: every member sees it.")


def _publish(db: Database, text: str, until: str) -> int:
    origin = settings.get(db, "origin")
    content = compose(text, lambda _name, _host: None, lambda tag: f"{origin}/tags/{tag}").html
    ends = end_of_day(until, settings.get(db, "timezone")) if until else None
    if ends is not None and ends < now():
        raise Invalid("This day is over.")
    return announcements.publish(db, content, now(), ends=ends)


@announcement.command("list")
@data_option
@json_option
def list_announcements(data: Path, as_json: bool) -> None:
    """List what is shown now, the newest first."""
    with open_node(data) as db:
        rows = [
            {"id": str(row["id"]), "text": html.plain(row["content"]),
             "until": ids.rfc3339(row["ends"]) if row["ends"] else None}
            for row in announcements.current(db, 0, now())
        ]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']}  {row['text']}" + (f"  (until {row['until']})" if row["until"] else ""))


@announcement.command("withdraw")
@click.argument("number", type=int)
@data_option
def withdraw_announcement(number: int, data: Path) -> None:
    """Show it to nobody any more.

    NUMBER is what `publish` and `list` say.
    """
    with open_node(data) as db:
        write_now(db, announcements.withdraw, number)
    click.echo("It is gone.")
