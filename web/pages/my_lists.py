"""Lists on pages: some of those whom a member follows, read apart; made, named, filled and ended."""

from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from federation.bridge import now
from node.errors import Invalid, NodeError, NotFound
from node.ids import LAST
from node.people import follows
from node.people.sessions import Member
from node.posts import lists
from node.posts.filters import Sieve
from node.store import Database, Row
from node.text import mark, one_line
from node.window import Window
from web import fresh, guard, rendering
from web.pages import accounts, act, people, sifting, timeline
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 40  # people
OFFERED = 20  # of those who could be put in
REPLIES = {
    "list": mark("to people in this list"), "followed": mark("to everybody whom I follow"), "none": mark("no answers"),
}  # fmt: skip
DONE = {
    "made": mark("The list is made. Now put somebody in it."),
    "saved": mark("Saved."),
    "ended": mark("The list is gone. Those who stood in it are followed as before."),
}
NO_LIST = mark("There is no such list.")


@dataclass(slots=True)
class Typed:
    """The form of a list."""

    title: str = ""
    replies: str = "list"
    exclusive: bool = False


@dataclass(slots=True)
class Filled:
    """A list with those who stand in it, and those who could."""

    row: Row
    inside: list[Who]
    offered: list[Who]
    older: int = 0


@dataclass(slots=True)
class Mine:
    """Her lists, those of the node last; sizes: how many stand in each, by its id."""

    rows: list[Row]
    sizes: dict[int, int] = field(default_factory=dict)


@routes.get("/lists")
async def every(request: web.Request) -> web.StreamResponse:
    """All of them, and a form for one more."""
    member = await guard.must_be_member(request)
    return await _all(request, member, Typed())


async def _all(request: web.Request, member: Member, typed: Typed, problem: NodeError | None = None) -> web.Response:
    await rendering.read_by(request)
    mine = await request.app[BRIDGE].store.read(_mine, member.actor)
    return await rendering.page(
        request, "lists.html", "lists", 400 if problem else 200, mine=mine, typed=typed, replies=REPLIES, problem=problem,
        kept_by_node=lists.TITLES, done=DONE.get(request.query.get("done", ""), ""),
    )  # fmt: skip


def _mine(db: Database, actor: int) -> Mine:
    return Mine(lists.of(db, actor), lists.sizes(db, actor))


@routes.post("/lists")
async def make(request: web.Request) -> web.StreamResponse:
    """A new list, and on to whom to put in it."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    typed = _read(sent)
    try:
        made = await request.app[BRIDGE].store.write(_make, member.actor, typed)
    except NodeError as refused:
        return await _all(request, member, typed, refused)
    raise guard.to(f"/lists/{made}/edit?done=made")


def _make(db: Database, actor: int, typed: Typed) -> int:
    _check(typed)
    return int(lists.create(db, actor, typed.title, typed.replies, typed.exclusive, now())["id"])


@routes.get(r"/lists/{id:\d+}")
async def one(request: web.Request) -> web.StreamResponse:
    """What those in it say, newest first."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    number, before = _number(request), guard.number(request.query.get("max_id", "")) or LAST
    sieve = sifting.of(request, "home")
    row, mine, shown = await fresh.read_by(
        request, member, (number, before), _timeline, member.actor, number, before, sieve
    )
    return await rendering.page(
        request, "list.html", "lists", row=row, mine=mine, shown=shown, kept_by_node=lists.TITLES,
    )  # fmt: skip


def _timeline(
    db: Database, actor: int, number: int, before: int, sieve: Sieve | None
) -> tuple[Row, Mine, timeline.Shown]:
    row = lists.get(db, actor, number)
    shown = timeline.page(
        db, actor, before, "", sieve, lambda at, limit: lists.timeline(db, actor, number, at, 0, limit)
    )
    return row, _mine(db, actor), shown


# ── changing one ──────────────────────────────────────────────────────────────


