"""Entities that few tests look at, each with something in it, held against the schemas."""

from datetime import UTC, datetime, timedelta

from node import settings
from node.people import follows
from tests.web.apps import account_of, picture, say, upload
from tests.web.moderators import ADMIN, report


async def test_lists_of_accounts(node):
    amal, yto = node.token(), node.token("yto")
    hers, mine = await account_of(node, "yto"), await account_of(node, "amal")
    await node.api("POST", f"/api/v1/accounts/{mine}/follow", yto)
    assert [one["id"] for one in await node.api("GET", f"/api/v1/accounts/{hers}/following", amal)] == [mine]
    await node.api("POST", f"/api/v1/accounts/{mine}/endorse", yto)
    assert len(await node.api("GET", "/api/v1/endorsements", yto)) == 1
    await node.api("POST", f"/api/v1/accounts/{mine}/unendorse", yto)
    assert len(await node.api("GET", f"/api/v1/accounts?id[]={hers}&id[]={mine}&id[]=7")) == 2
    await node.api("GET", "/api/v1/suggestions", amal)
    await node.api("POST", f"/api/v1/accounts/{hers}/follow", amal)
    await node.api("POST", f"/api/v1/follow_requests/{mine}/reject", yto)
    await node.api("POST", f"/api/v1/accounts/{hers}/mute", amal, json={"duration": 600})
    await node.api("POST", f"/api/v1/accounts/{hers}/unmute", amal)


async def test_lists_about_statuses(node):
    amal, yto = node.token(), node.token("yto")
    said = await say(node, amal, "#word for all")
    path = f"/api/v1/statuses/{said['id']}"
    await node.api("POST", path + "/favourite", yto)
    await node.api("POST", path + "/reblog", yto)
    for which in ("favourited_by", "reblogged_by"):
        assert len(await node.api("GET", f"{path}/{which}", amal)) == 1
    await node.api("POST", path + "/unreblog", yto)
    assert len(await node.api("GET", f"/api/v1/statuses?id[]={said['id']}")) == 1
    assert len(await node.api("GET", "/api/v1/timelines/public?local=true")) == 1
    await say(node, yto, "#word")
    assert len(await node.api("GET", "/api/v1/trends")) == 1
    await node.api("GET", f"/api/oembed?url={said['url']}")
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    later = await say(node, amal, "later", scheduled_at=due, poll={"options": ["a", "b"], "expires_in": 600})
    await node.api("GET", f"/api/v1/scheduled_statuses/{later['id']}", amal)
    [told] = await node.api("GET", "/api/v1/notifications?types[]=favourite", amal)
    await node.api("GET", f"/api/v1/notifications/{told['id']}", amal)
    [group] = (await node.api("GET", "/api/v2/notifications?types[]=favourite", amal))["notification_groups"]
    await node.api("GET", f"/api/v2/notifications/{group['group_key']}", amal)
    sent = {"account_id": said["account"]["id"], "status_ids": [said["id"]], "category": "spam", "comment": "x"}
    await node.api("POST", "/api/v1/reports", yto, json=sent)


async def test_filters_of_both_versions(node):
    amal = node.token()
    said = await say(node, amal, "x")
    made = await node.api("POST", "/api/v2/filters", amal, json={"title": "t", "context": ["home"], "expires_in": 600,
                          "keywords_attributes": [{"keyword": "k", "whole_word": True}]})  # fmt: skip
    path = f"/api/v2/filters/{made['id']}"
    [word] = await node.api("GET", path + "/keywords", amal)
    await node.api("GET", f"/api/v2/filters/keywords/{word['id']}", amal)
    held = await node.api("POST", path + "/statuses", amal, json={"status_id": said["id"]})
    assert len(await node.api("GET", path + "/statuses", amal)) == 1
    await node.api("GET", f"/api/v2/filters/statuses/{held['id']}", amal)
    assert len(await node.api("GET", "/api/v2/filters", amal)) == 1
    await node.api("GET", path, amal)
    await node.api("GET", f"/api/v1/filters/{word['id']}", amal)


