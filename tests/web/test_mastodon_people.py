"""Profiles and people as apps change, follow, mute and block them."""

from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import block
from node.people import actors, mutes
from tests.conftest import until
from tests.federation.test_protocol_people import follows_peer
from tests.web.apps import account_of, follow, picture, say

# ── profile ───────────────────────────────────────────────────────────────────


async def test_a_profile_is_changed_and_others_hear(node, other):
    import aiohttp

    token = node.token()
    far = (await other.api("GET", f"/api/v2/search?resolve=true&q=@amal@{node.host}", other.token()))["accounts"][0]
    await other.api("POST", f"/api/v1/accounts/{far['id']}/follow", other.token())
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    form = aiohttp.FormData()
    form.add_field("avatar", picture(500, 300), filename="a.jpg", content_type="image/jpeg")
    for name, value in {"display_name": "أمل ن.", "note": "hello https://example.org", "locked": "true",
                        "fields_attributes[0][name]": "site", "fields_attributes[0][value]": "https://example.org",
                        "source[privacy]": "private", "source[language]": "ar"}.items():  # fmt: skip
        form.add_field(name, value)
    me = await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data=form)
    assert (me["display_name"], me["locked"], me["source"]["privacy"]) == ("أمل ن.", True, "private")
    assert me["source"]["note"] == "hello https://example.org"
    assert 'href="https://example.org"' in me["fields"][0]["value"]
    assert me["source"]["fields"][0]["value"] == "https://example.org"
    assert (await say(node, token, "mine"))["visibility"] == "private"

    async def heard() -> bool:
        seen = await other.api("GET", f"/api/v1/accounts/{far['id']}")
        return seen["display_name"] == "أمل ن." and seen["locked"] and "/media/remote/icon/" in seen["avatar"]

    await until(heard)
    seen = await other.api("GET", f"/api/v1/accounts/{far['id']}")
    async with other.session.get(seen["avatar"]) as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    bare = await node.api("DELETE", "/api/v1/profile/avatar", token)
    assert bare["avatar"] != me["avatar"]
    async with node.session.get(me["avatar"]) as response:
        assert response.status == 404
    shown = await node.api("GET", "/api/v1/profile", token)
    assert shown["avatar"] is None
    wishes = await node.api("GET", "/api/v1/preferences", token)
    assert wishes["posting:default:visibility"] == "private"


# ── people ────────────────────────────────────────────────────────────────────


async def test_muted_people_are_not_read_nor_heard_until_the_mute_ends(node):
    token, hers = node.token("yto"), node.token()
    amal = await follow(node, token, "amal")
    await say(node, hers, "@yto before")
    muted = await node.api("POST", f"/api/v1/accounts/{amal}/mute", token, json={"duration": 3600})
    assert (muted["muting"], muted["muting_notifications"]) == (True, True)
    assert muted["muting_expires_at"]
    await say(node, hers, "@yto after")
    assert await node.api("GET", "/api/v1/timelines/home", token) == []
    assert await node.api("GET", "/api/v1/timelines/public", token) == []
    assert len(await node.api("GET", "/api/v1/notifications", token)) == 1
    [listed] = await node.api("GET", "/api/v1/mutes", token)
    assert listed["mute_expires_at"]

    await node.write(lambda db: db.execute("update mutes set expires = 1"))
    await node.write(lambda db: db.execute("update tasks set due = 1 where kind = ?", (mutes.TASK,)))
    await node.write(lambda db: db.wake("tasks"))
    await until(lambda: node.api("GET", "/api/v1/timelines/home", token))


async def test_blocks_hide_both(node):
    token, hers = node.token("yto"), node.token()
    amal = await follow(node, token, "amal")
    said = await say(node, hers, "hello")
    blocked = await node.api("POST", f"/api/v1/accounts/{amal}/block", token)
    assert (blocked["blocking"], blocked["following"]) == (True, False)
    await node.api("GET", f"/api/v1/statuses/{said['id']}", token, status=404)
    assert [one["id"] for one in await node.api("GET", "/api/v1/blocks", token)] == [amal]
    assert not (await node.api("POST", f"/api/v1/accounts/{amal}/unblock", token))["blocking"]


