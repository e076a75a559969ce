"""Lists, hashtags and filters of apps, over real HTTP; each answer is held against the schemas (Node.api)."""

import pytest

from tests.web.apps import account_of, follow, say


async def test_a_list_shows_those_in_it(node):
    token = node.token("yto")
    amal = await follow(node, token, "amal")
    tanmia = await follow(node, token, "tanmia")
    made = await node.api("POST", "/api/v1/lists", token, json={"title": "جهتي", "replies_policy": "none"})
    await node.api("POST", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": [amal]})
    said = await say(node, node.token(), "in the list")
    await say(node, node.token(actor="tanmia"), "not in it")
    await say(node, node.token(), "an answer", in_reply_to_id=(await say(node, token, "asked"))["id"])
    path = f"/api/v1/timelines/list/{made['id']}"
    assert [one["id"] for one in await node.api("GET", path, token)] == [said["id"]]
    assert [one["id"] for one in await node.api("GET", f"/api/v1/lists/{made['id']}/accounts", token)] == [amal]
    assert [one["id"] for one in await node.api("GET", f"/api/v1/accounts/{amal}/lists", token)] == [made["id"]]
    await node.api("GET", path, node.token(), status=404)
    changed = await node.api("PUT", f"/api/v1/lists/{made['id']}", token, json={"title": "other", "exclusive": True})
    assert (changed["title"], changed["exclusive"]) == ("other", True)
    hidden = await say(node, node.token(), "only in the list now")
    home = [one["id"] for one in await node.api("GET", "/api/v1/timelines/home", token)]
    assert hidden["id"] not in home
    await node.api("DELETE", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": [amal]})
    stranger = await node.api(
        "POST", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": ["99"]}, status=404
    )
    assert stranger["error"] == "Record not found"
    await node.api("DELETE", f"/api/v1/lists/{made['id']}", token)
    assert [one["id"] for one in await node.api("GET", "/api/v1/lists", token)] == ["11", "12"]  # the node's own
    assert tanmia != amal


async def test_a_followed_hashtag_comes_home(node):
    token = node.token("yto")
    followed = await node.api("POST", "/api/v1/tags/ماء/follow", token)
    assert followed["following"]
    await say(node, node.token(), "عن #ماء")
    [seen] = await node.api("GET", "/api/v1/timelines/home", token)
    assert seen["tags"][0]["name"] == "ماء"
    assert [one["name"] for one in await node.api("GET", "/api/v1/followed_tags", token)] == ["ماء"]
    shown = await node.api("GET", "/api/v1/tags/ماء")
    assert shown["history"][0]["uses"] == "1"
    assert not (await node.api("POST", "/api/v1/tags/ماء/unfollow", token))["following"]


async def test_a_featured_hashtag_stands_on_the_profile(node):
    token = node.token()
    await say(node, token, "#education #culture")
    assert len(await node.api("GET", "/api/v1/featured_tags/suggestions", token)) == 2
    made = await node.api("POST", "/api/v1/featured_tags", token, json={"name": "education"})
    assert made["statuses_count"] == "1"
    mine = await account_of(node, "amal")
    assert [one["name"] for one in await node.api("GET", f"/api/v1/accounts/{mine}/featured_tags")] == ["education"]
    await node.api("DELETE", f"/api/v1/featured_tags/{made['id']}", node.token("yto"), status=404)
    await node.api("DELETE", f"/api/v1/featured_tags/{made['id']}", token)


@pytest.mark.parametrize(
    ("keyword", "whole", "words", "met"),
    [
        ("مدرسة", True, "زرنا المَدْرَسَه أمس", True),
        ("أحزاب", True, "والاحزاب", True),
        ("حزب", True, "الاحزاب", False),
        ("أحزاب", False, "الاحزاب", True),
        ("election", True, "Élection today", True),
        ("cat", True, "concatenate", False),
        ("cat", False, "concatenate", True),
    ],
)
async def test_a_filter_knows_how_people_spell(node, keyword, whole, words, met):
    token = node.token("yto")
    sent = {"title": "quiet", "context": ["home", "public"], "filter_action": "hide",
            "keywords_attributes": [{"keyword": keyword, "whole_word": whole}]}  # fmt: skip
    made = await node.api("POST", "/api/v2/filters", token, json=sent)
    said = await say(node, node.token(), words)
    seen = await node.api("GET", f"/api/v1/statuses/{said['id']}", token)
    assert [one["filter"]["id"] for one in seen["filtered"]] == ([made["id"]] if met else [])
    if met:
        assert seen["filtered"][0]["keyword_matches"] == [keyword]
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}", node.token()))["filtered"] == []


async def test_filters_are_changed_word_by_word_and_status_by_status(node):
    token = node.token()
    made = await node.api("POST", "/api/v2/filters", token, json={"title": "t", "context": ["home"]})
    path = f"/api/v2/filters/{made['id']}"
    word = await node.api("POST", path + "/keywords", token, data={"keyword": "one", "whole_word": "false"})
    changed = await node.api("PUT", f"/api/v2/filters/keywords/{word['id']}", token, json={"keyword": "two"})
    assert (changed["keyword"], changed["whole_word"]) == ("two", False)
    said = await say(node, node.token("yto"), "nothing special")
    one = await node.api("POST", path + "/statuses", token, json={"status_id": said["id"]})
    seen = await node.api("GET", f"/api/v1/statuses/{said['id']}", token)
    assert seen["filtered"][0]["status_matches"] == [said["id"]]
    await node.api("DELETE", f"/api/v2/filters/statuses/{one['id']}", token)
    expiring = await node.api("PUT", path, token, json={"expires_in": 3600, "filter_action": "blur"})
    assert expiring["expires_at"]
    assert expiring["filter_action"] == "blur"
    assert [one["phrase"] for one in await node.api("GET", "/api/v1/filters", token)] == ["two"]
    await node.api("GET", path, node.token("yto"), status=404)
    await node.api("DELETE", path, token)
    assert await node.api("GET", "/api/v2/filters", token) == []
    wrong = await node.api("POST", "/api/v2/filters", token, json={"title": "t", "context": ["moon"]}, status=422)
    assert wrong["error"].startswith("Validation failed")


async def test_filters_of_older_apps(node):
    token = node.token()
    made = await node.api(
        "POST", "/api/v1/filters", token, data=[("phrase", "x y"), ("context[]", "home"), ("irreversible", "true")]
    )
    assert made["irreversible"]
    path = f"/api/v1/filters/{made['id']}"
    changed = await node.api("PUT", path, token, json={"phrase": "z", "context": ["thread"]})
    assert (changed["phrase"], changed["context"]) == ("z", ["thread"])
    await node.api("DELETE", path, token)
    assert await node.api("GET", "/api/v2/filters", token) == []
