"""Collections: accounts that somebody recommends together, and what those in them are told."""

from sqlite_utils import Database

STEPS = (
    """
    create table collections (
        id            integer primary key,          -- made from the moment of its making
        owner         integer not null references actors(id) on delete cascade,
        name          text not null,
        description   text not null,
        language      text not null,                -- '' for none
        tag           text not null,                -- a hashtag as it was written, without #
        sensitive     integer not null,
        discoverable  integer not null,             -- 0: only for whom its owner gives the address
        changed       integer not null              -- UTC milliseconds
    ) strict
    """,
    "create index collections_by_owner on collections (owner)",
    """
    create table collection_items (
        id          integer primary key,
        collection  integer not null references collections(id) on delete cascade,
        actor       integer not null references actors(id) on delete cascade,
        state       text not null check (state in ('accepted', 'revoked')),  -- revoked: by the actor, for good
        unique (collection, actor)
    ) strict
    """,
    "create index collection_items_by_actor on collection_items (actor)",
    "alter table notifications add column collection integer references collections(id) on delete cascade",
    "create index notifications_by_collection on notifications (collection) where collection is not null",
    "drop index notifications_once",
    """
    create unique index notifications_once on notifications
        (actor, kind, origin, ifnull(post, 0), ifnull(report, 0), ifnull(collection, 0))
    """,
)


def apply(db: Database) -> None:
    """Nobody has made one yet."""
    for statement in STEPS:
        db.execute(statement)
