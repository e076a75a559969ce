"""Words of older apps and of forks, which Mastodon knew once or others speak beside it."""

from tests.web.apps import account_of, say


async def ask(node, method, token, **sent):
    """The policy of version 1: the schemas beside the checkout know no such route and take its name for an id."""
    headers = {"Authorization": f"Bearer {token}"}
    address = f"{node.origin}/api/v1/notifications/policy"
    async with node.session.request(method, address, headers=headers, **sent) as answer:
        return answer.status, await answer.json()


async def test_a_policy_in_the_words_of_version_1(node):
    token = node.token()
    _, before = await ask(node, "GET", token)
    names = ("not_following", "not_followers", "new_accounts", "private_mentions")
    assert before == {"filter_" + name: False for name in names} | {
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0}
    }
    _, changed = await ask(node, "PUT", token, json={"filter_not_following": True, "filter_private_mentions": "1"})
    assert [changed["filter_" + name] for name in names] == [True, False, False, True]
    whole = await node.api("GET", "/api/v2/notifications/policy", token)
    assert (whole["for_not_following"], whole["for_not_followers"]) == ("filter", "accept")
    await node.api("PATCH", "/api/v2/notifications/policy", token, json={"for_new_accounts": "drop"})
    _, opened = await ask(node, "PATCH", token, data={"filter_not_following": "false"})
    assert (opened["filter_not_following"], opened["filter_new_accounts"]) == (False, True)
    assert (await ask(node, "PUT", node.token(scopes="read"), json={}))[0] == 403


async def test_one_notification_is_dismissed_by_its_name_alone(node):
    token, yto = node.token(), node.token("yto")
    for words in ("@amal one", "@amal two"):
        await say(node, yto, words)
    second, first = [one["id"] for one in await node.api("GET", "/api/v1/notifications", token)]
    assert await node.api("POST", "/api/v1/notifications/dismiss", token, data={"id": second}) == {}
    assert [one["id"] for one in await node.api("GET", "/api/v1/notifications", token)] == [first]
    await node.api("POST", "/api/v1/notifications/dismiss", yto, data={"id": first})
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 1
    await node.api("POST", "/api/v1/notifications/dismiss", token, status=404)


async def test_grouped_notifications_as_they_were_called_at_first(node):
    token, yto = node.token(), node.token("yto")
    said = await say(node, token, "like me")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", yto)
    found = await node.api("GET", "/api/v2_alpha/notifications", token)
    [group] = found["notification_groups"]
    assert (group["type"], group["sample_account_ids"]) == ("favourite", [await account_of(node, "yto")])
    path = f"/api/v2_alpha/notifications/{group['group_key']}"
    assert len((await node.api("GET", path, token))["notification_groups"]) == 1
    await node.api("POST", path + "/dismiss", token)
    assert (await node.api("GET", "/api/v2_alpha/notifications", token))["notification_groups"] == []


async def test_a_post_is_quoted_as_forks_say_it(node):
    token = node.token()
    said = await say(node, token, "first")
    assert (await say(node, token, "look", quote_id=said["id"]))["quote"]["quoted_status"]["id"] == said["id"]
