"""Files below DATA/media: written whole under a name that nobody guesses, removed when nothing shows them."""

import os
import re
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO

NAME = re.compile(r"[0-9a-z]{2}/[0-9A-Za-z_-]{20,60}\.(jpg|webp|png|gif|mp4|mp3|m4a|ogg)\Z")
TYPES = {"jpg": "image/jpeg", "webp": "image/webp", "png": "image/png", "gif": "image/gif", "mp4": "video/mp4",
         "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg"}  # fmt: skip


def write(folder: Path, data: bytes, extension: str) -> str:
    """The name below folder under which the data now lies, on the disk."""
    name = _new_name(folder, extension)
    draft = (folder / name).with_suffix(".part")
    try:
        _write(draft, data)
    except BaseException:  # a full disk: the half of it would stay for ever
        draft.unlink(missing_ok=True)
        raise
    draft.rename(folder / name)
    _keep_names(folder, (folder / name).parent)
    return name


def move(folder: Path, source: Path, extension: str) -> str:
    """The name below folder, on the same disk, under which the source's bytes now lie; the source is gone."""
    name = _new_name(folder, extension)
    descriptor = os.open(source, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    source.rename(folder / name)
    _keep_names(folder, (folder / name).parent)
    return name


def _keep_names(*folders: Path) -> None:
    """What lies in the folders is found there after a pulled plug too: a name is no part of its file."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _new_name(folder: Path, extension: str) -> str:
    name = f"{secrets.token_hex(1)}/{secrets.token_urlsafe(24)}.{extension}"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    return name


def _write(path: Path, data: bytes | BinaryIO) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        if isinstance(data, bytes):
            out.write(data)
        else:
            data.seek(0)
            shutil.copyfileobj(data, out, 1_048_576)
        out.flush()
        os.fsync(descriptor)


# ── as they came ──────────────────────────────────────────────────────────────


def put_by(folder: Path, data: bytes | BinaryIO) -> str:
    """The name directly below folder under which the data lies as it came, on the disk."""
    name = secrets.token_urlsafe(24).lstrip("-") or "_"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / name, data)
    return name


def drop(folder: Path, name: str) -> None:
    """What was put by is gone."""
    if name and "/" not in name:
        (folder / name).unlink(missing_ok=True)


def drop_others(folder: Path, kept: set[str], before: float) -> None:
    """What was put by before that moment (seconds since 1970) and is not among the kept is gone, drafts too."""
    for path in folder.glob("*"):
        if path.name.removesuffix(".work") not in kept and path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def head(data: bytes | BinaryIO | Path, size: int) -> bytes:
    """The first bytes."""
    if isinstance(data, bytes):
        return data[:size]
    if isinstance(data, Path):
        with data.open("rb") as opened:
            return opened.read(size)
    data.seek(0)
    return data.read(size)


def length(data: bytes | BinaryIO) -> int:
    """How many bytes there are."""
    return len(data) if isinstance(data, bytes) else data.seek(0, os.SEEK_END)


# ── served ────────────────────────────────────────────────────────────────────


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
