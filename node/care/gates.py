"""Whom the node does not let in at all: addresses on the network, hosts of mail, single mail addresses."""

import ipaddress
import re

from node import ids
from node.errors import Conflict, Invalid, NotFound
from node.people import addresses
from node.store import Database, Row

SEVERITIES = ("sign_up_requires_approval", "sign_up_block", "no_access")
WIDEST = {4: 8, 6: 16}  # bits of a network: wider ones are a slip of the hand
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_HOST = re.compile(r"(?=.{3,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\Z")


# ── addresses on the network ──────────────────────────────────────────────────


def read_network(typed: str) -> str:
    """As 192.0.2.0/24.  Raises Invalid for what is none, or holds half of the world."""
    try:
        found = ipaddress.ip_network(typed.strip(), strict=False)
    except ValueError as error:
        raise Invalid("Validation failed: IP is invalid") from error
    if found.prefixlen < WIDEST[found.version]:
        raise Invalid("Validation failed: IP is invalid")
    return str(found)


def holds(network: str, address: str) -> bool:
    """Whether the address lies in the network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found in ipaddress.ip_network(network)


def block_network(db: Database, typed: str, severity: str, comment: str, expires: int | None, now: int) -> int:
    """The id of the block.  Raises Invalid, Conflict for a network that is blocked already."""
    network = read_network(typed)
    _check(severity)
    if db.value("select 1 from address_blocks where network = ?", (network,)):
        raise Conflict("Validation failed: IP has already been taken")
    identifier = ids.new(now)
    db.execute(
        "insert into address_blocks (id, network, severity, comment, expires) values (?, ?, ?, ?, ?)",
        (identifier, network, severity, comment[:1000], expires),
    )
    db.wake("gates")
    return identifier


def change_network(db: Database, identifier: int, *, typed: str | None = None, severity: str | None = None,
                   comment: str | None = None, expires: int | None = None, keep_expiry: bool = True) -> None:  # fmt: skip
    """The block with what is given changed.  Raises NotFound, Invalid, Conflict."""
    row = network_block(db, identifier)
    network = read_network(typed) if typed is not None else row["network"]
    _check(severity or row["severity"])
    if db.value("select 1 from address_blocks where network = ? and id <> ?", (network, identifier)):
        raise Conflict("Validation failed: IP has already been taken")
    db.execute(
        "update address_blocks set network = ?, severity = ?, comment = ?, expires = ? where id = ?",
        (network, severity or row["severity"], row["comment"] if comment is None else comment[:1000],
         row["expires"] if keep_expiry else expires, identifier),
    )  # fmt: skip
    db.wake("gates")


def network_block(db: Database, identifier: int) -> Row:
    """One of them.  Raises NotFound."""
    return _one(db.row("select * from address_blocks where id = ?", (identifier,)))


def network_blocks(db: Database, before: int, after: int, limit: int) -> list[Row]:
    """The blocks, the newest first."""
    return db.rows(
        "select * from address_blocks where id < ? and id > ? order by id desc limit ?", (before, after, limit)
    ).fetchall()


def free_network(db: Database, identifier: int) -> None:
    """The block holds no more.  Raises NotFound."""
    network_block(db, identifier)
    db.execute("delete from address_blocks where id = ?", (identifier,))
    db.wake("gates")


def holding(db: Database, now: int) -> list[tuple[str, str, int | None]]:
    """(network, severity, until when) of all that hold."""
    found = db.rows("select network, severity, expires from address_blocks where ifnull(expires, ?) >= ?", (now, now))
    return [(row[0], row[1], row[2]) for row in found]


def _check(severity: str) -> None:
    if severity not in SEVERITIES:
        raise Invalid("Validation failed: Severity is not included in the list")


# ── addresses of mail ─────────────────────────────────────────────────────────


def block_mail_host(db: Database, typed: str, now: int) -> int:
    """The id: nobody joins with an address of this host, or below it.  Raises Invalid, Conflict."""
    host = typed.strip().lower().rstrip(".").rpartition("@")[2]
    if not _HOST.match(host):
        raise Invalid("Validation failed: Domain is not a valid domain name")
    if db.value("select 1 from mail_host_blocks where host = ?", (host,)):
        raise Conflict("Validation failed: Domain has already been taken")
    identifier = ids.new(now)
    db.execute("insert into mail_host_blocks (id, host) values (?, ?)", (identifier, host))
    return identifier


def mail_host_block(db: Database, identifier: int) -> Row:
    """One of them.  Raises NotFound."""
    return _one(db.row("select * from mail_host_blocks where id = ?", (identifier,)))


def mail_host_blocks(db: Database, before: int, after: int, limit: int) -> list[Row]:
    """The blocked hosts of mail, the newest first."""
    return db.rows(
        "select * from mail_host_blocks where id < ? and id > ? order by id desc limit ?", (before, after, limit)
    ).fetchall()


def free_mail_host(db: Database, identifier: int) -> None:
    """People may join with its addresses again.  Raises NotFound."""
    mail_host_block(db, identifier)
    db.execute("delete from mail_host_blocks where id = ?", (identifier,))


def block_mail(db: Database, now: int, *, address: str = "", digest: str = "") -> int:
    """The id: nobody joins with this address, however it is spelled.  Raises Invalid, Conflict."""
    digest = addresses.digest(addresses.read(address)) if address else digest.strip().lower()
    if not _DIGEST.match(digest):
        raise Invalid("Validation failed: Canonical email hash is invalid")
    if db.value("select 1 from mail_blocks where digest = ?", (digest,)):
        raise Conflict("Validation failed: Canonical email hash has already been taken")
    identifier = ids.new(now)
    db.execute("insert into mail_blocks (id, digest) values (?, ?)", (identifier, digest))
    return identifier


def mail_block(db: Database, identifier: int) -> Row:
    """One of them.  Raises NotFound."""
    return _one(db.row("select * from mail_blocks where id = ?", (identifier,)))


def mail_blocks(db: Database, before: int, after: int, limit: int) -> list[Row]:
    """The blocked addresses, by their digests, the newest first."""
    return db.rows(
        "select * from mail_blocks where id < ? and id > ? order by id desc limit ?", (before, after, limit)
    ).fetchall()


def mail_blocks_of(db: Database, address: str) -> list[Row]:
    """Those that keep this address out."""
    return db.rows("select * from mail_blocks where digest = ?", (addresses.digest(address),)).fetchall()


def free_mail(db: Database, identifier: int) -> None:
    """One may join with it again.  Raises NotFound."""
    mail_block(db, identifier)
    db.execute("delete from mail_blocks where id = ?", (identifier,))


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound("Record not found")
    return row
