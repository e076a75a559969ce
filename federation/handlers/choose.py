"""ChooseAnswer: PieFed's way to say which answer solved a topic; its Undo takes the mark away.

{"type":"ChooseAnswer","id","actor":A,"object":answer,"audience":G,"to":[Public],"cc":[G]}
"""

from federation import acts
from federation.activity import Activity
from node.store import Database


def needs(db: Database, activity: Activity) -> list[str]:
    """Nothing: an answer that we do not know solves nothing here."""
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The answer is marked when the asker or a moderator of our forum says so, and members elsewhere hear it."""
    acts.receive(db, activity, now)
