"""The pages that letters lead to, and the letter itself, in a real Chromium: a forgotten password without script, axe-core, widths."""

import asyncio
import os
from pathlib import Path

import pytest

from tests import browser as chromium
from tests import mailbox
from tests.browser import DESK, PHONE, Browser
from tests.mailbox import Mailbox, connect
from tests.web.test_member_browser import AXE, write
from tests.web.visitor import Visitor

pytestmark = [
    pytest.mark.slow,
    chromium.needs_chromium,
]


async def test_a_password_is_replaced_without_script(node, window):
    async with Mailbox() as box:
        await connect(node, box)

        def ask() -> None:
            window.script(False)
            window.get(node.origin + "/login?lang=fr")
            window.press("a[href='/reset']")
            write(window, "input[name='email']", "amal@example.org")
            window.press("form[action='/reset'] button")

        await asyncio.to_thread(ask)
        path = mailbox.link(await box.next(), node)

        def choose() -> str:
            window.get(node.origin + path)
            write(window, "input[name='new']", "quite another sentence")
            window.press(f"form[action='{path}'] button")
            write(window, "input[name='name']", "amal")
            write(window, "input[name='password']", "quite another sentence")
            window.press("form[action='/login'] button")
            window.script(True)
            return str(window.run("return document.body.dataset.page"))

        assert await asyncio.to_thread(choose) == "home"


@pytest.mark.parametrize("language", ["ar", "fr"])
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(node, window, language, tmp_path):
    without = ["/reset"]
    pages = await asyncio.to_thread(look, window, node.origin, without, language, "without")
    async with Mailbox() as box, Visitor(node, language) as visitor:
        await connect(node, box)
        page = await visitor.get("/reset")
        await visitor.send(page, "/reset", email="amal@example.org")
        letter = await box.next()
        link = mailbox.link(letter, node)
        pages += await asyncio.to_thread(
            look, window, node.origin, ["/reset", "/confirm", link, "/login", "/join"], language
        )
        file = tmp_path / "letter.html"
        file.write_text(mailbox.html(letter))
        pages += await asyncio.to_thread(look, window, "file://", [str(file)], language, "letter")
    assert pages == []


def look(window: Browser, origin: str, paths: list[str], language: str, name: str = "") -> list[str]:
    """What is wrong with each page at both widths."""
    wrong = []
    window.driver.delete_all_cookies()
    for path in paths:
        for size in (PHONE, DESK):
            window.size(*size)
            window.get(f"{origin}{path}?lang={language}" if origin.startswith("http") else origin + path)
            if size[0] < window.run("return document.documentElement.scrollWidth"):
                wrong.append(f"{path} is wider than {size[0]}")
            window.run(AXE.read_text())
            found = window.wait(
                "axe.run(document, {resultTypes: ['violations']}).then(arguments[arguments.length - 1])"
            )["violations"]
            wrong += [f"{path} at {size[0]}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in found]
            folder = os.environ.get("TASHBIK_PICTURES")
            if folder:
                said = path.strip("/").replace("/", "-")[:12]
                window.picture(Path(folder) / f"{name or 'page'}-{said}-{language}-{size[0]}.png")
    return wrong
