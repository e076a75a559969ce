"""What other clients expect: polls that keep their counts until they end; lists and endorsements of whom one follows.

A follow can end in many ways, by either side and by moderation: the file itself sees to it that nobody stays
in a list, or shown on a profile, who is not followed any more.
"""

from sqlite_utils import Database

SCHEMA = """
alter table polls add column hidden integer not null default 0;   -- 1: counts are shown when it is over

create trigger follows_end_lists after delete on follows begin
    delete from list_members
     where actor = old.target and list in (select id from lists where owner = old.follower);
    delete from endorsements where actor = old.follower and target = old.target;
end;
"""


def apply(db: Database) -> None:
    """The new shape; what it forbids is taken out."""
    for statement in _statements():
        db.execute(statement)


def _statements() -> list[str]:
    column, _, trigger = SCHEMA.partition("\n\n")
    return [column, trigger]
