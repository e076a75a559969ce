"""Associations, projects with stages and partners, and the directory of what is known here and at peers."""

import re

from sqlite_utils import Database

SCHEMA = """
create table associations (
    actor    integer primary key references actors(id) on delete cascade,
    field    text not null,                 -- codes of fields.json
    region   text not null,                 -- a code of regions.json
    size     text not null,
    facts    text not null default '{}',    -- JSON: node/network/associations.Facts
    updated  integer not null
) strict;

create table team_invitations (
    actor    integer not null references actors(id) on delete cascade,
    user     integer not null references users(id) on delete cascade,
    role     text not null,
    sender   integer references users(id) on delete set null,
    at       integer not null,
    primary key (actor, user)
) strict, without rowid;
create index team_invitations_by_user on team_invitations (user);

create table representatives (
    organization  integer not null references actors(id) on delete cascade, -- a peer's association
    person        text not null,            -- URI of a Person who may speak for it, as its profile says
    primary key (organization, person)
) strict, without rowid;

create table profiles_asked (
    organization  integer primary key references actors(id) on delete cascade,
    at            integer not null          -- when its profile was last read
) strict;

create table projects (
    actor    integer primary key references actors(id) on delete cascade,
    owner    integer references actors(id) on delete set null,
    owner_uri text not null,
    status   text not null,                 -- one of projects.STATUSES, or what a peer says
    progress integer,                       -- 0-100 as declared; null: the mean of the stages
    starts   integer,
    ends     integer,
    region   text not null default '',
    field    text not null default '',
    facts    text not null default '{}',    -- JSON: node/network/projects.Facts
    updated  integer not null
) strict;
create index projects_by_owner on projects (owner, updated);
create index projects_by_time on projects (updated);

create table stages (
    project  integer not null references projects(actor) on delete cascade,
    number   integer not null,              -- for ever, in its URI: PROJECT#mNUMBER
    position integer not null,
    titles   text not null,                 -- JSON: language -> one line
    starts   integer,
    ends     integer,
    progress integer not null default 0,
    done     integer not null default 0,
    primary key (project, number)
) strict, without rowid;

create table partners (
    project   integer not null references projects(actor) on delete cascade,
    uri       text not null,                -- the partner's
    actor     integer references actors(id) on delete cascade, -- null: not known here
    role      text not null default '',
    state     text not null check (state in ('asked', 'accepted', 'rejected', 'ended')),
    offer     text not null default '',     -- id of the Offer
    agreement text not null default '',     -- id of the Accept
    confirmed integer,                      -- when the Accept was seen to be the partner's own
    at        integer not null,
    primary key (project, uri)
) strict, without rowid;
create index partners_by_actor on partners (actor, state);
create index partners_by_agreement on partners (agreement) where agreement <> '';
create index partners_by_offer on partners (offer) where offer <> '';

create table directory (
    id        integer primary key,          -- of its own
    uri       text not null unique,
    host      text not null,                -- '' for ours
    actor     integer references actors(id) on delete cascade, -- null: a peer's that nobody has opened
    name      text not null,                -- the main one
    names     text not null default '{}',   -- JSON: language -> one line
    handle    text not null default '',
    url       text not null default '',
    icon      text not null default '',
    summary   text not null default '',     -- plain, at most 300 characters
    field     text not null default '',
    fields    text not null default '[]',   -- JSON: all of them
    path      text not null default '',     -- of regions.py: MA/MA-06/MA-CAS/
    size      text not null default '',
    founded   text not null default '',
    languages text not null default '[]',   -- JSON
    sort_name text not null,                -- folded
    active    integer not null,             -- when it was last heard of
    updated   integer not null,             -- when its record last changed, by its own host's clock
    changed   integer not null,             -- the same by our clock
    created   integer not null,             -- when it was listed first
    gone      integer
) strict;
create index directory_by_activity on directory (active desc, id desc) where gone is null;
create index directory_by_name on directory (sort_name, id) where gone is null;
create index directory_by_actor on directory (actor) where actor is not null;
create index directory_by_host on directory (host, changed);

create table directory_fields (
    field  text not null,                   -- '' for every entry once
    path   text not null,
    size   text not null,
    entry  integer not null references directory(id) on delete cascade,
    primary key (field, path, size, entry)
) strict, without rowid;
create index directory_fields_by_entry on directory_fields (entry);

create table directory_counts (
    field  text not null,
    path   text not null,
    size   text not null,
    count  integer not null,
    primary key (field, path, size)
) strict, without rowid;

create virtual table directory_words using fts5 (
    text, detail = none, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

create table directory_peers (
    actor     integer primary key references actors(id) on delete cascade, -- the peer's Application
    directory text not null,
    since     integer not null default 0,   -- of its newest record that we have
    next      text not null default '',     -- the page to go on with
    newest    integer not null default 0,   -- met during this walk
    whole     integer not null default 0,   -- when it was last begun from the start
    checked   integer
) strict;
"""


def apply(db: Database) -> None:
    """What a network of associations is: see the comments in the schema."""
    for statement in re.sub(r"--[^\n]*", "", SCHEMA).split(";"):
        if statement.strip():
            db.execute(statement)
