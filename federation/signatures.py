"""HTTP signatures: who sent a request.

Two spellings, one discipline: draft-cavage-12 (all the fediverse) and RFC 9421
(Mastodon 4.5+, Fedify).  httpsig only builds the cavage string here and
http-message-signatures the RFC 9421 base; every verdict is cryptography's, reached
through keys/pair, with the algorithm of the key and never that of the sender:
httpsig's own verifier takes an HMAC made with the *public* key as valid.

Source: draft-cavage-http-signatures-12 §2; RFC 9421 §3.2; RFC 9530; Mastodon's spec/security.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Any

from multidict import MultiMapping

from keys import pair
from node.errors import Unproven

OLDEST = timedelta(hours=12)  # Mastodon's window
CLOCK_SKEW = timedelta(hours=1)
ALGORITHMS = frozenset(("rsa-sha256", "rsa-sha512", "hs2019", "ed25519"))
NAMED = ("rsa-v1_5-sha256", "ed25519")  # `alg` in RFC 9421; most leave it to the key
TARGET = "(request-target)"
ONCE = ("signature", "signature-input", "digest", "content-digest", "date", "host", "authorization", "content-type")
LONGEST_HEADER = 8192
_DIGESTS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}

_KEY_ID = re.compile(r'keyid\s*=\s*"([^"]*)"', re.IGNORECASE)
_PARAMETER = re.compile(r'\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(?:"([^"]*)"|([0-9.]+))\s*(?:,|\Z)')


Headers = MultiMapping[str]  # what aiohttp gives: names without case, several values of one name


@dataclass(frozen=True, slots=True)
class Signer:
    """The actor who sent a request.  Only `authenticate` makes one."""

    actor: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and the URI of the actor whose own document lists it."""

    id: str
    owner: str
    public: pair.PublicKey


FindKey = Callable[[str, bool], Awaitable[Key]]


async def authenticate(
    method: str, path: str, headers: Headers, body: bytes, now: datetime, origin: str, find_key: FindKey
) -> Signer:
    """The actor who signed this request.

    path is as sent, undecoded, query included.  now is aware UTC; a Date more than 12
    hours old or an hour ahead is refused.  origin is our own, `https://node.example`.
    find_key(key id, again) may reach the network, and is asked only once everything
    that can be checked without it has held; `again` asks past what is remembered.

    Raises Unproven, saying which check failed.
    """
    claim = _read_claim(method, path, headers, body, now, origin)
    key = await find_key(claim.key_id, False)
    if not claim.holds(key):
        key = await find_key(claim.key_id, True)
        if not claim.holds(key):
            raise Unproven("The signature does not match.", key=claim.key_id)
    return Signer(actor=key.owner, key_id=key.id)


def is_signed(headers: Headers) -> bool:
    """Whether the request claims a sender at all."""
    return "signature" in headers or "authorization" in headers


def claimed_key(headers: Headers) -> str:
    """The key that the request says it was signed with, unproven: enough to refuse, never to believe.  '' for none."""
    if not is_signed(headers) and "signature-input" not in headers:
        return ""
    authorization = headers.get("authorization", "")
    written = [headers.get("signature-input", ""), headers.get("signature", "")]
    if authorization[:10].lower() == "signature ":
        written.append(authorization)
    found = next(filter(None, (_KEY_ID.search(one[:LONGEST_HEADER]) for one in written if one)), None)
    return found[1] if found is not None else ""


@dataclass(frozen=True, slots=True)
class _Claim:
    """Everything of a signature but the key: it stands or falls with `holds`."""

    key_id: str
    holds: Callable[[Key], bool]


def _read_claim(method: str, path: str, headers: Headers, body: bytes, now: datetime, origin: str) -> _Claim:
    for name in ONCE:
        if len(headers.getall(name, [])) > 1:
            raise Unproven("A header that matters stands twice.", header=name)
        if len(headers.get(name, "")) > LONGEST_HEADER:
            raise Unproven("A header is too long.", header=name)
    _check_host(headers, origin)
    authorization = headers.get("authorization", "")
    in_authorization = authorization[:10].lower() == "signature "
    if "signature-input" in headers:
        if in_authorization:
            raise Unproven("Two signatures that may disagree.")
        return _rfc9421(method, path, headers, body, now, origin)
    written = headers.get("signature") or (authorization[10:] if in_authorization else "")
    if in_authorization and authorization[10:].strip() != written.strip():  # apkit sends the same one in both
        raise Unproven("Two signatures that may disagree.")
    if not written:
        raise Unproven("This must be signed.")
    return _cavage(written, method, path, headers, body, now)


def _check_host(headers: Headers, origin: str) -> None:
    ours = origin.partition("://")[2]
    sent = headers.get("host", "").lower()
    default = ":443" if origin.startswith("https:") else ":80"
    if sent not in (ours, ours + default):
        raise Unproven("This was meant for another server.", host=sent)


# ── draft-cavage ──────────────────────────────────────────────────────────────


