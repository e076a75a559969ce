"""About whom a moderator may decide.

Moderators look after members, administrators after moderators too; nobody decides about
herself, nobody about the node's own account.  (Mastodon's roles: whose rank is higher.)
"""

from node.errors import Forbidden
from node.people import users
from node.people.tokens import MODERATING
from node.store import Database, Row


def must_reach(db: Database, target: Row, user: int | None, role: str) -> None:
    """Raises Forbidden unless this user, in this role, may silence the account, shut it out, or let it in again."""
    theirs = users.of_actor(db, target["id"])
    if target["type"] == "Application" or (theirs is not None and theirs["id"] == user):
        raise Forbidden("This account cannot be shut out from here.")
    if theirs is not None and theirs["role"] in MODERATING and role != "admin":
        raise Forbidden("Only an administrator decides about those who moderate.")


def ours(db: Database, before: int, limit: int, words: str, *, people: bool) -> list[Row]:
    """Accounts of this node, the newest first: who logs in, or associations, forums and projects.

    words: part of a name, as it is written or as it is called, or of an e-mail address; '' for all.
    """
    return db.rows(
        """
        select actors.* from actors left join users on users.actor = actors.id
         where actors.local and actors.id < :before and actors.type <> 'Application'
           and (users.id is not null) = :people
           and (:words = '' or instr(lower(actors.name), lower(:words)) or instr(lower(actors.display), lower(:words))
                or instr(lower(ifnull(users.email, '')), lower(:words)))
         order by actors.id desc limit :limit
        """,
        {"before": before, "limit": limit, "words": words, "people": int(people)},
    ).fetchall()
