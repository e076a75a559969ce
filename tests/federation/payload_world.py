"""Payloads recorded from other software, and a database in which they are acted on."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from federation import activity, inbox
from federation import actors as documents
from federation import vocabulary as v
from federation.handlers import create
from federation.handlers.table import HANDLERS
from federation.signatures import Signer
from node import settings
from node.people import actors
from node.posts import posts, publishing
from node.posts.posts import New
from node.store import Database, Row
from tests.world import AMAL, NOW

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "payloads"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
HOST = re.compile(r"https?://[A-Za-z0-9.:-]+")
VOCABULARY = re.compile(
    r"https?://(www\.w3\.org|w3id\.org|joinmastodon\.org|schema\.org|purl\.|join-lemmy\.org|joinpeertube\.org|litepub\.)"
)


def read(name: str) -> dict[str, Any]:
    """The payload of this name, a new copy each time."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def is_activity(document: dict[str, Any]) -> bool:
    """Whether it is said by an actor, and of a kind that inboxes take."""
    return bool(document.get("actor")) and v.type_of(document, v.ACTIVITIES) in v.ACTIVITIES


class World:
    """A database that knows whoever a payload speaks of."""

    def __init__(self, db: Database) -> None:
        self.db = db
        settings.choose(db, "development", True)  # recorded payloads name http and bare hosts

    def know(self, uri: str, kind: str = "Person", **more: Any) -> Row:
        document = {"@context": v.AS2, "id": uri, "type": kind, "preferredUsername": "someone", "inbox": f"{uri}/inbox",
                    "followers": f"{uri}/followers", **more}  # fmt: skip
        return documents.keep(self.db, document, True, NOW)

    def hear(self, document: dict[str, Any], *, signer: str = "") -> str:
        """The activity by way of the queue, whatever it wants fetched not had; how its row ends."""
        signed_by = Signer(signer or v.one_id(document["actor"]), "")
        body = v.dump(document)
        heard = activity.hear(body, signed_by, True)
        assert inbox.keep(self.db, heard, body, signed_by, NOW)
        _, outside = inbox.act_on_waiting(self.db, True, NOW)
        for one in outside:
            assert one.spoken is not None
            inbox.act(self.db, one.row, HANDLERS[one.heard.type], one.spoken, NOW)
        row = self.db.row("select state, error from received order by id desc limit 1")
        assert row is not None
        return str(row["state"]) if not row["error"] else str(row["error"])

    def send(self, name: str, **more: Any) -> dict[str, Any]:
        """The payload from its own actor, who is known; acted on without complaint."""
        document = read(name) | more
        self.know(v.one_id(document["actor"]))
        assert self.hear(document) == "done", name
        return document

    def fetched(self, name: str, **more: Any) -> Row | None:
        """The object as though its own server had served it."""
        document = read(name) | more
        spoken = activity.fetched("Create", document, document["id"])
        if actors.by_uri(self.db, spoken.actor) is None:
            self.know(spoken.actor)
        return create.keep(self.db, spoken, NOW, asked=True)

    def post(self, uri: str) -> Row:
        found = posts.by_uri(self.db, uri)
        assert found is not None, uri
        return found

    def sent(self, name: str, **more: Any) -> Row:
        """The post that the Create of the payload made."""
        return self.post(v.one_id(self.send(name, **more)["object"]))

    def actor(self, name: str) -> Row:
        return documents.keep(self.db, read(name), True, NOW)

    def ours(self, uri: str, **more: Any) -> Row:
        """A post of Amal's under this URI, as payloads answer it."""
        new = New(uri=uri, kind="note", author=AMAL.id(self.db), local=True, visibility="public", published=NOW, **more)
        kept = publishing.keep(self.db, new, NOW)
        assert kept is not None
        return kept

    def count(self, table: str) -> int:
        return int(self.db.table(table).count)


Check = Callable[[World], None]


class Outcomes(dict[str, Check]):
    """Name of a payload -> what checks that it comes out right."""

    def of(self, *names: str) -> Callable[[Check], Check]:
        """Marks what checks these payloads; each payload has one check."""

        def add(check: Check) -> Check:
            for name in names:
                assert name not in self
                self[name] = check
            return check

        return add
