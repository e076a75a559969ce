"""Statuses as apps write, change, mark, schedule and read them."""

from xml.etree import ElementTree

import pytest

from node import html
from tests.conftest import until
from tests.web.apps import account_of, picture, say, upload


async def test_bookmarks_pins_likes_and_their_lists(node):
    token = node.token()
    said = await say(node, token, "first")
    path = f"/api/v1/statuses/{said['id']}"
    assert (await node.api("POST", path + "/bookmark", token))["bookmarked"]
    assert (await node.api("POST", path + "/favourite", token))["favourited"]
    assert (await node.api("POST", path + "/pin", token))["pinned"]
    assert (await node.api("POST", path + "/mute", token))["muted"]
    assert [one["id"] for one in await node.api("GET", "/api/v1/bookmarks", token)] == [said["id"]]
    assert [one["id"] for one in await node.api("GET", "/api/v1/favourites", token)] == [said["id"]]
    mine = await account_of(node, "amal")
    assert [one["id"] for one in await node.api("GET", f"/api/v1/accounts/{mine}/statuses?pinned=true")] == [said["id"]]
    for verb, flag in (
        ("unbookmark", "bookmarked"),
        ("unfavourite", "favourited"),
        ("unpin", "pinned"),
        ("unmute", "muted"),
    ):
        assert not (await node.api("POST", f"{path}/{verb}", token))[flag]
    assert await node.api("GET", "/api/v1/bookmarks", token) == []
    other = node.token("yto")
    await node.api("POST", path + "/pin", other, status=422)


async def test_what_stands_behind_a_warning_stands_behind_it_elsewhere_too(node):
    """In feeds and in other pages; and the words of a warning are words, no markup."""
    said = await say(node, node.token(), "the end of the film", spoiler_text="<script>alert(1)</script> & more")
    shown = "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</p>"
    embedded = await node.api("GET", f"/api/oembed?url={said['url']}")
    assert shown in embedded["html"] and "film" not in embedded["html"]
    async with node.session.get(f"{node.origin}/@amal/feed") as answer:
        [content] = [
            one.text for one in ElementTree.fromstring(await answer.read()).iter() if one.tag.endswith("}content")
        ]
    assert content == shown


async def test_an_edit_keeps_what_was_said_before(node):
    token = node.token()
    said = await say(node, token, "one", spoiler_text="careful", language="fr")
    path = f"/api/v1/statuses/{said['id']}"
    source = await node.api("GET", path + "/source", token)
    assert (source["text"], source["spoiler_text"]) == ("one", "careful")

    edited = await node.api("PUT", path, token, json={"status": "two"})

    assert edited["edited_at"]
    assert (edited["spoiler_text"], edited["language"]) == ("careful", "fr")
    versions = await node.api("GET", path + "/history", token)
    assert [html.plain(one["content"]) for one in versions] == ["one", "two"]
    await node.api("PUT", path, node.token("yto"), json={"status": "three"}, status=404)


async def test_a_deleted_status_gives_its_text_and_its_picture_back(node):
    token = node.token()
    made = await upload(node, token, picture())
    said = await say(node, token, "once", media_ids=[made["id"]])
    gone = await node.api("DELETE", f"/api/v1/statuses/{said['id']}", token)
    assert gone["text"] == "once"
    assert "content" not in gone
    await node.api("GET", f"/api/v1/statuses/{said['id']}", token, status=404)
    again = await say(node, token, "again", media_ids=[made["id"]])
    assert again["media_attachments"][0]["id"] == made["id"]


async def test_the_same_key_is_the_same_status(node):
    token = node.token()
    keyed = {"headers": {"Idempotency-Key": "k1"}, "json": {"status": "once"}}
    first = await node.api("POST", "/api/v1/statuses", token, **keyed)
    second = await node.api("POST", "/api/v1/statuses", token, **{**keyed, "headers": {"Idempotency-Key": "k1"}})
    assert first["id"] == second["id"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"status": " "}, "Validation failed: Text can't be blank"),
        ({"status": "x" * 5001}, "Validation failed: Text character limit of 5000 exceeded"),
        ({"status": "x", "visibility": "secret"}, "Validation failed: Visibility is not included in the list"),
        ({"status": "x", "poll": {"options": ["a"], "expires_in": 600}}, "Validation failed: Poll must have more than one item"),
        ({"status": "x", "poll": {"options": ["a", "a"], "expires_in": 600}}, "Validation failed: Poll options can't be duplicated"),
        ({"status": "x", "poll": {"options": ["a", "b"], "expires_in": 1}}, "Validation failed: Poll duration is too short"),
        ({"status": "x", "media_ids": ["1"]}, "Validation failed: Media not found or already attached to another post"),
    ],
)  # fmt: skip
async def test_what_cannot_be_published_is_said_in_the_words_that_apps_know(node, sent, words):
    answer = await node.api("POST", "/api/v1/statuses", node.token(), json=sent, status=422)
    assert answer["error"] == words


