"""The desk of the node, and the way in for those who ask."""

import pytest

from node import hosts, settings
from node.people import users
from tests.web.visitor import Visitor


async def ask(browser: Visitor, **values):
    page = await browser.get("/join")
    sent = {"display": "منية", "name": "mounia", "password": "a long sentence", "reason": "جمعية الشط", "rules": "1",
            "email": "mounia@example.org"}  # fmt: skip
    return await browser.send(page, "/join", **(sent | values))


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def test_a_request_waits_and_is_accepted(node):
    async with Visitor(node) as mounia, Visitor(node) as amal:
        page = await ask(mounia)
        assert "Your request has arrived" in page.words
        assert (await mounia.log_in("mounia", "a long sentence")).status == 401
        assert (await mounia.get("/@mounia")).status == 404
        await amal.log_in()
        desk = await amal.get("/admin")
        assert "جمعية الشط" in desk.words
        number = await one(node, "select id from join_requests")
        desk = await amal.send(desk, f"/admin/requests/{number}", do="accept")
        assert "The account is open" in desk.words
        assert (await mounia.log_in("mounia", "a long sentence")).url == "/feed"
    assert await one(node, "select count(*) from audit where act = 'join accepted' and subject = 'mounia'") == 1


async def test_a_refusal_needs_a_reason(node):
    async with Visitor(node) as mounia, Visitor(node) as amal:
        await ask(mounia)
        await amal.log_in()
        number = await one(node, "select id from join_requests")
        page = await amal.send(await amal.get("/admin"), f"/admin/requests/{number}", do="refuse")
        assert page.status == 400 and await one(node, "select count(*) from join_requests") == 1
        await amal.send(page, f"/admin/requests/{number}", do="refuse", reason="unknown to us")
    assert await one(node, "select reason from audit where act = 'join refused'") == "unknown to us"
    assert await one(node, "select count(*) from users where email = 'mounia@example.org'") == 0


async def test_an_address_that_is_known_gets_the_same_answer(node):
    async with Visitor(node) as new, Visitor(node) as known:
        one_ = await ask(new)
        two = await ask(known, name="other_name", email="amal@example.org")
    assert (one_.status, one_.words) == (two.status, two.words)
    assert await one(node, "select count(*) from join_requests") == 1


@pytest.mark.parametrize(
    "values",
    [{"name": "amal"}, {"name": "admin"}, {"name": "a b"}, {"password": "short"}, {"email": "nonsense"}, {"rules": None},
     {"reason": ""}],
    ids=["taken", "reserved", "spelling", "short password", "no address", "without the rules", "without a reason"],
)  # fmt: skip
async def test_what_cannot_be_asked_comes_back_as_typed(node, values):
    async with Visitor(node) as mounia:
        page = await ask(mounia, **values)
        assert page.status == 400
        assert page.form("/join").value("display") == "منية"
    assert await one(node, "select count(*) from join_requests") == 0


async def test_a_field_that_people_do_not_see_catches_machines(node):
    async with Visitor(node) as machine:
        assert (await ask(machine, website="http://spam.example")).status == 200
    assert await one(node, "select count(*) from join_requests") == 0


async def test_an_open_network_opens_the_account_at_once_and_a_closed_one_shows_no_form(node):
    async with Visitor(node) as mounia:
        await node.write(settings.choose, "registrations", "open")
        assert (await ask(mounia)).url == "/me"
    async with Visitor(node) as other:
        await node.write(settings.choose, "registrations", "closed")
        assert (await other.get("/join")).status == 404


async def test_for_other_members_there_is_no_desk(node):
    async with Visitor(node) as yto, Visitor(node) as nobody:
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await nobody.get("/admin")).status == 404
        assert (await yto.get("/admin")).status == 404
        for path in ("/admin/hosts", "/admin/settings", "/admin/requests/1", "/admin/reports/1"):
            sent = {"csrf": token, "host": "evil.example", "policy": "block", "do": "accept"}
            assert (await yto.post(path, sent)).status == 404, path
    assert await node.read(hosts.policy, "evil.example") == ""


async def test_a_moderator_blocks_a_server_but_leaves_the_settings(node):
    async with Visitor(node) as yto:
        user = await node.read(lambda db: users.by_name(db, "yto")["id"])
        await node.write(users.set_role, user, "moderator")
        await yto.log_in("yto")
        page = await yto.get("/admin")
        page = await yto.send(page, "/admin/hosts", host="Evil.example", policy="block", reason="spam")
        assert "evil.example" in page.words
        assert await node.read(hosts.policy, "evil.example") == "block"
        token = page.form("/admin/hosts").value("csrf")
        sent = {"csrf": token, "registrations": "closed", "network": "closed"}
        assert (await yto.post("/admin/settings", sent)).status == 404
        assert await node.read(settings.get, "registrations") == "approval"


async def test_a_report_is_settled_with_a_reason_and_its_post_removed(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await yto.get("/new?kind=note")
        await yto.send(page, "/new", text="something bad", do="publish")
        number = await one(node, "select id from posts")
        await amal.send(await amal.get(f"/posts/{number}/report"), f"/posts/{number}/report", comment="It hurts")
        report = await one(node, "select id from reports")
        desk = await amal.get("/admin")
        assert "something bad" in desk.words
        page = await amal.send(desk, f"/admin/reports/{report}", do="hide")
        assert page.status == 400
        await amal.send(desk, f"/admin/reports/{report}", do="hide", reason="rule 2")
        assert "something bad" not in (await yto.get("/local")).words
        assert "Nothing was reported" in (await amal.get("/admin")).words


async def test_one_who_is_shut_out_is_out_at_once(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await yto.get("/new?kind=note")
        await yto.send(page, "/new", text="something bad", do="publish")
        number = await one(node, "select id from posts")
        await amal.send(await amal.get(f"/posts/{number}/report"), f"/posts/{number}/report", comment="It hurts")
        report = await one(node, "select id from reports")
        await amal.send(await amal.get("/admin"), f"/admin/reports/{report}", do="shut", reason="again and again")
        assert (await yto.get("/feed")).url.startswith("/login")
        assert (await yto.log_in("yto")).status == 403
