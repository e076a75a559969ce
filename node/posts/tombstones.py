"""What was deleted by its owner, remembered so that nobody brings it back.

What was known here is remembered for ever.  Of what was not, a server could name any
number: the last ten thousand of each domain are remembered, the last two hundred
thousand of all domains together.  Source: threats D23.
"""

from node.store import Database, Row

MOST_UNKNOWN = 10_000  # of one domain
MOST_UNKNOWN_IN_ALL = 200_000
_SHARED = frozenset(("ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "org"))


def lay(db: Database, uri: str, kind: str, now: int) -> None:
    """Whatever had this URI, or will claim it, is gone; kind is '' where not everybody may know that it was."""
    db.execute(
        """
        insert into tombstones (uri, type, at) values (?, ?, ?)
        on conflict (uri) do update set type = excluded.type, stranger = '' where stranger <> ''
        """,
        (uri, kind, now),
    )


def lay_unknown(db: Database, uri: str, kind: str, host: str, now: int) -> None:
    """The same for what was never known here; the oldest that the domain of this host told of make room."""
    domain = domain_of(host)
    db.execute(
        "insert into tombstones (uri, type, at, stranger) values (?, ?, ?, ?) on conflict do nothing",
        (uri, kind, now, domain),
    )
    _let_go(db, domain, MOST_UNKNOWN)


def domain_of(host: str) -> str:
    """Whoever holds a domain can name hosts of it without end; `org.ma` and `asso.tn` are held by many."""
    labels = host.split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and labels[-2] in _SHARED else labels[-2:])


def _let_go(db: Database, domain: str, most: int) -> None:
    count = int(db.value("select count(*) from tombstones where stranger = ? and stranger <> ''", (domain,)))
    if count > most:
        db.execute(
            """
            delete from tombstones
             where uri in (select uri from tombstones where stranger = ? and stranger <> '' order by at, uri limit ?)
            """,
            (domain, count - most),
        )


def forget_unknown(db: Database) -> None:
    """Of what was never known here so many are remembered in all, the newest."""
    count = int(db.value("select count(*) from tombstones where stranger <> ''"))
    if count > MOST_UNKNOWN_IN_ALL:
        db.execute(
            """
            delete from tombstones
             where uri in (select uri from tombstones where stranger <> '' order by at, uri limit ?)
            """,
            (count - MOST_UNKNOWN_IN_ALL,),
        )


def find(db: Database, uri: str) -> Row | None:
    """The tombstone, when there is one: type, at."""
    return db.row("select * from tombstones where uri = ?", (uri,))


def lift(db: Database, uri: str) -> None:
    """The owner took the deletion back."""
    db.execute("delete from tombstones where uri = ?", (uri,))
