"""What moderators decide about a post in their forum, and which answer solved a topic: forms for federation/moderation."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation import groups, moderation
from federation.bridge import now
from node.care import audit
from node.errors import Invalid, NodeError, NotFound
from node.network import bans, forums, topics
from node.network import moderation as moderation_log
from node.people import actors
from node.people.sessions import Member
from node.posts import posts, visibility
from node.store import Database, Row
from node.text import mark, one_line
from web import guard, rendering, viewer
from web.pages import cards, people
from web.state import BRIDGE

routes = web.RouteTableDef()

DAY = 86_400_000
OFTEN = (120, 600)  # decisions in so many seconds
DECISIONS = ("pin", "unpin", "lock", "unlock", "remove", "restore", "solve", "unsolve", "ban", "unban")
WHY = mark("Say why: everybody reads the reason.")
DAYS = (7, 30, 365)  # that somebody may be shut out for; else it is for good


@dataclass(frozen=True, slots=True)
class Tools:
    """What the reader may do in a topic: decide as a moderator, mark the solution."""

    moderates: bool = False
    solves: bool = False


NONE = Tools()


def tools(db: Database, reader: viewer.Viewer | None, topic: Row) -> Tools:
    """What this reader may do in the topic."""
    if reader is None or topic["place"] is None:
        return NONE
    moderates = decides(db, topic["place"], reader)
    return Tools(moderates, moderates or topic["author"] in _hers(reader))


def decides(db: Database, place: int, reader: viewer.Viewer) -> bool:
    """Whether the reader moderates the place."""
    return as_whom(db, place, _hers(reader)) is not None


def shut_out(db: Database, place: int, reader: viewer.Viewer | None) -> str:
    """Why neither she nor the association she acts for may write there at all, as a sentence; '' where one may."""
    if actors.get(db, place)["gone"]:
        return groups.CLOSED
    if reader is None:
        return ""
    held = [bans.get(db, place, one, now()) is not None for one in dict.fromkeys(_hers(reader))]
    return groups.BANNED if all(held) else ""


def _hers(reader: viewer.Viewer) -> tuple[int, int]:
    return reader.actor, int(reader.more.get("person", reader.actor))


def as_whom(db: Database, place: int, hers: tuple[int, int]) -> int | None:
    """As which of her actors she decides there; None when as neither."""
    row = actors.get(db, place)
    if row["type"] != "Group":
        return None
    return next((one for one in hers if forums.may_moderate(db, row, one)), None)


def closed_to(db: Database, forum: Row, member: Member) -> str:
    """Why neither she nor the association she acts for may open a topic there, as a sentence; '' where one may."""
    said = [
        groups.refusal(db, forum, actors.get(db, one), None, now())
        for one in dict.fromkeys((member.actor, member.person))
    ]
    return "" if "" in said else said[0]


@routes.get(r"/posts/{id:\d+}/moderate")
async def ask(request: web.Request) -> web.StreamResponse:
    """The post and what may be decided about it; for others there is no such page."""
    member = await guard.must_be_member(request)
    return await _page(request, member)


@routes.post(r"/posts/{id:\d+}/moderate")
async def decide(request: web.Request) -> web.StreamResponse:
    """Pinned, closed, removed with a reason, marked as the solution; or that taken back.  Members everywhere hear."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "moderate", member, *OFTEN)
    number = guard.number(request.match_info["id"]) or 0
    do, reason = guard.text(sent, "do", 10), one_line(guard.text(sent, "reason"), moderation.LONGEST_REASON)
    try:
        days, with_posts = guard.number(guard.text(sent, "days", 5)), bool(sent.get("all"))
        path = await request.app[BRIDGE].store.write(_decide, member, number, do, reason, days, with_posts)
    except NotFound:
        raise
    except NodeError as refused:
        return await _page(request, member, refused, reason)
    raise guard.to(path, f"post-{number}" if path.startswith("/t/") else "")


def _decide(db: Database, member: Member, number: int, do: str, reason: str, days: int | None,
            with_posts: bool) -> str:  # fmt: skip
    """Where what was decided is seen: the topic, or the forum when it is there no more."""
    post = _post(db, member, number)
    topic = _topic(db, post)
    if do not in DECISIONS:
        raise Invalid("Choose what is to be done.")
    if do == "remove" and not reason:
        raise Invalid(WHY)
    moderator = as_whom(db, post["place"], (member.actor, member.person))
    asks = topic["author"] if topic["author"] in (member.actor, member.person) else None
    who = moderator if moderator is not None else asks if do in ("solve", "unsolve") else None
    if who is None:
        raise NotFound("There is no such post.")
    if do in ("ban", "unban"):
        shut(db, actors.get(db, who), actors.get(db, post["place"]), actors.get(db, post["author"]), do, reason, days,
             with_posts)  # fmt: skip
    else:
        _do(db, actors.get(db, who), topic, post, do, reason)
    audit.note(db, member.user, post["place"], f"topic {do}", now(), post["uri"], reason)
    there = topic["id"] == post["thread"] and posts.get(db, topic["id"])["removed"] is None
    return f"/t/{topic['id']}" if there else people.address(actors.get(db, post["place"]))


