"""One's own profile through the Mastodon API: what an app may choose, and what others then see."""

import base64
import json

import aiohttp
import pytest

from node import settings
from tests.web.apps import account_of, picture

PATH = "/api/v1/accounts/update_credentials"


async def test_a_profile_keeps_every_choice_that_apps_offer(node):
    amal = node.token()
    form = aiohttp.FormData()
    form.add_field("avatar", picture(), filename="a.jpg", content_type="image/jpeg")
    for name, value in (
        ("avatar_description", "أمل أمام المقر"), ("bot", "true"), ("show_media", "0"), ("show_media_replies", "false"),
        ("show_featured", "off"), ("hide_collections", "1"), ("attribution_domains[]", "Example.com"),
        ("attribution_domains[]", "press.example"),
    ):  # fmt: skip
        form.add_field(name, value)
    mine = await node.api("PATCH", PATH, amal, data=form)
    seen = await node.api("GET", f"/api/v1/accounts/{mine['id']}")
    assert seen["avatar_description"] == "أمل أمام المقر" and seen["header_description"] == ""
    assert seen["bot"] is True and seen["hide_collections"] is True
    assert [seen[one] for one in ("show_media", "show_media_replies", "show_featured")] == [False] * 3
    assert mine["source"]["attribution_domains"] == ["example.com", "press.example"]
    profile = await node.api("GET", "/api/v1/profile", amal)
    assert profile["attribution_domains"] == ["example.com", "press.example"] and profile["bot"] is True
    async with await node.get("/users/amal") as response:
        assert json.loads(await response.read())["type"] == "Service"
    mine = await node.api("PATCH", PATH, amal, json={"bot": False})
    assert mine["bot"] is False and mine["avatar_description"]  # what was not sent stays
    async with await node.get("/users/amal") as response:
        assert json.loads(await response.read())["type"] == "Person"


@pytest.mark.parametrize(
    "sent", [{"avatar_description": "a" * 1501}, {"attribution_domains": ["no domain"]}], ids=["long", "no domain"]
)
async def test_a_profile_refuses_what_it_cannot_keep(node, sent):
    found = await node.api("PATCH", PATH, node.token(), json=sent, status=422)
    assert found["error"].startswith("Validation failed: ")


async def test_who_follows_whom_is_hidden_when_that_is_wished(node):
    amal, yto = node.token(), node.token("yto")
    target = await account_of(node, "amal")
    await node.api("POST", f"/api/v1/accounts/{target}/follow", yto)
    path = f"/api/v1/accounts/{target}/followers"
    assert [one["acct"] for one in await node.api("GET", path)] == ["yto"]
    await node.api("PATCH", PATH, amal, json={"hide_collections": True})
    assert await node.api("GET", path) == await node.api("GET", path, yto) == []
    assert [one["acct"] for one in await node.api("GET", path, amal)] == ["yto"]


async def test_a_name_that_nobody_chose_is_empty(node):
    assert (await node.api("PATCH", PATH, node.token(), json={"display_name": ""}))["display_name"] == ""


async def test_a_hashtag_is_shown_on_a_profile_and_taken_off(node):
    amal = node.token()
    shown = await node.api("POST", "/api/v1/tags/Culture/feature", amal)
    assert shown["featuring"] is True
    assert (await node.api("POST", "/api/v1/tags/Culture/feature", amal))["featuring"] is True  # twice is once
    listed = await node.api("GET", f"/api/v1/accounts/{await account_of(node, 'amal')}/featured_tags")
    assert [one["name"] for one in listed] == ["Culture"]
    assert (await node.api("GET", "/api/v1/tags/culture", node.token("yto")))["featuring"] is False
    assert (await node.api("POST", "/api/v1/tags/culture/unfeature", amal))["featuring"] is False
    assert await node.api("GET", "/api/v1/featured_tags", amal) == []


async def test_a_token_of_the_operator_knows_its_application(node):
    assert (await node.api("GET", "/api/v1/apps/verify_credentials", node.token()))["name"] == "tashbik"


async def test_a_picture_may_come_written_out(node):
    data = "data:image/jpeg;base64," + base64.b64encode(picture()).decode()
    made = await node.api("POST", "/api/v2/media", node.token(), json={"file": data})
    assert made["type"] == "image"
    await node.api("POST", "/api/v2/media", node.token(), data={"file": "data:image/png;base64,%%"}, status=422)


async def test_nobody_s_year_is_counted(node):
    amal = node.token()
    assert (await node.api("GET", "/api/v1/annual_reports", amal))["annual_reports"] == []
    assert (await node.api("GET", "/api/v1/annual_reports/2025/state", amal))["state"] == "ineligible"
    assert await node.api("POST", "/api/v1/annual_reports/2025/generate", amal) == {}
    await node.api("GET", "/api/v1/annual_reports/2025", amal, status=404)
    await node.api("POST", "/api/v1/annual_reports/2025/read", amal, status=404)
    path = f"/api/v1/accounts/{await account_of(node, 'yto')}/identity_proofs"
    assert await node.api("GET", path, amal) == []
    await node.api("GET", "/api/v1/accounts/9/identity_proofs", amal, status=404)


async def test_an_empty_registration_is_told_what_is_missing(node):
    await node.write(settings.choose, "registrations", "open")
    sent = {"username": "", "email": "", "password": "", "agreement": False, "locale": "hello"}
    found = await node.api("POST", "/api/v1/accounts", node.token(), json=sent, status=422)
    codes = {name: one["error"] for name, [one] in found["details"].items()}
    assert codes == {"username": "ERR_BLANK", "email": "ERR_BLANK", "password": "ERR_BLANK",
                     "agreement": "ERR_ACCEPTED", "locale": "ERR_INCLUSION"}  # fmt: skip


async def test_a_webfinger_resource_is_decoded_once(node):
    response = await node.get(f"/.well-known/webfinger?resource=acct%3Aamal%40{node.host}")
    assert response.status == 200
    response = await node.get(f"/.well-known/webfinger?resource=acct%3A%2561mal%40{node.host}")
    assert response.status == 404


async def test_all_requests_are_accepted_without_naming_one(node):
    assert await node.api("POST", "/api/v1/notifications/requests/accept", node.token()) == {}
    assert await node.api("POST", "/api/v1/notifications/requests/dismiss", node.token(), json={"id": ["7"]}) == {}


@pytest.mark.parametrize("verb", ["accept", "dismiss"])
async def test_a_request_that_is_not_there_cannot_be_answered(node, verb):
    for one in ("1", await account_of(node, "yto")):
        await node.api("POST", f"/api/v1/notifications/requests/{one}/{verb}", node.token(), status=404)


async def test_who_joins_by_an_app_has_no_name_but_her_own(node):
    """An app asks for none; apps show the handle where the name is empty."""
    await node.write(settings.choose, "registrations", "open")
    sent = {"username": "naima", "email": "naima@example.org", "password": "a long secret", "agreement": True}
    made = await node.api("POST", "/api/v1/accounts", node.token(), json=sent)
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", made["access_token"])
    assert (me["username"], me["display_name"]) == ("naima", "")
    async with await node.get("/users/naima") as response:
        assert json.loads(await response.read())["name"] == "naima"
