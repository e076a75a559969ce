"""What is needed, offered and called for: a row beside each such post, by which lists choose.

Times are UTC milliseconds, ids as in m0001.
"""

from sqlite_utils import Database

SCHEMA = """
create table board (
    post    integer primary key references posts(id) on delete cascade,
    kind    text not null check (kind in ('need', 'offer', 'call')),
    state   text not null check (state in ('open', 'being', 'met', 'closed')),
    fields  text not null default '[]',     -- JSON: codes of node/network/fields.json, the main one first
    path    text not null default '',       -- of the place (node/network/regions); '' : anywhere
    until   integer                         -- null: until somebody closes it
) strict;
create index board_by_kind on board (kind, state, post);
"""


def apply(db: Database) -> None:
    """The board."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
