"""Where letters lead: a forgotten password, an address that is confirmed, and what strangers learn from asking: nothing."""

import pytest

from node import settings
from node.people import links, users
from tests import mailbox
from tests.conftest import now, until
from tests.mailbox import Mailbox, connect, text
from tests.web.test_member_admin import ask
from tests.web.visitor import Visitor
from tests.world import PASSWORD

NEW = "quite another sentence"


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def choose(node, **values):
    for name, value in values.items():
        await node.write(settings.choose, name, value)


async def ask_reset(browser, address="amal@example.org"):
    page = await browser.get("/reset")
    return await browser.send(page, "/reset", email=address)


async def press(browser, path, **values):
    """The button on the page that a link leads to."""
    return await browser.send(await browser.get(path), path, **values)


async def reset_link(node, box, browser, number=1):
    await ask_reset(browser)
    return mailbox.link(await box.next(number), node)


# ── a forgotten password ──────────────────────────────────────────────────────


async def test_a_forgotten_password_is_replaced_and_everything_of_before_is_out(node):
    token = node.token()
    async with Mailbox() as box, Visitor(node) as amal, Visitor(node) as thief:
        await connect(node, box)
        await thief.log_in()
        login = await amal.get("/login")
        assert 'href="/reset"' in login.text
        path = await reset_link(node, box, amal)
        page = await amal.get(path)
        assert "@amal" in page.words and page.headers["Cache-Control"] == "private, no-store"
        assert (await amal.send(page, path, new="short")).status == 400
        page = await press(amal, path, new=NEW)
        assert page.url == "/login?done=reset" and "Your new password holds" in page.words
        assert (await thief.get("/feed")).url.startswith("/login")
        await node.api("GET", "/api/v1/accounts/verify_credentials", token, status=401)
        assert (await amal.log_in(password=PASSWORD)).status == 401
        assert (await amal.log_in(password=NEW)).url == "/feed"
        told = await box.next(2)
        assert told["To"] == "amal@example.org" and "تغيرت كلمة سرك" in told["Subject"]


async def test_a_link_works_once(node):
    async with Mailbox() as box, Visitor(node) as amal, Visitor(node) as other:
        await connect(node, box)
        path = await reset_link(node, box, amal)
        kept = await other.get(path)
        await press(amal, path, new=NEW)
        page = await other.send(kept, path, new="the thief's own words")
        assert page.status == 404 and "does not work any more" in page.words
        assert (await amal.get(path)).status == 404
        assert (await amal.log_in(password=NEW)).url == "/feed"


async def test_opening_a_link_changes_nothing(node):
    async with Mailbox() as box, Visitor(node) as amal:
        await connect(node, box)
        path = await reset_link(node, box, amal)
        for _ in range(3):
            assert (await amal.get(path)).status == 200
        assert (await amal.log_in()).url == "/feed"


async def test_all_links_die_with_the_first_that_is_used_and_with_a_new_password(node):
    async with Mailbox() as box, Visitor(node) as amal:
        await connect(node, box)
        first, second = await reset_link(node, box, amal), await reset_link(node, box, amal, 2)
        assert first != second
        await press(amal, second, new=NEW)
        assert (await amal.get(first)).status == 404
        third = await reset_link(node, box, amal, 4)
        await amal.log_in(password=NEW)
        await amal.send(await amal.get("/me"), "/me/password", password=NEW, new=PASSWORD)
        assert (await amal.get(third)).status == 404


def test_an_old_link_opens_nothing(db):
    user = users.by_name(db, "amal")["id"]
    secret = links.make(db, "reset", "amal@example.org", 1000, user=user)
    assert links.find(db, secret, 1000 + links.HOUR - 1, "reset") is not None
    assert links.find(db, secret, 1000 + links.HOUR, "reset") is None


def test_a_link_of_another_kind_opens_nothing(db):
    user = users.by_name(db, "amal")["id"]
    secret = links.make(db, "change", "new@example.org", 1000, user=user)
    assert links.find(db, secret, 1001, "reset") is None and links.find(db, secret, 1001, "change") is not None


def test_a_link_to_an_address_that_is_hers_no_more_opens_nothing(db):
    user = users.by_name(db, "amal")["id"]
    secret = links.make(db, "reset", "amal@example.org", 1000, user=user)
    users.set_email(db, user, "other@example.org")
    assert links.find(db, secret, 1001, "reset") is None


def test_a_link_of_somebody_who_is_shut_out_opens_nothing(db):
    user = users.by_name(db, "yto")["id"]
    secret = links.make(db, "reset", None, 1000, user=user)
    users.shut(db, user, 1000)
    assert links.find(db, secret, 1001, "reset") is None


def test_a_few_links_of_a_kind_are_kept(db):
    user = users.by_name(db, "amal")["id"]
    made = [links.make(db, "reset", "amal@example.org", 1000 + number, user=user) for number in range(9)]
    assert db.value("select count(*) from links") == links.KEPT
    assert links.find(db, made[-1], 1010, "reset") is not None


async def test_nobody_is_told_whether_an_address_has_an_account(node):
    async with Mailbox() as box, Visitor(node) as one_, Visitor(node) as two:
        await connect(node, box)
        known, unknown = await ask_reset(one_), await ask_reset(two, "nobody@example.org")
        assert (known.status, known.words) == (unknown.status, unknown.words)
        await box.next()
        assert len(box.letters) == 1


async def test_a_form_without_its_token_sends_no_letter(node):
    async with Mailbox() as box, Visitor(node) as stranger:
        await connect(node, box)
        assert (await stranger.post("/reset", {"email": "amal@example.org"})).status == 403
        assert await one(node, "select count(*) from mails") == 0


