"""A browser without script: keeps cookies, reads forms as they stand on the page, sends them back."""

import re
from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import aiohttp

from tests.conftest import Node
from tests.world import PASSWORD


class Page:
    """What the server answered."""

    def __init__(self, status: int, text: str, url: str, headers: Any) -> None:
        self.status, self.text, self.url, self.headers = status, text, url, headers
        self.forms = _Forms(text).found

    def form(self, action: str = "", number: int = 0) -> "Form":
        found = [one for one in self.forms if one.action.partition("?")[0] == action or not action]
        assert found, (action, [one.action for one in self.forms], self.status)
        return found[number]

    @property
    def words(self) -> str:
        """The text that a person reads."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


class Form:
    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: list[tuple[str, str]] = []

    def value(self, name: str) -> str:
        return dict(self.fields).get(name, "")

    def filled(self, values: dict[str, Any]) -> list[tuple[str, Any]]:
        kept = [(name, value) for name, value in self.fields if name not in values]
        for name, value in values.items():
            many = value if isinstance(value, list) else [value]
            kept += [(name, one) for one in many if one is not None]
        return kept


class _Forms(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = self._area = self._option = ""
        self._words: list[str] = []
        self._first = True
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(found.get("action", ""))
            self.found.append(self._form)
        if self._form is None:
            return
        if tag == "input" and found.get("name"):
            kind = found.get("type", "text")
            if kind in ("file", "submit") or (kind in ("radio", "checkbox") and "checked" not in found):
                return
            self._form.fields.append((found["name"], found.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "select":
            self._select, self._first = found.get("name", ""), True
        elif tag == "option" and self._select:
            if self._first or "selected" in found:
                self._option = found.get("value", "")
            self._first = False
        elif tag == "textarea":
            self._area, self._words = found.get("name", ""), []

    def handle_data(self, data: str) -> None:
        if self._area:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            if self._form is not None and self._select and not self._first:
                self._form.fields.append((self._select, self._option))
            self._select = ""
        elif tag == "textarea" and self._form is not None and self._area:
            self._form.fields.append((self._area, "".join(self._words).removeprefix("\n")))
            self._area = ""


class Visitor:
    """One browser on one node."""

    def __init__(self, node: Node, language: str = "en") -> None:
        self.node = node
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"Accept": "text/html,application/xhtml+xml", "Accept-Language": language},
        )

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def get(self, path: str, *, follow: bool = True, **headers: str) -> Page:
        async with self.session.get(self.node.origin + path, headers=headers, allow_redirects=follow) as response:
            return await self._page(response)

    async def post(self, path: str, data: Any, *, follow: bool = True, **headers: str) -> Page:
        async with self.session.post(
            self.node.origin + path, data=data, headers={"Origin": self.node.origin, **headers}, allow_redirects=follow
        ) as response:
            return await self._page(response)

    async def send(self, page: Page, action: str = "", number: int = 0, *, follow: bool = True, **values: Any) -> Page:
        """The page's form with this action, some of its fields filled in."""
        form = page.form(action, number)
        data: Any = aiohttp.FormData()
        for name, value in form.filled(values):
            if isinstance(value, tuple):
                data.add_field(name, value[0], filename=value[1], content_type=value[2])
            else:
                data.add_field(name, str(value))
        return await self.post(form.action or page.url, data, follow=follow, Referer=self.node.origin + page.url)

    async def log_in(self, name: str = "amal", password: str = PASSWORD, after: str = "") -> Page:
        page = await self.get("/login" + (f"?next={after}" if after else ""))
        return await self.send(page, "/login", name=name, password=password)

    async def report(self, post: int, told: str, **values: Any) -> Page:
        """The post is reported by its form, which says `told`: who will read it."""
        form = f"/posts/{post}/report"
        page = await self.get(form)
        assert told in page.words
        return await self.send(page, form, **values)

    async def _page(self, response: aiohttp.ClientResponse) -> Page:
        text = await response.text()
        assert response.status != 500, (response.url, text[:500])
        return Page(response.status, text, response.url.path_qs, response.headers)
