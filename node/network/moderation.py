"""What moderators do in a place, each with its line in the place's public log: pin, lock, remove, ban, appoint, solve.

Whether they may is asked in federation/moderation; here it is done.
"""

from node import ids
from node.errors import Invalid
from node.ids import LAST
from node.network import bans, moderators, topics
from node.posts import marks, notifications, own_cards, posts
from node.store import Database, Row

BY_MODERATOR, BY_AUTHOR = 1, 2  # posts.locked: an author does not open what a moderator closed


def pin(db: Database, place: Row, moderator: int | None, topic: Row, activity: str, now: int) -> bool:
    """The topic stands on top of its forum; false when it did before."""
    done = marks.pin_in(db, place["id"], topic["id"], now)
    return done and _note(db, place, moderator, "pin", now, post=topic["id"], activity=activity)


def unpin(db: Database, place: Row, moderator: int | None, topic: Row, activity: str, now: int) -> bool:
    """It stands among the others again."""
    done = marks.unpin_in(db, place["id"], topic["id"])
    return done and _note(db, place, moderator, "unpin", now, post=topic["id"], activity=activity)


def lock(db: Database, place: Row, moderator: int | None, topic: Row, activity: str, reason: str, now: int) -> bool:
    """Nobody answers in the topic any more; false when a moderator had closed it before."""
    if topic["locked"] == BY_MODERATOR:
        return False
    posts.change(db, topic["id"], locked=BY_MODERATOR)
    return _note(db, place, moderator, "lock", now, post=topic["id"], reason=reason, activity=activity)


def unlock(db: Database, place: Row, moderator: int | None, topic: Row, activity: str, now: int) -> bool:
    """It is open to answers; false when it was."""
    if not topic["locked"]:
        return False
    posts.change(db, topic["id"], locked=0)
    return _note(db, place, moderator, "unlock", now, post=topic["id"], activity=activity)


def remove(db: Database, place: Row, moderator: int | None, post: Row, activity: str, reason: str, now: int, *,
           told: bool = True) -> bool:  # fmt: skip
    """The post is seen by nobody, its reason by everybody; an author here is told.  False when it was removed before."""
    if post["removed"] is not None:
        return False
    if told and post["local"] and post["author"] != moderator:
        notifications.tell(db, post["author"], "removed", place["id"], post["id"], now)
    posts.change(db, post["id"], removed=now)
    own_cards.changed(db, post)
    topics.settle(db, post["thread"])
    return _note(db, place, moderator, "remove", now, post=post["id"], reason=reason, activity=activity)


def restore(db: Database, place: Row, moderator: int | None, post: Row, activity: str, now: int) -> bool:
    """The post is seen again; false when it was."""
    if post["removed"] is None:
        return False
    notifications.withdraw(db, post["author"], "removed", place["id"], post["id"])
    posts.change(db, post["id"], removed=None)
    own_cards.changed(db, post)
    topics.settle(db, post["thread"])
    return _note(db, place, moderator, "restore", now, post=post["id"], activity=activity)


def warn(db: Database, place: Row, moderator: int, post: Row, activity: str, reason: str, now: int) -> bool:
    """The author here of the post is told that it was not right, with the reason; false when she was by this activity."""
    if post["author"] == moderator or by_activity(db, place["id"], activity) is not None:
        return False
    notifications.withdraw(db, post["author"], "warned", place["id"], post["id"])  # an earlier one: this is news
    notifications.tell(db, post["author"], "warned", place["id"], post["id"], now)
    return _note(db, place, moderator, "warn", now, post=post["id"], reason=reason, activity=activity)


def ban(db: Database, place: Row, moderator: int | None, target: Row, activity: str, reason: str, until: int | None,
        now: int, *, with_posts: bool = False) -> bool:  # fmt: skip
    """The target writes nothing there, until then or for good; with_posts removes what it wrote.

    Raises Invalid for the place itself, and for the last moderator of one of ours.
    """
    if target["id"] == place["id"]:
        raise Invalid("A forum cannot be banned from itself.")
    _keep_one(db, place, target)
    moderators.dismiss(db, place["id"], target["id"])
    for post in standing(db, place["id"], target["id"]) if with_posts else []:
        remove(db, place, moderator, post, activity, reason, now, told=False)
    if target["local"]:
        notifications.withdraw(db, target["id"], "shut", place["id"], None)  # an older one: this is news
        notifications.tell(db, target["id"], "shut", place["id"], None, now)
    bans.keep(db, place["id"], target["id"], activity, reason, until, now)
    return _note(db, place, moderator, "ban", now, target=target["id"], reason=reason, activity=activity)


def unban(db: Database, place: Row, moderator: int | None, target: Row, activity: str, now: int, *,
          with_posts: bool = False) -> bool:  # fmt: skip
    """The target may write again; false when it might.  with_posts shows again what was removed with the ban."""
    hidden = hidden_with(db, place["id"], target["id"]) if with_posts else []
    if bans.end(db, place["id"], target["id"]) is None:
        return False
    notifications.withdraw(db, target["id"], "shut", place["id"], None)
    for post in hidden:
        restore(db, place, moderator, post, activity, now)
    return _note(db, place, moderator, "unban", now, target=target["id"], activity=activity)


def standing(db: Database, place: int, author: int) -> list[Row]:
    """What the author wrote there and nobody removed."""
    return db.rows(
        "select * from posts where place = ? and author = ? and removed is null and boost_of is null", (place, author)
    ).fetchall()


