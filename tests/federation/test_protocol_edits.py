"""What peers say again: of a post that is another now, or the same; of an actor whom its own server shuts out."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from federation import vocabulary as v
from federation.kinds import attaching, reading
from node.people import actors
from node.posts import edits, media, polls, posts
from node.store import Row
from tests.conftest import Node, Peer, now, until
from tests.federation.test_protocol_people import follows_peer, settled

Again = Callable[..., Awaitable[Row]]


def options(*counted: tuple[str, int]) -> list[dict[str, Any]]:
    return [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": count}}
        for name, count in counted
    ]


@pytest.fixture
def again(node: Node, peer: Peer) -> Again:
    """The peer's note as it is here after it was said, or said again with something else."""
    said: dict[str, Any] = {}
    numbers = itertools.count()

    async def say(**more: Any) -> Row:
        kind = "Update" if said else "Create"
        said.update(said or peer.note(1))
        said.update(more)
        said_now = {key: value for key, value in said.items() if value is not None}
        activity = {"@context": v.AS2, "id": f"{peer.origin}/acts/{next(numbers)}", "type": kind, "actor": peer.uri,
                    "object": said_now}  # fmt: skip
        assert await peer.post(f"{node.origin}/inbox", activity) == 202
        await settled(node)
        found: Row = await node.read(posts.by_uri, said["id"])
        return found

    return say


async def test_counts_that_come_without_a_date_are_no_edit(node: Node, again: Again) -> None:
    asked = await again(type="Question", oneOf=options(("نعم", 0), ("لا", 0)), endTime="2027-01-01T00:00:00Z")
    counted = await again(oneOf=options(("نعم", 7), ("لا", 1)), votersCount=8)

    assert counted["edited"] is None and counted["version"] > asked["version"]
    assert [row["votes"] for row in await node.read(polls.options, asked["id"])] == [7, 1]
    assert await node.read(edits.of, asked["id"]) == []
    assert (await again(content="<p>another question</p>"))["edited"] is not None


async def test_a_choice_does_not_outlive_the_question(node: Node, again: Again) -> None:
    asked = await again(type="Question", oneOf=options(("a", 0), ("b", 0)))
    await node.api("POST", f"/api/v1/polls/{asked['id']}/votes", node.token(), json={"choices": [1]})
    await again(oneOf=options(("a", 0), ("c", 0), ("d", 0)), updated="2026-02-01T00:00:00Z")
    poll = await node.api("GET", f"/api/v1/polls/{asked['id']}", node.token())
    assert (poll["voted"], [one["title"] for one in poll["options"]]) == (False, ["a", "c", "d"])

    await node.api("POST", f"/api/v1/polls/{asked['id']}/votes", node.token(), json={"choices": [0]})
    await again(oneOf=options(("x", 0), ("y", 0)), updated="2026-01-15T00:00:00Z")  # said before: of another question
    poll = await node.api("GET", f"/api/v1/polls/{asked['id']}", node.token())
    assert (poll["voted"], [one["title"] for one in poll["options"]]) == (True, ["a", "c", "d"])


async def test_a_note_becomes_a_question_and_a_note_again(node: Node, again: Again) -> None:
    said = await again()
    await again(type="Question", oneOf=options(("a", 0), ("b", 0)), updated="2026-02-01T00:00:00Z")
    shown = await node.api("GET", f"/api/v1/statuses/{said['id']}", node.token())
    assert [one["title"] for one in shown["poll"]["options"]] == ["a", "b"]
    await again(type="Note", oneOf=None, updated="2026-02-02T00:00:00Z")
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}", node.token()))["poll"] is None


async def test_who_is_named_no_more_is_not_shown_as_named_and_may_still_read(node: Node, again: Again) -> None:
    mention = {"type": "Mention", "href": node.uri("amal"), "name": "@amal"}
    said = await again(to=[node.uri("amal")], cc=[], tag=[mention])
    assert [row["name"] for row in await node.read(posts.mentions, said["id"])] == ["amal"]
    await again(to=["https://elsewhere.example/users/x"], tag=[], content="<p>2</p>", updated="2026-02-01T00:00:00Z")
    assert await node.read(posts.mentions, said["id"]) == []
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}", node.token()))["mentions"] == []


