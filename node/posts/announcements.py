"""What the coordinators tell every member: shown until read or over, answered with an emoji."""

from node import changes, emojis, ids
from node.errors import Invalid, NotFound
from node.store import Database, Row

MOST_NAMES = 8  # different emoji on one announcement


def publish(db: Database, content: str, now: int, *, ends: int | None = None) -> int:
    """The announcement's id; content is cleaned HTML."""
    identifier = ids.new(now)
    db.execute(
        "insert into announcements (id, content, ends, published, updated) values (?, ?, ?, ?, ?)",
        (identifier, content, ends, now, now),
    )
    changes.note(db, "announcement", identifier)
    return identifier


def withdraw(db: Database, identifier: int) -> None:
    """It is shown no more.  Raises NotFound."""
    _must_be(db, identifier)
    db.execute("delete from announcements where id = ?", (identifier,))
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
        select id, content, published from announcements
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


def _must_be(db: Database, identifier: int) -> None:
    if db.value("select 1 from announcements where id = ?", (identifier,)) is None:
        raise NotFound("Record not found")