async def test_forms_are_read_in_every_shape(node):
    token = node.token()
    nested = {"status": "q", "poll[options][]": ["a", "b"], "poll[expires_in]": "600", "poll[multiple]": "true"}
    pairs = [(key, one) for key, value in nested.items() for one in (value if isinstance(value, list) else [value])]
    said = await node.api("POST", "/api/v1/statuses", token, data=pairs)
    assert [one["title"] for one in said["poll"]["options"]] == ["a", "b"]
    assert said["poll"]["multiple"]


async def test_a_poll_is_voted_in_once(node):
    asked = await say(node, node.token(), "which?", poll={"options": ["tea", "coffee"], "expires_in": 600})
    path, token = f"/api/v1/polls/{asked['poll']['id']}", node.token("yto")
    assert "voted" not in await node.api("GET", path)
    voted = await node.api("POST", path + "/votes", token, json={"choices": [1]})
    assert (voted["own_votes"], voted["votes_count"], voted["voters_count"]) == ([1], 1, 1)
    again = await node.api("POST", path + "/votes", token, json={"choices": [0]}, status=422)
    assert again["error"] == "Validation failed: You have already voted on this poll"
    strange = await node.api("POST", path + "/votes", node.token(), json={"choices": [7]}, status=422)
    assert strange["error"] in (
        "The chosen vote option does not exist",
        "Validation failed: You cannot vote in your own polls",
    )


async def test_a_thread_is_whole_and_a_quote_shows_what_it_quotes(node):
    token = node.token()
    first = await say(node, token, "first")
    second = await say(node, node.token("yto"), "second", in_reply_to_id=first["id"])
    third = await say(node, token, "third", in_reply_to_id=second["id"])
    context = await node.api("GET", f"/api/v1/statuses/{second['id']}/context", token)
    assert [one["id"] for one in context["ancestors"]] == [first["id"]]
    assert [one["id"] for one in context["descendants"]] == [third["id"]]
    quoting = await say(node, token, "look", quoted_status_id=first["id"])
    assert quoting["quote"]["state"] == "accepted"
    assert quoting["quote"]["quoted_status"]["id"] == first["id"]


async def test_translation_is_honestly_absent(node):
    said = await say(node, node.token(), "x")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/translate", node.token(), status=404)
    assert (await node.api("GET", "/api/v2/instance"))["configuration"]["translation"]["enabled"] is False


# ── scheduled ─────────────────────────────────────────────────────────────────


async def test_a_scheduled_status_waits_moves_and_is_published_at_its_moment(node):
    token = node.token()
    at = "2099-01-01T10:00:00.000Z"
    made = await say(node, token, "later", scheduled_at=at, visibility="unlisted")
    assert made["scheduled_at"] == at
    assert made["params"]["text"] == "later"
    soon = await node.api(
        "POST", "/api/v1/statuses", token, json={"status": "x", "scheduled_at": "no date"}, status=422
    )
    assert soon["error"] == "Record invalid"
    path = f"/api/v1/scheduled_statuses/{made['id']}"
    moved = await node.api("PUT", path, token, json={"scheduled_at": "2099-02-01T10:00:00.000Z"})
    assert moved["scheduled_at"] == "2099-02-01T10:00:00.000Z"
    await node.api("GET", path, node.token("yto"), status=404)

    await node.write(lambda db: db.execute("update scheduled set due = 1"))
    await node.write(lambda db: db.execute("update tasks set due = 1 where kind = 'publish scheduled'"))
    await node.write(lambda db: db.wake("tasks"))

    home = await until(lambda: node.api("GET", "/api/v1/timelines/home", token))
    assert html.plain(home[0]["content"]) == "later"
    assert home[0]["visibility"] == "unlisted"
    assert await node.api("GET", "/api/v1/scheduled_statuses", token) == []


async def test_a_scheduled_status_can_be_taken_back(node):
    token = node.token()
    made = await say(node, token, "later", scheduled_at="2099-01-01T10:00:00Z")
    await node.api("DELETE", f"/api/v1/scheduled_statuses/{made['id']}", token)
    await node.api("GET", f"/api/v1/scheduled_statuses/{made['id']}", token, status=404)
