"""Like, Dislike, EmojiReact.

{"type":"Like","id","actor":A,"object":O,"to":[author]}
"""

import unicodedata

from federation import audience, speak
from federation.activity import Activity
from node import ids, settings
from node.errors import Invalid
from node.people import actors, blocks
from node.posts import posts, reactions, visibility
from node.store import Database, Row

LONGEST_EMOJI = 20


def needs(db: Database, activity: Activity) -> list[str]:
    """Nothing: what we do not know nobody here looks at."""
    return []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The reaction counts, when the actor may see the post; an unknown post is no matter."""
    post = posts.by_uri(db, activity.object_id)
    actor = actors.by_uri(db, activity.actor)
    if post is None or actor is None or visibility.see(db, post["id"], actor["id"]) is None:
        return
    if blocks.between(db, actor["id"], post["author"]):
        return
    kind = "dislike" if activity.type == "Dislike" else "like"
    reactions.keep(db, post, actor["id"], kind, activity.id, now, _emoji(activity))


def _emoji(activity: Activity) -> str:
    """The emoji of a reaction: one grapheme or a :shortcode:, else none."""
    content = activity.document.get("content") or activity.document.get("_misskey_reaction")
    if not isinstance(content, str) or not 0 < len(content) <= LONGEST_EMOJI:
        return ""
    if content.startswith(":") and content.endswith(":"):
        return content
    starts = [c for c in content if not unicodedata.combining(c) and c not in "\ufe0f\u200d"]
    return content if len(starts) == 1 or "\u200d" in content or len(starts) == 2 else ""


def put(db: Database, actor: Row, post: Row, now: int) -> None:
    """Our actor likes the post."""
    if blocks.between(db, actor["id"], post["author"]):
        raise Invalid("This action is not allowed")
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    if not reactions.keep(db, post, actor["id"], "like", uri, now):
        return
    author = actors.get(db, post["author"])
    if not author["local"]:
        speak.say(db, actor, "Like", post["uri"], audience.inbox_of(db, author), now, to=[author["uri"]],
                  uri=uri, identifier=number)  # fmt: skip


def take_back(db: Database, actor: Row, post: Row, now: int) -> None:
    """Our actor likes it no more."""
    known = reactions.end(db, post, actor["id"], "like")
    author = actors.get(db, post["author"])
    if known is not None and not author["local"]:
        undone = {"id": known["activity"], "type": "Like", "actor": actor["uri"], "object": post["uri"]}
        speak.say(db, actor, "Undo", undone, audience.inbox_of(db, author), now, to=[author["uri"]])
