"""Statuses by the page, ready to send: what does not depend on the viewer is rendered once and kept as bytes.

A kept piece carries the version of its row, so it is never shown stale; the viewer's
own flags come from one query each for the whole page.
"""

import json
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import orjson

from federation.bridge import now
from node.people import actors, applications, moves
from node.posts import link_cards, media, permits, polls, posts, quotes, tags, visibility
from node.posts.dropping import more_words
from node.posts.filters import Sieve
from node.store import Database, Row
from web.mastodon import entities, shapes

Kept = TypeVar("Kept")
MOST = 4000  # pieces of each sort kept in memory

_statuses: OrderedDict[int, tuple[int, bytes, permits.Permit]] = OrderedDict()
_accounts: OrderedDict[int, tuple[int, bytes]] = OrderedDict()

_PAGE = """
select posts.id, posts.version, posts.kind, posts.author, posts.boost_of, authors.version as author_version
  from json_each(:ids) wanted
  join posts on posts.id = wanted.value
  join actors authors on authors.id = posts.author
"""
_FLAGS = """
select 'f' as flag, post from reactions where actor = :viewer and kind = 'like' and post in (select value from json_each(:ids))
union all
select 'r', boost_of from posts where author = :viewer and boost_of in (select value from json_each(:ids))
union all
select 'b', post from bookmarks where actor = :viewer and post in (select value from json_each(:ids))
union all
select 'p', post from pins where actor = :viewer and post in (select value from json_each(:ids))
union all
select 'm', posts.id from json_each(:ids) wanted join posts on posts.id = wanted.value
  join thread_mutes on thread_mutes.actor = :viewer and thread_mutes.thread = posts.thread
"""
_VERSIONS = "select id, version from actors where id in (select value from json_each(?))"
_QUOTES = "select post, quoted, state from quotes where post in (select value from json_each(?))"


def statuses(db: Database, identifiers: list[int], viewer: int | None, origin: str) -> bytes:
    """A JSON array of the statuses, in this order; each must have passed visibility for the viewer."""
    return b"[" + b",".join(_each(db, identifiers, viewer, origin)) + b"]"


def status(db: Database, identifier: int, viewer: int | None, origin: str) -> bytes:
    """One status; it must have passed visibility."""
    return _each(db, [identifier], viewer, origin)[0]


def several(db: Database, identifiers: Collection[int], viewer: int | None, origin: str) -> dict[int, bytes]:
    """The statuses, by id; each must have passed visibility."""
    wanted = sorted(identifiers)
    return dict(zip(wanted, _each(db, wanted, viewer, origin), strict=True)) if wanted else {}


def accounts(db: Database, identifiers: Collection[int], origin: str) -> dict[int, bytes]:
    """The accounts, by id."""
    rows = db.rows(_VERSIONS, (json.dumps(list(identifiers)),)).fetchall()
    return {row["id"]: _account(db, row["id"], row["version"], origin) for row in rows}


def account(db: Database, actor: Row, origin: str) -> bytes:
    """An account."""
    return _account(db, actor["id"], actor["version"], origin, actor)


@dataclass(slots=True)
class _Page:
    """What one viewer's page of statuses needs: its rows, originals of boosts among them, and her own flags."""

    viewer: int | None
    origin: str
    rows: dict[int, Row]
    flags: dict[int, str]
    quotes: dict[int, Row]
    sieve: Sieve | None
    inner: bool  # stands inside what quotes it
    circles: permits.Circles | None = None  # of all authors, once one asks for them

    def near(self, db: Database) -> permits.Circles:
        """Whose followers the viewer is among, and who follows her."""
        if self.circles is None:
            self.circles = permits.circles(db, self.viewer, {row["author"] for row in self.rows.values()})
        return self.circles


