"""Becoming a member by letter: confirmed, decided, refused, on pages and from an app."""

from tests import mailbox
from tests.mailbox import Mailbox, connect, text
from tests.web.joining import WISH, app_token, choose, one, press
from tests.web.test_member_admin import ask
from tests.web.visitor import Visitor

# ── becoming a member ─────────────────────────────────────────────────────────


async def test_in_an_open_network_nothing_is_opened_before_the_address_is_confirmed(node):
    async with Mailbox() as box, Visitor(node) as mounia:
        await connect(node, box)
        await choose(node, registrations="open")
        page = await ask(mounia)
        assert "Look into your mail" in page.words
        assert (await mounia.get("/@mounia")).status == 404 and (await mounia.log_in("mounia")).status == 401
        letter = await box.next()
        assert letter["To"] == "mounia@example.org" and "@mounia" in text(letter)
        path = mailbox.link(letter, node)
        assert (await mounia.get("/@mounia")).status == 404
        page = await press(mounia, path)
        assert page.url == "/login?done=confirmed" and "Your address is confirmed" in page.words
        assert (await mounia.log_in("mounia", "a long sentence")).url == "/feed"
        assert (await mounia.get(path)).status == 404
        assert await one(node, "select email from users order by id desc") == "mounia@example.org"


async def test_where_coordinators_decide_they_hear_of_a_request_once_it_is_confirmed(node):
    async with Mailbox() as box, Visitor(node) as mounia, Visitor(node) as amal:
        await connect(node, box)
        await ask(mounia)
        await amal.log_in()
        assert "جمعية الشط" not in (await amal.get("/admin")).words
        assert await one(node, "select count(*) from notifications") == 0
        page = await press(mounia, mailbox.link(await box.next(), node))
        assert "Your request has arrived" in page.words
        assert await one(node, "select kind from notifications") == "admin.sign_up"
        desk = await amal.get("/admin")
        assert "جمعية الشط" in desk.words
        number = await one(node, "select id from join_requests")
        await amal.send(desk, f"/admin/requests/{number}", do="accept")
        told = await box.next(2)
        assert told["To"] == "mounia@example.org" and "accepted" in told["Subject"]
        assert (await mounia.log_in("mounia", "a long sentence")).url == "/feed"


async def test_a_refusal_is_told_too(node):
    async with Mailbox() as box, Visitor(node) as mounia, Visitor(node) as amal:
        await connect(node, box)
        await ask(mounia)
        await press(mounia, mailbox.link(await box.next(), node))
        await amal.log_in()
        number = await one(node, "select id from join_requests")
        await amal.send(await amal.get("/admin"), f"/admin/requests/{number}", do="refuse", reason="unknown to us")
        told = await box.next(2)
        assert "not accepted" in told["Subject"] and "unknown to us" not in text(told)


async def test_whoever_types_anothers_address_first_does_not_choose_the_password(node):
    async with Mailbox() as box, Visitor(node) as thief, Visitor(node) as mounia:
        await connect(node, box)
        await choose(node, registrations="open")
        await ask(thief, password="the thief knows this")
        first = mailbox.link(await box.next(), node)
        await ask(mounia)
        second = mailbox.link(await box.next(2), node)
        assert (await mounia.get(first)).status == 404
        await press(mounia, second)
        assert (await thief.log_in("mounia", "the thief knows this")).status == 401
        assert (await mounia.log_in("mounia", "a long sentence")).url == "/feed"


async def test_an_address_that_has_an_account_gets_the_same_answer_and_its_owner_a_letter(node):
    async with Mailbox() as box, Visitor(node) as one_, Visitor(node) as two:
        await connect(node, box)
        await choose(node, registrations="open")
        new = await ask(one_)
        known = await ask(two, name="other_name", email="amal@example.org")
        assert (new.status, new.words) == (known.status, known.words)
        told = await box.next(2)
        assert told["To"] == "amal@example.org" and "@amal" in text(told) and "/reset" in text(told)
        assert await one(node, "select count(*) from join_requests") == 1


async def test_the_letter_comes_once_more(node):
    async with Mailbox() as box, Visitor(node) as mounia:
        await connect(node, box)
        await ask(mounia)
        await box.next()
        page = await mounia.send(await mounia.get("/confirm"), "/confirm", email="Mounia@EXAMPLE.org")
        assert "If this address is known here" in page.words
        again = await mounia.send(await mounia.get("/confirm"), "/confirm", email="mounia@example.org")
        assert again.status == 200
        path = mailbox.link(await box.next(2), node)
        assert (await mounia.get(path)).status == 200


