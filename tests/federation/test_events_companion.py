"""The Note that stands for an event where events are not read: sent once, answered as the event is, shown nowhere beside it."""

from typing import Any

import pytest

from federation import companions, meetings, outbox, projects, resolve
from federation.bridge import now
from node.errors import Forbidden
from node.network import events
from node.network import projects as kept
from node.people import actors, memberships
from node.posts import posts
from node.store import Database, Row
from tests.conftest import Node, Peer, until
from tests.federation import test_wire
from tests.federation.forum_world import become_member, known_software, open_forum, says
from tests.federation.network_world import document, row_of, user, with_project
from tests.federation.test_events_together import announced
from tests.federation.test_events_words_taken_back import deletion, sends
from tests.federation.test_protocol_events import answer_of, theirs, workshop
from tests.federation.test_protocol_people import follows_peer, settled
from tests.federation.test_two_nodes import follow


async def followed_from(node: Node, peer: Peer, software: str, *names: str) -> None:
    """Badr follows them, from a server of this software."""
    if software:
        says(peer, software)
    for number, name in enumerate(names):
        asked = {"id": f"{peer.origin}/follows/{number}", "type": "Follow", "actor": peer.uri, "object": node.uri(name)}
        await sends(node, peer, asked)
        await peer.wait_for(lambda one, name=name: one["type"] == "Accept" and one["actor"] == node.uri(name))
    if software:
        await known_software(node, peer)


def heard(peer: Peer, kind: str) -> list[dict[str, Any]]:
    return [one for one in peer.received if one["type"] == kind]


async def test_a_microblog_gets_the_note_once_and_never_the_event(node: Node, peer: Peer) -> None:
    await followed_from(node, peer, "mastodon", "amal", "tanmia")
    event = await node.write(announced)
    note = companions.uri_of(event)
    made = await peer.wait_for(lambda one: one["type"] == "Create")
    said = made["object"]
    assert (said["type"], said["id"], said["attributedTo"]) == ("Note", note, node.uri("amal"))
    assert said["asso:companionOf"] == event["uri"] and said["url"] != event["url"]
    [link] = [one for one in said["tag"] if one["type"] == "Link"]
    assert (link["rel"], link["href"]) == ("alternate", event["uri"])
    assert (
        "<strong>تنظيف الشاطئ</strong>" in said["content"]
        and "المحمدية" in said["content"]
        and event["url"] in said["content"]
    )
    shared = await peer.wait_for(lambda one: one["type"] == "Announce")
    assert (shared["actor"], shared["object"]) == (node.uri("tanmia"), note)
    await settled(node)
    assert len(heard(peer, "Create")) == len(heard(peer, "Announce")) == 1
    served = await document(node, note.removeprefix(node.origin))
    assert {key: served[key] for key in ("id", "type", "content")} == {
        key: said[key] for key in ("id", "type", "content")
    }
    assert (await document(node, f"/posts/{event['id']}/note/activity"))["id"] == made["id"]
    test_wire._post(said)
    page = await node.get(f"/posts/{event['id']}/note", accept="text/html")
    assert (page.status, page.headers["Location"]) == (302, event["url"])
    outbox_ = await document(node, "/users/amal/outbox?page=1")
    assert note not in str(outbox_)


async def test_what_is_done_to_the_note_is_done_to_the_event(node: Node, peer: Peer) -> None:
    await followed_from(node, peer, "mastodon", "amal")
    event = await node.write(announced)
    note = (await peer.wait_for(lambda one: one["type"] == "Create"))["object"]
    liked = {"id": f"{peer.origin}/likes/1", "type": "Like", "actor": peer.uri, "object": note["id"]}
    await sends(node, peer, liked)
    await sends(node, peer, {"id": f"{peer.origin}/boosts/1", "type": "Announce", "actor": peer.uri, "object": note["id"],
                             "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": []})  # fmt: skip
    word = peer.note(5, content="<p>حاضر</p>", inReplyTo=note["id"], cc=[node.uri("amal")])
    await sends(node, peer, peer.create(word))
    row = await node.read(posts.get, event["id"])
    assert (row["likes"], row["replies"]) == (1, 1) and row["boosts"] >= 1
    assert await answer_of(node, event["id"], peer.uri) == ("yes", "accepted")
    await sends(node, peer, deletion(peer, word))
    assert await answer_of(node, event["id"], peer.uri) is None
    await sends(node, peer, {"id": f"{peer.origin}/undos/1", "type": "Undo", "actor": peer.uri, "object": liked})
    assert (await node.read(posts.get, event["id"]))["likes"] == 0