def _each(db: Database, identifiers: list[int], viewer: int | None, origin: str, *, inner: bool = False) -> list[bytes]:
    if not identifiers:
        return []
    rows = {row["id"]: row for row in db.rows(_PAGE, {"ids": json.dumps(identifiers)})}
    originals = [row["boost_of"] for row in rows.values() if row["boost_of"] is not None]
    missing = [one for one in originals if one not in rows]
    if missing:
        rows |= {row["id"]: row for row in db.rows(_PAGE, {"ids": json.dumps(missing)})}
    known = json.dumps(list(rows))
    flags: dict[int, str] = {}
    sieve = None
    if viewer is not None:
        for flag, post in db.rows(_FLAGS, {"viewer": viewer, "ids": known}):
            flags[post] = flags.get(post, "") + flag
        sieve = Sieve(db, viewer, now())
    quotes = {row["post"]: row for row in db.rows(_QUOTES, (known,))}
    page = _Page(viewer, origin, rows, flags, quotes, sieve or None, inner)
    return [_one(db, page, rows[one]) for one in identifiers if one in rows]


def _one(db: Database, page: _Page, row: Row) -> bytes:
    shown = row if row["boost_of"] is None else page.rows[row["boost_of"]]
    whole = _whole(db, page, shown)
    if row is shown:
        return whole + b',"reblog":null}'
    outer, permit = _piece(db, row, page.origin, shown)
    author = _account(db, row["author"], row["author_version"], page.origin)
    return b"".join((
        outer, b',"account":', author, _flags(db, page, shown), _approval(db, page, shown, permit),
        b',"poll":null,"quote":null,"reblog":',
        whole, b',"reblog":null}}',
    ))  # fmt: skip


def _whole(db: Database, page: _Page, row: Row) -> bytes:
    author = _account(db, row["author"], row["author_version"], page.origin)
    poll = _poll(db, row, page.viewer, page.origin) if row["kind"] == "question" else b"null"
    piece, permit = _piece(db, row, page.origin)
    return b"".join((
        piece, b',"account":', author, _flags(db, page, row), _approval(db, page, row, permit),
        b',"poll":', poll, b',"quote":', _quote(db, page, row),
    ))  # fmt: skip


def _flags(db: Database, page: _Page, row: Row) -> bytes:
    if page.viewer is None:
        return b""
    known = page.flags.get(row["id"], "")
    met = []
    if page.sieve is not None and row["author"] != page.viewer:
        met = page.sieve.matches(posts.get(db, row["id"]), more_words(db, row))
    if not known and not met:
        return _NO_FLAGS
    said = {"favourited": "f" in known, "reblogged": "r" in known, "bookmarked": "b" in known, "muted": "m" in known,
            "pinned": "p" in known, "filtered": [entities.filter_result(one) for one in met]}  # fmt: skip
    return b"," + orjson.dumps(said)[1:-1]


_NO_FLAGS = b',"favourited":false,"reblogged":false,"bookmarked":false,"muted":false,"pinned":false,"filtered":[]'  # as _flags says


def _approval(db: Database, page: _Page, row: Row, permit: permits.Permit) -> bytes:
    """QuoteApproval: whom the author lets quote, and whether the viewer is one of them."""
    if permit is permits.ASKED and page.viewer is not None and page.viewer != row["author"]:
        return _ASKED  # nearly all that comes from elsewhere
    return _written_approval(permit, permits.stands_among(permit, row["author"], page.viewer, lambda: page.near(db)))


@lru_cache(500)
def _written_approval(permit: permits.Permit, stands: str) -> bytes:
    said = {"automatic": permit.automatic, "manual": permit.manual, "current_user": stands}
    return b',"quote_approval":' + orjson.dumps(said)


_ASKED = _written_approval(permits.ASKED, "manual")


