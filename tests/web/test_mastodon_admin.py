"""The moderators' side of the API: who may, accounts, requests to join, reports."""

import re

import pytest

from federation.bridge import now
from node import settings
from node.errors import Forbidden
from node.people import tokens, users
from tests.conftest import Node, until
from tests.mailbox import Mailbox, connect, text
from tests.web.apps import account_of, say
from tests.web.joining import WISH, app_token
from tests.web.moderators import ADMIN, report
from tests.web.visitor import Visitor
from web.mastodon import admin, admin_blocks, admin_numbers, admin_reports, admin_tags, links


async def test_an_account_is_shut_out_with_its_tokens_and_let_in_again(node):
    admin, hers = node.token(scopes=ADMIN), node.token("yto")
    yto = await account_of(node, "yto")
    listed = await node.api("GET", "/api/v1/admin/accounts?local=true&username=yt", admin)
    assert [one["username"] for one in listed] == ["yto"]
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", admin, json={"type": "suspend", "text": "why"})
    await node.api("GET", "/api/v1/timelines/home", hers, status=403)
    shown = await node.api("GET", f"/api/v1/admin/accounts/{yto}", admin)
    assert (shown["disabled"], shown["suspended"]) == (True, True)
    again = await node.api("POST", f"/api/v1/admin/accounts/{yto}/unsuspend", admin)
    assert (again["disabled"], again["suspended"]) == (False, False)
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


def doors() -> list[tuple[str, str]]:
    """Every route below /api/…/admin, as the node has them."""
    found = set()
    for resource in (admin, admin_blocks, admin_numbers, admin_reports, admin_tags, links):
        for route in resource.routes:
            if "/admin/" not in route.path:
                continue
            path = re.sub(r"\{version:[^}]*\}", "v2", route.path)
            path = re.sub(r"\{(?:verb|kind):([a-z_]+)[^}]*\}", r"\1", path)
            found.add((route.method, re.sub(r"\{id:[^}]*\}", "{id}", path)))
    return sorted(found)


@pytest.mark.parametrize(("method", "path"), doors())
async def test_an_admin_token_whose_holder_lost_the_role_opens_nothing(node: Node, method: str, path: str) -> None:
    admin = node.token(scopes=ADMIN)
    yto = await account_of(node, "yto")
    await node.write(lambda db: users.set_role(db, users.by_name(db, "amal")["id"], "member"))
    await node.api(method, path.replace("{id}", yto), admin, json={"type": "suspend"}, status=403)


@pytest.mark.parametrize(("method", "path"), doors())
async def test_a_token_without_the_scope_opens_nothing(node: Node, method: str, path: str) -> None:
    yto = await account_of(node, "yto")
    for scopes in ("read write follow push", "admin:read:reports" if "reports" not in path else "admin:read:accounts"):
        await node.api(
            method, path.replace("{id}", yto), node.token(scopes=scopes), json={"type": "suspend"}, status=403
        )
    await node.api(method, path.replace("{id}", yto), json={"type": "suspend"}, status=401)


@pytest.mark.parametrize(("method", "path"), [one for one in doors() if one[0] != "GET" and "/test" not in one[1]
                                              and not one[1].endswith(("measures", "dimensions", "retention"))])  # fmt: skip
async def test_who_may_read_may_not_change(node: Node, method: str, path: str) -> None:
    yto = await account_of(node, "yto")
    await node.api(
        method, path.replace("{id}", yto), node.token(scopes="admin:read"), json={"type": "suspend"}, status=403
    )


# ── who moderates ─────────────────────────────────────────────────────────────


async def moderating(node: Node, name: str = "yto") -> str:
    await node.write(lambda db: users.set_role(db, users.by_name(db, name)["id"], "moderator"))
    user = await node.read(users.by_name, name)
    found: str = await node.write(tokens.create, user["id"], user["actor"], ADMIN.split(), now())  # as OAuth gives it
    return found


async def test_a_moderator_decides_but_not_about_administrators_nor_for_ever(node):
    hers = await moderating(node)
    amal = await account_of(node, "amal")
    for kind in ("suspend", "disable", "silence", "sensitive"):
        await node.api("POST", f"/api/v1/admin/accounts/{amal}/action", hers, json={"type": kind}, status=403)
    await node.api("DELETE", f"/api/v1/admin/accounts/{amal}", hers, status=403)
    shown = await node.api("GET", f"/api/v1/admin/accounts/{amal}", hers)
    assert shown["role"]["permissions"] == "1048575" and shown["role"]["name"] == "Admin"
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", hers)
    assert int(me["role"]["permissions"]) & 1024 and not int(me["role"]["permissions"]) & 1


