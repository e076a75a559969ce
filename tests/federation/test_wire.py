"""Every document that we serve and every activity that we send, judged by the strictest reader of each member.

The rules are those of Lemmy (typed members, arrays where arrays are), PieFed (no nulls where it
looks, event keys), Mobilizon (floats, one Place), Mastodon and GoToSocial (hosts, WebFinger), and of
whoever reads JSON-LD (every term is defined).  Source: interop §0, §9-12.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest_asyncio

from federation import outbox, updates
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import add, announce, like
from federation.outbox import Draft
from node.people import actors
from node.posts import posts
from node.store import Database
from tests.conftest import Node, Peer, until
from tests.federation import forum_world, network_world

AS2_TERMS = """id type actor attachment attributedTo audience bcc bto cc context current first generator icon image inReplyTo items
    instrument last location next object oneOf anyOf closed origin prev preview replies result tag target to url altitude
    content contentMap name nameMap duration endTime height href hreflang latitude longitude mediaType partOf published
    orderedItems radius rel startIndex startTime summary summaryMap totalItems units updated width describes formerType
    deleted inbox outbox following followers streams preferredUsername endpoints sharedInbox source likes shares liked
    publicKey owner publicKeyPem controller publicKeyMultibase proof cryptosuite created verificationMethod proofPurpose
    proofValue @context"""
STRINGS = (
    "id",
    "type",
    "actor",
    "attributedTo",
    "audience",
    "context",
    "inReplyTo",
    "url",
    "name",
    "content",
    "mediaType",
    "target",
)
LISTS = ("to", "cc", "tag", "attachment", "orderedItems", "items", "asso:region", "oneOf", "anyOf")
DATES = ("published", "updated", "startTime", "endTime", "deleted", "created", "closed")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z\Z")
MAY_BE_NULL = frozenset((
    "externalParticipationUrl", "maximumAttendeeCapacity", "remainingAttendeeCapacity", "onlineLink", "buyTicketsLink", "feeCurrency",
))  # fmt: skip
UNDEFINED = frozenset(("status",))  # beside ical:status, which is defined; Mobilizon reads this one as plain JSON
EVENT_KEYS = (
    "startTime endTime timezone maximumAttendeeCapacity participantCount onlineLink joinMode externalParticipationUrl"
    " anonymousParticipation isOnline buyTicketsLink feeCurrency feeAmount status category name"
)  # fmt: skip


class Wire:
    """What a node of ours shows and says: documents by path, and the activities that a peer received."""

    def __init__(self, node: Node, peer: Peer) -> None:
        self.node, self.peer = node, peer
        self.served: dict[str, dict[str, Any]] = {}

    @property
    def all(self) -> dict[str, dict[str, Any]]:
        return self.served | {str(one["id"]): one for one in self.peer.received}

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Documents of these types, also those inside activities."""
        found = [whole for one in self.all.values() for whole in objects(one)]
        compact = {id(one) for one in found if one["type"] in v.ACTORS and "inbox" not in one}  # of the directory
        return [one for one in found if one["type"] in kinds and id(one) not in compact]


def objects(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict) and "type" in document:
        yield document
        for key in ("object", "orderedItems", "instrument"):
            for one in v.as_list(document.get(key)):
                yield from objects(one)


