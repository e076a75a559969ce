"""The table of commands, and how one ends: with exit code 0, or with a one-line reason on standard error."""

import errno
import os
import shutil
import sqlite3
import sys

import click

from node.errors import NodeError
from web.commands import (
    announcement,
    association,
    care,
    demo,
    directory,
    emoji,
    fetch,
    forum,
    init,
    mail,
    people,
    project,
    queue,
    serve,
)
from web.commands.printing import printable, refusal

ADVICE = {
    "full": "The disk is full, nothing was kept. Free some space and do it again.",
    "locked": "The node's file is busy. Do it again in a moment.",
    "readonly": "The node's file cannot be written: see its mode (ls -l), and its disk (mount).",
    "unable to open": "The node's file cannot be opened: see who may use it (ls -l), and its disk (mount).",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tashbik")
def tashbik() -> None:
    """Tashbik: a community server for networks of associations."""


tashbik.add_command(init.init)
tashbik.add_command(serve.serve)
tashbik.add_command(people.user)
tashbik.add_command(people.token)
tashbik.add_command(mail.mail)
tashbik.add_command(forum.forum)
tashbik.add_command(association.association)
tashbik.add_command(project.project)
tashbik.add_command(directory.directory)
tashbik.add_command(fetch.fetch)
tashbik.add_command(queue.queue)
tashbik.add_command(emoji.emoji)
tashbik.add_command(announcement.announcement)
for command in (care.backup, care.check, care.upgrade, care.config):
    tashbik.add_command(command)
tashbik.add_command(demo.demo)


def run() -> None:
    """Do what was typed; ends the process where that fails."""
    try:
        tashbik(prog_name="tashbik", standalone_mode=False)
    except NodeError as error:
        print(f"tashbik: {refusal(error)}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if isinstance(error, shutil.Error):  # many files at once: (from, to, why) of each
            error = OSError(0, error.args[0][0][2])
        if error.strerror is None:
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            print(f"tashbik: {ADVICE['full']}", file=sys.stderr)
            sys.exit(1)
        where = f": {error.filename}" if error.filename else ""
        print(f"tashbik: {printable(error.strerror + where)}", file=sys.stderr)
        sys.exit(1)
    except sqlite3.DatabaseError as error:
        print(f"tashbik: {reason(error)}", file=sys.stderr)
        sys.exit(1)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        more = f" More: {context.command_path} --help" if context is not None else ""
        print(f"tashbik: {printable(' '.join(error.format_message().split()))}{more}", file=sys.stderr)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def reason(error: sqlite3.DatabaseError) -> str:
    """What SQLite objects to, and what to do about it."""
    said = str(error)
    for word, advice in ADVICE.items():
        if word in said:
            return advice
    return f"The node's file cannot be used ({printable(said)}). If it stays so, put a backup in its place."
