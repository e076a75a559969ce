"""Writing: news, a topic, a post, a poll, an answer; editing what one wrote; drafts.

A form that cannot be taken comes back as it was typed, and is kept as a draft.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from federation import outbox, proposals, updates
from federation.bridge import now
from federation.outbox import Draft
from federation.updates import News
from node import html
from node.care import audit
from node.errors import Busy, Invalid, NodeError, NotFound
from node.network import board
from node.people import actors
from node.people.sessions import Member
from node.posts import drafts, idempotency, media, posts
from node.store import Database, Row
from web import guard, rendering
from web.mastodon.drafts import ask_for_mentioned
from web.pages import act, attached, board_form, event_writing, later, writing
from web.pages.writing import Typed
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

POSTS = (30, 300)  # posts in so many seconds
TITLED = ("topic", *board.KINDS)


@dataclass(slots=True)
class Refused:
    """Why a form came back."""

    status: int
    error: NodeError


# ── new ───────────────────────────────────────────────────────────────────────


@routes.get("/new")
async def begin(request: web.Request) -> web.StreamResponse:
    """The form of a kind, with the draft that was left in it."""
    member = await guard.must_be_member(request)
    if request.query.get("kind") == "event":
        raise guard.to(event_writing.PATH)
    reader = await rendering.read_by(request)
    store = request.app[BRIDGE].store
    typed = await _first(request, member)
    draft = None
    if "fresh" in request.query:
        await store.write(drafts.forget, member.user, _page_of(typed))
    else:
        draft = await store.read(drafts.find, member.user, _page_of(typed), reader.now)
    if draft is not None:
        typed = Typed.restored(drafts.body(draft))
    return await _form(request, member, typed, draft=draft["at"] if draft is not None else 0)


async def _first(request: web.Request, member: Member) -> Typed:
    """The form as its address asks for it."""
    asked = request.query
    store = request.app[BRIDGE].store
    usual = await store.read(writing.posting, member.actor)
    typed = Typed(
        reply=asked.get("reply", "")[:20], place=asked.get("in", "")[:200],
        language=await _language(request, member, usual),
    )  # fmt: skip
    kind = asked.get("kind", "")
    if kind not in writing.KINDS:
        has_projects = await store.read(writing.my_projects, member)
        kind = "note" if typed.reply or not has_projects else "update"
    typed.kind = kind
    if kind in ("note", "question"):  # the others are for everybody by what they are
        typed.visibility = usual.get("visibility", typed.visibility)
    if kind in board.KINDS:
        for name, value in (await store.read(board_form.begin, member)).items():
            setattr(typed, name, value)
    if typed.place:
        place = await store.read(writing.place_of, typed)
        typed.place = str(place["id"]) if place is not None else ""
        if place is not None and kind == "need":
            typed.project, typed.voice = place["uri"], await store.read(writing.voice_of_team, member, place["id"])
    parent = guard.number(typed.reply)
    if parent is not None:
        _post, _named, typed.visibility = await store.read(writing.answered, member, parent)
    elif asked.get("to"):
        typed.text, typed.visibility = f"@{asked['to'][:200].lstrip('@')} ", "direct"
    return typed


@routes.post("/new")
async def send(request: web.Request) -> web.StreamResponse:
    """Published, or kept as a draft, or shown again with what is wrong."""
    sent = await attached.form(request)
    member = await guard.must_be_member(request)
    typed = writing.read(sent)
    store = request.app[BRIDGE].store
    if guard.text(sent, "do", 10) == "draft":
        await store.write(drafts.keep, member.user, _page_of(typed), typed.kept(), now())
        raise guard.to("/drafts?kept=1")
    pictures: list[int] = []
    try:
        _not_too_often(request, member)
        author, _ = await store.read(writing.signed, member, typed.voice)
        pictures = await attached.pictures(request, author["id"], sent)
        await ask_for_mentioned(request.app[BRIDGE], typed.text)
        if typed.on and typed.kind == "note" and not typed.reply:
            zone = (await rendering.chosen(request))["timezone"]
            await store.write(_put_off, member, typed, pictures, zone)
            raise guard.to("/drafts?kept=later")
        number = await store.write(_publish, member, typed, pictures)
    except NodeError as error:
        return await _again(request, member, typed, error, pictures)
    raise guard.to(f"/posts/{number}/page")


def _put_off(db: Database, member: Member, typed: Typed, pictures: list[int], zone: str) -> None:
    writing.check(typed)
    author, on_behalf = writing.signed(db, member, typed.voice)
    later.keep(db, member, author, _draft(db, member, typed, pictures, on_behalf, None), typed, zone)
    drafts.forget(db, member.user, _page_of(typed))


@routes.post(r"/posts/{id:\d+}/reply")
async def answer(request: web.Request) -> web.StreamResponse:
    """The short form below a post."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    store = request.app[BRIDGE].store
    parent = request.match_info["id"]
    typed = Typed(text=guard.text(sent, "text", 100_000), reply=parent, key=guard.text(sent, "key", 64))
    typed.key = typed.key or writing.key_of("reply", parent, typed.text)
    typed.language = await _language(request, member, await store.read(writing.posting, member.actor))
    try:
        _not_too_often(request, member)
        _parent, _named, typed.visibility = await store.read(writing.answered, member, guard.number(parent) or 0)
        await ask_for_mentioned(request.app[BRIDGE], typed.text)
        number = await store.write(_publish, member, typed, [])
    except NodeError as error:
        if isinstance(error, NotFound):
            raise
        return await _again(request, member, typed, error, [])
    raise guard.to(guard.back(request, sent, f"/posts/{parent}/page"), f"post-{number}")


