"""What the protocol needs besides posts and people: quotes, moves, answers to events, what was asked for when.

Times are UTC milliseconds, ids as in m0001.
"""

from sqlite_utils import Database

SCHEMA = """
create table quotes (
    post     integer primary key references posts(id) on delete cascade, -- which quotes
    quoted   integer references posts(id) on delete set null,
    uri      text not null,                 -- of what is quoted
    state    text not null check (state in ('pending', 'accepted', 'rejected', 'revoked')),
    request  text not null default '',      -- id of our QuoteRequest
    stamp    text not null default '',      -- id of the QuoteAuthorization
    at       integer not null
) strict;
create index quotes_by_quoted on quotes (quoted);
create index quotes_by_uri on quotes (uri);
create index quotes_by_request on quotes (request) where request <> '';
create index quotes_by_stamp on quotes (stamp) where stamp <> '';

create table stamps (
    id      integer primary key,            -- our QuoteAuthorization: /stamps/ID
    post    integer not null references posts(id) on delete cascade, -- ours, quoted
    quoting text not null,                  -- id of the post that quotes
    at      integer not null,
    unique (post, quoting)
) strict;

create table moves (
    actor   integer primary key references actors(id) on delete cascade,
    target  text not null,
    at      integer not null
) strict;

create table answers (
    post      integer not null references posts(id) on delete cascade, -- the event
    actor     integer not null references actors(id) on delete cascade,
    answer    text not null check (answer in ('yes', 'maybe', 'no', 'invited')),
    state     text not null check (state in ('asked', 'accepted', 'rejected', 'ignored')),
    activity  text not null default '',     -- id of the Join, to answer or undo it
    message   text not null default '',     -- one line, plain
    at        integer not null,
    primary key (post, actor)
) strict, without rowid;
create index answers_by_actor on answers (actor);
create index answers_by_activity on answers (activity) where activity <> '';

alter table letters add column passed_on integer not null default 0;
create index letters_passed_on on letters (object) where passed_on;

create table refreshed (
    name  text primary key,                 -- what was asked for again, as `thread 12`
    at    integer not null
) strict, without rowid;
"""


def apply(db: Database) -> None:
    """See the comments in the schema."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
