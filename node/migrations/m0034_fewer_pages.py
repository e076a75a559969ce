"""A post that comes is written to fewer pages: what is indexed for search is merged in greater pieces.

Source: SQLite FTS5, §6.1 (automerge; its own choice is 4, pieces of one size are merged at 16 in any case).
"""

from sqlite_utils import Database

# The page of a peer's post stays a key: apps look for the address that somebody pasted, and any visitor may.
STEPS = ("insert into search (search, rank) values ('automerge', 8)",)


def apply(db: Database) -> None:
    """Eight pieces of one size are merged into one."""
    for statement in STEPS:
        db.execute(statement)
