"""The words of ActivityStreams as they are spelled on the wire, and how to read them tolerantly.

Strict in writing: `to`, `cc`, `tag`, `attachment` are arrays, everything else one
string.  Tolerant in reading: an id may be a string, an object or the first of a list.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from federation.terms import INTEGRITY, SECURITY, TERMS
from node.errors import Invalid

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC_NAMES = frozenset((PUBLIC, "as:Public", "Public"))
AS2 = "https://www.w3.org/ns/activitystreams"
ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
ACCEPT = ACTIVITY_JSON + ", " + LD_JSON
ACTORS = frozenset(("Person", "Organization", "Group", "Application", "Service"))
ACTIVITIES = frozenset(
    ("Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "EmojiReact", "Flag", "Follow",
     "Ignore", "Invite", "Join", "Leave", "Like", "Listen", "Lock", "Move", "Offer", "PollVote", "Question", "Read",
     "Reject", "Remove", "TentativeAccept", "TentativeReject", "Travel", "Undo", "Unlock", "Update", "View")
)  # fmt: skip

DEEPEST = 32
MOST_ITEMS = 10_000  # objects and lists in one document
MOST_VALUES = 50_000  # values in one document: each costs a microsecond or more, whoever sent them
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"`{}|^]")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?\Z|\[[0-9a-f:.]+\]\Z")
_USERNAME = re.compile(r"@?([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)(?:@[A-Za-z0-9.:-]{1,255})?\Z")
# Nearly every address is plain: seen at one look, a tenth of the time that taking it apart needs.
_PLAIN_HOST = re.compile(r"https?://([a-z0-9._:-]*)(?=[/?#]|\Z)")
# A name of at most 200 letters under a top-level domain, a path whose parts do not begin with a dot, no more.
_PLAIN_URI = re.compile(
    r"https://(?=[a-z0-9_][^/]{0,199}/)(?:[a-z0-9_-]++\.)++[a-z](?:[a-z0-9-]*[a-z0-9])?"
    r"(?:/(?:[A-Za-z0-9_~@:%=+,-][A-Za-z0-9_~@:%=+,.-]*+)?)++\Z"
)
_STRUCTURE = frozenset(("@graph", "@included", "@reverse", "@nest", "@set"))


def read_json(body: bytes, most: int = MOST_VALUES) -> dict[str, Any]:
    """The JSON object of a body, of at most so many values.

    Raises Invalid for what is no object, duplicate keys, NaN, huge numbers, deep
    nesting, lone surrogates and the structures of JSON-LD that hide other documents.
    """
    if body.count(b",") > most and _STRINGS.sub(b"", body).count(b",") > most:
        raise Invalid("This document is too long.")
    brackets = body.count(b"[") + body.count(b"{")
    if brackets > MOST_ITEMS or (brackets > DEEPEST and _depth(body) > DEEPEST):
        raise Invalid("This document is nested too deeply.")
    try:
        found = _DECODER.decode(body.decode())
        if b"\\u" in body:
            json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        raise Invalid("This is no JSON document that we can read.") from error
    if not isinstance(found, dict):
        raise Invalid("This is no JSON object.")
    return found


def same_context(document: dict[str, Any]) -> bool:
    """Whether the document speaks ActivityStreams: its @context names that, or no other."""
    named = [one for one in as_list(document.get("@context")) if not isinstance(one, dict)]
    return not named or any(isinstance(one, str) and one.rstrip("#").replace("http:", "https:") == AS2 for one in named)


def with_context(document: dict[str, Any], *, proof: bool = False) -> dict[str, Any]:
    """The document under a context that defines just the terms it uses, ActivityStreams first."""
    used: set[str] = set()
    _collect(document, used)
    prefixes = {word.partition(":")[0] for word in used if ":" in word}
    terms = {term: meant for term, meant in TERMS.items() if term in used}
    for meant in terms.values():
        prefixes.add((meant if isinstance(meant, str) else meant["@id"]).partition(":")[0])
    prefixes &= TERMS.keys()
    context: list[Any] = [AS2]
    if "publicKey" in document or "assertionMethod" in document:
        context += SECURITY
    if proof:
        context.append(INTEGRITY)
    if terms or prefixes:
        context.append({**{prefix: TERMS[prefix] for prefix in TERMS if prefix in prefixes}, **terms})
    return {"@context": context, **{key: value for key, value in document.items() if key != "@context"}}


def _collect(value: Any, used: set[str]) -> None:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "@context":
                continue
            used.add(key)
            if key == "type" and isinstance(one, str):
                used.add(one)
            if key not in ("contentMap", "nameMap", "summaryMap"):
                _collect(one, used)
    elif isinstance(value, list):
        for one in value:
            _collect(one, used)


def type_of(value: Any, known: Any = None) -> str:
    """The type of a document; of several the first that is known; '' when it has none."""
    named = value.get("type") if isinstance(value, dict) else None
    if isinstance(named, str):
        return _unprefixed(named)
    listed = [_unprefixed(one) for one in as_list(named)[:20] if isinstance(one, str)]
    if known is not None:
        for one in listed:
            if one in known:
                return one
    return listed[0] if listed else ""


def _unprefixed(name: str) -> str:
    """A type of ActivityStreams as its short word: JSON-LD may write `as:Hashtag`, or the whole IRI."""
    return name.removeprefix("as:").removeprefix(AS2 + "#") if ":" in name else name


def as_list(value: Any) -> list[Any]:
    """A list of what may be one value, several or none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def one_id(value: Any) -> str:
    """The id meant by a string, an object or the first of a list; '' when there is none."""
    if isinstance(value, str):
        return value
    for one in as_list(value):
        if isinstance(one, str):
            return one
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            return str(one["id"])
    return ""


