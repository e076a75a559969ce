"""Cards of links: what the page behind a post's first link says of itself, asked for once a day at the most.

Only posts that anybody may read cause a question; the same address in many posts is one card.
"""

import json
import random
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache, partial
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit

from node import queue, settings
from node.html import plain
from node.people import actors, mutes
from node.posts import own_cards, posts, visibility
from node.posts.posts import New
from node.store import Database, Row

DAY = 86_400_000
GOOD_FOR = 14 * DAY  # ms until a card that was read is asked for again
OLD = 2 * DAY  # ms: posts of then and before, met while reading back, cause no question
SPREAD = 50_000  # ms over which the questions of one post's many readers are strewn
MOST_WAITING = 500  # questions at once
LOOKED_THROUGH = 40  # links of one post
TASK = "link card"

_ANCHOR = re.compile(r'<a\b((?:[^<>"]|"[^"]*")*)>')
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_NO_PAGE = ("mention", "hashtag")


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of itself; texts are plain, one line each, image is an address."""

    title: str
    description: str = ""
    language: str = ""
    author: str = ""
    provider: str = ""
    image: str = ""
    image_words: str = ""
    width: int = 0
    height: int = 0
    published: int | None = None


def of_new(db: Database, new: New, now: int) -> int | None:
    """The card of a post that is about to be kept, as `look_at` finds it for one that is here."""
    if new.boost_of is not None or new.visibility not in posts.OPEN or not settings.get(db, "link_cards"):
        return None
    about = _about(new.kind, new.details)
    if not about and ("<a " not in new.content or "quote" in new.details):  # what it quotes stands there whole
        return None
    named = [actors.get(db, one) for one, mentioned in new.addressed.items() if mentioned]
    own = (new.uri, new.url, new.reply_to_uri)
    url = about or first(new.content, _addresses(named, own), settings.get(db, "origin"), partial(own_cards.find, db))
    return _number(db, url, _Asker(new.local, new.author, new.published), now) if url else None


def look_at(db: Database, post: Row, now: int) -> None:
    """The post has the card of its first link, which is asked for if it is not known, or no more fresh."""
    if post["boost_of"] is not None or not settings.get(db, "link_cards"):
        return
    url = _link_of(db, post) if post["visibility"] in posts.OPEN else ""
    asker = _Asker(bool(post["local"]), post["author"], post["published"])
    number = _number(db, url, asker, now) if url else None
    if number != post["card"]:
        posts.set_card(db, post["id"], number)


def _link_of(db: Database, post: Row) -> str:
    """The address of the page that the post is about, or links to first; '' for none."""
    details = posts.details(post)
    about = _about(post["kind"], details)
    if about or "<a " not in post["content"] or "quote" in details:
        return about
    own = (post["uri"], post["url"], post["reply_to_uri"])
    others = _addresses(posts.mentions(db, post["id"]), own)
    return first(post["content"], others, settings.get(db, "origin"), partial(own_cards.find, db))


def _about(kind: str, details: dict[str, Any]) -> str:
    """The page that a topic was opened about; '' for none."""
    about = details.get("link") if kind in ("page", "topic") else None
    return asked_as(about) if isinstance(about, str) else ""


def _addresses(named: list[Row], own: tuple[str, ...]) -> set[str]:
    """Links to whom a post names, and to what it is part of, lead to no page that it is about."""
    return {row[key] for row in named for key in ("uri", "url")} | set(own)


def first(cleaned: str, others: Collection[str], origin: str, shows: Callable[[str], object] = lambda url: None) -> str:
    """The first link of cleaned HTML that leads to a page: no mention, no hashtag, none of the others; of ours what `shows` knows."""
    for number, found in enumerate(_ANCHOR.finditer(cleaned)):
        if number >= LOOKED_THROUGH:
            break
        said = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found.group(1))}
        words = plain(cleaned[found.end() : cleaned.find("</a>", found.end())][:200])
        href = said.get("href", "")
        if set(said.get("class", "").split()) & set(_NO_PAGE) or words.startswith(("#", "@")) or href in others:
            continue
        url = asked_as(href)
        if url and (shows(url) if _is_ours(url, origin) else True):
            return url
    return ""


def _is_ours(url: str, origin: str) -> bool:
    return url.startswith(origin + "/")


def asked_as(href: str) -> str:
    """The address as it is asked for: lower-case host in ASCII, everything else quoted, no fragment; '' for no page."""
    return _asked_as(href) if 10 <= len(href) <= 2000 else ""


@lru_cache(maxsize=512)  # what is much linked comes with many posts
def _asked_as(href: str) -> str:
    try:
        parts = urlsplit(href)
        port = f":{parts.port}" if parts.port else ""
        host = (parts.hostname or "")[:253].encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not host:
        return ""
    path = quote(parts.path or "/", safe="/%:!$&'()*+,;=~@-._")
    query = "?" + quote(parts.query, safe="/%:!$&'()*+,;=~@-._?[]") if parts.query else ""
    url = f"{parts.scheme}://{host}{port}{path}{query}"
    return url if len(url) <= 2048 else ""


@dataclass(frozen=True, slots=True)
class _Asker:
    """Of a post what decides when its link is asked for."""

    local: bool
    author: int
    published: int


_KNOWN = f"""
select id, asked, read, exists (select 1 from tasks where name = '{TASK} ' || link_cards.id) as waits
  from link_cards where url = ?
