"""What a form of writing holds: what was typed, in whose name, where, and what one may choose from."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from federation.bridge import now
from federation.outbox import VISIBILITIES
from node import settings
from node.errors import Forbidden, Invalid, NotFound
from node.network import board, forums, projects, teams
from node.people import actors, memberships
from node.people.sessions import Member
from node.posts import media, visibility
from node.store import Database, Row
from node.text import base, mark
from web import guard, words
from web.pages import board_form, cards, moderating, people
from web.pages.cards import Card
from web.pages.remembered import Remembered

KINDS = ("update", "topic", "note", "question", "need", "offer", "call")
OPTIONS = 4
DAYS = (1, 3, 7, 14)
# The order in which people of the two countries look for them; the spoken Arabic is the country's.
LANGUAGES = ("ar", "ary", "aeb", "fr", "zgh", "en")
NAMES = {"ar": "عربية", "ary": "دارجة", "aeb": "تونسية", "fr": "Français", "zgh": "ⵜⴰⵎⴰⵣⵉⵖⵜ", "en": "English"}
WITHOUT_WORDS = mark("The description of the picture is missing: one sentence is enough.")


@dataclass(slots=True)
class Typed(Remembered):
    """The form as it was sent, or as it begins.  voice: `self`, `for:ID` (she, for X) or `as:ID` (X itself)."""

    kind: str = "note"
    text: str = ""
    title: str = ""
    language: str = ""
    visibility: str = "public"
    warning: str = ""
    voice: str = ""
    place: str = ""
    reply: str = ""
    stage: str = ""
    progress: str = ""
    options: list[str] = field(default_factory=list)
    multiple: str = ""
    days: str = "3"
    on: str = ""  # the day, and the hour, on which it is to be published; '' at once
    at: str = ""
    subject: str = ""  # of a need, an offer, a call, as the eight that follow (web/pages/board_form)
    region: str = ""
    until: str = ""
    opens: str = ""
    least: str = ""
    most: str = ""
    currency: str = ""
    link: str = ""
    project: str = ""
    key: str = ""

    def is_empty(self) -> bool:
        """Whether nothing was written that would be missed."""
        return not (self.text.strip() or self.title.strip() or any(one.strip() for one in self.options))


def read(sent: guard.Form) -> Typed:
    """What the form held."""
    kind = guard.text(sent, "kind", 20)
    typed = Typed(
        kind=kind if kind in KINDS else "note", text=guard.text(sent, "text", 100_000), key=guard.text(sent, "key", 64),
        options=[str(one)[:100].strip() for one in sent.getall("option", []) if isinstance(one, str)][:8],
    )  # fmt: skip
    for name in ("title", "language", "visibility", "warning", "voice", "place", "reply", "stage", "progress",
                 "multiple", "days", "on", "at"):  # fmt: skip
        setattr(typed, name, guard.text(sent, name, 600).strip())
    for name in board_form.NAMES:
        setattr(typed, name, guard.text(sent, name, board_form.LONGEST).strip())
    return typed


def new_key() -> str:
    """Marks one form, so that it never publishes twice."""
    return secrets.token_urlsafe(12)


def key_of(*parts: object) -> str:
    """The same for a form that has no mark of its own: what it says."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


# ── in whose name ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Voice:
    """One way to sign: name is the member's, for_ the association's, either may be ''."""

    value: str
    name: str
    for_: str = ""


def voices(db: Database, member: Member, kind: str) -> list[Voice]:
    """All ways in which she may sign this kind, the one meant most often first."""
    names = [(row["id"], people.who(row).name) for row in speaks_for(db, member.user)]
    herself = Voice("self", member.display)
    for_them = [Voice(f"for:{identifier}", member.display, name) for identifier, name in names]
    as_them = [Voice(f"as:{identifier}", "", name) for identifier, name in names]
    if kind in ("topic", "update"):
        return [*for_them, herself, *as_them]
    if kind in board.KINDS and not member.acts_for_another:
        return [*as_them, *for_them, herself]
    if member.acts_for_another:
        as_them.sort(key=lambda one: one.value != f"as:{member.actor}")
        return [*as_them[:1], herself, *for_them, *as_them[1:]]
    return [herself, *for_them, *as_them]


