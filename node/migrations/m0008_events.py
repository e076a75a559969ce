"""Events are found by their day: a row beside each post of the kind event, kept by node/network/agenda."""

from sqlite_utils import Database

STEPS = (
    """
    create table agenda (
        post    integer primary key references posts(id) on delete cascade,
        start   integer not null,               -- UTC milliseconds
        ending  integer not null                -- the same; the start where nobody said
    ) strict
    """,
    "create index agenda_by_start on agenda (start, post)",
    """
    insert into agenda (post, start, ending)
    select id, json_extract(details, '$.start'), ifnull(json_extract(details, '$.end'), json_extract(details, '$.start'))
      from posts where kind = 'event' and json_type(details, '$.start') = 'integer'
    """,
)


def apply(db: Database) -> None:
    """The agenda, with what is in it already."""
    for statement in STEPS:
        db.execute(statement)
