"""What the coordinators tell every member: shown until read or over, answered with an emoji."""

import json
from dataclasses import dataclass, field

from node import changes, emojis, ids, queue
from node.errors import Invalid, NotFound
from node.store import Database, Row
from node.text import direction

MOST_NAMES = 8  # different emoji on one announcement
LISTED = 50  # announcements on the coordinators' page
BEGINS = "announcement begins"  # a task


@dataclass(frozen=True, slots=True)
class Told:
    """An announcement as it is to be kept.  texts: language -> cleaned HTML; starts and ends: UTC ms, None for none."""

    texts: dict[str, str] = field(default_factory=dict)
    starts: int | None = None
    ends: int | None = None


def publish(db: Database, content: str, now: int, *, ends: int | None = None) -> int:
    """The announcement's id; content is cleaned HTML, said in one language and shown from now on."""
    return _keep(db, content, {}, None, ends, now)


def keep(db: Database, told: Told, now: int) -> int:
    """The announcement's id.  Raises Invalid for one that says nothing, or ends before it begins or before now."""
    _check(told, now)
    return _keep(db, together(told.texts), told.texts, told.starts, told.ends, now)


def change(db: Database, identifier: int, told: Told, now: int) -> None:
    """It says this from now on, and is shown then.  Raises as `keep`, and NotFound."""
    _must_be(db, identifier)
    _check(told, now)
    db.execute(
        """
        update announcements
           set content = :content, texts = :texts, starts = :starts, ends = :ends, all_day = 0, updated = :now
         where id = :id
        """,
        {"content": together(told.texts), "texts": json.dumps(told.texts, ensure_ascii=False), "starts": told.starts,
         "ends": told.ends, "now": now, "id": identifier},
    )  # fmt: skip
    queue.drop_named(db, f"{BEGINS} {identifier}")
    _tell(db, identifier, told.starts, now)


def end(db: Database, identifier: int, now: int) -> None:
    """It is shown no more, and stands among those that are over.  Raises NotFound."""
    _must_be(db, identifier)
    db.execute("update announcements set ends = ?, updated = ? where id = ?", (now, now, identifier))
    queue.drop_named(db, f"{BEGINS} {identifier}")
    changes.note(db, "announcement deleted", identifier)


def begin(db: Database, identifier: int, now: int) -> None:
    """Its moment has come: apps that listen hear of it, unless it was put off or ended meanwhile."""
    row = db.row("select starts, ends from announcements where id = ?", (identifier,))
    if row is not None and (row["starts"] or 0) <= now and (row["ends"] is None or row["ends"] > now):
        changes.note(db, "announcement", identifier)


def together(texts: dict[str, str]) -> str:
    """What apps show, which know no language of it: each text after the other, marked with its own."""
    if len(texts) < 2:
        return next(iter(texts.values()), "")
    return "".join(text.replace("<p>", f'<p lang="{tag}" dir="{direction(tag)}">') for tag, text in texts.items())


def every(db: Database) -> list[Row]:
    """Those to come, those shown now and those over, the newest first."""
    return db.rows("select * from announcements order by id desc limit ?", (LISTED,)).fetchall()


def get(db: Database, identifier: int) -> Row:
    """Its row.  Raises NotFound."""
    row = db.row("select * from announcements where id = ?", (identifier,))
    if row is None:
        raise NotFound("Record not found")
    return row


def withdraw(db: Database, identifier: int) -> None:
    """It is shown no more, and nothing of it is kept.  Raises NotFound."""
    _must_be(db, identifier)
    db.execute("delete from announcements where id = ?", (identifier,))
    queue.drop_named(db, f"{BEGINS} {identifier}")
    changes.note(db, "announcement deleted", identifier)