@pytest_asyncio.fixture
async def wire(node: Node, peer: Peer) -> Wire:
    """A week in a small network, seen from outside."""
    await node.write(network_world.with_project)
    forum = await forum_world.open_forum(node)
    found = Wire(node, peer)
    for number, name in enumerate(("amal", "tanmia", "eau", "oasis")):
        await peer.post(f"{node.origin}/inbox", peer.follow((await node.read(actors.ours, name))["uri"], number))
    asked = peer.note()
    await peer.post(f"{node.origin}/inbox", peer.create(asked))
    await until(lambda: node.read(posts.by_uri, asked["id"]))
    topic = await forum_world.write(node, "amal", "Comment creuser ?", title="Un puits", place=forum["uri"])
    await forum_world.write(node, "amal", "Avec patience", reply_to=topic["uri"])
    await forum_world.moderate(node, "pin", "amal", topic)
    await forum_world.moderate(node, "lock", "amal", topic)
    written = await node.write(_write, asked["id"], peer.host)
    await peer.wait_for(lambda one: one["type"] == "Delete")
    await peer.wait_for(lambda one: one["type"] == "Create" and "avancement" in json.dumps(one))
    folders = ["/users/amal", "/orgs/tanmia", "/groups/eau", "/projects/oasis"]
    paths = [
        "/actor",
        "/actor/outbox",
        "/actor/directory",
        "/actor/directory?page=0",
        "/orgs/tanmia/profile",
        "/groups/eau/moderators",
    ]
    for folder in folders:
        paths += [folder, *(f"{folder}/{name}" for name in ("outbox", "followers", "following", "featured", "tags"))]
    paths += ["/users/amal/outbox?before=0", "/orgs/tanmia/outbox?before=0"]
    for uri in (*written, topic["uri"]):
        path = uri.removeprefix(node.origin)
        paths += [path, *(f"{path}/{name}" for name in ("activity", "replies", "likes", "shares", "context"))]
    for path in paths:
        answer = await node.get(path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, v.ACTIVITY_JSON), path
        found.served[path] = json.loads(await answer.read())
    return found


def _write(db: Database, asked: str, host: str) -> list[str]:
    amal, parent, at = actors.ours(db, "amal"), posts.by_uri(db, asked), now()
    assert amal is not None and parent is not None
    place = {"name": "Dar Chabab", "locality": "تيزنيت", "latitude": 29, "longitude": -9.7}
    poll = {
        "options": [("نعم", 0), ("لا", 0)],
        "multiple": True,
        "closes": at + 86_400_000,
        "closed": None,
        "voters": 0,
    }
    drafts = [
        Draft(f"Bonjour @badr@{host} #santé #صحة https://example.org/x", language="fr", warning="attention"),
        Draft("نعم", reply_to=parent["id"], language="ary"), Draft("للجميع", visibility="unlisted"),
        Draft("Laquelle ?", kind="question", poll=poll), Draft("je cite", quote=parent["id"]),
        Draft("Atelier", kind="event", title="Atelier eau", details={"start": at + 86_400_000, "end": None, "place": place}),
    ]  # fmt: skip
    made = [outbox.publish(db, amal, draft, at) for draft in drafts]
    outbox.edit(db, made[2], Draft("للجميع!"), at + 2000)
    like.put(db, amal, parent, at)
    like.take_back(db, amal, parent, at)
    announce.put(db, amal, parent, at)
    announce.take_back(db, amal, parent, at)
    add.put(db, amal, made[0], at)
    outbox.publish(db, amal, Draft("secret", visibility="followers"), at)
    outbox.publish(db, amal, Draft(f"@badr@{host} pour toi", visibility="direct"), at)
    outbox.delete(db, outbox.publish(db, amal, Draft("oubli"), at), at)
    oasis = actors.ours(db, "oasis")
    assert oasis is not None
    updates.publish(db, amal, network_world.user(db), oasis, updates.News("avancement", progress=45), at)
    return [row["uri"] for row in made]


