"""Files below DATA/media: written whole under a name that nobody guesses, removed when nothing shows them."""

import os
import re
import secrets
from pathlib import Path

NAME = re.compile(r"[0-9a-z]{2}/[0-9A-Za-z_-]{20,60}\.(jpg|webp|png|gif|mp4|mp3|ogg)\Z")
TYPES = {"jpg": "image/jpeg", "webp": "image/webp", "png": "image/png", "gif": "image/gif", "mp4": "video/mp4",
         "mp3": "audio/mpeg", "ogg": "audio/ogg"}  # fmt: skip


def write(folder: Path, data: bytes, extension: str) -> str:
    """The name below folder under which the data now lies, on the disk."""
    random = secrets.token_urlsafe(24)
    name = f"{secrets.token_hex(1)}/{random}.{extension}"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.rename(path)
    return name


def find(folder: Path, name: str) -> Path | None:
    """The file of this name; None for a name that we would never give."""
    if not NAME.match(name):
        return None
    path = folder / name
    return path if path.is_file() else None


def older(folder: Path, before: float) -> list[str]:
    """Names of files that lie here since before that moment (seconds since 1970)."""
    found = []
    for path in folder.glob("??/*"):
        name = path.relative_to(folder).as_posix()
        if NAME.match(name) and path.stat().st_mtime < before:
            found.append(name)
    return found


def remove(folder: Path, names: list[str]) -> None:
    """They are gone; names that are no files are passed over."""
    for name in names:
        if NAME.match(name):
            (folder / name).unlink(missing_ok=True)


def type_of(name: str) -> str:
    """The media type that its extension stands for in our table."""
    return TYPES[name.rpartition(".")[2]]
