"""What hangs on an object: pictures, sound and film, as an attachment or as the object itself.

Microblogs attach a Document; PeerTube's Video and Funkwhale's Audio are the film and the song
themselves, in several sizes and with a poster; Castopod's episode holds its sound in `audio`.
"""

import mimetypes
import re
from typing import Any

from federation import vocabulary as v
from node.text import one_line

KINDS = ("Document", "Image", "Video", "Audio")
ENOUGH = 480  # lines of a film that a telephone shows; a larger file is only chosen where there is none
MOST_SECONDS = 86_400
LONGEST_WORDS = 10_000  # characters that describe a picture, as Mastodon takes them from others
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,.:;=?@\[\]^_{|}~-]{6,100}\Z")
_DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,7})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?\Z")


def attachments(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Pictures, sound and film that the object carries: url, type, description, size, duration, poster."""
    taken = []
    for one in v.as_list(found.get("attachment"))[:32]:
        if isinstance(one, dict) and v.type_of(one) in KINDS:
            made = _attachment(one)
            if made is not None:
                taken.append(made)
    return taken


def behind(link: dict[str, Any]) -> list[dict[str, Any]]:
    """The picture, sound or film that a Link leads to, as Lemmy shows the picture that a topic is about; [] for a page."""
    kind = link.get("mediaType") or mimetypes.guess_type(str(link.get("href")).partition("?")[0])[0]
    if (
        not isinstance(kind, str)
        or kind.partition("/")[0] not in ("image", "video", "audio")
        or kind == "image/svg+xml"
    ):
        return []
    return attachments(
        {"attachment": [{"type": "Document", "mediaType": kind, "url": link.get("href"), "name": link.get("name")}]}
    )


def itself(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The film, sound or picture (Hubzilla) that the object is, or holds in `audio` or `video`; [] where it is or holds none."""
    for one in (found, found.get("audio"), found.get("video")):
        if isinstance(one, dict) and v.type_of(one) in ("Video", "Audio", "Image"):
            chosen = _chosen(one)
            if chosen is None:
                continue
            made = _described(found | {"summary": None} | one, chosen["href"], chosen["type"])
            made |= {name: chosen[name] for name in ("width", "height") if chosen[name]}
            made["size"] = chosen["size"] or _bytes(one.get("size"))
            made["poster"] = made["poster"] or _poster(found)
            return [made]
    return []


def _attachment(one: dict[str, Any]) -> dict[str, Any] | None:
    url = v.link(one.get("url") or one.get("href"))
    if not url:
        return None
    kind = one.get("mediaType") or next(
        (each["mediaType"] for each in v.as_list(one.get("url"))[:20] if isinstance(each, dict) and each.get("mediaType")), None
    )  # fmt: skip
    guess = {"Image": "image/jpeg", "Video": "video/mp4", "Audio": "audio/mpeg"}.get(v.type_of(one), "")
    if not isinstance(kind, str) or "/" not in kind:
        kind = guess or mimetypes.guess_type(url.partition("?")[0])[0] or ""
    chosen = next(
        (each for each in v.as_list(one.get("url"))[:20] if isinstance(each, dict) and each.get("href") == url), {}
    )
    made = _described(one, url, kind)
    return made | {name: made[name] or _size(chosen.get(name)) for name in ("width", "height")}  # Pleroma: of the Link


def _described(one: dict[str, Any], url: str, kind: str) -> dict[str, Any]:
    focus = one.get("focalPoint")
    point = (
        tuple(max(-1.0, min(1.0, float(part))) for part in focus)
        if isinstance(focus, list) and len(focus) == 2 and all(isinstance(part, int | float) for part in focus)
        else None
    )
    blurhash = one.get("blurhash")
    return {
        "url": url,
        "type": kind[:100],
        "description": _words(one.get("name") or one.get("summary")),
        "width": _size(one.get("width")),
        "height": _size(one.get("height")),
        "blurhash": blurhash if isinstance(blurhash, str) and _BLURHASH.match(blurhash) else None,
        "focus": point,
        "duration": seconds(one.get("duration")),
        "poster": _poster(one),
    }


def _words(text: Any) -> str:
    """What a picture shows, in as many lines as its author wrote."""
    if not isinstance(text, str):
        return ""
    lines = [one_line(line, LONGEST_WORDS) for line in text[: LONGEST_WORDS * 2].strip().split("\n")]
    return "\n".join(lines)[:LONGEST_WORDS]


def seconds(value: Any) -> float | None:
    """A length as peers write it: `PT1145S`, `PT1H2M`, or a number of seconds; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 < value <= MOST_SECONDS else None
    parts = _DURATION.match(value) if isinstance(value, str) and len(value) < 60 else None
    if parts is None:
        return None
    days, hours, minutes, rest = (float(part or 0) for part in parts.groups())
    total = days * 86_400 + hours * 3600 + minutes * 60 + rest
    return total if 0 < total <= MOST_SECONDS else None


def _chosen(one: dict[str, Any]) -> dict[str, Any] | None:
    """Of the files of a film or song the one that a telephone plays: not larger than it shows, else the smallest."""
    wanted = v.type_of(one).lower() + "/"
    files = [each for each in _links(one.get("url")) if each["type"].startswith(wanted)]
    if not files:
        return None
    fitting = [each for each in files if (each["height"] or 0) <= ENOUGH]
    return (
        max(fitting, key=lambda each: each["height"] or 0) if fitting else min(files, key=lambda each: each["height"])
    )


def _links(value: Any, depth: int = 0) -> list[dict[str, Any]]:
    """Links with a type, those inside a playlist's `tag` too."""
    found: list[dict[str, Any]] = []
    for one in v.as_list(value)[:50]:
        if not isinstance(one, dict):
            continue
        href, kind = one.get("href", one.get("url")), one.get("mediaType", one.get("mimeType"))
        if v.is_web(href) and isinstance(kind, str) and not one.get("rel"):
            found.append({
                "href": str(href)[:2048], "type": kind.lower()[:100], "width": _size(one.get("width")),
                "height": _size(one.get("height")),
                "size": _bytes(one.get("size")),
            })  # fmt: skip
        if depth == 0:
            found += _links(one.get("tag"), 1)
    return found


def _poster(one: dict[str, Any]) -> str:
    """The picture that stands for a film or song: of several the widest."""
    best, width = "", -1
    for name in ("icon", "image"):
        for each in v.as_list(one.get(name))[:10]:
            address = v.link(each.get("url")) if isinstance(each, dict) else each if v.is_web(each) else ""
            wide = (_size(each.get("width")) or 0) if isinstance(each, dict) else 0
            if address and wide > width:
                best, width = str(address)[:2048], wide
    return best


def _bytes(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**50 else None


def _size(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else None
