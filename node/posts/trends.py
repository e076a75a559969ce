"""What is read most: counted from what people here and elsewhere did with public posts, nothing bought or guessed."""

from node.people import mutes
from node.posts import visibility
from node.store import Database

WEEK = 7 * 86_400_000


def posts(db: Database, viewer: int | None, now: int, limit: int, offset: int) -> list[int]:
    """Ids of public posts of the last week that somebody answered, liked or passed on, most of that first."""
    found = db.rows(
        "select posts.id from posts join actors on actors.id = posts.author"
        " where posts.id > :since and posts.visibility = 'public' and posts.boost_of is null and posts.reply_to is null"
        " and actors.silenced is null and actors.discoverable and posts.likes + posts.boosts + posts.replies > 0 and "
        + visibility.POSTS + " and " + mutes.QUIET
        + " order by posts.likes + 2 * posts.boosts + posts.replies desc, posts.id desc limit :limit offset :offset",
        {"since": (now - WEEK) << 16, "viewer": viewer, "limit": limit, "offset": offset},
    )  # fmt: skip
    return [row[0] for row in found]
