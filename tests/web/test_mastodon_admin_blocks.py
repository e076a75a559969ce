"""What moderators keep out through the API: other servers, addresses on the network and of mail."""

import pytest

from node import hosts, settings
from node.care import decisions
from tests.conftest import until
from tests.web.joining import WISH, app_token
from tests.web.moderators import ADMIN
from tests.world import know_badr

# ── other servers ─────────────────────────────────────────────────────────────


async def know_badr_here(node):
    return await node.write(lambda db: know_badr(db)["id"])


async def test_a_blocked_server_is_not_heard_nor_shown_and_freed_it_is_as_before(node):
    admin = node.token(scopes=ADMIN)
    badr = await know_badr_here(node)
    sent = {"domain": "Peer.Example", "severity": "suspend", "private_comment": "spam", "public_comment": "for spam",
            "obfuscate": True}  # fmt: skip
    made = await node.api("POST", "/api/v1/admin/domain_blocks", admin, json=sent)
    assert (made["domain"], made["severity"], made["reject_media"]) == ("peer.example", "suspend", True)
    assert await node.read(hosts.refuses, "peer.example") and await node.read(hosts.refuses, "sub.peer.example")
    assert (await node.api("GET", f"/api/v1/admin/accounts/{badr}", admin))["suspended"]
    [shown] = await node.api("GET", "/api/v1/instance/domain_blocks")
    assert shown["comment"] == "for spam" and "*" in shown["domain"] and "spam" not in shown["domain"]
    await node.api("POST", "/api/v1/admin/domain_blocks", admin, json=sent, status=422)
    await node.api("DELETE", f"/api/v1/admin/domain_blocks/{made['id']}", admin)
    assert not await node.read(hosts.refuses, "peer.example")
    assert not (await node.api("GET", f"/api/v1/admin/accounts/{badr}", admin))["suspended"]
    assert await node.api("GET", "/api/v1/admin/domain_blocks", admin) == []


async def test_a_silenced_servers_accounts_are_silenced_also_those_met_later(node):
    admin = node.token(scopes=ADMIN)
    made = await node.api(
        "POST", "/api/v1/admin/domain_blocks", admin, json={"domain": "peer.example", "severity": "silence"}
    )
    badr = await know_badr_here(node)
    assert (await node.api("GET", f"/api/v1/admin/accounts/{badr}", admin))["silenced"]
    changed = await node.api("PUT", f"/api/v1/admin/domain_blocks/{made['id']}", admin, json={"severity": "noop"})
    assert changed["severity"] == "noop"
    assert not (await node.api("GET", f"/api/v1/admin/accounts/{badr}", admin))["silenced"]


async def test_what_was_decided_of_one_account_outlives_what_was_decided_of_its_server(node):
    admin = node.token(scopes=ADMIN)
    badr = await know_badr_here(node)
    await node.api("POST", f"/api/v1/admin/accounts/{badr}/action", admin, json={"type": "silence"})
    made = await node.api(
        "POST", "/api/v1/admin/domain_blocks", admin, json={"domain": "peer.example", "severity": "suspend"}
    )
    await node.api("DELETE", f"/api/v1/admin/domain_blocks/{made['id']}", admin)
    shown = await node.api("GET", f"/api/v1/admin/accounts/{badr}", admin)
    assert shown["silenced"] and not shown["suspended"]


async def test_a_server_whose_reports_are_refused_makes_none(db):
    made = decisions.begin(db, "peer.example", "", 1, noop=True)
    assert not decisions.rejects_reports(db, "peer.example")
    decisions.explain(db, made, reject_reports=True)
    assert decisions.rejects_reports(db, "peer.example") and decisions.rejects_reports(db, "a.peer.example")
    assert not decisions.rejects_reports(db, "example")


async def test_a_closed_network_speaks_with_those_allowed(node):
    admin = node.token(scopes=ADMIN)
    await node.write(settings.choose, "network", "closed")
    assert await node.read(hosts.refuses, "friend.example")
    made = await node.api("POST", "/api/v1/admin/domain_allows", admin, json={"domain": "friend.example"})
    assert not await node.read(hosts.refuses, "friend.example")
    [listed] = await node.api("GET", "/api/v1/admin/domain_allows", admin)
    assert listed == made == await node.api("GET", f"/api/v1/admin/domain_allows/{made['id']}", admin)
    await node.api("GET", f"/api/v1/admin/domain_blocks/{made['id']}", admin, status=404)
    await node.api("DELETE", f"/api/v1/admin/domain_allows/{made['id']}", admin)
    assert await node.read(hosts.refuses, "friend.example")


@pytest.mark.parametrize("domain", ["", "no host", "a/b", "-x.example", "..", "x" * 300])
async def test_what_is_no_server_is_not_blocked(node, domain):
    await node.api("POST", "/api/v1/admin/domain_blocks", node.token(scopes=ADMIN), json={"domain": domain}, status=422)


async def test_our_own_node_is_not_blocked(node):
    await node.api(
        "POST", "/api/v1/admin/domain_blocks", node.token(scopes=ADMIN), json={"domain": node.host}, status=422
    )


