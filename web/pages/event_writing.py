"""Writing an event: announced by a member or in an association's name, changed by who organises it.

A form that cannot be taken comes back as it was typed, and is kept as a draft.
"""

import secrets
from typing import Any

from aiohttp import web

from federation import meetings
from federation.bridge import now
from federation.handlers import organise
from federation.outbox import Draft
from node.care import audit
from node.errors import Busy, Invalid, NodeError, NotFound
from node.network import listed, organisers, teams
from node.network.meetings import ACCESS, JOINING
from node.people import actors, memberships
from node.people.sessions import Member
from node.posts import drafts, idempotency, media, posts
from node.store import Database, Row
from web import guard, rendering, times, uploads, words
from web.mastodon.drafts import ask_for_mentioned
from web.pages import directory, event_form, people, whom, writing
from web.pages.event import NO_EVENT, must_organise
from web.pages.event_form import Typed
from web.pages.writing import Voice
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

PATH = "/new/event"
POSTS = (30, 300)  # posts in so many seconds: what is written with the other forms counts too


@routes.get(PATH)
async def begin(request: web.Request) -> web.StreamResponse:
    """The form, with the draft that was left in it."""
    member = await guard.must_be_member(request)
    reader = await rendering.read_by(request)
    store = request.app[BRIDGE].store
    if "fresh" in request.query:
        await store.write(drafts.forget, member.user, PATH)
    draft = await store.read(drafts.find, member.user, PATH, reader.now)
    if draft is not None:
        return await _form(request, member, Typed.restored(drafts.body(draft)), draft=draft["at"])
    chosen = await rendering.chosen(request)
    typed = Typed(language=writing.default_language(await rendering.language(request, member.locale), chosen["country"]),
                  zone=chosen["timezone"])  # fmt: skip
    typed.region = await store.read(_usual_region, member)
    return await _form(request, member, typed)


@routes.post(PATH)
async def send(request: web.Request) -> web.StreamResponse:
    """Announced, or kept as a draft, or shown again with what is wrong."""
    chosen = await rendering.chosen(request)
    sent = await guard.form(request, chosen["media_size"] + 1_048_576)
    member = await guard.must_be_member(request)
    typed = event_form.read(sent)
    store = request.app[BRIDGE].store
    if guard.text(sent, "do", 10) == "draft":
        await store.write(drafts.keep, member.user, PATH, typed.kept(), now())
        raise guard.to("/drafts?kept=1")
    try:
        _not_too_often(request, member)
        event_form.repeated(event_form.meeting(typed, chosen["timezone"]), typed)
        await _take_picture(request, member, typed, sent)
        co = await _associations(request, typed)
        await ask_for_mentioned(request.app[BRIDGE], typed.text)
        number = await store.write(_publish, member, typed, chosen["timezone"], co)
    except NodeError as error:
        if not typed.is_empty():
            await store.write(drafts.keep, member.user, PATH, typed.kept(), now())
        return await _form(request, member, typed, problem=error)
    raise guard.to(f"/e/{number}")


async def _associations(request: web.Request, typed: Typed) -> list[str]:
    """URIs of those who shall organise it too, asked for where they are unknown.  Raises Invalid."""
    found = []
    for one in event_form.handles(typed)[: organisers.MOST]:
        try:
            row = await whom.typed(request.app[BRIDGE], one)
        except NotFound as error:
            raise Invalid("We know no association called {name}, and its node names none.", name=one) from error
        if row["type"] != "Organization":
            raise Invalid(organise.NO_ASSOCIATION)
        found.append(str(row["uri"]))
    return found


def _publish(db: Database, member: Member, typed: Typed, zone: str, co: list[str]) -> int:
    """The id of the first meeting; the same for a form that was sent before."""
    key = writing.key_of(typed.key, typed.kept())
    known = idempotency.find(db, member.user, key, now())
    if known is not None:
        return known
    author, on_behalf = _signed(db, member, typed.voice)
    dates = event_form.repeated(event_form.meeting(typed, zone, co), typed)
    series = secrets.token_urlsafe(9) if len(dates) > 1 else ""
    picture = guard.number(typed.picture)
    made: list[Row] = []
    for one in dates:
        one.series = series
        draft = Draft(text=typed.text, language=typed.language[:35], user=member.user, on_behalf=on_behalf,
                      media=[picture] if picture is not None and not made else [])  # fmt: skip
        made.append(meetings.publish(db, author, one, draft, now()))
    idempotency.keep(db, member.user, key, made[0]["id"], now())
    drafts.forget(db, member.user, PATH)
    if on_behalf is not None:
        audit.note(db, member.user, on_behalf, "publish", now(), made[0]["uri"])
    return int(made[0]["id"])


def _signed(db: Database, member: Member, voice: str) -> tuple[Row, int | None]:
    """(the person, for whom): an event is written by a person, also where an association would sign other things."""
    author, on_behalf = writing.signed(db, member, voice)
    if author["type"] == "Person":
        return author, on_behalf
    return actors.get(db, member.person), int(author["id"])


def _not_too_often(request: web.Request, member: Member) -> None:
    wait = request.app[LIMITS].take_named("post", str(member.user), *POSTS)
    if wait:
        raise Busy("You sent many posts in a short time. Your text is kept: try again in a minute.", after=wait)


async def _take_picture(request: web.Request, member: Member, typed: Typed, sent: guard.Form) -> None:
    """The poster is kept and described, its id stands in the form.  Raises Invalid without a description."""
    bridge = request.app[BRIDGE]
    author, _ = await bridge.store.read(_signed, member, typed.voice)
    part = sent.get("file")
    if isinstance(part, web.FileField) and part.filename:
        identifier, work = await uploads.take(bridge, author["id"], part.file.read(), typed.alt, (0.0, 0.0))
        await work
        typed.picture = str(identifier)
    number = guard.number(typed.picture)
    if number is None:
        typed.picture = ""
        return
    if not await bridge.store.write(_describe, author["id"], number, typed.alt):
        typed.picture = ""
    elif not typed.alt:
        raise Invalid(writing.WITHOUT_WORDS)


