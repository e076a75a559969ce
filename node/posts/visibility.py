"""Who may see a post, written once: a predicate for lists and single items alike.

Pages, the Mastodon API, ActivityPub, feeds, search, streaming and counts all ask it.
Its parameter :viewer is an actor's id, or null for somebody we do not know.
"""

import json
from collections.abc import Collection

from node.store import Database, Row

_PREDICATE = """(
    posts.removed is null
    and (
        posts.visibility in ('public', 'unlisted')
        or posts.author = :viewer
        or exists (select 1 from addressed seen where seen.post = posts.id and seen.actor = :viewer)
        or (posts.visibility = 'followers'
            and exists (select 1 from follows seen
                         where seen.follower = :viewer and seen.target = posts.author and seen.state = 'accepted'))
    )
    and not exists (select 1 from actors seen where seen.id = posts.author and seen.gone is not null)
    and (:viewer is null
         or not exists (select 1 from blocks seen
                         where (seen.actor = posts.author and seen.target = :viewer)
                            or (seen.actor = :viewer and seen.target = posts.author)))
)"""


def of(alias: str) -> str:
    """The predicate for a table of posts that a query calls `alias`."""
    return _PREDICATE.replace("posts.", alias + ".")


POSTS = of("posts")

_SEE = "select posts.* from posts where posts.id = :post and " + POSTS


_SEEN = (
    "select posts.id from json_each(:ids) wanted join posts on posts.id = wanted.value"
    " left join posts original on original.id = posts.boost_of where " + POSTS
    + " and (posts.boost_of is null or " + of("original") + ")"
)  # fmt: skip


def seen(db: Database, identifiers: Collection[int], viewer: int | None) -> set[int]:
    """Those of the posts that the viewer may see, and what they pass on."""
    return {row[0] for row in db.rows(_SEEN, {"ids": json.dumps(list(identifiers)), "viewer": viewer})}


def see(db: Database, post: int, viewer: int | None) -> Row | None:
    """The post, when the viewer may see it; None says no more than that."""
    return db.row(_SEE, {"post": post, "viewer": viewer})
