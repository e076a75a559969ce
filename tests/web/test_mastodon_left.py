"""What older and rarer apps ask: messages one by one, hashtags for moderators, a poll with a picture."""

from federation.vocabulary import PUBLIC
from tests.conftest import until
from tests.web.apps import picture, say, upload


async def test_messages_are_read_one_by_one(node):
    amal, yto = node.token(), node.token("yto")
    await say(node, amal, "@yto in public")
    first = await say(node, amal, "@yto first", visibility="direct")
    note = await say(node, amal, "to myself", visibility="direct")
    second = await say(node, yto, "@amal second", visibility="direct")
    assert [one["id"] for one in await node.api("GET", "/api/v1/timelines/direct", amal)] == [
        second["id"],
        note["id"],
        first["id"],
    ]
    assert [one["id"] for one in await node.api("GET", "/api/v1/timelines/direct", yto)] == [second["id"], first["id"]]
    older = await node.api("GET", f"/api/v1/timelines/direct?max_id={second['id']}&limit=1", amal)
    newer = await node.api("GET", f"/api/v1/timelines/direct?min_id={first['id']}&limit=1", amal)
    assert [older[0]["id"], newer[0]["id"]] == [note["id"], note["id"]]
    await node.api("GET", "/api/v1/timelines/direct", status=401)


async def test_moderators_look_at_hashtags_and_take_them_out_of_what_is_read_most(node):
    staff = node.token("amal", "read write admin:read admin:write")
    for name in ("amal", "yto"):
        await say(node, node.token(name), "#شراكة #other")
    found = await node.api("GET", "/api/v1/admin/tags?limit=1", staff)
    assert len(found) == 1
    [tag] = [one for one in await node.api("GET", "/api/v1/admin/tags", staff) if one["name"] == "شراكة"]
    assert tag["trendable"] and tag["usable"] and not tag["requires_review"]
    path = f"/api/v1/admin/tags/{tag['id']}"
    assert (await node.api("PUT", path, staff, json={"trendable": False}))["trendable"] is False
    assert (await node.api("GET", path, staff))["trendable"] is False
    assert "شراكة" not in [one["name"] for one in await node.api("GET", "/api/v1/trends/tags")]
    await node.api("PUT", path, staff, json={"trendable": True})
    assert "شراكة" in [one["name"] for one in await node.api("GET", "/api/v1/trends/tags")]
    await node.api("PUT", path, staff, json={"usable": False}, status=422)
    await node.api("PUT", path, staff, json={"display_name": "another"}, status=422)
    await node.api("GET", "/api/v1/admin/tags/999999", staff, status=404)
    await node.api("GET", "/api/v1/admin/tags", node.token("yto"), status=403)
    await node.api("PUT", path, node.token("amal", "read"), json={"trendable": False}, status=403)


async def test_a_poll_with_a_picture_is_seen_whole_elsewhere(node, other):
    there = other.token()
    [amal] = (await other.api("GET", f"/api/v2/search?q=@amal@{node.host}&resolve=true&type=accounts", there))[
        "accounts"
    ]
    await other.api("POST", f"/api/v1/accounts/{amal['id']}/follow", there)
    await until(lambda: node.read(lambda db: db.value("select 1 from follows where state = 'accepted'")))
    shown = await upload(node, node.token(), picture(), "two fields")
    poll = {"options": ["left", "right"], "expires_in": 600}
    said = await say(node, node.token(), "which?", media_ids=[shown["id"]], poll=poll)
    assert said["poll"]["options"] and said["media_attachments"][0]["description"] == "two fields"

    async def come():
        home = await other.api("GET", "/api/v1/timelines/home", there)
        return next((one for one in home if one["uri"] == said["uri"]), None)

    came = await until(come)
    assert [one["title"] for one in came["poll"]["options"]] == ["left", "right"]
    assert came["media_attachments"][0]["description"] == "two fields"


async def test_the_link_that_a_topic_of_lemmy_is_about_is_seen(node, peer):
    link = "https://news.example/story?a=1&b=2"
    note = peer.note(1, "", type="Page", name="Look", attachment=[{"type": "Link", "href": link}], to=[PUBLIC])
    del note["content"]
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    number = await until(lambda: node.read(lambda db: db.value("select id from posts where uri = ?", (note["id"],))))
    found = await node.api("GET", f"/api/v1/statuses/{number}")
    assert 'href="https://news.example/story?a=1&amp;b=2"' in found["content"] and "Look" in found["content"]
    page = await (await node.get(f"/@badr@{peer.host}/{number}", "text/html")).text()
    assert page.count('href="https://news.example/story?a=1&amp;b=2"') == 1


async def test_versions_of_a_status_name_what_it_quotes(node):
    first, token = await say(node, node.token("yto"), "first"), node.token()
    quoting = await say(node, token, "look", quoted_status_id=first["id"])
    await node.api("PUT", f"/api/v1/statuses/{quoting['id']}", token, json={"status": "look again"})
    versions = await node.api("GET", f"/api/v1/statuses/{quoting['id']}/history", token)
    assert [one["quote"]["quoted_status"]["id"] for one in versions] == [first["id"]] * 2
    assert all("quote" not in one for one in await node.api("GET", f"/api/v1/statuses/{first['id']}/history", token))
