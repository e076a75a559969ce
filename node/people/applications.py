"""Applications that ask to act for members: registered by themselves, known by a client id and a secret."""

import hashlib
import hmac
import json
import re
import secrets
from urllib.parse import urlsplit

from node import ids
from node.errors import Invalid
from node.people import tokens
from node.store import Database, Row
from node.text import one_line

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
UNUSED = 86_400_000  # ms after which an application that nobody used is forgotten
MOST_REDIRECTS, LONGEST_REDIRECT = 20, 2000
# Schemes in which a browser runs or reads something instead of opening an app.
_DANGEROUS = {"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "filesystem", "ftp", "mailto"}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,60}\Z", re.IGNORECASE)
_CLEAN = re.compile(r"[!-~]+\Z")
# It goes into a header of the page that asks: nothing in it may end a directive there.
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?\Z|[0-9a-f:.]+\Z")
# Where an app on the member's own machine waits, at whatever port was free; a name could be anybody's.
LOOPBACK = ("127.0.0.1", "[::1]")


def register(db: Database, name: str, redirects: list[str], scopes: str, website: str, now: int) -> tuple[Row, str]:
    """The new application and its secret, in clear for the only time.

    Raises Invalid in Mastodon's words for a missing name, a redirect that leads nowhere or unknown scopes.
    """
    shown = one_line(name, 60)
    if not shown:
        raise Invalid("Validation failed: Application name can't be blank")
    if website and not website.startswith(("http://", "https://")):
        raise Invalid("Validation failed: Website must be a valid URL")
    _check_redirects(redirects)
    wanted = tokens.read_scopes(scopes or "read")
    db.execute("delete from applications where used is null and created < ?", (now - UNUSED,))
    client, secret, identifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32), ids.new(now)
    db.execute(
        """
        insert into applications (id, client, secret, name, website, redirects, scopes, created)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (identifier, client, _hash(secret), shown, website[:LONGEST_REDIRECT] or None, json.dumps(redirects),
         " ".join(wanted), now),
    )  # fmt: skip
    return get(db, identifier), secret


def get(db: Database, identifier: int) -> Row:
    """The application.  Raises Invalid for one that is not there any more."""
    found = db.row("select * from applications where id = ?", (identifier,))
    if found is None:
        raise Invalid("The access token is invalid")
    return found


def shown(db: Database, identifier: int) -> Row | None:
    """Name and website, as they stand beside what it wrote; None for one that is not there any more."""
    return db.row("select name, website from applications where id = ?", (identifier,))


def by_client(db: Database, client: str) -> Row | None:
    """The application with this client id."""
    return db.row("select * from applications where client = ?", (client,))


def prove(db: Database, client: str, secret: str) -> Row | None:
    """The application that knows its secret; None otherwise, after the same work."""
    found = by_client(db, client)
    kept = found["secret"] if found is not None else _hash("")
    return found if hmac.compare_digest(kept, _hash(secret)) and found is not None else None


def used(db: Database, identifier: int, now: int) -> None:
    """Somebody let it in: it is kept."""
    db.execute("update applications set used = ? where id = ? and used is null", (now, identifier))


def redirects(application: Row) -> list[str]:
    """Where it may be sent back to, exactly."""
    found: list[str] = json.loads(application["redirects"])
    return found


def leads_back(application: Row, redirect: str) -> bool:
    """Whether the application registered this address; on the member's own machine the port is free (RFC 8252, 7.3)."""
    registered = redirects(application)
    here = _without_port(redirect)
    return redirect in registered or (here is not None and here in map(_without_port, registered))


def _without_port(uri: str) -> tuple[str, str, str] | None:
    """(host, path, query) of an address on the loopback interface, None for any other."""
    if not _CLEAN.match(uri) or "#" in uri or "\\" in uri or not _has_host(uri):
        return None
    parts = urlsplit(uri)
    try:
        number = parts.port
    except ValueError:
        return None
    plain = f"[{parts.hostname}]" if parts.hostname == "::1" else parts.hostname
    if parts.scheme != "http" or plain not in LOOPBACK or parts.netloc not in (plain, f"{plain}:{number}"):
        return None
    return plain, parts.path, parts.query


def _check_redirects(found: list[str]) -> None:
    if not found or not all(found):
        raise Invalid("Validation failed: Redirect URI can't be blank")
    if len(found) > MOST_REDIRECTS:
        raise Invalid("Validation failed: Redirect URI is too long")
    for one in found:
        if one == OUT_OF_BAND:
            continue
        if len(one) > LONGEST_REDIRECT:
            raise Invalid("Validation failed: Redirect URI is too long")
        if "#" in one:
            raise Invalid("Validation failed: Redirect URI cannot contain a fragment.")
        scheme, colon, rest = one.partition(":")
        if not colon or not rest or not _SCHEME.match(scheme) or not _CLEAN.match(one):
            raise Invalid("Validation failed: Redirect URI must be an absolute URI.")
        if scheme.lower() in _DANGEROUS:
            raise Invalid("Validation failed: Redirect URI is forbidden by the server.")
        if scheme.lower() in ("http", "https") and not _has_host(one):
            raise Invalid("Validation failed: Redirect URI must be an absolute URI.")


def _has_host(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return "@" not in parts.netloc and _HOST.match(parts.hostname or "") is not None and parts.port != 0
    except ValueError:  # a port that is no number, or none that there is
        return False


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
