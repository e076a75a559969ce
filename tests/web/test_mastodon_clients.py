"""What apps stumbled over when they were run against a node: each line of these was an app that broke."""

import aiohttp

from federation.bridge import now
from node import ids
from tests import strict
from tests.web.apps import account_of, picture, say, upload


async def test_who_has_no_picture_has_the_one_that_apps_know(node):
    """Phanpy and Ice Cubes draw their own where an address ends in missing.png; Mastodon.py's tests look for it."""
    amal = await node.api("GET", "/api/v1/accounts/lookup?acct=amal")
    for name, kind in (("avatar", "avatars"), ("header", "headers")):
        assert amal[name] == amal[f"{name}_static"] == f"{node.origin}/{kind}/original/missing.png"
        async with node.session.get(amal[name]) as response:
            assert (response.status, response.content_type) == (200, "image/png")
            assert (await response.read())[1:4] == b"PNG"


async def test_an_instance_names_whom_one_may_ask(node):
    """Apps built on megalodon for Rust show no instance without an account to contact."""
    amal = await account_of(node, "amal")
    v1, v2 = [await node.api("GET", f"/api/v{version}/instance") for version in (1, 2)]
    assert v1["contact_account"]["id"] == v2["contact"]["account"]["id"] == amal
    await node.api("PATCH", "/api/v1/accounts/update_credentials", node.token(), data={"discoverable": "false"})
    assert (await node.api("GET", "/api/v1/instance"))["contact_account"] is None


async def test_a_poll_may_have_pictures(node):
    """As Mastodon 4.6 and Mastodon.py's tests know it."""
    token = node.token()
    shown = await upload(node, token, picture())
    said = await say(node, token, "which?", media_ids=[shown["id"]], poll={"options": ["a", "b"], "expires_in": 600})
    assert [one["id"] for one in said["media_attachments"]] == [shown["id"]]
    assert [one["title"] for one in said["poll"]["options"]] == ["a", "b"]


async def test_a_hashtag_is_found_with_its_sign(node):
    token = node.token()
    said = await say(node, token, "#culture")
    for path in ("/api/v1/timelines/tag/%23culture", "/api/v1/timelines/tag/CULTURE"):
        assert [one["id"] for one in await node.api("GET", path)] == [said["id"]]
    for path in ("/api/v1/tags/%23culture", "/api/v1/tags/Culture"):
        assert (await node.api("GET", path, token))["name"] == "culture"


async def test_a_slash_too_many_leads_to_the_same(node):
    token = node.token()
    said = await say(node, token, "hello")
    for path in (f"/api/v1/statuses/{said['id']}/", f"/api/v1/accounts/{said['account']['id']}/statuses/?limit=1"):
        async with node.session.get(node.origin + path, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (308, path.replace("/?", "?").rstrip("/"))
            assert response.headers["Access-Control-Allow-Origin"] == "*"
    found = await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite/", token)
    assert found["favourited"] is True
    await node.api("GET", "/api/v1/nothing/", token, status=404)


async def test_lists_of_objects_come_as_rails_writes_them(node):
    token = node.token()
    fields = aiohttp.FormData()
    for name, value in (("a", "b"), ("c", "d")):
        fields.add_field("fields_attributes[][name]", name)
        fields.add_field("fields_attributes[][value]", value)
    me = await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data=fields)
    assert [(one["name"], one["value"]) for one in me["source"]["fields"]] == [("a", "b"), ("c", "d")]
    words = aiohttp.FormData({"title": "x", "context[]": "home"})
    for word in ("one", "two"):
        words.add_field("keywords_attributes[][keyword]", word)
    made = await node.api("POST", "/api/v2/filters", token, data=words)
    assert [one["keyword"] for one in made["keywords"]] == ["one", "two"]


async def test_a_warning_alone_is_the_text(node):
    said = await say(node, node.token(), "", spoiler_text="only this")
    assert (said["content"], said["spoiler_text"], said["sensitive"]) == ("<p>only this</p>", "", True)
    for odd in (["a"], {"a": 1}, None, "  "):
        await node.api("POST", "/api/v1/statuses", node.token(), json={"status": odd}, status=422)


async def test_a_request_sent_again_schedules_once_and_never_breaks(node):
    token, key = node.token(), {"Idempotency-Key": "k"}
    later = ids.rfc3339(now() + 7_200_000)
    sent = {"status": "later", "scheduled_at": later}
    first, again = [await node.api("POST", "/api/v1/statuses", token, json=sent, headers=key) for _ in range(2)]
    assert first["id"] == again["id"]
    assert len(await node.api("GET", "/api/v1/scheduled_statuses", token)) == 1
    said = await node.api("POST", "/api/v1/statuses", token, json={"status": "now"}, headers=key)
    await node.api("DELETE", f"/api/v1/statuses/{said['id']}", token)
    once_more = await node.api("POST", "/api/v1/statuses", token, json={"status": "now"}, headers=key)
    assert once_more["id"] != said["id"]


async def test_apps_read_mastodons_words_in_english_and_ours_in_arabic(node):
    token = node.token()
    for path in ("/api/v1/accounts/5", "/api/v1/accounts/5/followers"):
        assert (await node.api("GET", path, status=404))["error"] == "Record not found"
    sent = {"status": "x", "in_reply_to_id": "5"}
    told = await node.api("POST", "/api/v1/statuses", token, json=sent, status=404)
    assert told["error"] == "The post you are trying to reply to does not appear to exist."
    arabic = {"Accept-Language": "ar"}
    told = await node.api("POST", "/api/v1/statuses", token, json=sent, headers=arabic, status=404)
    assert told["error"] and not told["error"].isascii()


async def test_who_answers_a_boost_answers_what_it_passes_on(node):
    token, hers = node.token(), node.token("yto")
    said = await say(node, token, "first")
    passed = await node.api("POST", f"/api/v1/statuses/{said['id']}/reblog", hers)
    answer = await say(node, hers, "yes", in_reply_to_id=passed["id"])
    assert answer["in_reply_to_id"] == said["id"]


async def test_kinds_of_notifications_that_are_unknown_here_are_none(node):
    await say(node, node.token("yto"), "@amal hello")
    token = node.token()
    for path in ("/api/v1/notifications?types[]=annual_report", "/api/v1/notifications?types[]=nonsense"):
        assert await node.api("GET", path, token) == []
    grouped = await node.api("GET", "/api/v2/notifications?types[]=annual_report", token)
    assert grouped["notification_groups"] == []
    assert len(await node.api("GET", "/api/v1/notifications?types[]=annual_report&types[]=mention", token)) == 1


async def test_a_strict_app_would_say_what_it_misses(node, shared):
    """Every answer of every test is held against this (tests/schemas.py): here is that it sees."""
    said = await say(node, node.token(), "hello")
    assert strict.complaints("Status", said) == []
    broken = said | {"visibility": "members", "replies_count": 2**31, "spoiler_text": None, "account": {}}
    del broken["quote_approval"]
    told = strict.complaints("Status", broken)
    for one in ("visibility is 'members'", "replies_count is no int: 2147483648", "spoiler_text is null",
                "quote_approval is missing", "account.id is missing"):  # fmt: skip
        assert f"Status.{one}" in told


async def test_what_is_put_may_be_patched(node):
    token = node.token()
    said = await say(node, token, "first")
    edited = await node.api("PATCH", f"/api/v1/statuses/{said['id']}", token, json={"status": "second"})
    assert edited["content"] == "<p>second</p>"
    async with node.session.get(node.origin + "/api/v1/timelines/home") as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
