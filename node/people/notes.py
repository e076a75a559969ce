"""What a member keeps about others, for herself or to show: private notes, endorsements, suggestions put aside."""

from node.errors import Invalid
from node.people import follows
from node.store import Database, Row
from node.window import Window, placed

LONGEST = 2000


def write(db: Database, actor: int, target: int, text: str) -> None:
    """The actor's note about the target says this; '' removes it."""
    if not text.strip():
        db.execute("delete from notes where actor = ? and target = ?", (actor, target))
        return
    db.execute(
        """
        insert into notes (actor, target, text) values (?, ?, ?)
        on conflict (actor, target) do update set text = excluded.text
        """,
        (actor, target, text[:LONGEST]),
    )


def read(db: Database, actor: int, target: int) -> str:
    """The note, '' when there is none."""
    return str(db.value("select text from notes where actor = ? and target = ?", (actor, target)) or "")


def endorse(db: Database, actor: int, target: int, now: int) -> None:
    """The actor shows the target on its profile.  Raises Invalid for one it does not follow."""
    known = follows.get(db, actor, target)
    if known is None or known["state"] != "accepted":
        raise Invalid("Validation failed: You must be already following the person you want to endorse")
    db.execute(
        "insert into endorsements (actor, target, since) values (?, ?, ?) on conflict do nothing", (actor, target, now)
    )


def unendorse(db: Database, actor: int, target: int) -> None:
    """It does so no more."""
    db.execute("delete from endorsements where actor = ? and target = ?", (actor, target))


def endorsed(db: Database, actor: int, window: Window) -> list[Row]:
    """Whom the actor shows, the last endorsed first, each with its `place` in that order."""
    return placed(
        db,
        """
        select actors.*, endorsements.since << 16 | (endorsements.target & 65535) as place
          from endorsements join actors on actors.id = endorsements.target
         where endorsements.actor = :actor and actors.gone is null
        """,
        {"actor": actor},
        window,
    )


def endorses(db: Database, actor: int, target: int) -> bool:
    """Whether the actor shows the target."""
    return bool(db.value("select 1 from endorsements where actor = ? and target = ?", (actor, target)))


def hide_suggestion(db: Database, actor: int, target: int) -> None:
    """The target is not suggested to the actor again."""
    db.execute("insert into suggestions_hidden (actor, target) values (?, ?) on conflict do nothing", (actor, target))


def suggestions(db: Database, actor: int, limit: int) -> list[Row]:
    """Whom the actor could follow: those whom the people she follows follow, then those followed most here.

    Of other servers whoever somebody here follows: most whom we know of are never looked for.
    """
    return db.rows(
        """
        select actors.*,
               (select count(*) from follows mine join follows theirs on theirs.follower = mine.target
                 where mine.follower = :actor and mine.state = 'accepted'
                   and theirs.target = actors.id and theirs.state = 'accepted') as near
          from actors
         where actors.id in (
                select id from actors indexed by actors_ours where local
                union
                select follows.target from actors mine indexed by actors_ours
                  cross join follows on follows.follower = mine.id and follows.state = 'accepted' where mine.local)
           and actors.id <> :actor and actors.gone is null and actors.silenced is null and actors.discoverable
           and actors.type <> 'Application' and actors.moved_to = ''
           and not exists (select 1 from follows known where known.follower = :actor and known.target = actors.id)
           and not exists (select 1 from blocks known where (known.actor = :actor and known.target = actors.id)
                                                         or (known.actor = actors.id and known.target = :actor))
           and not exists (select 1 from mutes known where known.actor = :actor and known.target = actors.id)
           and not exists (select 1 from suggestions_hidden known
                            where known.actor = :actor and known.target = actors.id)
         order by near desc, actors.local desc, actors.followers_count desc, actors.id desc limit :limit
        """,
        {"actor": actor, "limit": limit},
    ).fetchall()


def familiar(db: Database, actor: int, target: int, limit: int = 10) -> list[Row]:
    """Whom the actor follows that follow the target."""
    return db.rows(
        """
        select actors.* from follows mine
          join follows theirs on theirs.follower = mine.target and theirs.target = :target and theirs.state = 'accepted'
          join actors on actors.id = mine.target
         where mine.follower = :actor and mine.state = 'accepted' and mine.target <> :target
         order by actors.id desc limit :limit
        """,
        {"actor": actor, "target": target, "limit": limit},
    ).fetchall()
