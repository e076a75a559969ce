"""A member's own account: what others read of her, how she logs in, who may follow her, and the way out."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation import actors as documents
from federation import closing, outbox
from federation.bridge import now
from node import html, mails, settings
from node.errors import Forbidden, Invalid, NodeError
from node.network import teams
from node.people import actors, digests, entry, follows, memberships, second_factors, sessions, tokens, users
from node.people.sessions import Member
from node.posts.compose import compose
from node.store import Database, Row
from node.text import LOCALES, many_lines, mark, one_line
from node.window import Window
from web import guard, rendering
from web.oauth import scope_words
from web.pages import people, writing
from web.pages.people import Who
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

MOST_FIELDS = 4
LONGEST_SUMMARY = 2000
DONE = {
    "profile": mark("Saved. Your followers hear of it."),
    "same": mark("It says this already."),
    "language": mark("Saved."),
    "password": mark("The new password holds. You were logged out everywhere else, and apps must ask again."),
    "letter": mark("A letter is on its way to that address. Open its link: then the address is yours."),
    "session": mark("That session is over."),
    "app": mark("That app may do nothing in your name any more."),
}


@dataclass(slots=True)
class Account:
    """What the page shows."""

    actor: Row
    user: Row
    summary: str
    fields: list[list[str]]
    associations: list[Row]
    sessions: list[Row]
    apps: list[Row]
    asking: list[Who]
    invitations: list[Row]
    digest: str
    letters: bool
    posting: dict[str, str]
    steps: second_factors.State


@routes.get("/me")
async def show(request: web.Request) -> web.StreamResponse:
    """The account with all that can be changed."""
    member = await guard.must_be_member(request)
    return await page(request, member)


async def page(request: web.Request, member: Member, status: int = 200, problem: NodeError | None = None,
               typed: dict[str, Any] | None = None) -> web.Response:  # fmt: skip
    """The account as it stands, with what was refused and what was typed then."""
    await rendering.read_by(request)
    account = await request.app[BRIDGE].store.read(_account, member)
    return await rendering.page(
        request, "me.html", "me", status, account=account, member=member, locales=LOCALES, problem=problem,
        done=DONE.get(request.query.get("done", ""), ""), typed=typed or {}, lite_now=rendering.saves_data(request),
        who=people.who(account.actor), banner=people.whole(account.actor, "image"), allowed=_allowed,
        tongues=writing.NAMES,
    )  # fmt: skip


def _account(db: Database, member: Member) -> Account:
    actor = actors.get(db, member.person)
    return Account(
        actor=actor, user=users.get(db, member.user), summary=html.plain(actor["summary"]),
        fields=[[name, html.plain(value)] for name, value, *_ in json.loads(actor["fields"])],
        associations=teams.associations_of(db, member.user), sessions=sessions.of(db, member.user),
        apps=tokens.of(db, member.user),
        asking=[people.who(row) for row in follows.followers(db, member.actor, Window(limit=100), state="pending")],
        invitations=teams.invitations_of(db, member.user),
        digest=digests.of(db, member.user), letters=mails.can_send(db), posting=writing.posting(db, member.actor),
        steps=second_factors.state(db, member.user),
    )  # fmt: skip


def _allowed(scopes: str) -> list[str]:
    """What an app may do, a sentence (a message id) for each thing, none twice."""
    return list(dict.fromkeys(scope_words(one) for one in scopes.split()))


# ── what others read ──────────────────────────────────────────────────────────


@routes.post("/me/profile")
async def change_profile(request: web.Request) -> web.StreamResponse:
    """Name, text, fields and openness are as she says; followers elsewhere hear of it."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    names = [one for one in sent.getall("field_name", []) if isinstance(one, str)]
    values = [one for one in sent.getall("field_value", []) if isinstance(one, str)]
    typed = {
        "display": one_line(guard.text(sent, "display"), documents.LONGEST_NAME),
        "summary": many_lines(guard.text(sent, "summary"), LONGEST_SUMMARY),
        "fields": [(one_line(name, 100), one_line(value, 500)) for name, value in zip(names, values, strict=False)][:MOST_FIELDS],
        "approves": bool(sent.get("approves")), "discoverable": bool(sent.get("discoverable")),
        "indexable": bool(sent.get("indexable")),
    }  # fmt: skip
    changed = await request.app[BRIDGE].store.write(_change_profile, member.person, typed)
    raise guard.to(f"/me?done={'profile' if changed else 'same'}")


def _change_profile(db: Database, identifier: int, typed: dict[str, Any]) -> bool:
    """Whether she says something else now; apps find it as she typed it."""
    actor = actors.get(db, identifier)
    lines = [[name, value] for name, value in typed["fields"] if name and value]
    kept = json.loads(actor["fields"])
    before = {(one_line(one[0], 100), one_line(html.plain(one[1]), 500)): one for one in kept}
    values = {
        "display": typed["display"] or actor["name"], "summary": unless_same(db, typed["summary"], actor["summary"], LONGEST_SUMMARY),
        "fields": [before.get((name, value)) or [name, written(db, value), None] for name, value in lines],
        "approves": int(typed["approves"]), "discoverable": int(typed["discoverable"]), "indexable": int(typed["indexable"]),
    }  # fmt: skip
    if actors.says(actor, values):
        return False
    details = json.loads(actor["details"]) | {"note": typed["summary"], "fields": lines}
    actors.change(db, identifier, now(), details=details, **values)
    tell(db, identifier)
    return True


def unless_same(db: Database, text: str, before: str, longest: int) -> str:
    """What was typed, as HTML; what nobody touched in a form for so many characters keeps its lists and links."""
    return before if text.strip() == many_lines(html.plain(before), longest).strip() else written(db, text)


