"""In and out: sessions, their cookies, and forms that others send in a member's name."""

import aiohttp
import pytest

from node.people import sessions, users
from tests.conftest import free_port
from tests.web.visitor import Visitor
from tests.world import PASSWORD, make_node
from web import guard


async def count(node, table: str = "sessions") -> int:
    return await node.read(lambda db: db.value(f"select count(*) from {table}"))


@pytest.mark.parametrize("name", ["amal", "AMAL", "@amal", "amal@example.org"])
async def test_a_member_logs_in_by_name_or_address(node, name):
    async with Visitor(node) as amal:
        page = await amal.log_in(name)
        assert (page.status, page.url) == (200, "/feed")
        assert 'data-page="home"' in page.text


async def test_only_a_hash_of_the_session_is_kept(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        [cookie] = [one for one in amal.session.cookie_jar if one.key == "session"]
        kept = await node.read(lambda db: db.value("select secret from sessions"))
        assert kept != cookie.value
        assert kept == sessions.hashed(cookie.value)
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["secure"]


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(node):
    async with Visitor(node) as one, Visitor(node) as two:
        wrong = await one.log_in(password="not this one")
        unknown = await two.log_in("nobody_here")
    assert (wrong.status, unknown.status) == (401, 401)
    assert wrong.words.replace("amal", "") == unknown.words.replace("nobody_here", "")
    assert wrong.form("/login").value("name") == "amal"
    assert await count(node) == 0


async def test_an_unknown_name_costs_as_much_hashing_as_a_known_one(monkeypatch):
    asked = []
    hasher = users._hasher()

    class Counting:
        def verify(self, hashed, password):
            asked.append(hashed)
            return hasher.verify(hashed, password)

        def hash(self, password):
            return hasher.hash(password)

    monkeypatch.setattr(users, "_hasher", lambda: Counting())
    users._nobody.cache_clear()
    assert users.password_is(None, "anything") is False
    assert len(asked) == 1


async def test_ten_wrong_passwords_close_the_account_for_a_while_whatever_the_address(node):
    async with Visitor(node) as amal:
        for _ in range(10):
            assert (await amal.log_in(password="not this one")).status == 401
        page = await amal.log_in()
        assert page.status == 429
        assert int(page.headers["Retry-After"]) > 0
        forwarded = await amal.get("/login", **{"X-Forwarded-For": "10.0.0.9"})
        page = await amal.send(forwarded, "/login", name="amal", password=PASSWORD)
        assert page.status == 429
    assert await count(node) == 0


async def test_right_passwords_do_not_use_up_the_attempts(node):
    async with Visitor(node) as amal:
        for _ in range(12):
            page = await amal.log_in()
            assert page.url == "/feed"
            page = await amal.send(await amal.get("/me"), "/logout")
        assert page.status == 200


async def test_a_new_session_begins_at_each_log_in(node):
    async with Visitor(node) as amal:
        amal.session.cookie_jar.update_cookies({"session": "fixed-by-somebody"}, aiohttp.client.URL(node.origin))
        await amal.log_in()
        [first] = [one.value for one in amal.session.cookie_jar if one.key == "session"]
        assert first != "fixed-by-somebody"
        token = (await amal.get("/me")).form("/logout").value("csrf")
        assert token
        await amal.send(await amal.get("/me"), "/logout")
        assert await count(node) == 0
        amal.session.cookie_jar.update_cookies({"session": first}, aiohttp.client.URL(node.origin))
        assert (await amal.get("/feed")).url.startswith("/login")


async def test_a_closed_account_is_out_at_once(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        user = await node.read(lambda db: users.by_name(db, "amal")["id"])
        await node.write(lambda db: db.execute("update users set disabled = 1 where id = ?", (user,)).rowcount)
        assert (await amal.get("/feed")).url.startswith("/login")


# ── forms from elsewhere ──────────────────────────────────────────────────────


async def test_a_form_without_its_token_does_nothing(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        assert (await amal.post("/logout", {})).status == 403
        assert (await amal.post("/logout", {"csrf": "0" * 64})).status == 403
        assert await count(node) == 1


async def test_a_token_of_another_session_does_nothing(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await amal.post("/logout", {"csrf": token})).status == 403
        assert await count(node) == 2


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
    ids=["another origin", "no origin", "cross-site", "same-site"],
)  # fmt: skip
async def test_a_form_from_another_site_does_nothing_though_its_token_is_right(node, headers):
    async with Visitor(node) as amal:
        await amal.log_in()
        token = (await amal.get("/me")).form("/logout").value("csrf")
        assert (await amal.post("/logout", {"csrf": token}, **headers)).status == 403
        assert await count(node) == 1


async def test_nobody_is_logged_in_by_another_site(node):
    async with Visitor(node) as victim, Visitor(node) as attacker:
        token = (await attacker.get("/login")).form("/login").value("csrf")
        sent = {"csrf": token, "name": "amal", "password": PASSWORD, "next": ""}
        assert (await victim.post("/login", sent)).status == 403
    assert await count(node) == 0


async def test_a_link_cannot_act(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        token = (await amal.get("/me")).form("/logout").value("csrf")
        assert (await amal.get(f"/logout?csrf={token}")).status in (404, 405)
        assert await count(node) == 1


# ── where to ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/%2Fevil.example", "/%5Cevil", "/%2e%2e//evil",
     "/feed\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:a=b", "javascript:alert(1)", "/web/%2F%2Fevil", "/%252Fevil",
     "/a/../..//evil.example", "", "feed", "/login?next=/login", "/x" * 2000, "/\tevil"],
)  # fmt: skip
def test_next_leads_nowhere_else(wanted):
    assert guard.next_path(wanted, "/home") == "/home"


@pytest.mark.parametrize(
    "wanted",
    ["/feed", "/@amal/1", "/me?tab=sessions", "/f/water?page=2", "/tags/%D9%85%D8%A7%D8%A1",
     "/oauth/authorize?client_id=x&redirect_uri=https%3A%2F%2Fapp.example%2F&scope=read+write"],
)  # fmt: skip
def test_next_leads_to_our_own_pages(wanted):
    assert guard.next_path(wanted) == wanted


async def test_a_visitor_comes_back_to_where_she_was_stopped(node):
    async with Visitor(node) as amal:
        page = await amal.get("/notifications?kind=mention")
        assert page.url.startswith("/login?next=")
        page = await amal.send(page, "/login", name="amal", password=PASSWORD)
        assert page.url == "/notifications?kind=mention"


# ── cookies on https ──────────────────────────────────────────────────────────


async def test_on_https_the_cookie_is_bound_to_the_host_and_secure(tmp_path):
    from aiohttp import web

    from web.app import build

    make_node(tmp_path / "node", "https://node.example")
    runner = web.AppRunner(build(tmp_path / "node"), access_log=None, shutdown_timeout=1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        headers = {"Host": "node.example", "Accept": "text/html"}
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers=headers) as browser:
            async with browser.get(f"http://127.0.0.1:{port}/login") as shown:
                cookie = shown.cookies["__Host-form"]
                assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Strict"
                token = (await shown.text()).partition('name="csrf" value="')[2].partition('"')[0]
            sent = {"csrf": token, "name": "amal", "password": PASSWORD, "next": ""}
            async with browser.post(
                f"http://127.0.0.1:{port}/login", data=sent, allow_redirects=False,
                headers={"Cookie": f"__Host-form={cookie.value}", "Origin": "https://node.example"},
            ) as answer:  # fmt: skip
                assert answer.status == 303
                session = answer.cookies["__Host-session"]
                assert session["secure"] and session["httponly"] and session["samesite"] == "Lax"
                assert session["path"] == "/" and not session["domain"]
    finally:
        await runner.cleanup()