async def test_what_somebody_did_who_is_blocked_now_stands_among_the_notifications_no_more(node):
    token = node.token("yto")
    said, yto = await say(node, token, "hello"), await account_of(node, "yto")

    async def told():
        return [one["account"]["id"] for one in await node.api("GET", "/api/v1/notifications", token)]

    tanmia = await account_of(node, "tanmia")
    for one in (node.token(), node.token("amal", actor="tanmia")):
        await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", one)
    await node.api("POST", f"/api/v1/accounts/{yto}/follow", node.token())
    amal = await account_of(node, "amal")
    assert sorted(await told()) == sorted([amal, amal, tanmia])
    await node.api("POST", f"/api/v1/accounts/{amal}/block", token)
    assert await told() == [tanmia]


async def test_notifications_from_a_server_that_a_member_keeps_away_are_gone(node, peer):
    await follows_peer(node, peer)
    post = peer.note(
        1, to=[v.PUBLIC, node.uri("amal")], tag=[{"type": "Mention", "href": node.uri("amal"), "name": "@amal"}]
    )
    await peer.post(f"{node.origin}/inbox", peer.create(post))
    await until(lambda: node.api("GET", "/api/v1/notifications", node.token()))
    await node.write(lambda db: block.put_host(db, actors.ours(db, "amal"), peer.host, now()))
    assert await node.api("GET", "/api/v1/notifications", node.token()) == []
    assert await node.read(lambda db: db.value("select count(*) from notifications")) == 0


async def test_notes_endorsements_and_who_is_near(node):
    token = node.token("yto")
    amal = await follow(node, token, "amal")
    noted = await node.api("POST", f"/api/v1/accounts/{amal}/note", token, json={"comment": "from Sidi Bennour"})
    assert noted["note"] == "from Sidi Bennour"
    assert (await node.api("POST", f"/api/v1/accounts/{amal}/endorse", token))["endorsed"]
    yto = await account_of(node, "yto")
    assert [one["id"] for one in await node.api("GET", f"/api/v1/accounts/{yto}/endorsements")] == [amal]
    assert not (await node.api("POST", f"/api/v1/accounts/{amal}/unpin", token))["endorsed"]
    tanmia = await account_of(node, "tanmia")
    await node.api("POST", f"/api/v1/accounts/{tanmia}/follow", node.token())
    [near] = await node.api("GET", f"/api/v1/accounts/familiar_followers?id[]={tanmia}", token)
    assert [one["id"] for one in near["accounts"]] == [amal]
    suggested = await node.api("GET", "/api/v2/suggestions", token)
    assert suggested[0]["account"]["id"] == tanmia
    await node.api("DELETE", f"/api/v1/suggestions/{tanmia}", token)
    assert tanmia not in [one["account"]["id"] for one in await node.api("GET", "/api/v2/suggestions", token)]


async def test_a_follower_can_be_sent_away_and_one_who_asks_let_in(node):
    asking, token = node.token(), node.token("yto")
    yto = await follow(node, asking, "yto")
    [request] = await node.api("GET", "/api/v1/follow_requests", token)
    answered = await node.api("POST", f"/api/v1/follow_requests/{request['id']}/authorize", token)
    assert answered["followed_by"]
    away = await node.api("POST", f"/api/v1/accounts/{request['id']}/remove_from_followers", token)
    assert not away["followed_by"]
    [mine] = await node.api("GET", f"/api/v1/accounts/relationships?id[]={yto}", asking)
    assert not mine["following"]


async def test_a_server_that_one_does_not_hear(node, other):
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    far = found["accounts"][0]["id"]
    await node.api("POST", "/api/v1/domain_blocks", here, data={"domain": other.host})
    assert await node.api("GET", "/api/v1/domain_blocks", here) == [other.host]
    [known] = await node.api("GET", f"/api/v1/accounts/relationships?id[]={far}", here)
    assert known["domain_blocking"]
    await say(other, there, f"@amal@{node.host} hello")
    await until(lambda: node.read(lambda db: db.value("select count(*) from posts")))
    assert await node.api("GET", "/api/v1/notifications", here) == []
    await node.api("DELETE", f"/api/v1/domain_blocks?domain={other.host}", here)
    assert await node.api("GET", "/api/v1/domain_blocks", here) == []
