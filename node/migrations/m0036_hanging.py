"""What hangs on a post is found when the post is deleted, without looking at all conversations, topics and filters.

None of these is written when a public post comes.  The words of the search index can be asked
for, too: what is read is the index itself (SQLite FTS5, §9, "The fts5vocab Virtual Table Module").
"""

from sqlite_utils import Database

STEPS = (
    "create index conversations_by_post on conversations (last)",
    "create index topics_by_solution on topics (solution) where solution is not null",
    "create index filter_posts_by_post on filter_posts (post)",
    "create index blocks_by_activity on blocks (activity) where activity <> ''",  # asked for with each Undo
    "create virtual table search_words using fts5vocab (search, instance)",
)


def apply(db: Database) -> None:
    """Each column that names a post has an index."""
    for statement in STEPS:
        db.execute(statement)
