"""Whose is it to say: truly signed activities that take what is another's, and change nothing."""

from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio

from federation import proofs
from federation import vocabulary as v
from federation.bridge import now
from keys import pair
from node.people import actors, follows
from node.posts import posts
from node.store import Database
from tests.conftest import Node, Peer, until

PUBLIC = [v.PUBLIC]


@pytest_asyncio.fixture
async def evil():
    async with Peer(name="eve") as made:
        yield made


async def settled(node: Node, peer: Peer) -> None:
    """All that was sent has been acted on, or waits for another try."""

    def waiting(db: Database) -> int:
        return int(db.value("select count(*) from received where state = 'waiting' and error = ''"))

    async def quiet() -> bool:
        return not await node.read(waiting)

    await until(quiet, 15)


async def say(node: Node, peer: Peer, activity: dict[str, Any], status: int = 202) -> None:
    assert await peer.post(f"{node.origin}/inbox", activity) == status, activity


async def known(node: Node, peer: Peer, number: int = 1, **more: Any) -> dict[str, Any]:
    """A note of the peer's that the node has."""
    note = peer.note(number, **more)
    await say(node, peer, peer.create(note))
    await until(lambda: node.read(posts.by_uri, note["id"]))
    return note


def of(peer: Peer, kind: str, obj: Any, number: int, **more: Any) -> dict[str, Any]:
    return {
        "@context": v.AS2,
        "id": f"{peer.origin}/activities/{number}",
        "type": kind,
        "actor": peer.uri,
        "object": obj,
        "to": PUBLIC,
        **more,
    }


async def count(node: Node, sql: str, *values: Any) -> int:
    return int(await node.read(lambda db: db.value(sql, values)))


async def test_a_victims_note_is_never_taken_from_another(node, peer, evil):
    """B1-B6: by its id, its attribution, both, in lists, without an id, under our own names."""
    victim = peer.uri
    theirs, mine = f"{peer.origin}/notes/77", f"{evil.origin}/notes/1"
    base = {"type": "Note", "content": "<p>forged</p>", "to": PUBLIC}
    forged: list[Any] = [
        {**base, "id": theirs, "attributedTo": victim},
        {**base, "id": theirs, "attributedTo": evil.uri},
        {**base, "id": mine, "attributedTo": victim},
        {**base, "id": mine, "attributedTo": [evil.uri, victim]},
        {**base, "id": mine, "attributedTo": [{"id": victim, "type": "Person"}, evil.uri]},
        {**base, "attributedTo": victim},
        {**base, "id": "", "attributedTo": victim},
        {**base, "id": None, "attributedTo": evil.uri},
        {**base, "id": mine, "attributedTo": node.uri("amal")},
        {**base, "id": f"{node.origin}/posts/1", "attributedTo": node.uri("amal")},
        {**base, "id": f"{node.origin}/posts/1", "attributedTo": evil.uri},
        [{**base, "id": theirs, "attributedTo": victim}],
        {**base, "id": theirs.replace("http://", "http://x@"), "attributedTo": evil.uri},
        {**base, "id": theirs + "\t", "attributedTo": evil.uri},
        {**base, "id": 5, "attributedTo": evil.uri},
        theirs,
    ]
    for number, one in enumerate(forged):
        await say(node, evil, of(evil, "Create", one, number))
    await settled(node, evil)
    assert await count(node, "select count(*) from posts") == 0

    genuine = await known(node, peer, 77)  # and the true one is kept, though its id was claimed before
    row = await node.read(posts.by_uri, genuine["id"])
    assert "hello" in row["content"]