async def test_ones_own_profile(node):
    amal = node.token()
    await node.api("POST", "/api/v1/featured_tags", amal, json={"name": "word"})
    assert len(await node.api("GET", "/api/v1/featured_tags", amal)) == 1
    await node.api("PATCH", "/api/v1/profile", amal, json={"display_name": "أمل"})
    await node.api("DELETE", "/api/v1/profile/header", amal)
    await upload(node, amal, picture(), "x")


async def test_the_house_tells_its_rules_and_whom_it_does_not_hear(node):
    await node.write(
        settings.choose, "rules", [{"ar": "نتحدث باحترام", "fr": "On se respecte"}, {"fr": "Sans publicité"}]
    )
    rules = await node.api("GET", "/api/v1/instance/rules")
    assert len(rules) == 2 and rules[0]["translations"]["fr"]["text"] == "On se respecte"
    staff = node.token(scopes=ADMIN)
    sent = {
        "domain": "bad.example",
        "severity": "suspend",
        "public_comment": "spam",
        "private_comment": "x",
        "obfuscate": True,
    }
    made = await node.api("POST", "/api/v1/admin/domain_blocks", staff, json=sent)
    assert len(await node.api("GET", "/api/v1/admin/domain_blocks", staff)) == 1
    await node.api("GET", f"/api/v1/admin/domain_blocks/{made['id']}", staff)
    [shown] = await node.api("GET", "/api/v1/instance/domain_blocks")
    assert shown["severity"] == "suspend" and shown["domain"] != "bad.example"
    await node.api("GET", "/api/v1/domain_blocks", node.token())


async def test_what_moderators_hold(node):
    staff = node.token(scopes=ADMIN)
    yto = await account_of(node, "yto")
    number = await report(node)
    await node.api("GET", f"/api/v1/admin/reports/{number}", staff)
    for kind, back in (("silence", "unsilence"), ("disable", "enable"), ("sensitive", "unsensitive")):
        await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", staff, json={"type": kind})
        await node.api("POST", f"/api/v1/admin/accounts/{yto}/{back}", staff)
    for path, sent in (
        ("ip_blocks", {"ip": "192.0.2.0/24", "severity": "no_access", "comment": "x", "expires_in": 600}),
        ("email_domain_blocks", {"domain": "bad.example"}), ("canonical_email_blocks", {"email": "a@b.example"}),
        ("domain_allows", {"domain": "good.example"}),
    ):  # fmt: skip
        made = await node.api("POST", f"/api/v1/admin/{path}", staff, json=sent)
        assert len(await node.api("GET", f"/api/v1/admin/{path}", staff)) == 1, path
        await node.api("GET", f"/api/v1/admin/{path}/{made['id']}", staff)


async def test_requests_of_strangers(node):
    amal, yto = node.token(), node.token("yto")
    mine = int(await account_of(node, "amal"))
    assert await node.read(lambda db: follows.get(db, mine, mine)) is None
    await node.api("PATCH", "/api/v2/notifications/policy", amal, json={"for_not_following": "filter"})
    await say(node, yto, "@amal hello")
    [asked] = await node.api("GET", "/api/v1/notifications/requests", amal)
    await node.api("GET", f"/api/v1/notifications/requests/{asked['id']}", amal)
    assert asked["last_status"]["account"]["username"] == "yto"


async def test_applications_and_nodeinfo(node):
    made = await node.api("POST", "/api/v1/apps", json={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob",
                                                        "scopes": "read", "website": "https://x.example"})  # fmt: skip
    assert made["client_secret_expires_at"] == 0
    await node.api("GET", "/.well-known/nodeinfo")
    sent = {"grant_type": "client_credentials", "client_id": made["client_id"], "client_secret": made["client_secret"]}
    await node.api("POST", "/oauth/token", json=sent)
