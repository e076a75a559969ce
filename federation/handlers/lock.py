"""Lock: a moderator closes a topic to answers.

{"type":"Lock","id","actor":M,"object":topic,"summary":reason,"to":[Public],"cc":[G],"audience":G}
"""

from federation import acts
from federation.activity import Activity
from node.store import Database


def needs(db: Database, activity: Activity) -> list[str]:
    """Nothing: a topic that we do not know is open to nobody here."""
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The topic of our forum is closed, and members elsewhere hear it."""
    acts.receive(db, activity, now)
