"""`tashbik queue`: what waits."""

import dataclasses
import json
from pathlib import Path

import click

from federation.bridge import now
from node import lanes
from node import queue as received
from node.queue import Queued
from web.commands.folder import data_option, json_option, open_node


@click.command()
@data_option
@json_option
def queue(data: Path, as_json: bool) -> None:
    """Show what waits: activities received, letters to send.

    How many wait, are done and failed, and for how many seconds the oldest waits.
    """
    with open_node(data) as db:
        found = {"received": received.received(db, now()), "deliveries": lanes.queued(db, now())}
    if as_json:
        click.echo(json.dumps({name: dataclasses.asdict(one) for name, one in found.items()}))
        return
    for name, one in found.items():
        click.echo(f"{name:<11} {_line(one)}")


def _line(one: Queued) -> str:
    oldest = "" if one.oldest is None else f", the oldest for {one.oldest} s"
    return f"waiting {one.waiting}, done {one.done}, failed {one.failed}{oldest}"
