"""Inbox forwarding: an answer to a post of ours that names our followers reaches them though its author cannot.

The bytes go on as they came, signed by the actor whose followers they are for;
whoever gets them checks the proof inside, or asks the author's server.
Source: ActivityPub §7.1.2; interop §6.
"""

from federation import audience
from federation import vocabulary as v
from federation.activity import Activity
from node import letters
from node.people import actors, blocks, whose
from node.posts import posts, visibility
from node.store import Database, Row

KINDS = frozenset(("Create", "Update", "Delete"))
MOST_NAMED = 100


def owners(db: Database, spoken: Activity) -> list[Row]:
    """Our actors to whose followers the activity is passed on; to be asked before it is acted on."""
    if spoken.type not in KINDS or not spoken.id:
        return []
    if spoken.type != "Create":
        return [actors.get(db, one) for one in letters.passed_on_by(db, spoken.object_id)]
    answered = v.one_id(spoken.embedded.get("inReplyTo"))
    parent = posts.by_uri(db, answered) if answered else None
    if parent is None or not parent["local"]:
        return []
    named: list[str] = []
    for source in (spoken.document, spoken.embedded):
        for key in ("to", "cc", "audience"):
            named += v.all_ids(source.get(key), MOST_NAMED)
    found = whose.followers(db, named)
    return _willing(db, found, spoken, parent) if found else []


def _willing(db: Database, found: list[Row], spoken: Activity, parent: Row) -> list[Row]:
    """Those of them who have nothing against the author; nobody for one who may not even see what it answers."""
    author = actors.by_uri(db, spoken.actor)
    if author is None or visibility.see(db, parent["id"], author["id"]) is None:
        return []
    return [owner for owner in found if not blocks.between(db, owner["id"], author["id"])]


def forward(db: Database, found: list[Row], spoken: Activity, body: bytes, now: int) -> None:
    """The exact bytes are due at the followers' inboxes, save on the author's own server."""
    for owner in found[:1]:
        if letters.by_uri(db, spoken.id) is not None:
            return
        inboxes = {
            (inbox, host)
            for inbox, host in audience.inboxes_of_followers(db, owner["id"])
            if host != v.host(spoken.actor)
        }
        letters.pass_on(db, spoken.id, owner["id"], spoken.type, spoken.object_id, body, inboxes, now)
