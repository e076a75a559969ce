"""Posts by the page: whatever their number, a handful of queries, and nothing asked again for each."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from node.html import escape
from node.network import events
from node.posts import link_cards, posts, visibility
from node.store import Database, Row
from node.text import mark
from web.pages import board_facts
from web.pages.board_facts import Board
from web.pages.people import Who, known


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of post looks: its dye, its word, its icon, the prefix of its page."""

    css: str
    word: str = ""
    icon: str = ""
    path: str = ""


KINDS = {
    "note": Kind("note"),
    "update": Kind("update", mark("Update"), "update"),
    "topic": Kind("topic", mark("Topic"), "forum", "t"),
    "article": Kind("doc", mark("Article"), "document"),
    "question": Kind("poll", mark("Poll"), "solved"),
    "event": Kind("event", mark("Event"), "calendar", "e"),
    "need": Kind("need", mark("Need"), "need", "n"),
    "offer": Kind("offer", mark("Offer"), "offer", "n"),
    "call": Kind("call", mark("Call for projects"), "call", "c"),
    "document": Kind("doc", mark("Document"), "document"),
    "card": Kind("doc"),
}


@dataclass(slots=True)
class Picture:
    """An attachment; url and preview are our own addresses, unless it is a file at its owner's: then that is named."""

    kind: str
    url: str
    preview: str
    description: str
    width: int | None
    height: int | None
    size: int | None
    length: str = ""  # 1:05 of what lasts
    owner: str = ""  # the server where a file lies that we do not serve


@dataclass(slots=True)
class Poll:
    options: list[Row]
    voters: int
    closes: int | None
    closed: int | None
    multiple: bool = False
    hidden: bool = False  # counts are shown when it is over


@dataclass(slots=True)
class Linked:
    """The page that a post links to; picture is our own address, or ''."""

    url: str
    title: str
    description: str
    language: str
    site: str
    picture: str
    words: str


@dataclass(slots=True)
class Card:
    """A post as pages show it.  content is cleaned HTML, the rest plain."""

    id: int
    kind: Kind
    url: str
    uri: str
    title: str
    content: str
    language: str
    warning: str
    sensitive: bool
    published: int
    edited: int | None
    author: Who
    shareable: bool
    local: bool
    public: bool = False
    direct: bool = False
    replies: int = 0
    boosts: int = 0
    likes: int = 0
    reply_to: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    on_behalf: Who | None = None
    place: Who | None = None
    boosted_by: Who | None = None
    pictures: list[Picture] = field(default_factory=list)
    poll: Poll | None = None
    note: str = ""
    board: Board | None = None  # of needs, offers, calls
    pinned: bool = False
    solved: bool = False
    locked: bool = False
    last: int | None = None
    liked: bool = False
    boosted: bool = False
    bookmarked: bool = False
    voted: bool = False
    about: int | None = None  # the card of what it links to
    leads_to: str = ""  # the address that a page of a forum elsewhere is about
    linked: Linked | None = None  # the card itself, read for a post on its own page
    versions: tuple[int | None, ...] = ()
    emojis: str = "{}"  # of its words, as its row has them
    of: int = 0  # the id that stands in lists: the boost's own, where it is one
    folded: str = ""  # the viewer's filter that it meets: stands around the kept piece, never in it

    @property
    def key(self) -> tuple[Any, ...]:
        """Changes with everything that a card shows."""
        return (
            self.id, self.versions, self.boosted_by and self.boosted_by.name, self.note, self.board, self.pinned, self.solved,
            self.locked, self.liked, self.boosted, self.bookmarked, self.voted,
            self.sensitive, tuple((one.url, one.preview, one.description, one.size) for one in self.pictures),
            self.details.get("coming"),
            self.poll and tuple((row["votes"], self.poll.closed) for row in self.poll.options),
        )  # fmt: skip


_ACTOR = (
    "id",
    "version",
    "type",
    "role",
    "name",
    "host",
    "display",
    "displays",
    "icon",
    "local",
    "last_post",
    "details",
    "emojis",
)


def _actor(alias: str, prefix: str) -> str:
    return ", ".join(f"{alias}.{column} as {prefix}{column}" for column in _ACTOR)


