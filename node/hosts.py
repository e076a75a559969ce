"""What is known of other servers: their software, which signature they take, whether they answer."""

import json
from collections.abc import Collection

from node import settings
from node.store import Database, Row

LONGEST = 260  # letters of a name with its port; a longer one is no server's


def get(db: Database, host: str) -> Row | None:
    """All that is known of the host."""
    return db.once(("host", host), lambda: db.row("select * from hosts where host = ?", (host,)))


def heard(db: Database, host: str, now: int) -> bool:
    """It signed something to us; true when it was thought silent, so that letters may wait for it."""
    known = get(db, host)
    if known is not None and not known["failures"] and (known["heard"] or 0) > now - 60_000:
        return False
    db.forget()
    db.execute(
        """
        insert into hosts (host, heard) values (?, ?)
        on conflict (host) do update set heard = excluded.heard, failures = 0, silent = null
        """,
        (host, now),
    )
    return known is not None and bool(known["failures"])


def took(db: Database, names: Collection[str], knock: str, now: int) -> None:
    """These hosts took a letter signed this way."""
    db.forget()
    db.execute(
        """
        insert into hosts (host, heard, knock, knocked) select value, :now, :knock, :now from json_each(:names) where true
        on conflict (host) do update
           set heard = excluded.heard, knock = excluded.knock, knocked = excluded.knocked, failures = 0, silent = null
         where failures > 0 or knock <> excluded.knock or ifnull(heard, 0) < excluded.heard - 60000
        """,
        {"now": now, "knock": knock, "names": json.dumps(list(names))},
    )


def failed(db: Database, host: str, now: int) -> Row:
    """One failure more in a row; what is known then."""
    db.forget()
    db.execute(
        """
        insert into hosts (host, failures, silent) values (?, 1, ?)
        on conflict (host) do update set failures = failures + 1, silent = ifnull(silent, excluded.silent)
        """,
        (host, now),
    )
    found = get(db, host)
    assert found is not None
    return found


def describe(db: Database, host: str, software: str, version: str, now: int) -> None:
    """What its NodeInfo says; '' where it says nothing."""
    db.forget()
    db.execute(
        """
        insert into hosts (host, software, version, asked) values (?, ?, ?, ?)
        on conflict (host) do update
           set software = excluded.software, version = excluded.version, asked = excluded.asked
        """,
        (host, software, version, now),
    )


def software(db: Database, host: str) -> str:
    """Its software's name in lower case, '' when unknown."""
    return str(db.value("select software from hosts where host = ?", (host,)) or "")


def policy(db: Database, host: str) -> str:
    """'', 'allow', 'silence' or 'block': of the host itself or a domain that it belongs to."""
    for domain in _domains(host):
        known = get(db, domain)
        if known is not None and known["policy"]:
            return str(known["policy"])
    return ""


def refuses(db: Database, host: str) -> bool:
    """Whether we do not speak with the host: blocked, or not listed while the network is closed."""
    return _refused(policy(db, host), settings.get(db, "network") == "closed")


def refused(db: Database, hosts: Collection[str]) -> set[str]:
    """Of many hosts those that we do not speak with: what `refuses` says of each, asked in one go."""
    domains = {host: _domains(host) for host in hosts}
    decided: dict[str, str] = dict(
        db.rows(
            "select host, policy from hosts where policy <> '' and host in (select value from json_each(?))",
            (json.dumps(list({domain for each in domains.values() for domain in each})),),
        ).fetchall()
    )
    closed = settings.get(db, "network") == "closed"
    return {
        host
        for host, each in domains.items()
        if _refused(next((decided[domain] for domain in each if domain in decided), ""), closed)
    }


def _refused(chosen: str, closed: bool) -> bool:
    return chosen == "block" or (closed and chosen != "allow")


def _domains(host: str) -> list[str]:
    """The host and all that it belongs to, the nearest first: `h.example:80`, `h.example`, `example`."""
    if len(host) > LONGEST:
        return []
    name = host if host.startswith("[") else host.rpartition(":")[0] or host
    found = [host] if name == host else [host, name]
    while name := name.partition(".")[2]:
        found.append(name)
    return found


def names(db: Database) -> list[str]:
    """Servers that ever answered or wrote, and are not blocked."""
    return [
        row[0] for row in db.rows("select host from hosts where heard is not null and policy <> 'block' order by host")
    ]


def decide(db: Database, host: str, chosen: str) -> None:
    """The operator's policy toward the host and all below it."""
    db.forget()
    db.execute(
        "insert into hosts (host, policy) values (?, ?) on conflict (host) do update set policy = excluded.policy",
        (host.lower(), chosen),
    )
    db.wake("policy")


def met(db: Database, limit: int = 200) -> list[Row]:
    """Hosts that we speak with, those with most associations first: with `associations` and `actors`, how many we know."""
    return db.rows(
        """
        select chosen.*,
               (select count(*) from actors
                 where actors.host = chosen.host and not actors.local and actors.gone is null
                   and actors.type <> 'Application') as actors
          from (select hosts.*,
                       (select count(*) from directory
                         where directory.host = hosts.host and directory.gone is null) as associations,
                       (select count(*) from actors where actors.host = hosts.host and not actors.local) as known
                  from hosts
                 where hosts.policy not in ('block', 'silence') and hosts.heard is not null
                 order by associations desc, known desc, hosts.host limit ?) chosen
         order by associations desc, actors desc, chosen.host
        """,
        (limit,),
    ).fetchall()


def listed(db: Database, limit: int = 200) -> list[Row]:
    """Servers that we know, with `actors` (how many of theirs) and `waiting` (letters for them), the last heard first."""
    return db.rows(
        """
        with waiting (host, letters) as materialized (
            select host, count(*) from (
                select host from deliveries indexed by deliveries_lane where state = 'waiting'
                 union all
                select host from deliveries indexed by deliveries_retry where state = 'retry') group by host)
        select chosen.*,
               (select count(*) from actors where actors.host = chosen.host and not actors.local) as actors,
               ifnull(waiting.letters, 0) as waiting
          from (select * from hosts order by policy <> '' desc, heard desc nulls last, host limit ?) chosen
          left join waiting on waiting.host = chosen.host
         order by chosen.policy <> '' desc, chosen.heard desc nulls last, chosen.host
        """,
        (limit,),
    ).fetchall()
