"""What filters drop for good: posts that meet them come neither home nor among notifications."""

import json

from node import ids
from node.posts import media, polls, posts
from node.posts.filters import Sieve
from node.store import Database, Row

_DROPPING = "select actor, contexts from filters where drops and actor in (select value from json_each(?))"
_DROPPING_FOR_ONE = "select actor, contexts from filters where drops and actor = ?"


def admit(db: Database, viewers: list[int], post: Row, place: str) -> list[int]:
    """Of the viewers those to whom the post, or what it passes on, may come in this place; to its author always."""
    dropping = _who_drops(db, viewers, place)
    if not dropping:
        return viewers
    said = post if post["boost_of"] is None else posts.get(db, post["boost_of"])
    more, at = more_words(db, said), ids.time_of(post["id"])
    return [
        viewer for viewer in viewers
        if viewer not in dropping or said["author"] == viewer or not Sieve(db, viewer, at, place).matches(said, more)
    ]  # fmt: skip


def admits(db: Database, viewer: int, post: int, place: str) -> bool:
    """Whether the post may come to the viewer in this place."""
    return not _who_drops(db, [viewer], place) or bool(admit(db, [viewer], posts.get(db, post), place))


def _who_drops(db: Database, viewers: list[int], place: str) -> set[int]:
    if not viewers:
        return set()
    if len(viewers) == 1:
        found = db.rows(_DROPPING_FOR_ONE, (viewers[0],))
    else:
        found = db.rows(_DROPPING, (json.dumps(viewers),))
    return {actor for actor, contexts in found if place in json.loads(contexts)}


def more_words(db: Database, post: Row) -> str:
    """What is read beside the post itself: the descriptions of pictures, the options of a poll."""
    words = [one["description"] for one in media.of(db, post["id"])]
    if post["kind"] == "question":
        words += [one["title"] for one in polls.options(db, post["id"])]
    return " ".join(words)