_POSTS = (
    "select posts.*, " + _actor("authors", "author_") + ", " + _actor("behalf", "behalf_") + ", "
    + _actor("places", "place_")
    + """
  from json_each(:ids) wanted
  join posts on posts.id = wanted.value
  join actors authors on authors.id = posts.author
  left join actors behalf on behalf.id = posts.on_behalf
  left join actors places on places.id = posts.place
 where """ + visibility.POSTS
)  # fmt: skip
_MEDIA = "select * from media where post in (select value from json_each(:ids)) order by post, position, id"
_OPTIONS = "select * from poll_options where post in (select value from json_each(:ids)) order by post, position"
_POLLS = "select * from polls where post in (select value from json_each(:ids))"
_FLAGS = """
select 'liked' as flag, post from reactions where actor = :viewer and kind = 'like' and post in (select value from json_each(:ids))
union all
select 'boosted', boost_of from posts where author = :viewer and boost_of in (select value from json_each(:ids))
union all
select 'bookmarked', post from bookmarks where actor = :viewer and post in (select value from json_each(:ids))
union all
select 'voted', post from votes where actor = :viewer and post in (select value from json_each(:ids))
"""


def cards(db: Database, identifiers: list[int], viewer: int | None) -> list[Card]:
    """The posts in this order, boosts as what they boost; those that the viewer may not see are left out."""
    rows = {row["id"]: row for row in _rows(db, identifiers, viewer)}
    originals = [row["boost_of"] for row in rows.values() if row["boost_of"] is not None]
    missing = [one for one in originals if one not in rows]
    if missing:
        rows |= {row["id"]: row for row in _rows(db, missing, viewer)}
    shown = [row["id"] for row in rows.values() if row["boost_of"] is None]
    kept_events = [row["id"] for row in rows.values() if row["kind"] == "event" and row["local"]]
    extras = _Extras(db, shown, kept_events, viewer)
    made = []
    for one in identifiers:
        row = rows.get(one)
        original = rows.get(row["boost_of"]) if row is not None and row["boost_of"] is not None else row
        if row is None or original is None:
            continue
        card = _card(original, extras)
        card.of = one
        if original is not row:
            card.boosted_by = known(row, "author_")
        if card.kind.path in ("n", "c"):
            _pin_up(original, card, viewer)
        made.append(card)
    return made


def led(db: Database, pinned: list[int], identifiers: list[int], viewer: int | None) -> list[Card]:
    """What is pinned to a page comes first, marked and shown once; then the others in their order."""
    made = cards(db, [*pinned, *(one for one in identifiers if one not in pinned)], viewer)
    for one in made[: len(pinned)]:
        one.pinned = one.of in pinned
    return made


def _pin_up(row: Row, card: Card, viewer: int | None) -> None:
    """The card says what is needed or offered, where, until when, and how far it is."""
    whom = card.on_behalf if card.on_behalf is not None and row["local"] else card.author
    mine = viewer is not None and viewer in (row["author"], row["on_behalf"])
    card.board = board_facts.of(row["kind"], card.details, card.title, card.uri, whom.handle, mine)
    card.note = card.board.about


def card(db: Database, identifier: int, viewer: int | None) -> Card | None:
    """One post, with the page that it links to; None when the viewer may not see it."""
    found = next(iter(cards(db, [identifier], viewer)), None)
    row = link_cards.get(db, found.about) if found is not None and found.about is not None else None
    if found is not None and row is not None:
        found.linked = Linked(
            row["url"], row["title"], row["description"], row["language"],
            row["provider"] or row["url"].split("/")[2].removeprefix("www."),
            f"/media/card/{row['id']}" if row["image"] else "", row["image_words"],
        )  # fmt: skip
    return found


def _rows(db: Database, identifiers: list[int], viewer: int | None) -> list[Row]:
    return db.rows(_POSTS, {"ids": json.dumps(identifiers), "viewer": viewer}).fetchall()


