"""Home timelines are written when a post is, so that reading one is a walk along an index."""

import json
from collections.abc import Sequence

from node import changes
from node.people import follows, mutes
from node.posts import dropping, visibility
from node.store import Database, Row
from node.text import base

KEPT = 800  # posts in one home timeline
BACKFILL = 20  # posts of somebody newly followed

_INSERT = "insert into home (viewer, post) values (?, ?) on conflict do nothing"
_FOR_WHOM = """
select follows.follower, follows.notify,
       exists (select 1 from list_members join lists on lists.id = list_members.list
                where list_members.actor = :author and lists.owner = follows.follower and lists.exclusive) as elsewhere,
       exists (select 1 from filters where filters.actor = follows.follower and filters.drops) as drops
  from follows
  join actors on actors.id = follows.follower and actors.local
 where follows.target = :author
   and follows.state = 'accepted'
   and (:boost_of is null or follows.boosts)
   and (:boost_of is not null or follows.languages = '[]' or :language = ''
        or exists (select 1 from json_each(follows.languages) where value in (:language, :base)))
   and (:visibility <> 'direct'
        or exists (select 1 from addressed where addressed.post = :post and addressed.actor = follows.follower))
   and (:replied_to is null or :replied_to = :author or :replied_to = follows.follower
        or exists (select 1 from follows theirs
                    where theirs.follower = follows.follower and theirs.target = :replied_to
                      and theirs.state = 'accepted'))
   and (:boost_of is null
        or not exists (select 1 from home join posts on posts.id = home.post
                        where home.viewer = follows.follower
                          and home.post > :recent
                          and (posts.id = :boost_of or posts.boost_of = :boost_of)))
"""
_READERS_OF_ITS_TAGS = """
select distinct followed_tags.actor
  from post_tags join followed_tags on followed_tags.tag = post_tags.tag
 where post_tags.post = :post
   and not exists (select 1 from blocks where (blocks.actor = :author and blocks.target = followed_tags.actor)
                                           or (blocks.actor = followed_tags.actor and blocks.target = :author))
"""


def fan_out(db: Database, post: Row, *, tagged: bool) -> list[int]:
    """The post stands in the home timelines where it belongs; the followers who asked to be told of each.

    tagged: it carries hashtags that somebody follows.
    """
    replied_to = None
    if post["reply_to"] is not None:
        replied_to = db.value("select author from posts where id = ?", (post["reply_to"],))
    values = {
        "post": post["id"],
        "author": post["author"],
        "boost_of": post["boost_of"],
        "visibility": post["visibility"],
        "language": post["language"],
        "base": base(post["language"]),
        "replied_to": replied_to,
        "recent": post["id"] - (86_400_000 << 16),  # boosts of one day ago are news again
    }
    followers = db.rows(_FOR_WHOM, values).fetchall()
    viewers = [row["follower"] for row in followers if not row["elsewhere"]]
    others = [post["author"]] if post["local"] else []
    if post["visibility"] == "public" and post["boost_of"] is None and tagged:
        others += [row[0] for row in db.rows(_READERS_OF_ITS_TAGS, values)]
    viewers = list(dict.fromkeys(viewers + others))
    if others or any(row["drops"] for row in followers):
        viewers = dropping.admit(db, viewers, post, "home")
    db.many(_INSERT, [(viewer, post["id"]) for viewer in viewers])
    for viewer in viewers:
        changes.note(db, "home", post["id"], viewer)
    if post["boost_of"] is not None or replied_to not in (None, post["author"]):
        return []
    return [row["follower"] for row in followers if row["notify"]]


def merge(db: Database, viewer: int, target: int) -> None:
    """The latest posts of somebody newly followed stand in the viewer's home: what she asks of them, and no filter drops."""
    latest = db.rows(
        """
        select posts.* from posts
          left join follows on follows.follower = :viewer and follows.target = :target
         where posts.author = :target and posts.reply_to is null and posts.visibility <> 'direct'
           and (posts.boost_of is null or ifnull(follows.boosts, 1))
           and """
        + visibility.POSTS
        + """
         order by posts.id desc limit :limit
        """,
        {"viewer": viewer, "target": target, "limit": BACKFILL},
    ).fetchall()
    for post in latest:
        if dropping.admit(db, [viewer], post, "home"):
            db.execute(_INSERT, (viewer, post["id"]))
    keep_languages(db, viewer, target)


