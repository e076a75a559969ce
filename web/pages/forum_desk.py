"""A forum as its moderators keep it: what it says of itself, and who looks after it."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation import groups, moderation
from federation.bridge import now
from node import html
from node.care import audit
from node.errors import Conflict, Invalid, NodeError, NotFound
from node.network import forums, moderators
from node.people import actors
from node.people.sessions import Member
from node.store import Database, Row
from node.text import many_lines, mark, one_line
from web import guard, rendering
from web.pages import closing, directory, me, moderating, people, whom
from web.pages import forum as pages
from web.rendering import Head
from web.state import BRIDGE

routes = web.RouteTableDef()

OFTEN = (60, 3600)  # changes in so many seconds
LANGUAGES = ("ar", "fr", "zgh", "en")
BESIDE = ("ar", "fr")  # open from the start
LONGEST_TITLE, LONGEST_TEXT = 60, 5000
DONE = {
    "saved": mark("Saved. Members on other servers hear of it."),
    "same": mark("It says this already."),
    "appointed": mark("They look after this forum from now on."),
    "dismissed": mark("They do not look after this forum any more."),
}
Typed = dict[str, Any]


@dataclass(slots=True)
class Shown:
    """What the form stands on."""

    actor: Row
    who: people.Who
    typed: Typed
    moderators: list[people.Who]
    deletes: bool


@routes.get("/f/{name}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    """The form with the forum as it is; for who does not moderate it there is no such page."""
    return await _page(request, await guard.must_be_member(request))


@routes.post("/f/{name}/edit")
async def change(request: web.Request) -> web.StreamResponse:
    """The forum says what was typed, and its members elsewhere hear of it; or the form comes back."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "forum", member, *OFTEN)
    name, typed = request.match_info["name"], _read(sent)
    try:
        changed = await request.app[BRIDGE].store.write(_change, member, name, typed)
    except NotFound:
        raise
    except NodeError as refused:
        return await _page(request, member, refused, typed)
    raise guard.to(f"/f/{name}/edit?done={'saved' if changed else 'same'}")


