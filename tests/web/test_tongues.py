"""A page in Tamazight: what it has no words for is said in French and marked so, for those who hear the page."""

import re
from html.parser import HTMLParser

import pytest

from node.network import fields
from node.text import own
from tests import messages
from tests.web.visitor import Visitor
from web import tongues

CORE = ["/", "/assoc", "/@khouyoute", "/@khouyoute/contact", "/forums", "/f/tachbik", "/t/{topic}", "/projects", "/p/forsa",
        "/@amal", "/@amal/{poll}", "/e/{event}", "/agenda", "/board", "/n/{need}", "/calls", "/about", "/rules", "/privacy",
        "/network", "/search?q=eau", "/nothing", "/login", "/join", "/local", "/?lite=1"]  # fmt: skip
HERS = ["/feed", "/me", "/manage/@tanmia", "/admin", "/admin/announcements", "/notifications", "/messages", "/drafts", "/lists",
        "/new?kind=need", "/new/event", "/me/filters/new", "/me/away"]  # fmt: skip
EMPTY = ("area", "base", "br", "hr", "img", "input", "link", "meta", "source", "track", "wbr")


class Heard(HTMLParser):
    """The page as it is read aloud: each text with the language in which it is read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(page)
        assert self._open == [], self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        language = found.get("lang") or (self._open[-1][1] if self._open else "")
        if tag not in EMPTY:
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        name, _ = self._open.pop()
        assert name == tag, (name, tag)

    def handle_data(self, data: str) -> None:
        said = " ".join(data.split())
        if said and self._open and self._open[-1][0] not in ("script", "style", "title", "textarea"):
            self.texts.append((said, self._open[-1][1]))


def french_alone() -> set[str]:
    """Whole sentences of the French catalogue, and names from our lists, that Tamazight has no words for."""
    known = messages.translated("zgh")
    codes = [*fields.fields().values(), *fields.sizes().values()]
    return {one.names["fr"] for one in codes if "zgh" not in one.names} | {
        " ".join(said.split()) for message, said in messages.translated("fr").items()
        if isinstance(message, str) and message not in known and isinstance(said, str) and re.search(r"\w", said)
    }  # fmt: skip


@pytest.mark.parametrize("path", CORE)
@pytest.mark.asyncio(loop_scope="session")
async def test_french_on_a_page_in_tamazight_is_marked_as_french(site, path):
    _, page, _ = await site.page(path.format(**site.ids), **{"Accept-Language": "zgh"})
    assert '<html lang="zgh"' in page and tongues.bare(page) == page
    heard = Heard(page).texts
    french = french_alone() - {"Rendez-vous"}  # as a member wrote, too
    wrong = [said for said, language in heard if said in french and language != "fr"]
    assert wrong == []
    assert all(re.search("[ⴰ-ⵯ]", said) is None for said, language in heard if language == "fr"), "marked, and is not"


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.asyncio(loop_scope="session")
async def test_other_pages_hold_no_mark(site, language):
    for path in ("/", "/@amal", "/login"):
        _, page, _ = await site.page(path, **{"Accept-Language": language})
        assert tongues.bare(page) == page and '<span lang="fr">' not in page
    assert own(language) is None


@pytest.mark.parametrize(
    "path", ["/local/feed", "/board/feed", "/agenda/feed", "/assoc.csv", "/agenda.ics", "/e/{event}.ics"]
)
@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_no_page_holds_no_mark(site, path):
    await site.page(path.removesuffix("/feed").format(**site.ids), **{"Accept-Language": "zgh"})  # a page before it
    status, said, _ = await site.page(path.format(**site.ids), **{"Accept-Language": "zgh"})
    assert status == 200 and tongues.bare(said) == said


async def test_a_members_pages_are_whole_too(node):
    async with Visitor(node, "zgh") as amal:
        await amal.log_in()
        page = await amal.send(await amal.get("/new?kind=note"), "/new", text="ⴰⵣⵓⵍ", do="publish")
        refused = await amal.send(await amal.get("/new?kind=topic"), "/new", text="ⴰⵣⵓⵍ", do="publish")
        assert refused.status == 400
        for one in (page, refused, *[await amal.get(path) for path in HERS]):
            assert one.text.startswith("<!doctype html>") and tongues.bare(one.text) == one.text
            assert any(language == "fr" for _, language in Heard(one.text).texts)


def test_a_mark_stands_on_the_element_or_around_the_words_and_never_in_an_attribute():
    said = tongues.apart("Publier")
    for made, whole in (
        (f"<h2>{said}</h2>", '<h2 lang="fr">Publier</h2>'),
        (f'<a href="/x">{said}</a>', '<a lang="fr" href="/x">Publier</a>'),
        (f"<p>1 {said} 2</p>", '<p>1 <span lang="fr">Publier</span> 2</p>'),
        (f'<p lang="zgh">{said}</p>', '<p lang="zgh"><span lang="fr">Publier</span></p>'),
        (f"<title>{said} · ⵜ</title>", "<title>Publier · ⵜ</title>"),
        (f'<option value="1">{said}</option>', '<option lang="fr" value="1">Publier</option>'),
        (f"<option>\u00a0\u00a0{said}</option>", '<option lang="fr">\u00a0\u00a0Publier</option>'),
        (f'<nav aria-label="{said}">ⵜ</nav>', '<nav aria-label="Publier">ⵜ</nav>'),
        (f'<img alt="{said}" src="/x">', '<img lang="fr" alt="Publier" src="/x">'),
        (f"<p>{tongues.apart('de <bdi>Amal</bdi>')}</p>", '<p><span lang="fr">de <bdi>Amal</bdi></span></p>'),
        (
            f"<b>{tongues.apart(said + ', ' + said)}</b>",
            '<b><span lang="fr"><span lang="fr">Publier</span>, <span lang="fr">Publier</span></span></b>',
        ),
    ):
        assert tongues.settle(made, "fr") == whole
