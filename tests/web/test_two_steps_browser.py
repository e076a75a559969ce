"""A log-in in two steps in a real Chromium: without script on a phone; axe-core and widths of every page of it."""

import asyncio
import os
from pathlib import Path

import pytest

from node.people import second_factors, users
from tests import browser as chromium
from tests.browser import DESK, PHONE, Browser
from tests.conftest import now
from tests.web.phone import TWO_STEPS, Phone
from tests.web.test_member_browser import AXE, log_in, write
from tests.world import PASSWORD

pytestmark = [
    pytest.mark.slow,
    chromium.needs_chromium,
]
RUN_AXE = "axe.run(document, {resultTypes: ['violations']}).then(arguments[arguments.length - 1])"


def learn(window: Browser) -> Phone:
    """A phone that was let read the page."""
    from urllib.parse import parse_qs, urlsplit

    link = window.driver.find_element("css selector", "a[href^='otpauth:']").get_attribute("href")
    return Phone(parse_qs(urlsplit(link).query)["secret"][0])


def begin(window: Browser, origin: str) -> Phone:
    window.get(origin + TWO_STEPS)
    write(window, "input[name=password]", PASSWORD)
    window.press(f"form[action='{TWO_STEPS}'] button")
    return learn(window)


def give_code(window: Browser, action: str, code: str) -> None:
    write(window, f"form[action='{action}'] input[name=code]", code)
    window.press(f"form[action='{action}'] button")


async def test_it_is_turned_on_and_used_without_script(node, window):
    def flow() -> tuple[str, str]:
        window.size(*PHONE)
        window.script(False)
        try:
            log_in(window, node.origin, "amal")
            phone = begin(window, node.origin)
            window.get(node.origin + TWO_STEPS)  # she was in the other app meanwhile, the page is loaded anew
            assert learn(window) == phone
            code = phone.code()
            give_code(window, TWO_STEPS + "/confirm", code)
            sheet = [one.text for one in window.driver.find_elements("css selector", ".codes .code")]
            log_in(window, node.origin, "amal")
            asked = window.driver.current_url
            give_code(window, "/login/code", sheet[7])
            return asked, window.driver.current_url
        finally:
            window.script(True)

    asked, there = await asyncio.to_thread(flow)
    assert asked == node.origin + "/login/code" and there == node.origin + "/feed"


@pytest.mark.parametrize("language", ["ar", "fr"])
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(node, window, language):
    wrong: list[str] = []

    def look(name: str) -> None:
        for size in (PHONE, DESK):
            window.size(*size)
            if size[0] < window.run("return document.documentElement.scrollWidth"):
                wrong.append(f"{name} is wider than {size[0]}")
            window.run(AXE.read_text())
            found = window.wait(RUN_AXE)["violations"]
            wrong.extend(f"{name} at {size[0]}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in found)
            folder = os.environ.get("TASHBIK_PICTURES")
            if folder:
                window.picture(Path(folder) / f"two-steps-{name}-{language}-{size[0]}.png")

    def flow() -> None:
        log_in(window, node.origin, "amal")
        window.get(f"{node.origin}/lang?to={language}&back={TWO_STEPS}")
        look("off")
        phone = begin(window, node.origin)
        look("begun")
        give_code(window, TWO_STEPS + "/confirm", phone.wrong())
        look("refused")
        give_code(window, TWO_STEPS + "/confirm", phone.code())
        look("codes")
        sheet = [one.text for one in window.driver.find_elements("css selector", ".codes .code")]
        window.get(node.origin + TWO_STEPS)
        look("on")
        window.get(node.origin + "/me")
        look("me")
        window.driver.delete_cookie("session")
        window.get(node.origin + "/login")
        write(window, "#name", "amal")
        write(window, "#password", PASSWORD)
        window.press("form[action='/login'] button")
        look("asked")
        give_code(window, "/login/code", phone.wrong())
        look("wrong")
        give_code(window, "/login/code", sheet[0])

    await asyncio.to_thread(flow)
    assert wrong == []


async def test_the_desk_shows_who_has_it(node, window):
    def give(db) -> None:
        user = users.by_name(db, "yto")["id"]
        second_factors.begin(db, user, 1, b"x", now())
        second_factors.confirm(db, user, b"x", 1, [f"hash {n}" for n in range(10)], now())

    await node.write(give)

    def flow() -> list[str]:
        wrong = []
        log_in(window, node.origin, "amal")
        for size in (PHONE, DESK):
            window.size(*size)
            window.get(node.origin + "/admin/people?lang=ar")
            window.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            if size[0] < window.run("return document.documentElement.scrollWidth"):
                wrong.append(f"wider than {size[0]}")
            window.run(AXE.read_text())
            wrong += [one["id"] for one in window.wait(RUN_AXE)["violations"]]
            folder = os.environ.get("TASHBIK_PICTURES")
            if folder:
                window.picture(Path(folder) / f"two-steps-people-ar-{size[0]}.png")
        return wrong

    assert await asyncio.to_thread(flow) == []
