"""A member's filters: what she does not want to read, by word or by post, where, until when, folded or left out."""

import json
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from federation.bridge import now
from node.errors import Invalid, NodeError, NotFound
from node.people.sessions import Member
from node.posts import filters
from node.posts.filters import CONTEXTS, LONGEST_KEYWORD, MOST_KEYWORDS
from node.store import Database, Row
from node.text import mark, one_line
from web import guard, rendering, spans, words
from web.pages import act, cards
from web.pages.cards import Card
from web.spans import SPANS
from web.state import BRIDGE

routes = web.RouteTableDef()

EMPTY = 2  # lines for more words than there are
WORDS = {
    "home": mark("Home and lists"), "notifications": mark("Notifications"),
    "public": mark("Public timelines, forums and hashtags"), "thread": mark("Topics and answers"),
    "account": mark("Pages of people and associations"),
}  # fmt: skip
ACTIONS = {
    "warn": mark("Folded under the filter's title: one press shows them"), "hide": mark("Left out altogether"),
    "blur": mark("Shown, with pictures only on request"),
}  # fmt: skip
SHORT = {"warn": mark("folded"), "hide": mark("left out"), "blur": mark("without pictures")}
AS_IT_IS = "kept"  # the end that it has
DONE = {
    "saved": mark("Saved. The filter holds here and in your apps."),
    "ended": mark("The filter is over."),
    "post": mark("Done: this post is filtered. Here it can be taken out again."),
    "out": mark("That post is filtered no more."),
}
NO_FILTER = mark("There is no such filter.")


@dataclass(slots=True)
class Word:
    """A line of the form; known: the id of a word that stands in the filter already."""

    text: str = ""
    whole: bool = True
    known: int = 0


@dataclass(slots=True)
class Typed:
    """The form of a filter, as it stands or as it was sent."""

    title: str = ""
    action: str = "warn"
    contexts: list[str] = field(default_factory=lambda: ["home", "public", "notifications"])
    until: str = ""
    words: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class Shown:
    """A filter in the list; over: its time has passed."""

    row: Row
    words: list[str]
    posts: int
    contexts: list[str]
    over: bool


@routes.get("/me/filters")
async def every(request: web.Request) -> web.StreamResponse:
    """All of them, the oldest first."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    found = await request.app[BRIDGE].store.read(_every, member.actor)
    return await rendering.page(
        request, "filters.html", "me", found=found, contexts=WORDS, short=SHORT, done=DONE.get(request.query.get("done", ""), "")
    )  # fmt: skip


def _every(db: Database, actor: int) -> list[Shown]:
    at = now()
    return [
        Shown(
            row, [one["keyword"] for one in filters.keywords(db, row["id"])], len(filters.posts(db, row["id"])),
            json.loads(row["contexts"]), row["expires"] is not None and row["expires"] <= at,
        )
        for row in filters.of(db, actor)
    ]  # fmt: skip


@routes.get("/me/filters/new")
async def begin(request: web.Request) -> web.StreamResponse:
    """An empty form; `word` is filled in."""
    member = await guard.must_be_member(request)
    typed = Typed(words=[Word(one_line(request.query.get("word", ""), LONGEST_KEYWORD))])
    return await _page(request, member, typed)


@routes.post("/me/filters/new")
async def make(request: web.Request) -> web.StreamResponse:
    """The filter holds from now on."""
    return await _save(request, None)


@routes.get(r"/me/filters/{id:\d+}")
async def one(request: web.Request) -> web.StreamResponse:
    """The filter as it stands, to be changed."""
    member = await guard.must_be_member(request)
    row = await request.app[BRIDGE].store.read(filters.get, member.actor, guard.path_id(request, NO_FILTER))
    return await _page(request, member, None, row)


@routes.post(r"/me/filters/{id:\d+}")
async def change(request: web.Request) -> web.StreamResponse:
    """The filter as the form says."""
    return await _save(request, guard.path_id(request, NO_FILTER))


@routes.post(r"/me/filters/{id:\d+}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """The filter is gone; or one post is in it no more."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    number, post = guard.path_id(request, NO_FILTER), guard.number(guard.text(sent, "post", 20))
    with suppress(NotFound):  # sent twice: it is gone already
        if post is not None:
            await request.app[BRIDGE].store.write(filters.delete_post, member.actor, post)
        else:
            await request.app[BRIDGE].store.write(filters.delete, member.actor, number)
    raise guard.to("/me/filters?done=ended" if post is None else f"/me/filters/{number}?done=out")


async def _page(request: web.Request, member: Member, typed: Typed | None, row: Row | None = None,
                problem: NodeError | None = None) -> web.Response:  # fmt: skip
    """The form; typed None: as the filter stands."""
    await rendering.read_by(request)
    store = request.app[BRIDGE].store
    held: list[tuple[int, Card]] = []
    if row is not None:
        typed = typed or await store.read(_standing, row)
        held = await store.read(_held, member.actor, row["id"])
    assert typed is not None
    typed.words += [Word() for _ in range(EMPTY)]
    return await rendering.page(
        request, "filter.html", "me", 400 if problem else 200, typed=typed, row=row, held=held, problem=problem,
        contexts=WORDS, actions=ACTIONS, spans=SPANS, kept_end=AS_IT_IS, now=now(), done=DONE.get(request.query.get("done", ""), ""),
    )  # fmt: skip


def _standing(db: Database, row: Row) -> Typed:
    lines = [Word(one["keyword"], bool(one["whole"]), one["id"]) for one in filters.keywords(db, row["id"])]
    until = AS_IT_IS if row["expires"] is not None else ""
    return Typed(row["title"], row["action"], json.loads(row["contexts"]), until, lines)