async def test_a_picture_that_stays_keeps_its_id_and_address(node: Node, again: Again) -> None:
    first, second = ({"type": "Document", "mediaType": "image/png", "url": f"https://a.example/{n}.png"} for n in "12")
    said = await again(attachment=[first, second])
    before = await node.read(media.of, said["id"])
    await again(attachment=[second | {"name": "سد\nالوادي"}], updated="2026-02-01T00:00:00Z")
    [after] = await node.read(media.of, said["id"])
    assert (after["id"], after["key"], after["description"]) == (before[1]["id"], before[1]["key"], "سد\nالوادي")
    history = await node.api("GET", f"/api/v1/statuses/{said['id']}/history", node.token())
    assert [one["id"] for one in history[0]["media_attachments"]] == [str(after["id"])]


async def test_small_words_are_read_as_they_are_meant(again: Again) -> None:
    said = await again(contentMap={"EN": "<p>hello</p>"}, **{"as:sensitive": True})
    assert (said["language"], said["sensitive"]) == ("en", 1)


async def test_counts_of_the_posts_own_server_are_shown_where_they_are_more(
    node: Node, peer: Peer, again: Again
) -> None:
    counted = {"id": "https://a.example/likes", "type": "Collection"}
    said = await again(likes=counted | {"totalItems": 50}, shares=counted | {"totalItems": -1})
    path = f"/api/v1/statuses/{said['id']}"
    await node.api("POST", f"{path}/reblog", node.token())
    shown = await node.api("GET", path, node.token())
    assert (shown["favourites_count"], shown["reblogs_count"]) == (50, 1)
    page = await (await node.get(f"/@badr@{peer.host}/{said['id']}", "text/html")).text()
    assert '<span class="num">50</span>' in page
    assert (await node.read(posts.get, said["id"]))["likes"] == 0  # nothing here is ranked by them
    await again(likes="https://a.example/likes", shares={"totalItems": True}, updated="2026-02-01T00:00:00Z")
    assert (await node.api("GET", path, node.token()))["favourites_count"] == 0


