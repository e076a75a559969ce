"""What other software really sends: every recorded payload, with the outcome that its index names.

Two ways in.  Over HTTP: each activity moved to the peer's own address, truly signed.
In the database: the payload under its own names, handed to the makers that a fetch or
a signature leads to.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from federation import actors as documents
from federation import discovery, resolve
from federation import vocabulary as v
from federation.handlers import follow
from federation.kinds import table
from node.errors import Invalid, NotFound
from node.people import actors, follows, listing
from node.posts import posts, publishing, tombstones
from node.posts.posts import New
from node.store import Database
from tests.conftest import until
from tests.federation import payload_posts
from tests.federation.payload_world import HOST, NAMES, VOCABULARY, Check, Outcomes, World, is_activity, read
from tests.world import AMAL, NOW, ORIGIN

OUTCOMES = Outcomes()
outcome = OUTCOMES.of

# ── over HTTP ─────────────────────────────────────────────────────────────────


@pytest.mark.slow
async def test_every_activity_is_taken_and_the_worker_goes_on(shared, node, peer):
    """202 for all of them, known types or not; none breaks anything; the last one is acted on like the first."""
    count = 0
    for name in NAMES:
        if not is_activity(read(name)):
            continue
        document = moved(peer, name)
        actor = v.one_id(document["actor"])
        serve(peer, actor)
        assert await peer.post(f"{node.origin}/inbox", document, key_id=f"{actor}#main-key") == 202, name
        count += 1
    assert count > 50
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), 99))
    await peer.wait_for(lambda one: one["type"] == "Accept" and v.one_id(one["object"]).endswith("/follows/99"))

    def broken(db: Database) -> list[Any]:
        rows = db.rows("select activity, error from received where state = 'failed'").fetchall()
        return [tuple(row) for row in rows if re.match(r"[A-Z]\w*(Error|Exception)\(", row["error"] or "")]

    def waiting(db: Database) -> int:
        return int(db.value("select count(*) from received where state = 'waiting' and error = ''"))

    async def quiet() -> bool:
        return not await node.read(waiting)

    await until(quiet, 20)
    assert await node.read(broken) == []


RELAYED = {
    "lemmy__announce_create_page": "Page", "piefed__announce_create_page": "Page", "nodebb__announce_create_note": "Note",
    "nodebb__announce_note": "Note", "wordpress__announce_update_article": "Article",
}  # fmt: skip


@pytest.mark.slow
async def test_what_a_group_passes_on_is_kept_when_its_author_said_it(shared, node, peer):
    """FEP-1b12 of five servers: the inner object as its own server has it, in the name of its own author."""
    for name, kind in RELAYED.items():
        document = moved(peer, name)
        group = v.one_id(document["actor"])
        found = document["object"]
        note = found if v.type_of(found) == kind else found["object"]
        author = v.one_id(note["attributedTo"])
        serve(peer, author, "Person")
        serve(peer, group, "Group")
        peer.documents[note["id"].removeprefix(peer.origin).partition("?")[0]] = note
        row = await resolve.actor(node.bridge, group)
        amal = await node.read(actors.by_uri, node.uri("amal"))
        await node.write(follows.keep, amal["id"], row["id"], f"{node.origin}/activities/{row['id']}", True, NOW)
        assert await peer.post(f"{node.origin}/inbox", document, key_id=f"{group}#main-key") == 202, name
        post = await until(lambda uri=note["id"]: node.read(posts.by_uri, uri))
        assert (await node.read(actors.get, post["author"]))["uri"] == author, name
        assert post["title"] == (note.get("name") or "") or post["kind"] == "topic", name


def moved(peer: Any, name: str) -> dict[str, Any]:
    """The payload with every address of its servers below the peer's own."""
    text = HOST.sub(
        lambda found: found.group() if VOCABULARY.match(found.group()) else f"{peer.origin}/{name}",
        json.dumps(read(name), ensure_ascii=False),
    )
    document: dict[str, Any] = json.loads(text)
    return document


def serve(peer: Any, actor: str, kind: str = "Person") -> None:
    """The peer shows an actor of this id, with its own key."""
    key = {**peer.actor()["publicKey"], "id": f"{actor}#main-key", "owner": actor}
    shown = peer.actor() | {"id": actor, "type": kind, "inbox": f"{peer.origin}/inbox", "publicKey": key}
    peer.documents[actor.removeprefix(peer.origin).partition("?")[0]] = shown


