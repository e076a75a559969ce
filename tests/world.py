"""A small world with names: the same people in every test.

AMAL     a member of ours
YTO      a member of ours who approves her followers
TANMIA   an association of ours, AMAL its owner, YTO its editor
BADR     somebody on another server
"""

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from federation import actors as documents
from federation import vocabulary as v
from node import settings
from node.migrations.table import migrate
from node.people import actors, memberships, users
from node.store import FILE, Database, Row, connect, write_now

NOW = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ORIGIN = "https://node.example"
PEER = "https://peer.example"
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Person:
    """Who is meant: URIs, to be looked up with `row`."""

    uri: str
    name: str

    def row(self, db: Database) -> Row:
        found = actors.by_uri(db, self.uri)
        assert found is not None, self.uri
        return found

    def id(self, db: Database) -> int:
        return int(self.row(db)["id"])

    @property
    def inbox(self) -> str:
        return f"{self.uri}/inbox"


AMAL = Person(f"{ORIGIN}/users/amal", "amal")
YTO = Person(f"{ORIGIN}/users/yto", "yto")
TANMIA = Person(f"{ORIGIN}/orgs/tanmia", "tanmia")
BADR = Person(f"{PEER}/users/badr", "badr")


def make_node(folder: Path, origin: str = ORIGIN, *, development: bool = False) -> None:
    """A node with the world's own people in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "media").mkdir(exist_ok=True)
    shutil.copy(_empty(), folder / FILE)
    db = connect(folder)
    write_now(db, _people, origin, development)
    db.close()


@cache
def _empty() -> Path:
    """A file of the newest shape with nothing in it, made once."""
    folder = Path(tempfile.mkdtemp(prefix="tashbik-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    db = connect(folder)
    migrate(db)
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    return folder / FILE


def _people(db: Database, origin: str, development: bool) -> None:
    settings.choose(db, "origin", origin)
    settings.choose(db, "development", development)
    settings.choose(db, "link_cards", False)  # tests ask nobody outside; those of cards choose otherwise
    documents.create_system(db, NOW)
    amal = documents.create(db, "Person", "amal", NOW, display="أمل")
    yto = documents.create(db, "Person", "yto", NOW, display="Yto", approves=True)
    tanmia = documents.create(db, "Organization", "tanmia", NOW, display="جمعية التنمية")
    first = users.create(db, amal, "amal@example.org", PASSWORD, "admin", NOW)
    second = users.create(db, yto, "yto@example.org", PASSWORD, "member", NOW)
    memberships.give(db, first, tanmia, "owner", NOW)
    memberships.give(db, second, tanmia, "editor", NOW)


def know_badr(db: Database) -> Row:
    """Badr as his server describes him, without keys."""
    return documents.keep(db, document(BADR), False, NOW)


def document(person: Person, kind: str = "Person", **more: object) -> dict[str, object]:
    """An actor document of another server."""
    return {
        "@context": v.AS2, "id": person.uri, "type": kind, "preferredUsername": person.name, "name": person.name.title(),
        "inbox": person.inbox, "outbox": f"{person.uri}/outbox", "followers": f"{person.uri}/followers",
        "endpoints": {"sharedInbox": f"{v.host(person.uri) and person.uri.split('/users/')[0]}/inbox"}, **more,
    }  # fmt: skip