def hidden_with(db: Database, place: int, author: int) -> list[Row]:
    """What was removed with the ban that holds for the author there, however often it was said anew since."""
    return db.rows(
        """
        select * from posts
         where place = :place and author = :author and boost_of is null
           and removed in (select ban.at from forum_log ban
                            where ban.place = :place and ban.target = :author and ban.act = 'ban'
                              and not exists (select 1 from forum_log later
                                               where later.place = :place and later.target = :author
                                                 and later.act = 'unban' and later.id > ban.id))
           and exists (select 1 from bans where bans.place = :place and bans.actor = :author)
        """,
        {"place": place, "author": author},
    ).fetchall()


def appoint(db: Database, place: Row, moderator: int | None, target: Row, activity: str, now: int) -> bool:
    """The target moderates; false when it did."""
    done = moderators.appoint(db, place["id"], target["id"], now)
    if done and target["local"] and target["id"] != moderator:
        notifications.tell(db, target["id"], "appointed", place["id"], None, now)
    return done and _note(db, place, moderator, "appoint", now, target=target["id"], activity=activity)


def dismiss(db: Database, place: Row, moderator: int | None, target: Row, activity: str, now: int) -> bool:
    """The target does not moderate; false when it did not.  Raises Invalid for the last one of a place of ours."""
    _keep_one(db, place, target)
    done = moderators.dismiss(db, place["id"], target["id"])
    notifications.withdraw(db, target["id"], "appointed", place["id"], None)
    return done and _note(db, place, moderator, "dismiss", now, target=target["id"], activity=activity)


def solve(db: Database, place: Row, moderator: int | None, topic: Row, reply: Row | None, activity: str,
          now: int) -> bool:  # fmt: skip
    """The reply is marked as what solved the topic, or with None nothing is; false when that stood before."""
    if reply is not None and (reply["thread"] != topic["id"] or reply["id"] == topic["id"]):
        raise Invalid("A solution is one of the answers to the topic.")
    if not topics.solve(db, topic["id"], None if reply is None else reply["id"], now):
        return False
    act = "unsolve" if reply is None else "solve"
    return _note(db, place, moderator, act, now, post=topic["id"], activity=activity)


def log(db: Database, place: int, *, before: int | None = None, limit: int = 40) -> list[Row]:
    """What was done in the place, the newest first: id, at, act, reason, with the ids of moderator, post and target.

    topic: the id of the post's topic, with its title and language; who asks shows them to
    those alone who may see it.  until: of a ban that stands and ends, when.  Of solutions
    those alone that others than who asked have marked.
    """
    return db.rows(
        """
        select forum_log.*, first.id as topic, first.title, first.language, bans.until
          from forum_log
          left join posts on posts.id = forum_log.post
          left join posts first on first.id = posts.thread
          left join bans on forum_log.act = 'ban' and bans.place = forum_log.place and bans.actor = forum_log.target
                        and bans.since = forum_log.at
         where forum_log.place = :place and forum_log.id < :before
           and not (forum_log.act in ('solve', 'unsolve') and forum_log.moderator is first.author)
         order by forum_log.id desc limit :limit
        """,
        {"place": place, "before": before or LAST, "limit": limit},
    ).fetchall()


def removal(db: Database, post: int) -> Row | None:
    """When and why a moderator removed the post that everybody could read: removed, reason, place, thread, topic_removed.

    None for a post that stands, that never was for everybody, or whose author is gone.
    """
    return db.row(
        """
        select posts.removed, posts.place, posts.thread, first.removed as topic_removed,
               (select reason from forum_log where forum_log.post = posts.id and forum_log.act = 'remove'
                 order by forum_log.id desc limit 1) as reason
          from posts join actors author on author.id = posts.author and author.gone is null
          left join posts first on first.id = posts.thread
         where posts.id = ? and posts.removed is not null and posts.place is not null and posts.boost_of is null
           and posts.visibility in ('public', 'unlisted')
        """,
        (post,),
    )


def last(db: Database, act: str, *, post: int | None = None, target: int | None = None,
         place: int | None = None) -> Row | None:  # fmt: skip
    """The last time that this was done to the post, or in the place to the actor: what an Undo names."""
    return db.row(
        "select * from forum_log where act = :act and (:post is null or post = :post)"
        " and (:target is null or target = :target) and (:place is null or place = :place) order by id desc limit 1",
        {"act": act, "post": post, "target": target, "place": place},
    )


def by_activity(db: Database, place: int, activity: str) -> Row | None:
    """What was done there by the activity of this id, where an Undo names that alone."""
    return db.row(
        "select * from forum_log where place = ? and activity = ? order by id desc limit 1", (place, activity)
    )


def _keep_one(db: Database, place: Row, target: Row) -> None:
    """Raises Invalid when the target is the last one who moderates a place of ours."""
    if place["local"] and [row["id"] for row in moderators.of(db, place["id"])] == [target["id"]]:
        raise Invalid("A forum needs a moderator.")


def _note(db: Database, place: Row, moderator: int | None, act: str, now: int, *, post: int | None = None,
          target: int | None = None, reason: str = "", activity: str = "") -> bool:  # fmt: skip
    db.execute(
        """
        insert into forum_log (id, place, at, moderator, act, post, target, reason, activity)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (ids.new(now), place["id"], now, moderator, act, post, target, reason, activity),
    )
    return True