# ── in the database ───────────────────────────────────────────────────────────


@pytest.fixture
def world(db: Database, shared: Path) -> World:
    return World(db)


# ── relations ─────────────────────────────────────────────────────────────────


@outcome("mastodon__follow", "osada__follow_inlined_actor", "lemmy__follow")
def follow_us(world: World) -> None:
    for name in ("mastodon__follow", "osada__follow_inlined_actor", "lemmy__follow"):
        document = read(name) | {"object": AMAL.uri}
        follower = world.know(v.one_id(document["actor"]))
        assert world.hear(document) == "done"
        known = follows.get(world.db, follower["id"], AMAL.id(world.db))
        assert known is not None and known["state"] == "accepted"
        letter = world.db.row("select * from letters order by id desc limit 1")
        assert letter is not None and letter["type"] == "Accept"


@outcome("mastodon__undo_follow")
def unfollow_us(world: World) -> None:
    document = read("mastodon__undo_follow")
    document["object"]["object"] = AMAL.uri
    follower = world.know(document["actor"])
    follows.keep(world.db, follower["id"], AMAL.id(world.db), document["object"]["id"], True, NOW)
    assert world.hear(document) == "done"
    assert follows.get(world.db, follower["id"], AMAL.id(world.db)) is None


@outcome("mastodon__accept_follow", "relay__accept_follow", "fepae0c__relay_accept")
def accepted(world: World) -> None:
    for name in ("mastodon__accept_follow", "relay__accept_follow", "fepae0c__relay_accept"):
        document = read(name)
        target = world.know(document["actor"])
        follow.ask(world.db, AMAL.row(world.db), target, NOW)
        known = follows.get(world.db, AMAL.id(world.db), target["id"])
        assert known is not None and known["state"] == "pending"
        stranger = document | {"actor": "https://evil.example/u", "id": "https://evil.example/1"}
        stranger["object"] = {**document["object"], "id": known["activity"], "actor": AMAL.uri}
        world.know("https://evil.example/u")
        world.hear(stranger | {"id": f"https://evil.example/{name}"})
        assert follows.get(world.db, AMAL.id(world.db), target["id"])["state"] == "pending"
        document["object"] |= {"id": known["activity"], "actor": AMAL.uri, "object": target["uri"]}
        assert world.hear(document) == "done"
        assert follows.get(world.db, AMAL.id(world.db), target["id"])["state"] == "accepted"


@outcome("misskey__like_with_reaction", "mastodon__undo_like_object_is_id")
def likes(world: World) -> None:
    like = read("misskey__like_with_reaction") | {"id": "http://mastodon.example.org/users/admin#likes/2"}
    post = world.ours(like["object"])
    world.know(like["actor"])
    assert world.hear(like) == "done"
    assert posts.get(world.db, post["id"])["likes"] == 1
    assert world.hear(read("mastodon__undo_like_object_is_id")) == "done"
    assert posts.get(world.db, post["id"])["likes"] == 0
    assert world.hear(read("mastodon__undo_like_object_is_id") | {"id": "http://mastodon.example.org/3"}) == "done"


@outcome("mastodon__announce", "gotosocial__announce_scalars", "gotosocial__announce_with_approval", "kroeg__announce_inline_actor",
         "peertube__announce_video")  # fmt: skip
def boosts(world: World) -> None:
    for name in ("mastodon__announce", "gotosocial__announce_scalars", "gotosocial__announce_with_approval", "kroeg__announce_inline_actor",
                 "peertube__announce_video"):  # fmt: skip
        document = read(name)
        post = world.ours(v.one_id(document["object"]))
        world.send(name)
        booster = actors.by_uri(world.db, v.one_id(document["actor"]))
        assert booster is not None and posts.boost_by(world.db, booster["id"], post["id"]) is not None, name
        assert posts.get(world.db, post["id"])["boosts"] == 1


# ── actors ────────────────────────────────────────────────────────────────────

PEOPLE = {
    "constructed__person_arabic_name": "Person", "gancio__application_actor": "Application", "guppe__group": "Group",
    "lemmy__group": "Group", "lemmy__instance_application": "Application", "mastodon__person": "Person",
    "nodebb__person": "Person", "owncast__service_attachment_object": "Service", "peertube__group_channel": "Group",
    "piefed__group": "Group", "pleroma__person": "Person", "pleroma__person_without_name": "Person",
    "wordpress__group_blog": "Group", "wordpress_pterotype__organization": "Organization",
}  # fmt: skip


