"""What vanished from a peer's directory can be told from what is there; deletions of what nobody knew are told apart."""

from sqlite_utils import Database

SCHEMA = """
alter table directory add column lister integer;
alter table directory add column seen integer not null default 0;
create index directory_by_lister on directory (lister, seen) where lister is not null;
alter table directory_peers add column total integer;
alter table directory_peers add column met integer not null default 0;
alter table directory_peers add column pages integer not null default 0;
alter table directory_peers add column complete integer not null default 0;
update directory
   set lister = (select directory_peers.actor from directory_peers join actors on actors.id = directory_peers.actor
                  where actors.host = directory.host order by directory_peers.actor limit 1)
 where host <> '' and actor is null;
alter table tombstones add column stranger text not null default '';
create index tombstones_by_stranger on tombstones (stranger, at) where stranger <> '';
"""
# directory.lister: the peer's Application in whose directory it stands; null: met otherwise.  seen: when it stood there last.
# directory_peers, of the walk under way: total is how many there are by the peer's own count, met and pages how many were
# read.  complete: when the last walk through all of it began, until what it did not meet is let go; 0 for none.
# tombstones.stranger: who said so of what was never known here; '' for what was.


def apply(db: Database) -> None:
    """See the comment above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
