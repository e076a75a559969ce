"""What apps stumbled over when they were run against a node: each line of these was an app that broke."""

from tests.web.test_mastodon import account_of, picture, say, upload


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