def keep_languages(db: Database, viewer: int, target: int) -> None:
    """Of the target, only what is in a language that the viewer chose stands in her home."""
    follow = follows.get(db, viewer, target)
    chosen = json.loads(follow["languages"]) if follow is not None else []
    if not chosen:
        return
    for row in db.rows(
        "select posts.id, posts.language from home join posts on posts.id = home.post"
        " where home.viewer = ? and posts.author = ? and posts.boost_of is null and posts.language <> ''",
        (viewer, target),
    ).fetchall():
        if row["language"] not in chosen and base(row["language"]) not in chosen:
            db.execute("delete from home where viewer = ? and post = ?", (viewer, row["id"]))


def unmerge(db: Database, viewer: int, target: int) -> None:
    """Nothing of the target stands in the viewer's home."""
    db.execute(
        "delete from home where viewer = ? and post in (select id from posts where author = ?)", (viewer, target)
    )


def trim(db: Database) -> None:
    """Each home keeps its newest posts only."""
    for (viewer,) in db.rows("select viewer from home group by viewer having count(*) > ?", (KEPT + 200,)).fetchall():
        db.execute(
            """
            delete from home where viewer = :viewer and post < (
                select post from home where viewer = :viewer order by post desc limit 1 offset :kept)
            """,
            {"viewer": viewer, "kept": KEPT},
        )


def home(db: Database, viewer: int, before: int, after: int, limit: int, *, oldest: bool = False) -> list[int]:
    """Ids of the viewer's home between before and after (both excluded), newest first.

    oldest takes the page next to `after` instead of the newest one.
    """
    return _page(
        db,
        "select home.post from home join posts on posts.id = home.post"
        " left join posts original on original.id = posts.boost_of"
        " where home.viewer = :viewer and home.post < :before and home.post > :after and "
        + visibility.POSTS
        + " and "
        + mutes.QUIET
        + " and (posts.boost_of is null or "
        + visibility.of("original")
        + " and "
        + mutes.of("original")
        + ")"
        " order by home.post",
        {"viewer": viewer, "before": before, "after": after, "limit": limit},
        oldest,
    )


def public(db: Database, viewer: int | None, before: int, after: int, limit: int, *,
           here: bool = False, elsewhere: bool = False, media: bool = False, oldest: bool = False) -> list[int]:  # fmt: skip
    """Ids of public posts, newest first: all that is known, of here only, or of elsewhere only."""
    narrow = " and posts.local" if here else " and not posts.local" if elsewhere else ""
    if media:
        narrow += " and exists (select 1 from media where media.post = posts.id)"
    return _page(
        db,
        "select posts.id from posts"
        " where posts.visibility = 'public' and posts.boost_of is null and posts.id < :before and posts.id > :after"
        + narrow
        + " and not exists (select 1 from actors where actors.id = posts.author and actors.silenced is not null)"
        + " and "
        + visibility.POSTS
        + " and "
        + mutes.QUIET
        + " order by posts.id",
        {"viewer": viewer, "before": before, "after": after, "limit": limit},
        oldest,
    )


def news(db: Database, identifiers: list[int], limit: int) -> list[int]:
    """Of these posts those that begin something: what projects and associations say first, then the newest.

    What is on the board comes last: it has a list of its own.
    """
    found = db.rows(
        """
        select posts.id from json_each(:ids) wanted
          join posts on posts.id = wanted.value
          join actors on actors.id = posts.author
         where posts.kind not in ('topic', 'event') and posts.reply_to is null
         order by posts.kind in ('need', 'offer', 'call'),
                  posts.kind = 'update' or actors.type in ('Organization', 'Group') desc, posts.id desc limit :limit
        """,
        {"ids": json.dumps(identifiers), "limit": limit},
    )
    return [row[0] for row in found]