def _publish(db: Database, member: Member, typed: Typed, pictures: list[int]) -> int:
    """The id of the post; the same for a form that was sent before."""
    key = writing.key_of(typed.key, typed.kept())  # sent twice it is one post; changed on the way back, another
    known = idempotency.find(db, member.user, key, now())
    if known is not None:
        return known
    writing.check(typed)
    author, on_behalf = writing.signed(db, member, typed.voice)
    place = writing.place_of(db, typed)
    if typed.kind == "update" and place is not None:
        news = News(
            text=typed.text, title=typed.title, language=typed.language, progress=_share(typed.progress),
            stage=writing.stage_of(typed, place), on_behalf=on_behalf, media=pictures,
        )  # fmt: skip
        if news.stage is not None:
            news.stage_progress, news.progress = news.progress, None
        post = updates.publish(db, author, member.user, place, news, now())
    else:
        draft = _draft(db, member, typed, pictures, on_behalf, place)
        if draft.kind in board.KINDS:
            writing.check_project(db, typed, author["id"], on_behalf)
            post = proposals.publish(db, author, draft, board_form.facts(db, typed.kept()), now())
        else:
            post = outbox.publish(db, author, draft, now())
    idempotency.keep(db, member.user, key, post["id"], now())
    drafts.forget(db, member.user, _page_of(typed))
    _record(db, member, author, on_behalf, "publish", post)
    return int(post["id"])


def _draft(db: Database, member: Member, typed: Typed, pictures: list[int], on_behalf: int | None,
           place: Row | None) -> Draft:  # fmt: skip
    draft = Draft(
        text=typed.text, kind=typed.kind, title=typed.title if typed.kind in TITLED else "",
        visibility=typed.visibility, language=typed.language[:35], warning=typed.warning, user=member.user,
        media=pictures, on_behalf=on_behalf, place=place["id"] if place is not None and typed.kind == "topic" else None,
    )  # fmt: skip
    if typed.kind == "question":
        draft.poll = writing.poll_of(typed, now())
    parent = guard.number(typed.reply)
    if parent is not None:
        draft.kind = "note" if typed.kind != "question" else "question"
        draft.reply_to = parent
        _post, draft.mention, _seen_by = writing.answered(db, member, parent)
    return draft