def _do(db: Database, who: Row, topic: Row, post: Row, do: str, reason: str) -> None:
    at = now()
    match do:
        case "pin":
            moderation.pin(db, who, post, at)
        case "unpin":
            moderation.unpin(db, who, post, at)
        case "lock":
            moderation.lock(db, who, post, at, reason)
        case "unlock":
            moderation.unlock(db, who, post, at)
        case "remove":
            moderation.remove(db, who, post, reason, at)
        case "restore":
            moderation.restore(db, who, post, at)
        case "solve":
            if post["id"] == topic["id"]:
                raise Invalid("An answer solves a topic, not the question.")
            moderation.solve(db, who, topic, post, at)
        case _:
            moderation.solve(db, who, topic, None, at)


def shut(db: Database, who: Row, place: Row, target: Row, do: str, reason: str, days: int | None,
         with_posts: bool) -> None:  # fmt: skip
    """The target is out of the place, for so many days or for good (`ban`), or in again; with_posts: what it wrote too.

    Raises Invalid for who moderates there, and for a ban without a reason.
    """
    if do == "unban":
        moderation.unban(db, who, place, target, now(), with_posts=with_posts)
        return
    if not reason:
        raise Invalid(WHY)
    if target["id"] == who["id"] or forums.may_moderate(db, place, target["id"]):
        raise Invalid("Who moderates this forum is not shut out of it.")
    until = now() + days * DAY if days in DAYS and days is not None else None
    moderation.ban(db, who, place, target, reason, now(), until=until, with_posts=with_posts)


def _topic(db: Database, post: Row) -> Row:
    """The topic of the post; the post itself where the topic was deleted by who began it."""
    return posts.by_id(db, post["thread"]) or post


def _post(db: Database, member: Member, number: int) -> Row:
    """The post, seen or removed, in a forum.  Raises NotFound for who neither moderates there nor began the topic."""
    post = db.row("select * from posts where id = ? and boost_of is null and place is not null", (number,))
    if post is None:
        raise NotFound("There is no such post.")
    moderates = as_whom(db, post["place"], (member.actor, member.person)) is not None
    first = db.row("select author from posts where id = ?", (post["thread"],))
    began = first is not None and first["author"] in (member.actor, member.person)
    if not moderates and not (began and visibility.see(db, number, member.actor) is not None):
        raise NotFound("There is no such post.")
    return post


async def _page(
    request: web.Request, member: Member, problem: NodeError | None = None, reason: str = ""
) -> web.Response:
    await rendering.read_by(request)
    number = guard.number(request.match_info["id"]) or 0
    found: dict[str, Any] = await request.app[BRIDGE].store.read(_shown, member, number)
    return await rendering.page(
        request, "moderate.html", "moderate", 400 if problem else 200, problem=problem, reason=reason, **found
    )  # fmt: skip


def _shown(db: Database, member: Member, number: int) -> dict[str, Any]:
    post = _post(db, member, number)
    topic = _topic(db, post)
    state = (
        topics.one(db, topic["id"], member.actor) if topic["id"] == post["thread"] and not topic["removed"] else None
    )
    removal = moderation_log.last(db, "remove", post=number) if post["removed"] is not None else None
    return {
        "number": number, "card": cards.card(db, number, member.actor), "removed": post["removed"] is not None,
        "is_topic": post["id"] == post["thread"], "title": topic["title"],
        "topic": topic["id"] if topic["id"] == post["thread"] else None,
        "place": people.who(actors.get(db, post["place"])),
        "moderates": as_whom(db, post["place"], (member.actor, member.person)) is not None,
        "pinned": bool(state and state["pinned"]), "locked": bool(topic["locked"]),
        "author": people.who(actors.get(db, post["author"])), "days": DAYS,
        "banned": bans.get(db, post["place"], post["author"], now()) is not None,
        "solution": state is not None and state["solution"] == number,
        "shuts": not forums.may_moderate(db, actors.get(db, post["place"]), post["author"]),
        "why": removal["reason"] if removal is not None else "",
        "hidden": bool(moderation_log.hidden_with(db, post["place"], post["author"])),
    }  # fmt: skip
