"""Posts by more than their words: who wrote them, when, in what language, with what in them.

The words are Mastodon's: `from:me`, `from:@user@host`, `has:media`, `is:reply`, `language:ar`, `before:2026-05-01`,
`in:library`, each with `-` before it for the contrary.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from node.ids import LAST
from node.people import actors
from node.posts import visibility
from node.posts.search import weighed
from node.store import Database

DAY = 86_400_000
OPERATOR = re.compile(r"(?<!\S)(-?)(from|has|is|language|before|after|during|in):(\S+)", re.IGNORECASE)
HAS = {"media": "media", "image": "image", "video": "video", "audio": "audio", "poll": "poll", "link": "link",
       "embed": "link"}  # fmt: skip
NOBODY = -1  # an author whom nobody knows


@dataclass(slots=True)
class Wish:
    """What is sought; traits: each of the query's own, true or false, absent where it is all the same."""

    words: str = ""
    author: int | None = None
    language: str = ""
    before: int = LAST
    after: int = 0
    traits: dict[str, bool] = field(default_factory=dict)


def read(db: Database, typed: str, viewer: int | None, host: str) -> Wish | None:
    """What was typed, taken apart; None where it is words alone.  host: ours, as handles name it."""
    wish = Wish(words=OPERATOR.sub(" ", typed).strip())
    known = [_take(db, wish, viewer, host, found) for found in OPERATOR.finditer(typed)]
    return wish if any(known) else None


def _take(db: Database, wish: Wish, viewer: int | None, host: str, found: re.Match[str]) -> bool:
    """The wish has what one operator says; false for a word that is none."""
    wanted, name, value = not found[1], found[2].lower(), found[3].lower()
    if name == "from" and wanted:
        wish.author = _author(db, value, viewer, host)
    elif name == "has" and value in HAS:
        wish.traits[HAS[value]] = wanted
    elif (name == "is" and value in ("reply", "sensitive")) or (name == "in" and value in ("library", "public")):
        wish.traits[value] = wanted
    elif name == "language" and wanted:
        wish.language = value[:35]
    elif name in ("before", "after", "during"):
        return _when(wish, name, value)
    else:
        return name == "in" and value == "all"
    return True


def _author(db: Database, value: str, viewer: int | None, host: str) -> int:
    if value == "me":
        return viewer if viewer is not None else NOBODY
    name, _, at = value.lstrip("@").partition("@")
    found = actors.by_handle(db, name, "" if at == host else at)
    return int(found["id"]) if found is not None else NOBODY


def _when(wish: Wish, name: str, value: str) -> bool:
    try:
        begins = int(datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return False
    if name in ("after", "during"):
        wish.after = max(0, begins + (DAY if name == "after" else 0))
    if name in ("before", "during"):
        wish.before = max(0, begins + (DAY if name == "during" else 0))
    return True


_TRAITS = """
    and (:media is null or :media = exists (select 1 from media where media.post = posts.id))
    and (:image is null or :image = exists (select 1 from media where media.post = posts.id and media.kind = 'image'))
    and (:video is null
         or :video = exists (select 1 from media where media.post = posts.id and media.kind in ('video', 'gifv')))
    and (:audio is null or :audio = exists (select 1 from media where media.post = posts.id and media.kind = 'audio'))
    and (:poll is null or :poll = (posts.kind = 'question'))
    and (:link is null or :link = (posts.card is not null))
    and (:reply is null or :reply = (posts.reply_to is not null))
    and (:sensitive is null or :sensitive = (posts.sensitive <> 0))
    and (:public is null or :public = (posts.visibility = 'public'))
    and (:library is null or :library = (
            posts.author = :viewer
            or exists (select 1 from reactions where reactions.post = posts.id and reactions.actor = :viewer)
            or exists (select 1 from bookmarks where bookmarks.post = posts.id and bookmarks.actor = :viewer)
            or exists (select 1 from posts mine where mine.boost_of = posts.id and mine.author = :viewer)
            or exists (select 1 from addressed where addressed.post = posts.id and addressed.actor = :viewer)))
"""
_WISHED = """
select posts.id from wanted join posts on posts.id = wanted.id
 where posts.boost_of is null and (:author is null or posts.author = :author)
    and (:language = '' or posts.language = :language or posts.language like :language || '-%')
    and posts.published >= :since and posts.published < :until
"""
_RANGE = " > :after and {0} < :before order by {0} desc limit :looked"
_SAID = "select rowid as id from search where search match :words {chosen} and rowid" + _RANGE.format("rowid")
_NAMED = "select id from posts where author = :author and id" + _RANGE.format("id")
_LIBRARY = """
select * from (
    select id from posts where author = :viewer
    union select boost_of from posts where author = :viewer and boost_of is not null
    union select post from reactions where actor = :viewer
    union select post from bookmarks where actor = :viewer
    union select post from addressed where actor = :viewer)
 where id""" + _RANGE.format("id")
_PUBLIC = "select id from posts where visibility = 'public' and boost_of is null and id" + _RANGE.format("id")
TRAITS = ("media", "image", "video", "audio", "poll", "link", "reply", "sensitive", "public", "library")
LOOKED_AT = (
    5000  # posts, the newest that may be meant: looking at all of a file of years takes longer than a reader waits
)


def posts(db: Database, wish: Wish, viewer: int | None, after: int, before: int, limit: int, offset: int) -> list[int]:
    """Ids of posts that the viewer may see, the newest first; after and before are ids.

    What is not public is found through its author alone, or in the viewer's own library.
    """
    expression, _ = weighed(db, wish.words)
    if wish.words and not expression:
        return []
    values = {
        "words": expression, "author": wish.author, "language": wish.language, "since": wish.after, "until": wish.before,
        "after": min(max(after, (wish.after << 16) - 1), LAST), "before": min(before, wish.before << 16, LAST), "viewer": viewer,
        "looked": LOOKED_AT, "limit": limit, "offset": offset,
    } | {name: None if name not in wish.traits else int(wish.traits[name]) for name in TRAITS}  # fmt: skip
    chosen = ""
    if wish.author is not None:
        chosen = _NAMED
    elif wish.traits.get("library") or wish.traits.get("public") is False:
        chosen = _LIBRARY
    if expression:  # + keeps it from seeking the words once for each post
        chosen = _SAID.format(chosen=f"and +rowid in ({chosen})" if chosen else "")
    found = db.rows(
        "with wanted as materialized (" + (chosen or _PUBLIC) + ")" + _WISHED + _TRAITS + " and " + visibility.POSTS
        + " order by posts.id desc limit :limit offset :offset",
        values,
    )  # fmt: skip
    return [row[0] for row in found]