def members(document: Any) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every (name, value, where it stands), at any depth; not the keys of language maps."""
    if isinstance(document, list):
        for one in document:
            yield from members(one)
    elif isinstance(document, dict):
        for key, value in document.items():
            yield key, value, document
            if key != "@context" and not key.endswith("Map"):
                yield from members(value)


async def test_what_we_show_and_send_is_what_the_strictest_reader_takes(wire: Wire) -> None:
    assert len(wire.all) > 70
    for judge in (_shapes, _ids, _terms):
        for path, document in wire.all.items():
            judge(path, document, wire)
    for judge_one, kinds in (
        (_actor, v.ACTORS), (_group, ("Group",)), (_post, ("Note", "Page", "Question", "Event")), (_event, ("Event",)),
        (_in_a_group, ("Page",)), (_activity, ("Create", "Update", "Delete", "Announce", "Like", "Undo", "Add", "Lock", "Accept")),
        (_collection, ("Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage")),
    ):  # fmt: skip
        found = wire.of(*kinds)
        assert found
        for one in found:
            judge_one(one)
    sent = {one["type"] for one in wire.peer.received}
    assert sent >= {"Accept", "Create", "Update", "Delete", "Announce", "Like", "Undo", "Add", "QuoteRequest"}


def _shapes(path: str, document: dict[str, Any], wire: Wire) -> None:
    assert document["@context"][0] == v.AS2, path
    for key, value, where in members(document):
        if value is None:
            assert key in MAY_BE_NULL and where["type"] == "Event", (path, key)
        if key in STRINGS and value is not None and not (key == "target" and isinstance(value, dict)):
            assert isinstance(value, str), (path, key, value)
        if key in LISTS:
            assert isinstance(value, list), (path, key, value)
        if key in DATES and isinstance(value, str):
            assert DATE.match(value), (path, key, value)
        if isinstance(value, float):
            assert key in ("latitude", "longitude"), (path, key)


def _ids(path: str, document: dict[str, Any], wire: Wire) -> None:
    host = urlsplit(wire.node.origin).netloc
    if path.startswith("/"):
        assert document["id"] == wire.node.origin + path
    for one in objects(document):
        uri = one.get("id", "")
        assert uri.isascii() and uri == uri.lower(), uri  # PieFed folds ids to lower case
        for key in ("actor", "attributedTo"):
            if isinstance(one.get(key), str) and urlsplit(uri).netloc == host:
                assert urlsplit(one[key]).netloc == host, (uri, key)


def _terms(path: str, document: dict[str, Any], wire: Wire) -> None:
    """Every word is one of ActivityStreams and security, or defined beside; each context where it stands."""
    defined = set(AS2_TERMS.split())
    for one in v.as_list(document.get("@context")):
        defined |= set(one) if isinstance(one, dict) else set()

    def judge(value: Any, known: set[str]) -> None:
        if isinstance(value, list):
            for one in value:
                judge(one, known)
        if not isinstance(value, dict):
            return
        for one in v.as_list(value.get("@context")):
            known = known | (set(one) if isinstance(one, dict) else set())
        for key, inside in value.items():
            word = key.partition(":")[0] if ":" in key else key
            assert word in known or word in UNDEFINED, (path, key)
            if key != "@context" and not key.endswith("Map"):
                judge(inside, known)

    judge(document, defined)


def _actor(one: dict[str, Any]) -> None:
    key = one["publicKey"]
    assert key["owner"] == one["id"] and key["id"] == f"{one['id']}#main-key"
    assert key["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----\n")
    for name in ("inbox", "outbox", "followers", "following", "featured"):
        assert one[name] == f"{one['id']}/{name}"
    assert set(one["endpoints"]) == {"sharedInbox"} and one["name"].strip() and one["preferredUsername"]
    assert all(field["type"] == "PropertyValue" for field in one["attachment"])
    assert isinstance(one["discoverable"], bool) and isinstance(one["manuallyApprovesFollowers"], bool)
    for name in ("icon", "image"):
        assert name not in one or (one[name]["type"] == "Image" and isinstance(one[name]["url"], str))
    assert one.get("attributionDomains", []) == ([] if one["type"] == "Application" else [urlsplit(one["id"]).netloc])
    assert isinstance(one["summary"], str) and {"published", "updated", "webfinger"} <= one.keys()


def _group(one: dict[str, Any]) -> None:
    assert one["attributedTo"] == f"{one['id']}/moderators"
    assert one["postingRestrictedToMods"] is False and one["sensitive"] is False and one["openness"] == "open"
    assert all(set(each) == {"identifier", "name"} and len(each["identifier"]) == 2 for each in one.get("language", []))


def _post(one: dict[str, Any]) -> None:
    for name in (
        "to",
        "cc",
        "tag",
        "attachment",
        "attributedTo",
        "content",
        "published",
        "url",
        "sensitive",
        "context",
    ):
        assert name in one, (one["id"], name)
    assert urlsplit(one["url"]).netloc == urlsplit(one["id"]).netloc
    for tag in one["tag"]:
        assert tag["type"] in ("Mention", "Hashtag", "Link") and tag["href"].isascii() and tag["name"].strip()
        assert tag["type"] != "Mention" or tag["href"] in one["to"] + one["cc"]
    if "contentMap" in one:
        assert next(iter(one["contentMap"].values())) == one["content"] and "ary" not in one["contentMap"]
    if "source" in one:
        assert set(one["source"]) == {"content", "mediaType"}


def _in_a_group(one: dict[str, Any]) -> None:
    assert one["audience"] in one["to"] + one["cc"] and v.PUBLIC in one["to"]
    assert 3 <= len(one["name"]) <= 200 and "\n" not in one["name"] and one["mediaType"] == "text/html"
    assert all(each["type"] in ("Link", "Image", "Document") for each in one["attachment"])
    assert len(one["language"]["identifier"]) == 2 and isinstance(one["commentsEnabled"], bool)


def _event(one: dict[str, Any]) -> None:
    assert set(EVENT_KEYS.split()) <= one.keys() and one["status"] == one["ical:status"] == "CONFIRMED"
    assert isinstance(one["location"], dict) and isinstance(one["location"]["latitude"], float)
    assert isinstance(one["location"].get("address", {}), dict) and one["category"].isupper()


def _activity(one: dict[str, Any]) -> None:
    assert isinstance(one["actor"], str) and one["object"]
    if "to" in one:  # what an Undo or Accept embeds may be bare
        assert isinstance(one["cc"], list)
    inner = one["object"] if isinstance(one["object"], dict) else {}
    if one["type"] in ("Create", "Update") and "attributedTo" in inner and inner["type"] not in v.ACTORS:
        assert (one["to"], one["cc"]) == (inner["to"], inner["cc"])
        assert one["actor"] == inner.get("actor", inner["attributedTo"])
    if one["type"] == "Update" and inner["type"] not in v.ACTORS:
        assert inner["updated"] > inner["published"]


def _collection(one: dict[str, Any]) -> None:
    assert one["type"].endswith("Page") or type(one["totalItems"]) is int
    if one["type"].endswith("Page"):
        assert isinstance(one["partOf"], str)
    listed = one.get("orderedItems", one.get("items"))
    assert listed is None or "totalItems" not in one or one["totalItems"] >= len(listed)


async def test_everybody_is_found_by_the_name_and_nodeinfo_has_its_types(wire: Wire) -> None:
    for one in wire.of(*v.ACTORS):
        answer = await wire.node.get(f"/.well-known/webfinger?resource=acct:{one['webfinger']}", "*/*")
        assert answer.headers["Content-Type"] == "application/jrd+json"
        jrd = json.loads(await answer.text())
        assert jrd["subject"] == f"acct:{one['webfinger']}" == f"acct:{one['preferredUsername']}@{wire.node.host}"
        assert [link["href"] for link in jrd["links"] if link.get("type") == v.ACTIVITY_JSON] == [one["id"]]
    links = json.loads(await (await wire.node.get("/.well-known/nodeinfo", "*/*")).text())["links"]
    assert links[-1] == {"rel": f"{v.AS2}#Application", "href": f"{wire.node.origin}/actor"}
    for link in links[:2]:
        found = json.loads(await (await wire.node.get(urlsplit(link["href"]).path, "*/*")).text())
        assert link["rel"].endswith(found["version"]) and re.fullmatch(r"[a-z0-9-]+", found["software"]["name"])
        assert found["protocols"] == ["activitypub"] and found["openRegistrations"] in (True, False)
        numbers = [*found["usage"]["users"].values(), found["usage"]["localPosts"], found["usage"]["localComments"]]
        assert len(numbers) == 5 and all(type(one) is int and one >= 0 for one in numbers)
        assert isinstance(found["metadata"], dict) and set(found["services"]) == {"inbound", "outbound"}
