"""The one script, in a real Chromium: what was typed outlives a broken line, and pictures are made small before they go."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from tests import browser as chromium
from tests.browser import PHONE, Browser
from tests.conftest import Node
from tests.processes import until
from tests.web.test_member_browser import log_in, write

pytestmark = [
    pytest.mark.slow,
    chromium.needs_chromium,
]

TEXT = "textarea[name=text]"
RESTORED = "main form [role=status]"


def cut_off(window: Browser, *, off: bool) -> None:
    """The line is broken, or whole again."""
    window.driver.execute_cdp_cmd("Network.enable", {})
    window.driver.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def begin(window: Browser, node: Node, path: str) -> str:
    """Amal is logged in on her phone, and about to write: the page's address."""
    window.size(*PHONE)
    log_in(window, node.origin, "amal")
    page = node.origin + path
    window.get(page)
    return page


def typed(window: Browser) -> str:
    return str(window.run(f"return document.querySelector('{TEXT}').value"))


def told(window: Browser) -> int:
    return int(window.run(f"return document.querySelectorAll('{RESTORED}').length"))


async def test_what_was_typed_outlives_a_broken_line_and_is_sent_once(node, window):
    def flow() -> None:
        page = begin(window, node, "/new?kind=note&lang=ar")
        write(window, TEXT, "salam from the bus")
        window.get(node.origin + "/feed")
        window.get(page)
        assert typed(window) == "salam from the bus"
        assert told(window) == 1

        cut_off(window, off=True)
        window.pick("button[value=publish]")
        until(
            lambda: (
                window.driver.current_url.startswith("chrome-error")
                or not window.run("return document.body.dataset.page")
            )
        )
        cut_off(window, off=False)
        window.get(page)
        assert typed(window) == "salam from the bus", "it was not sent: it is still here"

        window.press("button[value=publish]")
        window.get(page)
        assert (typed(window), told(window)) == ("", 0), "it has arrived: nothing is kept"

    await asyncio.to_thread(flow)
    said = await node.read(lambda db: [row[0] for row in db.rows("select content from posts")])
    assert said == ["<p>salam from the bus</p>"]


async def test_who_begins_anew_or_logs_out_leaves_nothing_behind(node, window):
    def kept() -> int:
        return int(window.run("return Object.keys(localStorage).filter(one => one.startsWith('typed ')).length"))

    def flow() -> None:
        page = begin(window, node, "/new?kind=note")
        write(window, TEXT, "half a thought")
        window.get(page)
        window.pick(RESTORED + " button")
        assert (typed(window), told(window), kept()) == ("", 0, 0)

        write(window, TEXT, "another")
        window.get(node.origin + "/me")
        assert kept() == 1
        window.press("form[action='/logout'] button")
        assert kept() == 0

    await asyncio.to_thread(flow)


async def test_what_one_member_typed_is_not_shown_to_the_next(node, window):
    def flow() -> None:
        page = begin(window, node, "/new?kind=note")
        write(window, TEXT, "amal's own")
        log_in(window, node.origin, "yto")
        window.get(page)
        assert typed(window) == ""

    await asyncio.to_thread(flow)


async def test_a_photograph_is_made_small_before_it_is_sent(node, window, tmp_path: Path):
    photograph = tmp_path / "camera.jpg"
    noise = Image.effect_noise((2400, 1800), 90).convert("RGB")
    noise.save(photograph, quality=95)
    assert photograph.stat().st_size > 1_000_000

    def flow() -> str:
        begin(window, node, "/new?kind=note")
        write(window, TEXT, "a photograph")
        write(window, "#file", str(photograph))
        until(lambda: window.run("return document.getElementById('file').files[0].size") <= 200_000)
        write(window, "input[name=alt]", "noise")
        window.press("button[value=publish]")
        return window.driver.page_source

    assert "a photograph" in await asyncio.to_thread(flow)
    width, height = await node.read(lambda db: db.row("select width, height from media"))
    assert 0 < max(width, height) <= 1600
    assert abs(width / height - 4 / 3) < 0.02
