"""The moderators' side of the API: who may, and what it does."""

import pytest

from node.people import users
from tests.conftest import Node
from tests.web.test_mastodon import account_of, say

ADMIN = "read write admin:read admin:write"


async def test_an_account_is_shut_out_with_its_tokens_and_let_in_again(node):
    admin, hers = node.token(scopes=ADMIN), node.token("yto")
    yto = await account_of(node, "yto")
    listed = await node.api("GET", "/api/v1/admin/accounts?local=true&username=yt", admin)
    assert [one["username"] for one in listed] == ["yto"]
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", admin, json={"type": "suspend", "text": "why"})
    await node.api("GET", "/api/v1/timelines/home", hers, status=403)
    shown = await node.api("GET", f"/api/v1/admin/accounts/{yto}", admin)
    assert (shown["disabled"], shown["silenced"]) == (True, True)
    again = await node.api("POST", f"/api/v1/admin/accounts/{yto}/unsuspend", admin)
    assert (again["disabled"], again["silenced"]) == (False, False)
    await node.api("GET", "/api/v1/timelines/home", hers)
    assert await node.read(lambda db: db.value("select count(*) from audit where act like 'account %'")) == 2


async def test_nobody_shuts_herself_out(node):
    admin = node.token(scopes=ADMIN)
    mine = await account_of(node, "amal")
    await node.api("POST", f"/api/v1/admin/accounts/{mine}/action", admin, json={"type": "suspend"}, status=403)


async def test_a_report_is_read_and_settled(node):
    admin = node.token(scopes=ADMIN)
    said = await say(node, node.token("yto"), "bad words")
    sent = {"account_id": said["account"]["id"], "status_ids": [said["id"]], "comment": "why"}
    made = await node.api("POST", "/api/v1/reports", node.token(), json=sent)
    [waiting] = await node.api("GET", "/api/v1/admin/reports", admin)
    assert (waiting["id"], waiting["comment"], waiting["statuses"][0]["id"]) == (made["id"], "why", said["id"])
    settled = await node.api("POST", f"/api/v1/admin/reports/{made['id']}/resolve", admin)
    assert settled["action_taken"]
    assert await node.api("GET", "/api/v1/admin/reports", admin) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/admin/accounts"), ("GET", "/api/v2/admin/accounts"), ("GET", "/api/v1/admin/accounts/{id}"),
        ("POST", "/api/v1/admin/accounts/{id}/action"), ("POST", "/api/v1/admin/accounts/{id}/unsuspend"),
        ("GET", "/api/v1/admin/reports"), ("GET", "/api/v1/admin/reports/1"), ("POST", "/api/v1/admin/reports/1/resolve"),
    ],
)  # fmt: skip
async def test_an_admin_token_whose_holder_lost_the_role_opens_nothing(node: Node, method: str, path: str) -> None:
    admin = node.token(scopes=ADMIN)
    yto = await account_of(node, "yto")
    await node.write(lambda db: users.set_role(db, users.by_name(db, "amal")["id"], "member"))
    await node.api(method, path.replace("{id}", yto), admin, json={"type": "suspend"}, status=403)