async def test_a_member_gets_no_admin_scope(node):
    with pytest.raises(Forbidden):
        node.token("yto", scopes="read admin:read")


# ── accounts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("v1/admin/accounts?username=yt", ["yto"]), ("v1/admin/accounts?staff=true", ["amal"]),
     ("v2/admin/accounts?origin=remote", []), ("v2/admin/accounts?status=suspended", []),
     ("v2/admin/accounts?permissions=staff", ["amal"]), ("v1/admin/accounts?email=yto@", ["yto"]),
     ("v2/admin/accounts?display_name=Yto", ["yto"]), ("v1/admin/accounts?by_domain=peer.example", []),
     ("v1/admin/accounts?ip=127.0.0.1", []), ("v1/admin/accounts?silenced=true", []),
     ("v2/admin/accounts?status=active&origin=local", ["tanmia", "yto", "amal"])],
)  # fmt: skip
async def test_accounts_are_found_by_what_they_are(node, asked, expected):
    found = await node.api("GET", f"/api/{asked}", node.token(scopes=ADMIN))
    assert sorted(one["username"] for one in found) == sorted(expected)


async def test_accounts_are_paged(node):
    admin = node.token(scopes=ADMIN)
    first = await node.api("GET", "/api/v1/admin/accounts?limit=1", admin)
    second = await node.api("GET", f"/api/v1/admin/accounts?limit=1&max_id={first[0]['id']}", admin)
    assert first[0]["id"] != second[0]["id"]
    assert await node.api("GET", f"/api/v1/admin/accounts?since_id={first[0]['id']}", admin) == []


async def test_a_request_to_join_is_a_pending_account(node):
    admin = node.token(scopes=ADMIN)
    token = (await node.api("POST", "/api/v1/accounts", await app_token(node), json=WISH))["access_token"]
    [waiting] = await node.api("GET", "/api/v2/admin/accounts?status=pending", admin)
    assert (waiting["username"], waiting["approved"], waiting["invite_request"]) == ("mounia", False, "جمعية")
    assert (await node.api("GET", f"/api/v1/admin/accounts/{waiting['id']}", admin))["email"] == "mounia@example.org"
    made = await node.api("POST", f"/api/v1/admin/accounts/{waiting['id']}/approve", admin)
    assert made["approved"] and made["confirmed"] and made["username"] == "mounia"
    assert (await node.api("GET", "/api/v1/accounts/verify_credentials", token))["id"] == made["id"]
    await node.api("POST", f"/api/v1/admin/accounts/{made['id']}/reject", admin, status=403)
    assert await node.api("GET", "/api/v1/admin/accounts?pending=true", admin) == []


async def test_a_request_is_rejected(node):
    admin = node.token(scopes=ADMIN)
    await node.api("POST", "/api/v1/accounts", await app_token(node), json=WISH)
    [waiting] = await node.api("GET", "/api/v1/admin/accounts?pending=true", admin)
    await node.api("POST", f"/api/v1/admin/accounts/{waiting['id']}/reject", admin)
    await node.api("GET", f"/api/v1/admin/accounts/{waiting['id']}", admin, status=404)


async def test_a_suspended_account_is_out_of_sight_and_comes_back(node):
    admin = node.token(scopes=ADMIN)
    said = await say(node, node.token("yto"), "words that stay")
    yto = said["account"]["id"]
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", admin, json={"type": "suspend"})
    await node.api("GET", f"/api/v1/statuses/{said['id']}", status=404)
    for path in ("/users/yto", "/users/yto/outbox", f"/.well-known/webfinger?resource=acct:yto@{node.host}", "/@yto"):
        assert (await node.get(path)).status == 403, path
    assert (await node.get("/@yto", "text/html")).status == 403
    async with Visitor(node) as browser:
        assert (await browser.log_in("yto")).status == 403
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/unsuspend", admin)
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}"))["id"] == said["id"]
    assert (await node.get("/users/yto")).status == 200


