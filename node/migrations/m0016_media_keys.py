"""What peers' posts show is served from here under a key that nobody can guess, as what was uploaded here is."""

from sqlite_utils import Database

SCHEMA = """
alter table media add column key text not null default '';
update media set key = lower(hex(randomblob(16))) where remote <> '';
create unique index media_by_key on media (key) where key <> '';
"""
# key: of what a peer has; its id is a date and little more.


def apply(db: Database) -> None:
    """See the comment above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