def _share(typed: str) -> int | None:
    if not typed:
        return None
    found = guard.number(typed)
    if found is None or found > 100:
        raise Invalid("Progress is between 0 and 100.")
    return found


def _record(db: Database, member: Member, author: Row, on_behalf: int | None, what: str, post: Row) -> None:
    """What is said for an association stands in its record."""
    whom = on_behalf if on_behalf is not None else author["id"]
    if whom != member.person:
        audit.note(db, member.user, whom, what, now(), post["uri"])


def _not_too_often(request: web.Request, member: Member) -> None:
    wait = request.app[LIMITS].take_named("post", str(member.user), *POSTS)
    if wait:
        raise Busy("You sent many posts in a short time. Your text is kept: try again in a minute.", after=wait)


# ── shown ─────────────────────────────────────────────────────────────────────


async def _again(
    request: web.Request, member: Member, typed: Typed, error: NodeError, pictures: list[int]
) -> web.Response:
    """The form as it was typed, with what is wrong; kept as a draft."""
    if isinstance(error, attached.Kept):
        pictures = error.found
    if not typed.is_empty():
        await request.app[BRIDGE].store.write(drafts.keep, member.user, _page_of(typed), typed.kept(), now())
    status = 429 if isinstance(error, Busy) else 400
    response = await _form(request, member, typed, pictures=pictures, problem=Refused(status, error))
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.after)
    return response


