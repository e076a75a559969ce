"""What streams tell: changes of the file, as events for those who listen and may see.

Pure reading: who listens is handed in, what they are to be sent is handed back.
"""

import json
from dataclasses import dataclass

from federation.bridge import now
from node.changes import Change
from node.people import mutes
from node.posts import announcements, filters, lists, notifications, posts, publishing, quotes, tags, visibility
from node.store import Database, Row
from node.text import fold
from web.mastodon import notifications as told
from web.mastodon import reading, shelf
from web.mastodon.announcements import entity

Key = tuple[str, ...]
Interest = dict[Key, set[int]]  # stream -> actors that listen to it


@dataclass(frozen=True, slots=True)
class Said:
    """An event for one actor's listeners to a stream."""

    key: Key
    actor: int
    event: str
    payload: str


_SHOWN = (
    "select 1 from posts left join posts original on original.id = posts.boost_of where posts.id = :post and "
    + visibility.POSTS + " and " + mutes.QUIET
    + " and (posts.boost_of is null or (" + visibility.of("original") + " and " + mutes.of("original") + "))"
)  # fmt: skip


def tell(db: Database, found: list[Change], interest: Interest, origin: str) -> list[Said]:
    """Everything that those who listen are to be sent, in order."""
    said: list[Said] = []
    for change in found:
        said += _of_one(db, change, interest, origin)
    return said


def _of_one(db: Database, change: Change, interest: Interest, origin: str) -> list[Said]:
    match change.kind:
        case "home" if change.for_actor not in interest.get(("user",), ()):  # most changes, and hardly anybody listens
            return []
        case "home" | "posted" if _is_past(db, change.subject):
            return []
        case "home":
            return _to_actor(db, change, ("user",), interest, "update", origin)
        case "notification":
            return _notification(db, change, interest, origin)
        case "conversation":
            return _conversation(db, change, interest, origin)
        case "posted":
            return _public(db, change.subject, interest, "update", origin)
        case "edited":
            return _edited(db, change.subject, interest, origin)
        case "deleted":
            return [
                Said(key, actor, "delete", str(change.subject))
                for key, actor in _all(interest, "user:notification", "direct")
                if change.for_actor in (None, actor)
            ]
        case "filters":
            listening = change.for_actor in interest.get(("user",), ())
            return [Said(("user",), change.for_actor or 0, "filters_changed", "")] if listening else []
        case "announcement" | "announcement reaction" | "announcement deleted":
            return _announcement(db, change, interest, origin)
    return []


def _is_past(db: Database, post: int) -> bool:
    """Whether it was said long ago, and only came to be known now: apps put what a stream brings on top."""
    published = db.value("select published from posts where id = ?", (post,))
    return published is not None and published < now() - publishing.NEWS


def _to_actor(db: Database, change: Change, key: Key, interest: Interest, event: str, origin: str) -> list[Said]:
    actor = change.for_actor or 0
    if actor not in interest.get(key, ()) or not shown(db, change.subject, actor):
        return []
    return [Said(key, actor, event, shelf.status(db, change.subject, actor, origin).decode())]


def shown(db: Database, post: int, actor: int) -> bool:
    """Whether the post is there, and the actor may and wants to see it."""
    return db.value(_SHOWN, {"post": post, "viewer": actor}) is not None


def _notification(db: Database, change: Change, interest: Interest, origin: str) -> list[Said]:
    actor = change.for_actor or 0
    keys = [key for key in (("user",), ("user:notification",)) if actor in interest.get(key, ())]
    row = notifications.get(db, actor, change.subject) if keys else None
    if row is None or row["kind"] not in told.KNOWN:
        return []
    payload = told.entity(db, row, actor, origin).decode()
    return [Said(key, actor, "notification", payload) for key in keys]


def _conversation(db: Database, change: Change, interest: Interest, origin: str) -> list[Said]:
    actor = change.for_actor or 0
    if actor not in interest.get(("direct",), ()):
        return []
    row = db.row("select * from conversations where id = ? and actor = ?", (change.subject, actor))
    if row is None:
        return []
    return [Said(("direct",), actor, "conversation", reading.conversation(db, row, actor, origin).decode())]


