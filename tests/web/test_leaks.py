"""Side doors: what somebody may not see she is shown by no list, group, boost or stream."""

import asyncio
import contextlib
from typing import Any

import pytest

from federation import actors as documents
from federation.bridge import now
from node.people import actors, users
from node.posts import notifications, posts
from node.store import Database
from tests.conftest import Node
from tests.web.apps import say
from tests.web.test_mastodon_streaming import hear, socket
from tests.world import PASSWORD


def make_zin(db: Database) -> int:
    zin = documents.create(db, "Person", "zin", now(), display="Zin")
    users.create(db, zin, "zin@example.org", PASSWORD, "member", now())
    return zin


async def id_of(node: Node, name: str) -> int:
    return int(await node.read(lambda db: actors.by_handle(db, name, "")["id"]))


@pytest.fixture
async def blocked(node: Node) -> dict[str, Any]:
    """Amal's post, passed on by Zin; Amal has blocked Yto since, who follows Zin."""
    zin = await node.write(make_zin)
    theirs, hers, reader = node.token("zin"), node.token(), node.token("yto")
    said = await say(node, hers, "words not for yto")
    boost = await node.api("POST", f"/api/v1/statuses/{said['id']}/reblog", theirs)
    await node.api("POST", f"/api/v1/accounts/{zin}/follow", reader, json={"notify": True})
    await node.api("POST", f"/api/v1/accounts/{await id_of(node, 'yto')}/block", hers)
    return {"said": said, "boost": boost, "reader": reader, "zin": theirs}


async def test_whom_an_author_has_blocked_sees_no_boost_by_asking_for_its_number(node, blocked):
    both = [("id[]", blocked["said"]["id"]), ("id[]", blocked["boost"]["id"])]
    assert await node.api("GET", "/api/v1/statuses", blocked["reader"], params=both) == []
    assert len(await node.api("GET", "/api/v1/statuses", params=both)) == 2


async def test_whom_an_author_has_blocked_is_told_of_no_boost(node, blocked):
    yto, zin = await id_of(node, "yto"), await id_of(node, "zin")
    number = int(blocked["boost"]["id"])
    await node.write(lambda db: notifications.tell(db, yto, "status", zin, number, now()))
    assert await node.api("GET", "/api/v1/notifications", blocked["reader"]) == []
    found = await node.api("GET", "/api/v2/notifications", blocked["reader"])
    assert (found["statuses"], found["notification_groups"]) == ([], [])


async def test_a_group_of_notifications_shows_no_post_that_was_removed(node):
    reader = node.token("yto")
    said = await say(node, node.token(), "@yto words that a moderator takes away")
    [told] = (await node.api("GET", "/api/v2/notifications", reader))["notification_groups"]
    await node.write(lambda db: posts.change(db, int(said["id"]), removed=now()))
    await node.api("GET", f"/api/v2/notifications/{told['group_key']}", reader, status=404)
    await node.api("GET", f"/api/v2/notifications/{told['group_key']}/accounts", reader, status=404)


async def test_a_public_stream_shows_no_quoted_post_to_whom_its_author_has_blocked(node, blocked):
    async with socket(node, blocked["reader"], "&stream=public") as opened:
        await node.api("POST", "/api/v1/statuses", blocked["zin"],
                       json={"status": "look", "quoted_status_id": blocked["said"]["id"]})  # fmt: skip
        heard = await hear(opened, "update")
        assert heard["payload"]["quote"] == {"state": "unauthorized", "quoted_status": None}
        with contextlib.suppress(TimeoutError):
            more = await asyncio.wait_for(opened.receive_str(), 0.3)
            assert "words not for yto" not in more