def signed(db: Database, member: Member, voice: str) -> tuple[Row, int | None]:
    """(author, on behalf of whom) of a voice.  Raises Forbidden for one that she may not use."""
    how, _, who = voice.partition(":")
    identifier = guard.number(who)
    if voice in ("", "self"):
        return actors.get(db, member.person if voice else member.actor), None
    if identifier is None or how not in ("for", "as"):
        raise Forbidden("You may not speak for this account.")
    memberships.must_speak(db, member.user, identifier)
    if how == "as":
        return actors.get(db, identifier), None
    return actors.get(db, member.person), identifier if identifier != member.person else None


def speaks_for(db: Database, user: int) -> Sequence[Row]:
    """The associations in whose name she may write."""
    return [row for row in teams.associations_of(db, user) if row["membership"] in memberships.SPEAKING]


# ── what one may choose from ──────────────────────────────────────────────────


@dataclass(slots=True)
class Choices:
    """What stands in the selects of the form."""

    voices: list[Voice]
    kinds: list[str]
    forums: list[tuple[int, str]] = field(default_factory=list)
    projects: list[tuple[int, str]] = field(default_factory=list)
    stages: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)  # (project, its stages)
    pictures: list[Row] = field(default_factory=list)
    parent: Card | None = None
    most: int = 0
    board: board_form.Options | None = None


def choices(db: Database, member: Member, typed: Typed, uploads: list[int]) -> Choices:
    """What this member may choose from for this kind.  To be called once the reader is known."""
    mine = my_projects(db, member)
    found = Choices(
        voices(db, member, typed.kind), [one for one in KINDS if one != "update" or mine],
        pictures=[row for one in uploads for row in [media.get(db, one)] if row is not None],
        most=settings.get(db, "post_length"),
    )  # fmt: skip
    if typed.kind == "topic":
        found.forums = [(row["id"], people.who(row).name) for row in _forums(db, member, typed)]
    if typed.kind == "update":
        found.projects = [(row["id"], people.who(row).name) for row in mine]
        found.stages = [(people.who(row).name, _stages(db, row["id"])) for row in mine]
    if typed.kind in board.KINDS:
        found.board = board_form.options(db, typed.region, now(), named_projects(mine))
    parent = guard.number(typed.reply)
    if parent is not None:
        found.parent = cards.card(db, parent, member.actor)
        if found.parent is None:
            raise NotFound("The post that you answer is not there any more.")
    return found


def my_projects(db: Database, member: Member) -> list[Row]:
    """Projects of which she may give news: led by her associations, or with them as partners."""
    found: dict[int, Row] = {}
    for row in speaks_for(db, member.user):
        for one in [*projects.of_owner(db, row["id"]), *projects.with_partner(db, row["id"])]:
            found.setdefault(one["id"], one)
    return list(found.values())


def named_projects(mine: list[Row]) -> list[tuple[str, str]]:
    """The URI of each project with its name."""
    return [(row["uri"], people.who(row).name) for row in mine]


def check_project(db: Database, typed: Typed, author: int, on_behalf: int | None) -> None:
    """Only those who carry a project say what it needs.  Raises Invalid for a need that anybody else would tie to it."""
    if typed.kind != "need" or not typed.project:
        typed.project = ""
        return
    project = actors.by_uri(db, typed.project)
    team = projects.team(db, project["id"]) if project is not None and not project["gone"] else []
    if author not in team and on_behalf not in team:
        raise Invalid("Only an association that carries the project says what it needs.")


def voice_of_team(db: Database, member: Member, project: int) -> str:
    """The first way to sign a need as one who carries the project; '' when there is none."""
    team = set(projects.team(db, project))
    ways = (one.value for one in voices(db, member, "need"))
    return next((one for one in ways if guard.number(one.partition(":")[2]) in team), "")


def _forums(db: Database, member: Member, typed: Typed) -> list[Row]:
    """Where she may open a topic, those she is in first; the one she came from too, so that no other is chosen for it."""
    listed = forums.every(db, member.actor)
    asked = guard.number(typed.place)
    if asked is not None and asked not in [row["id"] for row in listed]:
        with suppress(NotFound):
            listed.append(forums.one(db, asked, member.actor))
    open_to = [row for row in listed if row["id"] == asked or not moderating.closed_to(db, row, member)]
    return [row for row in open_to if row["joined"]] + [row for row in open_to if not row["joined"]]


