"""What a post said before it was edited, a row for each version that was replaced."""

import json

from node.posts import media, polls
from node.store import Database, Row

MOST = 200  # versions of one post


def remember(db: Database, post: Row) -> None:
    """The post as it stands is kept, about to be replaced."""
    if db.value("select count(*) from post_edits where post = ?", (post["id"],)) >= MOST:
        return
    options = [row["title"] for row in polls.options(db, post["id"])]
    db.execute(
        """
        insert into post_edits (post, at, content, warning, sensitive, media, options) values (?, ?, ?, ?, ?, ?, ?)
        """,
        (post["id"], post["edited"] or post["published"], post["content"], post["warning"], post["sensitive"],
         json.dumps([row["id"] for row in media.of(db, post["id"])]), json.dumps(options, ensure_ascii=False)),
    )  # fmt: skip


def of(db: Database, post: int) -> list[Row]:
    """Versions that were replaced, the oldest first."""
    return db.rows("select * from post_edits where post = ? order by id", (post,)).fetchall()