async def test_a_neighbour_takes_nobodys_place_for_good(node, peer):
    """Two of one server: whoever claims the other's post first has it only until its author is heard."""
    eve = f"{peer.origin}/users/eve"
    peer.documents["/users/eve"] = peer.actor() | {
        "id": eve, "preferredUsername": "eve", "inbox": f"{eve}/inbox", "outbox": f"{eve}/outbox", "followers": f"{eve}/followers",
        "publicKey": peer.actor()["publicKey"] | {"id": f"{eve}#main-key", "owner": eve},
    }  # fmt: skip
    note = peer.note(5)
    forged = note | {"attributedTo": eve, "content": "<p>forged</p>"}
    claim = peer.create(forged) | {"id": f"{peer.origin}/claim", "actor": eve}
    assert await peer.post(f"{node.origin}/inbox", claim, key_id=f"{eve}#main-key") == 202
    await until(lambda: node.read(lambda db: posts.by_uri(db, note["id"])))

    await peer.post(f"{node.origin}/inbox", peer.create(note))

    async def is_hers() -> bool:
        row = await node.read(posts.by_uri, note["id"])
        return row is not None and "hello" in row["content"]

    await until(is_hers)
    assert (
        await count(node, "select count(*) from posts join actors on actors.id = author where actors.uri = ?", peer.uri)
        == 1
    )
    await peer.post(f"{node.origin}/inbox", claim | {"id": f"{peer.origin}/claim/2"}, key_id=f"{eve}#main-key")
    await until(lambda: node.read(lambda db: not db.value("select 1 from tasks where kind = 'disputed'")))
    assert await is_hers()


@pytest.mark.parametrize(
    "actor", ["victim", ["victim", "me"], ["me", "victim"], {"id": "victim"}, [], "", None, 5, [[]]], ids=str
)
async def test_an_activity_has_one_actor_and_she_signed_it(node, peer, evil, actor):
    """B3: only a list all of one server that holds the signer is hers."""
    names = {"victim": peer.uri, "me": evil.uri}

    def named(one: Any) -> Any:
        if isinstance(one, list):
            return [named(inner) for inner in one]
        return (
            {"id": names[one["id"]]} if isinstance(one, dict) else names.get(one, one) if isinstance(one, str) else one
        )

    note = evil.note()
    status = await evil.post(
        f"{node.origin}/inbox", evil.create(note) | {"actor": named(actor), "id": f"{evil.origin}/9"}
    )
    assert status in (202, 400, 401)
    await settled(node, evil)
    assert await count(node, "select count(*) from posts") == 0


async def test_a_list_of_one_is_its_one(node, peer):
    await say(node, peer, peer.create(peer.note()) | {"actor": [{"id": peer.uri, "type": "Person"}]})
    await until(lambda: count(node, "select count(*) from posts"))


