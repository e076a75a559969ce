"""What somebody wrote in forums and projects, wherever they are: for the day that her own server puts her out."""

from node.store import Database, Row


def written(db: Database, author: int) -> list[Row]:
    """What the author wrote in any place and nobody removed, the oldest first."""
    return db.rows(
        "select * from posts where author = ? and place is not null and removed is null and boost_of is null order by id",
        (author,),
    ).fetchall()


def removed_by(db: Database, author: int, activity: str) -> list[Row]:
    """What of it the activity of this id removed."""
    return db.rows(
        """
        select posts.* from posts
          join forum_log on forum_log.post = posts.id and forum_log.act = 'remove' and forum_log.activity = :activity
         where posts.author = :author and posts.place is not null and posts.removed is not null order by posts.id
        """,
        {"author": author, "activity": activity},
    ).fetchall()