@routes.get(r"/lists/{id:\d+}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    """Its title and rules, who stands in it, who could."""
    member = await guard.must_be_member(request)
    return await _edit(request, member)


async def _edit(request: web.Request, member: Member, typed: Typed | None = None,
                problem: NodeError | None = None) -> web.Response:  # fmt: skip
    await rendering.read_by(request)
    text, before = _asked(request), guard.number(request.query.get("before", ""))
    found = await request.app[BRIDGE].store.read(_filled, member.actor, _number(request), text, before)
    row = found.row
    typed = typed or Typed(row["title"], row["replies"], bool(row["exclusive"]))
    return await rendering.page(
        request, "list_edit.html", "lists", 400 if problem else 200, row=row, found=found, typed=typed, replies=REPLIES,
        problem=problem, text=text, done=DONE.get(request.query.get("done", ""), ""),
    )  # fmt: skip


def _filled(db: Database, actor: int, number: int, text: str, before: int | None) -> Filled:
    """Raises NotFound for the node's own lists too: they are not hers to fill."""
    row = lists.get(db, actor, number)
    if number in lists.TITLES:
        raise NotFound(NO_LIST)
    window = Window(limit=PAGE + 1) if before is None else Window(before=before, limit=PAGE + 1)
    inside = lists.members(db, actor, number, window)
    offered = [people.who(one) for one in lists.outside(db, actor, number, text, OFFERED)]
    older = inside[PAGE - 1]["place"] if len(inside) > PAGE else 0
    return Filled(row, [people.who(one) for one in inside[:PAGE]], offered, older)


@routes.post(r"/lists/{id:\d+}/edit")
async def change(request: web.Request) -> web.StreamResponse:
    """Another title, other rules."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    number, typed = _number(request), _read(sent)
    try:
        await request.app[BRIDGE].store.write(_change, member.actor, number, typed)
    except NotFound:
        raise
    except NodeError as refused:
        return await _edit(request, member, typed, refused)
    raise guard.to(f"/lists/{number}/edit?done=saved")


def _change(db: Database, actor: int, number: int, typed: Typed) -> None:
    lists.get(db, actor, number)
    _check(typed)
    lists.change(db, actor, number, typed.title, typed.replies, typed.exclusive)


@routes.post(r"/lists/{id:\d+}/people")
async def fill(request: web.Request) -> web.StreamResponse:
    """Somebody stands in it, or not any more; back at the list as it was looked through."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    number, who = _number(request), guard.number(guard.text(sent, "who", 20)) or 0
    await request.app[BRIDGE].store.write(_fill, member.actor, number, who, guard.text(sent, "do", 10))
    raise guard.to(guard.back(request, sent, f"/lists/{number}/edit"))


def _fill(db: Database, actor: int, number: int, who: int, do: str) -> None:
    if do == "remove":
        lists.remove(db, actor, number, [who])
        return
    with suppress(Invalid):  # sent twice: she stands in it
        lists.add(db, actor, number, [who], now())


@routes.post(r"/lists/{id:\d+}/end")
async def end(request: web.Request) -> web.StreamResponse:
    """The list is gone."""
    await guard.form(request)
    member = await guard.must_be_member(request)
    with suppress(NotFound):  # sent twice: it is gone already
        await request.app[BRIDGE].store.write(lists.delete, member.actor, _number(request))
    raise guard.to("/lists?done=ended")


# ── one account ───────────────────────────────────────────────────────────────


@routes.get("/@{name}/lists")
async def holding(request: web.Request) -> web.StreamResponse:
    """In which of her lists the account stands, whether its shares come home, whether she is told of each post."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    store = request.app[BRIDGE].store
    actor = await store.read(accounts.find, request.match_info["name"])
    mine, held, follow, may = await store.read(_holding, member.actor, actor["id"])
    return await rendering.page(
        request, "list_choice.html", "lists", who=people.who(actor), mine=mine, held=held, follow=follow, may=may
    )


def _holding(db: Database, actor: int, target: int) -> tuple[list[Row], set[int], Row | None, bool]:
    """(her own lists, ids of those in which the target stands, how she follows it, whether it may stand in one)."""
    known = follows.get(db, actor, target)
    mine = [row for row in lists.of(db, actor) if row["id"] not in lists.TITLES]
    may = actor == target or (known is not None and known["state"] == "accepted")
    return mine, {row["id"] for row in lists.holding(db, actor, target)}, known, may


@routes.post("/@{name}/lists")
async def choose(request: web.Request) -> web.StreamResponse:
    """The account stands in the lists that were ticked, and in no other of hers; it is followed as she says."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "act", member, *act.ACTS)
    store = request.app[BRIDGE].store
    actor = await store.read(accounts.find, request.match_info["name"])
    chosen = {guard.number(one) for one in sent.getall("list", [])}
    how = {"boosts": bool(sent.get("boosts")), "notify": bool(sent.get("notify"))}
    await store.write(_choose, member.actor, actor["id"], chosen, how)
    raise guard.to(people.address(actor))


def _choose(db: Database, actor: int, target: int, chosen: set[int | None], how: dict[str, bool]) -> None:
    mine, held, known, _ = _holding(db, actor, target)
    if known is not None:
        follows.choose(db, actor, target, boosts=how["boosts"], notify=how["notify"])
    for row in mine:
        if row["id"] in chosen and row["id"] not in held:
            lists.add(db, actor, row["id"], [target], now())
        elif row["id"] in held and row["id"] not in chosen:
            lists.remove(db, actor, row["id"], [target])


# ── what was sent ─────────────────────────────────────────────────────────────


def _number(request: web.Request) -> int:
    return guard.path_id(request, NO_LIST)


def _asked(request: web.Request) -> str:
    return one_line(request.query.get("q", ""), 100).lstrip("@")


def _read(sent: guard.Form) -> Typed:
    replies = guard.text(sent, "replies", 10)
    return Typed(one_line(guard.text(sent, "title"), lists.LONGEST_TITLE), replies, bool(sent.get("exclusive")))


def _check(typed: Typed) -> None:
    """Raises Invalid in words for people."""
    if not typed.title:
        raise Invalid("A list needs a title.")
    if typed.replies not in REPLIES:
        raise Invalid("This request makes no sense as it stands")