async def _form(request: web.Request, member: Member, typed: Typed, *, draft: int = 0, pictures: list[int] | None = None,
                problem: Refused | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    typed.key = typed.key or writing.new_key()
    found = await request.app[BRIDGE].store.read(writing.choices, member, typed, pictures or [])
    return await rendering.page(
        request, "compose.html", "compose", problem.status if problem else 200, typed=typed, choices=found, draft=draft,
        problem=problem.error if problem else None, tongues=_languages((await rendering.chosen(request))["country"]),
        names=writing.NAMES, fresh=_page_of(typed) + "&fresh=1", options=writing.OPTIONS, days=writing.DAYS, editing=None,
    )  # fmt: skip


async def _language(request: web.Request, member: Member, usual: dict[str, str]) -> str:
    """The one that she chose for her posts, else that of the pages."""
    if usual.get("language") in writing.NAMES:
        return usual["language"]
    country = (await rendering.chosen(request))["country"]
    return writing.default_language(await rendering.language(request, member.locale), country)


def _languages(country: str) -> list[str]:
    return [one for one in writing.LANGUAGES if one != ("aeb" if country == "MA" else "ary")]


def _page_of(typed: Typed) -> str:
    """The address of the form, under which its draft is kept."""
    found = {"kind": typed.kind}
    if typed.reply:
        found = {"reply": typed.reply}
    elif typed.kind == "topic" and typed.place:
        found["in"] = typed.place
    return "/new?" + urlencode(found)


# ── editing ───────────────────────────────────────────────────────────────────


@routes.get(r"/posts/{id:\d+}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    """What was written, to be changed."""
    member = await guard.must_be_member(request)
    post = await request.app[BRIDGE].store.read(act.must_own, member, guard.number(request.match_info["id"]) or 0)
    if post["kind"] == "event":
        raise guard.to(f"/e/{post['id']}/edit")
    typed = Typed(kind="topic" if post["title"] else "note", text=post["source"] or html.plain(post["content"]),
                  title=post["title"], language=post["language"], warning=post["warning"])  # fmt: skip
    if post["kind"] in board.KINDS:
        typed.kind = post["kind"]
        kept = await request.app[BRIDGE].store.read(board_form.again, board.of(posts.details(post)))
        for name, value in kept.items():
            setattr(typed, name, value)
    return await _edit_form(request, typed, post)


@routes.post(r"/posts/{id:\d+}/edit")
async def change(request: web.Request) -> web.StreamResponse:
    """The post says the new text; everyone who had it hears."""
    sent = await attached.form(request)
    member = await guard.must_be_member(request)
    bridge = request.app[BRIDGE]
    number = guard.number(request.match_info["id"]) or 0
    post = await bridge.store.read(act.must_own, member, number)
    if post["kind"] == "event":
        raise guard.to(f"/e/{number}/edit")
    typed = writing.read(sent)
    pictures: list[int] | None = None
    try:
        _not_too_often(request, member)
        pictures = await attached.pictures(request, post["author"], sent, number)
        await ask_for_mentioned(bridge, typed.text)
        await bridge.store.write(_change, member, number, typed, pictures)
    except attached.Kept as error:
        return await _edit_form(request, typed, post, error, error.found)
    except NodeError as error:
        return await _edit_form(request, typed, post, error, pictures)
    raise guard.to(f"/posts/{number}/page")


def _change(db: Database, member: Member, number: int, typed: Typed, pictures: list[int]) -> None:
    post = act.must_own(db, member, number)
    media.detach_others(db, number, pictures)
    named = [row["id"] for row in posts.mentions(db, number)]
    draft = Draft(text=typed.text, title=typed.title or post["title"], language=typed.language[:35], warning=typed.warning,
                  user=member.user, media=pictures, mention=named, on_behalf=post["on_behalf"],
                  sensitive=bool(post["sensitive"]) and not post["warning"])  # fmt: skip
    if post["kind"] in board.KINDS:
        typed.kind = post["kind"]
        writing.check_project(db, typed, post["author"], post["on_behalf"])
        draft.details = proposals.edited(post, board_form.facts(db, typed.kept()), now())
    outbox.edit(db, post, draft, now())
    _record(db, member, actors.get(db, post["author"]), post["on_behalf"], "edit", post)


async def _edit_form(request: web.Request, typed: Typed, post: Row, problem: NodeError | None = None,
                     pictures: list[int] | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    shown = await request.app[BRIDGE].store.read(attached.shown, post["id"], pictures)
    values: dict[str, Any] = {
        "typed": typed, "draft": 0, "problem": problem, "names": writing.NAMES, "fresh": "", "days": writing.DAYS,
        "tongues": _languages((await rendering.chosen(request))["country"]), "options": 0, "editing": post["id"],
        "choices": writing.Choices([], [], pictures=shown, most=(await rendering.chosen(request))["post_length"],
                                   board=await _board_options(request, typed)),
    }  # fmt: skip
    return await rendering.page(request, "compose.html", "compose", 400 if problem else 200, **values)


async def _board_options(request: web.Request, typed: Typed) -> board_form.Options | None:
    if typed.kind not in board.KINDS:
        return None
    store = request.app[BRIDGE].store
    mine = await store.read(writing.my_projects, await guard.must_be_member(request))
    return await store.read(board_form.options, typed.region, now(), writing.named_projects(mine))


# ── drafts ────────────────────────────────────────────────────────────────────


@routes.get("/drafts")
async def show_drafts(request: web.Request) -> web.StreamResponse:
    """What she began and did not publish."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    found, waiting = await request.app[BRIDGE].store.read(
        lambda db: (_drafts(db, member, now()), later.listed(db, member))
    )
    kept = request.query.get("kept", "")
    return await rendering.page(request, "drafts.html", "drafts", drafts=found, put_by=kept, waiting=waiting)


def _drafts(db: Database, member: Member, at: int) -> list[dict[str, Any]]:
    return [
        {"page": row["page"], "at": row["at"], "title": body.get("title", ""), "text": body.get("text", "")[:200],
         "kind": body.get("kind", "note")}
        for row in drafts.of(db, member.user, at) for body in [drafts.body(row)]
    ]  # fmt: skip


@routes.post("/drafts/forget")
async def forget_draft(request: web.Request) -> web.StreamResponse:
    """This one is gone."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    await request.app[BRIDGE].store.write(drafts.forget, member.user, guard.text(sent, "page", 300))
    raise guard.to("/drafts")
