"""Answers to events: who comes, may come, does not; asked, accepted or refused by the organiser."""

import json

from node import changes
from node.store import Database, Row

ANSWERS = ("yes", "maybe", "no", "invited")


def keep(db: Database, post: int, actor: int, answer: str, state: str, now: int, *, activity: str = "",
         message: str = "", reply: int | None = None) -> bool:  # fmt: skip
    """The actor's answer is this; true when it is new or another than before.  reply: the post that says so in words."""
    known = get(db, post, actor)
    if known is not None and (known["answer"], known["state"]) == (answer, state) and known["activity"] == activity:
        said_by(db, post, actor, reply)
        return False
    db.execute(
        """
        insert into answers (post, actor, answer, state, activity, message, at, reply) values (?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (post, actor) do update
           set answer = excluded.answer, state = excluded.state, activity = excluded.activity, reply = excluded.reply,
               message = case when excluded.message = '' then message else excluded.message end, at = excluded.at
        """,
        (post, actor, answer, state, activity, message[:500], now, reply),
    )
    changes.note(db, "post", post)
    return True


def said_by(db: Database, post: int, actor: int, reply: int | None) -> None:
    """The answer stands and falls with this reply; None: it stands by itself."""
    db.execute("update answers set reply = ? where post = ? and actor = ?", (reply, post, actor))


def by_reply(db: Database, reply: int) -> Row | None:
    """The answer that this reply gave."""
    return db.row("select * from answers where reply = ?", (reply,))


def replies_of(db: Database, post: int, actor: int) -> list[Row]:
    """What the actor wrote in reply to the event, the newest first, twenty at the most."""
    return db.rows(
        "select * from posts where reply_to = ? and author = ? and boost_of is null order by id desc limit 20",
        (post, actor),
    ).fetchall()


def by_actor(db: Database, actor: int) -> list[Row]:
    """Every answer of the actor, with whether the event is ours (`local`)."""
    return db.rows(
        "select answers.*, posts.local from answers join posts on posts.id = answers.post where answers.actor = ?",
        (actor,),
    ).fetchall()


def get(db: Database, post: int, actor: int) -> Row | None:
    """The actor's answer to the event."""
    return db.row("select * from answers where post = ? and actor = ?", (post, actor))


def by_activity(db: Database, activity: str) -> Row | None:
    """The answer given with this activity."""
    return db.row("select * from answers where activity = ? and activity <> ''", (activity,))


def settle(db: Database, post: int, actor: int, state: str) -> bool:
    """The organiser accepted, refused or does not keep answers; false when nothing was asked or it is so already."""
    done = db.execute(
        "update answers set state = ? where post = ? and actor = ? and state <> ?", (state, post, actor, state)
    ).rowcount
    if done:
        changes.note(db, "post", post)
    return bool(done)


def end(db: Database, post: int, actor: int) -> Row | None:
    """The answer that stood, taken back; None when there was none."""
    known = get(db, post, actor)
    if known is not None:
        db.execute("delete from answers where post = ? and actor = ?", (post, actor))
        changes.note(db, "post", post)
    return known


def coming(db: Database, post: int) -> int:
    """How many said yes and were accepted."""
    return int(
        db.value("select count(*) from answers where post = ? and answer = 'yes' and state = 'accepted'", (post,))
    )


def answered(db: Database, posts: list[int], actor: int) -> dict[int, tuple[str, str]]:
    """The actor's (answer, state) to each of these events that she answered."""
    found = db.rows(
        "select post, answer, state from answers where actor = ? and post in (select value from json_each(?))",
        (actor, json.dumps(posts)),
    )
    return {row["post"]: (row["answer"], row["state"]) for row in found}


def counted(db: Database, posts: list[int]) -> dict[int, int]:
    """How many come to each of these events, where anybody does."""
    found = db.rows(
        """
        select post, count(*) from answers
         where answer = 'yes' and state = 'accepted' and post in (select value from json_each(?)) group by post
        """,
        (json.dumps(posts),),
    )
    return {row[0]: row[1] for row in found}


def tally(db: Database, post: int) -> dict[str, int]:
    """How many gave each answer, and under `asked` how many wait for the organiser."""
    found = dict.fromkeys((*ANSWERS, "asked"), 0)
    for row in db.rows("select answer, state, count(*) as count from answers where post = ? group by 1, 2", (post,)):
        if row["state"] == "accepted":
            found[row["answer"]] += row["count"]
        elif row["state"] == "asked":
            found["asked"] += row["count"]
    return found


def here(db: Database, post: int) -> list[int]:
    """Ids of our own people who come, may come or asked to."""
    rows = db.rows(
        """
        select actors.id from answers join actors on actors.id = answers.actor and actors.local
         where answers.post = ? and answers.answer <> 'no' and answers.state in ('asked', 'accepted')
         order by actors.id
        """,
        (post,),
    )
    return [row[0] for row in rows]


def elsewhere(db: Database, post: int) -> list[Row]:
    """Actors of other servers who come, may come or asked to: they hear when the event changes."""
    return db.rows(
        """
        select actors.* from answers join actors on actors.id = answers.actor
         where answers.post = ? and not actors.local and actors.gone is null
           and answers.answer <> 'no' and answers.state in ('asked', 'accepted')
         order by actors.id
        """,
        (post,),
    ).fetchall()


def of(db: Database, post: int) -> list[Row]:
    """Everyone's answers with who gave them, the first first."""
    return db.rows(
        "select actors.*, answers.answer, answers.state as answer_state, answers.message, answers.at as answered_at"
        " from answers join actors on actors.id = answers.actor where answers.post = ? order by answers.at, actors.id",
        (post,),
    ).fetchall()
