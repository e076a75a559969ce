"""Events in a real Chromium, without script: announced on a phone, answered, seen by who organises it, called off."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from node.network import events
from node.posts import posts
from tests import browser as chromium
from tests import processes
from tests.browser import DESK, PHONE, Browser
from tests.conftest import Node, until
from tests.web.test_browser import AXE
from tests.web.test_member_browser import log_in, write

pytestmark = [
    pytest.mark.slow,
    chromium.needs_chromium,
]
FAULTS = "const done = arguments[arguments.length - 1]; axe.run().then(r => done(r.violations.map(v => v.id + ' ' + v.nodes[0].html)))"


def faults(window: Browser, address: str) -> list[str]:
    """What axe-core finds, in both sizes, and whether anything goes sideways."""
    found: list[str] = []
    for size in (PHONE, DESK):
        window.size(*size)
        window.get(address)
        window.run(AXE.read_text())
        found += window.wait(FAULTS)
        if window.run("return document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{address} is wider than {size[0]}")
    return found


def arrived(window: Browser, selector: str) -> str:
    """The page that the form led to, once it shows this; without script nothing else says that it is there."""
    from selenium.webdriver.common.by import By

    processes.until(lambda: window.driver.find_elements(By.CSS_SELECTOR, selector))
    return str(window.driver.page_source)


def choose(window: Browser, name: str, value: str) -> None:
    """A day or an hour, as the field keeps it: how it is typed differs with the language of the browser."""
    window.run(f"document.querySelector('[name={name}]').value = arguments[0]", value)


async def test_an_event_lives_and_ends_without_script(node: Node, window: Browser) -> None:
    day = (datetime.now().astimezone() + timedelta(9)).date().isoformat()

    def announce() -> str:
        window.size(*PHONE)
        window.script(False)
        try:
            log_in(window, node.origin, "amal")
            window.get(node.origin + "/new/event?lang=ar")
            write(window, "[name=title]", "حملة تنظيف الشاطئ")
            choose(window, "day", day)
            choose(window, "starts", "09:00")
            write(window, "[name=place]", "الشاطئ المركزي، المحمدية")
            window.pick("[name=joining][value=restricted]")
            window.press("button[value=publish]")
            arrived(window, "#coming")
            return str(window.driver.current_url)
        finally:
            window.script(True)

    address = await asyncio.to_thread(announce)
    number = int(address.rpartition("/")[2].partition("#")[0])

    def answer() -> str:
        window.script(False)
        try:
            log_in(window, node.origin, "yto")
            window.get(f"{address}?lang=ar")
            write(window, "[name=message]", "مع طفلين")
            window.press("button[name=answer][value=yes]")
            return arrived(window, "button[name=answer][value=none]")
        finally:
            window.script(True)

    assert "The organiser has not answered yet." in await asyncio.to_thread(answer)

    def decide() -> str:
        window.script(False)
        try:
            log_in(window, node.origin, "amal")
            window.get(f"{address}?lang=ar")
            assert "مع طفلين" in window.driver.page_source
            window.press("button[name=do][value=accept]")
            return arrived(window, "#coming")
        finally:
            window.script(True)

    await asyncio.to_thread(decide)
    await until(lambda: node.read(lambda db: events.coming(db, number) == 1))

    def look() -> list[str]:
        paths = [
            address,
            f"{address}/edit",
            f"{address}/cancel",
            f"{node.origin}/agenda",
            f"{node.origin}/agenda?view=month",
        ]
        found = [fault for path in paths for language in ("ar", "fr") for fault in faults(window, f"{path}{'&' if '?' in path else '?'}lang={language}")]  # fmt: skip
        window.get(f"{address}/cancel")
        window.press(f"form[action$='/e/{number}/cancel'] button")
        arrived(window, ".k-event .badge.bad")
        return found

    assert await asyncio.to_thread(look) == []
    assert posts.details(await node.read(posts.get, number))["status"] == "CANCELLED"


async def test_the_month_is_a_list_on_a_phone_and_a_page_of_paper_leaves_the_buttons_out(
    node: Node, window: Browser
) -> None:
    from tests.web.test_events_pages import announce

    number = await announce(node)

    def look() -> tuple[Any, Any, Any]:
        window.driver.delete_all_cookies()
        window.size(*PHONE)
        window.get(f"{node.origin}/agenda?view=month&lang=ar")
        shown = window.run("return getComputedStyle(document.querySelector('.month td.today')).display")
        window.size(*DESK)
        wide = window.run("return getComputedStyle(document.querySelector('.month td.today')).display")
        window.get(f"{node.origin}/e/{number}")
        window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        printed = window.run("return getComputedStyle(document.querySelector('#rsvp')).display")
        window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        return shown, wide, printed

    assert await asyncio.to_thread(look) == ("block", "table-cell", "none")
