"""What pages that posts link to say about themselves: title, description, picture."""

from sqlite_utils import Database

SCHEMA = """
create table link_cards (
    id           integer primary key,       -- of its own
    url          text not null unique,      -- as it is asked for
    asked        integer,                   -- when it was last asked for; null: not yet
    read         integer,                   -- when it last said something; null: nothing to show
    title        text not null default '',
    description  text not null default '',
    language     text not null default '',
    author       text not null default '',
    provider     text not null default '',  -- the site's name
    image        text not null default '',  -- where its picture lies
    image_words  text not null default '',
    width        integer not null default 0,
    height       integer not null default 0,
    published    integer,
    refused      integer                    -- a moderator took it out of what is read most
) strict;
alter table posts add column card integer;
create index posts_by_card on posts (card) where card is not null;
create index posts_direct on posts (id) where visibility = 'direct' and boost_of is null
"""
# posts.card: the card of the first link in its words.  posts_direct: messages are few among posts, and are asked for alone.


def apply(db: Database) -> None:
    """See the comments above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