async def test_a_change_and_the_end_reach_the_note(node: Node, peer: Peer) -> None:
    await followed_from(node, peer, "mastodon", "amal", "tanmia")
    event = await node.write(announced)
    note = companions.uri_of(event)
    await peer.wait_for(lambda one: one["type"] == "Create")
    await node.write(lambda db: meetings.cancel(db, posts.get(db, event["id"]), now()))
    changed = await peer.wait_for(lambda one: one["type"] == "Update")
    assert (changed["object"]["id"], changed["object"]["type"]) == (note, "Note") and "أُلغي" in changed["object"][
        "content"
    ]
    assert changed["object"]["updated"]
    assert "أُلغي" in (await document(node, f"/posts/{event['id']}/note/activity"))["object"]["content"]
    await node.write(lambda db: outbox.delete(db, posts.get(db, event["id"]), now()))
    await peer.wait_for(lambda one: one["type"] == "Delete" and one["object"]["id"] == note)
    assert (await node.get(f"/posts/{event['id']}/note")).status == 410
    assert len(heard(peer, "Update")) == 1


@pytest.mark.parametrize("software", ["", "mobilizon", "friendica", "tashbik", "piefed"])
async def test_who_reads_events_or_may_do_so_gets_the_event_alone(node: Node, peer: Peer, software: str) -> None:
    await followed_from(node, peer, software, "amal", "tanmia")
    event = await node.write(announced)
    made = await peer.wait_for(lambda one: one["type"] == "Create")
    shared = await peer.wait_for(lambda one: one["type"] == "Announce")
    assert (made["object"]["id"], shared["object"]) == (event["uri"], event["uri"])
    await settled(node)
    assert len(heard(peer, "Create")) == 1


async def test_who_had_the_event_first_stays_with_it(node: Node, peer: Peer) -> None:
    await followed_from(node, peer, "", "amal")
    event = await node.write(announced)
    await peer.wait_for(lambda one: one["type"] == "Create")
    await node.write(
        lambda db: db.execute("update hosts set software = 'mastodon', asked = ? where host = ?", (now(), peer.host))
    )
    await node.write(lambda db: meetings.cancel(db, posts.get(db, event["id"]), now()))
    changed = await peer.wait_for(lambda one: one["type"] == "Update")
    assert changed["object"]["id"] == event["uri"]


async def test_a_person_s_own_event_goes_out_as_it_is(node: Node, peer: Peer) -> None:
    await followed_from(node, peer, "mastodon", "amal")
    event = await node.write(lambda db: outbox.publish(db, row_of(db, node.uri("amal")), workshop(), now()))
    assert (await peer.wait_for(lambda one: one["type"] == "Create"))["object"]["id"] == event["uri"]
    assert (await node.get(f"/posts/{event['id']}/note")).status == 404


@pytest.mark.parametrize(
    ("software", "whole"), [("nodebb", "Note"), ("mbin", "Note"), ("lemmy", "Event"), ("mastodon", "")]
)
async def test_a_forum_passes_on_what_its_members_servers_read(
    node: Node, peer: Peer, software: str, whole: str
) -> None:
    forum = await open_forum(node)
    await become_member(node, peer, forum, software)

    def publish(db: Database) -> Row:
        draft = workshop()
        draft.place = forum["id"]
        return outbox.publish(db, row_of(db, node.uri("amal")), draft, now())

    event = await node.write(publish)
    note = companions.uri_of(event)
    await peer.wait_for(lambda one: one["type"] == "Announce")
    await settled(node)
    carried = [one["object"] for one in heard(peer, "Announce")]
    if not whole:
        assert carried == [note]
        return
    [create] = carried
    assert (create["type"], create["object"]["type"]) == ("Create", whole)
    assert create["object"]["id"] == (note if whole == "Note" else event["uri"])
    assert forum["uri"] in create["object"]["audience"]
    await node.write(lambda db: outbox.delete(db, posts.get(db, event["id"]), now()))
    await peer.wait_for(lambda one: (one["type"] == "Delete" and one["object"]["id"] == create["object"]["id"]) or (
        one["type"] == "Announce" and one["object"]["type"] == "Delete"))  # fmt: skip


async def test_a_node_of_ours_never_shows_both(node: Node, other: Node, peer: Peer) -> None:
    here = other.token()
    await follow(other, here, f"amal@{node.host}")
    event = await node.write(announced)
    note = companions.uri_of(event)
    seen = await until(lambda: other.read(posts.by_uri, event["uri"]))
    assert (await resolve.post(other.bridge, note))["id"] == seen["id"]
    await follows_peer(other, peer)
    await sends(other, peer, {"id": f"{peer.origin}/boosts/1", "type": "Announce", "actor": peer.uri, "object": note,
                              "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": []})  # fmt: skip
    badr = await other.read(row_of, peer.uri)
    assert await until(lambda: other.read(posts.boost_by, badr["id"], seen["id"]))
    home = await other.api("GET", "/api/v1/timelines/home", here)
    assert {(one["reblog"] or one)["uri"] for one in home} == {event["uri"]}
    assert await other.read(lambda db: db.value("select count(*) from posts where boost_of is null")) == 1


