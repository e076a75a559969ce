"""Who organises an event together with its author: asked, answered, confirmed by their own word."""

from sqlite_utils import Database

SCHEMA = """
create table organisers (
    post      integer not null references posts(id) on delete cascade, -- the event
    uri       text not null,                -- the association's
    actor     integer references actors(id) on delete cascade, -- null: not known here
    state     text not null check (state in ('asked', 'accepted', 'rejected', 'ended')),
    offer     text not null default '',     -- id of the Offer
    agreement text not null default '',     -- id of the Accept
    confirmed integer,                      -- when the Accept was seen to be the association's own
    at        integer not null,
    primary key (post, uri)
) strict, without rowid;
create index organisers_by_actor on organisers (actor, state);
create index organisers_by_offer on organisers (offer) where offer <> '';
create index organisers_by_agreement on organisers (agreement) where agreement <> '';
"""


def apply(db: Database) -> None:
    """See the comments above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