def _stages(db: Database, project: int) -> list[tuple[str, str]]:
    """(what the form sends, what it shows): a number alone would mean a stage in each of her projects."""
    return [
        (f"{project}.{one.number}", f"{place}. {words.pick(one.titles)}")
        for place, one in enumerate(projects.stages(db, project), 1)
    ]


def stage_of(typed: Typed, project: Row) -> int | None:
    """The number of the stage that the form names, None for the whole project.  Raises Invalid for another's."""
    of, dot, number = typed.stage.rpartition(".")
    if dot and guard.number(of) != project["id"]:
        raise Invalid("This stage belongs to another project.")
    return guard.number(number)


def place_of(db: Database, typed: Typed) -> Row | None:
    """The forum or project that the form names, by its id or its handle.  Raises NotFound."""
    if not typed.place:
        return None
    identifier = guard.number(typed.place)
    if identifier is not None:
        found = db.row("select * from actors where id = ? and type = 'Group' and gone is null", (identifier,))
    else:
        name, _, host = typed.place.lstrip("@!").partition("@")
        found = actors.by_handle(db, name, host)
    if found is None or found["type"] != "Group" or found["gone"]:
        raise NotFound("There is no such forum.")
    return found


# ── what it means ─────────────────────────────────────────────────────────────


def poll_of(typed: Typed, now: int) -> dict[str, Any]:
    """The poll of a question.  Raises Invalid without two different options."""
    options = [one for one in typed.options if one]
    if len(options) < 2 or len(set(options)) != len(options):
        raise Invalid("A poll needs at least two different options.")
    days = guard.number(typed.days)
    return {
        "options": [(one, 0) for one in options], "multiple": bool(typed.multiple),
        "closes": now + (days if days in DAYS else 3) * 86_400_000, "closed": None, "voters": 0,
    }  # fmt: skip


def check(typed: Typed) -> None:
    """Raises Invalid for a choice that the form never offered, or a topic without its title or place."""
    if typed.visibility not in VISIBILITIES:
        raise Invalid("Choose who sees it.")
    if typed.kind == "topic" and not typed.title:
        raise Invalid("A topic needs a title.")
    if typed.kind in board.KINDS and not typed.title and not typed.reply:
        raise Invalid("Say in one line what it is about.")
    if typed.kind in ("topic", "update") and not typed.place:
        raise Invalid("Choose where it belongs.")


def default_language(locale: str, country: str) -> str:
    """The language that a new text begins with."""
    found = base(locale)
    return found if found in LANGUAGES else "ar" if country in ("MA", "TN") else "fr"


WIDEST_FIRST = ("public", "unlisted", "followers", "direct")


def posting(db: Database, actor: int) -> dict[str, str]:
    """(visibility, language) that the actor's posts begin with, each where she chose one."""
    chosen = json.loads(actors.get(db, actor)["details"]).get("posting", {})
    return {name: str(chosen[name]) for name in ("visibility", "language") if chosen.get(name)}


def answered(db: Database, member: Member, parent: int) -> tuple[Row, list[int], str]:
    """(the post answered, whom the answer names, who may see it)."""
    post = visibility.see(db, parent, member.actor)
    if post is None or post["boost_of"] is not None:
        raise NotFound("The post that you answer is not there any more.")
    named = [post["author"]]
    if post["visibility"] == "direct":
        rows = db.rows("select actor from addressed where post = ?", (post["id"],))
        named += [row[0] for row in rows]
    unique = [one for one in dict.fromkeys(named) if one != member.actor]
    return post, unique, _no_wider(db, post, member.actor)


def _no_wider(db: Database, post: Row, actor: int) -> str:
    """An answer is for those who read the post, or for fewer, where she publishes for fewer; in a forum for its readers."""
    seen_by, hers = str(post["visibility"]), posting(db, actor).get("visibility", "public")
    return seen_by if post["place"] is not None else max(seen_by, hers, key=WIDEST_FIRST.index)