async def test_a_note_whose_event_is_unknown_brings_the_event(node: Node, other: Node) -> None:
    event = await node.write(announced)
    found = await resolve.post(other.bridge, companions.uri_of(event))
    assert (found["kind"], found["uri"]) == ("event", event["uri"])


async def test_what_a_peer_says_of_its_note_leaves_the_event_alone(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    event = theirs(peer)
    await sends(node, peer, peer.create(event))
    note = peer.note(9, content="<p>Workshop tomorrow</p>") | {
        "id": event["id"] + "/note",
        "asso:companionOf": event["id"],
    }
    await sends(node, peer, peer.create(note))
    known = await node.read(posts.by_uri, event["id"])
    await sends(node, peer, {"id": f"{note['id']}#u", "type": "Update", "actor": peer.uri, "to": note["to"], "cc": [],
                             "object": note | {"updated": "2036-01-01T00:00:00Z", "content": "<p>other words</p>"}})  # fmt: skip
    await sends(
        node,
        peer,
        {"id": f"{note['id']}#delete", "type": "Delete", "actor": peer.uri, "object": note["id"], "to": note["to"]},
    )
    after = await node.read(posts.by_uri, event["id"])
    assert after["content"] == known["content"]
    assert await node.read(lambda db: db.value("select count(*) from posts")) == 1


async def test_nobody_hides_a_post_of_another_server(node: Node, other: Node, peer: Peer) -> None:
    event = await other.write(announced)
    await resolve.post(node.bridge, event["uri"])
    await follows_peer(node, peer)
    note = peer.note(3, content="<p>Look at this</p>", **{"asso:companionOf": event["uri"]})
    await sends(node, peer, peer.create(note))
    assert await node.read(posts.by_uri, note["id"]) is not None, "an ordinary note"
    assert await node.read(events.coming, (await node.read(posts.by_uri, event["uri"]))["id"]) == 0


def test_a_draft_s_event_for_few_has_no_note(db: Database) -> None:
    amal, tanmia = actors.ours(db, "amal"), actors.ours(db, "tanmia")
    assert amal is not None and tanmia is not None
    draft = workshop()
    draft.visibility, draft.on_behalf = "followers", tanmia["id"]
    assert not companions.has_one(outbox.publish(db, amal, draft, now()))


# ── a new project ─────────────────────────────────────────────────────────────


async def test_a_new_project_is_announced_by_a_note_that_leads_to_it(node: Node, other: Node, peer: Peer) -> None:
    await followed_from(node, peer, "mastodon", "tanmia")
    here = other.token()
    await follow(other, here, f"tanmia@{node.host}")
    count = "select count(*) from follows where state = 'accepted'"
    await until(lambda: node.read(lambda db: db.value(count) == 2))
    project = await node.write(with_project)
    made = await node.write(lambda db: projects.announce(db, user(db), actors.get(db, project["id"]), now()))
    said = (await peer.wait_for(lambda one: one["type"] == "Create"))["object"]
    assert (said["type"], said["attributedTo"], said["asso:companionOf"]) == (
        "Note",
        node.uri("tanmia"),
        project["uri"],
    )
    [link] = [one for one in said["tag"] if one["type"] == "Link"]
    assert (link["rel"], link["href"]) == ("alternate", project["uri"])
    assert "مشروع جديد: الواحة الخضراء" in said["content"] and project["url"] in said["content"]
    await until(lambda: other.read(posts.by_uri, made["uri"]))
    known = await until(lambda: other.read(actors.by_uri, project["uri"]))
    assert known["role"] == "project", "the project is known there too"
    home = await until(lambda: other.api("GET", "/api/v1/timelines/home", here))
    assert [one["uri"] for one in home] == [made["uri"]]


async def test_who_follows_later_knows_the_project_too(node: Node, other: Node, peer: Peer) -> None:
    await followed_from(node, peer, "mastodon", "tanmia")
    project = await node.write(with_project)
    made = await node.write(lambda db: projects.announce(db, user(db), actors.get(db, project["id"]), now()))
    await follow(other, other.token(), f"tanmia@{node.host}")
    await until(lambda: other.read(posts.by_uri, made["uri"]))
    known = await other.read(actors.by_uri, project["uri"])
    assert known is not None and known["role"] == "project"


def test_only_the_team_announces_its_project(db: Database) -> None:
    project = with_project(db)
    memberships.take(db, user(db, "yto"), row_of(db, projects_of(db, project))["id"])
    with pytest.raises(Forbidden):
        projects.announce(db, user(db, "yto"), project, now())


def projects_of(db: Database, project: Row) -> str:
    return kept.get(db, project["id"]).owner_uri


async def test_apps_that_look_for_the_note_find_the_event(node: Node) -> None:
    event = await node.write(announced)
    found = await node.api("GET", f"/api/v2/search?resolve=true&q={companions.uri_of(event)}", node.token())
    assert [one["id"] for one in found["statuses"]] == [str(event["id"])]
