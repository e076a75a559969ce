"""Pictures of peers that were shown here lately: which are kept, and which must go."""

from node import settings
from node.store import Database, Row

AGAIN = 3_600_000  # ms until a picture that could not be had is asked for again


def get(db: Database, name: str) -> Row | None:
    """The kept picture; its file is '' where it could not be had."""
    return db.row("select * from cached_media where name = ?", (name,))


def keep(db: Database, name: str, file: str, media_type: str, size: int, now: int) -> list[str]:
    """The picture is kept under this name; files that are shown no more, to be removed."""
    known = get(db, name)
    db.execute(
        """
        insert into cached_media (name, file, type, size, at) values (?, ?, ?, ?, ?)
        on conflict (name) do update
           set file = excluded.file, type = excluded.type, size = excluded.size, at = excluded.at
        """,
        (name, file, media_type, size, now),
    )
    replaced = [known["file"]] if known is not None and known["file"] and known["file"] != file else []
    return replaced + evict(db, settings.get(db, "cache_size"))


def touch(db: Database, name: str, now: int) -> None:
    """It was looked at."""
    db.execute("update cached_media set at = ? where name = ?", (now, name))


def evict(db: Database, most: int) -> list[str]:
    """Those looked at longest ago go until the rest is small enough; their files."""
    over = (db.value("select sum(size) from cached_media") or 0) - most
    if over <= 0:
        return []
    gone = []
    for row in db.rows("select * from cached_media order by at limit 1000").fetchall():
        if over <= 0:
            break
        db.execute("delete from cached_media where name = ?", (row["name"],))
        over -= row["size"]
        gone.append(row["file"])
    return [one for one in gone if one]


def files(db: Database) -> set[str]:
    """Names of all files that are kept."""
    return {row[0] for row in db.rows("select file from cached_media where file <> ''")}
