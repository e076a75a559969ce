"""What those who moderate decide about another server: its policy, what it does to accounts that we know, and why.

`silence`: its accounts reach only who follows them.  `block`: we do not speak with it,
and nothing of it is shown; unblocked, all is as before.  What a decision hides is
marked with a negative moment, so that a decision about a single account stays when
that about its server ends.
"""

import hashlib
import re

from node import hosts, ids, settings
from node.errors import Conflict, Invalid, NotFound
from node.people import actors
from node.store import Database, Row

POLICIES = ("", "allow", "silence", "block")
SEVERITIES = {"noop": "", "silence": "silence", "suspend": "block"}  # as apps call them
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{1,5})?\Z")


def read_host(db: Database, typed: str) -> str:
    """The host as typed, or out of an address.  Raises Invalid for none, or our own."""
    host = typed.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError as error:
            raise Invalid("This is no server's name.") from error
    if not _HOST.match(host):
        raise Invalid("This is no server's name.")
    if host == settings.get(db, "origin").partition("://")[2]:
        raise Invalid("This is our own node.")
    return host


def decide(db: Database, typed: str, policy: str, now: int, *, noop: bool = False) -> int:
    """The policy holds for the host and all below it; the id of the decision, 0 where nothing special holds.

    Raises Invalid.
    """
    host = read_host(db, typed)
    if policy not in POLICIES:
        raise Invalid("This is no server's name.")
    hosts.decide(db, host, policy)
    actors.mark_host(db, host, now, silenced=policy == "silence", hidden=policy == "block")
    if not policy and not noop:
        db.execute("delete from host_decisions where host = ?", (host,))
        return 0
    db.execute(
        """
        insert into host_decisions (id, host, noop) values (?, ?, ?)
        on conflict (host) do update set noop = excluded.noop
        """,
        (ids.new(now), host, int(noop)),
    )
    return int(db.value("select id from host_decisions where host = ?", (host,)))


def begin(db: Database, typed: str, policy: str, now: int, *, noop: bool = False) -> int:
    """The same for a host of which nothing was decided.  Raises Conflict where it was."""
    host = read_host(db, typed)
    if db.value("select 1 from host_decisions where host = ?", (host,)):
        raise Conflict("Validation failed: Domain has already been taken")
    return decide(db, host, policy, now, noop=noop)


def explain(db: Database, identifier: int, *, reject_reports: bool | None = None, obfuscate: bool | None = None,
            private: str | None = None, public: str | None = None) -> None:  # fmt: skip
    """What goes with the decision: what is given is changed."""
    row = get(db, identifier)
    db.execute(
        """
        update host_decisions set reject_reports = ?, obfuscate = ?, private_comment = ?, public_comment = ? where id = ?
        """,
        (row["reject_reports"] if reject_reports is None else int(reject_reports),
         row["obfuscate"] if obfuscate is None else int(obfuscate),
         row["private_comment"] if private is None else private[:1000],
         row["public_comment"] if public is None else public[:1000], identifier),
    )  # fmt: skip


def get(db: Database, identifier: int) -> Row:
    """The decision with its host's policy.  Raises NotFound."""
    found = db.row(
        """
        select host_decisions.*, ifnull(hosts.policy, '') as policy
          from host_decisions left join hosts on hosts.host = host_decisions.host where host_decisions.id = ?
        """,
        (identifier,),
    )
    if found is None:
        raise NotFound("Record not found")
    return found


def listed(db: Database, before: int, after: int, limit: int, *, allowed: bool) -> list[Row]:
    """Decisions, the newest first: those that allow, or all others."""
    return db.rows(
        """
        select host_decisions.*, ifnull(hosts.policy, '') as policy
          from host_decisions left join hosts on hosts.host = host_decisions.host
         where host_decisions.id < ? and host_decisions.id > ? and (ifnull(hosts.policy, '') = 'allow') = ?
         order by host_decisions.id desc limit ?
        """,
        (before, after, int(allowed), limit),
    ).fetchall()


def shown(db: Database) -> list[Row]:
    """Servers that are silenced or blocked, as everybody may read: host, policy, obfuscate, public_comment."""
    return db.rows(
        """
        select hosts.host, hosts.policy, ifnull(obfuscate, 0) as obfuscate, ifnull(public_comment, '') as public_comment
          from hosts left join host_decisions on host_decisions.host = hosts.host
         where hosts.policy in ('silence', 'block') order by hosts.host
        """
    ).fetchall()


def rejects_reports(db: Database, host: str) -> bool:
    """Whether we take no reports from there."""
    parts = host.split(".")
    return any(
        db.value("select reject_reports from host_decisions where host = ?", (".".join(parts[start:]),))
        for start in range(min(len(parts), 20))
    )


def digest(host: str) -> str:
    """SHA-256, by which a host that is half hidden can still be compared."""
    return hashlib.sha256(host.encode()).hexdigest()


def half_hidden(host: str) -> str:
    """Every other letter of the middle is a star, dots stay: as Mastodon obfuscates."""
    edge = max(1, len(host) // 4)
    return "".join(
        "*" if edge <= place < len(host) - edge and letter != "." else letter for place, letter in enumerate(host)
    )