@outcome(*PEOPLE)
def people(world: World) -> None:
    for name, kind in PEOPLE.items():
        document = read(name)
        row = world.actor(name)
        assert row["type"] == kind and row["inbox"] == document["inbox"], name
        assert row["display"] or not (document.get("name") or "").strip()
        assert "<script" not in row["summary"]
        keys = world.db.rows("select id, public from actor_keys where actor = ?", (row["id"],)).fetchall()
        if name in ("constructed__person_arabic_name", "piefed__group"):
            assert keys == []  # 1024 bits, and no key at all: nothing that they sign would be believed
        elif "publicKey" in document:
            assert [one["id"] for one in keys] == [document["publicKey"]["id"]], name
    arabic_ = world.actor("constructed__person_arabic_name")
    assert arabic_["name"].isascii() and not arabic_["display"].isascii() and json.loads(arabic_["fields"])
    assert world.actor("lemmy__group")["moderators"] == read("lemmy__group")["attributedTo"]
    assert (
        world.actor("mastodon__person")["fields"] != ""
        and world.actor("pleroma__person_without_name")["name"] == "mewmew"
    )
    assert world.actor("peertube__group_channel")["icon"].startswith("https://")
    assert json.loads(world.actor("owncast__service_attachment_object")["fields"])
    found = listing.find(world.db, "enterprise")
    assert all(one["type"] != "Application" for one in found)


@outcome("mastodon__update_person")
def actor_updated(world: World) -> None:
    document = read("mastodon__update_person")
    row = world.know(document["actor"], name="before")
    assert world.hear(document) == "done"
    assert actors.get(world.db, row["id"])["display"] == document["object"]["name"]


@outcome("gotosocial__actor_stub_for_key")
def stub(world: World) -> None:
    """An actor that shows its key and nothing else is no actor yet: its owner is asked for, signed (test_fetch)."""
    document = read("gotosocial__actor_stub_for_key")
    with pytest.raises(Invalid):
        documents.read(document, True)
    assert v.one_id(document["publicKey"]["owner"]) == document["id"]


@outcome("friendica__followers_collection", "mastodon__followers_hidden", "mobilizon__members_collection",
         "lemmy__group_featured_collection", "nodebb__context_conversation_old")  # fmt: skip
def collections(world: World) -> None:
    """None of them is a post, whoever serves it as one."""
    for name in ("friendica__followers_collection", "mastodon__followers_hidden", "mobilizon__members_collection",
                 "lemmy__group_featured_collection", "nodebb__context_conversation_old"):  # fmt: skip
        assert table.reader(read(name)) is None, name


# ── events ────────────────────────────────────────────────────────────────────


@outcome(
    "gancio__create_event_minimal", "mobilizon__create_event", "mobilizon__create_event_by_group", "mobilizon__event",
    "mobilizon__event_2020", "constructed__event_nulls_and_ints", "fep8a8e__event_attendees", "fep8a8e__event_external_join",
)  # fmt: skip
def events(world: World) -> None:
    gancio = world.sent("gancio__create_event_minimal")
    details = posts.details(gancio)
    assert gancio["kind"] == "event" and gancio["title"] == "Demo event"
    assert (
        details["place"]["name"] == "Colosseo"
        and details["start"] == 1_626_276_657_000
        and details["end"] > details["start"]
    )
    assert world.db.value("select written from post_tags where post = ?", (gancio["id"],)) == "test"
    assert world.sent("mobilizon__create_event")["kind"] == "event"
    group = world.know("http://mobilizon1.com/@group", "Group")
    by_group = world.sent("mobilizon__create_event_by_group")
    assert by_group["kind"] == "event" and by_group["on_behalf"] == group["id"]
    assert actors.get(world.db, by_group["author"])["uri"] == "http://mobilizon1.com/@user"
    whole = world.fetched("mobilizon__event")
    assert whole is not None and whole["title"] == "Caledonian scottish dance class"
    details = posts.details(whole)
    assert details["timezone"] == "Europe/London" and details["join"] == "free" and details["status"] == "CONFIRMED"
    assert details["place"]["name"] == "The Kenn Centre" and details["place"]["locality"] == "Teignbridge"
    older = world.fetched("mobilizon__event_2020")
    assert (
        older is not None and older["kind"] == "event" and posts.details(older)["end"] >= posts.details(older)["start"]
    )
    odd = world.fetched("constructed__event_nulls_and_ints")
    assert odd is not None and (posts.details(odd)["place"]["latitude"], posts.details(odd)["place"]["longitude"]) == (
        34,
        10,
    )
    for name in ("fep8a8e__event_attendees", "fep8a8e__event_external_join"):
        host = "https://example.org/users/o"
        event = world.fetched(name, attributedTo=host, to=[v.PUBLIC])
        assert event is not None and event["kind"] == "event" and event["title"] == read(name)["name"]
    assert posts.details(event)["join"] == "external"


