"""What members here wrote in forums elsewhere: waiting until the forum passes it on, or refuses it."""

from node import changes
from node.store import Database

PATIENCE = 86_400_000  # ms after which a post that no forum passed on is no longer shown as waiting


def wait(db: Database, post: int, place: int, now: int, *, answers: bool = True) -> None:
    """The post was sent; the forum has not answered yet.

    answers: false where the forum sends nothing back to the author's server: then it is not shown as waiting.
    """
    db.execute(
        "insert into submissions (post, place, state, since) values (?, ?, 'waiting', ?) on conflict do nothing",
        (post, place, now if answers else 0),
    )


def settle(db: Database, post: int, place: int, *, accepted: bool) -> None:
    """That forum passed it on, or refused it; another forum's word changes nothing."""
    changed = db.execute(
        "update submissions set state = ? where post = ? and place = ? and state <> 'accepted'",
        ("accepted" if accepted else "refused", post, place),
    ).rowcount
    if changed:
        changes.note(db, "post", post)


def state(db: Database, post: int, now: int) -> str:
    """'waiting', 'refused', or 'accepted', which every other post is too."""
    found = db.row("select state, since from submissions where post = ?", (post,))
    if found is None or (found["state"] == "waiting" and found["since"] < now - PATIENCE):
        return "accepted"
    return str(found["state"])
