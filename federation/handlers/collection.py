"""Add and Remove, told apart by whose collection it is: a Group's by a moderator, a person's own by herself,
a directory's by its node; and a partner taken out of a project or an event.
"""

from federation import acts, directory_records, relocating
from federation.activity import Activity
from federation.handlers import add, offer
from node.store import Database


def needs(db: Database, activity: Activity) -> list[str]:
    """Whom or what it is about, where that is unknown and of interest."""
    return acts.needs(db, activity.document) or add.needs(db, activity) or directory_records.needs(db, activity)


def receive(db: Database, activity: Activity, now: int) -> None:
    """The topic is pinned in our forum, the moderator appointed; or the person's own profile begins with it."""
    if not directory_records.take(db, activity, now) and not acts.receive(db, activity, now):
        add.receive(db, activity, now)


def receive_remove(db: Database, activity: Activity, now: int) -> None:
    """The same taken back."""
    if directory_records.take(db, activity, now) or offer.removed(db, activity, now):
        return
    if relocating.receive(db, activity):
        return
    if not acts.receive(db, activity, now):
        add.receive_remove(db, activity, now)
