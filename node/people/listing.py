"""Lists of actors: what somebody typed, the profile directory, the accounts that moderators look through."""

import json

from node.store import Database, Row

MOST_SKIPPED = 2000  # accounts of the directory that an app has looked through
LOOKED_AT = 5000  # public posts, the newest, whose authors are those who spoke last
MOST_NAMED = 1000  # accounts elsewhere with what was typed: of a single letter the first ones are as good as any
_NAMED = """
select id from (select id from actors where name >= :name collate nocase and name < :beyond collate nocase limit :most)
union
select id from (
    select id from actors indexed by actors_by_display
     where gone is null and type <> 'Application' and display like '%' || :like || '%' escape '\\' limit :most)
union
select id from actors indexed by actors_ours where local and display like '%' || :like || '%' escape '\\'
"""
_LISTED = """
discoverable and gone is null and silenced is null and type <> 'Application' and moved_to = ''
 and (local or last_post is not null)
"""
_HERE = "select id from actors indexed by actors_ours where local"
_LATELY = """
union
select author from (
    select author from posts where visibility = 'public' and boost_of is null order by id desc limit :looked)
"""


def find(db: Database, text: str, limit: int = 20) -> list[Row]:
    """Known actors whose handle begins with text, or whose name holds it, those followed most first.

    Along indexes of names: what everybody says of herself is not read for those who are not meant.
    """
    name, _, host = text.strip().lstrip("@!").partition("@")
    like = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return db.rows(
        "select * from actors where id in (" + _NAMED + ") and gone is null and type <> 'Application'"
        """
           and (:host = '' or host like :host || '%')
         order by name = :name collate nocase desc, local desc, followers_count desc, id
         limit :limit
        """,
        {
            "like": like,
            "name": name,
            "beyond": name + chr(0x10FFFF),
            "host": host.lower(),
            "limit": limit,
            "most": MOST_NAMED,
        },
    ).fetchall()


def directory(db: Database, limit: int, offset: int, *, new: bool = False, here: bool = False) -> list[Row]:
    """Those who wish to be found, the last who spoke first, or the newest.

    Of other servers those who spoke last are the authors of the newest posts; whoever has been silent for longer is not
    among them.
    """
    if new and not here:
        chosen = "select id from actors where " + _LISTED + " order by id desc limit :limit offset :offset"
    else:
        among = _HERE if here else _HERE + _LATELY
        order = "id" if new else "ifnull(last_post, 0)"
        chosen = (
            "select id from actors where id in (" + among + ") and " + _LISTED
            + " order by " + order + " desc, id desc limit :limit offset :offset"
        )  # fmt: skip
    numbers = [
        row[0] for row in db.rows(chosen, {"looked": LOOKED_AT, "limit": limit, "offset": min(offset, MOST_SKIPPED)})
    ]
    found = db.rows("select * from actors where id in (select value from json_each(?))", (json.dumps(numbers),))
    known = {row["id"]: row for row in found}
    return [known[one] for one in numbers]


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
