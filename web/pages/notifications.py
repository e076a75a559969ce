"""What a member is told: the new first, the same thing by several people in one line."""

from dataclasses import dataclass, field

from aiohttp import web

from federation.bridge import now
from node.html import plain
from node.network import moderation, organisers, partners, teams
from node.people import actors
from node.posts import markers, notifications, policies, posts, visibility, visits
from node.posts.dropping import more_words
from node.posts.filters import Sieve
from node.store import Database, Row
from web import guard, rendering
from web.directions import unaddressed
from web.pages import people, sifting
from web.pages.people import Who
from web.state import BRIDGE

routes = web.RouteTableDef()

PAGE = 40
KINDS = {
    "replies": ["mention", "status"], "follows": ["follow", "follow_request"],
    "reactions": ["favourite", "reblog", "poll", "quote"], "partners": ["partner"],
}  # fmt: skip
TOGETHER = ("favourite", "reblog", "follow")


@dataclass(slots=True)
class Note:
    """One line.  words: what the post says; replied: it answers one of hers; came: who signed up has an account."""

    id: int
    kind: str
    at: int
    who: list[Who] = field(default_factory=list)
    post: int = 0
    words: str = ""
    replied: bool = False
    came: bool = False
    folded: str = ""  # the filter that its post meets
    why: str = ""  # a moderator warned her of it


@dataclass(slots=True)
class Shown:
    new: list[Note]
    before: list[Note]
    older: int = 0
    kept: int = 0  # accounts of which something is kept back
    asked: list[Who] = field(default_factory=list)  # associations at whose desk a question waits for her answer


@routes.get("/notifications")
async def show(request: web.Request) -> web.StreamResponse:
    """All, or those of one sort; what is shown as new is read from then on."""
    member = await guard.must_be_member(request)
    await rendering.read_by(request)
    kind = request.query.get("kind", "")
    before = guard.number(request.query.get("max_id", ""))
    store = request.app[BRIDGE].store
    upto = 0
    if before is None:
        upto = await store.write(_look, member.actor)
    sieve = sifting.of(request, "notifications")
    shown = await store.read(_shown, member.actor, KINDS.get(kind), before, upto, sieve)
    if any(note.kind == "partner" for note in (*shown.new, *shown.before)):
        shown.asked = await store.read(_asked, member.user)
    return await rendering.page(
        request, "notifications.html", "notifications", shown=shown, kind=kind if kind in KINDS else "",
        kinds=list(KINDS), handle=member.acting,
    )  # fmt: skip


def _look(db: Database, actor: int) -> int:
    newest = int(db.value("select max(id) from notifications where actor = ?", (actor,)) or 0)
    known = visits.get(db, actor, "notifications")
    read_in_app = next((row["last"] for row in markers.of(db, actor, ["notifications"])), 0)
    upto = visits.look(db, actor, "notifications", newest, now()) if newest else 0
    if newest > read_in_app:
        markers.move(db, actor, "notifications", newest, now())
    return max(upto, read_in_app if known is None or upto != known["upto"] else 0)


def _shown(
    db: Database, actor: int, kinds: list[str] | None, before: int | None, upto: int, sieve: Sieve | None
) -> Shown:
    rows = notifications.of(db, actor, before=before, kinds=kinds, limit=PAGE + 1)
    shown = Shown([], [], rows[PAGE - 1]["id"] if len(rows) > PAGE else 0, policies.pending(db, actor)[0])
    for row in rows[:PAGE]:
        target = shown.new if row["id"] > upto and before is None else shown.before
        _add(db, actor, target, row, sieve)
    return shown


def _met(db: Database, sieve: Sieve | None, post: Row, actor: int) -> dict[str, str]:
    """What filters do with the post, each by its title; nothing with one's own."""
    if sieve is None or post["author"] == actor:
        return {}
    found = sieve.matches(post, more_words(db, post))
    return {one.filter["action"]: one.filter["title"] for one in reversed(found)}


def _asked(db: Database, user: int) -> list[Who]:
    return [
        people.who(row) for row in teams.associations_of(db, user)
        if row["membership"] == "owner" and (partners.asked(db, row["id"]) or organisers.asked(db, row["id"]))
    ]  # fmt: skip


def _add(db: Database, actor: int, notes: list[Note], row: Row, sieve: Sieve | None) -> None:
    actor_ = actors.get(db, row["origin"])
    who = people.who(actor_)
    for note in notes:
        if row["kind"] in TOGETHER and note.kind == row["kind"] and note.post == (row["post"] or 0):
            note.who.append(who)
            return
    note = Note(row["id"], row["kind"], row["at"], [who], came=actor_["type"] != "Application")
    if row["post"] is not None:
        post = posts.by_id(db, row["post"]) if row["kind"] == "removed" else visibility.see(db, row["post"], actor)
        if post is None:
            return
        actions = _met(db, sieve, post, actor)
        if "hide" in actions:
            return
        note.post, note.folded = post["id"], actions.get("warn", "")
        note.words = post["title"] or post["warning"] or unaddressed(" ".join(plain(post["content"]).split()))[:140]
        if row["kind"] == "warned":
            said = moderation.last(db, "warn", post=post["id"])
            note.why = said["reason"] if said is not None else ""
        if post["reply_to"] is not None:
            note.replied = bool(db.value("select author = ? from posts where id = ?", (actor, post["reply_to"])))
    if row["collection"] is not None:
        note.words = str(db.value("select name from collections where id = ?", (row["collection"],)))
    notes.append(note)
