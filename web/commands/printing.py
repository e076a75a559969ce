"""What commands print: nothing that somebody elsewhere wrote moves a cursor, colours a line or hides what stands before it."""

import json
import re
from collections.abc import Mapping
from typing import Any

import click

from node.errors import NodeError
from node.log import SECRET

_CAUSE = re.compile(r"(?:(?:gaierror|Error)\(-?\d+, |Refused\()(['\"])(.{1,200}?)\1\)")


def say(text: str) -> None:
    """One line on the terminal; controls, escapes and marks that turn the reading direction stand as a dot."""
    click.echo(printable(text))


def say_json(value: Any) -> None:
    """One line of JSON that means the same, with letters as letters and everything unprintable by its number."""
    click.echo("".join(one if one.isprintable() else _number(one) for one in json.dumps(value, ensure_ascii=False)))


def printable(text: str) -> str:
    """The same without what a terminal would obey."""
    return "".join(one if one.isprintable() else "·" for one in text)


def refusal(error: NodeError) -> str:
    """Why not, in one line, with those facts that the sentence does not name: an operator looks for a cause."""
    facts: Mapping[str, object] = error.facts
    unsaid = {
        name: value for name, value in facts.items() if f"{{{name}}}" not in error.sentence and name not in SECRET
    }
    more = [f"{name} {_short(value)}" for name, value in unsaid.items()]
    return printable(f"{error} ({', '.join(more)})" if more else str(error))


def _short(value: object) -> str:
    """A fact in few words: of a failed connection its cause, which stands at its end."""
    cause = _CAUSE.search(str(value))
    return cause.group(2) if cause else str(value)[:300]


def _number(one: str) -> str:
    return json.dumps(one)[1:-1]  # with ensure_ascii: \uXXXX, two of them where it needs two
