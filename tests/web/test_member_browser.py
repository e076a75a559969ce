"""Member pages in a real Chromium: writing and answering without script; axe-core, sizes and width of what only members see."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from federation.bridge import now
from node.people import actors, users
from tests import browser as chromium
from tests.browser import DESK, PHONE, Browser
from tests.federation.forum_world import open_forum
from tests.federation.forum_world import write as write_in
from tests.federation.network_world import with_project
from tests.processes import until
from tests.web.test_member_pictures import a_picture
from tests.web.visitor import Visitor
from tests.world import PASSWORD

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ["/feed", "/local", "/bookmarks", "/new?kind=note", "/new?kind=question", "/new?kind=topic", "/new/event", "/drafts", "/messages",
         "/messages/new", "/messages/{talk}", "/notifications", "/me", "/me/delete", "/manage/@tanmia", "/admin",
         "/admin/people", "/admin/words", "/admin/announcements", "/admin/announcements/{told}", "/@amal", "/me/following", "/me/followers",
         "/me/filters", "/me/filters/new", "/me/filters/{filter}", "/posts/{topic}/filter",
         "/notifications/kept", "/me/away", "/me/away?show=servers", "/me/tags", "/lists", "/lists/11", "/lists/{list}", "/lists/{list}/edit", "/@tanmia/lists",
         "/me/move", "/manage/@tanmia/projects/new", "/p/oasis", "/p/oasis/edit", "/new?kind=update&in=oasis", "/t/{topic}",
         "/f/eau", "/f/eau/edit", "/f/eau/log", "/f/eau/moderation", "/posts/{topic}/moderate", "/posts/{answer}/moderate", "/posts/{post}/history", "/posts/{post}/quotes", "/@tanmia",
         "/posts/{post}/edit", "/posts/{post}/delete", "/posts/{post}/report", "/posts/{post}/page", "/new?kind=need", "/new?kind=call", "/manage/@tanmia/report"]  # fmt: skip

PICTURES = os.environ.get("TASHBIK_PICTURES", "")  # a folder: what was looked at is kept there

pytestmark = [
    pytest.mark.slow,
    chromium.needs_chromium,
]


def log_in(window: Browser, origin: str, name: str) -> None:
    """By the form, with keys and a click."""
    from selenium.webdriver.common.by import By

    window.driver.delete_all_cookies()
    window.get(origin + "/login?lang=ar")
    window.driver.find_element(By.ID, "name").send_keys(name)
    window.driver.find_element(By.ID, "password").send_keys(PASSWORD)
    window.press("form[action='/login'] button")


def write(window: Browser, selector: str, text: str) -> None:
    from selenium.webdriver.common.by import By

    window.driver.find_element(By.CSS_SELECTOR, selector).send_keys(text)


async def test_without_script_a_member_writes_likes_answers_and_leaves(node, window):
    def flow() -> list[str]:
        seen = []
        window.size(*PHONE)
        window.script(False)
        try:
            log_in(window, node.origin, "amal")
            window.get(node.origin + "/new?kind=note&lang=ar")
            write(window, "textarea[name=text]", "salam from a phone")
            window.press("button[value=publish]")
            seen.append(window.driver.page_source)
            window.press(".acts form[action$='/like'] button")
            seen.append(window.driver.page_source)
            write(window, "#reply textarea", "my own answer")
            window.press("#reply button")
            seen.append(window.driver.page_source)
            window.get(node.origin + "/me")
            window.press("form[action='/logout'] button")
            until(lambda: not window.driver.current_url.endswith("/me"))
            window.get(node.origin + "/feed")
            seen.append(window.driver.current_url)
        finally:
            window.script(True)
        return seen

    published, liked, answered, out = await asyncio.to_thread(flow)
    assert "salam from a phone" in published and 'data-page="post"' in published
    assert "/unlike" in liked
    assert "my own answer" in answered
    assert "/login?next=" in out


@pytest.fixture
async def filled(node):
    """A node where something stands on every page of a member's."""
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await amal.get("/new?kind=question")
        await amal.send(page, "/new", text="أي يوم؟", option=["السبت", "الأحد"], do="publish")
        post = await node.read(lambda db: db.value("select id from posts"))
        await yto.send(await yto.get(f"/posts/{post}/page"), f"/posts/{post}/reply", text="السبت")
        await yto.send(await yto.get("/messages/new?to=@amal"), "/messages/new", text="سلام")
        await yto.send(await yto.get(f"/posts/{post}/report"), f"/posts/{post}/report", comment="بلاغ")
        page = await amal.get("/new?kind=note")
        await amal.send(page, "/new", text="مسودة", do="draft")
        edit = f"/posts/{post}/edit"
        await amal.send(await amal.get(edit), edit, text="أي يوم نجتمع؟")
        await node.write(with_project)
        page = await amal.get("/manage/@tanmia")
        await amal.send(page, "/manage/@tanmia/pictures", icon=a_picture("#a23e1d"), image=a_picture(size=(1500, 500)))
        forum = await open_forum(node)
        topic = await write_in(node, "yto", "كيف نصلح المضخة؟", title="المضخة", place=forum["uri"])
        below = await write_in(node, "amal", "بالصبر", reply_to=topic["uri"])
        await amal.send(await amal.get("/me/filters/new"), "/me/filters/new", **{"word-0": "مباراة", "word-1": "derby"})
        kept = await node.read(lambda db: db.value("select id from filters"))
        ask = f"/posts/{topic['id']}/filter"
        await amal.send(await amal.get(ask), ask, filter=kept)
        await amal.send(await amal.get("/@tanmia"), "/@tanmia/follow")
        page = await amal.send(await amal.get("/lists"), "/lists", title="جمعيات الماء")
        await amal.send(page, page.url.partition("/edit")[0] + "/people", do="add")
        mine = await node.read(lambda db: db.value("select id from lists"))
        await amal.send(await amal.get(f"/posts/{post}/page"), f"/posts/{post}/pin")
        told = "/admin/announcements"
        await amal.send(
            await amal.get(told), told, **{"text-ar": "الجمع العام يوم السبت", "text-fr": "Assemblée samedi"}
        )
        await amal.send(await amal.get(told), told, **{"text-ar": "عطلة", "on": "2099-01-01", "until": "2099-01-09"})
        told = await node.read(lambda db: db.value("select max(id) from announcements"))
        talk = await node.read(lambda db: users.by_name(db, "yto")["actor"])
    async with Visitor(node) as mounia:
        page = await mounia.get("/join")
        await mounia.send(
            page, "/join", display="منية", name="mounia", password="a long sentence", reason="أنا", rules="1"
        )
    return {
        "post": post,
        "talk": talk,
        "topic": topic["id"],
        "answer": below["id"],
        "filter": kept,
        "list": mine,
        "told": told,
    }