async def test_what_is_anothers_is_not_edited_deleted_or_undone(node, peer, evil):
    """B9-B14: the owner of what is stored decides, not what the document says of itself."""
    note = await known(node, peer)
    await say(node, peer, of(peer, "Like", note["id"], 1))
    await say(node, peer, of(peer, "Announce", note["id"], 2))
    await say(node, peer, peer.follow(node.uri("amal"), 3))
    await peer.wait_for(lambda one: one["type"] == "Accept")
    await until(lambda: count(node, "select count(*) from posts where boost_of is not null"))
    forged = {**note, "content": "<p>forged</p>", "updated": "2026-01-02T00:00:00Z"}
    inner = {
        "Like": of(peer, "Like", note["id"], 1),
        "Announce": of(peer, "Announce", note["id"], 2),
        "Follow": peer.follow(node.uri("amal"), 3),
    }
    attempts = [
        of(evil, "Update", forged, 1), of(evil, "Update", forged | {"attributedTo": evil.uri}, 2),
        of(evil, "Update", peer.actor(name="Forged"), 3), of(evil, "Update", peer.actor(name="Forged") | {"attributedTo": evil.uri}, 4),
        of(evil, "Delete", note["id"], 5), of(evil, "Delete", {"id": note["id"], "type": "Tombstone"}, 6), of(evil, "Delete", peer.uri, 7),
        of(evil, "Delete", of(peer, "Create", note, 50), 8), of(evil, "Delete", node.uri("amal"), 9),
        of(evil, "Undo", inner["Like"], 10), of(evil, "Undo", inner["Like"]["id"], 11), of(evil, "Undo", inner["Like"] | {"actor": evil.uri}, 12),
        of(evil, "Undo", inner["Announce"] | {"actor": evil.uri}, 13), of(evil, "Undo", inner["Announce"]["id"], 14),
        of(evil, "Undo", inner["Follow"] | {"actor": evil.uri}, 15), of(evil, "Undo", inner["Follow"]["id"], 16),
        of(evil, "Update", node.uri("amal"), 17), of(evil, "Update", {"id": node.uri("amal"), "type": "Person", "name": "Forged"}, 18),
        of(evil, "Remove", note["id"], 19, target=f"{peer.uri}/featured"), of(evil, "Add", note["id"], 20, target=f"{peer.uri}/featured"),
        of(evil, "Move", peer.uri, 21, target=evil.uri),
    ]  # fmt: skip
    for one in attempts:
        await say(node, evil, one)
    await settled(node, evil)
    row = await node.read(posts.by_uri, note["id"])
    assert (
        row is not None
        and "hello" in row["content"]
        and row["edited"] is None
        and (row["likes"], row["boosts"]) == (1, 1)
    )
    author = await node.read(actors.by_uri, peer.uri)
    assert author["display"] == "Badr" and author["gone"] is None and author["moved_to"] == ""
    amal = await node.read(actors.by_uri, node.uri("amal"))
    assert amal["display"] == "أمل" and amal["gone"] is None
    assert await node.read(follows.get, author["id"], amal["id"]) is not None
    assert await count(node, "select count(*) from pins") == 0


async def test_the_owner_edits_and_cannot_give_it_away(node, peer, evil):
    note = await known(node, peer)
    gone = {**note, "content": "<p>changed</p>", "updated": "2026-01-02T00:00:00Z"}
    await say(node, peer, of(peer, "Update", gone | {"attributedTo": evil.uri}, 1))
    await say(node, peer, of(peer, "Update", gone | {"attributedTo": node.uri("amal")}, 2))
    await settled(node, peer)
    row = await node.read(posts.by_uri, note["id"])
    assert "hello" in row["content"]
    await say(node, peer, of(peer, "Update", gone, 3))
    await settled(node, peer)
    row = await node.read(posts.by_uri, note["id"])
    assert "changed" in row["content"]
    author = await node.read(actors.get, row["author"])
    assert author["uri"] == peer.uri


async def test_a_stranger_does_not_answer_for_whom_we_asked(node, peer, evil):
    """B15, B16: our follow of a peer is accepted, refused or ended by that peer alone."""
    token = node.token()
    found = (await node.api("GET", f"/api/v2/search?resolve=true&q=@badr@{peer.host}", token))["accounts"][0]
    await node.api("POST", f"/api/v1/accounts/{found['id']}/follow", token)
    asked = await peer.wait_for(lambda one: one["type"] == "Follow")
    whole = {key: asked[key] for key in ("id", "type", "actor", "object")}
    for number, one in enumerate(
        (
            asked["id"],
            whole,
            whole | {"object": evil.uri},
            {"type": "Follow", "actor": whole["actor"], "object": peer.uri},
        )
    ):
        await say(node, evil, of(evil, "Accept", one, number))
        await say(node, evil, of(evil, "Reject", one, 100 + number))
        await say(node, evil, of(evil, "Block", whole["actor"], 200 + number))
    await settled(node, evil)
    assert await count(node, "select count(*) from follows where activity = ? and state = 'pending'", asked["id"]) == 1
    await say(node, peer, of(peer, "Accept", whole, 1))
    await until(
        lambda: count(node, "select count(*) from follows where activity = ? and state = 'accepted'", asked["id"])
    )


