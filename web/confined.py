"""Programs of others, run so that they can do little: no shell, no network, bounded time, processor, memory and files.

The limits are set in the child before the program begins.  Where the system allows it the
child has a network of its own, in which there is nothing, and sees no file but the system's
programs and what it is given (Landlock, Linux 5.13); it ends when we do, however we end.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from node.errors import NodeError

MOST_SAID = 1_000_000  # bytes of what it prints
MOST_COMPLAINED = 4_000
MEMORY = 2_000_000_000  # bytes of address space
FILES = 64

_BEGIN = """
import ctypes, os, resource, struct, sys
size, seconds, memory, files, given = map(int, sys.argv[1:6])
reads, command = sys.argv[6 : 6 + given], sys.argv[6 + given :]
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/alternatives",
          "/sys/devices/system/cpu", "/dev/urandom")
LOOK, CHANGE, OF_FILES = 0b1101, 0x7FF2, 0x4007  # run and read; write, make and remove; what is said of a file alone

def shut_in():
    version = libc.syscall(444, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    known = (1 << min(12 + version, 15)) - 1
    asked = struct.pack("QQQ", known, 3 if version > 3 else 0, 3 if version > 5 else 0)
    asked = asked[: 8 if version < 4 else 16 if version < 6 else 24]  # files; ports; signals and sockets of others
    rules = libc.syscall(444, asked, ctypes.c_size_t(len(asked)), 0)
    home = os.path.dirname(os.path.realpath(command[0]))
    above = os.path.dirname(home)
    roots = [*SYSTEM, home, *([] if os.getcwd().startswith(above.rstrip("/") + "/") else [above])]
    allowed = [(one, LOOK) for one in roots + reads] + [("/dev/null", LOOK | CHANGE)]
    if size or not reads:
        allowed.append((".", LOOK | CHANGE if size else LOOK))
    for path, access in allowed:
        try:
            opened = os.open(path, os.O_PATH)
        except OSError:
            continue
        access &= known if os.path.isdir(path) else known & OF_FILES
        libc.syscall(445, rules, 1, struct.pack("=Qi", access, opened), 0)
    libc.syscall(446, rules, 0)

try:
    libc = ctypes.CDLL(None)
    libc.unshare(0x50000000)  # a user and a network of its own
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges
    libc.prctl(1, 9, 0, 0, 0)  # killed when we die
    shut_in()
except (AttributeError, OSError):
    pass
for name, most in (("FSIZE", size), ("CPU", seconds), ("AS", memory), ("NOFILE", files), ("CORE", 0)):
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (most, most))
os.nice(10)
os.execv(command[0], command)
"""


class Failed(NodeError):
    """It did not do what it was asked; the facts say what it complained of."""

    code = "failed"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds by the clock, seconds of processor time, bytes of each file it writes."""

    seconds: float
    processor: int
    size: int


def find(program: str) -> str:
    """Where it is installed; '' where it is not."""
    return shutil.which(program) or ""


async def run(
    program: str, arguments: Sequence[str], folder: Path, bounds: Bounds, reads: Sequence[Path] = ()
) -> bytes:
    """What it printed; it worked in `folder`.  Raises Failed when it failed, or would not end.

    It sees what it is to read, and the folder where it may write there, or where nothing is named to be read.
    """
    limits = [str(one) for one in (bounds.size, bounds.processor, MEMORY, FILES, len(reads), *reads)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c", _BEGIN, *limits, program, *arguments, cwd=folder, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(folder), "TMPDIR": str(folder)},
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    try:
        async with asyncio.timeout(bounds.seconds):
            said, complained = await asyncio.gather(
                _read(process.stdout, MOST_SAID), _read(process.stderr, MOST_COMPLAINED)
            )
            status = await process.wait()
    except TimeoutError as error:
        raise Failed("It took too long.", program=program) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status:
        raise Failed("It failed.", program=program, status=status, complaint=complained.decode(errors="replace"))
    return said


async def _read(stream: asyncio.StreamReader, most: int) -> bytes:
    """Its first bytes; the rest is read and forgotten."""
    kept = bytearray()
    while chunk := await stream.read(65_536):
        kept += chunk[: max(0, most - len(kept))]
    return bytes(kept)
