"""PollVote: PieFed's way to choose in a poll; others send a Note (federation/handlers/create).

{"type":"PollVote","id","actor":A,"object":question,"choice_text":"one option","audience":G}
"""

from federation.activity import Activity
from node.errors import Conflict, Forbidden, Invalid
from node.people import actors
from node.posts import polls, posts, visibility
from node.store import Database


def needs(db: Database, activity: Activity) -> list[str]:
    """Nothing: a poll that we do not know nobody here looks at."""
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The choice counts, in a poll of ours or one of the Group that passes it on.

    It is not passed on: who chose what concerns the asker alone, new counts go out with the poll.
    """
    question = posts.by_uri(db, activity.object_id)
    voter = actors.by_uri(db, activity.actor)
    if question is None or voter is None or not _is_for_us(db, activity, question["place"], bool(question["local"])):
        return
    if visibility.see(db, question["id"], voter["id"]) is None:
        return
    chosen = activity.document.get("choice_text")
    positions = [row["position"] for row in polls.options(db, question["id"]) if row["title"] == chosen]
    try:
        polls.vote(db, question["id"], voter["id"], positions[:1], now, activity.id)
    except (Conflict, Forbidden, Invalid):
        return


def _is_for_us(db: Database, activity: Activity, place: int | None, ours: bool) -> bool:
    return ours or (place is not None and actors.get(db, place)["uri"] == activity.through)
