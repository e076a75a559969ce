"""`tashbik user …` and `tashbik token …`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from federation import actors as documents
from federation import two_steps
from federation.bridge import now
from node import settings
from node.care import audit
from node.errors import Forbidden, Invalid, NotFound
from node.people import actors, entry, links, memberships, second_factors, tokens, users
from node.people.second_factors import State
from node.store import Database, write_now
from web.commands.folder import data_option, open_node, password_option, read_password


@click.group()
def user() -> None:
    """Manage people who log in."""


@user.command("create")
@click.argument("name")
@data_option
@click.option("--email", metavar="ADDRESS", help="Where letters to her go.")
@password_option
@click.option("--role", type=click.Choice(users.ROLES), default="member", show_default=True,
              help="What she may decide for the node.")  # fmt: skip
def create_user(name: str, data: Path, email: str | None, password: str | None, role: str) -> None:
    """Make a confirmed account that may log in at once."""
    password = read_password(password)
    with open_node(data) as db:
        write_now(db, make_user, name, email, password, role)
    click.echo(f"{name} may log in.")


def make_user(db: Database, name: str, email: str | None, password: str | None, role: str) -> int:
    """The new user's id; her Person has keys and can be found at once."""
    at = now()
    actor = documents.create(db, "Person", name, at)
    return users.create(db, actor, email, password, role, at)


@user.command("password")
@click.argument("name")
@data_option
@password_option
def set_password(name: str, data: Path, password: str | None) -> None:
    """Set a new password; every browser and app of NAME is logged out."""
    hashed = users.hash_password(read_password(password))
    with open_node(data) as db:
        write_now(db, lambda db: entry.set_password(db, users.by_name(db, name)["id"], hashed, now()))
    click.echo(f"{name} logs in with the new password.")


@user.command("reset")
@click.argument("name")
@data_option
def make_reset_link(name: str, data: Path) -> None:
    """Print a link with which NAME chooses a new password.

    It works once, within a day.
    """
    with open_node(data) as db:
        click.echo(write_now(db, _make_link, name))


def _make_link(db: Database, name: str) -> str:
    person = users.by_name(db, name)
    return f"{settings.get(db, 'origin')}/reset/{links.make(db, 'reset', None, now(), user=person['id'])}"


@user.command("two-steps")
@click.argument("name")
@data_option
@click.option("--off", is_flag=True, help="Let the password alone open the account again.")
def show_two_steps(name: str, data: Path, off: bool) -> None:
    """Say whether NAME logs in with a code too, or end that.

    For who lost phone and recovery codes. It stands in the record.
    """
    with open_node(data) as db:
        state = write_now(db, _end_two_steps, name) if off else _two_steps(db, name)
    if state.since is None:
        click.echo(f"{name} logs in with the password alone.")
    else:
        on = datetime.fromtimestamp(state.since / 1000, UTC).date()
        click.echo(f"{name} logs in with two steps since {on}, recovery codes left: {state.left}.")


def _two_steps(db: Database, name: str) -> State:
    return second_factors.state(db, users.by_name(db, name)["id"])


def _end_two_steps(db: Database, name: str) -> State:
    person = users.by_name(db, name)
    if two_steps.turn_off(db, person["id"]):
        subject = actors.get(db, person["actor"])["uri"]
        audit.note(db, None, None, "account two steps off", now(), subject, "tashbik user two-steps --off")
    return _two_steps(db, name)


@click.group()
def token() -> None:
    """Make keys for apps."""


@token.command("create")
@click.argument("name", metavar="USER")
@data_option
@click.option("--scopes", default="read write follow push", show_default=True,
              help="What the token may do, in Mastodon's words.")  # fmt: skip
@click.option("--as", "association", metavar="ASSOCIATION", help="Act as an association that she may speak for.")
def create_token(name: str, data: Path, scopes: str, association: str | None) -> None:
    """Print a new access token, and nothing else."""
    with open_node(data) as db:
        click.echo(write_now(db, _make_token, name, scopes, association))


def _make_token(db: Database, name: str, scopes: str, association: str | None) -> str:
    person = users.by_name(db, name)
    actor = person["actor"]
    if association is not None:
        found = actors.ours(db, association)
        if found is None or found["type"] == "Person":
            raise NotFound("There is no association called {name}.", name=association)
        actor = found["id"]
        memberships.must_speak(db, person["id"], actor)
    try:
        wanted = tokens.read_scopes(scopes)
    except Invalid as error:
        raise Invalid("Unknown scope in: {scopes}", scopes=scopes) from error
    if person["role"] != "admin" and any(one.startswith("admin:") for one in wanted):
        raise Forbidden("Only admins are given tokens with admin scopes here.")
    return tokens.create(db, person["id"], actor, wanted, now())
