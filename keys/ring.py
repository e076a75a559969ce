"""Where private keys lie: DATA/keys, a file each, mode 0600; written down before any row names them.

The only file that touches them.  They are loaded when first used and kept parsed.
"""

import errno
import os
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from keys import pair

MAKERS = {"rsa": pair.new_rsa, "ed25519": pair.new_ed25519}
SECRET_BYTES = 32


class Ring:
    """The keys of one data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "keys"
        self._loaded: dict[tuple[int, str], Any] = {}

    def make(self, actor: int, kind: str) -> str:
        """A new private key of the actor is safely on the disk, any older one beside it no more; its public half."""
        pem = MAKERS[kind]()
        self._write(f"{actor}.{kind}.pem", pem)
        private = self._loaded[(actor, kind)] = pair.load(pem)
        return pair.public_of(private)

    def private(self, actor: int, kind: str) -> Any:
        """The actor's private key, parsed.  Raises FileNotFoundError when the folder lost it."""
        found = self._loaded.get((actor, kind))
        if found is None:
            pem = (self._folder / f"{actor}.{kind}.pem").read_bytes()
            found = self._loaded[(actor, kind)] = pair.load(pem)
        return found

    def sign(self, actor: int, kind: str, message: bytes) -> bytes:
        """The actor's signature."""
        return pair.sign(self.private(actor, kind), message)

    def secret(self, name: str) -> bytes:
        """32 random bytes kept under this name, made at first need."""
        path = self._folder / f"{name}.secret"
        if not path.exists():
            self._write(path.name, secrets.token_bytes(SECRET_BYTES))
        return path.read_bytes()

    def password(self, name: str) -> str:
        """The password kept under this name; '' for none."""
        try:
            return (self._folder / f"{name}.password").read_text()
        except FileNotFoundError:
            return ""

    def keep_password(self, name: str, password: str) -> None:
        """It is kept from now on; '' takes it away."""
        if password:
            self._write(f"{name}.password", password.encode())
        else:
            (self._folder / f"{name}.password").unlink(missing_ok=True)

    def destroy(self, actor: int) -> None:
        """The actor signs nothing any more."""
        for kind in MAKERS:
            self._loaded.pop((actor, kind), None)
            (self._folder / f"{actor}.{kind}.pem").unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        """All of it or nothing, on the disk when this returns."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        draft = self._folder / f".{name}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            if os.write(descriptor, content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(draft))
            if os.geteuid() == 0:  # what root makes must be readable by whose folder it is: `serve` runs as that user
                whose = self._folder.parent.stat()
                os.fchown(descriptor, whose.st_uid, whose.st_gid)
            os.fsync(descriptor)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        draft.rename(self._folder / name)
        directory = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


@cache
def of(folder: Path) -> Ring:
    """The ring of a data folder, one in a process."""
    return Ring(folder)
