"""Pages in a real Chromium: Arabic and French, phone and desk, with script and without; axe-core finds nothing."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests import browser as chromium
from tests.browser import DESK, PHONE, Browser

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES = ("ar", "fr")
SIZES = (PHONE, DESK)
PAGES = ["/", "/assoc", "/assoc?q=zzzz", "/@khouyoute", "/@khouyoute/contact", "/forums", "/f/tachbik", "/t/{topic}",
         "/t/{long}?page=2", "/projects", "/p/forsa", "/@amal", "/@amal/{poll}", "/e/{event}", "/agenda", "/agenda?view=month", "/about", "/rules", "/privacy", "/network",
         "/search?q=%D8%AC%D9%85%D8%B9%D9%8A%D8%A9", "/tags/%D8%B4%D8%B1%D8%A7%D9%83%D8%A9", "/nothing", "/login", "/join",
         "/local", "/?lite=1", "/board", "/board?kind=offer&lite=1", "/board?state=met", "/calls", "/n/{need}", "/c/{call}"]  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    chromium.needs_chromium,
]

# Everything that one can press, with its size, but for links within a line of text: names, facts, dates.
SMALL = """
return [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select, textarea')].map(one => {
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  if (!box.width || style.visibility === 'hidden' || one.closest('.out, .skip, .text, svg, [hidden], .by, .meta:not(.links), label')) return null;
  if (style.display === 'inline' && one.closest('p, li, dd, h1, h2, h3, td, .meta, .by')) return null;
  if (box.height < 43.5 || (box.width < 43.5 && style.display !== 'inline')) return `${one.outerHTML.slice(0, 90)} ${box.width}x${box.height}`;
  return null;
}).filter(Boolean)
"""
DIRECTION = "return getComputedStyle(document.body).direction"
REQUESTS = "return performance.getEntriesByType('resource').map(one => one.name)"


async def on(window: Browser, fn: Any, *arguments: Any) -> Any:
    """The browser waits for the server that runs on this loop, so it has a thread of its own."""
    return await asyncio.to_thread(fn, *arguments)


def where(site: Any, path: str, language: str) -> str:
    path = path.format(**site.ids)
    return f"{site.origin}{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_nothing(site, window, path):
    if not AXE.exists():
        pytest.skip("node packages are not installed: python -m tests.packages")
    script = AXE.read_text()

    def look() -> list[str]:
        found = []
        window.script(True)
        for language in LANGUAGES:
            for size in SIZES:
                for scheme in ("light", "dark"):
                    window.size(*size)
                    window.scheme(scheme)
                    window.get(where(site, path, language))
                    window.run(script)
                    result = window.wait(
                        "axe.run(document, {resultTypes: ['violations']}).then(arguments[arguments.length - 1])"
                    )
                    found += [
                        f"{language} {size} {scheme} {one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')[:200]}"
                        for one in result["violations"]
                    ]
        return found

    assert await on(window, look) == []


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_scrolls_sideways_and_all_can_be_pressed(site, window, path):
    def look() -> list[Any]:
        found: list[Any] = []
        for language in LANGUAGES:
            for width in (320, 360, 1280):
                window.size(width, 800)
                window.get(where(site, path, language))
                wide = window.run("return document.documentElement.scrollWidth")
                if wide > width:
                    found.append((language, width, "scrolls", wide))
                if width == 360:
                    found += [(language, one) for one in window.run(SMALL)]
                expected = "rtl" if language == "ar" else "ltr"
                assert window.run(DIRECTION) == expected
        return found

    assert await on(window, look) == []


@pytest.mark.parametrize("path", PAGES)
async def test_a_first_view_is_three_requests_to_us_alone_and_says_nothing_wrong(site, window, path):
    def look() -> tuple[list[str], list[Any]]:
        window.size(*PHONE)
        window.driver.get_log("browser")
        window.get(where(site, path, "ar"))
        said = [one["message"] for one in window.driver.get_log("browser") if "favicon" not in one["message"]]
        return window.run(REQUESTS), said

    requests, said = await on(window, look)
    assert len(requests) <= 2 and all(one.startswith(site.origin) for one in requests)
    assert [one for one in said if "404 (Not Found)" not in one or path != "/nothing"] == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_a_visitor_finds_an_association_in_three_taps(site, window, script):
    """The directory, two choices, search: no script is needed."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select

    def go() -> tuple[str, list[str]]:
        window.script(script)
        try:
            window.size(400, 800)
            window.get(f"{site.origin}/lang?to=ar&back=/")
            window.press(".doors a[href='/assoc']")
            Select(window.driver.find_element(By.NAME, "field")).select_by_value("water")
            Select(window.driver.find_element(By.NAME, "region")).select_by_value("MA-SIB")
            window.press("form .btn.act")
            names = [one.text for one in window.driver.find_elements(By.CSS_SELECTOR, ".org h3")]
            return window.driver.current_url, names
        finally:
            window.script(True)
            window.driver.delete_all_cookies()

    address, names = await on(window, go)
    assert "field=water" in address and "region=MA-SIB" in address
    assert names == ["جمعية دواوير بلا عطش للماء والتنمية القروية"]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_following_from_elsewhere_leads_to_her_server(site, window, script):
    """The form on an association's page, her server typed once, and the browser stands there: ours plays the part."""
    from selenium.webdriver.common.by import By

    def go() -> str:
        window.script(script)
        try:
            window.size(*PHONE)
            window.get(f"{site.origin}/@khouyoute?lang=fr")
            window.pick("details.fold summary")
            window.driver.find_element(By.NAME, "home").send_keys(site.host)
            window.press("details.fold form .btn")
            window.driver.find_element(By.CSS_SELECTOR, "body[data-page=login]")
            return str(window.driver.current_url)
        finally:
            window.script(True)
            window.driver.delete_all_cookies()

    address = await on(window, go)
    assert "/login?next=" in address and "authorize_interaction" in address


async def test_the_language_changes_by_its_link_and_stays(site, window):
    def go() -> tuple[str, str]:
        window.size(*DESK)
        window.driver.delete_all_cookies()
        window.get(f"{site.origin}/assoc?lang=ar")
        before = window.run("return document.documentElement.dir")
        window.press("footer a[hreflang=fr]")
        window.get(f"{site.origin}/forums")
        after = window.run("return document.documentElement.lang")
        window.driver.delete_all_cookies()
        return before, after

    assert await on(window, go) == ("rtl", "fr")


async def test_a_keyboard_reaches_the_content_first(site, window):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    def go() -> tuple[str, str]:
        window.get(f"{site.origin}/forums?lang=fr")
        window.driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        first = window.run("return document.activeElement.className")
        window.driver.switch_to.active_element.send_keys(Keys.ENTER)
        return first, window.run("return location.hash")

    assert await on(window, go) == ("skip", "#main")


async def test_a_project_prints_on_one_page(site, window):
    import base64
    import re

    def go() -> bytes:
        window.get(f"{site.origin}/p/forsa?lang=ar")
        printed = window.driver.execute_cdp_cmd(
            "Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False}
        )
        return base64.b64decode(printed["data"])

    assert len(re.findall(rb"/Type\s*/Page\b", await on(window, go))) == 1
