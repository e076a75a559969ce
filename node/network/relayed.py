"""What our forums and projects passed on: which letter of theirs carries whose activity, about which post."""

from node.posts import visibility
from node.store import Database, Row


def keep(db: Database, place: int, letter: int, inner: str, kind: str, post: int | None) -> None:
    """The place's letter carries the activity `inner` of this type."""
    db.execute(
        "insert into relayed (letter, place, inner, type, post) values (?, ?, ?, ?, ?)",
        (letter, place, inner, kind, post),
    )


def known(db: Database, place: int, inner: str) -> bool:
    """Whether the place passed that activity on before."""
    return bool(db.value("select 1 from relayed where place = ? and inner = ?", (place, inner)))


def letters_about(db: Database, post: int) -> list[int]:
    """Letters that carry the post's words: to be shown to nobody once the post is not."""
    return [
        row[0]
        for row in db.rows(
            "select letter from relayed where post = ? and type in ('Create', 'Update', 'Note')", (post,)
        )
    ]


def shares(db: Database, place: int, post: int) -> list[tuple[int, str]]:
    """(letter, its URI) of the Announces that gave the post's id to microblogs."""
    return [
        (row["id"], row["uri"])
        for row in db.rows(
            "select letters.id, letters.uri from relayed join letters on letters.id = relayed.letter"
            " where relayed.place = ? and relayed.post = ? and relayed.type = 'Announce'",
            (place, post),
        )
    ]


def drop(db: Database, letter: int) -> None:
    """That Announce was taken back."""
    db.execute("delete from relayed where letter = ?", (letter,))


def last_created(db: Database, place: int, limit: int = 50) -> list[Row]:
    """Letters with the newest posts that anybody may still see, the newest first."""
    return db.rows(
        "select letters.* from relayed join letters on letters.id = relayed.letter join posts on posts.id = relayed.post"
        " where relayed.place = :place and relayed.type = 'Create' and "
        + visibility.POSTS
        + " order by relayed.letter desc limit :limit",
        {"place": place, "viewer": None, "limit": limit},
    ).fetchall()
