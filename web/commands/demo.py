"""`tashbik demo`: two nodes with demonstration content, federating for real on this machine."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from federation.client import Client
from node.errors import Invalid, NodeError
from node.store import FILE
from web.commands.folder import data_option
from web.demo import checks, content, running, seeding
from web.demo.app import App
from web.demo.story import Story

if TYPE_CHECKING:  # rich is loaded where it draws: every command starts through this file
    from rich.console import Console
    from rich.progress import Progress, TaskID

SLUGS = ("casa", "sfax")
PORTS = (8001, 8002)
TRY = (
    ("/forums", "forums, where Sfax answers"),
    ("/assoc", "the associations of the network"),
    ("/projects", "projects, with partners on the other node"),
    ("/agenda", "what happens when, in both networks"),
    ("/board", "needs, offers and calls"),
)
MOST_SECONDS = 170  # for all of --check


@click.command()
@data_option
@click.option("--ports", metavar="A,B", help="Ports of the two nodes. [default: 8001,8002; free ones with --check]")
@click.option("--check", is_flag=True, help="Play the whole story, print a row for each step, and exit.")
def demo(data: Path, ports: str | None, check: bool) -> None:
    """Run two nodes with demonstration content.

    They are filled in the folder DATA, and federate on this machine until Ctrl-C.
    """
    begun = time.monotonic()
    stop_once()
    data.mkdir(parents=True, exist_ok=True)
    chosen = choose_ports(data, ports, check)
    from rich.console import Console

    console = Console(highlight=False)
    folders = [(data / slug, port) for slug, port in zip(SLUGS, chosen, strict=True)]
    missing = [(folder, port) for folder, port in folders if not (folder / FILE).exists()]
    try:
        fill(console, missing)
        with running.serving(folders):
            if check:
                left = MOST_SECONDS - (time.monotonic() - begun)
                sys.exit(asyncio.run(holds(console, data, folders, left)))
            asyncio.run(play(console, data, folders, check))
            show(console, folders)
            wait()
    except KeyboardInterrupt:
        pass
    console.print("Both nodes are stopped.")


def choose_ports(data: Path, typed: str | None, check: bool) -> list[int]:
    """The ports of the two nodes: those they were made with, else those typed, else the usual or free ones.

    Raises Invalid for others than a node's address names, Conflict where one is taken.
    """
    file = data / "ports.json"
    kept: list[int] | None = json.loads(file.read_text()) if file.exists() else None
    wanted = _read_ports(typed) if typed else None
    if kept is not None:
        if wanted not in (None, kept):
            raise Invalid("These nodes were made for the ports {ports}.", ports=",".join(map(str, kept)))
        running.check_free(kept)
        return kept
    chosen = wanted or (running.free_ports(2) if check else list(PORTS))
    running.check_free(chosen)
    file.write_text(json.dumps(chosen))
    return chosen


def _read_ports(typed: str) -> list[int]:
    parts = typed.split(",")
    if len(parts) != 2 or not all(part.strip().isdigit() and 0 < int(part) < 65536 for part in parts):
        raise Invalid("{ports} are no two ports: 8001,8002", ports=typed)
    return [int(part) for part in parts]


def fill(console: "Console", missing: list[tuple[Path, int]]) -> None:
    """The nodes that were not there have their content: side by side, each in a process of its own."""
    if not missing:
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        with ThreadPoolExecutor(len(missing)) as pool, running.making(missing) as made:
            for folder, process in made:
                task = progress.add_task(f"Filling {folder.name}", total=seeding.steps(folder.name))
                pool.submit(_draw, progress, task, process, seeding.steps(folder.name))
            for _, process in made:
                process.wait()
        for folder, process in made:
            if process.wait() != 0:
                raise Invalid("The content of {folder} could not be made.", folder=str(folder))


def _draw(progress: "Progress", task: "TaskID", process: "subprocess.Popen[str]", total: int) -> None:
    """The bar moves with each line that the process prints, and is full when it has ended well."""
    assert process.stdout is not None
    for _ in process.stdout:
        progress.advance(task)
    if process.wait() == 0:
        progress.update(task, completed=total)


async def holds(console: "Console", data: Path, folders: list[tuple[Path, int]], seconds: float) -> int:
    """0 when every row holds, within so many seconds; else 1."""
    try:
        async with asyncio.timeout(seconds):
            failed = await play(console, data, folders, check=True)
    except TimeoutError:
        failed = ["time"]
        console.print(f"✗ it was not done in {MOST_SECONDS} seconds")
    return 1 if failed else 0


async def play(console: "Console", data: Path, folders: list[tuple[Path, int]], check: bool) -> list[str]:
    """What is left of the story is played; with check everything is looked at; what did not hold."""
    client = Client(user_agent="tashbik demo", development=True)
    client.open()
    try:
        apps = {folder.name: App(client, folder, f"http://127.0.0.1:{port}") for folder, port in folders}
        story = Story(data, apps)
        failed = await _tell(console, story, check)
        return failed + (await checks.all(console, apps) if check else [])
    finally:
        await client.close()


async def _tell(console: "Console", story: Story, rows: bool) -> list[str]:
    steps, failed = story.left(), []
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not steps) as progress:
        task = progress.add_task("The two networks meet", total=len(steps))
        for step in steps:
            try:
                await story.do(step)
                if rows:
                    progress.console.print(f"✓ {step.title}")
            except (NodeError, LookupError, AssertionError, StopIteration) as error:
                failed.append(step.name)
                progress.console.print(f"✗ {step.title}: {error}")
            progress.advance(task)
    return failed


def show(console: "Console", folders: list[tuple[Path, int]]) -> None:
    """Where to look, and as whom."""
    names = content.nodes()
    from rich.table import Table

    table = Table(title="Two networks, federating")
    for column, whole in (("Network", False), ("Address", True), ("Log in as", False), ("Password", True)):
        table.add_column(column, no_wrap=whole, overflow="fold")  # an address that is cut is none
    for folder, port in folders:
        node = names[folder.name]
        people = ", ".join(one["handle"] for one in node["people"][:4])
        table.add_row(node["name"]["fr"], f"http://127.0.0.1:{port}", people, content.PASSWORD)
    console.print(table)
    first = folders[0][1]
    for path, what in TRY:
        console.print(f"  http://127.0.0.1:{first}{path:<10} {what}", soft_wrap=True)
    console.print("Ctrl-C stops both; the next start keeps everything.")


def wait() -> None:
    """Until Ctrl-C, SIGTERM, or the terminal is closed."""
    while True:
        signal.pause()


def stop_once() -> None:
    """The first of these signals stops us; the others are not heard while the nodes are being stopped, lest one outlive us."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(one) != signal.SIG_IGN:  # nohup
            signal.signal(one, _as_interrupt)


def _as_interrupt(_number: int, _frame: object) -> None:
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt
