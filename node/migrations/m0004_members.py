"""What members leave behind in the browser: drafts, the last visit, requests to join, reports.

Times are UTC milliseconds, ids as in m0001.
"""

from sqlite_utils import Database

SCHEMA = """
create table drafts (
    id    integer primary key,
    user  integer not null references users(id) on delete cascade,
    page  text not null,                    -- the address of the form, as `/new?kind=topic`
    body  text not null,                    -- JSON: what the form held
    at    integer not null,
    unique (user, page)
) strict;

create table visits (
    actor  integer not null references actors(id) on delete cascade,
    page   text not null,
    upto   integer not null,                -- the newest that she had seen before this visit
    seen   integer not null,                -- the newest that she has seen
    at     integer not null,                -- of the last look
    primary key (actor, page)
) strict, without rowid;

create table join_requests (
    id        integer primary key,
    name      text not null,                -- wished for
    display   text not null,
    email     text,
    password  text not null,                -- argon2
    locale    text not null,
    reason    text not null,
    at        integer not null
) strict;
create unique index join_requests_by_email on join_requests (email) where email is not null;

create table reports (
    id        integer primary key,
    uri       text unique,                  -- of a Flag from elsewhere; null for one made here
    reporter  integer not null references actors(id) on delete cascade,
    target    integer not null references actors(id) on delete cascade,
    posts     text not null default '[]',   -- JSON: ids
    category  text not null default 'other' check (category in ('spam', 'legal', 'violation', 'other')),
    comment   text not null default '',     -- plain
    forward   integer not null default 0,   -- 1: the target's own server was told
    at        integer not null,
    handled   integer,
    handler   integer references users(id) on delete set null
) strict;
create index reports_open on reports (at) where handled is null;
"""


def apply(db: Database) -> None:
    """See the comments in the schema."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
