"""The order in which followers came, so that a list of many is read a page at a time."""

from sqlite_utils import Database


def apply(db: Database) -> None:
    """As node/people/follows.py asks for them: the expression is written there as it is here."""
    db.execute("create index follows_place on follows (target, state, since << 16 | (follower & 65535))")
