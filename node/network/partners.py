"""Partners of projects, ours and peers': asked by an Offer, shown as confirmed once their own Accept was seen."""

import json

from node import changes
from node.network import projects
from node.store import Database, Row
from node.text import one_line

ROLES = ("implementing", "funding", "hosting", "supporting")


def ask(db: Database, project: int, partner: Row, role: str, offer: str, now: int) -> None:
    """The partner is asked; an answer given before counts no more."""
    db.execute(
        """
        insert into partners (project, uri, actor, role, state, offer, at) values (?, ?, ?, ?, 'asked', ?, ?)
        on conflict (project, uri) do update
           set state = 'asked', role = excluded.role, offer = excluded.offer, agreement = '', confirmed = null,
               actor = excluded.actor, at = excluded.at
        """,
        (project, partner["uri"], partner["id"], one_line(role, 40), offer, now),
    )
    projects.touch(db, project, now)


def answer(db: Database, project: int, uri: str, state: str, agreement: str, now: int) -> None:
    """The partner accepted, with its Accept's id, or rejected, or the partnership ended."""
    db.execute(
        """
        update partners set state = :state, agreement = :agreement, at = :now,
               confirmed = case when :state = 'accepted' then :now end
         where project = :project and uri = :uri
        """,
        {"state": state, "agreement": agreement, "now": now, "project": project, "uri": uri},
    )
    projects.touch(db, project, now)


def claim(db: Database, project: int, uri: str, actor: int | None, role: str, state: str, agreement: str,
          now: int) -> None:  # fmt: skip
    """A peer's project names this partner: not confirmed until its Accept is seen; what was, stays while it is the same."""
    db.execute(
        """
        insert into partners (project, uri, actor, role, state, agreement, at) values (?, ?, ?, ?, ?, ?, ?)
        on conflict (project, uri) do update
           set role = excluded.role, state = excluded.state, actor = ifnull(excluded.actor, actor),
               confirmed = case when agreement = excluded.agreement and excluded.state = 'accepted' then confirmed end,
               agreement = excluded.agreement
         where state <> 'asked'
        """,
        (project, uri, actor, one_line(role, 40), state, agreement, now),
    )


def confirm(db: Database, project: int, uri: str, now: int) -> None:
    """The partner's own Accept of this project was seen."""
    db.execute(
        "update partners set confirmed = ? where project = ? and uri = ? and state = 'accepted'", (now, project, uri)
    )
    changes.note(db, "actor", project)


def drop_others(db: Database, project: int, uris: list[str]) -> None:
    """A peer's project names only these any more; what we were asked and have not answered stays."""
    db.execute(
        "delete from partners where project = ? and state <> 'asked' and uri not in (select value from json_each(?))",
        (project, json.dumps(uris)),
    )


def leave(db: Database, uri: str, now: int) -> list[int]:
    """The association is partner of nothing any more, because it is gone; ids of the projects that it leaves."""
    found = [row[0] for row in db.rows(
        "select project from partners where uri = ? and state in ('asked', 'accepted')", (uri,)
    ).fetchall()]  # fmt: skip
    for project in found:
        answer(db, project, uri, "ended", "", now)
    return found


def get(db: Database, project: int, uri: str) -> Row | None:
    """How it stands with one partner."""
    return db.row("select * from partners where project = ? and uri = ?", (project, uri))


def by_offer(db: Database, offer: str) -> Row | None:
    """The partnership that this Offer asked for."""
    return db.row("select * from partners where offer = ? and offer <> ''", (offer,))


def by_agreement(db: Database, agreement: str) -> Row | None:
    """The partnership that this Accept made."""
    return db.row("select * from partners where agreement = ? and agreement <> ''", (agreement,))


def listed(db: Database, project: int) -> list[Row]:
    """Partners asked and accepted, the confirmed first: partners' columns, and display, name, host, icon, url when known."""
    return db.rows(
        """
        select partners.*, actors.display, actors.displays, actors.name, actors.host, actors.icon, actors.url
          from partners left join actors on actors.id = partners.actor
         where partners.project = ? and partners.state in ('asked', 'accepted')
         order by partners.confirmed is null, partners.at
        """,
        (project,),
    ).fetchall()


def is_partner(db: Database, project: int, actor: int) -> bool:
    """Whether the association is a confirmed partner."""
    return bool(
        db.value(
            "select 1 from partners where project = ? and actor = ? and state = 'accepted' and confirmed is not null",
            (project, actor),
        )
    )


def asked(db: Database, association: int) -> list[Row]:
    """Projects that ask our association to be their partner: the project's columns, role and offer, the newest first."""
    return db.rows(
        """
        select actors.*, partners.role as partnership, partners.offer, partners.at
          from partners join actors on actors.id = partners.project
         where partners.actor = ? and partners.state = 'asked' and actors.gone is null order by partners.at desc
        """,
        (association,),
    ).fetchall()
