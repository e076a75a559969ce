"""Whether the node's file and what lies beside it fit together."""

from node import settings
from node.errors import NotFound
from node.posts import media
from node.store import Database

MOST = 20  # complaints of one sort


def complaints(db: Database) -> list[str]:
    """What is wrong, a line each; empty when all is well."""
    found = [str(row[0]) for row in db.rows("pragma integrity_check(20)") if row[0] != "ok"]
    for row in db.rows("pragma foreign_key_check").fetchall()[:MOST]:
        found.append(f"{row[0]} {row[1]} points to a {row[2]} that is not there")
    return found + _missing_keys(db)[:MOST]


def tend(db: Database) -> None:
    """SQLite knows again how large its tables are, where they have grown much.

    Of each index a thousand rows are looked at: of a file of years whole ones kept every writer waiting for seconds.
    """
    db.execute("pragma analysis_limit = 1000")
    db.execute("pragma optimize")


def must_have_keys(db: Database) -> None:
    """The node itself can sign.  Raises NotFound where its keys were left behind: a new pair would be a stranger's."""
    folder = None if db.folder is None else db.folder / "keys"
    system = db.value("select id from actors where local and type = 'Application'")
    if folder is not None and not any((folder / f"{system}.{kind}.pem").exists() for kind in ("rsa", "ed25519")):
        raise NotFound(
            "The keys of this node are not in {folder}: bring them there from its backup.", folder=str(folder)
        )


def missing_media(db: Database) -> list[str]:
    """Pictures, sounds and films that posts and pages show and that are not in the folder, a line each."""
    if db.folder is None:
        return []
    folder = db.folder / "media"
    gone = sorted(name for name in media.files(db, settings.get(db, "origin")) if not (folder / name).exists())
    more = [f"and {len(gone) - MOST} more files of media"] if len(gone) > MOST else []
    return [f"media/{name} is missing" for name in gone[:MOST]] + more


def _missing_keys(db: Database) -> list[str]:
    """Our actors that could not sign any more."""
    if db.folder is None:
        return []
    wanted = db.rows(
        """
        select actors.name, actors.id, actor_keys.kind from actor_keys
          join actors on actors.id = actor_keys.actor and actors.local and actors.gone is null
        """
    )
    folder = db.folder / "keys"
    found = []
    for row in wanted:
        path = folder / f"{row['id']}.{row['kind']}.pem"
        if not path.exists():
            found.append(f"the {row['kind']} key of {row['name']} is missing")
        elif not path.read_bytes().startswith(b"-----BEGIN "):
            found.append(f"the {row['kind']} key of {row['name']} is damaged")
    return found


def open_to_others(db: Database) -> list[str]:
    """What only the node's own user should read, and others may."""
    if db.folder is None:
        return []
    kept = [db.folder / "keys", *sorted((db.folder / "keys").glob("*.*"))]
    found = [
        f"{path.relative_to(db.folder)} is open to other users: chmod -R go= {db.folder / 'keys'}"
        for path in kept
        if path.exists() and path.stat().st_mode & 0o077
    ]
    return found[:MOST]