def all_ids(value: Any, limit: int = 1000) -> list[str]:
    """Every id in a string, an object or a list, once each."""
    if not value:
        return []
    found: dict[str, None] = {}
    for one in as_list(value)[:limit]:
        identifier = one if isinstance(one, str) else one_id(one)
        if identifier:
            found[identifier] = None
    return list(found)


def words_of(value: Any) -> str | None:
    """The text in a string, a value of JSON-LD (`@value`) or the first of a list; None when there is none."""
    for one in as_list(value)[:5]:
        text = one.get("@value") if isinstance(one, dict) else one
        if isinstance(text, str):
            return text
    return None


def username(value: Any) -> str:
    """The name in a handle as its server spells it, also where that writes `@name` or `@name@host`; '' for no name.

    Its case is for the eye: names of one server that differ in case alone are one (Mastodon, Lemmy, Misskey).
    """
    found = _USERNAME.match(value) if isinstance(value, str) else None
    return found.group(1) if found else ""


def link(value: Any) -> str:
    """The http(s) address meant by a string, a Link or a list of them; an HTML one first."""
    best = ""
    for one in as_list(value)[:20]:
        href = one if isinstance(one, str) else one.get("href", one.get("url")) if isinstance(one, dict) else None
        if not isinstance(href, str) or not is_web(href):
            continue
        if isinstance(one, dict) and one.get("mediaType") == "text/html":
            return href
        best = best or href
    return best


def picture(value: Any, most: int) -> str:
    """The http(s) address of the first of `most` Images (or Links, or strings) that has one; '' for none."""
    for one in as_list(value)[:most]:
        address = link(one.get("url") or one.get("href")) if isinstance(one, dict) else link(one)
        if address:
            return address
    return ""


def is_web(address: Any) -> bool:
    """Whether it is an http(s) address fit for a link: no controls, no credentials, a host."""
    if not isinstance(address, str) or len(address) > 2048:
        return False
    if _PLAIN_URI.match(address):
        return True
    if _CONTROL.search(address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def host(uri: str) -> str:
    """The host of a URI as it is compared, with its port where it names one; '' for nonsense."""
    plain = _PLAIN_HOST.match(uri)
    if plain is not None:
        return plain[1]
    try:
        return urlsplit(uri).netloc.lower()
    except ValueError:
        return ""


def check_uri(uri: Any, development: bool, *, fragment: bool = False) -> str:
    """The URI itself, when it is fit to name something: https, a plain lower-case host,
    no credentials, no port, no control characters, no way to write it otherwise.

    development allows http and ports.  Raises Invalid.
    """
    if (
        isinstance(uri, str)
        and 10 <= len(uri) <= 2048
        and (_PLAIN_URI.match(uri) or _is_fit(uri, development, fragment))
    ):
        return uri
    raise Invalid("This is no address that we can use.", uri=str(uri)[:200])


def _is_fit(uri: str, development: bool, fragment: bool) -> bool:
    if not uri.isascii() or _CONTROL.search(uri):
        return False
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    name = (parts.hostname or "") if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    spelled = name if port is None else f"{name}:{port}"
    return not (
        parts.scheme not in (("https", "http") if development else ("https",))
        or parts.netloc != spelled
        or not uri.startswith(parts.scheme)
        or not _HOST.match(name)
        or ".." in name
        or (not development and (port is not None or not _is_name(name)))
        or (parts.fragment and not fragment)
        or "/../" in parts.path + "/"
        or "/./" in parts.path + "/"
    )


def _is_name(host_: str) -> bool:
    """Whether it is a name with a top-level domain, and no IP address in any spelling (`127.1`, `0x7f.1`)."""
    last = host_.rpartition(".")[2]
    return "." in host_ and not host_.startswith("[") and not last.isdigit() and not last.startswith("0x")


def dump(document: dict[str, Any]) -> bytes:
    """The bytes of a document, as they go out and are signed."""
    import orjson

    return orjson.dumps(document)


def _depth(body: bytes) -> int:
    """How deep brackets nest, strings left aside; counted before parsing."""
    deepest = depth = 0
    for found in _BRACKETS.finditer(body):
        mark = found.group()
        if mark in b"[{":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > DEEPEST:
                    return deepest
        elif mark in b"]}":
            depth -= 1
    return deepest


_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
# A string without an end reaches to the end of the body: looked at once, never again.
_BRACKETS = re.compile(rb'[\[\]{}]|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    if not _STRUCTURE.isdisjoint(made):
        raise ValueError("a structure that hides documents")
    return made


def _no(_constant: str) -> Any:
    raise ValueError("NaN and infinities are no JSON")


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (made := int(digits)) < 2**64:
        raise ValueError("a number too long")
    return made


def _float(digits: str) -> float:
    if len(digits) > 40:
        raise ValueError("a number too long")
    made = float(digits)
    if made in (float("inf"), float("-inf")):
        raise ValueError("a number too large")
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no, parse_int=_integer, parse_float=_float)