async def test_nobody_widens_the_audience_of_another(node, peer, evil):
    """B25: the same id again, with more readers, from its author's server's neighbour or by a boost."""
    note = await known(node, peer, to=[node.uri("yto")], cc=[])
    seen = await node.read(posts.by_uri, note["id"])
    assert seen["visibility"] == "direct"
    wide = {**note, "to": PUBLIC, "cc": [node.uri("amal")]}
    await say(node, evil, of(evil, "Create", wide, 1))
    await say(node, evil, of(evil, "Announce", wide, 2))
    await say(node, evil, of(evil, "Announce", of(peer, "Create", wide, 60), 3))
    await say(node, peer, peer.create(wide) | {"id": f"{peer.origin}/again"})
    await settled(node, evil)
    await settled(node, peer)
    seen = await node.read(posts.by_uri, note["id"])
    assert seen["visibility"] == "direct"
    assert await count(node, "select count(*) from posts where boost_of is not null") == 0
    amal = await node.read(actors.by_uri, node.uri("amal"))
    assert await count(node, "select count(*) from addressed where actor = ? and post = ?", amal["id"], seen["id"]) == 0


async def test_a_vote_is_ones_own_and_counted_once(node, peer, evil):
    """B18."""
    token = node.token()
    poll = {"status": "which?", "poll": {"options": ["one", "two"], "expires_in": 3600}}
    said = await node.api("POST", "/api/v1/statuses", token, json=poll)

    def vote(of_: Peer, name: str, number: int, **more: Any) -> dict[str, Any]:
        note = {
            "type": "Note",
            "id": f"{of_.origin}/votes/{number}",
            "name": name,
            "inReplyTo": said["uri"],
            "attributedTo": of_.uri,
            "to": [node.uri("amal")],
        }
        return of(of_, "Create", note | more, number)

    await say(node, evil, vote(evil, "one", 1, attributedTo=peer.uri))
    await say(node, evil, vote(evil, "none of these", 2))
    await settled(node, evil)
    assert await count(node, "select sum(votes) from poll_options") == 0
    await say(node, peer, vote(peer, "one", 3))
    await say(node, peer, vote(peer, "two", 4))
    await say(node, peer, vote(peer, "one", 5))
    await settled(node, peer)
    assert await count(node, "select sum(votes) from poll_options") == 1
    assert await count(node, "select votes from poll_options where title = 'one'") == 1
    poll = poll | {"visibility": "private", "status": "for followers"}
    said = await node.api("POST", "/api/v1/statuses", token, json=poll)
    await say(node, evil, vote(evil, "one", 6))
    await settled(node, evil)
    assert await count(node, "select sum(votes) from poll_options") == 1  # she cannot even see it


async def test_one_cannot_use_up_the_ids_of_another(node, peer, evil):
    """B4: an activity of a stranger under the id that the true one will have."""
    note = peer.note(5)
    true = peer.create(note)
    assert await evil.post(f"{node.origin}/inbox", of(evil, "Like", note["id"], 1) | {"id": true["id"]}) in (202, 400)
    await say(node, peer, true)
    await until(lambda: node.read(posts.by_uri, note["id"]))


async def test_a_deleted_post_is_not_brought_back(node, peer):
    """A18: the old Create, truly signed again, after the Delete."""
    note = await known(node, peer)
    await say(node, peer, of(peer, "Delete", {"id": note["id"], "type": "Tombstone"}, 1))
    await until(lambda: count(node, "select count(*) = 0 from posts"))
    await say(node, peer, peer.create(note) | {"id": f"{peer.origin}/other"})
    await say(node, peer, of(peer, "Announce", note["id"], 2))
    await say(node, peer, of(peer, "Update", note, 3))
    await settled(node, peer)
    assert await count(node, "select count(*) from posts") == 0


