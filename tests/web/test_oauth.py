"""Log-in of apps: registration, consent, codes, tokens, their end."""

import base64
import hashlib
import html
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from yarl import URL

from federation.bridge import now
from node.people import entry, memberships, users
from node.store import connect, write_now
from tests.conftest import Node
from tests.schemas import validate
from tests.world import PASSWORD

BACK = "https://app.example/callback"
OOB = "urn:ietf:wg:oauth:2.0:oob"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def register(node: Node, redirects: str = BACK, scopes: str = "read write follow push") -> dict[str, Any]:
    sent = {"client_name": "Tafukt", "redirect_uris": redirects, "scopes": scopes, "website": "https://app.example"}
    found: dict[str, Any] = await node.api("POST", "/api/v1/apps", data=sent)
    validate("POST", "/api/v1/apps", found)
    return found


class Browser:
    """A member's browser: cookies, forms, no script."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def close(self) -> None:
        await self.session.close()

    async def get(self, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, str]:
        async with self.session.get(
            URL(self.node.origin + path, encoded=True), allow_redirects=False, headers=headers
        ) as response:
            return response, await response.text()

    async def send(self, path: str, fields: dict[str, str], **headers: str) -> tuple[aiohttp.ClientResponse, str]:
        headers = {"Origin": self.node.origin, **headers}
        async with self.session.post(
            self.node.origin + path, data=fields, allow_redirects=False, headers=headers
        ) as response:
            return response, await response.text()

    async def log_in(self, name: str = "amal") -> None:
        _, page = await self.get("/login")
        response, _ = await self.send("/login", hidden(page) | {"name": name, "password": PASSWORD})
        assert response.status in (302, 303), response.status


@pytest.fixture
async def browser(node):
    made = Browser(node)
    yield made
    await made.close()


def hidden(page: str) -> dict[str, str]:
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        assert name and value
        found[name[1]] = html.unescape(value[1])
    return found


def address(app: dict[str, Any], **more: str) -> str:
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK,
             "scope": "read write follow push"} | more  # fmt: skip
    return "/oauth/authorize?" + urlencode(asked)


async def code_for(browser: Browser, app: dict[str, Any], actor: int | None = None, **more: str) -> str:
    response, page = await browser.get(address(app, **more))
    assert response.status == 200, page[:500]
    fields = hidden(page) | {"decision": "allow"}
    if actor is not None:
        fields["actor"] = str(actor)
    response, page = await browser.send("/oauth/authorize", fields)
    assert response.status in (302, 303), page[:500]
    return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]


async def exchange(node: Node, app: dict[str, Any], code: str, *, status: int = 200, **more: str) -> dict[str, Any]:
    sent = {"grant_type": "authorization_code", "code": code, "client_id": app["client_id"],
            "client_secret": app["client_secret"], "redirect_uri": BACK} | more  # fmt: skip
    found: dict[str, Any] = await node.api("POST", "/oauth/token", data=sent, status=status)
    return found


async def test_a_member_lets_an_app_in_and_it_speaks_as_her(node, browser):
    app = await register(node)
    await browser.log_in()
    code = await code_for(browser, app, state="x&y=1", code_challenge=CHALLENGE, code_challenge_method="S256")

    token = await exchange(node, app, code, code_verifier=VERIFIER)

    validate("POST", "/oauth/token", token)
    assert token["scope"] == "read write follow push"
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", token["access_token"])
    assert me["acct"] == "amal"
    known = await node.api("GET", "/api/v1/apps/verify_credentials", token["access_token"])
    validate("GET", "/api/v1/apps/verify_credentials", known)
    assert (known["name"], known["website"]) == ("Tafukt", "https://app.example")


async def test_a_visitor_logs_in_first_and_comes_back(node, browser):
    app = await register(node)
    response, _ = await browser.get(address(app))
    assert response.status == 303
    after = parse_qs(urlsplit(response.headers["Location"]).query)["next"][0]
    assert after == address(app)


async def test_the_consent_page_lets_apps_keep_their_window_and_be_gone_back_to(node, browser):
    app = await register(node, redirects="tafukt://done")
    await browser.log_in()
    response, page = await browser.get(address(app, redirect_uri="tafukt://done"), **{"Accept-Language": "ar"})
    assert "Cross-Origin-Opener-Policy" not in response.headers
    assert "form-action 'self' tafukt:" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "سماح" in page
    assert "Tafukt" in page


async def test_somebody_else_may_answer_in_the_same_window(node, browser):
    """Phones share one browser among apps: a second account could not be added otherwise."""
    app = await register(node)
    await browser.log_in()
    _, page = await browser.get(address(app, state="s"))
    response, _ = await browser.send("/oauth/authorize", hidden(page) | {"decision": "other"})
    again = response.headers["Location"]
    assert response.status == 303 and parse_qs(urlsplit(again).query)["state"] == ["s"]
    response, _ = await browser.get(again)
    assert response.headers["Location"].startswith("/login?next=")
    await browser.log_in("yto")
    token = (await exchange(node, app, await code_for(browser, app)))["access_token"]
    assert (await node.api("GET", "/api/v1/accounts/verify_credentials", token))["acct"] == "yto"
    assert await node.read(lambda db: db.value("select count(*) from codes")) == 1


async def test_she_refuses(node, browser):
    app = await register(node)
    await browser.log_in()
    _, page = await browser.get(address(app, state="s"))
    response, _ = await browser.send("/oauth/authorize", hidden(page) | {"decision": "deny"})
    assert response.headers["Location"].startswith(BACK + "?error=access_denied")
    assert "state=s" in response.headers["Location"]


async def test_consent_sent_from_another_site_or_without_its_token_is_refused(node, browser):
    app = await register(node)
    await browser.log_in()
    _, page = await browser.get(address(app))
    fields = hidden(page) | {"decision": "allow"}
    elsewhere, _ = await browser.send("/oauth/authorize", fields, Origin="https://evil.example")
    assert elsewhere.status == 403
    forged, _ = await browser.send("/oauth/authorize", fields | {"csrf": "0" * 64})
    assert forged.status == 403


async def test_an_association_is_spoken_for_until_the_role_is_lost(node, browser):
    app = await register(node)
    tanmia = await node.read(lambda db: db.value("select id from actors where name = 'tanmia'"))
    await browser.log_in("yto")
    token = (await exchange(node, app, await code_for(browser, app, tanmia)))["access_token"]
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", token)
    assert me["acct"] == "tanmia"
    said = await node.api("POST", "/api/v1/statuses", token, json={"status": "باسم الجمعية"})
    assert said["account"]["acct"] == "tanmia"
    assert await node.read(lambda db: db.value("select user from posts")) == await node.read(
        lambda db: users.by_name(db, "yto")["id"]
    )

    await node.write(lambda db: memberships.take(db, users.by_name(db, "yto")["id"], tanmia))

    await node.api("GET", "/api/v1/accounts/verify_credentials", token, status=401)


async def test_nobody_speaks_for_an_association_that_is_not_hers(node, browser):
    app = await register(node)
    tanmia = await node.read(lambda db: db.value("select id from actors where name = 'tanmia'"))
    await node.write(lambda db: memberships.take(db, users.by_name(db, "yto")["id"], tanmia))
    await browser.log_in("yto")
    _, page = await browser.get(address(app))
    assert str(tanmia) not in page
    response, _ = await browser.send("/oauth/authorize", hidden(page) | {"decision": "allow", "actor": str(tanmia)})
    assert response.status == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": BACK + "/more"}, {"redirect_uri": BACK + "?x=1"}, {"redirect_uri": "https://app.example"},
        {"redirect_uri": "https://app.example/callback\r\nX: y"}, {"client_id": "nobody"}, {"redirect_uri": OOB},
    ],
    ids=["longer", "query", "shorter", "newline", "unknown app", "oob not registered"],
)  # fmt: skip
async def test_nobody_is_sent_to_an_address_that_was_not_registered(node, browser, wrong):
    app = await register(node)
    await browser.log_in()
    response, _ = await browser.get(address(app, **wrong))
    assert response.status == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:49152/callback"),
        ("http://127.0.0.1:8000/callback?a=b", "http://127.0.0.1/callback?a=b"),
        ("http://[::1]:1/", "http://[::1]:65535/"),
    ],
)
async def test_an_app_on_the_members_own_machine_waits_at_any_port(node, browser, registered, asked):
    app = await register(node, registered)
    await browser.log_in()
    code = await code_for(browser, app, redirect_uri=asked)
    assert (await exchange(node, app, code, status=400, redirect_uri=registered))["error"] == "invalid_grant"
    code = await code_for(browser, app, redirect_uri=asked)
    assert (await exchange(node, app, code, redirect_uri=asked))["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:9/other"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:9/callback?a=b"),
        ("http://127.0.0.1/callback", "https://127.0.0.1:9/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.2:9/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:9@evil.example/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:99999/callback"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:9/callback#x"),
        ("http://localhost/callback", "http://localhost:9/callback"),
        ("http://app.example/callback", "http://app.example:9/callback"),
    ],
)
async def test_only_the_port_is_free_and_only_there(node, browser, registered, asked):
    app = await register(node, registered)
    await browser.log_in()
    response, _ = await browser.get(address(app, redirect_uri=asked))
    assert response.status == 400
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read admin:write"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
    ],
)
async def test_what_else_is_wrong_the_app_is_told(node, browser, wrong, code):
    app = await register(node)
    await browser.log_in()
    response, _ = await browser.get(address(app, **wrong))
    assert response.headers["Location"].startswith(f"{BACK}?error={code}")


@pytest.mark.parametrize(
    "redirect",
    ["javascript:alert(1)", "data:text/html,x", "/relative", "https://app.example/#x", "https://", "https://a@b/c", "",
     "https://app.example;sandbox/", "https://app.example:99;x/", "https://app.example:99999/", "https://*/", "https://a'b/"],
)  # fmt: skip
async def test_an_app_cannot_register_an_address_that_leads_nowhere_good(node, redirect):
    answer = await node.api(
        "POST", "/api/v1/apps", json={"client_name": "x", "redirect_uris": redirect, "scopes": "read"}, status=422
    )
    assert answer["error"].startswith("Validation failed: Redirect URI")


async def test_a_code_is_good_once_and_its_second_use_ends_the_token(node, browser):
    app = await register(node)
    await browser.log_in()
    code = await code_for(browser, app)
    token = (await exchange(node, app, code))["access_token"]
    assert (await exchange(node, app, code, status=400))["error"] == "invalid_grant"
    await node.api("GET", "/api/v1/accounts/verify_credentials", token, status=401)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, {}),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S256"}, {"code_verifier": "w" * 43}),
        ({}, {"code_verifier": VERIFIER}),
        ({}, {"redirect_uri": "https://app.example/other"}),
    ],
    ids=["no verifier", "another verifier", "verifier without challenge", "another redirect"],
)
async def test_a_code_is_bound_to_what_it_was_asked_with(node, browser, asked, given):
    app = await register(node)
    await browser.log_in()
    code = await code_for(browser, app, **asked)
    assert (await exchange(node, app, code, status=400, **given))["error"] == "invalid_grant"


async def test_a_code_dies_with_the_password_of_the_day_it_was_given(node, browser):
    """Whoever got in by the old password had herself a code given: it opens nothing after the new one."""
    app = await register(node)
    await browser.log_in("yto")
    code = await code_for(browser, app)
    hashed = users.hash_password("another good password")
    await node.write(lambda db: entry.set_password(db, users.by_name(db, "yto")["id"], hashed, now()))
    assert (await exchange(node, app, code, status=400))["error"] == "invalid_grant"


async def test_a_code_of_another_app_is_none(node, browser):
    app, thief = await register(node), await register(node)
    await browser.log_in()
    code = await code_for(browser, app)
    assert (await exchange(node, thief, code, status=400))["error"] == "invalid_grant"
    await exchange(node, app, code)


async def test_a_code_lives_a_minute(node, browser):
    app = await register(node)
    await browser.log_in()
    code = await code_for(browser, app)
    left = await node.read(lambda db: db.value("select expires from codes")) - node_now()
    assert 0 < left <= 60_000
    opened = connect(node.folder)
    write_now(opened, lambda db: db.execute("update codes set expires = expires - 60001"))
    opened.close()
    assert (await exchange(node, app, code, status=400))["error"] == "invalid_grant"


def node_now() -> int:
    from federation.bridge import now

    return now()


async def test_a_code_to_be_copied_stands_on_a_page(node, browser):
    app = await register(node, redirects=OOB)
    await browser.log_in()
    _, page = await browser.get(address(app, redirect_uri=OOB))
    response, _ = await browser.send("/oauth/authorize", hidden(page) | {"decision": "allow"})
    assert response.status == 303
    _, shown = await browser.get(response.headers["Location"])
    code = parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]
    assert code in shown
    await exchange(node, app, code, redirect_uri=OOB)


async def test_a_wrong_secret_is_401_and_a_wrong_grant_400(node):
    app = await register(node)
    bad = app | {"client_secret": "wrong"}
    assert (await exchange(node, bad, "x", status=401))["error"] == "invalid_client"
    assert (await exchange(node, app, "x", status=400))["error"] == "invalid_grant"
    grant = {"grant_type": "password", "username": "amal@example.org", "password": PASSWORD}
    assert (await exchange(node, app, "x", status=400, **grant))["error"] == "unsupported_grant_type"


async def test_an_app_alone_is_let_in_by_basic_and_opens_no_account(node):
    app = await register(node)
    basic = aiohttp.encode_basic_auth(app["client_id"], app["client_secret"])
    sent = {"grant_type": "client_credentials", "scope": "read write"}
    token = await node.api("POST", "/oauth/token", data=sent, headers={"Authorization": basic})
    await node.api("GET", "/api/v1/apps/verify_credentials", token["access_token"])
    await node.api("GET", "/api/v1/timelines/home", token["access_token"], status=422)
    more = {"grant_type": "client_credentials", "scope": "profile"}
    refused = await node.api("POST", "/oauth/token", data=more, headers={"Authorization": basic}, status=400)
    assert refused["error"] == "invalid_scope"


@pytest.mark.parametrize("form", ["data", "json"])
async def test_a_revoked_token_opens_nothing(node, browser, form):
    app = await register(node)
    await browser.log_in()
    token = (await exchange(node, app, await code_for(browser, app)))["access_token"]
    secrets = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": token}
    thief = await register(node)
    foreign = {"client_id": thief["client_id"], "client_secret": thief["client_secret"], "token": token}
    await node.api("POST", "/oauth/revoke", status=403, **{form: foreign})
    assert await node.api("POST", "/oauth/revoke", **{form: secrets}) == {}
    await node.api("GET", "/api/v1/accounts/verify_credentials", token, status=401)
    assert await node.api("POST", "/oauth/revoke", **{form: secrets}) == {}


async def test_nobody_gives_administration_who_has_none(node, browser):
    app = await register(node, scopes="read admin:read")
    await browser.log_in("yto")
    token = await exchange(node, app, await code_for(browser, app, scope="read admin:read"))
    assert token["scope"] == "read"


async def test_the_metadata_says_what_is_true(node):
    found = await node.api("GET", "/.well-known/oauth-authorization-server")
    validate("GET", "/.well-known/oauth-authorization-server", found)
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in found["grant_types_supported"]


async def test_userinfo_needs_no_more_than_profile(node):
    found = await node.api("GET", "/oauth/userinfo", node.token(scopes="profile"))
    validate("GET", "/oauth/userinfo", found)
    assert found["preferred_username"] == "amal"
    await node.api("GET", "/oauth/userinfo", node.token(scopes="push"), status=403)


async def test_apps_in_browsers_may_read_what_we_answer(node):
    asked = {"Origin": "https://elk.example", "Access-Control-Request-Method": "POST"}
    async with node.session.options(node.origin + "/api/v1/statuses", headers=asked) as response:
        assert response.status == 204
        assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"]
    asked |= {"Access-Control-Request-Headers": "authorization, x-app-version"}
    async with node.session.options(node.origin + "/oauth/token", headers=asked) as response:
        assert response.headers["Access-Control-Allow-Headers"] == "authorization, x-app-version"
    async with node.session.get(node.origin + "/api/v1/timelines/home", headers=asked) as response:
        assert response.status == 401
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Link" in response.headers["Access-Control-Expose-Headers"]
        assert int(response.headers["X-RateLimit-Remaining"]) <= int(response.headers["X-RateLimit-Limit"])
    async with node.session.get(node.origin + "/login", headers=asked) as response:
        assert "Access-Control-Allow-Origin" not in response.headers
