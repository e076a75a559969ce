"""A copy of the node that can be put in its place: the file, the keys, and what media there are.

SQLite copies page by page beside a running node; nothing stops, and the copy is what
the file was at one moment.
"""

import os
import shutil
import sqlite3
from pathlib import Path

from node.errors import Conflict
from node.store import FILE, Database

PAGES = 2000  # copied between two pauses, in which the node may write
MEDIA_LIST = "media.txt"


def make(db: Database, target: Path, *, media: bool = False) -> Path:
    """The folder `target` holds the copy, whole and looked through; media: with the files themselves.

    Raises Conflict where the folder exists, or when the copy is not sound.
    """
    assert db.folder is not None
    if target.exists():
        raise Conflict("{folder} exists already.", folder=str(target))
    draft = target.with_name(target.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        _fill(db, db.folder, draft, media)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)  # half a copy is none, and takes room on a disk that may be full
        raise
    return target


def _fill(db: Database, folder: Path, draft: Path, media: bool) -> None:
    _copy_file(db, draft / FILE)
    shutil.copytree(folder / "keys", draft / "keys")
    files = media_files(folder)
    (draft / MEDIA_LIST).write_text("".join(f"{size}\t{name}\n" for name, size in files))
    if media and files:
        shutil.copytree(folder / "media", draft / "media")


def media_files(folder: Path) -> list[tuple[str, int]]:
    """(name below the media folder, bytes) of each file, sorted."""
    base = folder / "media"
    return sorted((str(one.relative_to(base)), one.stat().st_size) for one in base.rglob("*") if one.is_file())


def _copy_file(db: Database, target: Path) -> None:
    copy = sqlite3.connect(target)
    os.chmod(target, 0o600)
    try:
        db.conn.backup(copy, pages=PAGES)
        found = copy.execute("pragma quick_check(1)").fetchone()[0]
    finally:
        copy.close()
    if found != "ok":
        raise Conflict("The copy is damaged: {found}", found=found)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
