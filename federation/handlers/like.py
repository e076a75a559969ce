"""Like, Dislike, EmojiReact.

{"type":"Like","id","actor":A,"object":O,"to":[author]}
"""

import re
from typing import Any

from federation import audience, groups, policies, speak
from federation.activity import Activity
from node import emojis, ids, settings
from node.errors import Invalid
from node.people import actors, blocks
from node.posts import posts, reactions, visibility
from node.store import Database, Row

_SHORTCODE = re.compile(r":[A-Za-z0-9_+.@-]{1,128}:\Z")


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
    kind, emoji = "dislike" if activity.type == "Dislike" else "like", _emoji(activity)
    if activity.type == "EmojiReact" and not emoji:
        return  # words are no reaction
    place = actors.get(db, post["place"]) if post["place"] is not None else None
    if place is not None and place["local"] and groups.is_banned(db, place, actor, now):
        return
    if reactions.keep(db, post, actor["id"], kind, activity.id, now, emoji) and place is not None:
        groups.pass_on(db, activity, place, post, now)


def _emoji(activity: Activity) -> str:
    """The emoji of a reaction: one grapheme or a :shortcode:, else none."""
    content = activity.document.get("content") or activity.document.get("_misskey_reaction")
    if not isinstance(content, str):
        return ""
    return content if _SHORTCODE.match(content) or emojis.is_one_sign(content) else ""


def put(db: Database, actor: Row, post: Row, now: int) -> None:
    """Our actor likes the post."""
    if blocks.between(db, actor["id"], post["author"]):
        raise Invalid("This action is not allowed")
    policies.check(db, actor, post, policies.LIKE)
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    if not reactions.keep(db, post, actor["id"], "like", uri, now):
        return
    _say(db, actor, "Like", post["uri"], post, uri, number, now)


def take_back(db: Database, actor: Row, post: Row, now: int) -> None:
    """Our actor likes it no more."""
    known = reactions.end(db, post, actor["id"], "like")
    if known is not None:
        undone = {"id": known["activity"], "type": "Like", "actor": actor["uri"], "object": post["uri"]}
        number = ids.new(now)
        uri = f"{settings.get(db, 'origin')}/activities/{number}"
        _say(db, actor, "Undo", undone, post, uri, number, now)


def _say(db: Database, actor: Row, kind: str, obj: Any, post: Row, uri: str, number: int, now: int) -> None:
    """The author hears it; what is in a forum goes to the forum, which passes it on."""
    author = actors.get(db, post["author"])
    inboxes = audience.inbox_of(db, author)
    if post["place"] is None:
        if not author["local"]:
            speak.say(db, actor, kind, obj, inboxes, now, to=[author["uri"]], uri=uri, identifier=number)
        return
    place = actors.get(db, post["place"])
    speak.say(db, actor, kind, obj, inboxes | audience.inbox_of(db, place), now, to=[place["uri"]], cc=[author["uri"]],
              uri=uri, identifier=number, extra={"audience": place["uri"]})  # fmt: skip
    groups.pass_on_own(db, uri, place, post, now)
