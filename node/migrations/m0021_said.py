"""An answer to an event remembers which reply gave it: with the reply it is taken back."""

from sqlite_utils import Database

SCHEMA = """
alter table answers add column reply integer references posts(id) on delete set null;
create index answers_by_reply on answers (reply) where reply is not null;
update answers
   set reply = (select case when count(*) = 1 then min(posts.id) end from posts
                 where posts.reply_to = answers.post and posts.author = answers.actor and posts.boost_of is null)
 where activity = '' and answer <> 'invited' and actor in (select id from actors where not local);
"""
# answers.reply: the reply that says so; null where a button, a Join or the organiser did.


def apply(db: Database) -> None:
    """See the comment above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
