"""Whose an address is: actors by the URIs, inboxes and collections that documents and letters name."""

import json
from collections.abc import Iterable

from node.store import Database, Row


def uris(db: Database, named: Iterable[str]) -> list[Row]:
    """The actors of these URIs that we know: id, uri, url, local and type."""
    sql = "select id, uri, url, local, type from actors where uri in (select value from json_each(?))"
    return db.rows(sql, (json.dumps(list(named)),)).fetchall()


def followers(db: Database, named: Iterable[str]) -> list[Row]:
    """Our people and associations whose followers' collection stands among these addresses."""
    sql = """
        select * from actors where local and type <> 'Group' and gone is null
           and followers in (select value from json_each(?))
        """
    return db.rows(sql, (json.dumps(list(dict.fromkeys(named))),)).fetchall()


def inbox(db: Database, address: str) -> int | None:
    """Somebody elsewhere whose own inbox this is; None where it is shared, or nobody's that we know."""
    found: int | None = db.value(
        "select id from actors where inbox = ? and not local and shared_inbox <> inbox", (address,)
    )
    return found


def inboxes(db: Database) -> list[tuple[str, str]]:
    """(inbox, shared inbox or '') of everybody elsewhere that we know, in no promised order."""
    found = db.rows("select distinct inbox, shared_inbox from actors where not local and gone is null")
    return [(row[0], row[1]) for row in found]
