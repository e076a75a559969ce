"""Hashtags: found as they are folded, shown as they were written."""

from functools import lru_cache

from node.store import Database, Row
from node.text import fold

MOST = 30  # of one post
LOOKED_AT = 500  # tags that begin as was typed: peers name as many as they like

# A hashtag of a letter or of a post for followers is one of its words: it is not for everybody either.
_SEEN = """
    (exists (select 1 from post_tags join posts on posts.id = post_tags.post
              where post_tags.tag = tags.id and posts.removed is null
                and (posts.visibility in ('public', 'unlisted') or posts.author = :viewer))
     or exists (select 1 from followed_tags where followed_tags.tag = tags.id and followed_tags.actor = :viewer))
"""


def keep(db: Database, post: int, written: list[str]) -> None:
    """The post has exactly these tags."""
    db.execute("delete from post_tags where post = ?", (post,))
    add(db, post, written)


_ADD = """
insert into post_tags (tag, post, written) select id, :post, :written from tags where name = :name
on conflict do update set written = written
returning exists (select 1 from followed_tags where followed_tags.tag = post_tags.tag)
"""


def add(db: Database, post: int, written: list[str]) -> bool:
    """The same for a new post; whether anybody follows one of them."""
    followed = False
    for word in list(dict.fromkeys(written))[:MOST]:
        name = _folded(word)
        values = {"post": post, "written": word, "name": name}
        found = db.value(_ADD, values)
        if found is None:
            _number(db, name)
            found = db.value(_ADD, values)
        followed = followed or bool(found)
    return followed


_folded = lru_cache(maxsize=512)(fold)  # the same few are written again and again


def of(db: Database, post: int) -> list[str]:
    """The post's tags as written, without #."""
    return [row[0] for row in db.rows("select written from post_tags where post = ?", (post,))]


def make(db: Database, written: str) -> Row:
    """The tag that people mean by this spelling, known from now on."""
    _number(db, fold(written.lstrip("#")))
    found = find(db, written.lstrip("#"))
    assert found is not None
    return found


def _number(db: Database, folded: str) -> int:
    found = db.value("select id from tags where name = ?", (folded,))
    return int(found or db.value("insert into tags (name) values (?) returning id", (folded,)))


def listed(db: Database, before: int, after: int, limit: int) -> list[Row]:
    """Every tag, the newest id first."""
    return db.rows(
        "select * from tags where id < ? and id > ? order by id desc limit ?", (before, after, limit)
    ).fetchall()


def get(db: Database, number: int) -> Row | None:
    """The tag of this id."""
    return db.row("select * from tags where id = ?", (number,))


def shown(db: Database, tag: Row) -> str:
    """The tag as somebody last wrote it in public; as it is kept, where nobody did: that has neither accents nor ة."""
    found = db.value(
        "select post_tags.written from post_tags join posts on posts.id = post_tags.post and posts.visibility = 'public'"
        " where post_tags.tag = ? order by post_tags.post desc limit 1",
        (tag["id"],),
    )
    return str(found or tag["name"])


def find(db: Database, written: str) -> Row | None:
    """The tag that people mean by this spelling."""
    return db.row("select * from tags where name = ?", (fold(written),))


def see(db: Database, written: str, viewer: int | None) -> Row | None:
    """The same, where it stands in a post that is open, or in one of the viewer's own, or where she follows it."""
    return db.row("select * from tags where name = :name and " + _SEEN, {"name": fold(written), "viewer": viewer})


def begun(db: Database, folded: str, viewer: int | None, limit: int) -> list[str]:
    """Names of tags that begin so, as see() shows them, in order."""
    rows = db.rows(  # along the index
        "select name from (select * from tags where name >= :name and name < :beyond order by name limit :looked) as tags"
        " where " + _SEEN + " order by name limit :limit",
        {"name": folded, "beyond": folded + chr(0x10FFFF), "looked": LOOKED_AT, "limit": limit, "viewer": viewer},
    )
    return [row[0] for row in rows]
