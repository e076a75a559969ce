"""Actors, users, posts, what is received and what is sent.

Times are UTC milliseconds.  Ids are `ms << 16 | 16 bits` (node/ids) unless a
comment says otherwise.  A peer's `uri` is unique, never a foreign key.
"""

import re

from sqlite_utils import Database

SCHEMA = """
create table settings (
    name   text primary key,
    value  text not null                    -- JSON
) strict, without rowid;

create table changes (
    seq        integer primary key autoincrement,
    kind       text not null,
    subject    integer not null,
    for_actor  integer                      -- null: whoever may see the subject
) strict;

create table actors (
    id            integer primary key,
    uri           text not null unique,
    type          text not null check (type in ('Person', 'Organization', 'Group', 'Application', 'Service')),
    role          text not null default '', -- of our own Groups: 'forum' or 'project'
    name          text not null,            -- preferredUsername
    host          text not null,            -- of the handle; '' for our own
    local         integer not null check (local in (0, 1)),
    display       text not null default '', -- one line, plain
    displays      text not null default '{}', -- JSON: language -> one line
    summary       text not null default '', -- cleaned HTML
    summaries     text not null default '{}', -- JSON: language -> cleaned HTML
    language      text not null default '',
    url           text not null default '',
    inbox         text not null default '',
    shared_inbox  text not null default '',
    outbox        text not null default '',
    followers     text not null default '',
    following     text not null default '',
    featured      text not null default '',
    moderators    text not null default '', -- attributedTo of a Group
    icon          text not null default '',
    image         text not null default '',
    fields        text not null default '[]', -- JSON: [name, cleaned HTML, verified at or null]
    details       text not null default '{}', -- JSON: the rest of a type
    approves      integer not null default 0, -- 1: follows wait for a person
    discoverable  integer not null default 1,
    indexable     integer not null default 1,
    moved_to      text not null default '',
    aliases       text not null default '[]', -- JSON: alsoKnownAs
    published     integer,
    updated       integer,
    fetched       integer,                  -- when a peer last told us
    gone          integer,                  -- deleted, or suspended by us
    silenced      integer,
    followers_count integer not null default 0,
    following_count integer not null default 0,
    posts_count   integer not null default 0,
    last_post     integer,
    version       integer not null default 0, -- grows with each change that an app can see
    check (local = 0 or host = '')
) strict;
create unique index actors_ours on actors (name collate nocase) where local;
create index actors_by_handle on actors (name collate nocase, host);
create index actors_by_host on actors (host) where not local;
create index actors_by_url on actors (url);
create index actors_by_followers on actors (followers) where followers <> '';

create table names_used (
    name  text primary key collate nocase   -- never given again
) strict, without rowid;

create table actor_keys (
    id      text primary key,               -- the key's own URI
    actor   integer not null references actors(id) on delete cascade,
    kind    text not null check (kind in ('rsa', 'ed25519')),
    public  text not null,                  -- rsa: SPKI PEM; ed25519: multibase
    since   integer not null
) strict, without rowid;
create index actor_keys_by_actor on actor_keys (actor);

create table users (
    id         integer primary key,
    actor      integer not null unique references actors(id),
    email      text unique collate nocase,
    password   text,                        -- argon2; null: cannot log in
    role       text not null check (role in ('member', 'moderator', 'admin')),
    locale     text not null default '',
    created    integer not null,
    confirmed  integer,
    approved   integer,
    disabled   integer,
    seen       integer
) strict;

create table memberships (
    user   integer not null references users(id) on delete cascade,
    actor  integer not null references actors(id) on delete cascade,
    role   text not null check (role in ('owner', 'editor', 'approver', 'treasurer', 'archivist', 'member')),
    since  integer not null,
    primary key (user, actor)
) strict, without rowid;
create index memberships_by_actor on memberships (actor);

create table sessions (
    secret   text primary key,              -- SHA-256 of the cookie
    id       integer not null unique,       -- to name it on pages
    user     integer not null references users(id) on delete cascade,
    actor    integer not null references actors(id) on delete cascade, -- whom she acts as: herself, or an association
    device   text not null default '',      -- what the browser called itself, shortened
    created  integer not null,
    seen     integer not null
) strict, without rowid;
create index sessions_by_user on sessions (user);

create table applications (
    id         integer primary key,
    client     text not null unique,
    secret     text not null,               -- SHA-256
    name       text not null,
    website    text,
    redirects  text not null,               -- JSON
    scopes     text not null,               -- space between
    created    integer not null
) strict;

create table tokens (
    secret       text primary key,          -- SHA-256
    id           integer not null unique,
    application  integer references applications(id) on delete cascade,
    user         integer references users(id) on delete cascade,
    actor        integer references actors(id) on delete cascade, -- the author of what it posts
    scopes       text not null,
    created      integer not null,
    seen         integer
) strict, without rowid;
create index tokens_by_user on tokens (user);

create table follows (
    follower  integer not null references actors(id) on delete cascade,
    target    integer not null references actors(id) on delete cascade,
    activity  text not null,                -- id of the Follow, to answer or undo it
    state     text not null check (state in ('pending', 'accepted')),
    boosts    integer not null default 1,   -- 0: without what the target boosts
    notify    integer not null default 0,
    languages text not null default '[]',   -- JSON; empty: all
    since     integer not null,
    primary key (follower, target)
) strict, without rowid;
create index follows_by_target on follows (target, state);
create index follows_by_activity on follows (activity);

create table blocks (
    actor     integer not null references actors(id) on delete cascade,
    target    integer not null references actors(id) on delete cascade,
    activity  text not null default '',
    since     integer not null,
    primary key (actor, target)
) strict, without rowid;
create index blocks_by_target on blocks (target);

create table posts (
    id          integer primary key,
    uri         text not null unique,
    kind        text not null,              -- a name in federation/kinds/table.py; 'boost' for an Announce
    author      integer not null references actors(id) on delete cascade,
    user        integer references users(id) on delete set null, -- who wrote, when somebody here did
    on_behalf   integer references actors(id) on delete set null,
    local       integer not null check (local in (0, 1)),
    visibility  text not null check (visibility in ('public', 'unlisted', 'followers', 'direct')),
    boost_of    integer references posts(id) on delete cascade,
    reply_to    integer references posts(id) on delete set null,
    reply_to_uri text not null default '',
    thread      integer not null,           -- id of the first post
    place       integer references actors(id) on delete set null, -- the forum or project
    title       text not null default '',
    content     text not null default '',   -- cleaned HTML
    contents    text not null default '{}', -- JSON: language -> cleaned HTML, where there are several
    source      text not null default '',   -- what the author typed
    warning     text not null default '',   -- one line, plain
    sensitive   integer not null default 0,
    language    text not null default '',
    url         text not null default '',
    published   integer not null,
    edited      integer,
    details     text not null default '{}', -- JSON: the rest of a kind
    document    blob,                       -- zlib: ours as served; a peer's where it must be passed on unchanged
    replies     integer not null default 0,
    boosts      integer not null default 0,
    likes       integer not null default 0,
    dislikes    integer not null default 0,
    locked      integer not null default 0,
    removed     integer,                    -- by a moderator
    version     integer not null default 0  -- grows with each change that an app can see
) strict;
create index posts_by_author on posts (author, id);
create index posts_by_thread on posts (thread, id);
create index posts_by_reply on posts (reply_to) where reply_to is not null;
create index posts_by_boost on posts (boost_of, author) where boost_of is not null;
create index posts_by_place on posts (place, kind, id) where place is not null;
create index posts_by_behalf on posts (on_behalf, id) where on_behalf is not null;
create index posts_public on posts (id) where visibility = 'public' and boost_of is null;
create index posts_public_here on posts (id) where visibility = 'public' and boost_of is null and local;
create index posts_by_url on posts (url) where not local;
create index posts_awaiting on posts (reply_to_uri) where reply_to is null and reply_to_uri <> '';

create table addressed (
    post       integer not null references posts(id) on delete cascade,
    actor      integer not null references actors(id) on delete cascade,
    mentioned  integer not null check (mentioned in (0, 1)),
    primary key (post, actor)
) strict, without rowid;
create index addressed_by_actor on addressed (actor, post);

create table idempotency (
    token  integer not null,
    key    text not null,                   -- what the app sent to say that it is the same request
    post   integer not null,
    at     integer not null,
    primary key (token, key)
) strict, without rowid;

create table tombstones (
    uri   text primary key,                 -- an object or actor that its owner deleted
    type  text not null default '',
    at    integer not null
) strict, without rowid;

create table tags (
    id    integer primary key,              -- of its own
    name  text not null unique              -- folded (node/text.fold)
) strict;

create table post_tags (
    tag   integer not null references tags(id) on delete cascade,
    post  integer not null references posts(id) on delete cascade,
    written text not null,                  -- as the author wrote it
    primary key (tag, post)
) strict, without rowid;
create index post_tags_by_post on post_tags (post);

create table media (
    id           integer primary key,
    owner        integer not null references actors(id) on delete cascade,
    post         integer references posts(id) on delete cascade,
    position     integer not null default 0,
    kind         text not null check (kind in ('image', 'video', 'audio', 'gifv', 'unknown')),
    type         text not null,             -- media type
    file         text not null default '',  -- below DATA/media; '' while it is only known at a peer
    preview      text not null default '',
    remote       text not null default '',  -- where a peer has it
    description  text not null default '',
    width        integer,
    height       integer,
    duration     real,
    size         integer,
    focus_x      real not null default 0,
    focus_y      real not null default 0,
    blurhash     text,
    created      integer not null,
    ready        integer not null default 1
) strict;
create index media_by_post on media (post, position);
create index media_unused on media (created) where post is null;

create table reactions (
    post      integer not null references posts(id) on delete cascade,
    actor     integer not null references actors(id) on delete cascade,
    kind      text not null check (kind in ('like', 'dislike')),
    activity  text not null,
    emoji     text not null default '',
    at        integer not null,
    primary key (post, actor, kind)
) strict, without rowid;
create index reactions_by_actor on reactions (actor, kind, at);
create index reactions_by_activity on reactions (activity);

create table bookmarks (
    actor  integer not null references actors(id) on delete cascade,
    post   integer not null references posts(id) on delete cascade,
    at     integer not null,
    primary key (actor, post)
) strict, without rowid;

create table pins (
    actor  integer not null references actors(id) on delete cascade, -- a person's profile, or a Group
    post   integer not null references posts(id) on delete cascade,
    at     integer not null,
    primary key (actor, post)
) strict, without rowid;
create index pins_by_post on pins (post);

create table polls (
    post      integer primary key references posts(id) on delete cascade,
    multiple  integer not null default 0,
    closes    integer,
    closed    integer,
    voters    integer not null default 0
) strict;

create table poll_options (
    post      integer not null references polls(post) on delete cascade,
    position  integer not null,
    title     text not null,
    votes     integer not null default 0,
    primary key (post, position)
) strict, without rowid;

create table votes (
    post      integer not null references polls(post) on delete cascade,
    actor     integer not null references actors(id) on delete cascade,
    position  integer not null,
    activity  text not null default '',
    at        integer not null,
    primary key (post, actor, position)
) strict, without rowid;

create table home (
    viewer  integer not null references actors(id) on delete cascade,
    post    integer not null references posts(id) on delete cascade,
    primary key (viewer, post)
) strict, without rowid;
create index home_by_post on home (post);

create table notifications (
    id      integer primary key,
    actor   integer not null references actors(id) on delete cascade, -- who is told
    kind    text not null,
    origin  integer not null references actors(id) on delete cascade, -- who did it
    post    integer references posts(id) on delete cascade,
    at      integer not null
) strict;
create index notifications_by_actor on notifications (actor, id);
create unique index notifications_once on notifications (actor, kind, origin, ifnull(post, 0));
create index notifications_by_post on notifications (post);

create table received (
    id        integer primary key,          -- of its own, in order of arrival
    activity  text not null unique,         -- its id, else the hash of its body
    body      blob,                         -- null once done
    signer    text not null,
    at        integer not null,
    due       integer,                      -- null: done or failed
    tries     integer not null default 0,
    state     text not null check (state in ('waiting', 'done', 'failed')),
    error     text not null default ''
) strict;
create index received_due on received (due) where due is not null;
create index received_by_state on received (state, at);

create table letters (
    id       integer primary key,
    uri      text not null unique,          -- the activity's id
    sender   integer not null references actors(id) on delete cascade,
    type     text not null,
    object   text not null,                 -- what it is about: letters on one object stay in order
    public   integer not null,              -- 1: anyone may read it at its id
    body     blob not null,                 -- zlib, the exact bytes of every try
    created  integer not null
) strict;
create index letters_by_sender on letters (sender, id);
create index letters_by_object on letters (object);

create table deliveries (
    id      integer primary key,            -- of its own: the order of sending
    letter  integer not null references letters(id) on delete cascade,
    inbox   text not null,
    host    text not null,
    due     integer,                        -- null: done or failed
    tries   integer not null default 0,
    state   text not null check (state in ('waiting', 'retry', 'done', 'failed')),
    status  integer,                        -- the last answer
    settled integer
) strict;
create index deliveries_lane on deliveries (inbox, id) where state = 'waiting';
create index deliveries_behind on deliveries (inbox) where state = 'retry';
create index deliveries_retry on deliveries (due) where state = 'retry';
create index deliveries_by_letter on deliveries (letter);
create index deliveries_settled on deliveries (settled) where settled is not null;

create table lanes (
    inbox  text primary key,                -- one row while something waits for it
    host   text not null,
    due    integer not null,
    tries  integer not null default 0
) strict, without rowid;
create index lanes_due on lanes (due);
create index lanes_by_host on lanes (host);

create table hosts (
    host      text primary key,
    software  text not null default '',
    version   text not null default '',
    asked     integer,                      -- when NodeInfo was last asked for
    knock     text not null default '',     -- 'cavage' or 'rfc9421': which signature it last took
    knocked   integer,
    failures  integer not null default 0,   -- in a row
    silent    integer,                      -- since when nothing succeeded
    heard     integer,                      -- when it last signed something to us, or took a letter
    policy    text not null default ''      -- '', 'allow', 'silence', 'block'
) strict, without rowid;

create table tasks (
    id     integer primary key,             -- of its own
    kind   text not null,
    name   text unique,                     -- the same work is not queued twice
    body   text not null,                   -- JSON
    due    integer not null,
    tries  integer not null default 0
) strict;
create index tasks_due on tasks (due);

create table totals (
    name   text primary key,                -- what was counted before its rows were pruned
    count  integer not null
) strict, without rowid;

create table audit (
    id      integer primary key,
    at      integer not null,
    user    integer,
    actor   integer,
    act     text not null,
    subject text not null default '',
    reason  text not null default ''
) strict;

create virtual table search using fts5 (
    text, kind unindexed, language unindexed, tokenize = 'unicode61 remove_diacritics 2'
);
"""


def apply(db: Database) -> None:
    """The ground: see the comments in the schema."""
    for statement in _statements(SCHEMA):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """The statements of a script without comments or semicolons inside them."""
    return [one for one in re.sub(r"--[^\n]*", "", script).split(";") if one.strip()]