async def test_where_no_letters_are_sent_the_page_says_who_can_help(node):
    await choose(node, contact="salma@example.org")
    async with Visitor(node) as amal:
        page = await amal.get("/reset")
        assert "cannot send e-mail" in page.words and "salma@example.org" in page.words
        assert not [form for form in page.forms if form.action == "/reset"]


async def test_a_link_from_the_operator_works_without_any_letter(node, tmp_path):
    from web.commands.people import _make_link

    made = await node.write(_make_link, "yto")
    async with Visitor(node) as yto:
        page = await press(yto, made.removeprefix(node.origin), new=NEW)
        assert page.url == "/login?done=reset"
        assert (await yto.log_in("yto", NEW)).url == "/feed"


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


# ── another address ───────────────────────────────────────────────────────────


async def change(browser, address, password=PASSWORD):
    return await browser.send(await browser.get("/me"), "/me/email", email=address, password=password)


async def test_a_new_address_is_hers_once_she_follows_the_link_and_the_old_one_hears(node):
    async with Mailbox() as box, Visitor(node) as amal:
        await connect(node, box)
        await amal.log_in()
        page = await change(amal, "new@example.org")
        assert "A letter is on its way" in page.words
        letter = await box.next()
        assert letter["To"] == "new@example.org"
        assert await one(node, "select email from users where role = 'admin'") == "amal@example.org"
        await press(amal, mailbox.link(letter, node))
        assert await until(lambda: one(node, "select email = 'new@example.org' from users where role = 'admin'"))
        told = await box.next(2)
        assert told["To"] == "amal@example.org" and "تغير عنوانك" in told["Subject"]


async def test_an_address_is_not_changed_without_the_password(node):
    async with Mailbox() as box, Visitor(node) as amal:
        await connect(node, box)
        await amal.log_in()
        assert (await change(amal, "thief@example.org", "wrong words")).status == 400
        assert await one(node, "select count(*) from mails") == 0


async def test_nobody_learns_whose_address_is_taken(node):
    async with Mailbox() as box, Visitor(node) as amal:
        await connect(node, box)
        await amal.log_in()
        free, taken = await change(amal, "free@example.org"), await change(amal, "yto@example.org")
        assert free.words == taken.words
        await box.next()
        assert [letter["To"] for letter in box.letters] == ["free@example.org"]


async def test_where_no_letters_are_sent_an_address_holds_at_once(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        await change(amal, "new@example.org")
        assert await one(node, "select email from users where role = 'admin'") == "new@example.org"


# ── from an app ───────────────────────────────────────────────────────────────


async def app_token(node):
    made = await node.api(
        "POST",
        "/api/v1/apps",
        json={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"},
    )
    sent = {"grant_type": "client_credentials", "client_id": made["client_id"], "client_secret": made["client_secret"],
            "scope": "read write"}  # fmt: skip
    return (await node.api("POST", "/oauth/token", json=sent))["access_token"]


WISH = {"username": "mounia", "email": "mounia@example.org", "password": "a long sentence", "agreement": True,
        "locale": "fr", "reason": "جمعية"}  # fmt: skip


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


# ── the operator ──────────────────────────────────────────────────────────────


async def test_the_operator_tries_it_out_and_hears_what_the_server_says(node):
    import asyncio

    from click.testing import CliRunner

    from node.errors import NodeError
    from web.commands.main import tashbik

    def run(*words):
        return CliRunner().invoke(tashbik, [*words, "--data", str(node.folder)])

    assert "No mail server is set" in str((await asyncio.to_thread(run, "mail", "test", "a@example.org")).exception)
    async with Mailbox() as box:
        await connect(node, box)
        found = await asyncio.to_thread(run, "mail", "test", "a@example.org")
        assert found.exit_code == 0, found.exception
        assert box.letters[0]["To"] == "a@example.org"
        box.rcpt = "550 not here"
        refused = await asyncio.to_thread(run, "mail", "test", "a@example.org")
        assert isinstance(refused.exception, NodeError) and "550 not here" in str(refused.exception)


def test_the_password_lies_beside_the_keys_and_is_shown_nowhere(world_folder, tmp_path):
    import shutil
    import stat

    from click.testing import CliRunner

    from federation import mail
    from web.commands.main import tashbik

    folder = tmp_path / "node"
    shutil.copytree(world_folder, folder)
    word = "most secret words"
    runner = CliRunner()
    assert (
        runner.invoke(tashbik, ["mail", "password", "--password", "-", "--data", str(folder)], input=word).exit_code
        == 0
    )
    assert mail.password_kept(folder) == word
    [file] = (folder / "keys").glob("*.password")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for command in (["config", "list"], ["config", "list", "--json"], ["mail", "list"]):
        assert word not in runner.invoke(tashbik, [*command, "--data", str(folder)]).output
    assert word.encode() not in (folder / "node.sqlite3").read_bytes()


@pytest.mark.parametrize("name", ["yto"])
async def test_the_operator_sets_a_password(node, name):
    import asyncio

    from click.testing import CliRunner

    from web.commands.main import tashbik

    words = ["user", "password", name, "--password", "-", "--data", str(node.folder)]
    found = await asyncio.to_thread(CliRunner().invoke, tashbik, words, input=NEW)
    assert found.exit_code == 0, found.exception
    async with Visitor(node) as yto:
        assert (await yto.log_in(name, NEW)).url == "/feed"
    assert now()