def parse_parameters(written: str) -> dict[str, str]:
    """The parameters of a cavage Signature header.  Raises Unproven for a duplicate or a spelling we cannot read."""
    if not written.isascii():
        raise Unproven("The Signature header cannot be read.")
    found: dict[str, str] = {}
    position = 0
    while position < len(written):
        one = _PARAMETER.match(written, position)
        if one is None or one.group(1).lower() in found:
            raise Unproven("The Signature header cannot be read.")
        found[one.group(1).lower()] = one.group(2) if one.group(2) is not None else one.group(3)
        position = one.end()
    return found


def signing_string(covered: list[str], headers: Mapping[str, str], method: str, path: str) -> bytes:
    """The bytes that are signed: a line for each covered header (draft-cavage-12 §2.3)."""
    from httpsig.sign import generate_message

    built: bytes = generate_message(covered, headers, method=method, path=path)
    return built


def _cavage(written: str, method: str, path: str, headers: Headers, body: bytes, now: datetime) -> _Claim:
    claims = parse_parameters(written)
    covered = claims.get("headers", "date").lower().split()
    sent: dict[str, str] = {}
    for name in set(covered):
        if name in (TARGET, "@request-target"):
            continue
        value = claims.get(name.strip("()")) if name.startswith("(") else headers.get(name)
        if value is None or len(headers.getall(name, [])) > 1:
            raise Unproven("The signature covers what was not sent.", header=name)
        sent[name] = value
    if len(covered) != len(set(covered)) or TARGET not in covered or "host" not in covered:
        raise Unproven("The signature does not cover enough.", covered=" ".join(covered))
    if claims.get("algorithm", "hs2019").lower() not in ALGORITHMS:
        raise Unproven("Unknown signature algorithm.", algorithm=claims["algorithm"])
    _check_cavage_time(covered, claims, sent, now)
    if method == "POST" or body:
        if "digest" not in covered:
            raise Unproven("The signature does not cover the digest.")
        if not _digest_holds(sent["digest"], body):
            raise Unproven("The body is not the one that was signed.")
    signature = _unbase64(claims.get("signature", ""))
    key_id = claims.get("keyid", "")
    if not signature or not key_id:
        raise Unproven("The Signature header is incomplete.")
    named = claims.get("algorithm", "hs2019").lower()
    sha512 = named in ("hs2019", "rsa-sha512")

    def holds(key: Key) -> bool:
        if named != "hs2019" and (named == "ed25519") is not pair.is_ed25519(key.public):
            return False
        for target in dict.fromkeys((path, path.partition("?")[0])):
            try:
                message = signing_string(covered, sent, method, target)
            except Exception:  # httpsig raises bare Exception, and UnicodeEncodeError for odd bytes
                return False
            if pair.verify(key.public, message, signature, sha512=sha512):
                return True
        return False

    return _Claim(key_id, holds)


def _check_cavage_time(covered: list[str], claims: dict[str, str], sent: dict[str, str], now: datetime) -> None:
    if "date" in covered:
        _check_time(_date(sent["date"]), now)
    elif "(created)" not in covered:
        raise Unproven("The signature covers no time.")
    if "(created)" in covered:
        _check_time(_seconds(claims["created"]), now)
    if "expires" in claims and _seconds(claims["expires"]) < now:
        raise Unproven("The signature has expired.")


@lru_cache(maxsize=64)  # what is sent in one second bears one date
def _date(written: str) -> datetime:
    try:
        date = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise Unproven("The Date cannot be read.") from error
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _check_time(signed: datetime, now: datetime) -> None:
    if signed < now - OLDEST or signed > now + CLOCK_SKEW:
        raise Unproven("The request is too old, or from the future.", date=signed.isoformat())


