"""Hashtags that somebody follows, or shows on her profile; how much a hashtag is used."""

from typing import Any

from node import changes, ids
from node.errors import Invalid, NotFound
from node.posts import tags
from node.posts.compose import is_hashtag
from node.store import Database, Row
from node.window import Window, rows

DAY = 86_400_000
DAYS = 7
MOST_FEATURED = 10


def follow(db: Database, actor: int, written: str, now: int) -> Row:
    """Public posts with the tag come into the actor's home from now on; the tag."""
    tag = tags.make(db, written)
    db.execute(
        "insert into followed_tags (actor, tag, since) values (?, ?, ?) on conflict do nothing", (actor, tag["id"], now)
    )
    return tag


def unfollow(db: Database, actor: int, written: str) -> Row:
    """They do so no more; the tag."""
    tag = tags.make(db, written)
    db.execute("delete from followed_tags where actor = ? and tag = ?", (actor, tag["id"]))
    return tag


def follows(db: Database, actor: int, tag: int) -> bool:
    """Whether the actor follows the tag."""
    return bool(db.value("select 1 from followed_tags where actor = ? and tag = ?", (actor, tag)))


def followed(db: Database, actor: int, window: Window) -> list[Row]:
    """Tags that the actor follows, the newest id first."""
    return rows(
        db,
        """
        select tags.* from followed_tags join tags on tags.id = followed_tags.tag
         where followed_tags.actor = :actor and tags.id > :after and tags.id < :before order by tags.id
        """,
        {"actor": actor},
        window,
    )


def feature(db: Database, actor: int, written: str, now: int) -> Row:
    """The actor's profile shows the tag; the featured tag.  Raises Invalid for none, or one too many."""
    word = written.strip().lstrip("#")
    if not is_hashtag(word) and tags.find(db, word) is None:
        raise Invalid("Validation failed: Tag is invalid")
    tag = tags.make(db, word)
    known = db.row("select * from featured_tags where actor = ? and tag = ?", (actor, tag["id"]))
    if known is not None:
        raise Invalid("Validation failed: Tag has already been taken")
    if db.value("select count(*) from featured_tags where actor = ?", (actor,)) >= MOST_FEATURED:
        raise Invalid("Validation failed: You have already featured the maximum number of hashtags")
    identifier = ids.new(now)
    db.execute(
        "insert into featured_tags (id, actor, tag, shown) values (?, ?, ?, ?)", (identifier, actor, tag["id"], word)
    )
    changes.note(db, "actor", actor)
    [made] = [row for row in featured(db, actor) if row["id"] == identifier]
    return made


def show(db: Database, actor: int, written: str, now: int) -> Row:
    """The actor's profile shows the tag, once; the tag.  Raises Invalid as feature does."""
    tag = tags.make(db, written)
    if not shows(db, actor, tag["id"]):
        feature(db, actor, written, now)
    return tag


def hide(db: Database, actor: int, written: str) -> Row:
    """It does not, if it did; the tag."""
    tag = tags.make(db, written)
    if db.execute("delete from featured_tags where actor = ? and tag = ?", (actor, tag["id"])).rowcount:
        changes.note(db, "actor", actor)
    return tag


def shows(db: Database, actor: int, tag: int) -> bool:
    """Whether the actor's profile shows the tag."""
    return bool(db.value("select 1 from featured_tags where actor = ? and tag = ?", (actor, tag)))


def unfeature(db: Database, actor: int, identifier: int) -> None:
    """It does not.  Raises NotFound."""
    if not db.execute("delete from featured_tags where id = ? and actor = ?", (identifier, actor)).rowcount:
        raise NotFound("Record not found")
    changes.note(db, "actor", actor)


def featured(db: Database, actor: int) -> list[Row]:
    """id, tag, shown, count of the actor's public posts with it, last of them."""
    return db.rows(
        """
        select featured_tags.*, count(posts.id) as uses, max(posts.published) as last
          from featured_tags
          left join posts mine on mine.author = featured_tags.actor
                         and exists (select 1 from post_tags where tag = featured_tags.tag and post = mine.id)
          left join posts on posts.id = mine.id and posts.visibility in ('public', 'unlisted')
         where featured_tags.actor = ? group by featured_tags.id order by uses desc, featured_tags.id
        """,
        (actor,),
    ).fetchall()


def used_by(db: Database, actor: int, limit: int) -> list[Row]:
    """Tags that the actor uses most and does not show yet."""
    return db.rows(
        """
        select tags.*, count(*) as uses from posts join post_tags on post_tags.post = posts.id
          join tags on tags.id = post_tags.tag
         where posts.author = :actor and posts.visibility in ('public', 'unlisted')
           and tags.id not in (select tag from featured_tags where actor = :actor)
         group by tags.id order by uses desc limit :limit
        """,
        {"actor": actor, "limit": limit},
    ).fetchall()


def history(db: Database, tag: int, now: int) -> list[dict[str, Any]]:
    """Uses and people of each of the last seven days, today first."""
    today = now - now % DAY
    rows = db.rows(
        """
        select (:today - posts.published + :day - 1) / :day as ago, count(*) as uses,
               count(distinct posts.author) as people
          from post_tags join posts on posts.id = post_tags.post
         where post_tags.tag = :tag and post_tags.post >= :since << 16  -- an id is of the moment
           and posts.visibility = 'public' and posts.published >= :since
         group by ago
        """,
        {"today": today, "day": DAY, "tag": tag, "since": today - (DAYS - 1) * DAY},
    )
    known = {max(0, row["ago"]): row for row in rows}
    return [
        {"day": str((today - ago * DAY) // 1000), "uses": str(known[ago]["uses"] if ago in known else 0),
         "accounts": str(known[ago]["people"] if ago in known else 0)}
        for ago in range(DAYS)
    ]  # fmt: skip


def rising(db: Database, now: int, limit: int, offset: int, *, refused: bool = False) -> list[Row]:
    """Tags that most people used in public in the last week, at least two of them; refused: with those taken out."""
    return db.rows(
        """
        select tags.*, count(distinct posts.author) as people, count(*) as uses
          from posts join post_tags on post_tags.post = posts.id join tags on tags.id = post_tags.tag
          join actors on actors.id = posts.author and actors.silenced is null and actors.gone is null
         where posts.visibility = 'public' and posts.id > :since and posts.removed is null
           and (:refused or not exists (select 1 from trend_refusals where kind = 'tag' and subject = tags.id))
         group by tags.id having people > 1 order by people desc, uses desc, tags.id desc limit :limit offset :offset
        """,
        {"since": (now - DAYS * DAY) << 16, "limit": limit, "offset": offset, "refused": int(refused)},
    ).fetchall()
