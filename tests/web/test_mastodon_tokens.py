"""Where a token may stand: webhooks, small devices and old scripts send no header."""

from tests.web.apps import say


async def test_a_token_may_come_in_the_query_or_the_form(node):
    token = node.token()
    said = await say(node, token, "at home", visibility="direct")
    assert (await node.api("GET", f"/api/v1/timelines/home?access_token={token}"))[0]["id"] == said["id"]
    form = {"access_token": token, "status": "from a webhook", "visibility": "unlisted"}
    made = await node.api("POST", "/api/v1/statuses", data=form)
    assert (made["content"], made["visibility"]) == ("<p>from a webhook</p>", "unlisted")
    changed = await node.api("PATCH", "/api/v1/accounts/update_credentials", data={"access_token": token, "note": "hi"})
    assert changed["source"]["note"] == "hi"


async def test_a_token_there_opens_no_more_than_in_the_header(node):
    token = node.token(scopes="read")
    await node.api("POST", "/api/v1/statuses", data={"access_token": token, "status": "x"}, status=403)
    await node.api("POST", "/api/v1/statuses", data={"access_token": "wrong", "status": "x"}, status=401)
    await node.api("GET", "/api/v1/timelines/public?access_token=wrong", status=401)
    await node.api("GET", "/api/v1/timelines/home?access_token=", status=401)
    await node.api("POST", f"/api/v1/statuses?access_token={token}", token="wrong", json={"status": "x"}, status=401)


async def test_a_device_subscribes_with_its_token_in_the_query(node):
    keys = {"p256dh": "BHoz6B6sfaG0HA2X8pr_7BwDuSlBtgDemtsUBFdY106G303rdwdA8C4L2qhYiMxAl7FXHINQ1r-vjKOqbfvS1lI",
            "auth": "YWJjZGVmZ2hpamtsbW5vcA=="}  # fmt: skip
    sent = {
        "subscription": {"endpoint": "http://127.0.0.1:9/push", "keys": keys},
        "data": {"alerts": {"mention": True}},
    }
    made = await node.api("POST", f"/api/v1/push/subscription?access_token={node.token()}", json=sent)
    assert made["alerts"]["mention"] is True