def _quote(db: Database, page: _Page, row: Row) -> bytes:
    """Quote, the quoted status inside where the viewer may see it; a quote in a quote by its id alone."""
    known = page.quotes.get(row["id"])
    if known is None:
        return b"null"
    state, shown = known["state"], None
    if state == "accepted":
        shown = known["quoted"]
        if shown is None:
            state = "deleted"
        elif not visibility.seen(db, [shown], page.viewer):
            state, shown = "unauthorized", None
    if page.inner:
        return orjson.dumps({"state": state, "quoted_status_id": None if shown is None else str(shown)})
    if shown is None:
        return orjson.dumps({"state": state, "quoted_status": None})
    [inner] = _each(db, [shown], page.viewer, page.origin, inner=True)
    return b'{"state":"accepted","quoted_status":' + inner + b"}"


def _poll(db: Database, row: Row, viewer: int | None, origin: str) -> bytes:
    found = polls.get(db, row["id"])
    if found is None:
        return b"null"
    mine = polls.choices(db, row["id"], viewer) if viewer is not None else []
    entity = entities.poll(found, polls.options(db, row["id"]), mine, viewer == row["author"], now(), origin)
    if viewer is None:
        del entity["voted"], entity["own_votes"]
    return orjson.dumps(entity)


def _piece(db: Database, row: Row, origin: str, original: Row | None = None) -> tuple[bytes, permits.Permit]:
    """The status up to its account, open at the end, and who may quote it; of a boost, with the words of its original."""
    version = row["version"] if original is None else original["version"] * 1_000_000 + row["version"]
    kept = _statuses.get(row["id"])
    if kept is not None and kept[0] == version:
        return kept[1], kept[2]
    row = posts.get(db, row["id"])
    if original is None:
        said = row
        parent = row["reply_to"] and db.value("select author from posts where id = ?", (row["reply_to"],))
        made = entities.status(
            row, posts.mentions(db, row["id"]), tags.of(db, row["id"]), media.of(db, row["id"]), origin, parent,
            _application(db, row), shapes.dress(db, row),
        )  # fmt: skip
        made["quotes_count"] = quotes.count(db, row["id"])
        about = link_cards.get(db, row["card"]) if row["card"] is not None else None
        made["card"] = entities.card(about, origin) if about is not None else None
    else:
        said = posts.get(db, original["id"])
        made = _boost(row, said, origin, shapes.dress(db, said))
    piece, permit = orjson.dumps(made)[:-1], permits.of(db, said)
    _keep(_statuses, row["id"], (version, piece, permit))
    return piece, permit


def _application(db: Database, row: Row) -> dict[str, Any] | None:
    """What the author wrote it with."""
    found = applications.shown(db, row["application"]) if row["application"] is not None else None
    return None if found is None else {"name": found["name"], "website": found["website"] or None}


def _boost(row: Row, original: Row, origin: str, around: tuple[str, str]) -> dict[str, Any]:
    """The wrapper of a boost shows the words of the original, as Mastodon's does."""
    made = entities.status(original, [], [], [], origin, None, None, around)
    return made | {
        "id": str(row["id"]), "uri": row["uri"], "url": entities.address(original["url"]), "created_at": entities.time(row["published"]),
        "visibility": entities.VISIBILITY[row["visibility"]], "in_reply_to_id": None,
        "in_reply_to_account_id": None, "application": None,
    }  # fmt: skip


def _account(db: Database, identifier: int, version: int, origin: str, actor: Row | None = None) -> bytes:
    kept = _accounts.get(identifier)
    if kept is not None and kept[0] == version:
        return kept[1]
    actor = actor or actors.get(db, identifier)
    entity = entities.account(actor, origin)
    new = moves.new_home(db, actor)
    if new is not None:
        entity["moved"] = entities.account(new, origin)
    made = orjson.dumps(entity)
    _keep(_accounts, identifier, (version, made))
    return made


def _keep(shelf: OrderedDict[int, Kept], key: int, value: Kept) -> None:
    shelf[key] = value
    if len(shelf) > MOST:
        try:
            shelf.popitem(last=False)
        except KeyError:  # two readers at once emptied it
            pass
