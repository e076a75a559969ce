"""What Lemmy, PieFed, NodeBB and WordPress really pass on: recorded payloads, moved to a peer's own address."""

import json
from typing import Any

from federation import vocabulary as v
from node.people import actors
from node.posts import posts
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.payload_world import HOST, VOCABULARY, read
from tests.federation.test_forums_theirs import accept


def moved(peer: Any, name: str) -> dict[str, Any]:
    """The payload with every address of its servers on the peer."""
    text = HOST.sub(
        lambda found: found.group() if VOCABULARY.match(found.group()) else f"{peer.origin}/{name}",
        json.dumps(read(name), ensure_ascii=False),
    )
    made: dict[str, Any] = json.loads(text)
    return made


def serve(peer: Any, uri: str, kind: str = "Person", **more: Any) -> str:
    """The peer has an actor of this address."""
    base = peer.actor()
    peer.documents[uri.removeprefix(peer.origin)] = base | {
        "id": uri, "type": kind, "inbox": f"{uri}/inbox", "outbox": f"{uri}/outbox", "followers": f"{uri}/followers",
        "preferredUsername": kind.lower(), "url": uri,
        "publicKey": base["publicKey"] | {"id": f"{uri}#main-key", "owner": uri}, **more,
    }  # fmt: skip
    return uri


async def joined(node: Any, peer: Any, name: str) -> dict[str, Any]:
    """The Announce of the payload, its Group joined, its people and its object served by the peer."""
    document = moved(peer, name)
    group = serve(peer, document["actor"], "Group", attributedTo=f"{document['actor']}/moderators")
    inner = document["object"]
    thing = inner.get("object") if v.one_id(inner.get("actor")) else inner
    for one in {v.one_id(inner.get("actor")), v.one_id(thing.get("attributedTo"))} - {""}:
        serve(peer, one)
    peer.documents[thing["id"].removeprefix(peer.origin)] = {"@context": v.AS2, **thing}
    await accept(node, peer, group)
    return document


async def titled(node: Any, uri: str) -> Any:
    async def found() -> Any:
        row = await node.read(posts.by_uri, uri)
        return row if row is not None and row["place"] is not None else None

    return await until(found)


async def test_lemmy_passes_on_a_page(shared, node, peer):
    document = await joined(node, peer, "lemmy__announce_create_page")
    assert await w.say(peer, node, document) == 202
    row = await titled(node, document["object"]["object"]["id"])
    place = await node.read(actors.by_uri, document["actor"])
    assert (row["title"], row["kind"], row["place"]) == ("post 4", "topic", place["id"])


async def test_piefed_passes_on_a_page_with_its_answers_inside(shared, node, peer):
    document = await joined(node, peer, "piefed__announce_create_page")
    await w.say(peer, node, document)
    row = await titled(node, document["object"]["object"]["id"])
    assert row["title"] == document["object"]["object"]["name"] and "<h2>Jeena</h2>" in row["content"]


async def test_nodebb_passes_on_a_note_with_a_title(shared, node, peer):
    document = await joined(node, peer, "nodebb__announce_create_note")
    await w.say(peer, node, document)
    row = await titled(node, document["object"]["object"]["id"])
    assert (row["title"], row["kind"]) == ("Long-formers Activate!", "topic")


async def test_nodebb_shares_a_note_of_its_category(shared, node, peer):
    document = await joined(node, peer, "nodebb__announce_note")
    await w.say(peer, node, document)
    row = await titled(node, document["object"]["id"])
    assert row["title"] == "Is ActivityPub too complicated?"
    [home] = await until(lambda: node.api("GET", "/api/v1/timelines/home", node.token()))
    assert home["reblog"]["uri"] == document["object"]["id"]


async def test_nodebb_passes_on_a_vote_of_its_own_people(shared, node, peer):
    document = await joined(node, peer, "nodebb__announce_like_note_inlined")
    thing = document["object"]["object"]
    await w.say(peer, node, document | {"id": f"{peer.origin}/1", "object": thing})
    row = await titled(node, thing["id"])
    await w.say(peer, node, document)
    await until(lambda: node.read(lambda db: posts.get(db, row["id"])["likes"] == 1))


async def test_wordpress_passes_on_an_update_of_what_we_never_had(shared, node, peer):
    document = await joined(node, peer, "wordpress__announce_update_article")
    await w.say(peer, node, document)
    row = await titled(node, document["object"]["object"]["id"])
    assert row["title"] == document["object"]["object"]["name"] and row["kind"] == "topic"