def _held(db: Database, actor: int, identifier: int) -> list[tuple[int, Card]]:
    """(id in the filter, the post) of those that can still be seen."""
    rows = {row["post"]: row["id"] for row in filters.posts(db, identifier)}
    return [(rows[card.of], card) for card in cards.cards(db, list(rows), actor)]


async def _save(request: web.Request, number: int | None) -> web.StreamResponse:
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    typed, store = _read(sent), request.app[BRIDGE].store
    row = await store.read(filters.get, member.actor, number) if number is not None else None
    try:
        made = await store.write(_keep, member.actor, row, typed)
    except NotFound:
        raise
    except NodeError as refused:
        return await _page(request, member, typed, row, refused)
    raise guard.to("/me/filters?done=saved" if row is None else f"/me/filters/{made}?done=saved")


def _read(sent: guard.Form) -> Typed:
    """What was typed; lines without a word that stand for none are left out."""
    lines = []
    for n in range(MOST_KEYWORDS + EMPTY):
        if f"word-{n}" not in sent:
            break
        text = one_line(guard.text(sent, f"word-{n}"), LONGEST_KEYWORD + 1)
        known = guard.number(guard.text(sent, f"known-{n}", 20)) or 0
        if text or known:
            lines.append(Word(text, bool(sent.get(f"whole-{n}")), known))
    chosen = [str(one) for one in sent.getall("context", [])]
    return Typed(
        one_line(guard.text(sent, "title"), 200), guard.text(sent, "act", 10),
        [one for one in CONTEXTS if one in chosen], guard.text(sent, "until", 20), lines,
    )  # fmt: skip


def _keep(db: Database, actor: int, row: Row | None, typed: Typed) -> int:
    """The id of the filter as it was typed.  Raises Invalid in words for people."""
    said = [one for one in typed.words if one.text]
    if not said and not (row is not None and filters.posts(db, row["id"])):
        raise Invalid("Write at least one word.")
    if any(len(one.text) > LONGEST_KEYWORD for one in said):
        raise Invalid("A word or phrase has at most {most} characters.", most=LONGEST_KEYWORD)
    if not typed.contexts:
        raise Invalid("Choose at least one place where the filter holds.")
    if typed.action not in ACTIONS or (typed.until not in SPANS and typed.until != AS_IT_IS):
        raise Invalid("This request makes no sense as it stands")
    title = typed.title or (said[0].text if said else str(row["title"] if row is not None else ""))
    ends = row["expires"] if typed.until == AS_IT_IS and row is not None else None
    ends = spans.end(typed.until, now()) or ends
    if row is None:
        number = filters.create(db, actor, title, typed.contexts, typed.action, ends, now())
    else:
        number = row["id"]
        filters.change(
            db, actor, number, title=title, contexts=typed.contexts, action=typed.action, expires=ends
        )  # fmt: skip
    _keep_words(db, actor, number, typed.words)
    return number


def _keep_words(db: Database, actor: int, number: int, lines: list[Word]) -> None:
    """First those that go, then those that stay or are new: one may take the place of another."""
    standing = {row["id"]: row for row in filters.keywords(db, number)}
    for one in lines:
        if one.known in standing and not one.text:
            filters.delete_keyword(db, actor, one.known)
    for one in lines:
        if not one.text:
            continue
        if one.known not in standing:
            _add(db, actor, number, one)
        elif (one.text, one.whole) != (standing[one.known]["keyword"], bool(standing[one.known]["whole"])):
            filters.change_keyword(db, actor, one.known, one.text, one.whole)


def _add(db: Database, actor: int, number: int, word: Word) -> None:
    try:
        filters.add_keyword(db, actor, number, word.text, word.whole, now())
    except Invalid as error:
        raise Invalid("You filter {most} words already. Take some out first.", most=MOST_KEYWORDS) from error


# ── one post ──────────────────────────────────────────────────────────────────


@routes.get(r"/posts/{id:\d+}/filter")
async def ask_post(request: web.Request) -> web.StreamResponse:
    """Into which of her filters the post is to go."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    card, found = await request.app[BRIDGE].store.read(_asked, member.actor, guard.path_id(request))
    title = words.say("Posts that I hid")
    return await rendering.page(
        request, "post_filter.html", "me", post=card, found=found, actions=ACTIONS, short=SHORT, title=title,
        hid=next((row["id"] for row in found if row["title"] == title), 0),
    )  # fmt: skip


def _asked(db: Database, actor: int, number: int) -> tuple[Card | None, list[Row]]:
    return cards.card(db, act.must_see(db, number, actor)["id"], actor), filters.of(db, actor)


@routes.post(r"/posts/{id:\d+}/filter")
async def keep_post(request: web.Request) -> web.StreamResponse:
    """The post is in the filter that she chose, or in a new one that holds everywhere."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    wanted = guard.number(guard.text(sent, "filter", 20))
    title, action = one_line(guard.text(sent, "title"), 200), guard.text(sent, "act", 10)
    made = await request.app[BRIDGE].store.write(
        _keep_post, member.actor, guard.path_id(request), wanted, title, action
    )
    raise guard.to(f"/me/filters/{made}?done=post")


def _keep_post(db: Database, actor: int, number: int, wanted: int | None, title: str, action: str) -> int:
    post = act.must_see(db, number, actor)
    if wanted is None:
        if action not in ACTIONS:
            raise Invalid("This request makes no sense as it stands")
        wanted = filters.create(db, actor, title or "…", list(CONTEXTS), action, None, now())
    with suppress(Invalid):  # sent twice: it is in already
        filters.add_post(db, actor, wanted, post["id"], now())
    return wanted
