"""`tashbik serve`: the node runs, one process, in the foreground."""

import asyncio
import errno
import fcntl
import logging
import os
import resource
import signal
from pathlib import Path
from typing import Any

import click
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from federation.client import read_networks
from node import log, settings
from node.care import soundness
from node.errors import Conflict, Invalid
from node.migrations.table import migrate
from node.store import connect
from web.commands.folder import data_option, must_be_there

logger = log.Log("web.commands.serve")

MOST_FILES = 65_536
SHUTDOWN_SECONDS = 3  # for requests under way; the worker has its own


@click.command()
@data_option
@click.option("--bind", metavar="ADDRESS:PORT", default="127.0.0.1:8001", show_default=True, envvar="TASHBIK_BIND",
              show_envvar=True, help="Where it listens, for the proxy.")  # fmt: skip
@click.option("--allow-net", multiple=True, metavar="CIDR", help="Reach these networks and no others. Repeatable.")
@click.option("--unlimited-net", multiple=True, metavar="CIDR", help="No rate limits for these addresses. Repeatable.")
@click.option(
    "--behind",
    multiple=True,
    metavar="CIDR",
    help="Believe X-Forwarded-For of proxies with these addresses. Repeatable.",
)
@click.option("--log-level", default="warning", envvar="TASHBIK_LOG", show_default=True,
              show_envvar=True, help="From which level up lines go to standard error.",
              type=click.Choice(["debug", "info", "warning", "error"]))  # fmt: skip
def serve(data: Path, bind: str, allow_net: tuple[str, ...], unlimited_net: tuple[str, ...], behind: tuple[str, ...],
          log_level: str) -> None:  # fmt: skip
    """Run the node: pages, apps, peers, and its worker."""
    log.to_stderr(log_level)
    host, port = read_bind(bind)
    networks, unlimited, proxies = read_networks(allow_net), read_networks(unlimited_net), read_networks(behind)
    must_be_there(data)
    lock = take_lock(data)
    open_many()
    db = connect(data)
    migrate(db)
    soundness.must_have_keys(db)
    origin = settings.get(db, "origin")
    db.close()
    try:
        asyncio.run(_serve(data, host, port, (networks, unlimited, proxies), origin))
    finally:
        os.close(lock)


def take_lock(data: Path) -> int:
    """The folder is ours until the descriptor is closed.  Raises Conflict while another process serves it."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    if os.geteuid() == 0:
        os.fchown(descriptor, data.stat().st_uid, data.stat().st_gid)  # the next one may run as the folder's owner
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Conflict("Another process serves {folder}: stop that one first.", folder=str(data)) from error
    return descriptor


def open_many() -> None:
    """As many connections may be open as the system grants us: most shells and services begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def read_bind(typed: str) -> tuple[str, int]:
    """(address, port).  Raises Invalid."""
    host, _, port = typed.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise Invalid("{bind} is no address and port: 127.0.0.1:8001", bind=typed)
    return host.strip("[]"), int(port)


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a line of the HTTP server's is worth a look: not the trace of what a stranger misspelt, answered 400."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError))


class Faults:
    """What breaks in the loop itself is told as ever; that no more connections may be open, once a minute.

    asyncio tells of it a thousand times a second, with a trace: the disk would be full before the crowd is gone.
    """

    def __init__(self) -> None:
        self._told = -60.0

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)):
            loop.default_exception_handler(context)
        elif loop.time() - self._told >= 60:
            self._told = loop.time()
            logger.warning("too many connections", limit=resource.getrlimit(resource.RLIMIT_NOFILE)[0])


async def _serve(data: Path, host: str, port: int, networks: Any, origin: str) -> None:
    from web import patience
    from web.app import SERVED, build

    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    runner = web.AppRunner(
        build(data, *networks), **SERVED, shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False,
        keepalive_timeout=75, max_line_size=8190, max_field_size=8190,
    )  # fmt: skip
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
        except OSError as error:
            raise Conflict("{bind} cannot be listened on: {reason}", bind=f"{host}:{port}",
                           reason=error.strerror or str(error)) from error  # fmt: skip
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(Faults())
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_, stopped.set)
        assert runner.server is not None
        watching = loop.create_task(patience.hang_up(runner.server))
        print(f"ready {origin}", flush=True)
        await stopped.wait()
        watching.cancel()
    finally:
        await runner.cleanup()
