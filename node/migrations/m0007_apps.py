"""What apps bring: codes of OAuth, mutes, notes, lists, filters, markers, conversations, scheduled posts, push.

Times are UTC milliseconds, ids as in m0001.
"""

from sqlite_utils import Database

SCHEMA = """
alter table applications add column used integer;

create table codes (
    secret       text primary key,          -- SHA-256
    application  integer not null references applications(id) on delete cascade,
    user         integer not null references users(id) on delete cascade,
    actor        integer not null references actors(id) on delete cascade,
    redirect     text not null,
    scopes       text not null,
    challenge    text not null default '',
    expires      integer not null,
    token        integer                    -- id of the token that it was exchanged for
) strict, without rowid;

create table mutes (
    actor          integer not null references actors(id) on delete cascade,
    target         integer not null references actors(id) on delete cascade,
    notifications  integer not null default 1,
    expires        integer,
    since          integer not null,
    primary key (actor, target)
) strict, without rowid;

create table thread_mutes (
    actor   integer not null references actors(id) on delete cascade,
    thread  integer not null,
    since   integer not null,
    primary key (actor, thread)
) strict, without rowid;

create table host_blocks (
    actor  integer not null references actors(id) on delete cascade,
    host   text not null,
    since  integer not null,
    primary key (actor, host)
) strict, without rowid;

create table notes (
    actor   integer not null references actors(id) on delete cascade,
    target  integer not null references actors(id) on delete cascade,
    text    text not null,
    primary key (actor, target)
) strict, without rowid;

create table endorsements (
    actor   integer not null references actors(id) on delete cascade,
    target  integer not null references actors(id) on delete cascade,
    since   integer not null,
    primary key (actor, target)
) strict, without rowid;

create table lists (
    id         integer primary key,
    owner      integer not null references actors(id) on delete cascade,
    title      text not null,
    replies    text not null check (replies in ('followed', 'list', 'none')),
    exclusive  integer not null default 0
) strict;
create index lists_by_owner on lists (owner);

create table list_members (
    list    integer not null references lists(id) on delete cascade,
    actor   integer not null references actors(id) on delete cascade,
    since   integer not null,
    primary key (list, actor)
) strict, without rowid;
create index list_members_by_actor on list_members (actor);

create table followed_tags (
    actor  integer not null references actors(id) on delete cascade,
    tag    integer not null references tags(id) on delete cascade,
    since  integer not null,
    primary key (actor, tag)
) strict, without rowid;
create index followed_tags_by_tag on followed_tags (tag);

create table featured_tags (
    id     integer primary key,
    actor  integer not null references actors(id) on delete cascade,
    tag    integer not null references tags(id) on delete cascade,
    shown  text not null,                   -- as she wrote it
    unique (actor, tag)
) strict;

create table filters (
    id        integer primary key,
    actor     integer not null references actors(id) on delete cascade,
    title     text not null,
    contexts  text not null,                -- JSON
    action    text not null check (action in ('warn', 'hide', 'blur')),
    expires   integer
) strict;
create index filters_by_actor on filters (actor);

create table filter_keywords (
    id       integer primary key,
    filter   integer not null references filters(id) on delete cascade,
    keyword  text not null,
    whole    integer not null default 0
) strict;
create index filter_keywords_by_filter on filter_keywords (filter);

create table filter_posts (
    id      integer primary key,
    filter  integer not null references filters(id) on delete cascade,
    post    integer not null references posts(id) on delete cascade,
    unique (filter, post)
) strict;

create table markers (
    actor     integer not null references actors(id) on delete cascade,
    timeline  text not null check (timeline in ('home', 'notifications')),
    last      integer not null,
    version   integer not null,
    at        integer not null,
    primary key (actor, timeline)
) strict, without rowid;

create table conversations (
    id      integer primary key,
    actor   integer not null references actors(id) on delete cascade,
    thread  integer not null,
    last    integer not null references posts(id) on delete cascade,
    unread  integer not null default 0,
    unique (actor, thread)
) strict;
create index conversations_by_last on conversations (actor, last);

create table scheduled (
    id           integer primary key,
    actor        integer not null references actors(id) on delete cascade,
    user         integer references users(id) on delete cascade,
    application  integer references applications(id) on delete set null,
    params       text not null,             -- JSON, as the app sent it
    due          integer not null
) strict;
create index scheduled_by_actor on scheduled (actor, id);

create table announcements (
    id         integer primary key,
    content    text not null,               -- cleaned HTML
    starts     integer,
    ends       integer,
    all_day    integer not null default 0,
    published  integer not null,
    updated    integer not null
) strict;

create table announcements_read (
    actor         integer not null references actors(id) on delete cascade,
    announcement  integer not null references announcements(id) on delete cascade,
    primary key (actor, announcement)
) strict, without rowid;

create table announcement_reactions (
    announcement  integer not null references announcements(id) on delete cascade,
    actor         integer not null references actors(id) on delete cascade,
    name          text not null,
    at            integer not null,
    primary key (announcement, actor, name)
) strict, without rowid;

create table push_subscriptions (
    id        integer primary key,          -- of its own
    token     integer not null unique references tokens(id) on delete cascade,
    actor     integer not null references actors(id) on delete cascade,
    endpoint  text not null,
    p256dh    text not null,
    auth      text not null,
    standard  integer not null default 0,   -- 1: RFC 8291 (aes128gcm), 0: the draft that older apps read (aesgcm)
    alerts    text not null,                -- JSON: kind -> bool
    policy    text not null check (policy in ('all', 'followed', 'follower', 'none'))
) strict;
create index push_by_actor on push_subscriptions (actor);

create table post_edits (
    id         integer primary key,         -- of its own
    post       integer not null references posts(id) on delete cascade,
    at         integer not null,
    content    text not null,
    warning    text not null,
    sensitive  integer not null,
    media      text not null default '[]',  -- JSON: ids
    options    text not null default '[]'   -- JSON: of its poll
) strict;
create index post_edits_by_post on post_edits (post, id);

alter table notifications add column filtered integer not null default 0;

create table notification_policies (
    actor             integer primary key references actors(id) on delete cascade,
    not_following     text not null default 'accept',
    not_followers     text not null default 'accept',
    new_accounts      text not null default 'accept',
    private_mentions  text not null default 'filter',
    limited_accounts  text not null default 'filter'
) strict;

create table notification_permissions (
    actor   integer not null references actors(id) on delete cascade,
    origin  integer not null references actors(id) on delete cascade,
    primary key (actor, origin)
) strict, without rowid;

create table suggestions_hidden (
    actor   integer not null references actors(id) on delete cascade,
    target  integer not null references actors(id) on delete cascade,
    primary key (actor, target)
) strict, without rowid;

create table cached_media (
    name   text primary key,                -- `media-ID`, `icon-ID`, `image-ID`
    file   text not null,                   -- below DATA/cache; '' where it could not be had
    type   text not null,
    size   integer not null,
    at     integer not null                 -- last asked for
) strict, without rowid;
create index cached_media_oldest on cached_media (at);
"""


def apply(db: Database) -> None:
    """The tables that the Mastodon API needs beside posts and people."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