@routes.post("/f/{name}/moderators")
async def moderator(request: web.Request) -> web.StreamResponse:
    """Somebody, here or elsewhere, looks after the forum from now on, or does not any more."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    guard.often(request, "forum", member, *OFTEN)
    name, who = request.match_info["name"], guard.text(sent, "who", 300).strip()
    dismissed = guard.text(sent, "do", 10) == "dismiss"
    store = request.app[BRIDGE].store
    await store.read(must_moderate, member, name)
    try:
        target = (await _meant(request, who))["id"]
        await store.write(_dismiss if dismissed else _appoint, member, name, target)
    except NodeError as refused:
        return await _page(request, member, refused, asked="" if dismissed else who)
    if dismissed and not await store.read(_still, member, name):
        raise guard.to(f"/f/{name}")
    raise guard.to(f"/f/{name}/edit?done={'dismissed' if dismissed else 'appointed'}", "moderators")


def must_moderate(db: Database, member: Member, name: str) -> tuple[Row, Row]:
    """(the forum of ours, the actor as which she decides there).  Raises NotFound."""
    actor = pages.find(db, name)
    decides = moderating.as_whom(db, actor["id"], (member.actor, member.person)) if actor["local"] else None
    if decides is None:
        raise NotFound("There is no page at this address.")
    return actor, actors.get(db, decides)


# ── what was typed, and what it means ─────────────────────────────────────────


def _read(sent: guard.Form) -> Typed:
    return {
        "titles": {tag: one_line(guard.text(sent, f"title-{tag}"), LONGEST_TITLE) for tag in LANGUAGES},
        "aims": {tag: many_lines(guard.text(sent, f"aim-{tag}"), LONGEST_TEXT) for tag in LANGUAGES},
        "rules": {tag: many_lines(guard.text(sent, f"rules-{tag}"), LONGEST_TEXT) for tag in LANGUAGES},
        "field": guard.text(sent, "field", 100).strip(), "restricted": bool(sent.get("restricted")),
    }  # fmt: skip


def _as_it_is(db: Database, actor: Row) -> Typed:
    known = forums.get(db, actor["id"])
    aims = people.tongues(actor, "summary", "summaries")
    return {
        "titles": people.tongues(actor, "display", "displays"),
        "aims": {tag: html.plain(text) for tag, text in aims.items()},
        "rules": {tag: html.plain(text) for tag, text in (known.rules if known else {}).items()},
        "field": known.field if known else "", "restricted": known is not None and known.restricted,
    }  # fmt: skip


def _change(db: Database, member: Member, name: str, typed: Typed) -> bool:
    """Whether the forum says something else now."""
    actor, decides = must_moderate(db, member, name)
    before = people.tongues(actor, "display", "displays")
    titles = {tag: text for tag, text in before.items() if tag not in LANGUAGES}
    titles |= {tag: text for tag, text in typed["titles"].items() if text}
    if not titles:
        raise Invalid("A forum needs a title.")
    main = actor["language"] if actor["language"] in titles else groups.main_language(db, titles)
    known = forums.get(db, actor["id"])
    aims = me.in_tongues(db, typed["aims"], people.tongues(actor, "summary", "summaries"), LONGEST_TEXT)
    changed = groups.change_forum(
        db, decides, actor, now(), display=titles[main], displays=titles, language=main,
        summary=aims.get(main) or next(iter(aims.values()), ""), summaries=aims,
        rules=me.in_tongues(db, typed["rules"], known.rules if known else {}, LONGEST_TEXT), field=typed["field"],
        restricted=typed["restricted"],
    )  # fmt: skip
    if changed:
        audit.note(db, member.user, actor["id"], "forum changed", now(), actor["uri"])
    return changed


# ── who looks after it ────────────────────────────────────────────────────────


async def _meant(request: web.Request, who: str) -> Row:
    try:
        return await whom.typed(request.app[BRIDGE], who)
    except NotFound as error:
        raise Invalid("We know nobody called {name}.", name=who) from error


def _appoint(db: Database, member: Member, name: str, target: int) -> None:
    actor, decides = must_moderate(db, member, name)
    chosen = actors.get(db, target)
    if not moderation.appoint(db, decides, actor, chosen, now()):
        raise Conflict("They look after this forum already.")
    audit.note(db, member.user, actor["id"], "moderator appointed", now(), chosen["uri"])


def _dismiss(db: Database, member: Member, name: str, target: int) -> None:
    actor, decides = must_moderate(db, member, name)
    chosen = actors.get(db, target)
    if moderation.dismiss(db, decides, actor, chosen, now()):
        audit.note(db, member.user, actor["id"], "moderator dismissed", now(), chosen["uri"])


def _still(db: Database, member: Member, name: str) -> bool:
    """Whether she decides there after what she did: who looks after a forum may dismiss herself."""
    actor = pages.find(db, name)
    return moderating.as_whom(db, actor["id"], (member.actor, member.person)) is not None


# ── shown ─────────────────────────────────────────────────────────────────────


async def _page(request: web.Request, member: Member, problem: NodeError | None = None, typed: Typed | None = None,
                asked: str = "") -> web.Response:  # fmt: skip
    """The form as the forum is, or as it was typed with what is wrong."""
    await rendering.read_by(request)
    shown = await request.app[BRIDGE].store.read(_shown, member, request.match_info["name"])
    return await rendering.page(
        request, "forum_edit.html", "forum-edit", 400 if problem else 200, shown=shown, typed=typed or shown.typed,
        problem=problem, asked=asked, done=DONE.get(request.query.get("done", ""), ""), languages_of=LANGUAGES,
        beside=BESIDE, fields=[("", "—"), *directory.field_options()[1:]], head=Head(indexed=False),
        longest=(LONGEST_TITLE, LONGEST_TEXT),
    )  # fmt: skip


def _shown(db: Database, member: Member, name: str) -> Shown:
    actor, _ = must_moderate(db, member, name)
    return Shown(
        actor, people.who(actor), _as_it_is(db, actor), [people.who(one) for one in moderators.of(db, actor["id"])],
        closing.may(db, member, actor, "f"),
    )  # fmt: skip
