"""Helpers of the tests of forums: a forum of ours, members, and a peer that plays other software."""

from typing import Any

from federation import groups, moderation, outbox
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import follow
from federation.outbox import Draft
from node.network import topics
from node.network.forums import Forum
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from tests.conftest import Node, until
from tests.peer import Peer

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/2.0"


async def open_forum(node: Node, name: str = "eau", **forum: Any) -> Row:
    """A forum of the node that its Amal moderates."""

    def make(db: Database) -> Row:
        amal = actors.ours(db, "amal")
        assert amal is not None
        titles = {"ar": "الماء", "fr": "L'eau"}
        made = groups.open_forum(db, name, titles, [amal["id"]], now(), aims={"fr": "Parler de l'eau"},
                                 forum=Forum(**forum))  # fmt: skip
        return actors.get(db, made)

    return await node.write(make)  # type: ignore[no-any-return]


async def join(node: Node, uri: str, name: str = "amal") -> Row:
    """The node's member is a member of the Group; its row there."""
    from federation import resolve

    place = await resolve.actor(node.bridge, uri)

    def ask(db: Database) -> None:
        who = actors.ours(db, name)
        assert who is not None
        follow.ask(db, who, place, now())

    await node.write(ask)
    await until(lambda: node.read(
        lambda db: db.value("select 1 from follows where target = ? and state = 'accepted'", (place["id"],))))  # fmt: skip
    return place


async def write(node: Node, who: str, text: str, *, title: str = "", place: str = "", reply_to: str = "",
                visibility: str = "public") -> Row:  # fmt: skip
    """A topic in the place, or an answer, by the node's member."""

    def publish(db: Database) -> Row:
        author = actors.ours(db, who)
        assert author is not None
        where = actors.by_uri(db, place) if place else None
        parent = posts.by_uri(db, reply_to) if reply_to else None
        draft = Draft(text=text, title=title, kind="topic" if where is not None else "note", visibility=visibility,
                      place=where["id"] if where is not None else None, language="fr",
                      reply_to=parent["id"] if parent is not None else None)  # fmt: skip
        return outbox.publish(db, author, draft, now())

    return await node.write(publish)  # type: ignore[no-any-return]


async def has(node: Node, uri: str) -> Row:
    """The post of this URI, once the node has it in a place."""

    def find(db: Database) -> Row | None:
        row = posts.by_uri(db, uri)
        return row if row is not None and row["place"] is not None else None

    return await until(lambda: node.read(find))  # type: ignore[no-any-return]


async def by_uri(node: Node, uri: str) -> Row | None:
    return await node.read(posts.by_uri, uri)  # type: ignore[no-any-return]


async def titles(node: Node, place_uri: str) -> list[str]:
    """Titles of the topics of a Group, as a visitor of the node sees them."""

    def look(db: Database) -> list[str]:
        place = actors.by_uri(db, place_uri)
        return [row["title"] for row in topics.of(db, place["id"], None)] if place is not None else []

    return await node.read(look)  # type: ignore[no-any-return]


async def moderate(node: Node, verb: str, who: str, *arguments: Any) -> Any:
    """moderation.VERB by the node's member."""

    def act(db: Database) -> Any:
        moderator = actors.ours(db, who)
        return getattr(moderation, verb)(db, moderator, *arguments, now())

    return await node.write(act)


def says(peer: Peer, software: str) -> None:
    """The peer's NodeInfo names this software."""
    peer.documents["/.well-known/nodeinfo"] = {"links": [{"rel": SCHEMA, "href": f"{peer.origin}/nodeinfo/2.0"}]}
    peer.documents["/nodeinfo/2.0"] = {"version": "2.0", "software": {"name": software, "version": "1"}}


async def known_software(node: Node, peer: Peer) -> None:
    await until(lambda: node.read(lambda db: db.value("select software from hosts where host = ?", (peer.host,))))


def actor(peer: Peer, name: str, kind: str = "Person", **more: Any) -> str:
    """One more actor of the peer's server, with the same key; its URI."""
    uri = f"{peer.origin}/users/{name}"
    base = peer.actor()
    peer.documents[f"/users/{name}"] = base | {
        "id": uri, "type": kind, "preferredUsername": name, "name": name.title(), "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox", "followers": f"{uri}/followers", "following": f"{uri}/following",
        "publicKey": base["publicKey"] | {"id": f"{uri}#main-key", "owner": uri}, **more,
    }  # fmt: skip
    return uri


