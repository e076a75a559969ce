"""Filters: words and posts that a member wants hidden or behind a warning.

Words are compared folded (node/text.fold), so that one spelling of an Arabic word
finds the others.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from node import changes, html, ids
from node.errors import Invalid, NotFound
from node.store import Database, Row
from node.text import fold

CONTEXTS = ("home", "notifications", "public", "thread", "account")
ACTIONS = ("warn", "hide", "blur")
MOST_KEYWORDS = 200  # of one member
LONGEST_KEYWORD = 512


@dataclass(frozen=True, slots=True)
class Match:
    """A filter that a post meets, and by what."""

    filter: Row
    keywords: list[str]
    posts: list[str]


def create(
    db: Database, actor: int, title: str, contexts: list[str], action: str, expires: int | None, now: int,
    drops: bool = False,
) -> int:  # fmt: skip
    """The new filter's id; one that drops keeps what it meets out for good.  Raises Invalid in Mastodon's words."""
    _check(title, contexts, action)
    identifier = ids.new(now)
    db.execute(
        "insert into filters (id, actor, title, contexts, action, expires, drops) values (?, ?, ?, ?, ?, ?, ?)",
        (identifier, actor, title.strip()[:200], json.dumps(contexts), action, expires, int(drops)),
    )
    _changed(db, actor, identifier)
    return identifier


def change(db: Database, actor: int, identifier: int, **values: Any) -> None:
    """The filter with title, contexts, action, expires, drops changed where they are given.

    One that only warns drops nothing.
    """
    known = get(db, actor, identifier)
    title, action = values.get("title", known["title"]), values.get("action", known["action"])
    contexts = values.get("contexts", json.loads(known["contexts"]))
    _check(title, contexts, action)
    db.execute(
        "update filters set title = ?, contexts = ?, action = ?, expires = ?, drops = ? where id = ?",
        (
            title.strip()[:200],
            json.dumps(contexts),
            action,
            values.get("expires", known["expires"]),
            int(action == "hide" and values.get("drops", known["drops"])),
            identifier,
        ),
    )
    _changed(db, actor, identifier)


def get(db: Database, actor: int, identifier: int) -> Row:
    """The actor's filter.  Raises NotFound."""
    return _must(db.row("select * from filters where id = ? and actor = ?", (identifier, actor)))


def of(db: Database, actor: int) -> list[Row]:
    """The actor's filters, the oldest first."""
    return db.rows("select * from filters where actor = ? order by id", (actor,)).fetchall()


def delete(db: Database, actor: int, identifier: int) -> None:
    """The filter is gone with its words."""
    get(db, actor, identifier)
    db.execute("delete from filters where id = ?", (identifier,))
    _changed(db, actor, identifier)


def keywords(db: Database, identifier: int) -> list[Row]:
    """The words of a filter: id, keyword, whole."""
    return db.rows("select * from filter_keywords where filter = ? order by id", (identifier,)).fetchall()


def posts(db: Database, identifier: int) -> list[Row]:
    """The posts of a filter: id, post."""
    return db.rows("select * from filter_posts where filter = ? order by id", (identifier,)).fetchall()


def add_keyword(db: Database, actor: int, identifier: int, keyword: str, whole: bool, now: int) -> Row:
    """A word more.  Raises Invalid for none, or beyond the most one may have."""
    get(db, actor, identifier)
    _must_say(keyword)
    if len(keyword) > LONGEST_KEYWORD:
        raise Invalid("Validation failed: Keyword is too long")
    count = db.value(
        "select count(*) from filter_keywords join filters on filters.id = filter_keywords.filter where actor = ?",
        (actor,),
    )
    if count >= MOST_KEYWORDS:
        raise Invalid("Validation failed: Too many keywords")
    made = ids.new(now)
    db.execute(
        "insert into filter_keywords (id, filter, keyword, whole) values (?, ?, ?, ?)",
        (made, identifier, keyword, int(whole)),
    )
    _changed(db, actor, identifier)
    return get_keyword(db, actor, made)


def get_keyword(db: Database, actor: int, identifier: int) -> Row:
    """A word of one of the actor's filters.  Raises NotFound."""
    sql = """
        select filter_keywords.* from filter_keywords join filters on filters.id = filter_keywords.filter
         where filter_keywords.id = ? and filters.actor = ?
        """
    return _must(db.row(sql, (identifier, actor)))


def change_keyword(db: Database, actor: int, identifier: int, keyword: str, whole: bool) -> Row:
    """The word with another spelling."""
    known = get_keyword(db, actor, identifier)
    _must_say(keyword)
    db.execute(
        "update filter_keywords set keyword = ?, whole = ? where id = ?",
        (keyword[:LONGEST_KEYWORD], int(whole), identifier),
    )
    _changed(db, actor, known["filter"])
    return get_keyword(db, actor, identifier)


def delete_keyword(db: Database, actor: int, identifier: int) -> None:
    """The word is filtered no more."""
    known = get_keyword(db, actor, identifier)
    db.execute("delete from filter_keywords where id = ?", (identifier,))
    _changed(db, actor, known["filter"])