# ── who may not join, or come in at all ───────────────────────────────────────


async def join_from(node, app, address, **values):
    sent = WISH | values
    async with node.session.post(
        node.origin + "/api/v1/accounts", json=sent,
        headers={"Authorization": f"Bearer {app}", "X-Forwarded-For": address},
    ) as answer:  # fmt: skip
        return answer.status, await answer.json()


async def test_an_address_that_is_blocked_gets_no_answer_and_one_that_may_not_join_no_account(behind):
    admin, app = behind.token(scopes=ADMIN), await app_token(behind)
    await behind.write(settings.choose, "registrations", "open")
    for ip, severity in (("203.0.113.0/24", "no_access"), ("198.51.100.9", "sign_up_block"),
                         ("192.0.2.9", "sign_up_requires_approval")):  # fmt: skip
        made = await behind.api("POST", "/api/v1/admin/ip_blocks", admin, json={"ip": ip, "severity": severity})
        assert made["severity"] == severity and made["expires_at"] is None
    async with behind.session.get(behind.origin + "/", headers={"X-Forwarded-For": "203.0.113.77"}) as answer:
        assert answer.status == 403
    async with behind.session.get(behind.origin + "/", headers={"X-Forwarded-For": "203.0.114.77"}) as answer:
        assert answer.status == 200
    assert (await join_from(behind, app, "198.51.100.9"))[0] == 403
    status, waits = await join_from(behind, app, "192.0.2.9")
    assert status == 200
    refused = await behind.api("GET", "/api/v1/timelines/home", waits["access_token"], status=403)
    assert "pending approval" in refused["error"]
    status, free = await join_from(behind, app, "192.0.2.10", username="salwa", email="salwa@example.org")
    assert status == 200
    await behind.api("GET", "/api/v1/timelines/home", free["access_token"])


async def test_a_block_of_an_address_ends_by_itself_or_by_hand(behind):
    admin = behind.token(scopes=ADMIN)
    sent = {"ip": "203.0.113.9", "severity": "no_access", "expires_in": 3600}
    made = await behind.api("POST", "/api/v1/admin/ip_blocks", admin, json=sent)
    assert made["expires_at"] is not None

    async def status():
        async with behind.session.get(behind.origin + "/", headers={"X-Forwarded-For": "203.0.113.9"}) as answer:
            return answer.status

    assert await status() == 403
    await behind.write(lambda db: (db.execute("update address_blocks set expires = 1"), db.wake("gates")))
    assert await until(lambda: _is(status, 200))
    await behind.api("PUT", f"/api/v1/admin/ip_blocks/{made['id']}", admin, json={"expires_in": "", "comment": "again"})
    assert await until(lambda: _is(status, 403))
    await behind.api("DELETE", f"/api/v1/admin/ip_blocks/{made['id']}", admin)
    assert await until(lambda: _is(status, 200))


async def _is(status, wanted):
    return await status() == wanted


@pytest.mark.parametrize("ip", ["", "nonsense", "0.0.0.0/0", "::/0", "127.0.0.1", "127.0.0.0/8"])
async def test_nobody_shuts_herself_or_the_world_out(node, ip):
    sent = {"ip": ip, "severity": "no_access"}
    await node.api("POST", "/api/v1/admin/ip_blocks", node.token(scopes=ADMIN), json=sent, status=422)


@pytest.mark.parametrize(
    ("kind", "sent", "address", "refused"),
    [("email_domain_blocks", {"domain": "throwaway.example"}, "a@throwaway.example", True),
     ("email_domain_blocks", {"domain": "throwaway.example"}, "a@mx.throwaway.example", True),
     ("email_domain_blocks", {"domain": "throwaway.example"}, "a@notthrowaway.example", False),
     ("canonical_email_blocks", {"email": "mou.nia+x@example.org"}, "Mounia+other@example.org", True),
     ("canonical_email_blocks", {"email": "mounia@example.org"}, "mounia2@example.org", False)],
)  # fmt: skip
async def test_addresses_with_which_nobody_joins(node, kind, sent, address, refused):
    admin, app = node.token(scopes=ADMIN), await app_token(node)
    made = await node.api("POST", f"/api/v1/admin/{kind}", admin, json=sent)
    await node.api("POST", f"/api/v1/admin/{kind}", admin, json=sent, status=422)
    answer = await node.api(
        "POST", "/api/v1/accounts", app, json=WISH | {"email": address}, status=422 if refused else 200
    )
    if refused:
        assert answer["details"]["email"][0]["error"] == "ERR_BLOCKED"
    assert [one["id"] for one in await node.api("GET", f"/api/v1/admin/{kind}", admin)] == [made["id"]]
    if kind == "canonical_email_blocks":
        found = await node.api("POST", f"/api/v1/admin/{kind}/test", admin, json={"email": address})
        assert bool(found) == refused
    await node.api("DELETE", f"/api/v1/admin/{kind}/{made['id']}", admin)
    await node.api("GET", f"/api/v1/admin/{kind}/{made['id']}", admin, status=404)
    again = WISH | {"email": address, "username": "salwa"}
    await node.api("POST", "/api/v1/accounts", app, json=again)
