"""What a member does to a post or an account with one button: forms that end where they began."""

from typing import Any

from aiohttp import web

from federation import outbox, reporting, voting
from federation.bridge import now
from federation.handlers import announce, block, flag, follow, like
from node import settings
from node.care import audit, reports
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.network import forums, moderators, topics
from node.people import actors, blocks, mutes, sessions
from node.people.sessions import Member
from node.posts import marks, timelines, tombstones, visibility
from node.store import Database, Row
from web import guard, rendering, spans
from web.pages import cards, people, removed, whom
from web.state import BRIDGE

routes = web.RouteTableDef()

ACTS = (120, 60)  # buttons in so many seconds
REPORTS = (10, 3600)


# ── posts ─────────────────────────────────────────────────────────────────────


@routes.post(r"/posts/{id:\d+}/{verb:like|unlike|boost|unboost|bookmark|unbookmark|vote}")
async def react(request: web.Request) -> web.StreamResponse:
    """Done, and back at the post."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *ACTS)
    identifier = guard.path_id(request)
    choices = [int(one) for one in sent.getall("choice", []) if isinstance(one, str) and one.isdigit() and len(one) < 3]
    await request.app[BRIDGE].store.write(_react, member, identifier, request.match_info["verb"], choices)
    raise guard.to(guard.back(request, sent), f"post-{identifier}")


def _react(db: Database, member: Member, identifier: int, verb: str, choices: list[int]) -> None:
    post = must_see(db, identifier, member.actor)
    actor = actors.get(db, member.actor)
    match verb:
        case "like":
            like.put(db, actor, post, now())
        case "unlike":
            like.take_back(db, actor, post, now())
        case "boost":
            announce.put(db, actor, post, now(), user=member.user)
        case "unboost":
            announce.take_back(db, actor, post, now())
        case "bookmark":
            marks.bookmark(db, member.actor, post["id"], now())
        case "unbookmark":
            marks.unbookmark(db, member.actor, post["id"])
        case _:
            _vote(db, member, post, choices)
    if member.acts_for_another and verb in ("boost", "unboost"):
        audit.note(db, member.user, member.actor, verb, now(), post["uri"])


def _vote(db: Database, member: Member, post: Row, choices: list[int]) -> None:
    try:
        voting.vote(db, actors.get(db, member.actor), post, choices, now())
    except Conflict:
        return  # sent twice: the first vote stands


@routes.get(r"/posts/{id:\d+}/delete")
async def ask_delete(request: web.Request) -> web.StreamResponse:
    """Asks once more, because a deletion is told to other servers and cannot be taken back."""
    return await _about(request, "post_delete.html", "delete", own=True)


@routes.post(r"/posts/{id:\d+}/delete")
async def delete(request: web.Request) -> web.StreamResponse:
    """The member's own post is gone, here at once and elsewhere soon."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    raise guard.to(await request.app[BRIDGE].store.write(_delete, member, guard.path_id(request)))


def _delete(db: Database, member: Member, identifier: int) -> str:
    """Where she goes on: to what it answered, to its forum, else home."""
    if tombstones.find(db, f"{settings.get(db, 'origin')}/posts/{identifier}") is not None:
        return "/feed"  # sent twice: it is gone already
    post = must_own(db, member, identifier)
    if post["author"] != member.person:
        audit.note(db, member.user, post["author"], "delete", now(), post["uri"])
    outbox.delete(db, post, now())
    if post["reply_to"] is not None and visibility.see(db, post["reply_to"], member.actor) is not None:
        return f"/posts/{post['reply_to']}/page"
    return people.address(actors.get(db, post["place"])) if post["place"] is not None else "/feed"


@routes.get(r"/posts/{id:\d+}/report")
async def ask_report(request: web.Request) -> web.StreamResponse:
    """What is wrong with it."""
    return await _about(request, "post_report.html", "report")


@routes.post(r"/posts/{id:\d+}/report")
async def report(request: web.Request) -> web.StreamResponse:
    """The moderators have it."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "report", member, *REPORTS)
    comment, category = guard.text(sent, "comment", 3000).strip(), guard.text(sent, "category", 20)
    forward = bool(sent.get("forward"))
    author = await request.app[BRIDGE].store.write(_report, member, guard.path_id(request), comment, category, forward)
    await rendering.read_by(request)
    return await rendering.page(request, "reported.html", "report", who=people.who(author))


def _report(db: Database, member: Member, identifier: int, comment: str, category: str, forward: bool) -> Row:
    """Who wrote the post."""
    post = must_see(db, identifier, member.actor)
    author = actors.get(db, post["author"])
    place = actors.get(db, post["place"]) if post["place"] is not None else None
    forward = forward and not (author["local"] and (place is None or place["local"]))
    if reports.is_known(db, member.person, author["id"], [post["id"]], comment):
        return author
    reports.keep(db, member.person, author["id"], [post["id"]], comment, now(), category=category, forward=forward)
    reporting.tell_moderators(db, author["id"], [post["id"]], comment, now())
    if forward:
        flag.put(db, author, [post["id"]], comment, now())
    return author


@routes.get(r"/posts/{id:\d+}/page")
async def to_page(request: web.Request) -> web.StreamResponse:
    """On to the post's page, whatever its kind; for links that hold only its number."""
    member = await guard.member(request)
    number = guard.path_id(request)
    try:
        path, post = await request.app[BRIDGE].store.read(_address, number, member.actor if member else None)
    except NotFound as missing:
        return await removed.page(request, missing)
    raise guard.to(path, f"post-{post}")