"""


def _number(db: Database, url: str, asker: _Asker, now: int) -> int | None:
    known = db.row(_KNOWN, (url,))
    if _is_ours(url, settings.get(db, "origin")):
        sql = "insert into link_cards (url, asked, read) values (?, ?, ?) returning id"
        return int(known["id"] if known is not None else db.value(sql, (url, now, now)))
    if known is None:
        if not asker.local and asker.published < now - OLD:
            return None
        known = db.row("insert into link_cards (url) values (?) returning id, asked, read, 0 as waits", (url,))
        assert known is not None
    due = known["asked"] is None or known["asked"] < now - (GOOD_FOR if known["read"] else DAY)
    if due and not known["waits"] and (asker.local or asker.published >= now - OLD):
        _ask_soon(db, known["id"], asker, now)
    return int(known["id"])


def _ask_soon(db: Database, number: int, asker: _Asker, now: int) -> None:
    """Ours at once; a peer's strewn over a minute, since every server that has the post asks then."""
    if not asker.local and db.value("select count(*) from tasks where kind = ?", (TASK,)) >= MOST_WAITING:
        return
    due = now if asker.local else now + random.randrange(SPREAD)
    queue.enqueue(db, TASK, {"card": number, "author": asker.author}, due, name=f"{TASK} {number}")


def begin(db: Database, number: int, now: int) -> Row | None:
    """The card, about to be asked for, by this caller alone; None when it was asked for today."""
    return db.row(
        "update link_cards set asked = ? where id = ? and (asked is null or asked < ?) returning *",
        (now, number, now - DAY),
    )


def keep(db: Database, number: int, said: Said, now: int) -> None:
    """The page said this; whoever shows a post with it shows it so."""
    known = db.row(
        """
        update link_cards
           set read = :now, title = :title, description = :description, language = :language, author = :author,
               provider = :provider, image = :image, image_words = :image_words, width = :width, height = :height,
               published = :published
         where id = :id returning id
        """,
        {"now": now, "id": number} | {name: getattr(said, name) for name in Said.__slots__},
    )
    if known is not None:
        posts.card_changed(db, number)


def show_no_picture(db: Database, number: int) -> None:
    """Its picture cannot be had, or is none: nothing is promised, until the page is asked again."""
    if db.execute("update link_cards set image = '' where id = ? and image <> ''", (number,)).rowcount:
        posts.card_changed(db, number)


def get(db: Database, number: int) -> Row | dict[str, Any] | None:
    """The card when it can be shown; of a page of ours as that is now."""
    row = db.row("select * from link_cards where id = ? and read is not null", (number,))
    return own_cards.of(db, row) if row is not None and _is_ours(row["url"], settings.get(db, "origin")) else row


def forget(db: Database, now: int) -> None:
    """Cards that no post has any more are gone, some at a time."""
    db.execute(
        """
        delete from link_cards where id in (
            select id from link_cards where ifnull(asked, 0) < ?
               and not exists (select 1 from posts where posts.card = link_cards.id) limit 500)
        """,
        (now - GOOD_FOR,),
    )


# ── what many link to ─────────────────────────────────────────────────────────


def with_card(db: Database, url: str, viewer: int | None, before: int, after: int, limit: int, *,
              oldest: bool = False) -> list[int] | None:  # fmt: skip
    """Ids of public posts that link to this page first, the newest first; None where no card of it is known."""
    number = db.value("select id from link_cards where url = ? and read is not null", (asked_as(url),))
    if number is None:
        return None
    rows = db.rows(
        "select posts.id from posts where posts.card = :card and posts.visibility = 'public' and posts.id < :before"
        " and posts.id > :after and " + visibility.POSTS + " and " + mutes.QUIET + " order by posts.id " + ("asc" if oldest else "desc") + " limit :limit",
        {"card": number, "viewer": viewer, "before": before, "after": after, "limit": limit},
    )  # fmt: skip
    return sorted((row[0] for row in rows), reverse=True)


def rising(db: Database, now: int, limit: int, offset: int, *, refused: bool = False) -> list[Row]:
    """Cards of pages that two people or more linked to in public posts of this week, those of most people first."""
    return db.rows(
        """
        select link_cards.*, count(distinct posts.author) as people, count(*) as uses
          from posts join link_cards on link_cards.id = posts.card join actors on actors.id = posts.author
         where posts.card is not null and posts.id > :since and posts.visibility = 'public' and posts.removed is null
           and actors.silenced is null and actors.gone is null and actors.discoverable
           and link_cards.read is not null and link_cards.title <> '' and (:refused or link_cards.refused is null)
         group by link_cards.id having people > 1 order by people desc, uses desc, link_cards.id desc
         limit :limit offset :offset
        """,
        {"since": (now - 7 * DAY) << 16, "refused": int(refused), "limit": limit, "offset": offset},
    ).fetchall()


def history(db: Database, numbers: Collection[int], now: int) -> dict[int, list[tuple[int, int, int]]]:
    """(day, uses, people) of each of the last seven days by card, today first; day is the UTC second it began."""
    today = now - now % DAY
    rows = db.rows(
        """
        select posts.card, max(0, (:today - posts.published + :day - 1) / :day) as ago, count(*) as uses,
               count(distinct posts.author) as people
          from posts
         where posts.card in (select value from json_each(:cards)) and posts.card is not null
           and posts.visibility = 'public' and posts.published >= :since
         group by posts.card, ago
        """,
        {"today": today, "day": DAY, "cards": json.dumps(list(numbers)), "since": today - 6 * DAY},
    )
    known = {(row["card"], row["ago"]): (row["uses"], row["people"]) for row in rows}
    return {
        number: [((today - ago * DAY) // 1000, *known.get((number, ago), (0, 0))) for ago in range(7)]
        for number in numbers
    }


def judge(db: Database, number: int, now: int, *, refused: bool) -> bool:
    """The card is not shown among what many link to, or is again; false when there is none."""
    return bool(
        db.execute("update link_cards set refused = ? where id = ?", (now if refused else None, number)).rowcount
    )
