"""Long lists as apps walk through them: the newest first, back by `max_id`, forth by `min_id`, to the end and no further."""

import re

import pytest

from tests.web.apps import account_of, follow, say

NAMES = ("amal", "yto", "tanmia")


async def pages(node, token, path, limit):
    """What the links named next lead to, page by page; those named prev lead back from the last one."""
    forth, back = [], []
    address, previous = f"{path}?limit={limit}", ""
    for way, into in (("next", forth), ("prev", back)):
        for _ in range(10):
            async with node.session.get(node.origin + address, headers={"Authorization": f"Bearer {token}"}) as answer:
                found, links = await answer.json(), answer.headers.get("Link", "")
            if not found:
                break
            into.append([one["id"] for one in found])
            address = re.search(rf'<[^>]*?(/api/[^>]+)>; rel="{way}"', links)[1]
            previous = re.search(r'<[^>]*?(/api/[^>]+)>; rel="prev"', links)[1]
        else:
            raise AssertionError("it never ends")
        address = previous
    assert back == forth[-2::-1]
    return forth


async def test_the_last_to_follow_comes_first_and_every_page_once(node):
    target = await account_of(node, "tanmia")
    first, second = await account_of(node, "yto"), await account_of(node, "amal")
    for name in ("yto", "amal"):
        await follow(node, node.token(name), "tanmia")
    path = f"/api/v1/accounts/{target}/followers"
    assert await pages(node, node.token(), path, 1) == [[second], [first]]
    oldest = await node.api("GET", f"{path}?limit=1&min_id=0")
    assert [one["id"] for one in oldest] == [first]


async def test_lists_of_people_are_in_the_order_in_which_one_chose_them(node):
    me = node.token("yto")
    amal, tanmia = await follow(node, me, "amal"), await follow(node, me, "tanmia")
    mine = await account_of(node, "yto")
    made = await node.api("POST", "/api/v1/lists", me, json={"title": "both"})
    for one in (tanmia, amal):
        await node.api("POST", f"/api/v1/lists/{made['id']}/accounts", me, json={"account_ids": [one]})
        await node.api("POST", f"/api/v1/accounts/{one}/endorse", me)
        await node.api("POST", f"/api/v1/accounts/{one}/mute", me)
    assert await pages(node, me, f"/api/v1/accounts/{mine}/following", 1) == [[tanmia], [amal]]
    for path in ("/api/v1/mutes", "/api/v1/endorsements", f"/api/v1/lists/{made['id']}/accounts"):
        assert await pages(node, me, path, 1) == [[amal], [tanmia]], path
    for one in (tanmia, amal):
        await node.api("POST", f"/api/v1/accounts/{one}/block", me)
    assert await pages(node, me, "/api/v1/blocks", 1) == [[amal], [tanmia]]


@pytest.mark.parametrize("verb, path", [("bookmark", "bookmarks"), ("favourite", "favourites")])
async def test_one_goes_back_page_by_page_to_the_newest(node, verb, path):
    me = node.token()
    for number in range(4):
        said = await say(node, me, f"post {number}")
        await node.api("POST", f"/api/v1/statuses/{said['id']}/{verb}", me)
    async with node.session.get(
        node.origin + f"/api/v1/{path}?limit=1&min_id=0", headers={"Authorization": f"Bearer {me}"}
    ) as answer:
        [oldest] = await answer.json()
    assert oldest["content"] == "<p>post 0</p>"


async def test_who_liked_and_who_passed_on_last_comes_first(node):
    said = await say(node, node.token(), "read me")
    for name in ("yto", "amal"):
        for verb in ("favourite", "reblog"):
            await node.api("POST", f"/api/v1/statuses/{said['id']}/{verb}", node.token(name))
    wanted = [[await account_of(node, "amal")], [await account_of(node, "yto")]]
    for which in ("favourited_by", "reblogged_by"):
        assert await pages(node, node.token(), f"/api/v1/statuses/{said['id']}/{which}", 1) == wanted


async def test_hashtags_that_one_follows_are_paged(node):
    me = node.token()
    for name in ("one", "two"):
        await node.api("POST", f"/api/v1/tags/{name}/follow", me)
    names = [one["name"] for one in await node.api("GET", "/api/v1/followed_tags?limit=1&min_id=0", me)]
    assert names == ["one"]