def _address(db: Database, number: int, seer: int | None) -> tuple[str, int]:
    """(the page where the post is read, its id): an answer in a forum among the others, where they are on one page."""
    post = must_see(db, number, seer)
    first = visibility.see(db, post["thread"], seer) if post["place"] is not None else None
    if (
        first is not None
        and first["kind"] == "topic"
        and first["place"] == post["place"]
        and topics.on_one_page(db, first, seer)
    ):
        return f"/t/{first['id']}", post["id"]
    kind = cards.KINDS.get(post["kind"], cards.KINDS["card"])
    path = (
        f"/{kind.path}/{post['id']}" if kind.path else f"{people.address(actors.get(db, post['author']))}/{post['id']}"
    )
    return path, post["id"]


def must_see(db: Database, identifier: int, viewer: int | None) -> Row:
    """The post, a boost as what it boosts.  Raises NotFound when the viewer may not see it."""
    post = visibility.see(db, identifier, viewer)
    if post is not None and post["boost_of"] is not None:
        post = visibility.see(db, post["boost_of"], viewer)
    if post is None:
        raise NotFound("There is no such post.")
    return post


def must_own(db: Database, member: Member, identifier: int) -> Row:
    """A post that she wrote as herself, or as whom she acts.  Raises NotFound."""
    post = must_see(db, identifier, member.actor)
    if not post["local"] or post["author"] not in (member.person, member.actor):
        raise NotFound("There is no such post.")
    return post


async def _about(request: web.Request, template: str, page: str, *, own: bool = False) -> web.Response:
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    find: Any = must_own if own else _seen
    post = await request.app[BRIDGE].store.read(find, member, guard.path_id(request))
    made = await request.app[BRIDGE].store.read(cards.card, post["id"], member.actor)
    watched = await request.app[BRIDGE].store.read(_is_watched, post)
    return await rendering.page(request, template, page, post=made, watched=watched)


def _is_watched(db: Database, post: Row) -> bool:
    """Whether it stands in a forum that is ours, or that somebody here looks after: they read what is reported there."""
    place = actors.get(db, post["place"]) if post["place"] is not None else None
    if place is None or not forums.is_forum(place):
        return False
    return bool(place["local"]) or moderators.live_here(db, place["id"])


def _seen(db: Database, member: Member, identifier: int) -> Row:
    return must_see(db, identifier, member.actor)


# ── accounts ──────────────────────────────────────────────────────────────────


@routes.post(r"/@{name}/{verb:follow|unfollow|block|unblock|mute|unmute|authorize|reject}")
async def stand(request: web.Request) -> web.StreamResponse:
    """Follow, block, mute, let in or refuse an account, and back where the button was."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *ACTS)
    target = await whom.account(request.app[BRIDGE], request.match_info["name"])
    ends = spans.end(guard.text(sent, "span", 10), now())  # of a mute
    await request.app[BRIDGE].store.write(_stand, member, target["id"], request.match_info["verb"], ends)
    raise guard.to(guard.back(request, sent, people.address(target)))


def _stand(db: Database, member: Member, target: int, verb: str, ends: int | None) -> None:
    actor, other = actors.get(db, member.actor), actors.get(db, target)
    match verb:
        case "follow":
            follow.ask(db, actor, other, now())
        case "unfollow":
            follow.end(db, actor, other, now())
        case "block":
            if actor["id"] == other["id"]:
                raise Invalid("You cannot block yourself.")
            block.put(db, actor, other, now())
            timelines.unmerge(db, actor["id"], other["id"])
        case "unblock":
            blocks.end(db, actor["id"], other["id"])
        case "mute":
            if actor["id"] == other["id"]:
                raise Invalid("You cannot mute yourself.")
            mutes.keep(db, actor["id"], other["id"], True, ends, now())
        case "unmute":
            mutes.end(db, actor["id"], other["id"])
        case "authorize":
            follow.authorize(db, actor, other, now())
        case _:
            follow.reject(db, actor, other, now())
    if member.acts_for_another:
        audit.note(db, member.user, member.actor, verb, now(), other["uri"])


@routes.post("/me/act-as")
async def act_as(request: web.Request) -> web.StreamResponse:
    """The session acts as herself, or as an association that she speaks for."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    wanted = guard.number(guard.text(sent, "actor", 20))
    if wanted is None:
        raise Forbidden("You may not speak for this account.")
    await request.app[BRIDGE].store.write(sessions.act_as, member, wanted)
    raise guard.to(guard.back(request, sent))
