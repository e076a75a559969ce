"""A post becomes known: kept, placed, counted, found, seen in homes; people here are told."""

import sqlite3
from typing import Any

from node import changes, html, queue
from node.network import agenda, board, listed
from node.people import actors
from node.posts import (
    conversations,
    edits,
    link_cards,
    media,
    notifications,
    own_cards,
    polls,
    posts,
    reactions,
    search,
    tags,
    timelines,
    tombstones,
)
from node.posts.posts import New
from node.store import Database, Row

BESIDE = frozenset(
    ("quote", "quoteAuthorization", "canQuote", "asksFirst", "asksNobody", "context", "lets", "told")
)  # of details, no words

FORGET = "forget author"
AT_ONCE = 100  # posts of somebody who is gone that go in one transaction: each takes half a millisecond of all writers
NEWS = 86_400_000  # milliseconds for which a post is worth a bell; older ones come when a profile or a thread is read


def keep(db: Database, new: New, now: int) -> Row | None:
    """The post as it is kept now; None when it was known before, or deleted.

    Mentioned people here and the author replied to are told; the homes of
    followers here have it; replies that came earlier are adopted.
    """
    new.card = link_cards.of_new(db, new, now)
    try:
        post = posts.insert(db, new, now)
    except sqlite3.IntegrityError as error:
        if "posts.uri" not in str(error):
            raise
        return None
    if post is None:
        return None
    identifier = int(post["id"])
    posts.address(db, identifier, new.addressed)
    followed = tags.add(db, identifier, new.tags)
    if new.media:
        media.keep_remote(db, new.author, identifier, new.media, now)
    if new.poll:
        polls.keep(db, identifier, new.poll)
    board.keep(db, identifier, new.kind, new.details)
    if new.kind == "event":
        agenda.keep(db, identifier, new.details)
    _index(db, identifier, new)
    if new.visibility in posts.OPEN:  # a count that others see says nothing of what they may not
        kind = actors.spoke(db, new.author, new.published)
        if kind != "Person" or new.on_behalf is not None:
            listed.spoke(db, new.author, new.on_behalf, new.published)
        if new.reply_to is not None:
            posts.count(db, new.reply_to, replies=1)
    if new.boost_of is not None:
        posts.count(db, new.boost_of, boosts=1)
    posts.adopt(db, post)
    asked_for = timelines.fan_out(db, post, tagged=followed)
    changes.note(db, "posted", identifier)
    if new.visibility == "direct" and new.boost_of is None:
        conversations.hear(db, post)
    _tell(db, post, new, asked_for, now)
    return post


def edit(db: Database, post: Row, new: New, now: int) -> Row:
    """The post says what `new` says; its id, author, place and time stay.  Boosters here are told.

    A peer's that says nothing else than before, and of no later time, is not edited: what is another of it,
    such as who may quote it or the counts of its poll, is so from now on.
    """
    same = not new.local and _says_the_same(db, post, new)
    if not same:
        edits.remember(db, post)
    posts.change(
        db, post["id"], title=new.title, content=new.content, contents=new.contents, source=new.source,
        warning=new.warning, sensitive=int(new.sensitive), language=new.language, url=new.url or post["url"],
        edited=new.edited or (post["edited"] if same else now), details=new.details, document=new.document, emojis=new.emojis,
    )  # fmt: skip
    if new.kind == "event":
        agenda.keep(db, post["id"], new.details)
    posts.address(db, post["id"], new.addressed)
    tags.keep(db, post["id"], new.tags)
    if not new.local:
        posts.mention_no_others(db, post["id"], [actor for actor, mentioned in new.addressed.items() if mentioned])
        media.keep_remote(db, new.author, post["id"], new.media, now)
        _ask(db, post, new)
    elif new.poll:
        polls.keep(db, post["id"], new.poll)
    board.keep(db, post["id"], post["kind"], new.details)
    search.forget(db, post["id"])
    _index(db, post["id"], new)
    if not same:
        _tell_boosters(db, post, now)
    link_cards.look_at(db, posts.get(db, post["id"]), now)
    own_cards.changed(db, post)
    changes.note(db, "edited", post["id"])
    return posts.get(db, post["id"])


