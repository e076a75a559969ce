"""The data folder that a command works on, and the options that many commands share."""

import os
import pwd
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.migrations.table import migrations
from node.store import FILE, Database, connect

data_option = click.option(
    "--data", envvar="TASHBIK_DATA", show_envvar=True, required=True, type=click.Path(path_type=Path, readable=False),
    help="The node's data folder.",
)  # fmt: skip
LANGUAGES = {"ar": "Arabic", "fr": "French", "zgh": "Tamazight", "en": "English"}
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def open_node(data: Path, *, of_any_shape: bool = False) -> Iterator[Database]:
    """The database of a node that exists, beside a running `serve`.

    Raises NotFound where there is none, Forbidden where this user may not use it, Conflict
    where its shape is not this release's.
    """
    must_be_there(data)
    db = connect(data)
    try:
        if not of_any_shape and migrations.pending(db):
            raise Conflict("This node's file has an older shape: run `tashbik upgrade`, or start `tashbik serve`.")
        yield db
    finally:
        db.close()


def must_be_there(data: Path) -> None:
    """There is a node in the folder, and this user may write all of it.  Raises NotFound, Forbidden."""
    if data.is_dir():
        _must_be_ours(data, data)
    if not (data / FILE).exists():
        raise NotFound("There is no node in {folder}. Make one with `tashbik init`.", folder=str(data))
    beside = [data / (FILE + ending) for ending in ("", "-wal", "-shm")]
    for path in (*beside, data / "lock", data / "keys", data / "media", data / "cache", *(data / "keys").glob("*.*")):
        if path.exists():
            _must_be_ours(path, data)


def _must_be_ours(path: Path, data: Path) -> None:
    wanted = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
    if os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids):
        return
    user, owner = _user(os.geteuid()), _user(path.stat().st_uid)
    facts = {"path": str(path), "folder": str(data), "user": user, "owner": owner}
    if user in (owner, "root"):
        raise Forbidden("{path} cannot be read and written: see its mode (ls -l), and its disk (mount).", **facts)
    if owner == "root":
        raise Forbidden("{path} belongs to root, and this runs as {user}. As root: chown -R {user} {folder}", **facts)
    raise Forbidden("{path} belongs to {owner}, and this runs as {user}: put `sudo -u {owner}` before it.", **facts)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def password_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """--password, `-` reading it from standard input; asked for when left out."""
    return click.option("--password", help="`-` reads it from standard input; left out, it is asked for.")(function)


def in_each_language(option: str, help_: str, values: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--OPTION-ar, -fr, -zgh and -en; the command is handed one map of language to text, under the name `values`."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def folded(**given: Any) -> Any:
            texts = {tag: given.pop(f"{option}_{tag}") or "" for tag in LANGUAGES}
            return function(**given, **{values: texts})

        made = folded
        for tag, language in reversed(LANGUAGES.items()):
            made = click.option(f"--{option}-{tag}", help=f"{help_} in {language}.")(made)
        return made

    return add


def read_password(given: str | None) -> str:
    """The password as given, from standard input for `-` or without a terminal, else asked for.  Raises Invalid."""
    if given not in (None, "-"):
        return str(given)
    if given is None and sys.stdin is not None and sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    read = sys.stdin.readline().rstrip("\n") if sys.stdin is not None else ""  # None: closed by who started us
    if not read:
        raise Invalid("No password was given: --password PASSWORD, or --password - and a line on standard input.")
    return read
