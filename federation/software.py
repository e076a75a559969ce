"""What peers run, and what it can read: forums, microblogs, events."""

from node import hosts, queue
from node.store import Database

FORUM_SOFTWARE = frozenset(("tashbik", "lemmy", "piefed", "mbin", "kbin", "nodebb", "discourse"))
MICROBLOGS = frozenset((
    "mastodon", "glitch-soc", "hometown", "gotosocial", "pleroma", "akkoma", "misskey", "sharkey", "firefish", "calckey",
    "iceshrimp", "iceshrimp.net", "catodon", "foundkey", "cherrypick", "friendica", "hubzilla", "wordpress", "pixelfed",
    "snac", "mitra", "takahe", "bookwyrm", "smithereen", "ktistec", "microblogpub", "writefreely", "ghost", "peertube",
    "owncast", "threads", "mobilizon", "bridgy-fed",
))  # fmt: skip
SENDS_NOTHING_BACK = frozenset(("piefed",))  # forums that pass on to everybody but the author's own server
KNOWS_EVENTS = frozenset((
    "tashbik", "mobilizon", "gancio", "friendica", "hubzilla", "wordpress", "lemmy", "piefed", "smithereen",
))  # fmt: skip
ASKED_AGAIN = 3 * 86_400_000  # ms after which a follower's host is asked for its software again


def of(db: Database, host: str, now: int) -> str:
    """What the host runs, '' when unknown; then it is asked soon."""
    known = hosts.get(db, host)
    if known is None or (known["asked"] or 0) < now - ASKED_AGAIN:
        queue.enqueue(db, "software", {"host": host}, now, name=f"software {host}")
    return str(known["software"]) if known is not None else ""


def shows_no_events(db: Database, host: str, now: int) -> bool:
    """Whether an Event is nothing there, or a title with a link: a Note is read instead.  Not where we do not know."""
    found = of(db, host, now)
    return found in (MICROBLOGS | FORUM_SOFTWARE) - KNOWS_EVENTS
