"""Actor documents: ours rendered, peers' read; and how an actor of ours comes to be.

Source: interop §9; FEP-521a (keys), FEP-2c59 (webfinger), FEP-1b12 (groups).
"""

import json
import re
from typing import Any

from federation import association_layer, features, project_layer
from federation import emojis as pictured
from federation import vocabulary as v
from federation.bridge import ring_of
from keys import pair
from node import emojis, html, ids, queue, settings
from node.errors import Invalid
from node.network import forums
from node.people import actor_keys, actors, away
from node.people.actors import Profile
from node.store import Database, Row
from node.text import base, one_line

FOLDERS = {"Person": "users", "Organization": "orgs", "Group": "groups", "Service": "users"}
MOST_FIELDS = 50
LONGEST_NAME = 100
LONGEST_SUMMARY = 20_000  # characters of HTML, as Mastodon: it stands beside every post in a list
LANGUAGES = {"ar": "العربية", "fr": "Français", "en": "English"}  # those that Lemmy has a code for
_LINK_ALONE = re.compile(r'(?:<p>)?<a href="(https?://[^"]+)"[^<>]*>[^<>]*</a>(?:</p>)?\Z')


# ── ours ──────────────────────────────────────────────────────────────────────


def create(db: Database, kind: str, name: str, now: int, *, role: str = "", **profile: Any) -> int:
    """A new actor of ours with its keys, safely on the disk; its id.

    kind is an ActivityStreams type, role 'forum' or 'project' for a Group; profile
    takes the columns of Profile.  Raises Invalid or Conflict for a name that cannot be given.
    """
    origin = settings.get(db, "origin")
    actors.fit(db, name)
    folder = "projects" if role == "project" else FOLDERS[kind]
    return _keep(db, kind, name, f"{origin}/{folder}/{name}", f"{origin}/@{name}" if not role else
                 f"{origin}/{'p' if role == 'project' else 'f'}/{name}", now, role, profile)  # fmt: skip


def create_system(db: Database, now: int) -> int:
    """The Application actor that speaks for the node itself: it signs what we fetch."""
    origin = settings.get(db, "origin")
    host = origin.partition("://")[2]
    return _keep(db, "Application", host, f"{origin}/actor", f"{origin}/about", now, "", {})


def create_reporter(db: Database, name: str, now: int) -> int:
    """An account that is nobody's, of a reserved name: it says reports to servers that hear no Application."""
    origin, said = settings.get(db, "origin"), {"shown": {"bot": True}}
    return _keep(db, "Person", name, f"{origin}/users/{name}", f"{origin}/@{name}", now, "",
                 {"details": said, "approves": True, "discoverable": False, "indexable": False})  # fmt: skip


def _keep(db: Database, kind: str, name: str, uri: str, url: str, now: int, role: str, profile: dict[str, Any]) -> int:
    identifier = ids.new(now)
    ring = ring_of(db)
    public = {made: ring.make(identifier, made) for made in ("rsa", "ed25519")}
    origin = settings.get(db, "origin")
    actors.keep_local(
        db,
        identifier,
        Profile(
            uri=uri, type=kind, name=name, role=role, url=url, inbox=f"{uri}/inbox", shared_inbox=f"{origin}/inbox",
            outbox=f"{uri}/outbox", followers=f"{uri}/followers", following=f"{uri}/following",
            featured=f"{uri}/featured", moderators=f"{uri}/moderators" if kind == "Group" else "",
            published=now, updated=now, **profile,
        ),
    )  # fmt: skip
    actor_keys.keep(db, f"{uri}#main-key", identifier, "rsa", public["rsa"], now)
    actor_keys.keep(db, f"{uri}#ed25519-key", identifier, "ed25519", public["ed25519"], now)
    return identifier


