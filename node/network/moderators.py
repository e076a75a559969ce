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


def replace(db: Database, place: int, actors: list[int], now: int, *, asked: int) -> None:
    """Exactly these moderate it: what a peer's collection said when it was asked; who was appointed since stays."""
    known = db.rows("select actor from moderators where place = ? and since < ?", (place, asked)).fetchall()
    for (actor,) in known:
        if actor not in actors:
            dismiss(db, place, actor)
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


def live_here(db: Database, place: int) -> bool:
    """Whether any of them is a member here."""
    return bool(
        db.value(
            "select 1 from moderators join actors on actors.id = moderators.actor"
            " where moderators.place = ? and actors.local and actors.gone is null limit 1",
            (place,),
        )
    )
