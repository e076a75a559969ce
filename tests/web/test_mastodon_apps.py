"""What apps of phones and browsers ask in turn, from the address that is typed to a profile that is looked at."""

import pytest

from node.people import actors, users
from tests.web.apps import picture, say, upload
from tests.web.test_oauth import BACK, Browser, code_for, exchange, register

SCOPES = "read write follow push"


async def test_an_app_logs_in_and_fills_its_first_screen(node):
    for path in ("/api/v2/instance", "/api/v1/instance", "/api/v1/timelines/public?limit=20", "/api/v1/trends/tags",
                 "/api/v1/custom_emojis", "/api/v1/instance/rules"):  # fmt: skip
        await node.api("GET", path)
    app = await register(node, BACK, SCOPES)
    browser = Browser(node)
    await browser.log_in()
    made = await exchange(node, app, await code_for(browser, app))
    await browser.close()
    token = made["access_token"]
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", token)
    for path in (
        "/api/v1/preferences", "/api/v2/filters", "/api/v1/filters", "/api/v1/lists", "/api/v1/announcements",
        "/api/v1/markers?timeline[]=home&timeline[]=notifications", "/api/v1/timelines/home?limit=40",
        "/api/v1/timelines/home?min_id=1&limit=80", "/api/v1/notifications?limit=30&exclude_types[]=follow",
        "/api/v2/notifications?limit=30&expand_accounts=partial_avatars&grouped_types[]=favourite",
        "/api/v2/notifications/policy", "/api/v2/notifications/unread_count", "/api/v1/notifications/unread_count",
        "/api/v1/notifications/requests", "/api/v1/follow_requests", "/api/v1/conversations", "/api/v1/bookmarks",
        "/api/v1/favourites", "/api/v1/followed_tags", "/api/v1/trends/statuses", "/api/v1/trends/links",
        "/api/v2/suggestions", "/api/v1/directory?local=true", "/api/v1/scheduled_statuses", "/api/v1/blocks",
        "/api/v1/mutes", "/api/v1/domain_blocks", "/api/v1/endorsements", "/api/v1/apps/verify_credentials",
        f"/api/v1/accounts/{me['id']}/featured_tags", f"/api/v1/accounts/relationships?id[]={me['id']}",
    ):  # fmt: skip
        await node.api("GET", path, token)
    none = await node.api("GET", "/api/v1/push/subscription", token, status=404)
    assert none["error"]
    sent = {"home": {"last_read_id": "1"}}
    assert (await node.api("POST", "/api/v1/markers", token, json=sent))["home"]["last_read_id"] == "1"


@pytest.mark.parametrize(
    "back",
    ["tool://", "my-app-auth://callback", "oauth2redirect://org.example.app/", "org.example.App.22300:/request_token/5",
     "app://example.org/oauth", "http://localhost:4000/back", "urn:ietf:wg:oauth:2.0:oob"],
)  # fmt: skip
async def test_an_app_may_be_called_back_as_phones_do(node, back):
    assert (await register(node, back))["redirect_uri"] == back


async def test_an_app_writes_edits_and_looks_at_the_profile(node):
    token, yto = node.token(), node.token("yto")
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", token)
    shown = await upload(node, token, picture(), "a green field")
    await node.api("GET", f"/api/v1/media/{shown['id']}", token)
    draft = {"status": "with a picture", "media_ids": [shown["id"]], "visibility": "public", "sensitive": False,
             "spoiler_text": "", "in_reply_to_id": None, "poll": None, "scheduled_at": None, "language": "en"}  # fmt: skip
    key = {"Idempotency-Key": "draft 1"}
    first = await node.api("POST", "/api/v1/statuses", token, json=draft, headers=dict(key))
    again = await node.api("POST", "/api/v1/statuses", token, json=draft, headers=dict(key))
    assert again["id"] == first["id"]
    path = f"/api/v1/statuses/{first['id']}"
    assert (await node.api("GET", path + "/source", token))["text"] == "with a picture"
    focused = {"id": shown["id"], "description": "a field", "focus": "0.5,0.0"}
    changed = {"status": "better", "media_ids": [shown["id"]], "media_attributes": [focused]}
    edited = await node.api("PUT", path, token, json=changed)
    assert edited["edited_at"] and edited["media_attachments"][0]["description"] == "a field"
    assert len(await node.api("GET", path + "/history", token)) >= 2
    reply = await say(node, token, "and more", in_reply_to_id=first["id"])
    await node.api("POST", path + "/pin", token)
    tabs = {"": {first["id"], reply["id"]}, "only_media=true": {first["id"]}, "pinned=true": {first["id"]},
            "exclude_replies=true&exclude_reblogs=true": {first["id"], reply["id"]}}  # fmt: skip
    for query, wanted in tabs.items():
        found = await node.api("GET", f"/api/v1/accounts/{me['id']}/statuses?{query}", yto)
        assert {one["id"] for one in found} == wanted, query
    assert (await node.api("GET", "/api/v2/search?q=better&type=statuses&limit=5", token))["statuses"]
    assert (await node.api("GET", path + "/context", yto))["descendants"][0]["id"] == reply["id"]
    gone = await node.api("DELETE", path, token)
    assert gone["text"] == "better" and gone["media_attachments"]
    await node.api("GET", path, token, status=404)