def _says_the_same(db: Database, post: Row, new: New) -> bool:
    """Whether a reader would see no difference: Mastodon sends an Update without a date for each count of a poll."""
    return (
        (post["title"], post["content"], post["warning"]) == (new.title, new.content, new.warning)
        and _facts(posts.details(post)) == _facts(new.details)
        and media.shows(db, post["id"], new.media)
        and polls.asks(db, post["id"], new.poll)
    )


def _facts(details: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in details.items() if key not in BESIDE}


def _ask(db: Database, post: Row, new: New) -> None:
    """The peer's post asks what it asks now, or nothing more; its kind says so."""
    if new.poll:
        polls.keep(db, post["id"], new.poll)
    elif post["kind"] == "question":
        polls.forget(db, post["id"])
    if {post["kind"], new.kind} == {"note", "question"}:
        posts.change(db, post["id"], kind=new.kind)


def _tell_boosters(db: Database, post: Row, now: int) -> None:
    for (booster,) in db.rows(
        "select posts.author from posts join actors on actors.id = posts.author where boost_of = ? and actors.local",
        (post["id"],),
    ).fetchall():
        notifications.tell(db, booster, "update", post["author"], post["id"], now)


def remove(db: Database, post: Row, now: int) -> None:
    """The post is gone with its boosts, and stays gone."""
    tombstones.lay(db, post["uri"], post["kind"] if post["visibility"] in posts.OPEN else "", now)
    for (boost,) in db.rows("select id from posts where boost_of = ?", (post["id"],)).fetchall():
        posts.delete(db, boost)
    own_cards.changed(db, post)
    orphaned = conversations.orphaned_by(db, post["id"])
    posts.delete(db, post["id"])
    conversations.mend(db, orphaned)


def forget_author(db: Database, actor: int, now: int) -> None:
    """Everything the actor said, liked and boosted is gone; who says this says too that the actor is gone.

    Of very much the rest goes later, piece by piece: nobody sees what somebody said who is gone.
    """
    if _forget_some(db, actor, now):
        queue.enqueue(db, FORGET, {"actor": actor}, now, name=f"{FORGET} {actor}")
    reactions.forget(db, actor)
    notifications.forget(db, actor)


def forget_more(db: Database, actor: int, now: int) -> bool:
    """One more piece of what the actor said, who is gone, goes too; false when that was the last, or somebody is back."""
    return actors.get(db, actor)["gone"] is not None and _forget_some(db, actor, now)


def _forget_some(db: Database, actor: int, now: int) -> bool:
    """The newest posts of the actor are gone; whether there are others."""
    found = db.rows("select * from posts where author = ? order by id desc limit ?", (actor, AT_ONCE)).fetchall()
    for row in found:
        if posts.by_uri(db, row["uri"]) is not None:  # a boost of her own goes with what it passes on
            remove(db, row, now)
    return len(found) == AT_ONCE


def _index(db: Database, identifier: int, new: New) -> None:
    if new.visibility == "public" and new.boost_of is None:
        words = " ".join((new.title, html.plain(new.content), new.warning, board.words(new.kind, new.details)))
        search.add(db, identifier, new.kind, new.language, words)


def _tell(db: Database, post: Row, new: New, asked_for: list[int], now: int) -> None:
    if new.boost_of is not None:
        original = posts.get(db, new.boost_of)
        if original["local"] and original["place"] != new.author:  # that her forum shows her topic is no news to her
            notifications.tell(db, original["author"], "reblog", new.author, new.boost_of, now)
        return
    told = {actor for actor, mentioned in new.addressed.items() if mentioned}
    answered = _answered(db, new)
    if answered is not None:
        told.add(answered)
    for actor in told:
        if db.value("select local and type = 'Person' from actors where id = ?", (actor,)):
            notifications.tell(db, actor, "mention", new.author, post["id"], now)
    for follower in asked_for if new.published > now - NEWS else ():
        if follower not in told and new.visibility != "direct":
            notifications.tell(db, follower, "status", new.author, post["id"], now)


def _answered(db: Database, new: New) -> int | None:
    """Whom the post answers without naming her in a Mention: forums tell people so (NodeBB, Discourse, Lemmy at times).

    Microblogs leave her name out to spare her: there she must be addressed at least.
    """
    if new.reply_to is None or new.visibility not in posts.OPEN:
        return None
    author = int(posts.get(db, new.reply_to)["author"])
    return author if new.place is not None or author in new.addressed else None
