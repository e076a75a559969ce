"""What apps are told of: notifications, conversations, announcements, over real HTTP."""

from federation.bridge import now
from node.posts import announcements
from tests.web.apps import say


async def test_notifications_are_grouped_counted_and_dismissed(node):
    token, hers = node.token(), node.token("yto")
    said = await say(node, token, "look")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", hers)
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", node.token("yto", actor="tanmia"))
    await node.api("POST", f"/api/v1/statuses/{said['id']}/reblog", hers)
    await say(node, hers, "@amal hello")
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 4
    grouped = await node.api("GET", "/api/v2/notifications", token)
    kinds = [(one["type"], one["notifications_count"]) for one in grouped["notification_groups"]]
    assert kinds == [("mention", 1), ("reblog", 1), ("favourite", 2)]
    assert len(grouped["accounts"]) == 2
    key = grouped["notification_groups"][2]["group_key"]
    assert len(await node.api("GET", f"/api/v2/notifications/{key}/accounts", token)) == 2
    assert (await node.api("GET", "/api/v2/notifications/unread_count", token))["count"] == 3
    assert (await node.api("GET", "/api/v1/notifications/unread_count", token))["count"] == 4
    newest = grouped["notification_groups"][0]["most_recent_notification_id"]
    await node.api("POST", "/api/v1/markers", token, json={"notifications": {"last_read_id": newest}})
    assert (await node.api("GET", "/api/v1/notifications/unread_count", token))["count"] == 0
    assert (await node.api("GET", "/api/v1/markers?timeline[]=notifications", token))["notifications"]["version"] == 1
    await node.api("POST", f"/api/v2/notifications/{key}/dismiss", token)
    only = await node.api("GET", "/api/v1/notifications?types[]=favourite", token)
    assert only == []
    await node.api("POST", "/api/v1/notifications/clear", token)
    assert await node.api("GET", "/api/v1/notifications", token) == []


async def test_a_policy_keeps_strangers_back_until_they_are_let_through(node):
    token, stranger = node.token(), node.token("yto")
    policy = await node.api("PATCH", "/api/v2/notifications/policy", token, json={"for_not_following": "filter"})
    assert policy["for_not_following"] == "filter"
    await say(node, stranger, "@amal hello")
    assert await node.api("GET", "/api/v1/notifications", token) == []
    [request] = await node.api("GET", "/api/v1/notifications/requests", token)
    assert request["notifications_count"] == "1"
    assert (await node.api("GET", "/api/v2/notifications/policy", token))["summary"]["pending_requests_count"] == 1
    await node.api("POST", f"/api/v1/notifications/requests/{request['id']}/accept", token)
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 1
    await say(node, stranger, "@amal again")
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 2
    await node.api("PUT", "/api/v2/notifications/policy", token, json={"for_not_following": "never"}, status=422)


async def test_a_muted_conversation_is_not_heard(node):
    token, hers = node.token(), node.token("yto")
    said = await say(node, token, "look")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/mute", token)
    await say(node, hers, "@amal hello", in_reply_to_id=said["id"])
    assert await node.api("GET", "/api/v1/notifications", token) == []


async def test_who_is_blocked_begins_no_conversation_and_ends_none(node):
    amal, yto = node.token(), node.token("yto")
    whom = (await node.api("GET", "/api/v1/accounts/lookup?acct=amal"))["id"]
    words = {"status": "@yto listen", "visibility": "direct"}
    await node.api("POST", "/api/v1/statuses", amal, json=words)
    assert len(await node.api("GET", "/api/v1/conversations", yto)) == 1
    await node.api("POST", f"/api/v1/accounts/{whom}/block", yto)
    assert await node.api("GET", "/api/v1/conversations", yto) == []
    await node.api("POST", "/api/v1/statuses", amal, json=words | {"status": "@yto listen to me"})
    assert await node.api("GET", "/api/v1/conversations", yto) == []
    await node.api("POST", f"/api/v1/accounts/{whom}/unblock", yto)
    [one] = await node.api("GET", "/api/v1/conversations", yto)
    assert "to me" not in one["last_status"]["content"]


async def test_conversations_are_read_and_put_away(node):
    token, hers = node.token(), node.token("yto")
    first = await say(node, hers, "@amal for you", visibility="direct")
    [one] = await node.api("GET", "/api/v1/conversations", token)
    assert one["unread"]
    assert [who["acct"] for who in one["accounts"]] == ["yto"]
    second = await say(node, token, "@yto thanks", visibility="direct", in_reply_to_id=first["id"])
    [one] = await node.api("GET", "/api/v1/conversations", token)
    assert (one["unread"], one["last_status"]["id"]) == (False, second["id"])
    [theirs] = await node.api("GET", "/api/v1/conversations", hers)
    read = await node.api("POST", f"/api/v1/conversations/{theirs['id']}/read", hers)
    assert not read["unread"]
    await node.api("DELETE", f"/api/v1/statuses/{second['id']}", token)
    [one] = await node.api("GET", "/api/v1/conversations", token)
    assert one["last_status"]["id"] == first["id"]
    await node.api("DELETE", f"/api/v1/conversations/{one['id']}", token)
    assert await node.api("GET", "/api/v1/conversations", token) == []


async def test_announcements_are_read_and_answered(node):
    token = node.token()
    await node.write(lambda db: announcements.publish(db, "<p>لقاء يوم السبت</p>", now()))
    [one] = await node.api("GET", "/api/v1/announcements", token)
    path = f"/api/v1/announcements/{one['id']}"
    await node.api("PUT", path + "/reactions/👍", token)
    await node.api("PUT", path + "/reactions/word", token, status=422)
    await node.api("POST", path + "/dismiss", token)
    [one] = await node.api("GET", "/api/v1/announcements", token)
    assert one["read"]
    assert one["reactions"] == [{"name": "👍", "count": 1, "me": True}]
    await node.api("DELETE", path + "/reactions/👍", token)


async def test_a_report_waits_for_the_moderators(node):
    said = await say(node, node.token(), "x")
    sent = {"account_id": said["account"]["id"], "status_ids": [said["id"]], "comment": "why", "category": "spam"}
    made = await node.api("POST", "/api/v1/reports", node.token("yto"), json=sent)
    assert made["status_ids"] == [said["id"]]
    assert await node.read(lambda db: db.value("select comment from reports")) == "why"
