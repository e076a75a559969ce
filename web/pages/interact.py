"""Acting from elsewhere, both ways: a visitor goes on at her own server, and people sent here by another server go on here."""

import json
from typing import Any

from aiohttp import web

from federation import interaction, resolve
from node.errors import Invalid, NodeError, NotFound
from node.people import follows
from node.store import Database, Row
from web import forms, guard, rendering, words
from web.pages import cards, people
from web.rendering import Head
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()
COOKIE = "home"
YEAR = 365 * 86_400
ASKED = (20, 300)  # servers that one address may have us ask in so many seconds
LONGEST = 2048


@routes.post("/interact")
async def leave(request: web.Request) -> web.StreamResponse:
    """On to her own server, which she has named.

    A page with a link that is followed by itself: our forms may lead to our own pages only,
    and browsers hold redirects to that.
    """
    guard.must_be_from_here(request)
    sent = await forms.read(request)
    uri, home = str(sent.get("uri", ""))[:LONGEST], str(sent.get("home", ""))[:300].strip()
    wait = request.app[LIMITS].take("interact", request.remote, *ASKED)
    if wait:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
    if not uri.startswith(("https://", "http://")) or any(ord(one) < 33 for one in uri):
        raise Invalid("This request makes no sense as it stands")
    await rendering.read_by(request)
    head = Head(title=words.say("On to your server"), indexed=False)
    try:
        address = await interaction.address(request.app[BRIDGE], home, uri)
    except Invalid as problem:
        return await rendering.page(
            request, "interact.html", "interact", 400, problem=problem, uri=uri, typed=home, head=head
        )
    response = await rendering.page(
        request, "interact.html", "interact", address=address, server=interaction.read(home)[1], head=head
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Refresh"] = f"0; url={address}"
    response.set_cookie(
        COOKIE, home, max_age=YEAR, path="/", secure=rendering.is_secure(request), httponly=True, samesite="Lax"
    )
    return response


@routes.get("/authorize_interaction")
async def arrive(request: web.Request) -> web.StreamResponse:
    """Somebody of ours was sent here by another server: the account with a button to follow it, or our page of the post."""
    uri = request.query.get("uri", "")[:LONGEST].strip()
    if not uri:
        raise Invalid("This request makes no sense as it stands")
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    actor, where = await _known(request, uri, member.actor)
    if where:
        raise web.HTTPFound(where)
    if actor is None:
        raise NotFound("Nothing was found at this address.")
    followed = await request.app[BRIDGE].store.read(follows.get, member.actor, actor["id"])
    return await rendering.page(
        request, "authorize_interaction.html", "interact", who=people.who(actor), actor=actor,
        summary=words.pick(json.loads(actor["summaries"]), actor["summary"]), followed=followed is not None,
        own=actor["id"] == member.actor, head=Head(title=words.say("Follow from here"), indexed=False),
    )  # fmt: skip


async def _known(request: web.Request, uri: str, seer: int) -> tuple[Row | None, str]:
    """(actor, '') or (None, address of the post's page); both empty when nothing is to be had."""
    bridge = request.app[BRIDGE]
    found: Any = await bridge.store.read(_here, uri)
    if found is None and not bridge.is_ours(uri):
        if request.app[LIMITS].take("interact", request.remote, *ASKED):
            raise web.HTTPTooManyRequests
        try:
            if uri.startswith("http"):
                asks = None if guard.was_sent_here(request) else seer
                _, found = await resolve.anything(bridge, uri, actor_id=asks)
            else:
                found = await resolve.handle(bridge, uri)
        except NodeError:
            found = None
    if found is None:
        return None, ""
    if "inbox" in found.keys():
        return found, ""
    card = await bridge.store.read(cards.card, found["id"], seer)
    return None, f"{card.url}#reply" if card is not None else ""


def _here(db: Database, uri: str) -> Row | None:
    for column in ("uri", "url"):
        actor = db.row(
            "select * from actors where " + column + " = ? and gone is null and type <> 'Application'", (uri,)
        )
        if actor is not None:
            return actor
    post = db.row("select * from posts where uri = ? and boost_of is null", (uri,))
    return post
