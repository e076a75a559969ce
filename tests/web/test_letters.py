"""Where letters lead: a forgotten password, an address that is confirmed, and what strangers learn from asking: nothing."""

import pytest

from node.people import links, users
from tests import mailbox
from tests.conftest import now, until
from tests.mailbox import Mailbox, connect
from tests.web.joining import ask_reset, choose, one, press, reset_link
from tests.web.visitor import Visitor
from tests.world import PASSWORD

NEW = "quite another sentence"


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


async def test_no_link_on_the_page_repeats_its_secret_and_the_language_changes_all_the_same(node):
    async with Visitor(node) as amal:
        path = "/reset/" + await node.write(
            lambda db: links.make(db, "reset", None, now(), user=users.by_name(db, "amal")["id"])
        )
        page = await amal.get(path)
        assert "/lang?to=fr" in page.text and "back=/reset" not in page.text and "back=%2Freset" not in page.text
        there = await amal.get("/lang?to=fr&back=", Referer=node.origin + path)
        assert there.url == path and 'lang="fr"' in there.text
        assert (await amal.get("/lang?to=fr&back=", Referer="https://evil.example" + path)).url == "/"


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


# ── the operator ──────────────────────────────────────────────────────────────


async def test_the_operator_tries_it_out_and_hears_what_the_server_says(node):
    import asyncio

    from click.testing import CliRunner

    from node.errors import NodeError
    from web.commands.table import tashbik

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
    from web.commands.table import tashbik

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

    from web.commands.table import tashbik

    words = ["user", "password", name, "--password", "-", "--data", str(node.folder)]
    found = await asyncio.to_thread(CliRunner().invoke, tashbik, words, input=NEW)
    assert found.exit_code == 0, found.exception
    async with Visitor(node) as yto:
        assert (await yto.log_in(name, NEW)).url == "/feed"
    assert now()