async def test_other_servers_hear_of_a_suspension_and_of_its_end(node, peer):
    admin = node.token(scopes=ADMIN)
    await follow_from(node, peer)
    yto = await account_of(node, "yto")
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", admin, json={"type": "suspend"})
    told = await until(lambda: [one for one in peer.received if one["type"] == "Update"])
    assert told[0]["object"]["id"] == node.uri("yto") and told[0]["object"]["suspended"] is True
    assert not [one for one in peer.received if one["type"] == "Delete"]
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/unsuspend", admin)
    await until(lambda: any(one["type"] == "Update" and "suspended" not in one["object"] for one in peer.received))


async def test_only_a_suspended_account_is_ended_and_then_every_server_hears(node, peer):
    admin = node.token(scopes=ADMIN)
    await follow_from(node, peer)
    yto = await account_of(node, "yto")
    await node.api("DELETE", f"/api/v1/admin/accounts/{yto}", admin, status=403)
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", admin, json={"type": "suspend"})
    await node.api("DELETE", f"/api/v1/admin/accounts/{yto}", admin)
    await until(lambda: any(one["type"] == "Delete" for one in peer.received))
    assert (await node.get("/users/yto")).status == 410
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/unsuspend", admin)
    assert (await node.get("/users/yto")).status == 410, "what was deleted does not come back"


async def follow_from(node, peer):
    """Badr follows Yto."""
    assert await peer.post(node.uri("yto") + "/inbox", peer.follow(node.uri("yto"))) == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows")))
    await node.write(lambda db: db.execute("update follows set state = 'accepted'").rowcount)


async def test_pictures_of_an_account_stand_behind_a_warning(node):
    admin, hers = node.token(scopes=ADMIN), node.token("yto")
    yto = await account_of(node, "yto")
    before = await say(node, hers, "plain words")
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", admin, json={"type": "sensitive"})
    after = await say(node, hers, "later words")
    assert (await node.api("GET", f"/api/v1/statuses/{after['id']}"))["sensitive"]
    assert not (await node.api("GET", f"/api/v1/statuses/{before['id']}"))["sensitive"], "it shows no picture"
    assert (await node.api("GET", f"/api/v1/admin/accounts/{yto}", admin))["sensitized"]
    await node.api("POST", f"/api/v1/admin/accounts/{yto}/unsensitive", admin)
    assert not (await node.api("GET", f"/api/v1/statuses/{after['id']}"))["sensitive"]


async def test_a_member_hears_by_letter_what_was_decided(node):
    async with Mailbox() as box:
        await connect(node, box, contact="salma@example.org")
        yto = await account_of(node, "yto")
        sent = {"type": "silence", "text": "please read <the rules>", "send_email_notification": True}
        await node.api("POST", f"/api/v1/admin/accounts/{yto}/action", node.token(scopes=ADMIN), json=sent)
        letter = await box.next()
        assert letter["To"] == "yto@example.org" and "please read <the rules>" in text(letter)
        assert "salma@example.org" in text(letter)


# ── reports ───────────────────────────────────────────────────────────────────


async def test_a_report_is_looked_into_sorted_settled_and_opened_again(node):
    await node.write(settings.choose, "rules", [{"ar": "لا إهانة"}, {"ar": "لا إشهار"}])
    admin, path = node.token(scopes=ADMIN), f"/api/v1/admin/reports/{await report(node)}"
    mine = await node.api("POST", f"{path}/assign_to_self", admin)
    assert mine["assigned_account"]["username"] == "amal"
    assert (await node.api("POST", f"{path}/unassign", admin))["assigned_account"] is None
    sorted_ = await node.api("PUT", path, admin, json={"category": "violation", "rule_ids": [2]})
    assert (sorted_["category"], [one["id"] for one in sorted_["rules"]]) == ("violation", ["2"])
    await node.api("PUT", path, admin, json={"category": "nonsense"}, status=422)
    settled = await node.api("POST", f"{path}/resolve", admin)
    assert settled["action_taken"] and settled["action_taken_by_account"]["username"] == "amal"
    assert await node.api("GET", "/api/v1/admin/reports", admin) == []
    assert len(await node.api("GET", "/api/v1/admin/reports?resolved=true", admin)) == 1
    assert not (await node.api("POST", f"{path}/reopen", admin))["action_taken"]
    yto = await account_of(node, "yto")
    for query, count in ((f"target_account_id={yto}", 1), (f"account_id={yto}", 0), ("by_target_domain=x.example", 0)):
        assert len(await node.api("GET", f"/api/v1/admin/reports?{query}", admin)) == count, query


# ── numbers ───────────────────────────────────────────────────────────────────