async def test_an_address_may_be_left_out_unless_the_network_wants_one(node):
    async with Mailbox() as box, Visitor(node) as mounia:
        await connect(node, box)
        await choose(node, registrations="open", require_email=True)
        page = await ask(mounia, email="")
        assert page.status == 400 and "Please give an e-mail address" in page.words
        await choose(node, require_email=False)
        assert (await ask(mounia, email="")).url == "/me"
        assert box.letters == []


def test_a_request_that_nobody_confirms_is_forgotten(db):
    from node.people import requests

    requests.keep(db, "mounia", "", "m@example.org", "x", "", "", 1, confirmed=False)
    later = 2 + requests.UNCONFIRMED
    requests.keep(db, "other", "", "o@example.org", "x", "", "", later, confirmed=False)
    assert [row["name"] for row in db.rows("select name from join_requests")] == ["other"]


# ── from an app ───────────────────────────────────────────────────────────────


async def test_an_app_waits_with_its_token_until_the_address_is_confirmed(node):
    async with Mailbox() as box, Visitor(node) as mounia:
        await connect(node, box)
        await choose(node, registrations="open")
        token = (await node.api("POST", "/api/v1/accounts", await app_token(node), json=WISH))["access_token"]
        home = "/api/v1/timelines/home"
        refused = await node.api("GET", home, token, status=403)
        assert refused["error"] == "Your login is missing a confirmed e-mail address"
        assert await node.api("GET", "/api/v1/emails/check_confirmation", token) is False
        await node.api("POST", "/api/v1/emails/confirmations", token, json={"email": "other@example.org"})
        letter = await box.next(2)
        assert letter["To"] == "other@example.org"
        assert "Confirmez" in letter["Subject"]
        await press(mounia, mailbox.link(letter, node))
        assert await node.api("GET", "/api/v1/emails/check_confirmation", token) is True
        assert (await node.api("GET", "/api/v1/accounts/verify_credentials", token))["username"] == "mounia"
        await node.api("POST", "/api/v1/emails/confirmations", token, status=403)


async def test_the_first_letters_link_dies_when_the_app_gives_another_address(node):
    """Else whoever reads the first address confirms the second."""
    async with Mailbox() as box, Visitor(node) as mounia:
        await connect(node, box)
        await choose(node, registrations="open")
        token = (await node.api("POST", "/api/v1/accounts", await app_token(node), json=WISH))["access_token"]
        first = mailbox.link(await box.next(), node)
        await node.api("POST", "/api/v1/emails/confirmations", token, json={"email": "other@example.org"})
        await box.next(2)
        assert (await mounia.get(first)).status == 404


async def test_an_app_waits_with_its_token_until_coordinators_have_agreed(node):
    async with Visitor(node) as amal:
        token = (await node.api("POST", "/api/v1/accounts", await app_token(node), json=WISH))["access_token"]
        home = "/api/v1/timelines/home"
        assert "pending approval" in (await node.api("GET", home, token, status=403))["error"]
        assert await node.api("GET", "/api/v1/emails/check_confirmation", token) is True
        await amal.log_in()
        number = await one(node, "select id from join_requests")
        await amal.send(await amal.get("/admin"), f"/admin/requests/{number}", do="accept")
        assert await node.api("GET", home, token) == []


async def test_a_token_of_a_refused_request_is_none(node):
    async with Visitor(node) as amal:
        token = (await node.api("POST", "/api/v1/accounts", await app_token(node), json=WISH))["access_token"]
        await amal.log_in()
        number = await one(node, "select id from join_requests")
        await amal.send(await amal.get("/admin"), f"/admin/requests/{number}", do="refuse", reason="unknown")
        await node.api("GET", "/api/v1/timelines/home", token, status=401)


async def test_nobody_without_a_token_asks_for_letters(node):
    await node.api("POST", "/api/v1/emails/confirmations", status=401)
    await node.api("GET", "/api/v1/emails/check_confirmation", status=401)
    await node.api("POST", "/api/v1/emails/confirmations", node.token(), status=403)
    assert await node.api("GET", "/api/v1/emails/check_confirmation", node.token()) is True