def current(db: Database, actor: int, now: int) -> list[Row]:
    """What is shown now, the newest first, with `seen` by the actor."""
    return db.rows(
        """
        select announcements.*,
               exists (select 1 from announcements_read known
                        where known.announcement = announcements.id and known.actor = :actor) as seen
          from announcements
         where (ends is null or ends > :now) and (starts is null or all_day or starts <= :now)
         order by id desc
        """,
        {"actor": actor, "now": now},
    ).fetchall()


def unread(db: Database, actor: int, now: int) -> list[Row]:
    """Of those shown now what the actor has not read, the newest first."""
    return db.rows(
        """
        select id, content, texts, starts, published from announcements
         where (ends is null or ends > :now) and (starts is null or all_day or starts <= :now)
           and not exists (select 1 from announcements_read known
                            where known.announcement = announcements.id and known.actor = :actor)
         order by id desc
        """,
        {"actor": actor, "now": now},
    ).fetchall()


def read(db: Database, actor: int, identifier: int) -> None:
    """The actor has read it."""
    _must_be(db, identifier)
    db.execute(
        "insert into announcements_read (actor, announcement) values (?, ?) on conflict do nothing", (actor, identifier)
    )


def react(db: Database, actor: int, identifier: int, name: str, now: int) -> None:
    """The actor answers with this emoji, of Unicode or our own.  Raises Invalid for none, or one kind too many."""
    _must_be(db, identifier)
    if not emojis.is_emoji(name) and not emojis.ours(db, f":{name}:"):
        raise Invalid("Validation failed: Name is not a recognized emoji")
    names = {row["name"] for row in reactions(db, identifier, actor)}
    if name not in names and len(names) >= MOST_NAMES:
        raise Invalid("Validation failed: Limit of different reactions reached")
    db.execute(
        "insert into announcement_reactions (announcement, actor, name, at) values (?, ?, ?, ?) on conflict do nothing",
        (identifier, actor, name, now),
    )
    changes.note(db, "announcement reaction", identifier)


def unreact(db: Database, actor: int, identifier: int, name: str) -> None:
    """She takes it back."""
    _must_be(db, identifier)
    db.execute(
        "delete from announcement_reactions where announcement = ? and actor = ? and name = ?",
        (identifier, actor, name),
    )
    changes.note(db, "announcement reaction", identifier)


def reactions(db: Database, identifier: int, actor: int) -> list[Row]:
    """name, count, mine of each emoji, the first used first."""
    return db.rows(
        """
        select name, count(*) as count, max(actor = ?) as mine from announcement_reactions
         where announcement = ? group by name order by min(at)
        """,
        (actor, identifier),
    ).fetchall()


def _check(told: Told, now: int) -> None:
    if not any(told.texts.values()):
        raise Invalid("An announcement says something.")
    if told.ends is not None and told.starts is not None and told.ends <= told.starts:
        raise Invalid("It cannot end before it begins.")
    if told.ends is not None and told.ends <= now:
        raise Invalid("This day is over.")


def _keep(db: Database, content: str, texts: dict[str, str], starts: int | None, ends: int | None, now: int) -> int:
    identifier = ids.new(now)
    db.execute(
        """
        insert into announcements (id, content, texts, starts, ends, published, updated)
        values (:id, :content, :texts, :starts, :ends, :now, :now)
        """,
        {"id": identifier, "content": content, "texts": json.dumps(texts, ensure_ascii=False), "starts": starts,
         "ends": ends, "now": now},
    )  # fmt: skip
    _tell(db, identifier, starts, now)
    return identifier


def _tell(db: Database, identifier: int, starts: int | None, now: int) -> None:
    """Apps that listen hear of it: now, or at its moment."""
    if starts is None or starts <= now:
        changes.note(db, "announcement", identifier)
        return
    changes.note(db, "announcement deleted", identifier)  # it may have been shown until now
    queue.enqueue(db, BEGINS, {"announcement": identifier}, starts, name=f"{BEGINS} {identifier}")


def _must_be(db: Database, identifier: int) -> None:
    if db.value("select 1 from announcements where id = ?", (identifier,)) is None:
        raise NotFound("Record not found")
