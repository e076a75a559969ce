"""A log-in in two steps: no way in without the code, no code that counts twice, no way round it."""

import asyncio

import pytest

from node.people import users
from tests.conftest import now
from tests.mailbox import Mailbox, text
from tests.mailbox import connect as mail_to
from tests.web.joining import reset_link
from tests.web.phone import TWO_STEPS, Phone, begin, halfway, is_on, later, one, secret_on, turn_on
from tests.web.visitor import Visitor
from tests.world import PASSWORD
from web.pages import login_code

NEW = "quite another sentence"


# ── logging in ────────────────────────────────────────────────────────────────


async def test_the_password_alone_opens_nothing_and_the_code_opens_it(node):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        before = await one(node, "select count(*) from sessions")
        page = await halfway(other)
        assert "@amal" in page.words and page.headers["Cache-Control"] == "private, no-store"
        assert await one(node, "select count(*) from sessions") == before
        assert (await other.get("/me")).url.startswith("/login")
        wrong = await other.send(page, "/login/code", code=phone.wrong())
        assert wrong.status == 401 and "not right" in wrong.words
        assert await one(node, "select count(*) from sessions") == before
        assert (await other.send(wrong, "/login/code", code=phone.code())).url == "/feed"
        assert (await other.get("/me")).url == "/me"
        assert not [one_ for one_ in other.session.cookie_jar if one_.key == "halfway"]


async def test_a_phone_that_threw_the_page_away_finds_it_again(node):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        await halfway(other, "/bookmarks")
        page = await other.get("/login/code?next=/bookmarks")
        assert (await other.send(page, "/login/code", code=phone.code())).url == "/bookmarks"


@pytest.mark.parametrize("write", [
    lambda code: f"{code[:3]} {code[3:]}",
    lambda code: f" {code[:3]}-{code[3:]}\u200f",
    lambda code: code.translate({48 + n: 0x660 + n for n in range(10)}),
    lambda code: code.translate({48 + n: 0x6F0 + n for n in range(10)}),
], ids=["a space", "a dash", "Arabic digits", "Persian digits"])  # fmt: skip
async def test_a_code_may_be_typed_as_keyboards_and_apps_write_it(node, write):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        page = await halfway(other)
        assert (await other.send(page, "/login/code", code=write(phone.code()))).url == "/feed"


async def test_a_code_counts_once(node):
    async with Visitor(node) as amal, Visitor(node) as other, Visitor(node) as third:
        await amal.log_in()
        page = await begin(amal)
        phone = Phone(secret_on(page))
        first = phone.code()
        await amal.send(page, TWO_STEPS + "/confirm", code=first)
        assert (await other.send(await halfway(other), "/login/code", code=first)).status == 401, (
            "it turned it on already"
        )
        await later(node)
        code = phone.code()
        assert (await other.send(await halfway(other), "/login/code", code=code)).url == "/feed"
        assert (await third.send(await halfway(third), "/login/code", code=code)).status == 401


async def test_the_same_code_sent_twice_at_once_opens_one_session(node):
    async with Visitor(node) as amal, Visitor(node) as one_, Visitor(node) as two:
        await amal.log_in()
        phone = await turn_on(node, amal)
        pages = [await halfway(one_), await halfway(two)]
        code, before = phone.code(), await one(node, "select count(*) from sessions")
        answers = await asyncio.gather(
            one_.send(pages[0], "/login/code", code=code), two.send(pages[1], "/login/code", code=code)
        )
        assert sorted(page.status for page in answers) == [200, 401]
        assert await one(node, "select count(*) from sessions") == before + 1


async def test_a_recovery_code_opens_it_once(node):
    async with Visitor(node) as amal, Visitor(node) as other, Visitor(node) as third:
        await amal.log_in()
        phone = await turn_on(node, amal)
        code = phone.sheet[3]
        assert (await other.send(await halfway(other), "/login/code", code=code.replace(" ", ""))).url == "/feed"
        assert "9 recovery codes are left" in (await other.get(TWO_STEPS)).words
        assert (await third.send(await halfway(third), "/login/code", code=code)).status == 401
        assert (await third.send(await halfway(third), "/login/code", code=phone.sheet[4])).url == "/feed"


async def test_recovery_codes_of_another_open_nothing(node):
    async with Visitor(node) as amal, Visitor(node) as yto, Visitor(node) as other:
        await amal.log_in()
        await yto.log_in("yto")
        await turn_on(node, amal)
        hers = await turn_on(node, yto)
        page = await halfway(other)
        for code in (hers.sheet[0], hers.code()):
            assert (await other.send(page, "/login/code", code=code)).status == 401


