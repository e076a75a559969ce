"""E-mail addresses as people type them: which we take, and which are one and the same."""

import hashlib
import re

from node.errors import Conflict, Invalid
from node.store import Database

LONGEST = 254
# No quotes, no comments, no controls: what stands here goes into the head of a letter.
_BEFORE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")


def read(typed: str) -> str:
    """The address, its host in lower case and in the letters of DNS.  Raises Invalid for what is none."""
    before, _, host = typed.strip().rpartition("@")
    host = _dns(host)
    found = f"{before}@{host}"
    if len(before) > 64 or len(found) > LONGEST or not _BEFORE.match(before):
        raise Invalid("This is no e-mail address.")
    return found


def _dns(host: str) -> str:
    try:
        plain = host.lower().rstrip(".") if host.isascii() else host.encode("idna").decode().lower()
    except UnicodeError as error:
        raise Invalid("This is no e-mail address.") from error
    labels = plain.split(".")
    if len(labels) < 2 or not all(_LABEL.match(label) for label in labels):
        raise Invalid("This is no e-mail address.")
    return plain


def host_of(address: str) -> str:
    """What stands behind the last @."""
    return address.rpartition("@")[2].lower()


def digest(address: str) -> str:
    """SHA-256 of the address without case, without dots before the @ and without what follows a +: as Mastodon's."""
    before, _, host = address.strip().lower().rpartition("@")
    plain = before.partition("+")[0].replace(".", "")
    return hashlib.sha256(f"{plain}@{host}".encode()).hexdigest()


def check(db: Database, address: str | None, but: int = 0) -> None:
    """Raises Invalid for what is no address or stands on a list of those who moderate, Conflict for another user's."""
    if address is None:
        return
    found = read(address)
    if db.value("select 1 from users where email in (?, ?) and id <> ?", (address, found, but)):
        raise Conflict("This e-mail address has an account already.")
    if blocked(db, found):
        raise Invalid("This e-mail address is not taken here. Please use another one.")


def blocked(db: Database, address: str) -> bool:
    """Whether those who moderate take no accounts with this address, or with any of its host or a domain above it."""
    parts = host_of(address).split(".")
    hosts = [".".join(parts[start:]) for start in range(len(parts))][:20]
    if any(db.value("select 1 from mail_host_blocks where host = ?", (host,)) for host in hosts):
        return True
    return bool(db.value("select 1 from mail_blocks where digest = ?", (digest(address),)))
