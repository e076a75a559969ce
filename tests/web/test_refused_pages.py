"""What a person sees who is refused: a whole page in her language, with what happened and what she may do."""

import re

import aiohttp
import pytest

from federation import outbox
from federation.bridge import now
from federation.outbox import Draft
from node import settings
from node.people import actors
from tests.web.visitor import Page, Visitor
from web import pressure
from web.pages import act, login
from web.state import LIMITS

LANGUAGES = ["ar", "fr"]


def is_whole(page: Page, status: int, language: str) -> None:
    """A page of ours with its frame, in the language, in its direction, with one heading and ways on."""
    assert page.status == status and page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Language"].partition("-")[0] == language
    said = f'<html lang="{page.headers["Content-Language"]}" dir="{"rtl" if language == "ar" else "ltr"}">'
    assert said in page.text
    assert page.text.count("<h1") == 1 and 'data-page="error"' in page.text
    assert 'href="/static/tashbik.css' in page.text and "<footer" in page.text
    inside = page.text.partition("<main ")[2].partition(">")[2].partition("</main>")[0]
    assert all(f'href="{path}"' in inside for path in ("/", "/assoc", "/forums"))
    words = re.sub(r"<[^>]+>", " ", inside)
    assert not re.search(r"[a-z]{3}", words) or language != "ar", words  # nothing is left in another language


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_was_deleted_cannot_come_back(node, language):
    def gone(db) -> int:
        post = outbox.publish(db, actors.ours(db, "amal"), Draft(text="x"), now())
        outbox.delete(db, post, now())
        return int(post["id"])

    number = await node.write(gone)
    async with Visitor(node, language) as visitor:
        page = await visitor.get(f"/@amal/{number}")
        is_whole(page, 410, language)
        assert {"ar": "لا يمكن استرجاعه", "fr": "ne peut pas être récupéré"}[language] in page.words
        assert 'role="search"' in page.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_more_than_is_taken_says_what_to_send_instead(node, language):
    async with Visitor(node, language) as visitor:
        page = await visitor.send(await visitor.get("/login"), "/login", name="x" * 1_100_000, password="y")
        is_whole(page, 413, language)
        assert {"ar": "أرسل نصا أقصر", "fr": "un texte plus court"}[language] in page.words
        assert {"ar": "ما زال في الصفحة السابقة", "fr": "encore sur la page précédente"}[language] in page.words


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_form_sent_to_another_name_leads_to_ours(node, language):
    async with Visitor(node, language) as visitor:
        page = await visitor.post("/login", {"name": "amal"}, Host="www.other.example")
        is_whole(page, 421, language)
        assert f'href="{node.origin}/"' in page.text and "other.example" not in page.text
        sheet = re.search(r'href="(/static/tashbik\.css[^"]*)"', page.text)
        assert sheet is not None
        look = await visitor.get(sheet.group(1), Host="www.other.example")
        assert look.status == 200 and "--paper" in look.text
    async with aiohttp.ClientSession() as app:
        named = {"Host": "www.other.example", "Accept": "application/activity+json"}
        async with app.post(node.origin + "/inbox", data=b"{}", headers=named) as answer:
            assert answer.status == 421 and (await answer.json())["error"] == "This was meant for another server."


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_too_quick_reads_when_to_come_back(node, language, monkeypatch):
    monkeypatch.setattr(act, "ACTS", (1, 60))
    post = await node.write(lambda db: outbox.publish(db, actors.ours(db, "yto"), Draft(text="x"), now()))
    async with Visitor(node, language) as amal:
        await amal.log_in()
        for verb in ("like", "unlike"):
            page = await amal.send(await amal.get(f"/@yto/{post['id']}"), f"/posts/{post['id']}/{verb}")
        is_whole(page, 429, language)
        assert int(page.headers["Retry-After"]) > 0
        assert {"ar": "أعد المحاولة بعد دقيقة.", "fr": "Réessayez dans 1 minute."}[language] in page.words
        assert 'role="search"' not in page.text.partition("<main")[2]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_full_disk_is_told_with_what_was_kept(node, language):
    async with Visitor(node, language) as amal:
        await amal.log_in()
        page = await amal.get("/me")
        await node.write(lambda db: settings.choose(db, "free_space", 10**15))
        node.app[pressure.PRESSURE]._until = 0.0  # the look of before the setting is believed no more
        form = aiohttp.FormData([("csrf", page.form("/logout").value("csrf"))], default_to_multipart=True)
        refused = await amal.post("/me/pictures", form)
        is_whole(refused, 503, language)
        assert int(refused.headers["Retry-After"]) > 0
        assert {"ar": "لم يُحفظ شيء", "fr": "Rien n’a été gardé"}[language] in refused.words


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_refused_log_in_is_the_form_again_and_says_why(node, language):
    async with Visitor(node, language) as visitor:
        page = await visitor.send(await visitor.get("/login"), "/login", name="amal", password="not the right one")
        assert page.status == 401 and f'<html lang="{language}' in page.text and page.text.count("<h1") == 1
        assert {"ar": "غير صحيحة", "fr": "n’est pas bon"}[language] in page.words
        assert page.form("/login").value("name") == "amal" and page.form("/login").value("password") == ""
        assert 'aria-describedby="problem"' in page.text and 'href="/reset"' in page.text
        for _ in range(login.BY_ALL[0]):
            node.app[LIMITS].take_named("account", "amal", *login.BY_ALL)
        late = await visitor.send(page, "/login", name="amal", password="not the right one")
        assert late.status == 429 and int(late.headers["Retry-After"]) > 0
        assert {"ar": "محاولات كثيرة", "fr": "Trop"}[language] in late.words


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_makes_no_sense_says_which_part(node, language):
    async with Visitor(node, language) as amal:
        await amal.log_in()
        token = (await amal.get("/me")).form("/logout").value("csrf")
        page = await amal.post("/@amal/block", {"csrf": token})
        is_whole(page, 400, language)
        assert {"ar": "لم يتم ذلك", "fr": "Cela n’a pas été fait"}[language] in page.words