def in_tongues(db: Database, typed: dict[str, str], before: dict[str, str], longest: int) -> dict[str, str]:
    """The same by language; what stands in a language that the form does not show stays."""
    kept = {tag: text for tag, text in before.items() if tag not in typed}
    said = {tag: text for tag, text in typed.items() if text.strip()}
    return kept | {tag: unless_same(db, text, before.get(tag, ""), longest) for tag, text in said.items()}


def written(db: Database, text: str) -> str:
    """What a person typed of herself, as HTML with its links."""
    origin = settings.get(db, "origin")
    host = origin.partition("://")[2]

    def find(name: str, at: str) -> Row | None:
        found = actors.by_handle(db, name, "" if at == host else at)
        return found if found is not None and not found["gone"] else None

    return compose(text, find, lambda tag: f"{origin}/tags/{tag}").html


def tell(db: Database, actor: int) -> None:
    """Followers elsewhere hear what the actor's document says now."""
    changed = actors.get(db, actor)
    outbox.update_actor(db, changed, documents.render(db, changed), now())


# ── how pages look to her ─────────────────────────────────────────────────────


@routes.post("/me/language")
async def change_language(request: web.Request) -> web.StreamResponse:
    """Pages speak the language of her choice, and spare her data when she asks."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    locale = guard.text(sent, "locale", 10)
    if locale and locale not in LOCALES:
        raise Invalid("We have no pages in this language.")
    await request.app[BRIDGE].store.write(users.set_locale, member.user, locale)
    response = guard.to("/me?done=language")
    response.del_cookie(rendering.COOKIE, path="/")
    response.set_cookie("lite", "1" if sent.get("lite") else "0", max_age=guard.YEAR, path="/", samesite="Lax",
                        secure=request.app[BRIDGE].origin.startswith("https://"))  # fmt: skip
    raise response


# ── how she logs in ───────────────────────────────────────────────────────────


@routes.post("/me/password")
async def change_password(request: web.Request) -> web.StreamResponse:
    """The new password holds; every other session and every app is out."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    try:
        await prove(request, member, guard.text(sent, "password", 2000))
        hashed = await asyncio.to_thread(users.hash_password, guard.text(sent, "new", 2000))
        await request.app[BRIDGE].store.write(_change_password, member, hashed)
    except NodeError as refused:
        return await page(request, member, 400, refused)
    raise guard.to("/me?done=password")


def _change_password(db: Database, member: Member, hashed: str) -> None:
    entry.set_password(db, member.user, hashed, now(), session=member.session)


@routes.post("/me/email")
async def change_email(request: web.Request) -> web.StreamResponse:
    """Her address, after she has proven that it is she: once she follows the link in the letter that goes there."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    email = guard.text(sent, "email", 320)
    try:
        await prove(request, member, guard.text(sent, "password", 2000))
        guard.often(request, "address", member, 10, 3600)
        waits = await request.app[BRIDGE].store.write(_change_email, member.user, email)
    except NodeError as refused:
        return await page(request, member, 400, refused, {"email": email})
    raise guard.to("/me?done=" + ("letter" if waits else "language"))


def _change_email(db: Database, user: int, typed: str) -> bool:
    return entry.ask_change(db, users.get(db, user), typed, now())


async def prove(request: web.Request, member: Member, password: str) -> None:
    """Raises Forbidden for a wrong password, and after ten of them."""
    if request.app[LIMITS].take_named("prove", str(member.user), 10, 900):
        raise Forbidden("Too many attempts. Please wait a quarter of an hour.")
    user = await request.app[BRIDGE].store.read(users.get, member.user)
    if not await asyncio.to_thread(users.password_is, user["password"], password):
        raise Forbidden("This is not your password.")


@routes.post("/me/sessions/end")
async def end_session(request: web.Request) -> web.StreamResponse:
    """One of her sessions is over, or all others."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    wanted = guard.number(guard.text(sent, "session", 20))
    store = request.app[BRIDGE].store
    if wanted is None:
        await store.write(sessions.end_all, member.user, member.session)
    else:
        await store.write(sessions.end, member.user, wanted)
    raise guard.to("/me?done=session")


@routes.post("/me/apps/end")
async def end_app(request: web.Request) -> web.StreamResponse:
    """One of her apps is out."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    await request.app[BRIDGE].store.write(tokens.end_of, member.user, guard.number(guard.text(sent, "app", 20)) or 0)
    raise guard.to("/me?done=app")


# ── the way out ───────────────────────────────────────────────────────────────


@routes.get("/me/delete")
async def ask_delete(request: web.Request) -> web.StreamResponse:
    """What a deletion means."""
    member = await guard.must_be_member(request)
    alone = await request.app[BRIDGE].store.read(memberships.owned_alone, member.user)
    return await rendering.page(request, "me_delete.html", "me", alone=alone, problem=None, member=member)


@routes.post("/me/delete")
async def delete(request: web.Request) -> web.StreamResponse:
    """The account, its posts and its profile are gone; other servers are told to forget them."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    store = request.app[BRIDGE].store
    alone = await store.read(memberships.owned_alone, member.user)
    try:
        if alone:
            raise Forbidden("First give each of your associations another owner.")
        await prove(request, member, guard.text(sent, "password", 2000))
        await store.write(_delete, member)
    except NodeError as refused:
        return await rendering.page(
            request, "me_delete.html", "me", 400, alone=alone, problem=refused, member=member
        )  # fmt: skip
    response = guard.to("/")
    guard.let_out(request, response)
    raise response


def _delete(db: Database, member: Member) -> None:
    actor = actors.get(db, member.person)
    closing.member(db, member.user, actor, now())
