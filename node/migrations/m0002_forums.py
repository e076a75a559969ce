"""Forums: their aims and rules, who moderates, who may not write, topics in their order, what moderators did.

Times are UTC milliseconds, ids as in m0001.  A place is a Group actor, ours or a peer's.
"""

import re

from sqlite_utils import Database

SCHEMA = """
create table forums (
    actor      integer primary key references actors(id) on delete cascade, -- ours
    field      text not null default '',    -- a code of fields.json
    owner      integer references actors(id) on delete set null, -- the association whose forum it is
    rules      text not null default '{}',  -- JSON: language -> cleaned HTML
    restricted integer not null default 0,  -- 1: only moderators open topics
    shape      text not null default 'Page' check (shape in ('Page', 'Note')),
    created    integer not null
) strict;
create index forums_by_owner on forums (owner) where owner is not null;

create table moderators (
    place  integer not null references actors(id) on delete cascade,
    actor  integer not null references actors(id) on delete cascade, -- here or elsewhere
    since  integer not null,
    primary key (place, actor)
) strict, without rowid;
create index moderators_by_actor on moderators (actor);

create table bans (
    place     integer not null references actors(id) on delete cascade,
    actor     integer not null references actors(id) on delete cascade,
    activity  text not null default '',     -- id of the Block
    reason    text not null default '',
    since     integer not null,
    until     integer,                      -- null: for good
    primary key (place, actor)
) strict, without rowid;
create index bans_by_actor on bans (actor);

create table topics (
    post    integer primary key references posts(id) on delete cascade, -- the first of its thread
    place   integer not null references actors(id) on delete cascade,
    bumped  integer not null,               -- when it was last answered, else opened
    solution integer references posts(id) on delete set null,
    solved  integer                         -- when it was marked, or the mark taken away
) strict;
create index topics_by_place on topics (place, bumped, post);
create index topics_by_time on topics (bumped, post);

create table submissions (
    post   integer primary key references posts(id) on delete cascade, -- ours, in a forum elsewhere
    place  integer not null references actors(id) on delete cascade,
    state  text not null check (state in ('waiting', 'accepted', 'refused')),
    since  integer not null
) strict;

create table relayed (
    letter  integer primary key references letters(id) on delete cascade, -- the Announce
    place   integer not null references actors(id) on delete cascade,
    inner   text not null,                  -- id of the activity that it passes on
    type    text not null,                  -- its type
    post    integer references posts(id) on delete cascade
) strict;
create unique index relayed_once on relayed (place, inner);
create index relayed_by_type on relayed (place, type, letter);
create index relayed_by_post on relayed (post);

create table forum_log (
    id         integer primary key,
    place      integer not null references actors(id) on delete cascade,
    at         integer not null,
    moderator  integer references actors(id) on delete set null,
    act        text not null,               -- pin, unpin, lock, unlock, remove, restore, ban, unban, appoint, dismiss, solve, unsolve
    post       integer references posts(id) on delete cascade,
    target     integer references actors(id) on delete cascade,
    reason     text not null default '',
    activity   text not null default ''     -- its id, to undo it
) strict;
create index forum_log_by_place on forum_log (place, id);
create index forum_log_by_post on forum_log (post, act) where post is not null;
"""


def apply(db: Database) -> None:
    """See the comments in the schema."""
    for statement in re.sub(r"--[^\n]*", "", SCHEMA).split(";"):
        if statement.strip():
            db.execute(statement)
