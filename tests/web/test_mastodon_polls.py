"""Polls through the Mastodon API, beyond asking and voting."""

import json

from node.posts import polls
from tests.web.apps import say

TWO = {"options": ["tea", "coffee"], "expires_in": 600}


async def test_counts_are_kept_until_the_end_where_that_was_wished(node):
    amal, yto = node.token(), node.token("yto")
    said = await say(node, amal, "which?", poll=TWO | {"hide_totals": "true"})
    voted = await node.api("POST", f"/api/v1/polls/{said['poll']['id']}/votes", yto, json={"choices": [1]})
    assert [one["votes_count"] for one in voted["options"]] == [None, None] and voted["votes_count"] == 1
    async with await node.get(f"/posts/{said['id']}") as response:
        assert b"totalItems" not in json.dumps(json.loads(await response.read())["oneOf"]).encode()
    async with await node.get(f"/@amal/{said['id']}", accept="text/html") as response:
        assert '<bdi>coffee</bdi> <span class="soft num">' not in await response.text()
    await node.write(lambda db: db.execute("update polls set closes = 1 where post = ?", (int(said["id"]),)))
    await node.write(polls.close, int(said["id"]), 2)
    over = await node.api("GET", f"/api/v1/polls/{said['poll']['id']}", yto)
    assert [one["votes_count"] for one in over["options"]] == [0, 1]


async def test_choices_stand_in_the_order_in_which_they_were_made(node):
    amal, yto = node.token(), node.token("yto")
    said = await say(node, amal, "which?", poll=TWO | {"multiple": True})
    for choice in ("1", "0"):
        found = await node.api("POST", f"/api/v1/polls/{said['poll']['id']}/votes", yto, data={"choices[]": choice})
    assert found["own_votes"] == [1, 0] and found["votes_count"] == 2 and found["voters_count"] == 1


async def test_two_choices_where_one_is_asked_are_refused_in_mastodon_s_words(node):
    said = await say(node, node.token(), "which?", poll=TWO)
    path = f"/api/v1/polls/{said['poll']['id']}/votes"
    found = await node.api("POST", path, node.token("yto"), json={"choices": [0, 1]}, status=422)
    assert found["error"] == "Validation failed: You have already voted on this poll"
