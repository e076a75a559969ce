"""A post that comes is written to fewer pages: what is indexed for search is merged in greater pieces, and no index is
kept of addresses that nobody looks for.

Source: SQLite FTS5, §6.1 (automerge; its own choice is 4, pieces of one size are merged at 16 in any case).
"""

from sqlite_utils import Database

STEPS = ("insert into search (search, rank) values ('automerge', 8)", "drop index posts_by_url")


def apply(db: Database) -> None:
    """Eight pieces of one size are merged into one; the page of a peer's post is no key."""
    for statement in STEPS:
        db.execute(statement)
