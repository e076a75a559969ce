"""Announce of a post: a boost.  (What a Group passes on stands in handlers/relayed.)

{"type":"Announce","id","actor":A,"object":"post id","published","to":[Public],"cc":[followers, author]}
"""

from federation import audience, companions, policies, speak
from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import table
from node import ids, settings
from node.errors import Forbidden
from node.people import actors, blocks, follows
from node.posts import posts, publishing, tombstones
from node.posts.posts import COMPANION, New
from node.store import Database, Row


def needs(db: Database, activity: Activity) -> list[str]:
    """The post, when its boost is of interest here."""
    if not activity.object_id or posts.by_uri(db, activity.object_id) is not None:
        return []
    actor = actors.by_uri(db, activity.actor)
    if actor is None or not follows.awaited_here(db, actor["id"]) or brings_its_own(activity):
        return []
    return [activity.object_id]


def brings_its_own(activity: Activity) -> bool:
    """Whether she passes on what she wrote herself, and it came along: Mastodon does so for followers only."""
    found = activity.embedded
    return (
        v.one_id(found.get("attributedTo")) == activity.actor
        and v.host(v.one_id(found)) == v.host(activity.actor)
        and table.reader(found) is not None
    )


def receive(db: Database, activity: Activity, now: int) -> None:
    """The boost stands in the homes of its author's followers; of a post that is not public nobody's does."""
    original = posts.by_uri(db, activity.object_id)
    actor = actors.by_uri(db, activity.actor)
    if original is None or actor is None or tombstones.find(db, activity.id):
        return
    if blocks.between(db, actor["id"], original["author"]):
        return
    own = original["author"] == actor["id"]
    if original["visibility"] not in ("public", "unlisted") and not (own and original["visibility"] == "followers"):
        return
    if original["boost_of"] is not None or posts.boost_by(db, actor["id"], original["id"]) is not None:
        return
    to, cc = v.all_ids(activity.document.get("to")), v.all_ids(activity.document.get("cc"))
    visible = "public" if v.PUBLIC_NAMES & set(to) else "unlisted" if v.PUBLIC_NAMES & set(cc) else "followers"
    published = ids.read_rfc3339(activity.document.get("published")) or now
    uri = activity.id or f"{actor['uri']}#boost-{original['id']}"
    publishing.keep(
        db,
        New(uri=uri, kind="boost", author=actor["id"], visibility=visible, published=min(published, now),
            boost_of=original["id"], url=original["url"]),
        now,
    )  # fmt: skip


def put(db: Database, actor: Row, post: Row, now: int, *, user: int | None = None, visible: str = "public") -> Row:
    """Our actor passes the post on; the boost.  Raises Forbidden for what is not public."""
    known = posts.boost_by(db, actor["id"], post["id"])
    if known is not None:
        return known
    own = post["author"] == actor["id"] and post["visibility"] == "followers"
    if post["visibility"] not in ("public", "unlisted") and not own:
        raise Forbidden("This action is not allowed")
    policies.check(db, actor, post, policies.ANNOUNCE)
    visible = (
        "followers" if own else "unlisted" if post["visibility"] == "unlisted" and visible == "public" else visible
    )
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    boost = publishing.keep(
        db,
        New(uri=uri, kind="boost", id=number, author=actor["id"], user=user, local=True, visibility=visible,
            published=now, boost_of=post["id"], url=post["url"]),
        now,
    )  # fmt: skip
    assert boost is not None
    author = actors.get(db, post["author"])
    to, cc = {
        "public": ([v.PUBLIC], [actor["followers"], author["uri"]]),
        "unlisted": ([actor["followers"]], [v.PUBLIC, author["uri"]]),
    }.get(visible, ([actor["followers"]], [author["uri"]]))
    inboxes = audience.inboxes_of_followers(db, actor["id"]) | audience.inbox_of(db, author, shared=True)
    whole, given = companions.apart(db, post, inboxes, now)
    extra = {"published": ids.rfc3339(now)}
    speak.say(db, actor, "Announce", post["uri"], whole, now, to=to, cc=cc, uri=uri, identifier=number, extra=extra)
    if given:
        speak.say(
            db,
            actor,
            "Announce",
            companions.uri_of(post),
            given,
            now,
            to=to,
            cc=cc,
            uri=f"{uri}{COMPANION}",
            extra=extra,
        )
    return boost


def take_back(db: Database, actor: Row, post: Row, now: int) -> None:
    """Our actor's boost of the post is gone."""
    boost = posts.boost_by(db, actor["id"], post["id"])
    if boost is None:
        return
    posts.delete(db, boost["id"])
    author = actors.get(db, post["author"])
    undone = {"id": boost["uri"], "type": "Announce", "actor": actor["uri"], "object": post["uri"]}
    inboxes = audience.inboxes_of_followers(db, actor["id"]) | audience.inbox_of(db, author, shared=True)
    whole, given = companions.apart(db, post, inboxes, now)
    cc = [actor["followers"], author["uri"]]
    speak.say(db, actor, "Undo", undone, whole, now, to=[v.PUBLIC], cc=cc)
    if given:
        undone |= {"id": f"{boost['uri']}{COMPANION}", "object": companions.uri_of(post)}
        speak.say(db, actor, "Undo", undone, given, now, to=[v.PUBLIC], cc=cc)
