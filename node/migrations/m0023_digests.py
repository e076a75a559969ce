"""Letters that tell a member from time to time what happened: who wants them, how often, and when the next is due."""

from sqlite_utils import Database

STEPS = (
    """
    create table digests (
        user    integer primary key references users(id) on delete cascade,
        every   text not null check (every in ('day', 'week')),
        secret  text not null unique,           -- names these letters in their own links; opens nothing but their end
        told    integer not null,               -- UTC milliseconds: what happened before has been told
        due     integer not null                -- the same: the next letter
    ) strict
    """,
    "create index digests_due on digests (due)",
)


def apply(db: Database) -> None:
    """Nobody has asked for any yet."""
    for statement in STEPS:
        db.execute(statement)
