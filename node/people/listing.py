"""Lists of actors: what somebody typed, the profile directory, the accounts that moderators look through."""

from node.store import Database, Row


def find(db: Database, text: str, limit: int = 20) -> list[Row]:
    """Known actors whose handle or display name begins with text, those followed most first."""
    name, _, host = text.strip().lstrip("@").partition("@")
    like = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return db.rows(
        """
        select * from actors
         where gone is null and type <> 'Application'
           and (name like :like || '%' escape '\\' or display like '%' || :like || '%' escape '\\')
           and (:host = '' or host like :host || '%')
         order by name = :name collate nocase desc, local desc, followers_count desc, id
         limit :limit
        """,
        {"like": like, "name": name, "host": host.lower(), "limit": limit},
    ).fetchall()


def directory(db: Database, limit: int, offset: int, *, new: bool = False, here: bool = False) -> list[Row]:
    """Those who wish to be found, the last who spoke first, or the newest."""
    return db.rows(
        """
        select * from actors
         where discoverable and gone is null and silenced is null and type <> 'Application' and moved_to = ''
           and (:here = 0 or local) and (local or last_post is not null)
         order by case when :new then id else ifnull(last_post, 0) end desc, id desc limit :limit offset :offset
        """,
        {"here": int(here), "new": int(new), "limit": limit, "offset": offset},
    ).fetchall()


def accounts(db: Database, before: int, after: int, limit: int, *, origin: str = "", standing: str = "", staff: bool = False,
           name: str = "", display: str = "", email: str = "", host: str = "") -> list[Row]:  # fmt: skip
    """Accounts for those who moderate, the newest id first.

    origin is local, remote or ''; standing active, disabled, silenced, suspended, sensitized or ''.
    """
    return db.rows(
        """
        select actors.* from actors left join users on users.actor = actors.id
         where actors.id < :before and actors.id > :after
           and actors.type in ('Person', 'Organization', 'Service', 'Group')
           and (:origin = '' or actors.local = (:origin = 'local'))
           and case :standing when 'active' then actors.gone is null and users.disabled is null
                              when 'disabled' then users.disabled is not null
                              when 'silenced' then actors.silenced is not null
                              when 'suspended' then actors.gone is not null
                              when 'sensitized' then actors.sensitized is not null
                              else 1 end
           and (:staff = 0 or users.role in ('moderator', 'admin'))
           and (:name = '' or instr(lower(actors.name), lower(:name)))
           and (:display = '' or instr(lower(actors.display), lower(:display)))
           and (:email = '' or instr(lower(users.email), lower(:email)))
           and (:host = '' or actors.host = lower(:host))
         order by actors.id desc limit :limit
        """,
        {"before": before, "after": after, "limit": limit, "origin": origin, "standing": standing, "staff": int(staff),
         "name": name.lstrip("@"), "display": display, "email": email, "host": host},
    ).fetchall()  # fmt: skip
