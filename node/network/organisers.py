"""Associations that organise an event together with its author, ours and peers': shown once their own Accept was seen."""

import json

from node import changes
from node.store import Database, Row

MOST = 10  # of one event


def ask(db: Database, post: int, partner: Row, offer: str, now: int) -> None:
    """The association is asked; an answer given before counts no more."""
    db.execute(
        """
        insert into organisers (post, uri, actor, state, offer, at) values (?, ?, ?, 'asked', ?, ?)
        on conflict (post, uri) do update
           set state = 'asked', offer = excluded.offer, agreement = '', confirmed = null, actor = excluded.actor,
               at = excluded.at
        """,
        (post, partner["uri"], partner["id"], offer, now),
    )


def answer(db: Database, post: int, uri: str, state: str, agreement: str, now: int) -> None:
    """It accepted, with its Accept's id, or rejected, or it is over."""
    db.execute(
        """
        update organisers set state = :state, agreement = :agreement, at = :now,
               confirmed = case when :state = 'accepted' then :now end
         where post = :post and uri = :uri
        """,
        {"state": state, "agreement": agreement, "now": now, "post": post, "uri": uri},
    )
    changes.note(db, "post", post)


def claim(db: Database, post: int, uri: str, actor: int | None, agreement: str, now: int) -> None:
    """A peer's event names it: not confirmed until its Accept is seen; what was, stays while it is the same; what is over, too."""
    db.execute(
        """
        insert into organisers (post, uri, actor, state, agreement, at) values (?, ?, ?, 'accepted', ?, ?)
        on conflict (post, uri) do update
           set state = 'accepted', actor = ifnull(excluded.actor, actor),
               confirmed = case when agreement = excluded.agreement and state = 'accepted' then confirmed end,
               agreement = excluded.agreement
         where state = 'accepted' or (state <> 'asked' and agreement <> excluded.agreement)
        """,
        (post, uri, actor, agreement, now),
    )


def leave(db: Database, uri: str, now: int) -> list[int]:
    """The association organises nothing of others any more, because it is gone; ids of the events that it leaves."""
    found = [row[0] for row in db.rows(
        "select post from organisers where uri = ? and state in ('asked', 'accepted')", (uri,)
    ).fetchall()]  # fmt: skip
    for post in found:
        answer(db, post, uri, "ended", "", now)
    return found


def confirm(db: Database, post: int, uri: str, actor: int | None, now: int) -> None:
    """Its own Accept of this event was seen."""
    db.execute(
        "update organisers set confirmed = ?, actor = ifnull(actor, ?) where post = ? and uri = ? and state = 'accepted'",
        (now, actor, post, uri),
    )
    changes.note(db, "post", post)


def drop_others(db: Database, post: int, uris: list[str]) -> None:
    """A peer's event names only these any more; what one of ours was asked and has not answered stays."""
    db.execute(
        "delete from organisers where post = ? and state <> 'asked' and uri not in (select value from json_each(?))",
        (post, json.dumps(uris)),
    )


def get(db: Database, post: int, uri: str) -> Row | None:
    """How it stands with one association."""
    return db.row("select * from organisers where post = ? and uri = ?", (post, uri))


def by_offer(db: Database, offer: str) -> Row | None:
    """What this Offer asked."""
    return db.row("select * from organisers where offer = ? and offer <> ''", (offer,))


def by_agreement(db: Database, agreement: str) -> Row | None:
    """What this Accept made."""
    return db.row("select * from organisers where agreement = ? and agreement <> ''", (agreement,))


def confirmed(db: Database, post: int) -> list[Row]:
    """The actors that organise it too, by their own word, with `agreement`; the first first."""
    return db.rows(
        """
        select actors.*, organisers.agreement from organisers join actors on actors.id = organisers.actor
         where organisers.post = ? and organisers.state = 'accepted' and organisers.confirmed is not null
           and actors.gone is null
         order by organisers.at, actors.id
        """,
        (post,),
    ).fetchall()


def named(db: Database, post: int) -> list[Row]:
    """The actors that were asked and have not refused, with `answer` (their state) of each; the first first."""
    return db.rows(
        """
        select actors.*, organisers.state as answer from organisers join actors on actors.id = organisers.actor
         where organisers.post = ? and organisers.state in ('asked', 'accepted') and actors.gone is null
         order by organisers.at, actors.id
        """,
        (post,),
    ).fetchall()


def asked(db: Database, association: int) -> list[Row]:
    """Events that ask our association to organise them too: the post's columns, the newest question first."""
    return db.rows(
        """
        select posts.* from organisers join posts on posts.id = organisers.post
         where organisers.actor = ? and organisers.state = 'asked' and posts.removed is null order by organisers.at desc, posts.id limit 100
        """,
        (association,),
    ).fetchall()


def of_others(db: Database, association: int, now: int) -> list[Row]:
    """Events to come that our association organises too, the first to begin first."""
    return db.rows(
        """
        select posts.* from organisers join posts on posts.id = organisers.post join agenda on agenda.post = posts.id
         where organisers.actor = ? and organisers.state = 'accepted' and organisers.confirmed is not null
           and agenda.ending >= ? and posts.removed is null
         order by agenda.start limit 100
        """,
        (association, now),
    ).fetchall()


def together(db: Database, association: int, event: Row) -> list[int]:
    """Ids of the events that ask with this one: other dates of the same, by the same author; itself among them."""
    return [
        int(one["id"])
        for one in asked(db, association)
        if one["id"] == event["id"] or (one["author"] == event["author"] and one["title"] == event["title"])
    ]