def render(db: Database, actor: Row) -> dict[str, Any]:
    """The document of one of our actors."""
    uri = actor["uri"]
    host = settings.get(db, "origin").partition("://")[2]
    found: dict[str, Any] = {
        "id": uri,
        "type": "Service" if actor["type"] == "Person" and _is_bot(actor) else actor["type"],
        "preferredUsername": actor["name"],
        "webfinger": f"{actor['name']}@{host}",
        "name": actor["display"] or actor["name"],
        "summary": actor["summary"],
        "url": actor["url"],
        "inbox": actor["inbox"],
        "outbox": actor["outbox"],
        "followers": actor["followers"],
        "following": actor["following"],
        "featured": actor["featured"],
        "endpoints": {"sharedInbox": actor["shared_inbox"]},
        "manuallyApprovesFollowers": bool(actor["approves"]),
        "discoverable": bool(actor["discoverable"]),
        "indexable": bool(actor["indexable"]),
        "published": ids.rfc3339(actor["published"]),
        "updated": ids.rfc3339(actor["updated"]),
        "attachment": [
            {"type": "PropertyValue", "name": name, "value": _whole(value)}
            for name, value, *_ in json.loads(actor["fields"])
        ],
        "tag": pictured.tags(db, actor["emojis"]),
    }
    if actor["type"] != "Application":
        found["featuredTags"] = f"{uri}/tags"
        found["interactionPolicy"] = features.policy(actor)
        found["attributionDomains"] = [host]  # Mastodon names the author of our pages (fediverse:creator) only so
    found |= _given(actor) | _layer(db, actor) | json.loads(actor["details"]).get("document", {})
    return v.with_context(found | _published_keys(db, actor))


def _given(actor: Row) -> dict[str, Any]:
    """What the document holds only where the actor has it."""
    found: dict[str, Any] = {}
    for key, column in (("nameMap", "displays"), ("summaryMap", "summaries")):
        if actor[column] != "{}":
            found[key] = json.loads(actor[column])
    for column in ("icon", "image"):
        if actor[column]:
            found[column] = {"type": "Image", "mediaType": _media_type(actor[column]), "url": actor[column]}
    if actor["aliases"] != "[]":
        found["alsoKnownAs"] = json.loads(actor["aliases"])
    if actor["moved_to"]:
        found["movedTo"] = actor["moved_to"]
    return found


def _layer(db: Database, actor: Row) -> dict[str, Any]:
    """What an association, a forum, a project and the node itself say beyond what every actor does."""
    group: dict[str, Any] = {}
    if actor["type"] == "Group":
        group = {"attributedTo": actor["moderators"], "postingRestrictedToMods": forums.restricted(db, actor),
                 "sensitive": False, "openness": "open"}  # fmt: skip
    match actor["type"], actor["role"]:
        case "Organization", _:
            return association_layer.layer(db, actor)
        case "Group", "project":
            return group | project_layer.layer(db, actor)
        case "Group", "forum":
            return group | _forum(db, actor)
        case "Application", _:
            return {"asso:directory": f"{actor['uri']}/directory"}
    return group


