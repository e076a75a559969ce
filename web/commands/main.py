"""`tashbik …`: what the operator types.  Exit code 0, or a one-line reason on standard error."""

import sqlite3
import sys

import click

from node.errors import NodeError
from web.commands import association, care, demo, directory, fetch, forum, init, mail, people, project, queue, serve


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
for command in (care.backup, care.check, care.upgrade, care.config):
    tashbik.add_command(command)
tashbik.add_command(demo.demo)


def main() -> None:
    """The console script."""
    try:
        tashbik(prog_name="tashbik", standalone_mode=False)
    except NodeError as error:
        print(f"tashbik: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:
            raise
        print(f"tashbik: {error.strerror}: {error.filename}", file=sys.stderr)
        sys.exit(1)
    except sqlite3.DatabaseError as error:
        reason = "The node's file cannot be used ({reason}). If it stays so, put a backup in its place."
        print("tashbik: " + reason.format(reason=error), file=sys.stderr)
        sys.exit(1)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        more = f" More: {context.command_path} --help" if context is not None else ""
        print(f"tashbik: {' '.join(error.format_message().split())}{more}", file=sys.stderr)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
