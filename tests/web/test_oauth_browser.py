"""Log-in and consent of an app in a real Chromium, in Arabic and French, without script: as oneself or as an association."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import web

from tests import browser as chromium
from tests.browser import DESK, PHONE, Browser
from tests.conftest import Node, free_port
from tests.processes import until
from tests.web.test_oauth import CHALLENGE, OOB, VERIFIER, register
from tests.world import PASSWORD

pytestmark = [
    pytest.mark.slow,
    chromium.needs_chromium,
]
WORDS = {"ar": ("يطلب", "rtl"), "fr": ("demande", "ltr")}


def until_page(window: Browser, name: str) -> None:
    until(lambda: window.run("return document.body?.dataset.page") == name)


def led_back(address: str) -> str:
    """The address, once it is the app's again."""
    return address if "code=" in address or "error=" in address else ""


def consent(window: Browser, address: str, language: str, whom: str, decision: str) -> dict[str, Any]:
    """What a member saw on her way from the app's address to its code."""
    from selenium.webdriver.common.by import By

    find = window.driver.find_element
    window.driver.delete_all_cookies()
    window.headers(**{"Accept-Language": language})
    window.script(False)
    try:
        window.get(address)
        seen = {"first": window.driver.current_url}
        find(By.ID, "name").send_keys("amal")
        find(By.ID, "password").send_keys(PASSWORD)
        window.press("form[action='/login'] button")
        until_page(window, "authorize")
        seen |= {
            "page": find(By.TAG_NAME, "body").get_attribute("data-page"), "title": find(By.TAG_NAME, "h1").text,
            "language": find(By.TAG_NAME, "html").get_attribute("lang"),
            "direction": find(By.TAG_NAME, "html").get_attribute("dir"),
            "wide": window.run("return document.documentElement.scrollWidth > window.innerWidth + 1"),
        }  # fmt: skip
        for label in window.driver.find_elements(By.CSS_SELECTOR, "label.pick"):
            if whom in label.text:
                label.click()
        window.press(f"button[value={decision}]")
        seen["last"] = until(lambda: led_back(window.driver.current_url))  # press does not wait for another server
        seen["source"] = window.driver.page_source
    finally:
        window.script(True)
        window.headers()
    return seen


@pytest.fixture
async def callback() -> AsyncIterator[str]:
    """Where an app on this machine waits for its code."""

    async def take(_request: web.Request) -> web.Response:
        return web.Response(text="<body data-page=app><h1>app</h1><main>thanks</main>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/callback", take)
    runner, port = web.AppRunner(app), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/callback"
    await runner.cleanup()


def asked(node: Node, app: dict[str, Any], redirect: str) -> str:
    sent = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": redirect, "scope": "read write",
            "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}  # fmt: skip
    return f"{node.origin}/oauth/authorize?{urlencode(sent)}"


@pytest.mark.parametrize(
    ("language", "size", "copied"), [("ar", PHONE, True), ("ar", DESK, False), ("fr", PHONE, False)]
)
async def test_a_member_lets_an_app_in_as_her_association(node, window, callback, language, size, copied):
    redirect = OOB if copied else callback
    app = await register(node, redirect)
    window.size(*size)
    tanmia = await node.api("GET", "/api/v1/accounts/lookup?acct=tanmia")
    whom = tanmia["display_name"] or "tanmia"
    seen = await asyncio.to_thread(consent, window, asked(node, app, redirect), language, whom, "allow")
    word, direction = WORDS[language]
    assert "/login?next=" in seen["first"]
    assert seen["page"] == "authorize" and word in seen["title"]
    assert seen["language"].startswith(language) and seen["direction"] == direction and not seen["wide"]
    assert seen["last"].startswith(f"{node.origin}/oauth/authorize/native?" if copied else callback + "?")
    query = parse_qs(urlsplit(seen["last"]).query)
    [code] = query["code"]
    assert copied or query["state"] == ["s"]
    assert not copied or f'value="{code}"' in seen["source"]
    token = await node.api("POST", "/oauth/token", data={
        "grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "redirect_uri": redirect, "code": code, "code_verifier": VERIFIER,
    })  # fmt: skip
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", token["access_token"])
    assert me["acct"] == "tanmia"
    said = await node.api("POST", "/api/v1/statuses", token["access_token"], json={"status": "in its name"})
    assert said["account"]["acct"] == "tanmia" and said["application"]["name"] == "Tafukt"


async def test_a_member_refuses_and_the_app_hears_so(node, window, callback):
    app = await register(node, callback)
    seen = await asyncio.to_thread(consent, window, asked(node, app, callback), "fr", "Amal", "deny")
    query = parse_qs(urlsplit(seen["last"]).query)
    assert seen["last"].startswith(callback) and query["error"] == ["access_denied"] and "code" not in query
    assert await node.read(lambda db: db.value("select count(*) from codes")) == 0
