"""The board: what associations need, offer and call for, and how far each is; a row beside every such post.

`details` of a post of these kinds holds `board`: state, fields, region, until, opens (UTC milliseconds), least, most,
currency, link, thanks, project.  Lists choose by the table; whatever else is shown stands in the details.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from node import ids
from node.errors import Invalid
from node.ids import LAST
from node.network import fields, regions
from node.people import mutes
from node.posts import visibility
from node.store import Database
from node.text import one_line

KINDS = ("need", "offer", "call")
STATES = ("open", "being", "met", "closed")
RUNNING = ("open", "being")  # still worth an answer
OTHER = {"need": ("offer",), "offer": ("need",), "call": ()}  # what may meet what
CURRENCIES = ("MAD", "TND", "EUR")
MOST_FIELDS = 5
MOST_AMOUNT = 10**12
LONGEST_WAIT = 5 * 365 * 86_400_000  # milliseconds: what says that it ends later is a mistake
LONGEST_URI = 2000
PAGE = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """What such a post says besides its words.  region is a code of regions.json, '' anywhere; until and opens UTC
    milliseconds; least and most whole units of currency; thanks who met it, plain; project the URI of the project that needs it.
    """

    state: str = "open"
    fields: tuple[str, ...] = ()
    region: str = ""
    until: int | None = None
    opens: int | None = None
    least: int | None = None
    most: int | None = None
    currency: str = ""
    link: str = ""
    thanks: str = ""
    project: str = ""

    def kept(self) -> dict[str, Any]:
        """As `details` holds it."""
        return {"board": {key: value for key, value in asdict(self).items() if value not in ("", None, ())}}

    def is_over(self, now: int) -> bool:
        """Whether its last day has passed while it was open."""
        return self.state in RUNNING and self.until is not None and self.until < now


def of(details: Mapping[str, Any]) -> Facts:
    """What the details of a post say, however they came to say it."""
    found = details.get("board")
    if not isinstance(found, dict):
        return Facts()
    state = found.get("state")
    listed = found.get("fields")
    return Facts(
        state=state if state in STATES else "open",
        fields=tuple(one_line(one, 60) for one in listed[:MOST_FIELDS] if isinstance(one, str))
        if isinstance(listed, list | tuple)
        else (),
        region=one_line(found.get("region"), 50), until=_whole(found.get("until")), opens=_whole(found.get("opens")),
        least=_whole(found.get("least")), most=_whole(found.get("most")), currency=one_line(found.get("currency"), 3),
        link=found["link"] if isinstance(found.get("link"), str) else "", thanks=one_line(found.get("thanks"), 200),
        project=found["project"][:LONGEST_URI] if isinstance(found.get("project"), str) else "",
    )  # fmt: skip


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def check(kind: str, facts: Facts, now: int) -> Facts:
    """The facts of something written here, as they may be kept.  Raises Invalid for what cannot be meant."""
    if kind not in KINDS or facts.state not in STATES:
        raise Invalid("This post cannot be read.")
    if facts.region:
        regions.check(facts.region)
    if facts.until is not None and not now < facts.until < now + LONGEST_WAIT:
        raise Invalid("The last day must lie ahead, within five years.")
    if facts.opens is not None and facts.until is not None and facts.opens > facts.until:
        raise Invalid("It cannot open after its last day.")
    for amount in (facts.least, facts.most):
        if amount is not None and amount > MOST_AMOUNT:
            raise Invalid("This amount is too large.")
    if facts.least is not None and facts.most is not None and facts.least > facts.most:
        raise Invalid("The least amount is larger than the most.")
    if facts.currency and facts.currency not in CURRENCIES:
        raise Invalid("The currency is one of: {codes}.", codes=", ".join(CURRENCIES))
    for slug in facts.fields:
        fields.check_field(slug)
    return facts


# ── the table ─────────────────────────────────────────────────────────────────


def keep(db: Database, post: int, kind: str, details: Mapping[str, Any]) -> None:
    """The post stands on the board as its details say; one of another kind does not."""
    if kind not in KINDS:
        return
    facts = of(details)
    db.execute(
        """
        insert into board (post, kind, state, fields, path, until) values (?, ?, ?, ?, ?, ?)
        on conflict (post) do update set state = excluded.state, fields = excluded.fields, path = excluded.path,
                                         until = excluded.until
        """,
        (post, kind, facts.state, json.dumps(facts.fields), path_of(facts), facts.until),
    )


def path_of(facts: Facts) -> str:
    """Where it is needed: `MA/MA-06/MA-SIB/`; '' for anywhere."""
    return regions.path_of([facts.region]) if facts.region else ""


def words(kind: str, details: Mapping[str, Any]) -> str:
    """The names of its fields and its place in every language: what finds it besides its own words."""
    if kind not in KINDS:
        return ""
    facts = of(details)
    return " ".join([*(fields.words_of(one) for one in facts.fields), regions.words_of(facts.region)])


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for: '' or an empty tuple is any.  before is a post's id."""

    kinds: tuple[str, ...] = KINDS
    states: tuple[str, ...] = RUNNING
    field: str = ""
    region: str = ""
    author: int | None = None
    before: int = LAST
    limit: int = PAGE


