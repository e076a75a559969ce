"""Small pictures that peers and we ourselves set into words as :shortcode:."""

from sqlite_utils import Database

SCHEMA = """
create table emojis (
    id         integer primary key,         -- of its own
    host       text not null,               -- of the server whose people write it; '' for ours
    shortcode  text not null,
    url        text not null,               -- where its picture lies: at the peer, or below our /media
    category   text not null default '',    -- of ours: the heading in an app's list
    updated    integer,                     -- when the peer last changed it, by its own word
    unique (host, shortcode)
) strict;
alter table actors add column emojis text not null default '{}';
alter table posts add column emojis text not null default '{}'
"""
# actors.emojis, posts.emojis: JSON, shortcode -> id of those that stand in their words.


def apply(db: Database) -> None:
    """See the comments above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
