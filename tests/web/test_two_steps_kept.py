"""A log-in in two steps is turned on, turned off and renewed by who knows password and code; and what is kept of it."""

import re
from html import unescape

import pytest

from node.care import backup
from node.people import second_factors, users
from node.store import FILE
from tests.conftest import now
from tests.mailbox import Mailbox, text
from tests.mailbox import connect as mail_to
from tests.web.phone import TWO_STEPS, Phone, begin, codes_on, halfway, is_on, later, one, secret_on, turn_on
from tests.web.visitor import Visitor
from tests.world import PASSWORD

# ── turned on ─────────────────────────────────────────────────────────────────


async def test_it_is_turned_on_with_the_password_and_a_first_code(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await begin(amal)
        assert page.url == TWO_STEPS and not await is_on(node), "a secret alone asks nobody for a code"
        phone = Phone(secret_on(page))
        assert " ".join(re.findall("....", phone.secret)) in page.words, "for who types it"
        assert (
            '<svg class="qr"' in page.text
            and phone.secret not in page.text.partition('class="qr"')[2].partition(">")[0]
        )
        wrong = await amal.send(page, TWO_STEPS + "/confirm", code=phone.wrong())
        assert wrong.status == 400 and secret_on(wrong) == phone.secret and not await is_on(node)
        assert secret_on(await amal.get(TWO_STEPS)) == phone.secret, (
            "a phone throws pages away while another app is open"
        )
        done = await amal.send(wrong, TWO_STEPS + "/confirm", code=phone.code())
        assert done.status == 200 and await is_on(node) and len(set(codes_on(done))) == 10
        again = await amal.get(TWO_STEPS)
        assert codes_on(again) == [] and "otpauth" not in again.text and "10 recovery codes are left" in again.words


async def test_the_language_may_be_changed_on_a_page_that_answered_a_form(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await begin(amal)
        refused = await amal.send(page, TWO_STEPS + "/confirm", code="1")
        [link] = set(re.findall(r'href="(/lang\?to=fr[^"]*)"', refused.text))
        french = await amal.get(unescape(link))
        assert (french.status, french.url) == (200, TWO_STEPS) and 'lang="fr"' in french.text
        assert secret_on(french) == secret_on(page)
        assert (await amal.get("/lang?to=fr&back=/me/password")).url == "/me"


async def test_nothing_begins_without_the_password(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.send(await amal.get(TWO_STEPS), TWO_STEPS, password="not this one")
        assert page.status == 400 and "not your password" in page.words
        assert await one(node, "select count(*) from second_factors") == 0


async def test_the_secret_is_shown_only_where_it_was_begun_and_only_for_a_while(node):
    async with Visitor(node) as amal, Visitor(node) as thief:
        await thief.log_in()
        await amal.log_in()
        page = await begin(amal)
        phone = Phone(secret_on(page))
        seen = await thief.get(TWO_STEPS)
        assert "otpauth" not in seen.text
        token = seen.form(TWO_STEPS).value("csrf")
        refused = await thief.post(TWO_STEPS + "/confirm", {"csrf": token, "code": phone.code()})
        assert refused.status == 400 and not await is_on(node)
        await node.write(lambda db: db.execute("update second_factors set begun = ?", (now() - second_factors.BEGUN,)))
        late = await amal.send(page, TWO_STEPS + "/confirm", code=phone.code())
        assert late.status == 400 and not await is_on(node)


async def test_who_has_it_on_is_given_no_other_secret(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get(TWO_STEPS)
        await turn_on(node, amal)
        before = await one(node, "select sealed from second_factors")
        page = await amal.send(form, TWO_STEPS, password=PASSWORD)
        assert page.status == 400 and "otpauth" not in page.text
        assert await one(node, "select sealed from second_factors") == before and await is_on(node)


async def test_a_thief_of_the_session_does_not_guess_codes_to_turn_it_off(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        phone = await turn_on(node, amal)
        form = await amal.get(TWO_STEPS)
        for _ in range(10):
            await amal.send(form, TWO_STEPS + "/off", password=PASSWORD, code=phone.wrong())
        page = await amal.send(form, TWO_STEPS + "/off", password=PASSWORD, code=phone.code())
        assert page.status == 400 and "Too many attempts" in page.words and await is_on(node)


async def test_codes_at_the_desk_are_counted_too(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await begin(amal)
        phone = Phone(secret_on(page))
        for _ in range(10):
            page = await amal.send(page, TWO_STEPS + "/confirm", code=phone.wrong())
        page = await amal.send(page, TWO_STEPS + "/confirm", code=phone.code())
        assert page.status == 400 and "Too many attempts" in page.words and not await is_on(node)


# ── turned off, renewed ───────────────────────────────────────────────────────


@pytest.mark.parametrize("action", ["/off", "/codes"])
async def test_a_change_wants_the_password_and_a_code(node, action):
    async with Visitor(node) as amal:
        await amal.log_in()
        phone = await turn_on(node, amal)
        form = await amal.get(TWO_STEPS)
        for password, code in ((PASSWORD, phone.wrong()), ("not this one", phone.code()), (PASSWORD, "")):
            page = await amal.send(form, TWO_STEPS + action, password=password, code=code)
            assert page.status == 400 and codes_on(page) == [] and await is_on(node)
        assert await one(node, "select count(*) from recovery_codes") == 10
        page = await amal.send(form, TWO_STEPS + action, password=PASSWORD, code=phone.sheet[0])
        assert page.status == 200
        assert await is_on(node) == (action == "/codes")


async def test_new_recovery_codes_put_the_old_ones_out(node):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        page = await amal.send(await amal.get(TWO_STEPS), TWO_STEPS + "/codes", password=PASSWORD, code=phone.code())
        fresh = codes_on(page)
        assert len(fresh) == 10 and not set(fresh) & set(phone.sheet)
        step = await halfway(other)
        assert (await other.send(step, "/login/code", code=phone.sheet[1])).status == 401
        assert (await other.send(step, "/login/code", code=fresh[1])).url == "/feed"


async def test_once_it_is_off_the_password_is_enough(node):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        page = await amal.send(await amal.get(TWO_STEPS), TWO_STEPS + "/off", password=PASSWORD, code=phone.code())
        assert page.url == TWO_STEPS + "?done=off" and "Your password alone" in page.words
        assert (await other.log_in()).url == "/feed"
        assert await one(node, "select count(*) from recovery_codes") == 0


async def test_every_change_is_told_by_letter(node):
    async with Mailbox() as box, Visitor(node) as amal, Visitor(node) as other:
        await mail_to(node, box)
        await amal.log_in()
        phone = await turn_on(node, amal)
        await other.send(await halfway(other), "/login/code", code=phone.sheet[0])
        await amal.send(await amal.get(TWO_STEPS), TWO_STEPS + "/codes", password=PASSWORD, code=phone.code())
        await later(node)
        await amal.send(await amal.get(TWO_STEPS), TWO_STEPS + "/off", password=PASSWORD, code=phone.code())
        letters = [await box.next(number) for number in (1, 2, 3, 4)]
        kinds = await node.read(lambda db: [row[0] for row in db.rows("select kind from mails order by id")])
        assert kinds == ["steps_on", "steps_code", "steps_codes", "steps_off"]
        assert {one_["To"] for one_ in letters} == {"amal@example.org"}
        assert "9" in text(letters[1])
        for letter in letters:
            assert phone.secret not in text(letter) and not set(phone.sheet) & {text(letter)}


async def test_her_page_says_how_each_browser_came_in(node):
    async with Visitor(node) as amal, Visitor(node) as before, Visitor(node) as other:
        await before.log_in()
        await amal.log_in()
        phone = await turn_on(node, amal)
        await other.send(await halfway(other), "/login/code", code=phone.code())
        page = await amal.get("/me")
        assert page.words.count("by password alone") == 1 and page.words.count("with a code") == 2


# ── what is kept ──────────────────────────────────────────────────────────────


async def test_secret_and_codes_stand_nowhere_in_clear(node, caplog):
    caplog.set_level("DEBUG")
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        page = await halfway(other)
        for code in (phone.wrong(), phone.sheet[2]):
            page = await other.send(page, "/login/code", code=code)
        assert page.url == "/feed"
        archive = await amal.get("/me/export/archive.json")
    secrets_ = [phone.secret, *phone.sheet, *(one_.replace(" ", "") for one_ in phone.sheet)]
    for said in (caplog.text, archive.text):
        assert not [word for word in secrets_ if word in said]
    await node.stop()
    kept = b"".join(one_.read_bytes() for one_ in node.folder.glob(FILE + "*"))
    assert not [word for word in secrets_ if word.encode() in kept]
    await node.start()


async def test_a_copy_of_the_node_knows_the_same_phone(node, tmp_path):
    async with Visitor(node) as amal:
        await amal.log_in()
        phone = await turn_on(node, amal)
    copy = await node.read(lambda db: backup.make(db, tmp_path / "copy"))
    await node.stop()
    (node.folder / FILE).unlink()
    for rest in node.folder.glob(FILE + "-*"):
        rest.unlink()
    (copy / FILE).rename(node.folder / FILE)
    for key in (copy / "keys").iterdir():
        key.replace(node.folder / "keys" / key.name)
    await node.start()
    async with Visitor(node) as other:
        assert (await other.send(await halfway(other), "/login/code", code=phone.code())).url == "/feed"


async def test_a_secret_carried_to_another_account_opens_nothing(node):
    """Who can write to the file, but has no keys, gives nobody a phone of his own."""
    async with Visitor(node) as amal, Visitor(node) as yto, Visitor(node) as thief:
        await amal.log_in()
        await yto.log_in("yto")
        await turn_on(node, amal)
        own = await turn_on(node, yto)
        await node.write(lambda db: db.execute(
            "update second_factors set sealed = (select sealed from second_factors where user = ?) where user = ?",
            (users.by_name(db, "yto")["id"], users.by_name(db, "amal")["id"])))  # fmt: skip
        assert (await thief.send(await halfway(thief), "/login/code", code=own.code())).status == 401


async def test_recovery_codes_help_where_the_keys_were_lost(node):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        (node.folder / "keys" / "second-factors.secret").unlink()
        page = await halfway(other)
        page = await other.send(page, "/login/code", code=phone.code())
        assert page.status == 401
        assert (await other.send(page, "/login/code", code=phone.sheet[0])).url == "/feed"


async def test_a_deleted_account_leaves_nothing_of_it(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await turn_on(node, yto)
        page = await yto.send(await yto.get("/me/delete"), "/me/delete", password=PASSWORD)
        assert page.url == "/"
    for table in ("second_factors", "recovery_codes"):
        assert await one(node, f"select count(*) from {table}") == 0
