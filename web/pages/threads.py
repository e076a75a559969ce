"""A post and what answers it, on two levels, by the page."""

import json
from dataclasses import dataclass, field

from federation import vocabulary as v
from node import hosts, queue
from node.network import topics
from node.posts import refreshed, visibility
from node.store import Database, Row
from web import words
from web.pages import cards
from web.pages.cards import Card

PAGE = 30  # replies of the first level
SILENT = 3  # failures in a row after which we say that we wait for a node

_FIRST = (
    "select posts.id from posts where posts.reply_to = :post and posts.boost_of is null and "
    + visibility.POSTS
    + " order by posts.published, posts.id limit :limit offset :offset"
)
_COUNT = "select count(*) from posts where posts.reply_to = :post and posts.boost_of is null and " + visibility.POSTS
# Everything below a reply of the first level, however deep, in order of time.
_BELOW = """
with recursive below (id, top) as (
    select posts.id, posts.reply_to from posts
     where posts.reply_to in (select value from json_each(:ids))
    union all
    select posts.id, below.top from posts join below on posts.reply_to = below.id
     limit 600
)
select below.id, below.top from below join posts on posts.id = below.id
 where posts.boost_of is null and """ + visibility.POSTS + """
 order by posts.published, posts.id
"""  # fmt: skip


@dataclass(slots=True)
class Reply:
    """A reply of the first level, and all that hangs below it, flat."""

    id: int
    card: Card | None = None  # None: a moderator hid it
    under: list["Reply"] = field(default_factory=list)
    to: str = ""  # whom it answers, where that is not plain from its place
    solution: bool = False
    reason: str = ""  # why it was hidden
    state: str = ""  # `waiting` or `refused` in a forum elsewhere


@dataclass(slots=True)
class Thread:
    """One page of replies; total counts those of the first level."""

    replies: list[Reply]
    total: int
    page: int
    pages: int


@dataclass(slots=True)
class Sync:
    """How much of a topic that began elsewhere is here: kind is the badge's, word and more are said."""

    kind: str
    word: str
    more: str


def sync(db: Database, topic: Row) -> Sync | None:
    """What is known of the topic's answers; None for one of our own, whose answers all come here.

    Its server was asked for the rest when a member opened it last; while the look is
    still to come, or the server silent, that is said.
    """
    if topic["local"]:
        return None
    host = v.host(topic["uri"])
    server = words.ltr(host)
    asked = refreshed.at(db, f"thread {topic['id']}")
    known = hosts.get(db, host)
    if known is not None and known["failures"] >= SILENT and known["silent"] is not None:
        heard = words.say("last contact {when}", when=words.ago(known["heard"])) if known["heard"] else ""
        return Sync("warn", words.say("We wait for the node {host}", host=server), heard)
    if asked is None:
        return Sync("", words.say("The rest is read when a member opens this topic"), "")
    if queue.is_waiting(db, f"thread {topic['id']}"):
        return Sync("", words.say("We are reading the rest from {host}", host=server), "")
    return Sync("ok", words.say("All answers are here"), _since(asked))


def _since(at: int | None) -> str:
    return words.say("asked {when}", when=words.ago(at)) if at is not None else ""


def below(db: Database, post: int, viewer: int | None, page: int = 1) -> Thread:
    """The page of replies to the post."""
    total = int(db.value(_COUNT, {"post": post, "viewer": viewer}))
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    wanted = {"post": post, "viewer": viewer, "limit": PAGE, "offset": (page - 1) * PAGE}
    first = [row[0] for row in db.rows(_FIRST, wanted)]
    deeper = [(row[0], row[1]) for row in db.rows(_BELOW, {"ids": json.dumps(first), "viewer": viewer})]
    known = {one.id: one for one in cards.cards(db, first + [one for one, _ in deeper], viewer)}
    made = {one: Reply(one, known[one]) for one in first if one in known}
    for one, top in deeper:
        if one in known and top in made:
            above = known.get(known[one].reply_to or 0)
            to = above.author.name if above is not None and above.id != top else ""
            made[top].under.append(Reply(one, known[one], to=to))
    return Thread(list(made.values()), total, page, pages)


def answers(db: Database, topic: Row, viewer: int | None, page: int = 1) -> Thread:
    """The page of a topic's answers: those of its forum, as moderators left them; total counts them all."""
    total = topics.count_answers(db, topic, viewer)
    pages = max(1, -(-total // topics.PAGE))
    page = min(max(page, 1), pages)
    rows = topics.answers(db, topic, viewer, page=page)
    known = {one.id: one for one in cards.cards(db, [row["id"] for row in rows], viewer)}
    for card in known.values():
        card.locked = card.locked or bool(topic["locked"])
    made: dict[int, Reply] = {}
    for row in rows:
        reply = Reply(
            row["id"], known.get(row["id"]), to=(row["answered_name"] or "") if row["level"] == 2 else "", solution=bool(row["is_solution"]),
            reason=row["reason"] or "", state=row["submission"] if row["author"] == viewer and row["submission"] in ("waiting", "refused") else "",
        )  # fmt: skip
        if row["level"] == 2 and row["root"] in made:
            made[row["root"]].under.append(reply)
        else:
            made[row["id"]] = reply
    return Thread(list(made.values()), total, page, pages)
