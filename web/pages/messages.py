"""Messages: talks between the same people, and how far each message went."""

from dataclasses import dataclass, field

from aiohttp import web

from federation import outbox, resolve
from federation.bridge import Bridge, now
from federation.outbox import Draft
from node.care import audit
from node.errors import Busy, Invalid, NodeError, NotFound
from node.html import plain
from node.ids import LAST
from node.people import actors
from node.people.sessions import Member
from node.posts import idempotency, posts, talks, visits
from node.store import Database
from web import guard, rendering
from web.directions import unaddressed
from web.pages import cards, compose, people, writing
from web.pages.cards import Card
from web.pages.people import Who
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

PAGE = 40
MOST_PEOPLE = 12


@dataclass(slots=True)
class Line:
    """A talk in the list."""

    key: str
    people: list[Who]
    words: str
    at: int
    unread: int
    last: int  # the id of what was said last


@dataclass(slots=True)
class Said:
    """A message.  state: '', sent, trouble, failed, arrived."""

    card: Card
    mine: bool
    state: str = ""


@dataclass(slots=True)
class Shown:
    """A talk on its page."""

    people: list[Who]
    said: list[Said] = field(default_factory=list)
    older: int = 0


@routes.get("/messages")
async def show(request: web.Request) -> web.StreamResponse:
    """All talks."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    store = request.app[BRIDGE].store
    lines = await store.read(_lines, member.actor)
    await store.write(visits.look, member.actor, "messages", max((one.last for one in lines), default=0), now())
    return await rendering.page(request, "messages.html", "messages", lines=lines)


@routes.get(r"/messages/{key:\d+(-\d+)*}")
async def talk(request: web.Request) -> web.StreamResponse:
    """One talk, the newest last."""
    member = await guard.must_be_member(request)
    return await _page(request, member, _people_of(request))


@routes.post(r"/messages/{key:\d+(-\d+)*}")
async def send(request: web.Request) -> web.StreamResponse:
    """One message more."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    named = _people_of(request)
    text, key = guard.text(sent, "text", 100_000), guard.text(sent, "key", 64)
    try:
        if not await request.app[BRIDGE].store.read(talks.between, member.actor, named, LAST, 1):
            raise NotFound("There is no such conversation.")
        number = await _send(request, member, list(named), text, key)
    except NotFound:
        raise
    except NodeError as refused:
        return await _page(request, member, named, text, refused)
    raise guard.to(request.path, f"post-{number}")


@routes.get("/messages/new")
async def begin(request: web.Request) -> web.StreamResponse:
    """To whom, and what."""
    await guard.must_be_member(request)
    return await _new_page(request, request.query.get("to", "")[:500], request.query.get("text", "")[:2000])