@pytest.mark.parametrize(
    ("written", "tag"), [("EN", "en"), ("pt-br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("und", ""), ("a word", "")]
)
def test_a_language_is_spelled_one_way(written: str, tag: str) -> None:
    assert reading.words({"contentMap": {written: "x"}})[2] == tag


def test_a_long_description_stays_whole_in_its_lines() -> None:
    words = "\n".join(f"line {n} \u202e" for n in range(300))
    [one] = attaching.attachments({"attachment": {"type": "Image", "url": "https://a.example/1.png", "name": words}})
    assert one["description"] == "\n".join(f"line {n}" for n in range(300))


def test_of_two_lists_of_options_the_one_that_holds_some_counts() -> None:
    """Pleroma sends both, and the day on which it will be closed."""
    named = [{"type": "Note", "name": "a", "_misskey_votes": 3}, {"type": "Note", "name": "b"}]
    found = reading.poll({"oneOf": named, "anyOf": [], "closed": "2027-01-01T00:00:00Z"}, 1_767_225_600_000)
    assert found is not None
    assert (found["multiple"], found["options"]) == (False, [("a", 3), ("b", 0)])
    assert (found["closed"], found["closes"]) == (None, 1_798_761_600_000)


async def test_a_question_without_options_is_a_note(again: Again) -> None:
    assert (await again(type="Question", oneOf=[]))["kind"] == "note"


def test_the_size_of_a_picture_may_stand_beside_its_address() -> None:
    link = {"type": "Link", "href": "https://a.example/1.jpg", "mediaType": "image/jpeg", "width": 40, "height": 30}
    [one] = attaching.attachments({"attachment": [{"type": "Document", "url": [link]}]})
    assert (one["width"], one["height"], one["type"]) == (40, 30, "image/jpeg")


async def test_a_picture_that_is_sensitive_makes_its_post_so(again: Again) -> None:
    picture = {"type": "Document", "mediaType": "image/webp", "url": "https://a.example/1.webp", "sensitive": True}
    assert (await again(attachment=[picture], sensitive=False))["sensitive"] == 1


@pytest.mark.parametrize(
    ("verb", "thing", "kept"),
    [
        ("Create", {"type": "FeaturedCollection", "totalItems": 1, "orderedItems": []}, False),  # Mastodon 4.6
        ("Update", {"type": "FeaturedCollection", "totalItems": 1, "orderedItems": []}, False),
        ("Create", {"type": "Shelf", "totalItems": 0, "first": "https://a.example/1"}, False),  # BookWyrm
        ("Create", {"type": "SomeList", "items": []}, False),
        ("Update", {"type": "Edition", "title": "a book"}, False),
        ("Update", {"type": "SomeThing"}, False),
        ("Create", {"type": "SomeThing"}, True),
        ("Update", {"type": "Note"}, True),
    ],
)
async def test_what_nobody_means_to_tell_is_no_post(
    node: Node, peer: Peer, verb: str, thing: dict[str, Any], kept: bool
) -> None:
    told = {"id": f"{peer.origin}/things/1", "attributedTo": peer.uri, "name": "a name", "summary": "words", **thing}
    activity = {"@context": v.AS2, "id": f"{peer.origin}/acts/1", "type": verb, "actor": peer.uri, "to": [v.PUBLIC]}
    await peer.post(f"{node.origin}/inbox", activity | {"object": told})
    await settled(node)
    assert (await node.read(posts.by_uri, told["id"]) is not None) == kept


async def describe(node: Node, peer: Peer, number: int, **more: Any) -> Row:
    """The peer's actor as it is known here after it described itself so."""
    document = peer.actor(**more)
    update = {
        "@context": v.AS2,
        "id": f"{peer.origin}/u{number}",
        "type": "Update",
        "actor": peer.uri,
        "object": document,
    }
    peer.documents["/users/badr"] = document
    assert await peer.post(f"{node.origin}/inbox", update) == 202
    await settled(node)
    found: Row = await node.read(actors.by_uri, peer.uri)
    return found


async def test_a_line_of_a_profile_is_text_and_its_beginning_is_learnt_late(node: Node, peer: Peer) -> None:
    await describe(node, peer, 1)
    lines = [("Place", "Sfax"), ("List", ["a", "b"])]
    facts = [{"type": "PropertyValue", "name": name, "value": value} for name, value in lines]
    found = await describe(node, peer, 2, attachment=facts, published="2020-01-02T00:00:00Z", memorial=True)
    shown = await node.api("GET", f"/api/v1/accounts/{found['id']}", node.token())
    assert [one["name"] for one in shown["fields"]] == ["Place"]
    assert shown["created_at"].startswith("2020-01-02") and shown["memorial"] is True


async def test_where_she_says_that_she_lives_now_is_shown_when_that_says_the_same(node: Node, peer: Peer) -> None:
    async with Peer(name="new") as new, Peer(name="eve") as eve:
        new.documents["/users/new"] = new.actor(alsoKnownAs=[peer.uri])
        for number, (home, shown) in enumerate(((eve.uri, None), (new.uri, "new"))):
            found = await describe(node, peer, number, movedTo=home)
            await settled(node)
            account = await node.api("GET", f"/api/v1/accounts/{found['id']}", node.token())
            assert (account.get("moved") or {}).get("username") == shown


async def test_whom_her_own_server_suspends_is_not_shown_until_it_lets_her_back(node: Node, peer: Peer) -> None:
    note = peer.note(1)
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    post = await until(lambda: node.read(posts.by_uri, note["id"]))
    path = f"/api/v1/statuses/{post['id']}"

    found = await describe(node, peer, 1, suspended=True)
    assert (await node.api("GET", f"/api/v1/accounts/{found['id']}", node.token()))["suspended"] is True
    await node.api("GET", path, node.token(), status=404)
    await describe(node, peer, 2)
    await node.api("GET", path, node.token())

    await node.write(actors.change, found["id"], 1, gone=now())  # our moderators' word stands, whatever hers say
    assert await peer.post(f"{node.origin}/inbox", peer.create(peer.note(2))) == 401
    await node.api("GET", path, node.token(), status=404)


async def test_what_she_passes_on_of_her_own_comes_along_for_followers_alone(node: Node, peer: Peer) -> None:
    await follows_peer(node, peer)
    followers = [f"{peer.uri}/followers"]
    own = peer.note(1, to=followers, cc=[])
    other = peer.note(2, to=followers, cc=[], attributedTo=f"{peer.origin}/users/eve")
    del peer.documents["/notes/1"], peer.documents["/notes/2"]
    for note in (own, other):
        announce = {
            "@context": v.AS2,
            "id": f"{note['id']}/boost",
            "type": "Announce",
            "actor": peer.uri,
            "object": note,
        }
        assert await peer.post(f"{node.origin}/inbox", announce | {"to": followers}) == 202
    await settled(node)
    kept = await node.read(posts.by_uri, own["id"])
    assert kept["visibility"] == "followers" and kept["boosts"] == 1
    assert await node.read(posts.by_uri, other["id"]) is None
