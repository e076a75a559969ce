"""Moderators hear of everyone who asks to join and who came; reports, and what goes on to other servers, have a measure."""

import pytest

from node import settings
from tests.conftest import until
from tests.web.apps import account_of, say
from tests.web.joining import WISH, app_token
from tests.web.visitor import Visitor


async def told(node, token):
    return await node.api("GET", "/api/v1/notifications?types[]=admin.sign_up", token)


async def test_where_the_door_is_open_each_new_account_is_told_by_itself(node):
    await node.write(settings.choose, "registrations", "open")
    for name in ("mounia", "salma"):
        await node.api(
            "POST",
            "/api/v1/accounts",
            await app_token(node),
            json=WISH | {"username": name, "email": f"{name}@x.example"},
        )
    amal = node.token()
    assert [one["account"]["username"] for one in await told(node, amal)] == ["salma", "mounia"]
    [group] = (await node.api("GET", "/api/v2/notifications?types[]=admin.sign_up", amal))["notification_groups"]
    assert group["notifications_count"] == 2 and len(group["sample_account_ids"]) == 2
    assert len(await node.api("GET", f"/api/v2/notifications/{group['group_key']}/accounts", amal)) == 2
    assert await told(node, node.token("yto")) == []
    browser = Visitor(node)
    await browser.log_in()
    assert "انضم" in (await browser.get("/notifications?lang=ar")).text


async def test_each_request_is_told_anew_and_none_is_told_once_all_are_answered(node):
    amal, staff = node.token(), node.token(scopes="read write admin:read admin:write")
    for name in ("mounia", "salma"):
        before = {one["id"] for one in await told(node, amal)}
        await node.api(
            "POST",
            "/api/v1/accounts",
            await app_token(node),
            json=WISH | {"username": name, "email": f"{name}@x.example"},
        )
        [one] = await told(node, amal)
        assert one["id"] not in before  # told again, and once
    pending = await node.api("GET", "/api/v2/admin/accounts?status=pending", staff)
    first, second = (one["id"] for one in pending)
    await node.api("POST", f"/api/v1/admin/accounts/{first}/approve", staff)
    assert len(await told(node, amal)) == 2
    await node.api("POST", f"/api/v1/admin/accounts/{second}/reject", staff)
    [left] = await told(node, amal)
    assert left["account"]["username"] in ("mounia", "salma")


async def test_reports_have_a_measure(node):
    said = await say(node, node.token("yto"), "x")
    sent, token = {"account_id": said["account"]["id"], "status_ids": [said["id"]]}, node.token()
    for _ in range(20):
        await node.api("POST", "/api/v1/reports", token, json=sent)
    refused = await node.api("POST", "/api/v1/reports", token, json=sent, status=429)
    assert refused == {"error": "Too many requests"}
    await node.api("POST", "/api/v1/reports", node.token("yto"), json={"account_id": await account_of(node, "amal")})


async def test_no_other_server_is_flooded_with_reports(node, peer):
    note = peer.note(1)
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    token = node.token()
    [badr] = (await node.api("GET", f"/api/v2/search?q=@badr@{peer.host}&resolve=true", token))["accounts"]
    sent = {"account_id": badr["id"], "forward": True, "comment": "why"}
    for _ in range(10):
        await node.api("POST", "/api/v1/reports", token, json=sent)
    await node.api("POST", "/api/v1/reports", token, json=sent, status=429)
    await node.api("POST", "/api/v1/reports", token, json=sent | {"forward": False})
    await until(lambda: len([one for one in peer.received if one["type"] == "Flag"]) == 10)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "words"),
    [
        ("GET", "/api/v1/accounts/999", None, 404, "Record not found"),
        ("GET", "/api/v1/statuses/999", None, 404, "Record not found"),
        ("POST", "/api/v1/statuses", {"status": "x", "in_reply_to_id": "999"}, 404, "The post you are trying to reply to does not appear to exist."),
        ("POST", "/api/v1/statuses", {"status": ""}, 422, "Validation failed: Text can't be blank"),
        ("POST", "/api/v1/reports", {"account_id": "999"}, 404, "Record not found"),
        ("POST", "/api/v1/domain_blocks", {"domain": "a b"}, 422, "Validation failed: Domain is not a valid domain name"),
        ("POST", "/api/v1/polls/999/votes", {"choices": [0]}, 404, "Record not found"),
        ("GET", "/api/v1/nothing", None, 404, "Record not found"),
        ("DELETE", "/api/v1/timelines/home", None, 404, "Record not found"),
    ],
)  # fmt: skip
async def test_english_apps_read_mastodons_words(node, method, path, sent, status, words):
    found = await node.api(
        method, path, node.token(), json=sent, headers={"Accept-Language": "en-US,en;q=0.9"}, status=status
    )
    assert found["error"] == words


async def test_a_poll_that_is_over_says_so_as_mastodon_does(node):
    said = await say(node, node.token(), "which?", poll={"options": ["a", "b"], "expires_in": 600})
    await node.write(lambda db: db.execute("update polls set closed = 1"))
    found = await node.api(
        "POST", f"/api/v1/polls/{said['poll']['id']}/votes", node.token("yto"), json={"choices": [0]}, status=422
    )
    assert found["error"] == "Validation failed: The poll has already ended"