@routes.post("/messages/new")
async def send_first(request: web.Request) -> web.StreamResponse:
    """The first message to somebody: here, or on another node that is asked for her."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    to, text, key = guard.text(sent, "to", 500), guard.text(sent, "text", 100_000), guard.text(sent, "key", 64)
    try:
        named = await _named(request.app[BRIDGE], member, to)
        await _send(request, member, named, text, key)
    except NodeError as refused:
        return await _new_page(request, to, text, refused)
    raise guard.to("/messages/" + "-".join(map(str, sorted(named))))


async def _named(bridge: Bridge, member: Member, typed: str) -> list[int]:
    """Ids of those whose handles were typed.  Raises Invalid for one whom nobody knows."""
    found = []
    for one in typed.replace(",", " ").replace("،", " ").split()[:MOST_PEOPLE]:
        name, _, host = one.lstrip("@").partition("@")
        actor = await bridge.store.read(actors.by_handle, name, "" if host.lower() == bridge.host else host)
        if actor is None and host:
            try:
                actor = await resolve.handle(bridge, one.lstrip("@"))
            except NodeError:
                actor = None
        if actor is None or actor["gone"] or actor["type"] in ("Application", "Group"):
            raise Invalid("We know nobody called {name}.", name=one)
        if actor["id"] != member.actor:
            found.append(actor["id"])
    if not found:
        raise Invalid("Say to whom it goes: @name, or @name@node.")
    return list(dict.fromkeys(found))


async def _send(request: web.Request, member: Member, named: list[int], text: str, key: str) -> int:
    wait = request.app[LIMITS].take_named("post", str(member.user), *compose.POSTS)
    if wait:
        raise Busy("You sent many posts in a short time. Your text is kept: try again in a minute.", after=wait)
    chosen = await rendering.chosen(request)
    language = writing.default_language(await rendering.language(request, member.locale), chosen["country"])
    return await request.app[BRIDGE].store.write(_publish, member, named, text, language, key)


def _publish(db: Database, member: Member, named: list[int], text: str, language: str, key: str) -> int:
    key = writing.key_of("message", key, named, text)
    known = idempotency.find(db, member.user, key, now())
    if known is not None:
        return known
    last = talks.between(db, member.actor, tuple(sorted(named)), LAST, 1)
    draft = Draft(text=text, visibility="direct", language=language, user=member.user, mention=named,
                  reply_to=last[0] if last else None)  # fmt: skip
    post = outbox.publish(db, actors.get(db, member.actor), draft, now())
    idempotency.keep(db, member.user, key, post["id"], now())
    if member.acts_for_another:
        audit.note(db, member.user, member.actor, "message", now(), post["uri"])
    return int(post["id"])


# ── shown ─────────────────────────────────────────────────────────────────────


def _lines(db: Database, viewer: int) -> list[Line]:
    lines = []
    for one in talks.of(db, viewer)[:100]:
        last = posts.get(db, one.last)
        lines.append(
            Line(
                one.key,
                _who(db, one.people),
                unaddressed(" ".join(plain(last["content"]).split()))[:120],
                last["published"],
                one.unread,
                one.last,
            )
        )
    return lines


def _who(db: Database, identifiers: tuple[int, ...]) -> list[Who]:
    return [people.who(actors.get(db, one)) for one in identifiers]


async def _page(request: web.Request, member: Member, named: tuple[int, ...], text: str = "",
                problem: NodeError | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    store = request.app[BRIDGE].store
    before = guard.number(request.query.get("max_id", "")) or LAST
    shown = await store.read(_talk, member.actor, named, before)
    newest = shown.said[-1].card.id if shown.said else 0
    await store.write(visits.look, member.actor, "talk " + "-".join(map(str, named)), newest, now())
    return await rendering.page(
        request, "talk.html", "messages", 400 if problem else 200, shown=shown, text=text, problem=problem,
        key=writing.new_key(), place=request.path,
    )  # fmt: skip


def _talk(db: Database, viewer: int, named: tuple[int, ...], before: int) -> Shown:
    found = talks.between(db, viewer, named, before, PAGE + 1)
    if not found:
        raise NotFound("There is no such conversation.")
    said = [Said(card, card.author.id == viewer) for card in cards.cards(db, found[:PAGE][::-1], viewer)]
    states = talks.states(db, [one.card.uri for one in said if one.mine])
    for one in said:
        if one.mine:
            one.state = states.get(one.card.uri, "arrived")
    return Shown(_who(db, named), said, found[PAGE - 1] if len(found) > PAGE else 0)


async def _new_page(request: web.Request, to: str, text: str, problem: NodeError | None = None) -> web.Response:
    return await rendering.page(
        request, "message_new.html", "messages", 400 if problem else 200, to=to, text=text, problem=problem,
        key=writing.new_key(),
    )  # fmt: skip


def _people_of(request: web.Request) -> tuple[int, ...]:
    found = [guard.number(one) for one in request.match_info["key"].split("-")]
    if not found or len(found) > MOST_PEOPLE or None in found:
        raise NotFound("There is no such conversation.")
    return tuple(sorted({one for one in found if one}))
