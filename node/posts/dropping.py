"""What filters drop for good: posts that meet them come neither home nor among notifications."""

import json

from node import ids
from node.posts import media, polls, posts
from node.posts.filters import Sieve
from node.store import Database, Row

_DROPPING = """
select distinct actor from filters
 where drops and actor in (select value from json_each(:viewers))
   and exists (select 1 from json_each(contexts) where value = :place)
"""


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
    return {row[0] for row in db.rows(_DROPPING, {"viewers": json.dumps(viewers), "place": place})}


def more_words(db: Database, post: Row) -> str:
    """What is read beside the post itself: the descriptions of pictures, the options of a poll."""
    words = [one["description"] for one in media.of(db, post["id"])]
    if post["kind"] == "question":
        words += [one["title"] for one in polls.options(db, post["id"])]
    return " ".join(words)
