"""Forums of ours: what they are for, their rules, who may open topics; and the list of all that are known."""

import json
from dataclasses import dataclass, replace
from dataclasses import field as with_default
from typing import Any

from node import changes, settings
from node.errors import Invalid, NotFound
from node.network import moderators
from node.people import actors
from node.posts import visibility
from node.store import Database, Row

SHAPES = ("Page", "Note")


@dataclass(frozen=True, slots=True)
class Forum:
    """What a forum is besides its actor.  rules: language -> cleaned HTML; owner: an association's id."""

    field: str = ""
    owner: int | None = None
    rules: dict[str, str] = with_default(default_factory=dict)
    restricted: bool = False
    shape: str = "Page"


def keep(db: Database, actor: int, forum: Forum, now: int) -> None:
    """The Group of ours is this forum."""
    if forum.shape not in SHAPES:
        raise Invalid("A topic goes out as one of: {shapes}.", shapes=", ".join(SHAPES))
    db.execute(
        """
        insert into forums (actor, field, owner, rules, restricted, shape, created)
        values (:actor, :field, :owner, :rules, :restricted, :shape, :now)
        on conflict (actor) do update
           set field = excluded.field, owner = excluded.owner, rules = excluded.rules,
               restricted = excluded.restricted, shape = excluded.shape
        """,
        {
            "actor": actor, "field": forum.field, "owner": forum.owner,
            "rules": json.dumps(forum.rules, ensure_ascii=False), "restricted": int(forum.restricted),
            "shape": forum.shape, "now": now,
        },
    )  # fmt: skip
    changes.note(db, "actor", actor)


def get(db: Database, actor: int) -> Forum | None:
    """The forum behind a Group of ours; None for other actors."""
    row = db.row("select * from forums where actor = ?", (actor,))
    if row is None:
        return None
    return Forum(row["field"], row["owner"], json.loads(row["rules"]), bool(row["restricted"]), row["shape"])


def restricted(db: Database, place: Row) -> bool:
    """Whether only moderators open topics there: ours as we know, a peer's as its document says."""
    if place["local"]:
        return bool(db.value("select restricted from forums where actor = ?", (place["id"],)))
    document = json.loads(place["details"]).get("document", {})
    return isinstance(document, dict) and document.get("postingRestrictedToMods") is True


def is_forum(actor: Row | None) -> bool:
    """Whether topics are opened there: a Group, ours or a peer's, that is no project."""
    return actor is not None and actor["type"] == "Group" and actor["role"] != "project" and not actor["gone"]


def of_owner(db: Database, owner: int) -> list[Row]:
    """Actor rows of the forums of an association, the oldest first."""
    return db.rows(
        "select actors.* from forums join actors on actors.id = forums.actor"
        " where forums.owner = ? and actors.gone is null order by forums.created",
        (owner,),
    ).fetchall()


_LIST = (
    """
select actors.*, forums.field, forums.owner, forums.restricted,
       (select count(*) from topics join posts on posts.id = topics.post
         where topics.place = actors.id and """
    + visibility.POSTS
    + """) as topics,
       (select topics.bumped from topics cross join posts on posts.id = topics.post
         where topics.place = actors.id and """
    + visibility.POSTS
    + """ order by topics.bumped desc limit 1) as last_activity,
       exists (select 1 from follows
                where follows.follower = :viewer and follows.target = actors.id and follows.state = 'accepted') as joined
  from actors left join forums on forums.actor = actors.id
"""
)


def every(db: Database, viewer: int | None, *, field: str = "", limit: int = 100) -> list[Row]:
    """Forums of ours and those elsewhere that somebody here has joined, the liveliest first.

    Each is an actor row with field, owner, restricted, topics (how many), last_activity
    (ms or null) and joined (by the viewer); followers_count is its members.
    """
    return db.rows(
        _LIST
        + """
         where actors.type = 'Group' and actors.role <> 'project' and actors.gone is null
           and (forums.actor is not null
                or (not actors.local and exists (
                    select 1 from follows join actors member on member.id = follows.follower and member.local
                     where follows.target = actors.id and follows.state = 'accepted')))
           and (:field = '' or forums.field = :field)
         order by last_activity desc nulls last, actors.id limit :limit
        """,
        {"viewer": viewer, "field": field, "limit": limit},
    ).fetchall()


def one(db: Database, actor: int, viewer: int | None) -> Row:
    """One forum with the columns of `every`.  Raises NotFound for what is none."""
    found = db.row(_LIST + " where actors.id = :actor", {"viewer": viewer, "actor": actor})
    if not is_forum(found):
        raise NotFound("There is no such forum.", actor=actor)
    assert found is not None
    return found


def change(db: Database, actor: int, now: int, **values: Any) -> bool:
    """The forum says this of itself: columns of the actor, and field, owner, rules, restricted, shape; false when it did."""
    known = get(db, actor)
    if known is None:
        raise NotFound("There is no such forum.", actor=actor)
    own = {name: values.pop(name) for name in Forum.__dataclass_fields__ if name in values}
    meant = replace(known, **own)
    if meant == known and actors.says(actors.get(db, actor), values):
        return False
    keep(db, actor, meant, now)
    actors.change(db, actor, now, **values)
    return True


def may_moderate(db: Database, place: Row, actor: int) -> bool:
    """Whether the actor decides there: a listed moderator, the place itself, and in places of ours
    the node's moderators and those who may speak for the place or its association.
    """
    if actor == place["id"] or moderators.is_one(db, place["id"], actor):
        return True
    return bool(place["local"]) and bool(
        db.value(
            """
            select 1 from users
             where users.actor = :actor and users.disabled is null
               and (users.role in ('moderator', 'admin') and (not :asked or exists (
                        select 1 from second_factors where user = users.id and since is not null))
                    or exists (select 1 from memberships
                                where memberships.user = users.id and memberships.role in ('owner', 'editor')
                                  and memberships.actor in (
                                      select :place union all select owner from forums where actor = :place)))
            """,
            {"actor": actor, "place": place["id"], "asked": settings.get(db, "two_steps_for_staff")},
        )
    )