@pytest.mark.parametrize("language", ["ar", "fr"])
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(node, window, filled, language):
    if not AXE.exists():
        pytest.skip("node packages are not installed: python -m tests.packages")
    script = AXE.read_text()

    def look() -> list[str]:
        found: list[Any] = []
        log_in(window, node.origin, "amal")
        for path in PAGES:
            address = node.origin + path.format(**filled)
            for size, scheme in ((PHONE, "light"), (PHONE, "dark"), (DESK, "dark")):
                window.size(*size)
                window.scheme(scheme)
                window.get(address + ("&" if "?" in path else "?") + "lang=" + language)
                over = window.run("return document.documentElement.scrollWidth - window.innerWidth")
                if over > 0:
                    found.append(f"{path} {size}: {over} px too wide")
                if window.run("return document.body.dataset.page") == "error":
                    found.append(f"{path}: an error page")
                if PICTURES:
                    kept = (path.format(**filled).strip("/").replace("/", "_").replace("?", "-") or "home")[:60]
                    window.picture(Path(PICTURES) / f"{kept}.{language}.{scheme}.{size[0]}.png")
                window.run(script)
                result = window.wait(
                    "axe.run(document, {resultTypes: ['violations']}).then(arguments[arguments.length - 1])"
                )
                found += [
                    f"{path} {size} {scheme} {one['id']}: {json.dumps([node['html'][:200] for node in one['nodes'][:2]])}"
                    for one in result["violations"]
                ]
        return found

    assert await asyncio.to_thread(look) == []


async def test_a_refused_form_leads_to_the_field_without_script(node, window):
    """What is wrong is a link; pressed, the field has the keys, and axe finds nothing on the page in the dark."""

    def look() -> tuple[Any, ...]:
        window.size(*PHONE)
        window.scheme("dark")
        log_in(window, node.origin, "amal")
        window.get(node.origin + "/new/event")
        write(window, "input[name=title]", "لقاء")
        window.run("document.querySelector(\"form[action='/new/event']\").noValidate = true")
        window.press("button[value=publish]")
        wrong = [] if not AXE.exists() else window.run(AXE.read_text()) or window.wait(
            "axe.run(document, {resultTypes: ['violations']}).then(found => arguments[arguments.length - 1](found.violations.map(one => one.id)))"
        )  # fmt: skip
        window.script(False)
        try:
            window.pick("a[href='#fault']")
            there = window.run(
                "return [document.activeElement.name, document.activeElement.getBoundingClientRect().top]"
            )
        finally:
            window.script(True)
        return wrong, *there, window.run("return document.querySelector('[name=title]').value")

    wrong, name, top, kept = await asyncio.to_thread(look)
    assert wrong == []
    assert name == "day" and 0 <= top < 800
    assert kept == "لقاء"


async def test_a_name_without_a_gap_breaks_and_widens_nothing(node, window, filled):
    """A hundred letters that no browser may break by itself, in the name, the title and the text."""
    long = "Abderrahmane_" * 7 + "ElFassi"
    await node.write(lambda db: actors.change(db, actors.ours(db, "amal")["id"], now(), display=long))
    async with Visitor(node) as amal:
        await amal.log_in()
        await amal.send(
            await amal.get("/new?kind=note"), "/new", text=long + " https://x.example/" + long, do="publish"
        )
        need = await amal.send(await amal.get("/new?kind=need"), "/new", title=long, text=long, do="publish")
    written = await node.read(lambda db: db.value("select max(id) from posts where kind = 'note' and title = ''"))
    pages = [
        "/local",
        "/@amal",
        f"/@amal/{written}",
        "/board",
        need.url.removeprefix(node.origin),
        "/me",
        "/feed",
        "/search?q=Abderrahmane_",
    ]

    def look() -> list[Any]:
        log_in(window, node.origin, "amal")
        window.size(320, 800)
        found = []
        for language in ("ar", "fr"):
            for path in pages:
                window.get(node.origin + path.partition("#")[0] + ("&" if "?" in path else "?") + "lang=" + language)
                found.append(
                    (path, window.run("return [document.body.dataset.page, document.documentElement.scrollWidth]"))
                )
        return [one for one in found if one[1][0] == "error" or one[1][1] > 320]

    assert await asyncio.to_thread(look) == []