async def test_its_author_alone_takes_a_deletion_back(node, peer, evil):
    """Lemmy's Undo of a Delete: the post is asked for again at its own server."""
    note = await known(node, peer)
    gone = of(peer, "Delete", note["id"], 1)
    await say(node, peer, gone)
    await until(lambda: count(node, "select count(*) = 0 from posts"))
    await say(node, evil, of(evil, "Undo", gone, 2))
    await say(node, evil, of(evil, "Undo", gone | {"actor": evil.uri}, 3))
    await settled(node, evil)
    assert await count(node, "select count(*) from tombstones where uri = ?", note["id"]) == 1
    await say(node, peer, of(peer, "Undo", gone, 4))
    await until(lambda: node.read(posts.by_uri, note["id"]))


async def test_what_is_passed_on_without_proof_is_asked_for_at_its_origin(node, peer, evil):
    """A24: forwarded, with a signature that is none: its own server is asked, and what that says counts."""
    true = peer.note(8, content="<p>true</p>")
    forwarded = peer.create(true | {"content": "<p>forged</p>"}) | {
        "signature": {"type": "RsaSignature2017", "signatureValue": "AAAA"}
    }
    await say(node, evil, forwarded)
    row = await until(lambda: node.read(posts.by_uri, true["id"]))
    assert "true" in row["content"]
    missing = peer.create(peer.note(9))
    del peer.documents["/notes/9"]
    await say(node, evil, missing)
    await settled(node, evil)
    assert await node.read(posts.by_uri, f"{peer.origin}/notes/9") is None


async def test_a_forwarded_delete_is_believed_when_it_is_gone_there(node, peer, evil):
    note = await known(node, peer)
    delete = of(peer, "Delete", {"id": note["id"], "type": "Tombstone"}, 1)
    await say(node, evil, delete)
    await settled(node, evil)
    assert await node.read(posts.by_uri, note["id"]) is not None  # it is still there
    del peer.documents["/notes/1"]
    await say(node, evil, delete | {"id": f"{peer.origin}/activities/2"})
    await until(lambda: count(node, "select count(*) = 0 from posts"))


@pytest.mark.parametrize(
    "structure", [{"@graph": []}, {"@included": []}, {"@reverse": {}}, {"object": {"@graph": []}}], ids=str
)
async def test_structures_that_hide_documents_are_refused(node, peer, structure):
    """A25."""
    assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")) | structure) == 400


async def test_a_key_that_stands_twice_is_refused(node, peer):
    body = v.dump(peer.create(peer.note()))
    twice = body.replace(b'"type":"Create"', b'"type":"Create","type":"Create"')
    assert await peer.post(f"{node.origin}/inbox", twice) == 400
    assert await peer.post(f"{node.origin}/inbox", body) == 202


async def test_what_its_server_does_not_show_to_us_is_not_deleted_by_others(node, peer, evil):
    """A post for followers answers 404 to our Application too; so does one that is still to be written."""
    hers = await known(node, peer, 1, to=[f"{peer.uri}/followers"], cc=[])
    later = f"{peer.origin}/notes/2"
    del peer.documents["/notes/1"]
    for number, uri in enumerate((hers["id"], later, peer.uri), 70):
        forged = of(peer, "Delete", uri, number)
        await say(node, evil, forged)
    peer.documents.pop("/users/badr")
    await say(node, evil, of(peer, "Delete", peer.uri, 80))
    await settled(node, evil)
    assert await node.read(posts.by_uri, hers["id"]) is not None
    assert (await node.read(actors.by_uri, peer.uri))["gone"] is None
    peer.documents["/users/badr"] = peer.actor()
    await known(node, peer, 2)


async def test_nor_what_a_server_hides_that_does_not_know_us_any_more(node, peer, evil):
    """It answers 404 to all that we ask, the author included."""
    note = await known(node, peer, 1)
    peer.documents.clear()
    await say(node, evil, of(peer, "Delete", note["id"], 71))
    await settled(node, evil)
    assert await node.read(posts.by_uri, note["id"]) is not None


