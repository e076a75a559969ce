"""A real Chromium, headless, for pages as people see them: sizes, language, with script or without."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--disable-dev-shm-usage", "--proxy-server=direct://", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
PHONE, DESK = (360, 800), (1280, 800)


def is_here() -> bool:
    """Whether Debian's chromium and chromedriver are installed."""
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


needs_chromium = pytest.mark.skipif(not is_here(), reason="chromium and chromedriver are not installed")


class Browser:
    """One window.  `get` opens a page, `run` runs script in it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def size(self, width: int, height: int) -> None:
        """The page's own size, whatever the window's smallest."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def scheme(self, value: str) -> None:
        """`light` or `dark`, as the system would say."""
        features = [{"name": "prefers-color-scheme", "value": value}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def script(self, allowed: bool) -> None:
        """Whether pages may run script; `run` works all the same."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not allowed})

    def headers(self, **headers: str) -> None:
        """Sent with every request from now on."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": headers})

    def get(self, address: str) -> None:
        self.driver.get(address)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, *arguments: Any) -> Any:
        """What the script hands to its last argument, a function."""
        return self.driver.execute_async_script(script, *arguments)

    def pick(self, selector: str) -> None:
        """It is pressed, away from under the bar: a choice of a form, what unfolds, a link within the page."""
        found = self.driver.find_element("css selector", selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()

    def press(self, selector: str) -> None:
        """A link or button is pressed, and the page that it leads to is there: the driver alone may not wait for it."""
        from selenium.webdriver.support.wait import WebDriverWait

        page = self.driver.find_element("css selector", "html")
        self.pick(selector)
        waiting = WebDriverWait(self.driver, 60, 0.05)
        waiting.until(lambda _: has_left(page))
        waiting.until(lambda _: self.run("return document.readyState") == "complete")

    def picture(self, path: Path) -> None:
        """The whole page as PNG."""
        import base64

        height = min(6000, int(self.run("return document.documentElement.scrollHeight")))
        width = int(self.run("return window.innerWidth"))
        taken = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}},
        )
        path.write_bytes(base64.b64decode(taken["data"]))


def has_left(element: Any) -> bool:
    """Whether the page that the element was found on is gone; the driver has two ways to say so."""
    from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

    try:
        element.is_enabled()
    except StaleElementReferenceException:
        return True
    except WebDriverException as error:
        if "does not belong to the document" in str(error):
            return True
        raise
    return False


@contextmanager
def browser() -> Iterator[Browser]:
    """A fresh Chromium with an empty profile, gone afterwards."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with tempfile.TemporaryDirectory(prefix="chromium-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        driver.set_page_load_timeout(60)
        driver.set_script_timeout(60)
        try:
            yield Browser(driver)
        finally:
            driver.quit()