def _published_keys(db: Database, actor: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in actor_keys.of(db, actor["id"]):
        if one["kind"] == "rsa":
            found["publicKey"] = {"id": one["id"], "owner": actor["uri"], "publicKeyPem": one["public"]}
        else:
            found.setdefault("assertionMethod", []).append(
                {"id": one["id"], "type": "Multikey", "controller": actor["uri"], "publicKeyMultibase": one["public"]}
            )
    return found


def _whole(value: str) -> str:
    """A field that is a link and nothing else shows its whole address: Mastodon asks the site back only then."""
    alone = _LINK_ALONE.match(value)
    if alone is None or "class=" in value:
        return value
    return f'<a href="{alone.group(1)}" rel="me nofollow noopener noreferrer" translate="no">{alone.group(1)}</a>'


def _forum(db: Database, actor: Row) -> dict[str, Any]:
    """What a forum of ours says besides: its rules under its aim, whose it is, its field, its languages."""
    forum = forums.get(db, actor["id"])
    if forum is None:
        return {}
    found: dict[str, Any] = {}
    if forum.rules:
        main = actor["language"]
        rules = forum.rules.get(main) or next(iter(forum.rules.values()))
        summaries = json.loads(actor["summaries"])
        found["summary"] = f"{actor['summary']}<hr>{rules}"
        found["summaryMap"] = {
            tag: f"{summaries.get(tag, actor['summary'])}<hr>{forum.rules.get(tag, rules)}"
            for tag in dict.fromkeys([*summaries, *forum.rules])
        }
    owner = actors.get(db, forum.owner if forum.owner is not None else actors.system(db))
    found["asso:owner"] = owner["uri"]
    if forum.field:
        found["asso:fieldOfActivity"] = [forum.field]
    known = [base(tag) for tag in json.loads(actor["displays"]) if base(tag) in LANGUAGES]
    found["language"] = [{"identifier": tag, "name": LANGUAGES[tag]} for tag in dict.fromkeys(known)]
    return found


def tombstone(actor: Row) -> dict[str, Any]:
    """What is left to say of an actor that is gone."""
    return {
        "@context": v.AS2,
        "id": actor["uri"],
        "type": "Tombstone",
        "formerType": actor["type"],
        "deleted": ids.rfc3339(actor["gone"]),
    }


def _is_bot(actor: Row) -> bool:
    """Whether a member said that a program writes here."""
    return bool(json.loads(actor["details"]).get("shown", {}).get("bot"))


def _media_type(url: str) -> str:
    ending = url.rpartition(".")[2].lower()
    return {"png": "image/png", "webp": "image/webp", "gif": "image/gif"}.get(ending, "image/jpeg")


# ── peers' ────────────────────────────────────────────────────────────────────


def _summary(written: object) -> str:
    return html.clean(written[:LONGEST_SUMMARY]) if isinstance(written, str) else ""


def read(document: dict[str, Any], development: bool) -> tuple[Profile, list[tuple[str, str, str]]]:
    """What a peer's actor document says, cleaned, and its keys as (id, kind, public).

    The document must have been served by its own id (federation/fetch).  Raises Invalid
    for what is no actor: an unknown type, no inbox on its host, no name that can be typed.
    """
    uri = v.check_uri(document.get("id"), development)
    kind = v.type_of(document, v.ACTORS)
    host = v.host(uri)
    if kind not in v.ACTORS:
        raise Invalid("This is no actor.", uri=uri, type=kind)
    name = v.username(document.get("preferredUsername")) or v.username(uri.rstrip("/").rpartition("/")[2])
    if not name:
        raise Invalid("This actor has no name that we can write.", uri=uri)
    here = _Here(document, host, development)
    inbox = here.address("inbox")
    if not inbox:
        raise Invalid("This actor has no inbox on its own server.", uri=uri)
    endpoints = document.get("endpoints")
    shared = _Here(endpoints if isinstance(endpoints, dict) else {}, host, development).address("sharedInbox")
    displays = {tag: one_line(text, LONGEST_NAME) for tag, text in _map(document.get("nameMap")).items()}
    summaries = {tag: _summary(text) for tag, text in _map(document.get("summaryMap")).items()}
    profile = Profile(
        uri=uri, type=kind, name=name, host=host,
        display=one_line(document.get("name"), LONGEST_NAME) or next(iter(displays.values()), ""), displays=displays,
        summary=_summary(document.get("summary")) or next(iter(summaries.values()), ""), summaries=summaries,
        url=v.link(document.get("url")) or uri,
        inbox=inbox, shared_inbox=shared, outbox=here.address("outbox"), followers=here.address("followers"),
        following=here.address("following"), featured=here.address("featured"),
        moderators=here.address("attributedTo") if kind == "Group" else "",
        icon=v.picture(document.get("icon"), 5), image=v.picture(document.get("image"), 5), fields=_fields(document),
        approves=bool(document.get("manuallyApprovesFollowers")),
        discoverable=bool(document.get("discoverable", True)), indexable=bool(document.get("indexable", False)),
        moved_to=v.one_id(document.get("movedTo"))[:2048], aliases=v.all_ids(document.get("alsoKnownAs"), 20),
        details=inner(document), published=ids.read_rfc3339(document.get("published")),
        updated=ids.read_rfc3339(document.get("updated")),
        role="project" if kind == "Group" and project_layer.claimed(document) is not None else "",
    )  # fmt: skip
    if v.host(profile.url) != host:
        profile.url = uri
    if document.get("memorial") is True:
        profile.details["memorial"] = True
    stated = document.get("webfinger")
    if isinstance(stated, str) and stated.count("@") == 1 and len(stated) < 320:
        profile.details["webfinger"] = stated.lower()
    return profile, _keys(document, uri)


def keep(db: Database, document: dict[str, Any], development: bool, at: int) -> Row:
    """The actor is known as this document of its own server says, its keys those that it lists."""
    profile, keys = read(document, development)
    before = actors.by_uri(db, profile.uri)
    if before is not None:
        profile.published = profile.published or before["published"]
        if f'"{actors.TOLD}"' in before["details"]:  # a document says nothing of these: they are asked for apart
            profile.details[actors.TOLD] = json.loads(before["details"]).get(actors.TOLD, {})
    told = pictured.told(document)
    if told:
        facts = [text for name, value, *_ in profile.fields for text in (name, value)]
        words = [profile.display, profile.summary, *profile.displays.values(), *profile.summaries.values(), *facts]
        profile.emojis = emojis.keep(db, profile.host, told, "\n".join(words))
    identifier = actors.keep_remote(db, profile, at)
    actor_keys.replace(db, identifier, keys, at)
    away.suspended(db, identifier, at, shut=document.get("suspended") is True)
    kept = actors.get(db, identifier)
    stated = profile.details.get("webfinger", "")
    if stated and stated.partition("@")[2] not in (kept["host"], v.host(kept["uri"])):
        queue.enqueue(db, "handle", {"actor": identifier}, at, name=f"handle {identifier}")
    association_layer.heed(db, kept, document, at)
    project_layer.heed(db, kept, document, at)
    return kept


FACTS = frozenset((
    "location", "legalName", "foundingDate", "knowsLanguage", "memberOf", "contactPoint", "nonprofitStatus",
    "identifier", "areaServed", "schema:openingHours", "language", "postingRestrictedToMods", "sensitive",
))  # fmt: skip


def inner(document: dict[str, Any]) -> dict[str, Any]:
    """The `asso:` layer and the facts beside it, cut to what we take: 50 items, 500 characters, six levels."""
    wanted = {key: _cut(value, 6) for key, value in document.items() if key.startswith("asso:") or key in FACTS}
    return {"document": wanted} if wanted else {}


class _Here:
    """Addresses of a document that must lie on its own host; '' for others."""

    def __init__(self, document: dict[str, Any], host: str, development: bool) -> None:
        self._document, self._host, self._development = document, host, development

    def address(self, name: str) -> str:
        found = v.one_id(self._document.get(name))
        try:
            v.check_uri(found, self._development)
        except Invalid:
            return ""
        return found if v.host(found) == self._host else ""


def _keys(document: dict[str, Any], uri: str) -> list[tuple[str, str, str]]:
    """Keys that are the actor's own: on its host, owned by it, in a form that we speak."""
    found = []
    for one in v.as_list(document.get("publicKey"))[:10]:
        if not isinstance(one, dict) or v.one_id(one.get("owner", uri)) != uri:
            continue
        found.append((one.get("id"), one.get("publicKeyPem")))
    for one in v.as_list(document.get("assertionMethod"))[:10]:
        if isinstance(one, dict) and v.type_of(one) == "Multikey" and v.one_id(one.get("controller", uri)) == uri:
            found.append((one.get("id"), one.get("publicKeyMultibase")))
    kept = []
    for identifier, public in found:
        if not isinstance(identifier, str) or not isinstance(public, str) or v.host(identifier) != v.host(uri):
            continue
        key = pair.read_public(public)
        if key is not None and len(identifier) <= 2048:
            kept.append((identifier, "ed25519" if pair.is_ed25519(key) else "rsa", public))
    return kept


def _fields(document: dict[str, Any]) -> list[list[Any]]:
    found = []
    for one in v.as_list(document.get("attachment"))[:MOST_FIELDS]:
        if isinstance(one, dict) and v.type_of(one) in ("PropertyValue", "schema:PropertyValue"):
            name, value = one_line(one.get("name"), 255), one.get("value", one.get("schema:value"))
            if name and (value is None or isinstance(value, str)):
                found.append([name, html.clean((value or "")[:2047]), None])
    return found


def _map(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {tag[:35]: text for tag, text in list(value.items())[:20] if isinstance(text, str)}


def _cut(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value[:5000]
    if depth <= 0:
        return None
    if isinstance(value, list):
        return [_cut(one, depth - 1) for one in value[:50]]
    if isinstance(value, dict):
        return {str(key)[:200]: _cut(one, depth - 1) for key, one in list(value.items())[:50]}
    return value
