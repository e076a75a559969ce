"""A member's log-in in two steps: turned on with a first code, recovery codes shown once, turned off again.

Each change wants her password, and once it is on a code too.  The secret is shown only
in the session that began it, until its first code was right; the pages are kept nowhere.
"""

from collections.abc import Sequence

from aiohttp import web

from federation import two_steps
from federation.bridge import now
from node.errors import Forbidden, NodeError
from node.people import second_factors
from node.people.sessions import Member
from node.text import mark
from web import guard, rendering
from web.pages import me
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

PATH = guard.TWO_STEPS
TRIES = (10, 900)  # codes of a member who is logged in, in so many seconds
OFTEN = mark("Too many attempts. Please wait a quarter of an hour.")
DONE = {"off": mark("Your password alone opens your account again.")}


@routes.get(PATH)
async def show(request: web.Request) -> web.StreamResponse:
    """What it is, or what the phone must learn, or how it can be changed."""
    return await _page(request, await guard.must_be_member(request))


@routes.post(PATH)
async def begin(request: web.Request) -> web.StreamResponse:
    """A secret waits for its first code."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    try:
        await me.prove(request, member, guard.text(sent, "password", 2000))
        await two_steps.begin(request.app[BRIDGE], member.user, member.session)
    except NodeError as refused:
        return await _page(request, member, refused)
    raise guard.to(PATH)


@routes.post(PATH + "/confirm")
async def confirm(request: web.Request) -> web.StreamResponse:
    """From now on her log-in asks for a code; the recovery codes, for the only time."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    try:
        _must_not_guess(request, member)
        codes = await two_steps.confirm(request.app[BRIDGE], member.user, member.session, guard.text(sent, "code", 80))
    except NodeError as refused:
        return await _page(request, member, refused)
    return await _page(request, member, codes=codes, first=True)


@routes.post(PATH + "/codes")
async def renew(request: web.Request) -> web.StreamResponse:
    """Ten new recovery codes, for the only time."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    try:
        await _prove(request, member, sent)
        codes = await two_steps.renew(request.app[BRIDGE], member.user)
    except NodeError as refused:
        return await _page(request, member, refused)
    return await _page(request, member, codes=codes)


@routes.post(PATH + "/off")
async def end(request: web.Request) -> web.StreamResponse:
    """Her password alone opens the account again."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    try:
        await _prove(request, member, sent)
        await request.app[BRIDGE].store.write(two_steps.turn_off, member.user)
    except NodeError as refused:
        return await _page(request, member, refused)
    raise guard.to(PATH + "?done=off")


async def _prove(request: web.Request, member: Member, sent: guard.Form) -> None:
    """Raises Forbidden for a wrong password, a wrong code, and after ten tries (me.prove counts them)."""
    await me.prove(request, member, guard.text(sent, "password", 2000))
    if not await two_steps.proves(request.app[BRIDGE], member.user, guard.text(sent, "code", 80)):
        raise Forbidden(second_factors.WRONG)


def _must_not_guess(request: web.Request, member: Member) -> None:
    if request.app[LIMITS].take_named("prove code", str(member.user), *TRIES):
        raise Forbidden(OFTEN)


async def _page(request: web.Request, member: Member, problem: NodeError | None = None, *, codes: Sequence[str] = (),
                first: bool = False) -> web.Response:  # fmt: skip
    bridge = request.app[BRIDGE]
    response = await rendering.page(
        request, "me_two_steps.html", "me", 400 if problem else 200, head=rendering.Head(indexed=False), member=member,
        problem=problem, first=first, state=await bridge.store.read(second_factors.state, member.user),
        begun=await two_steps.begun(bridge, member.user, member.session, member.name), at=now(),
        codes=[" ".join(one[i : i + 4] for i in range(0, len(one), 4)) for one in codes],
        done=DONE.get(request.query.get("done", ""), ""),
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.pop("ETag", None)
    return response