def _public(db: Database, identifier: int, interest: Interest, event: str, origin: str) -> list[Said]:
    """To public streams, hashtags and lists."""
    post = posts.by_id(db, identifier)
    if post is None:
        return []
    said: list[Said] = []
    for key in _public_keys(db, post):
        for actor in sorted(interest.get(key, ())):
            if shown(db, identifier, actor):
                said.append(Said(key, actor, event, _payload(db, identifier, actor, origin)))
    for kept_list in (lists.EVENTS, lists.REGION):
        key = ("list", str(kept_list))
        for actor in sorted(interest.get(key, ())):
            if lists.timeline(db, actor, kept_list, identifier + 1, identifier - 1, 1):
                said.append(Said(key, actor, event, _payload(db, identifier, actor, origin)))
    for row in lists.holding_post(db, identifier) if any(key[0] == "list" for key in interest) else []:
        key = ("list", str(row["id"]))
        if row["owner"] in interest.get(key, ()) and lists.timeline(
            db, row["owner"], row["id"], identifier + 1, identifier - 1, 1
        ):
            said.append(Said(key, row["owner"], event, _payload(db, identifier, row["owner"], origin)))
    return said


def _payload(db: Database, identifier: int, actor: int, origin: str) -> str:
    """A visitor's view where nothing of the actor's own could stand in it: the same bytes for all.

    What a post quotes may be of somebody who has blocked the actor.
    """
    viewer = actor if filters.of(db, actor) or quotes.of(db, identifier) is not None else None
    return shelf.status(db, identifier, viewer, origin).decode()


def _public_keys(db: Database, post: Row) -> list[Key]:
    if post["visibility"] != "public" or post["boost_of"] is not None:
        return []
    silenced = db.value("select silenced from actors where id = ?", (post["author"],))
    where = "local" if post["local"] else "remote"
    keys: list[Key] = [] if silenced is not None else [("public",), ("public:" + where,)]
    if keys and db.value("select 1 from media where post = ?", (post["id"],)):
        keys += [("public:media",), (f"public:{where}:media",)]
    for name in tags.of(db, post["id"]):
        keys.append(("hashtag", fold(name)))
        if post["local"]:
            keys.append(("hashtag:local", fold(name)))
    return keys


def _edited(db: Database, identifier: int, interest: Interest, origin: str) -> list[Said]:
    said = _public(db, identifier, interest, "status.update", origin)
    known = _having_home(db, identifier, sorted(interest.get(("user",), ())))
    for actor in known:
        if shown(db, identifier, actor):
            said.append(Said(("user",), actor, "status.update", shelf.status(db, identifier, actor, origin).decode()))
    return said


def _having_home(db: Database, identifier: int, listening: list[int]) -> list[int]:
    """Those of the listening in whose home the post, or its boost, stands."""
    found = db.rows(
        """
        select distinct home.viewer from json_each(:listening) wanted
          join home on home.viewer = wanted.value
          join posts on posts.id = home.post
         where home.post in (select :post union select id from posts where boost_of = :post)
        """,
        {"listening": json.dumps(listening), "post": identifier},
    )
    return [row[0] for row in found]


def _announcement(db: Database, change: Change, interest: Interest, origin: str) -> list[Said]:
    said = []
    for actor in sorted(interest.get(("user",), ())):
        if change.kind == "announcement deleted":
            said.append(Said(("user",), actor, "announcement.delete", str(change.subject)))
            continue
        row = db.row("select *, 0 as seen from announcements where id = ?", (change.subject,))
        if row is None:
            continue
        if change.kind == "announcement":
            payload = json.dumps(entity(db, row, actor, origin), ensure_ascii=False)
            said.append(Said(("user",), actor, "announcement", payload))
        for one in announcements.reactions(db, row["id"], actor) if change.kind == "announcement reaction" else []:
            body = {"name": one["name"], "count": one["count"], "announcement_id": str(row["id"])}
            said.append(Said(("user",), actor, "announcement.reaction", json.dumps(body, ensure_ascii=False)))
    return said


def _all(interest: Interest, *but: str) -> list[tuple[Key, int]]:
    return [(key, actor) for key, actors in interest.items() if key[0] not in but for actor in sorted(actors)]