async def test_who_gave_no_password_is_asked_for_it(node):
    async with Visitor(node) as amal, Visitor(node) as stranger:
        await amal.log_in()
        phone = await turn_on(node, amal)
        assert (await stranger.get("/login/code?next=/bookmarks")).url == "/login?next=/bookmarks"
        token = (await stranger.get("/login")).form("/login").value("csrf")
        page = await stranger.post("/login/code", {"csrf": token, "code": phone.code(), "next": "/bookmarks"})
        assert page.status == 403 and page.form("/login").value("next") == "/bookmarks"
        assert (await stranger.get("/me")).url.startswith("/login")


async def user_of(node, name="amal"):
    return await node.read(lambda db: users.by_name(db, name)["id"])


def shown(browser):
    [cookie] = [one for one in browser.session.cookie_jar if one.key == "halfway"]
    return cookie


async def halves(browser, value):
    """Where a browser stands that shows this."""
    return (await browser.get("/login/code", Cookie=f"halfway={value}")).url


async def test_what_a_browser_shows_halfway_cannot_be_made_or_stretched(node):
    async with Visitor(node) as amal, Visitor(node) as yto, Visitor(node) as other, Visitor(node) as thief:
        await amal.log_in()
        await yto.log_in("yto")
        await turn_on(node, amal)
        await turn_on(node, yto)
        await halfway(other)
        cookie = shown(other)
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and 0 < int(cookie["max-age"]) <= 600
        user, until, proof = cookie.value.split(".")
        assert await halves(thief, cookie.value) == "/login/code"
        for forged in (
            f"{user}.{int(until) + 1}.{proof}",
            f"{await user_of(node, 'yto')}.{until}.{proof}",
            f"{user}.{until}.",
            f"{user}.{until}.é",
            "é.é.é",
            "..",
        ):
            assert await halves(thief, forged) == "/login", forged


async def test_it_ends_after_ten_minutes_and_with_the_password(node, monkeypatch):
    async with Visitor(node) as amal, Visitor(node) as other, Visitor(node) as thief:
        await amal.log_in()
        await turn_on(node, amal)
        page = await halfway(other)
        await node.write(lambda db: users.set_password(db, users.by_name(db, "amal")["id"], users.hash_password(NEW)))
        assert (await other.get("/login/code")).url == "/login"
        assert page.status == 200
        await halfway(other, password=NEW)
        kept = shown(other).value
        assert await halves(thief, kept) == "/login/code"
        monkeypatch.setattr("web.pages.halfway.now", lambda: now() + 600_000)
        assert await halves(thief, kept) == "/login"


async def test_an_account_that_was_shut_meanwhile_stays_shut(node):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        page = await halfway(other)
        await node.write(lambda db: users.shut(db, users.by_name(db, "amal")["id"], now()))
        page = await other.send(page, "/login/code", code=phone.code())
        assert page.status == 403 and "closed" in page.words


async def test_the_form_for_the_code_is_taken_from_our_own_page_alone(node):
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        page = await halfway(other)
        token = page.form("/login/code").value("csrf")
        evil = await other.post("/login/code", {"csrf": token, "code": phone.code()}, Origin="https://evil.example")
        assert evil.status == 403
        assert (await other.post("/login/code", {"csrf": "x", "code": phone.code()})).status == 403
        assert (await other.get("/me")).url.startswith("/login")


