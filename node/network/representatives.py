"""Who may speak for a peer's association: Persons that its profile document names."""

from node.network import teams
from node.store import Database, Row

MOST = 50


def replace(db: Database, organization: int, persons: list[str], now: int) -> None:
    """Exactly these persons may, as the association's own server says at this moment."""
    db.execute("delete from representatives where organization = ?", (organization,))
    for uri in dict.fromkeys(persons[:MOST]):
        db.execute("insert into representatives (organization, person) values (?, ?)", (organization, uri))
    db.execute(
        "insert into profiles_asked (organization, at) values (?, ?)"
        " on conflict (organization) do update set at = excluded.at",
        (organization, now),
    )


def asked(db: Database, organization: int) -> int:
    """When its profile was last read; 0 for never."""
    return int(db.value("select at from profiles_asked where organization = ?", (organization,)) or 0)


def speaks_for(db: Database, person: Row, organization: Row) -> bool:
    """Whether the Person may speak for the association: by her role here, or as its profile elsewhere says."""
    if person["id"] == organization["id"]:
        return True
    if organization["local"]:
        return bool(person["local"]) and teams.speaks_for(db, person["id"], organization["id"])
    return bool(
        db.value(
            "select 1 from representatives where organization = ? and person = ?", (organization["id"], person["uri"])
        )
    )


def posts_of(db: Database, organization: int, limit: int) -> list[int]:
    """Ids of what those whom its profile names wrote elsewhere, the latest first."""
    found = db.rows(
        """
        select posts.id from posts
          join actors on actors.id = posts.author
          join representatives on representatives.person = actors.uri and representatives.organization = ?
         where not posts.local order by posts.id desc limit ?
        """,
        (organization, limit),
    )
    return [row[0] for row in found]


def in_team(db: Database, person: Row, project: int) -> bool:
    """Whether the actor belongs to the project: its owner, a confirmed partner, or one who may speak for them."""
    return any(speaks_for(db, person, one) for one in team(db, project))


def team(db: Database, project: int) -> list[Row]:
    """The associations of the project: its owner and confirmed partners, the owner first."""
    return db.rows(
        """
        select actors.* from actors
         where actors.id = (select owner from projects where actor = :project)
            or actors.id in (select actor from partners
                              where project = :project and state = 'accepted' and confirmed is not null)
         order by actors.id <> (select owner from projects where actor = :project)
        """,
        {"project": project},
    ).fetchall()
