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