def group(peer: Peer, name: str, moderators: list[str], **more: Any) -> str:
    """A Group of the peer's server, its moderators as listed, nothing pinned, nothing in its outbox."""
    uri = actor(peer, name, "Group", attributedTo=f"{peer.origin}/users/{name}/moderators",
                featured=f"{peer.origin}/users/{name}/featured", **more)  # fmt: skip
    for part, items in (("moderators", moderators), ("featured", []), ("outbox", [])):
        collection(peer, f"/users/{name}/{part}", items)
    return uri


def collection(peer: Peer, path: str, items: list[Any]) -> None:
    peer.documents[path] = {
        "@context": v.AS2, "id": f"{peer.origin}{path}", "type": "OrderedCollection", "totalItems": len(items),
        "orderedItems": items,
    }  # fmt: skip


async def say(peer: Peer, node: Node, activity: dict[str, Any], inbox: str = "") -> int:
    """The activity goes to the node, signed by its own actor, which lives at the peer."""
    return await peer.post(inbox or f"{node.origin}/inbox", activity, key_id=f"{activity['actor']}#main-key")


def page(peer: Peer, number: int, author: str, place: str, title: str = "Puits", **more: Any) -> dict[str, Any]:
    """A Page as Lemmy writes it, served by the peer."""
    made = {
        "@context": [v.AS2], "id": f"{peer.origin}/post/{number}", "type": "Page", "attributedTo": author,
        "to": [place, v.PUBLIC], "cc": [], "audience": place, "name": title, "content": "<p>Qui sait ?</p>",
        "mediaType": "text/html", "attachment": [], "sensitive": False, "published": "2026-01-01T00:00:00.871846Z",
        "commentsEnabled": True, **more,
    }  # fmt: skip
    peer.documents[f"/post/{number}"] = made
    return made


def comment(peer: Peer, number: int, author: str, place: str, parent: str, **more: Any) -> dict[str, Any]:
    """An answer as Lemmy writes it."""
    made = {
        "@context": [v.AS2], "id": f"{peer.origin}/comment/{number}", "type": "Note", "attributedTo": author,
        "to": [v.PUBLIC], "cc": [place], "audience": place, "content": "<p>Moi.</p>", "inReplyTo": parent,
        "published": "2026-01-01T00:01:00Z", **more,
    }  # fmt: skip
    peer.documents[f"/comment/{number}"] = made
    return made


def create(peer: Peer, number: int, made: dict[str, Any], place: str, kind: str = "Create") -> dict[str, Any]:
    return {
        "@context": [v.AS2], "id": f"{peer.origin}/activities/{kind.lower()}/{number}", "type": kind,
        "actor": made["attributedTo"], "to": [v.PUBLIC], "cc": [place], "audience": place, "object": made,
    }  # fmt: skip


def announce(peer: Peer, number: int, place: str, inner: Any) -> dict[str, Any]:
    """The Group's Announce; the inner activity without its @context, as Lemmy sends it."""
    if isinstance(inner, dict):
        inner = {key: value for key, value in inner.items() if key != "@context"}
    return {
        "@context": [v.AS2], "id": f"{peer.origin}/activities/announce/{number}", "type": "Announce", "actor": place,
        "to": [v.PUBLIC], "cc": [f"{place}/followers"], "object": inner,
    }  # fmt: skip


async def become_member(node: Any, peer: Peer, eau: Any, software: str) -> None:
    """Badr follows the forum, from a server of this software."""
    says(peer, software)
    assert await peer.post(eau["inbox"], peer.follow(eau["uri"])) == 202
    accepted = await peer.wait_for(lambda one: one["type"] == "Accept")
    assert accepted["actor"] == eau["uri"] and accepted["object"]["id"] == f"{peer.origin}/follows/1"
    await known_software(node, peer)


def announced(kind: str) -> Any:
    """Whether an activity passes on one of this kind, whole."""
    return lambda one: one["type"] == "Announce" and isinstance(one["object"], dict) and one["object"]["type"] == kind


def boosted(uri: str) -> Any:
    """Whether an activity passes on this id."""
    return lambda one: one["type"] == "Announce" and one["object"] == uri


async def open_with_an_answer(node: Any, peer: Peer) -> tuple[Row, dict[str, Any], dict[str, Any]]:
    """(our forum, a topic there by Badr, a member on Lemmy, an answer of his to it): the documents as he sent them."""
    forum = await open_forum(node)
    await become_member(node, peer, forum, "lemmy")
    topic = page(peer, 1, peer.uri, forum["uri"])
    answer = comment(peer, 1, peer.uri, forum["uri"], topic["id"])
    for number, made in enumerate((topic, answer)):
        await say(peer, node, create(peer, number, made, forum["uri"]), forum["inbox"])
        await has(node, made["id"])
    return forum, topic, answer