def _describe(db: Database, owner: int, identifier: int, words_: str) -> bool:
    row = media.own(db, owner, identifier)
    if row is None or row["post"] is not None:
        return False
    media.describe(db, identifier, words_, (row["focus_x"], row["focus_y"]))
    return True


def _own(db: Database, member: Member, identifier: int) -> Row | None:
    """An upload of hers, or of an association that she speaks for, that no post holds yet; None for anybody else's."""
    row = media.get(db, identifier)
    loose = row is not None and row["post"] is None and not row["remote"]
    return row if row is not None and loose and memberships.may_speak(db, member.user, row["owner"]) else None


def _usual_region(db: Database, member: Member) -> str:
    """Where her association is: most events are where those who plan them are."""
    for row in _speaks_for(db, member):
        entry = listed.by_uri(db, row["uri"])
        if entry is not None and entry["path"]:
            return str(entry["path"]).rstrip("/").rpartition("/")[2]
    return ""


# ── changing ──────────────────────────────────────────────────────────────────


@routes.get(r"/e/{id:\d+}/edit")
async def edit(request: web.Request) -> web.StreamResponse:
    """The event as it stands, to be changed."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    typed = await request.app[BRIDGE].store.read(_typed, member, guard.path_id(request, NO_EVENT))
    return await _form(request, member, typed, editing=guard.path_id(request, NO_EVENT))


def _typed(db: Database, member: Member, number: int) -> Typed:
    event = must_organise(db, member, number)
    return event_form.typed_of(event, [f"@{people.who(one).handle}" for one in organisers.named(db, number)])


@routes.post(r"/e/{id:\d+}/edit")
async def change(request: web.Request) -> web.StreamResponse:
    """The event says the new day, place and words; everyone who had it or comes hears."""
    sent = await guard.form(request)
    member = await guard.must_be_member(request)
    number, typed = guard.path_id(request, NO_EVENT), event_form.read(sent)
    bridge = request.app[BRIDGE]
    await bridge.store.read(must_organise, member, number)
    zone = (await rendering.chosen(request))["timezone"]
    try:
        _not_too_often(request, member)
        co = await _associations(request, typed)
        await ask_for_mentioned(bridge, typed.text)
        await bridge.store.write(_change, member, number, typed, zone, co)
    except NodeError as error:
        return await _form(request, member, typed, editing=number, problem=error)
    raise guard.to(f"/e/{number}")


def _change(db: Database, member: Member, number: int, typed: Typed, zone: str, co: list[str]) -> None:
    event = must_organise(db, member, number)
    draft = Draft(
        text=typed.text, language=typed.language[:35], warning=event["warning"], user=member.user,
        media=[row["id"] for row in media.of(db, number) if not row["remote"]],
        mention=[row["id"] for row in posts.mentions(db, number)],
    )  # fmt: skip
    meetings.edit(db, event, event_form.meeting(typed, zone, co), draft, now())
    if event["on_behalf"] is not None:
        audit.note(db, member.user, event["on_behalf"], "edit", now(), event["uri"])


# ── shown ─────────────────────────────────────────────────────────────────────


async def _form(request: web.Request, member: Member, typed: Typed, *, draft: int = 0, editing: int = 0,
                problem: NodeError | None = None) -> web.Response:  # fmt: skip
    reader = await rendering.read_by(request)
    chosen = await rendering.chosen(request)
    typed.key = typed.key or writing.new_key()
    store = request.app[BRIDGE].store
    voices: list[Voice] = [] if editing else await store.read(_voices, member)
    number = guard.number(typed.picture)
    picture = await store.read(_own, member, number) if number is not None and not editing else None
    status = 200 if problem is None else 429 if isinstance(problem, Busy) else 400
    values: dict[str, Any] = {
        "typed": typed, "draft": draft, "editing": editing, "problem": problem, "voices": voices, "picture": picture,
        "kinds": await store.read(_kinds, member),
        "tongues": [one for one in writing.LANGUAGES if one != ("aeb" if chosen["country"] == "MA" else "ary")],
        "names": writing.NAMES, "places": directory.place_options(typed.region, chosen["country"]),
        "fields": directory.field_options(), "zones": [(one, times.city(one, reader.tag)) for one in event_form.zones(chosen["timezone"])],
        "access": [(key, words.say(word)) for key, word in ACCESS.items()], "joining": JOINING, "most": chosen["post_length"],
        "fresh": f"{PATH}?fresh=1", "most_dates": event_form.MOST_DATES,
    }  # fmt: skip
    response = await rendering.page(request, "event_form.html", "compose", status, **values)
    if isinstance(problem, Busy):
        response.headers["Retry-After"] = str(problem.after)
    return response


def _kinds(db: Database, member: Member) -> list[str]:
    mine = writing.my_projects(db, member)
    return [one for one in writing.KINDS if one != "update" or mine]


def _speaks_for(db: Database, member: Member) -> list[Row]:
    return [row for row in teams.associations_of(db, member.user) if row["membership"] in memberships.SPEAKING]


def _voices(db: Database, member: Member) -> list[Voice]:
    """Herself, or herself for an association: never the association alone."""
    found = [one for one in writing.voices(db, member, "topic") if not one.value.startswith("as:")]
    if member.acts_for_another:
        found.sort(key=lambda one: one.value != f"for:{member.actor}")
    return found
