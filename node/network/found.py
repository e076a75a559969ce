"""What search engines are told of: pages of this node that everybody may read, by people who wish to be found."""

from node.posts import visibility
from node.store import Database

MOST = 20_000  # of each sort; a sitemap may name 50,000

_POSTS = (
    "select posts.id, posts.kind, max(posts.published, ifnull(posts.edited, 0)) as at"
    "  from posts join actors on actors.id = posts.author"
    " where posts.local and posts.boost_of is null and posts.visibility = 'public' and posts.kind in"
    "       ('topic', 'event', 'need', 'offer', 'call')"
    "   and actors.indexable and actors.silenced is null and " + visibility.POSTS
    + " order by posts.id desc limit :limit"
)  # fmt: skip


def actors_of_ours(db: Database) -> list[tuple[str, str, str]]:
    """(type, role, name) of associations, forums and projects here; the newest first."""
    found = db.rows(
        """
        select type, ifnull(role, '') as role, name from actors indexed by actors_ours
         where local and gone is null and silenced is null and indexable and moved_to = ''
           and type in ('Organization', 'Group')
         order by id desc limit ?
        """,
        (MOST,),
    )
    return [(row["type"], row["role"], row["name"]) for row in found]


def posts_of_ours(db: Database) -> list[tuple[int, str, int]]:
    """(id, kind, UTC milliseconds of the last change) of topics, events, needs, offers and calls; the newest first."""
    found = db.rows(_POSTS, {"viewer": None, "limit": MOST})
    return [(row["id"], row["kind"], row["at"]) for row in found]