class _Extras:
    """What hangs on the posts of one page."""

    def __init__(self, db: Database, identifiers: list[int], events_: list[int], viewer: int | None) -> None:
        wanted = {"ids": json.dumps(identifiers)}
        self.pictures: dict[int, list[Picture]] = {}
        for row in db.rows(_MEDIA, wanted):
            self.pictures.setdefault(row["post"], []).append(_picture(row))
        self.polls: dict[int, Poll] = {
            row["post"]: Poll(
                [], row["voters"], row["closes"], row["closed"], bool(row["multiple"]), bool(row["hidden"])
            )
            for row in db.rows(_POLLS, wanted)
        }
        if self.polls:
            for row in db.rows(_OPTIONS, wanted):
                self.polls[row["post"]].options.append(row)
        self.coming = events.counted(db, events_) if events_ else {}
        self.flags: set[tuple[str, int]] = set()
        if viewer is not None:
            self.flags = {(row[0], row[1]) for row in db.rows(_FLAGS, wanted | {"viewer": viewer})}


def _card(row: Row, extras: _Extras) -> Card:
    identifier = row["id"]
    kind = KINDS.get(row["kind"], KINDS["card"])
    details = json.loads(row["details"]) if row["details"] != "{}" else {}
    if kind.css == "event" and row["local"]:
        details["coming"] = extras.coming.get(identifier, 0)
    author = known(row, "author_")
    place = known(row, "place_") if row["place_id"] is not None else None
    title = row["title"]
    if place is not None and kind.css == "update" and title in (place.name, place.second):
        title = ""  # apps want a title for an update; here the project stands beside it
    boosts, likes = posts.counted(row)
    return Card(
        id=identifier, kind=kind, url=address(identifier, kind, author), uri=row["uri"], title=title,
        content=row["content"], language=row["language"], warning=row["warning"], sensitive=bool(row["sensitive"]),
        published=row["published"], edited=row["edited"], author=author, local=bool(row["local"]),
        shareable=row["visibility"] in ("public", "unlisted"), public=row["visibility"] == "public",
        direct=row["visibility"] == "direct", replies=row["replies"], boosts=boosts,
        likes=likes, reply_to=row["reply_to"], details=details,
        on_behalf=known(row, "behalf_") if row["behalf_id"] is not None else None,
        place=place,
        pictures=extras.pictures.get(identifier, []), poll=extras.polls.get(identifier), locked=bool(row["locked"]),
        versions=(row["version"], row["author_version"], row["behalf_version"], row["place_version"]),
        liked=("liked", identifier) in extras.flags, boosted=("boosted", identifier) in extras.flags,
        bookmarked=("bookmarked", identifier) in extras.flags, voted=("voted", identifier) in extras.flags,
        emojis=row["emojis"], about=row["card"], leads_to=_leads_to(row, details), of=identifier,
    )  # fmt: skip


def _leads_to(row: Row, details: dict[str, Any]) -> str:
    found = details.get("link") if row["kind"] in ("page", "topic") else None
    return found if isinstance(found, str) and escape(found) not in row["content"] else ""


def address(identifier: int, kind: Kind, author: Who) -> str:
    """The post's page here."""
    return f"/{kind.path}/{identifier}" if kind.path else f"{'/@' + author.handle}/{identifier}"


def _picture(row: Row) -> Picture:
    local = bool(row["file"])
    if row["kind"] == "unknown" and row["remote"]:
        at = urlsplit(row["remote"]).netloc
        return Picture(row["kind"], row["remote"], "", row["description"], None, None, row["size"], owner=at)
    whole = f"/media/{row['file']}" if local else f"/media/remote/{row['key']}"
    if row["kind"] == "image":
        preview = f"/media/{row['preview']}" if row["preview"] else whole
    elif row["preview"] or row["remote_preview"]:
        preview = f"/media/{row['preview']}" if local else f"/media/remote/poster/{row['key']}"
    else:
        preview = ""
    return Picture(
        row["kind"], whole, preview, row["description"], row["width"], row["height"], row["size"], _length(row["duration"])
    )  # fmt: skip


def _length(seconds: float | None) -> str:
    """Minutes and seconds, as players show them."""
    whole = round(seconds or 0)
    hours = f"{whole // 3600}:{whole // 60 % 60:02d}" if whole >= 3600 else str(whole // 60)
    return f"{hours}:{whole % 60:02d}" if seconds else ""