async def test_what_was_typed_before_the_session_ended_survives_both_steps(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        phone = await turn_on(node, amal)
        form = await amal.get("/new?kind=note")
        await node.write(lambda db: db.execute("delete from sessions"))
        asked = await amal.send(form, "/new", text="كتبت هذا طويلا على الهاتف", do="publish")
        step = await amal.send(asked, "/login", name="amal", password=PASSWORD)
        assert await one(node, "select count(*) from drafts") == 0, "the password alone writes nothing into her account"
        wrong = await amal.send(step, "/login/code", code=phone.wrong())
        page = await amal.send(wrong, "/login/code", code=phone.code())
        assert page.url.startswith("/again") and "كتبت هذا" in page.words


async def test_a_code_is_never_carried_over_a_log_in(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await begin(amal)
        await node.write(lambda db: db.execute("delete from sessions"))
        asked = await amal.send(page, TWO_STEPS + "/confirm", code="123 456")
        assert asked.status == 403 and "123 456" not in asked.text


# ── guessing ──────────────────────────────────────────────────────────────────


async def test_five_wrong_codes_close_the_second_step_for_a_while_but_not_where_she_is_known(node):
    async with Visitor(node) as amal, Visitor(node) as thief, Visitor(node) as other, Mailbox() as box:
        await mail_to(node, box)
        await amal.log_in()
        phone = await turn_on(node, amal)
        await box.next()
        page = await halfway(thief)
        for _ in range(5):
            page = await thief.send(page, "/login/code", code=phone.wrong())
            assert page.status == 401
        page = await thief.send(page, "/login/code", code=phone.code())
        assert page.status == 429 and int(page.headers["Retry-After"]) > 0
        told = await box.next(2)
        assert told["To"] == "amal@example.org" and "@amal" in text(told)
        assert (await thief.send(page, "/login/code", code=phone.code())).status == 429
        again = await halfway(other)
        assert (await other.send(again, "/login/code", code=phone.code())).status == 429, (
            "another browser, the same network"
        )
        token = (await amal.get("/me")).form("/logout").value("csrf")
        await amal.post("/logout", {"csrf": token})
        assert (await amal.send(await halfway(amal), "/login/code", code=phone.code())).url == "/feed"
        assert await one(node, "select count(*) from mails where kind = 'steps_guessed'") == 1


async def test_all_networks_together_have_few_guesses_too(behind):
    async with Visitor(behind) as amal:
        await amal.log_in()
        phone = await turn_on(behind, amal)
        for number in range(login_code.BY_ALL[0] + 1):
            async with Visitor(behind) as thief:
                there = {"X-Forwarded-For": f"203.0.{number}.9"}
                form = await thief.get("/login", **there)
                token = form.form("/login").value("csrf")
                page = await thief.post("/login", {"csrf": token, "name": "amal", "password": PASSWORD}, **there)
                token = page.form("/login/code").value("csrf")
                last = await thief.post("/login/code", {"csrf": token, "code": phone.wrong()}, **there)
                assert last.status == (429 if number == login_code.BY_ALL[0] else 401)


async def test_right_codes_do_not_use_up_the_tries(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        phone = await turn_on(node, amal)
        for _ in range(login_code.BY_ACCOUNT[0] + 1):
            await later(node)
            async with Visitor(node) as other:
                assert (await other.send(await halfway(other), "/login/code", code=phone.code())).url == "/feed"


# ── no way round it ───────────────────────────────────────────────────────────


async def register(node):
    return await node.api("POST", "/api/v1/apps", data={
        "client_name": "App", "redirect_uris": "https://app.example/back", "scopes": "read"})  # fmt: skip


async def test_an_app_is_let_in_only_behind_the_second_step(node):
    app = await register(node)
    asked = f"/oauth/authorize?response_type=code&client_id={app['client_id']}&redirect_uri=https://app.example/back"
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        phone = await turn_on(node, amal)
        page = await other.get(asked)
        page = await other.send(page, "/login", name="amal", password=PASSWORD)
        assert page.url.startswith("/login/code")
        assert (await other.get(asked)).url.startswith("/login?next="), "halfway is not in"
        page = await other.send(page, "/login/code", code=phone.code())
        assert page.url.startswith("/oauth/authorize") and "App" in page.words


async def test_no_password_is_taken_for_a_token(node):
    app = await register(node)
    async with Visitor(node) as amal:
        await amal.log_in()
        await turn_on(node, amal)
    told = await node.api("POST", "/oauth/token", status=400, data={
        "grant_type": "password", "username": "amal", "password": PASSWORD, "client_id": app["client_id"],
        "client_secret": app["client_secret"], "scope": "read"})  # fmt: skip
    assert told["error"] == "unsupported_grant_type"
    assert await one(node, "select count(*) from tokens where user is not null") == 0


async def test_the_form_to_join_sent_twice_is_no_way_round_it(node):
    from tests.web.joining import choose

    await choose(node, registrations="open")
    async with Visitor(node) as nour, Visitor(node) as thief:
        sent = {"name": "nour", "display": "Nour", "password": PASSWORD, "reason": "salam", "rules": "1"}
        form = await thief.get("/join")
        assert (await nour.send(await nour.get("/join"), "/join", **sent)).url == "/me"
        await turn_on(node, nour)
        page = await thief.send(form, "/join", **sent)
        assert page.status == 400 and (await thief.get("/me")).url.startswith("/login")


async def test_a_new_password_does_not_turn_it_off(node):
    async with Mailbox() as box, Visitor(node) as amal, Visitor(node) as other:
        await mail_to(node, box)
        await amal.log_in()
        phone = await turn_on(node, amal)
        path = await reset_link(node, box, other, 2)
        await other.send(await other.get(path), path, new=NEW)
        assert await is_on(node)
        page = await halfway(other, password=NEW)
        assert (await other.send(page, "/login/code", code=phone.code())).url == "/feed"


async def test_the_operators_tokens_and_those_of_before_go_on(node):
    token = node.token()
    async with Visitor(node) as amal:
        await amal.log_in()
        await turn_on(node, amal)
    for one_ in (token, node.token()):
        assert (await node.api("GET", "/api/v1/accounts/verify_credentials", one_))["username"] == "amal"


async def test_who_has_no_second_step_notices_nothing(node):
    async with Visitor(node) as yto, Visitor(node) as amal:
        await amal.log_in()
        await turn_on(node, amal)
        assert (await yto.log_in("yto")).url == "/feed"
        assert (await yto.get("/me")).words.count("by password alone") == 0
