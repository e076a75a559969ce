"""The data folder that a command works on, and the options that many commands share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from node.errors import Conflict, NotFound
from node.migrations.table import migrations
from node.store import FILE, Database, connect

data_option = click.option(
    "--data", envvar="TASHBIK_DATA", required=True, type=click.Path(path_type=Path), help="The node's data folder."
)
LANGUAGES = {"ar": "Arabic", "fr": "French", "zgh": "Tamazight", "en": "English"}
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def open_node(data: Path) -> Iterator[Database]:
    """The database of a node that exists, beside a running `serve`.

    Raises NotFound where there is none, Conflict where its shape is not this release's.
    """
    if not (data / FILE).exists():
        raise NotFound("There is no node in {folder}. Make one with `tashbik init`.", folder=str(data))
    db = connect(data)
    try:
        if migrations.pending(db):
            raise Conflict("This node's file has an older shape. Start `tashbik serve` once to bring it up to date.")
        yield db
    finally:
        db.close()


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
