"""Addresses that apps get are ASCII, whatever language a hashtag or a page is named in: Swift reads no other."""

from federation.vocabulary import PUBLIC
from tests.conftest import until
from tests.web.apps import say

WATER = "%D8%B4%D8%B1%D8%A7%D9%83%D8%A9"


async def test_an_arabic_hashtag_has_an_address_that_every_app_reads(node):
    token = node.token()
    said = await say(node, token, "عن #شراكة")
    assert said["tags"] == [{"name": "شراكة", "url": f"{node.origin}/tags/{WATER}"}]
    assert f'href="{node.origin}/tags/{WATER}"' in said["content"]
    looked = await node.api("GET", "/api/v1/tags/شراكة")
    shown = await node.api("POST", "/api/v1/featured_tags", token, json={"name": "شراكة"})
    found = await node.api("GET", "/api/v2/search?q=شراك&type=hashtags", token)
    for one in (looked, shown, found["hashtags"][0]):
        assert one["url"].isascii() and one["url"].startswith(f"{node.origin}/tags/%D8")
    assert (await node.get(looked["url"].removeprefix(node.origin), "text/html")).status == 200


async def test_a_word_that_is_no_hashtag_is_not_followed_nor_shown(node):
    token = node.token()
    for word in ("e%3C", "a%20b", "123", "%25"):
        await node.api("POST", f"/api/v1/tags/{word}/follow", token, status=404)
        await node.api("GET", f"/api/v1/tags/{word}", status=404)
    await node.api("POST", "/api/v1/featured_tags", token, json={"name": "e<"}, status=422)


async def test_a_page_of_elsewhere_keeps_its_signs(node, peer):
    note = peer.note(1, "<p>مقال</p>", to=[PUBLIC], url=f"{peer.origin}/مقال?a=1&b=%20#c")
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    number = await until(lambda: node.read(lambda db: db.value("select id from posts where uri = ?", (note["id"],))))
    found = await node.api("GET", f"/api/v1/statuses/{number}")
    assert found["url"] == f"{peer.origin}/%D9%85%D9%82%D8%A7%D9%84?a=1&b=%20#c"


async def test_posts_are_found_beside_people(node):
    token = node.token()
    said = await say(node, token, "amal is a name and a word")
    found = await node.api("GET", "/api/v2/search?q=amal", token)
    assert found["accounts"][0]["acct"] == "amal"
    assert [one["id"] for one in found["statuses"]] == [said["id"]]
    assert (await node.api("GET", "/api/v2/search?q=@amal", token))["statuses"] == []
