"""A phone with an authenticator app, and an account whose log-in asks it."""

import re
import time
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from keys import totp
from node.people import second_factors, users
from tests.conftest import Node
from tests.web.visitor import Page, Visitor
from tests.world import PASSWORD

TWO_STEPS = "/me/two-steps"


@dataclass
class Phone:
    """What it learned from the page, and the codes that stand on her sheet of paper."""

    secret: str
    sheet: list[str] = field(default_factory=list)

    def code(self) -> str:
        """What it shows just now; it counts for half a minute more at the least."""
        return totp.code(self.secret, time.time_ns() // 1_000_000 // totp.STEP)

    def wrong(self) -> str:
        """Six digits that it showed at none of the moments that count."""
        this = time.time_ns() // 1_000_000 // totp.STEP
        near = {totp.code(self.secret, this + off) for off in range(-3, 4)}
        return next(one for one in (f"{number:06d}" for number in range(10)) if one not in near)


async def one(node: Node, sql: str, *values: Any) -> Any:
    """The single value that the node's file answers."""
    return await node.read(lambda db: db.value(sql, values))


async def is_on(node: Node, name: str = "amal") -> bool:
    """Whether her log-in asks for a code."""
    return bool(await node.read(lambda db: second_factors.is_on(db, users.by_name(db, name)["id"])))


def secret_on(page: Page) -> str:
    """What an app reads in the page's link."""
    [address] = re.findall(r'href="(otpauth:[^"]+)"', page.text)
    return parse_qs(urlsplit(unescape(address)).query)["secret"][0]


def codes_on(page: Page) -> list[str]:
    """The recovery codes that the page shows."""
    return re.findall(r"\d{4} \d{4} \d{4} \d{4}", page.text)


async def begin(browser: Visitor) -> Page:
    """The page from which a phone learns, of who is logged in."""
    return await browser.send(await browser.get(TWO_STEPS), TWO_STEPS, password=PASSWORD)


async def turn_on(node: Node, browser: Visitor) -> Phone:
    """Who is logged in logs in with two steps; the code that said so is not counted as used."""
    page = await begin(browser)
    phone = Phone(secret_on(page))
    page = await browser.send(page, TWO_STEPS + "/confirm", code=phone.code())
    phone.sheet = codes_on(page)
    assert len(phone.sheet) == 10
    await later(node)
    return phone


async def later(node: Node) -> None:
    """As if half a minute had passed since the last code."""
    await node.write(lambda db: db.execute("update second_factors set step = 0"))


async def halfway(browser: Visitor, after: str = "", password: str = PASSWORD) -> Page:
    """The page that asks for the code: her password was right."""
    page = await browser.log_in(password=password, after=after)
    assert page.url.startswith("/login/code") and page.status == 200
    return page
