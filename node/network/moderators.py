"""Who moderates a place: people here and elsewhere, as its `attributedTo` collection lists them."""

from node import changes
from node.store import Database, Row


def appoint(db: Database, place: int, actor: int, now: int) -> bool:
    """The actor moderates the place; false when it did before."""
    new = db.execute(
        "insert into moderators (place, actor, since) values (?, ?, ?) on conflict do nothing", (place, actor, now)
    ).rowcount
    changes.note(db, "actor", place)
    return bool(new)


def dismiss(db: Database, place: int, actor: int) -> bool:
    """It does not any more; false when it never did."""
    gone = db.execute("delete from moderators where place = ? and actor = ?", (place, actor)).rowcount
    changes.note(db, "actor", place)
    return bool(gone)


def replace(db: Database, place: int, actors: list[int], now: int) -> None:
    """Exactly these moderate it: what a peer's collection says."""
    for row in of(db, place):
        if row["id"] not in actors:
            dismiss(db, place, row["id"])
    for actor in actors:
        appoint(db, place, actor, now)


def is_one(db: Database, place: int, actor: int) -> bool:
    """Whether the actor is listed."""
    return bool(db.value("select 1 from moderators where place = ? and actor = ?", (place, actor)))


def of(db: Database, place: int) -> list[Row]:
    """Actor rows of those who moderate, the longest serving first."""
    return db.rows(
        "select actors.* from moderators join actors on actors.id = moderators.actor"
        " where moderators.place = ? and actors.gone is null order by moderators.since, actors.id",
        (place,),
    ).fetchall()