async def test_an_irreversible_filter_of_older_apps_drops_what_it_meets(node):
    amal, yto = node.token(), node.token("yto")
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", amal)
    await node.api("POST", f"/api/v1/accounts/{me['id']}/follow", yto)
    sent = {"phrase": "thunder", "context": ["home", "notifications"], "irreversible": True, "whole_word": True}
    made = await node.api("POST", "/api/v1/filters", yto, json=sent)
    await say(node, amal, "@yto thunder tonight")
    poll = {"options": ["thunder", "rain"], "expires_in": 600}
    await say(node, amal, "which?", poll=poll)
    kept = await say(node, amal, "@yto thunderous")
    own = await say(node, yto, "thunder of mine")
    home = await node.api("GET", "/api/v1/timelines/home", yto)
    assert [one["id"] for one in home] == [own["id"], kept["id"]]
    told = await node.api("GET", "/api/v1/notifications?types[]=mention", yto)
    assert [one["status"]["id"] for one in told] == [kept["id"]]
    await node.api("PUT", f"/api/v1/filters/{made['id']}", yto, json={**sent, "irreversible": False})
    again = await say(node, amal, "@yto thunder once more")
    home = await node.api("GET", "/api/v1/timelines/home", yto)
    assert home[0]["id"] == again["id"] and home[0]["filtered"][0]["keyword_matches"] == ["thunder"]


async def test_a_hiding_filter_of_newer_apps_leaves_the_hiding_to_them(node):
    amal, yto = node.token(), node.token("yto")
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", amal)
    await node.api("POST", f"/api/v1/accounts/{me['id']}/follow", yto)
    sent = {
        "title": "weather",
        "context": ["home"],
        "filter_action": "hide",
        "keywords_attributes": [{"keyword": "rain"}],
    }
    await node.api("POST", "/api/v2/filters", yto, json=sent)
    said = await say(node, amal, "rain at last")
    [one] = await node.api("GET", "/api/v1/timelines/home", yto)
    assert one["id"] == said["id"] and one["filtered"][0]["filter"]["filter_action"] == "hide"


async def test_moderators_are_told_of_each_report_with_the_report(node):
    amal, yto = node.token(), node.token("yto")
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", amal)
    for comment in ("first", "second"):
        await node.api("POST", "/api/v1/reports", yto, json={"account_id": me["id"], "comment": comment})
    path = "/api/v1/notifications?types[]=admin.report"
    told = await node.api("GET", path, amal)
    assert [one["report"]["comment"] for one in told] == ["second", "first"]
    groups = await node.api("GET", "/api/v2/notifications?types[]=admin.report", amal)
    assert groups["notification_groups"][0]["report"]["target_account"]["id"] == me["id"]
    await node.write(lambda db: users.set_role(db, users.by_name(db, "amal")["id"], "member"))
    assert all("report" not in one for one in await node.api("GET", path, amal))


async def test_groups_may_name_all_but_the_first_in_brief(node):
    amal, yto = node.token(), node.token("yto")
    tanmia = node.token("amal", SCOPES, "tanmia")
    said = await say(node, amal, "good news")
    for one in (yto, tanmia):
        await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", one)
    found = await node.api("GET", "/api/v2/notifications?expand_accounts=partial_avatars", amal)
    [group] = found["notification_groups"]
    whole, brief = [one["id"] for one in found["accounts"]], [one["id"] for one in found["partial_accounts"]]
    assert group["sample_account_ids"] == whole + brief and len(brief) == 1
    assert "note" not in found["partial_accounts"][0]
    assert "partial_accounts" not in await node.api("GET", "/api/v2/notifications", amal)


async def test_an_account_that_moved_says_where(node):
    token = node.token()
    yto = await node.read(lambda db: actors.ours(db, "yto"))
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", token)
    assert "moved" not in me
    await node.write(lambda db: actors.moved(db, int(me["id"]), yto["uri"]))
    found = await node.api("GET", f"/api/v1/accounts/{me['id']}", token)
    assert found["moved"]["acct"] == "yto"