def proving(peer: Peer) -> Callable[..., dict[str, Any]]:
    """A maker of proofs by the peer's own key: of an activity, as of so many hours ago."""
    private = pair.load(pair.new_ed25519())
    method = f"{peer.uri}#ed25519-key"
    key = {"id": method, "type": "Multikey", "controller": peer.uri, "publicKeyMultibase": pair.public_of(private)}
    peer.documents["/users/badr"] = peer.actor(assertionMethod=[key])

    def prove(activity: dict[str, Any], hours: float) -> dict[str, Any]:
        at = now() - int(hours * 3_600_000)
        return proofs.attach(activity, method, lambda message: pair.sign(private, message), at)

    return prove


@pytest.mark.parametrize("hours, done", [(13, 0), (24 * 31, 0), (11, 1)])
async def test_what_was_taken_back_since_is_not_done_again(node, peer, evil, hours, done):
    """Its proof is for ever, and anybody may bring it: after some hours its origin is asked whether it still holds."""
    prove = proving(peer)
    note = await known(node, peer, 1)
    await say(node, evil, prove(of(peer, "Like", note["id"], 1), hours))
    never_sent = peer.note(2)
    await say(node, evil, prove(peer.create(never_sent), hours))
    del peer.documents["/notes/2"]  # deleted there, and we were not told: we had never had it
    await settled(node, evil)
    assert await count(node, "select count(*) from reactions") == done
    assert (await node.read(posts.by_uri, never_sent["id"]) is not None) == bool(done)


async def test_an_old_word_that_still_holds_is_brought_by_others(node, peer, evil):
    prove = proving(peer)
    note = await known(node, peer, 1)
    like = peer.documents["/activities/1"] = of(peer, "Like", note["id"], 1)
    await say(node, evil, prove(like, 24 * 40))
    await say(node, evil, prove(peer.create(peer.note(2, content="<p>as it is now</p>")), 24 * 40))
    await settled(node, evil)
    assert await count(node, "select count(*) from reactions") == 1
    assert "as it is now" in (await node.read(posts.by_uri, f"{peer.origin}/notes/2"))["content"]


async def test_a_proof_that_does_not_say_when_it_was_made_is_none_by_itself(node, peer, evil):
    private = pair.load(pair.new_ed25519())
    method = f"{peer.uri}#ed25519-key"
    key = {"id": method, "type": "Multikey", "controller": peer.uri, "publicKeyMultibase": pair.public_of(private)}
    peer.documents["/users/badr"] = peer.actor(assertionMethod=[key])
    note = await known(node, peer, 1)
    like = of(peer, "Like", note["id"], 1)
    options = {"@context": v.AS2, "type": "DataIntegrityProof", "cryptosuite": proofs.SUITE,
               "verificationMethod": method, "proofPurpose": "assertionMethod"}  # fmt: skip
    made = options | {"proofValue": pair.to_multibase(pair.sign(private, proofs._hash(like, options)))}
    await say(node, evil, like | {"proof": made})
    await settled(node, evil)
    assert await count(node, "select count(*) from reactions") == 0


async def test_an_old_word_about_oneself_does_not_come_back(node, peer, evil):
    """With its proof anybody can send it again, and old keys would be good once more."""
    private = pair.load(pair.new_ed25519())
    method = f"{peer.uri}#ed25519-key"
    key = {"id": method, "type": "Multikey", "controller": peer.uri, "publicKeyMultibase": pair.public_of(private)}
    old, new = (
        peer.actor(assertionMethod=[key], name=name, updated=f"2026-0{month}-01T00:00:00Z")
        for name, month in (("Old", 1), ("New", 2))
    )
    await say(node, peer, of(peer, "Update", new, 1))
    again = proofs.attach(of(peer, "Update", old, 2), method, lambda m: pair.sign(private, m), now())
    await say(node, evil, again)
    await settled(node, evil)
    assert await count(node, "select count(*) from received where state = 'done'") == 2  # its proof held
    assert (await node.read(actors.by_uri, peer.uri))["display"] == "New"