_PUBLIC = (
    " from board join posts on posts.id = board.post"
    " where posts.visibility = 'public'"
    " and not exists (select 1 from actors where actors.id = posts.author and actors.silenced is not null)"
    " and " + visibility.POSTS + " and " + mutes.QUIET
)  # fmt: skip
_CHOSEN = (
    " and board.kind in (select value from json_each(:kinds))"
    " and board.state in (select value from json_each(:states))"
    # what is over waits for its author's word, and stands in no list of what is open
    " and (board.state not in ('open', 'being') or board.until is null or board.until >= :now)"
    " and (:field = '' or exists (select 1 from json_each(board.fields) where value = :field))"
    " and (:path = '' or board.path = '' or substr(board.path, 1, length(:path)) = :path"
    "      or substr(:path, 1, length(board.path)) = board.path)"
    " and (:author is null or posts.author = :author or posts.on_behalf = :author)"
)


def listed(db: Database, query: Query, viewer: int | None, now: int) -> list[int]:
    """Ids of public posts of the board that fit, the newest first.  What is wanted in a whole region fits its parts."""
    return [
        row[0]
        for row in db.rows(
            "select posts.id" + _PUBLIC + _CHOSEN + " and posts.id < :before order by posts.id desc limit :limit",
            _values(query, viewer, now) | {"before": query.before, "limit": query.limit},
        )
    ]


def count(db: Database, query: Query, viewer: int | None, now: int) -> int:
    """How many fit."""
    return int(db.value("select count(*)" + _PUBLIC + _CHOSEN, _values(query, viewer, now)))


def _values(query: Query, viewer: int | None, now: int) -> dict[str, Any]:
    return {
        "kinds": json.dumps(query.kinds), "states": json.dumps(query.states), "field": query.field,
        "path": regions.path_of([query.region]) if query.region else "", "author": query.author, "viewer": viewer,
        "now": now,
    }  # fmt: skip


def of_project(db: Database, project: str, team: list[int], viewer: int | None, now: int, limit: int) -> list[int]:
    """Ids of open needs that name the project, said by or for an association of its team, the newest first.

    Anybody can name a project: only those who carry it say what it needs.
    """
    return [
        row[0]
        for row in db.rows(
            "select posts.id" + _PUBLIC + " and board.kind = 'need' and board.state in ('open', 'being')"
            " and (posts.author in (select value from json_each(:team))"
            "      or posts.on_behalf in (select value from json_each(:team)))"
            " and (board.until is null or board.until >= :now)"
            " and json_extract(posts.details, '$.board.project') = :project order by posts.id desc limit :limit",
            {"team": json.dumps(team), "project": project, "viewer": viewer, "now": now, "limit": limit},
        )
    ]


# A field in common weighs more than the same region; without either there is nothing to suggest.
_NEAR = """
select id from (
    select posts.id as id,
           2 * exists (select 1 from json_each(board.fields) theirs join json_each(:fields) ours
                        on ours.value = theirs.value)
           + (:region <> '' and substr(board.path, 1, length(:region)) = :region) as score
"""
_NEAREST = (
    " and board.kind in (select value from json_each(:kinds)) and board.state in ('open', 'being')"
    " and (board.until is null or board.until >= :now) and posts.author <> :author and posts.id <> :post)"
    " where score > 0 order by score desc, id desc limit :limit"
)


def near(db: Database, kind: str, facts: Facts, viewer: int | None, now: int, limit: int, *,
         author: int = 0, post: int = 0) -> list[int]:  # fmt: skip
    """Ids of what may meet it: offers for a need, needs for an offer, by field and region, the nearest first.

    author and post: whose things, and which one, are no suggestion.
    """
    steps = path_of(facts).split("/")[:-1]
    return [
        row[0]
        for row in db.rows(
            _NEAR + _PUBLIC + _NEAREST,
            {
                "kinds": json.dumps(OTHER.get(kind, ())), "fields": json.dumps(facts.fields), "author": author,
                "region": "/".join(steps[:2]) + "/" if len(steps) > 1 else "", "viewer": viewer, "now": now,
                "post": post, "limit": limit,
            },
        )
    ]  # fmt: skip


def end_of_day(on: str, zone: str) -> int:
    """UTC milliseconds of the last second of `2027-01-16` in an IANA zone.  Raises Invalid for what is no day."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    try:
        day = datetime.strptime(on.strip(), "%Y-%m-%d").replace(hour=23, minute=59, second=59, tzinfo=ZoneInfo(zone))
        return ids.milliseconds(day)
    except (ValueError, OverflowError) as error:
        raise Invalid("This is no day: write it like 2027-01-31.") from error