def of_author(db: Database, author: int, viewer: int | None, before: int, after: int, limit: int, *,
              replies: bool = True, boosts: bool = True, media: bool = False, pinned: bool = False,
              tag: str = "", direct: bool = True, threads: bool = False, oldest: bool = False) -> list[int]:  # fmt: skip
    """Ids of what the author said and passed on, newest first; threads are answers to oneself, which are no replies."""
    narrow = "" if direct else " and posts.visibility <> 'direct'"
    if not replies:
        narrow += " and (posts.reply_to_uri = '' and posts.reply_to is null"
        narrow += (
            " or exists (select 1 from posts own where own.id = posts.reply_to and own.author = :author))"
            if threads
            else ")"
        )
    if not boosts:
        narrow += " and posts.boost_of is null"
    if media:
        narrow += " and exists (select 1 from media where media.post = posts.id)"
    if pinned:
        narrow += " and exists (select 1 from pins where pins.post = posts.id and pins.actor = posts.author)"
    if tag:
        narrow += (
            " and exists (select 1 from post_tags join tags on tags.id = post_tags.tag"
            " where post_tags.post = posts.id and tags.name = :tag)"
        )
    return _page(
        db,
        "select posts.id from posts left join posts original on original.id = posts.boost_of"
        " where posts.author = :author and posts.id < :before and posts.id > :after"
        + narrow
        + " and "
        + visibility.POSTS
        + " and (posts.boost_of is null or "
        + visibility.of("original")
        + ")"
        " order by posts.id",
        {"viewer": viewer, "author": author, "before": before, "after": after, "limit": limit, "tag": tag},
        oldest,
    )


def of_association(db: Database, actor: int, viewer: int | None, before: int, after: int, limit: int,
                   *, oldest: bool = False) -> list[int]:  # fmt: skip
    """Ids of what the association says, itself or through a person who speaks for it, newest first; no replies."""
    own = " and not exists (select 1 from posts said where said.id = posts.boost_of and said.on_behalf = :actor)"
    order = " order by id asc" if oldest else " order by id desc"
    both = (
        _SAID
        + "posts.author = :actor"
        + own
        + " union all "
        + _SAID
        + "posts.on_behalf = :actor and posts.author <> :actor"
    )
    values = {"viewer": viewer, "actor": actor, "before": before, "after": after, "limit": limit}
    found = [row[0] for row in db.rows(both + order + " limit :limit", values)]
    return found[::-1] if oldest else found


# One half of what an association says: SQLite reads both along their indexes, merging as it goes.
_SAID = (
    "select posts.id as id from posts left join posts original on original.id = posts.boost_of"
    " where posts.id < :before and posts.id > :after and posts.reply_to is null and posts.reply_to_uri = '' and "
    + visibility.POSTS
    + " and (posts.boost_of is null or "
    + visibility.of("original")
    + ") and "
)


_HAS_TAG = (
    "select 1 from post_tags other join tags named on named.id = other.tag"
    " where other.post = posts.id and named.name in (select value from json_each("
)


def with_tag(db: Database, tag: str, viewer: int | None, before: int, after: int, limit: int, *,
             here: bool = False, elsewhere: bool = False, media: bool = False, oldest: bool = False,
             also: Sequence[str] = (), every: Sequence[str] = (), none: Sequence[str] = ()) -> list[int]:  # fmt: skip
    """Ids of public posts with the folded tag or one of `also`, with `every` one and `none` of those, newest first."""
    narrow = " and posts.local" if here else " and not posts.local" if elsewhere else ""
    if media:
        narrow += " and exists (select 1 from media where media.post = posts.id)"
    if none:
        narrow += " and not exists (" + _HAS_TAG + ":none)))"
    if every:
        narrow += (
            " and not exists (select 1 from json_each(:every) wanted where not exists (select 1 from post_tags other"
            " join tags named on named.id = other.tag where other.post = posts.id and named.name = wanted.value))"
        )
    return _page(
        db,
        ("select distinct posts.id" if also else "select posts.id")
        + " from post_tags cross join posts on posts.id = post_tags.post where post_tags.tag "
        + ("in (select id from tags where name in (select value from json_each(:tags)))" if also
           else "= (select id from tags where name = :tag)")
        + " and posts.visibility = 'public' and post_tags.post < :before and post_tags.post > :after"
        + narrow
        + " and "
        + visibility.POSTS
        + " and "
        + mutes.QUIET
        + (" order by posts.id" if also else " order by post_tags.post"),  # along the index, where there is one tag
        {"viewer": viewer, "tag": tag, "tags": json.dumps([tag, *also]), "every": json.dumps(list(every)),
         "none": json.dumps(list(none)), "before": before, "after": after, "limit": limit},
        oldest,
    )  # fmt: skip


def _page(db: Database, sql: str, values: dict[str, object], oldest: bool) -> list[int]:
    found = [row[0] for row in db.rows(sql + (" asc" if oldest else " desc") + " limit :limit", values)]
    return found[::-1] if oldest else found


def start_following(db: Database, follower: int, target: int) -> None:
    """An accepted follow of somebody here takes effect in her home."""
    if follows.get(db, follower, target) is not None and db.value("select local from actors where id = ?", (follower,)):
        merge(db, follower, target)