def _seconds(written: str | int | float) -> datetime:
    try:
        return datetime.fromtimestamp(float(written), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unproven("The time of the signature cannot be read.") from error


def _digest_holds(header: str, body: bytes) -> bool:
    """Whether the body has every digest named that we compute, each named once, SHA-256 among them."""
    named = [one.strip().partition("=") for one in header.split(",")]
    found = [(name.lower(), _unbase64(value)) for name, _, value in named if name.lower() in _DIGESTS]
    return len(found) == len(dict(found)) and _all_hold(dict(found), body)


def _all_hold(found: dict[str, bytes], body: bytes) -> bool:
    return "sha-256" in found and all(
        hmac.compare_digest(value, _DIGESTS[name](body).digest()) for name, value in found.items()
    )


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


# ── RFC 9421 ──────────────────────────────────────────────────────────────────


@dataclass
class Message:
    """A request as the RFC 9421 library reads one."""

    method: str
    url: str
    headers: Any


def _rfc9421(method: str, path: str, headers: Headers, body: bytes, now: datetime, origin: str) -> _Claim:
    components, parameters = _read_input(headers)
    # A component with parameters covers a part only (`"content-digest";key="sha-512"`): it does not count.
    covered = {value for value, details in components if isinstance(value, str) and not details}
    if not _covers_target(covered, "?" in path):
        raise Unproven("The signature does not cover enough.", covered=" ".join(sorted(covered)))
    if type(parameters.get("created")) is not int:
        raise Unproven("The signature covers no time.")
    _check_time(_seconds(parameters["created"]), now)
    if "expires" in parameters and _seconds(parameters["expires"]) < now:
        raise Unproven("The signature has expired.")
    if method == "POST" or body:
        _check_rfc9421_digest(covered, headers, body)
    key_id = parameters.get("keyid")
    if not isinstance(key_id, str) or not key_id:
        raise Unproven("The signature names no key.")
    named = parameters.get("alg", "")
    if named not in ("", *NAMED):
        raise Unproven("Unknown signature algorithm.", algorithm=named)
    base, signature = signature_base(Message(method, origin + path, headers), named)

    def holds(key: Key) -> bool:
        own = NAMED[1] if pair.is_ed25519(key.public) else NAMED[0]
        return named in ("", own) and pair.verify(key.public, base, signature)

    return _Claim(key_id, holds)


def _check_rfc9421_digest(covered: set[str], headers: Headers, body: bytes) -> None:
    """What is covered is of this very body.  NodeBB covers the older `Digest`, which says the same."""
    if "content-digest" in covered:
        holds = _content_digest_holds(headers.get("content-digest", ""), body)
    elif "digest" in covered:
        holds = _digest_holds(headers.get("digest", ""), body)
    else:
        raise Unproven("The signature does not cover the digest.")
    if not holds:
        raise Unproven("The body is not the one that was signed.")


def _read_input(headers: Headers) -> tuple[list[Any], dict[str, Any]]:
    """(components, parameters) of the one signature of a request."""
    import http_sf

    try:
        inputs: Any = http_sf.parse(headers["signature-input"].encode(), tltype="dictionary")
        signatures: Any = http_sf.parse(headers.get("signature", "").encode(), tltype="dictionary")
    except Exception as error:  # the parser's own kinds of ValueError and more
        raise Unproven("The Signature-Input header cannot be read.") from error
    if len(inputs) != 1 or set(inputs) != set(signatures):
        raise Unproven("There must be exactly one signature.")
    components, parameters = next(iter(inputs.values()))
    if not isinstance(components, list):
        raise Unproven("The Signature-Input header cannot be read.")
    return components, parameters


def signature_base(message: Any, named: str = "") -> tuple[bytes, bytes]:
    """(the bytes that are signed, their signature) of a message with one RFC 9421 signature.

    named: its `alg`, where it has one, already known to be one that we speak.
    Raises Unproven for what cannot be built: covered headers that were not sent,
    components twice, unknown parameters.
    """
    seen: list[tuple[bytes, bytes]] = []
    try:
        _reader(named)(seen).verify(message, max_age=None)
    except Exception as error:  # the library's exceptions, and what its resolvers let through
        raise Unproven("The signature covers what was not sent.", error=repr(error)[:200]) from error
    return seen[0]


@cache
def _reader(named: str) -> Any:
    """Makes a verifier of the library that builds the base, and leaves the verdict to keys/pair."""
    from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver
    from http_message_signatures.algorithms import HTTPSignatureAlgorithm

    class Resolver(HTTPSignatureKeyResolver):
        def __init__(self, seen: list[tuple[bytes, bytes]]) -> None:
            self._seen = seen

        def resolve_public_key(self, key_id: str) -> Any:
            return self._seen

    class Collector(HTTPSignatureAlgorithm):
        algorithm_id = named

        def __init__(self, public_key: Any = None, private_key: Any = None) -> None:
            self._seen = public_key

        def verify(self, signature: bytes, message: bytes) -> None:
            self._seen.append((message, signature))

    class Reader(HTTPMessageVerifier):
        # NodeBB names the algorithm as draft-cavage does; the key says which it is
        signature_metadata_parameters = HTTPMessageVerifier.signature_metadata_parameters | {"algorithm"}

        def __init__(self, seen: list[tuple[bytes, bytes]]) -> None:
            super().__init__(signature_algorithm=Collector, key_resolver=Resolver(seen))

        def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
            """Checked above, with our clock."""

    return Reader


def _covers_target(covered: set[str], queried: bool) -> bool:
    """@method, and all of the address: as one, or from its parts (RFC 9421 §2.2).

    queried: it has a query, which must be covered too; what was signed without one holds only without.
    """
    whole = "@target-uri" in covered
    path = "@path" in covered and ("@query" in covered or not queried)
    parts = "@authority" in covered and ("@request-target" in covered or path)
    return "@method" in covered and (whole or parts)


def _content_digest_holds(header: str, body: bytes) -> bool:
    import http_sf

    try:
        parsed: Any = http_sf.parse(header.encode(), tltype="dictionary")
        found = {name: parsed[name][0] for name in _DIGESTS if name in parsed}
    except Exception:  # malformed
        return False
    return all(isinstance(value, bytes) for value in found.values()) and _all_hold(found, body)