def add_post(db: Database, actor: int, identifier: int, post: int, now: int) -> Row:
    """A post more.  Raises Invalid for one that stands in it."""
    get(db, actor, identifier)
    made = ids.new(now)
    new = db.execute(
        "insert into filter_posts (id, filter, post) values (?, ?, ?) on conflict do nothing", (made, identifier, post)
    ).rowcount
    if not new:
        raise Invalid("Validation failed: Status has already been taken")
    _changed(db, actor, identifier)
    return get_post(db, actor, made)


def get_post(db: Database, actor: int, identifier: int) -> Row:
    """A post of one of the actor's filters.  Raises NotFound."""
    sql = """
        select filter_posts.* from filter_posts join filters on filters.id = filter_posts.filter
         where filter_posts.id = ? and filters.actor = ?
        """
    return _must(db.row(sql, (identifier, actor)))


def delete_post(db: Database, actor: int, identifier: int) -> None:
    """The post is filtered no more."""
    known = get_post(db, actor, identifier)
    db.execute("delete from filter_posts where id = ?", (identifier,))
    _changed(db, actor, known["filter"])


class Sieve:
    """An actor's filters that hold now, ready to be asked about many posts.

    place: only those that drop what they meet there.  within: only those that hold in this context.
    """

    def __init__(
        self, db: Database, actor: int, now: int, place: str | None = None, *, within: str | None = None
    ) -> None:
        found = db.rows(
            """
            select * from filters where actor = :actor and (expires is null or expires > :now)
               and (:place is null or drops and exists (select 1 from json_each(contexts) where value = :place))
               and (:within is null or exists (select 1 from json_each(contexts) where value = :within))
             order by id
            """,
            {"actor": actor, "now": now, "place": place, "within": within},
        ).fetchall()
        words: dict[int, list[tuple[str, str, re.Pattern[str]]]] = {one["id"]: [] for one in found}
        chosen: dict[int, set[int]] = {one["id"]: set() for one in found}
        wanted = {"ids": json.dumps(list(words))}
        for row in db.rows(_WORDS, wanted) if found else ():
            words[row["filter"]].append((row["keyword"], *_pattern(row["keyword"], bool(row["whole"]))))
        for row in db.rows(_CHOSEN, wanted) if found else ():
            chosen[row["filter"]].add(row["post"])
        self._filters = [(one, words[one["id"]], chosen[one["id"]]) for one in found]

    def __bool__(self) -> bool:
        return bool(self._filters)

    def matches(self, post: Row, more: str = "") -> list[Match]:
        """Filters that the post meets; more are words that stand elsewhere: of its poll, of its pictures."""
        return self.meets(post["id"], post["warning"], post["title"], html.plain(post["content"]), more)

    def meets(self, post: int, *texts: str) -> list[Match]:
        """Filters that the post of this id meets, which says these texts."""
        text = fold(" ".join(texts))
        found = []
        for one, words, chosen in self._filters:
            met = [word for word, folded, pattern in words if folded in text and pattern.search(text)]
            by_id = [str(post)] if post in chosen else []
            if met or by_id:
                found.append(Match(one, met, by_id))
        return found


_WORDS = "select * from filter_keywords where filter in (select value from json_each(:ids)) order by id"
_CHOSEN = "select filter, post from filter_posts where filter in (select value from json_each(:ids))"


@lru_cache(maxsize=4096)
def _pattern(keyword: str, whole: bool) -> tuple[str, re.Pattern[str]]:
    """The folded keyword, which is looked for first, and where it counts.

    Whole words begin and end where letters do, an Arabic one after its article and particles too;
    a keyword that begins with no letter begins anywhere.
    """
    folded = fold(keyword.strip()).strip()
    if not folded:  # marks alone, without a letter to bear them: they would be found in everything
        return "", re.compile(r"(?!)")
    before = r"(?<!\w)" if whole and re.match(r"\w", folded) else ""
    if before and "\u0621" <= folded[0] <= "\u064a":
        before += "[وف]?(?:[بك]?ال|لل|[بكل])?"
    after = r"(?!\w)" if whole and re.search(r"\w\Z", folded) else ""
    return folded, re.compile(before + re.escape(folded) + after)


def _must(found: Row | None) -> Row:
    """What was found.  Raises NotFound for nothing, and for another's."""
    if found is None:
        raise NotFound("Record not found")
    return found


def _must_say(keyword: str) -> None:
    if not keyword.strip():
        raise Invalid("Validation failed: Keyword can't be blank")


def _check(title: str, contexts: list[str], action: str) -> None:
    if not title.strip():
        raise Invalid("Validation failed: Title can't be blank")
    if not contexts or any(one not in CONTEXTS for one in contexts):
        raise Invalid("Validation failed: Context None or invalid context supplied")
    if action not in ACTIONS:
        raise Invalid("Validation failed: Filter action is not included in the list")


def _changed(db: Database, actor: int, identifier: int) -> None:
    changes.note(db, "filters", identifier, actor)
