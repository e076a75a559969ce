"""What is read most: counted from what people here and elsewhere did with public posts, nothing bought or guessed."""

from node.people import mutes
from node.posts import visibility
from node.store import Database

WEEK = 7 * 86_400_000


def judge(db: Database, kind: str, subject: int, now: int, *, refused: bool) -> None:
    """A post or a tag (kind) is not shown among what is read most; or is, as anything that nobody judged."""
    if refused:
        db.execute("insert into trend_refusals values (?, ?, ?) on conflict do nothing", (kind, subject, now))
    else:
        db.execute("delete from trend_refusals where kind = ? and subject = ?", (kind, subject))


def is_refused(db: Database, kind: str, subject: int) -> bool:
    """Whether a moderator took it out."""
    return bool(db.value("select 1 from trend_refusals where kind = ? and subject = ?", (kind, subject)))


def posts(db: Database, viewer: int | None, now: int, limit: int, offset: int, *, refused: bool = False) -> list[int]:
    """Ids of public posts of the last week that somebody answered, liked or passed on, most of that first.

    refused: with those that moderators took out.
    """
    found = db.rows(
        "select posts.id from posts join actors on actors.id = posts.author"
        " where posts.id > :since and posts.visibility = 'public' and posts.boost_of is null and posts.reply_to is null"
        " and actors.silenced is null and actors.discoverable and posts.likes + posts.boosts + posts.replies > 0 and "
        + visibility.POSTS + " and " + mutes.QUIET
        + " and (:refused or not exists (select 1 from trend_refusals where kind = 'post' and subject = posts.id))"
        + " order by posts.likes + 2 * posts.boosts + posts.replies desc, posts.id desc limit :limit offset :offset",
        {"since": (now - WEEK) << 16, "viewer": viewer, "refused": int(refused), "limit": limit, "offset": offset},
    )  # fmt: skip
    return [row[0] for row in found]