@outcome("mobilizon__join_event", "mobilizon__leave_event")
def answers(world: World) -> None:
    join = read("mobilizon__join_event")
    event = world.ours(join["object"])
    world.db.execute("update posts set kind = 'event' where id = ?", (event["id"],))
    posts.change(world.db, event["id"], details={"start": NOW + 86_400_000, "join": "free"})
    guest = world.know(join["actor"])
    assert world.hear(join) == "done"
    assert (
        world.db.value("select answer from answers where post = ? and actor = ?", (event["id"], guest["id"])) == "yes"
    )
    letter = world.db.row("select * from letters order by id desc limit 1")
    assert letter is not None and letter["type"] == "Accept"
    assert world.hear(read("mobilizon__leave_event") | {"id": "http://mobilizon2.test/leave/1"}) == "done"
    assert world.db.value("select count(*) from answers where post = ?", (event["id"],)) == 0


# ── moderation ────────────────────────────────────────────────────────────────


@outcome("mastodon__flag")
def flag(world: World) -> None:
    document = read("mastodon__flag")
    post = world.ours(f"{ORIGIN}/posts/1")
    world.know(document["actor"], "Application")
    assert world.hear(document | {"object": [AMAL.uri, post["uri"]]}) == "done"
    assert world.count("reports") == 1
    assert world.hear(document | {"id": "https://mastodon.example/2"}) in (
        "done",
        "They do not live here.",
        "nothing of ours",
    )
    assert world.count("reports") == 1  # what is reported lives elsewhere


@outcome("lemmy__undo_delete_page")
def restored(world: World) -> None:
    document = read("lemmy__undo_delete_page")
    author = world.know(document["actor"])
    uri = document["object"]["object"]
    publishing.keep(world.db, New(uri=uri, kind="page", author=author["id"], visibility="public", published=NOW), NOW)
    assert world.hear(document["object"]) == "done"
    assert posts.by_uri(world.db, uri) is None and tombstones.find(world.db, uri) is not None
    world.hear(document)
    assert world.db.value("select count(*) from tasks where name = ?", (f"restored {uri}",)) == 1  # its server is asked


# ── finding each other ────────────────────────────────────────────────────────


@outcome("webfinger__mastodon", "webfinger__friendica_many_links")
def jrd(world: World) -> None:
    for name in ("webfinger__mastodon", "webfinger__friendica_many_links"):
        link = next(
            one["href"] for one in read(name)["links"] if one["rel"] == "self" and "activity+json" in one["type"]
        )
        assert discovery.read_jrd(v.dump(read(name)), True) == link


@outcome("nodeinfo__discovery_regular", "nodeinfo__discovery_older_versions", "nodeinfo__document_mastodon")
def nodeinfo(world: World) -> None:
    regular = read("nodeinfo__discovery_regular")
    assert discovery.choose_nodeinfo(regular) == regular["links"][0]["href"]
    with pytest.raises(NotFound):
        discovery.choose_nodeinfo(read("nodeinfo__discovery_older_versions"))
    assert read("nodeinfo__document_mastodon")["software"]["name"] == "mastodon"


EVERY = [*payload_posts.OUTCOMES.items(), *OUTCOMES.items()]


@pytest.mark.parametrize("check", dict.fromkeys(check for _, check in EVERY), ids=lambda check: check.__name__)
def test_payloads_come_out_as_their_index_says(world: World, check: Check) -> None:
    check(world)


def test_no_payload_is_forgotten(shared: Path) -> None:
    checked = [name for name, _ in EVERY]
    only_over_http = {
        name for name in set(NAMES) - set(checked) if is_activity(read(name)) or v.type_of(read(name)) == "Event"
    }
    assert len(checked) == len(set(checked))
    assert set(NAMES) == set(checked) | only_over_http
