"""Associations of peers that stand in the directory alone are found by the name that their page has here."""

from sqlite_utils import Database

STEPS = ("create index directory_by_handle on directory (handle, host) where actor is null and gone is null",)


def apply(db: Database) -> None:
    """What is listed is found at once."""
    for statement in STEPS:
        db.execute(statement)
