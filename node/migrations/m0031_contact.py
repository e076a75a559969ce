"""What visitors without an account write to an association, read by its team alone."""

from sqlite_utils import Database

STEPS = (
    """
    create table contact_letters (
        id      integer primary key,
        actor   integer not null references actors(id) on delete cascade, -- the association
        name    text not null,          -- as the visitor wrote it
        answer  text not null,          -- her telephone or e-mail address, as written
        text    text not null,
        at      integer not null        -- UTC milliseconds
    ) strict
    """,
    "create index contact_letters_by_actor on contact_letters (actor, id)",
    "create index contact_letters_by_age on contact_letters (at)",
)


def apply(db: Database) -> None:
    """Nobody has written yet."""
    for statement in STEPS:
        db.execute(statement)
