"""Reading through the Mastodon API as other clients' own test suites do it."""

from tests.web.apps import account_of, say

TAG = "/api/v1/timelines/tag/"


async def test_tag_timelines_take_any_all_and_none(node):
    amal = node.token()
    one = (await say(node, amal, "#foo"))["id"]
    two = (await say(node, amal, "#bar"))["id"]
    both = (await say(node, amal, "#foo #bar"))["id"]

    async def of(query: str) -> list[str]:
        return [row["id"] for row in await node.api("GET", TAG + query)]

    assert await of("foo") == [both, one]
    assert await of("foo?any[]=bar") == [both, two, one]
    assert await of("foo?all[]=BAR") == [both]
    assert await of("foo?none[]=%23bar") == [one]
    assert await of("foo?remote=true") == await of("foo?only_media=1") == []
    assert await of("foo?any[]=bar&limit=1&min_id=" + one) == [two]


async def test_a_search_for_a_hashtag_finds_what_carries_it(node):
    amal = node.token()
    tagged = await say(node, amal, "#reading_room opens")
    await say(node, amal, "#reading_rooms differ, and reading too")
    found = await node.api("GET", "/api/v2/search?q=%23reading_room", amal)
    assert [one["id"] for one in found["statuses"]] == [tagged["id"]]
    assert [one["name"] for one in found["hashtags"]] == ["reading_room", "reading_rooms"]
    assert (await node.api("GET", "/api/v2/search?q=%23reading", amal))["statuses"] == []


async def test_an_account_s_statuses_without_its_messages(node):
    amal = node.token()
    said = await say(node, amal, "hello")
    await say(node, amal, "@yto secret", visibility="direct")
    path = f"/api/v1/accounts/{await account_of(node, 'amal')}/statuses"
    assert len(await node.api("GET", path, amal)) == 2
    assert [one["id"] for one in await node.api("GET", path + "?exclude_direct=true", amal)] == [said["id"]]


async def test_accounts_are_found_page_by_page(node):
    amal = node.token()
    for display, token in (("Water one", amal), ("Water two", node.token("yto"))):
        await node.api("PATCH", "/api/v1/accounts/update_credentials", token, json={"display_name": display})
    pages = [await node.api("GET", f"/api/v1/accounts/search?q=water&limit=1&offset={n}", amal) for n in range(3)]
    assert sorted(one["acct"] for page in pages for one in page) == ["amal", "yto"]
    path = "/api/v2/search?q=water&type=accounts&limit=1&offset="
    pages = [(await node.api("GET", f"{path}{n}", amal))["accounts"] for n in range(3)]
    assert [len(page) for page in pages] == [1, 1, 0]


async def test_a_get_may_carry_its_parameters_as_json(node):
    """Mastodon.py asks for familiar followers so."""
    amal, target = node.token(), await account_of(node, "yto")
    found = await node.api("GET", "/api/v1/accounts/familiar_followers", amal, json={"id": [target]})
    assert found == [{"id": target, "accounts": []}]
    await node.api("GET", "/api/v1/accounts/familiar_followers", amal, data="{", status=422,
                   headers={"Content-Type": "application/json"})  # fmt: skip


async def test_a_boost_for_followers_is_told_to_nobody(node):
    amal = node.token()
    said = await say(node, amal, "for you", visibility="private")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/reblog", amal)
    assert await node.api("GET", f"/api/v1/statuses/{said['id']}/reblogged_by", amal) == []


async def test_a_note_to_oneself_is_a_conversation_with_oneself(node):
    amal = node.token()
    await say(node, amal, "do not forget", visibility="direct")
    [found] = await node.api("GET", "/api/v1/conversations", amal)
    assert [one["acct"] for one in found["accounts"]] == ["amal"]


async def test_who_is_followed_no_more_stands_in_no_list(node):
    yto, target = node.token("yto"), await account_of(node, "amal")
    made = await node.api("POST", "/api/v1/lists", yto, json={"title": "close"})
    path = f"/api/v1/lists/{made['id']}/accounts"
    for _ in range(2):  # she may come back
        await node.api("POST", f"/api/v1/accounts/{target}/follow", yto)
        await node.api("POST", path, yto, json={"account_ids": [target]})
        assert [one["acct"] for one in await node.api("GET", path, yto)] == ["amal"]
        await node.api("POST", f"/api/v1/accounts/{target}/pin", yto)
        await node.api("POST", f"/api/v1/accounts/{target}/unfollow", yto)
        assert await node.api("GET", path, yto) == []
        assert await node.api("GET", "/api/v1/endorsements", yto) == []


async def test_posts_with_a_link_that_is_not_known_are_not_found(node):
    await node.api("GET", "/api/v1/timelines/link?url=https://example.org/", status=404)


async def test_health_is_one_word_or_json(node):
    response = await node.get("/health", accept="*/*")
    assert (response.status, await response.text()) == (200, "OK")
    response = await node.get("/health", accept="application/json")
    assert (await response.json())["status"] == "ok"


async def test_a_node_without_associations_keeps_no_lists_of_its_own(node):
    """A member's app shows only what can be read: other clients' suites expect none at first."""
    await node.write(lambda db: db.execute("update actors set type = 'Service' where type = 'Organization'"))
    assert await node.api("GET", "/api/v1/lists", node.token()) == []
