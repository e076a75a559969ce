"""Pages as visitors get them, over real HTTP: every address, its frame, its language, its weight, who may not see what."""

import gzip
import re
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from web import assets

ATOM = "{http://www.w3.org/2005/Atom}"


pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = {
    "/": "home", "/assoc": "directory", "/assoc?q=%D9%85%D8%A7%D8%A1&field=water": "directory", "/@khouyoute": "association",
    "/@khouyoute/news": "association", "/@khouyoute/projects": "association", "/@khouyoute/partners": "association",
    "/@khouyoute/contact": "association", "/@khouyoute/forum": "association", "/forums": "forums", "/f/tachbik": "forum",
    "/t/{topic}": "topic", "/t/{long}?page=2": "topic", "/projects": "projects", "/p/forsa": "project", "/@amal": "member",
    "/@badr@peer.example": "member", "/@amal/{update}": "post", "/@amal/{poll}": "post", "/e/{event}": "event", "/about": "about", "/rules": "rules",
    "/privacy": "privacy", "/network": "network", "/search": "search", "/search?q=%D8%AC%D9%85%D8%B9%D9%8A%D8%A9": "search",
    "/tags/%D8%B4%D8%B1%D8%A7%D9%83%D8%A9": "tag", "/nothing": "error",
}  # fmt: skip
FEEDS = ["/local/feed", "/assoc/feed", "/forums/feed", "/projects/feed", "/@amal/feed", "/@khouyoute/feed", "/f/tachbik/feed",
         "/p/forsa/feed", "/tags/%D8%B4%D8%B1%D8%A7%D9%83%D8%A9/feed"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ar", "fr", "en", "zgh"])
async def test_every_page_stands_in_its_frame(site, path, language):
    status, body, headers = await site.page(path.format(**site.ids), **{"Accept-Language": language})

    assert status == (404 if PAGES[path] == "error" else 200)
    assert len(re.findall(r"<h1\b", body)) == 1
    assert f'<body data-page="{PAGES[path]}">' in body
    assert re.search(rf'<html lang="{language}[^"]*" dir="{"rtl" if language == "ar" else "ltr"}">', body)
    assert '<a class="skip" href="#main">' in body and body.count("<main ") == 1 and "<footer" in body
    assert "Set-Cookie" not in headers, "a visitor gets no cookie"
    run = body.replace('<script type="application/ld+json">', "", 1)  # data, which no browser runs
    assert "<style" not in run and " style=" not in run and "<script" not in run and not re.search(r"\son\w+=", run)
    for address in re.findall(
        r'(?:<img[^>]+src|<link rel="(?:stylesheet|icon)"[^>]*href|<script[^>]+src)="([^"]+)"', body
    ):
        assert address.startswith(("/", "data:")), "nothing is loaded from elsewhere"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


MORE = ["/agenda", "/agenda?view=month", "/agenda?when=past", "/board", "/board?kind=offer", "/board?state=met", "/calls",
        "/n/{need}", "/c/{call}", "/local", "/all", "/login", "/join", "/reset", "/posts/{update}/history"]  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, *MORE])
async def test_a_page_weighs_little(site, path):
    async def weigh(**headers: str) -> int:
        async with site.session.get(
            site.origin + path.format(**site.ids), headers={"Accept": "text/html", "Accept-Encoding": "gzip", **headers}
        ) as response:
            assert response.headers.get("Content-Encoding") == "gzip"
            return int(response.headers["Content-Length"])

    css = len(assets.assets()["tashbik.css"].squeezed)
    assert css <= 9_000
    assert await weigh() + css + len(assets.assets()["mark.svg"].squeezed) <= 35_000
    assert await weigh(**{"Save-Data": "on"}) + css <= 18_000


async def test_data_saver_shows_no_picture_and_no_icon(site):
    _, body, _ = await site.page("/?lite=1")
    assert "<img" not in body and "<svg" not in body

    _, body, _ = await site.page("/@khouyoute", **{"Save-Data": "on"})
    assert "<img" not in body and "<svg" not in body


async def test_data_saver_says_that_it_is_on_and_what_the_page_weighs(site):
    _, body, _ = await site.page("/local?lite=1&lang=en")
    said = re.search(r'this page weighs <bdi dir="ltr">(\d+) kB</bdi>.* href="(/lite\?on=0[^"]*)"', body)
    assert said is not None and abs(int(said.group(1)) * 1000 - len(gzip.compress(body.encode(), 5))) < 1000
    _, body, _ = await site.page("/local?lang=en")
    assert "weighs" not in body


async def test_a_page_asked_for_activitypub_answers_the_document(site):
    for path, kind in (("/@khouyoute", "Organization"), ("/f/tachbik", "Group"), ("/p/forsa", "Group"), ("/@amal", "Person"),
                       (f"/t/{site.ids['topic']}", "Page"), (f"/@amal/{site.ids['update']}", "Note")):  # fmt: skip
        response = await site.get(path)
        assert response.status == 200 and (await response.json(content_type=None))["type"] == kind, path


async def test_a_page_names_its_document_and_its_feed(site):
    _, body, _ = await site.page("/@khouyoute")

    assert f'type="application/activity+json" href="{site.origin}/orgs/khouyoute"' in body
    assert f'type="application/atom+xml" href="{site.origin}/@khouyoute/feed"' in body
    assert '<meta property="og:title"' in body and '<meta name="fediverse:creator" content="@khouyoute@' in body


async def test_funders_have_names_not_addresses(site):
    _, body, _ = await site.page("/p/forsa?lang=ar")

    found = re.search(r"<dt>الممول</dt><dd>(.*?)</dd>", body)
    assert found is not None and "<bdi>مؤسسة أفق للدعم (نموذج)</bdi>" in found.group(1)
    assert '<a href="/@marafie"' in found.group(1)
    assert re.search(r'<a href="https://funds.example/orgs/x"[^>]*><bdi>funds.example</bdi></a>', found.group(1))


async def test_a_copy_of_somebody_elsewhere_is_not_for_search_engines(site):
    _, body, _ = await site.page("/@badr@peer.example")
    assert '<meta name="robots" content="noindex">' in body

    _, body, _ = await site.page("/@khouyoute")
    assert "noindex" not in body


@pytest.mark.parametrize(
    ("asked", "where"),
    [("/assoc/@khouyoute", "/@khouyoute"), ("/@tachbik", "/f/tachbik"), ("/@forsa", "/p/forsa"), ("/@AMAL", "/@amal"),
     ("/f/TACHBIK", "/f/tachbik")],
)  # fmt: skip
async def test_each_thing_has_one_address(site, asked, where):
    response = await site.get(asked, "text/html")
    assert response.status in (301, 302) and response.headers["Location"] == where


@pytest.mark.parametrize(
    ("asked", "where"), [("/@amal", "/@amal"), ("/f/tachbik", "/f/tachbik"), ("/@tachbik", "/f/tachbik"), ("/p/forsa", "/p/forsa")]
)  # fmt: skip
async def test_ours_is_found_under_its_whole_handle_too(site, asked, where):
    response = await site.get(f"{asked}@{site.origin.partition('://')[2]}", "text/html")
    assert response.status in (301, 302) and response.headers["Location"] == where


async def test_a_post_is_found_under_its_kinds_prefix_only(site):
    response = await site.get(f"/@amal/{site.ids['topic']}", "text/html")
    assert response.status == 302 and response.headers["Location"] == f"/t/{site.ids['topic']}"


async def test_replies_come_thirty_to_a_page_on_two_levels(site):
    _, first, _ = await site.page(f"/t/{site.ids['long']}")
    _, second, _ = await site.page(f"/t/{site.ids['long']}?page=2")

    assert len(re.findall(r'<li id="r\d+"', first)) == 30 and len(re.findall(r'<li id="r\d+"', second)) == 5
    assert "Réponse 0<" in first and "Réponse 34<" in second

    _, body, _ = await site.page(f"/t/{site.ids['topic']}", **{"Accept-Language": "ar"})
    assert f'<li class="solution" id="r{site.ids["answer"]}">' in body
    assert body.count('<ol class="thread">') == 2 and "هذا هو الحل" in body


async def test_what_is_not_public_is_nowhere(site):
    for path in ["/", "/@amal", "/local", "/search?q=seulement", *FEEDS]:
        assert "motsecret" not in (await site.page(path))[1]
    assert "secret@example.org" not in (await site.page("/@khouyoute/contact"))[1]


async def test_script_in_a_post_is_words(site):
    _, body, _ = await site.page("/@amal")
    assert "&lt;script&gt;" in body and "<script>" not in body


async def test_the_directory_narrows_by_field_place_size_and_words(site):
    async def names(query: str) -> list[str]:
        _, body, _ = await site.page(f"/assoc?{query}", **{"Accept-Language": "fr"})
        return re.findall(r'<article class="org">.*?<h3><a href="/@(\w+)">', body, re.S)

    assert await names("region=MA-SIB") == ["douars"]
    assert sorted(await names("region=MA-06")) == ["douars", "imi", "khouyoute", "marafie"]
    assert await names("field=water") == ["douars"] and await names("field=water&region=MA-JDI") == []
    assert sorted(await names("size=m")) == ["khouyoute", "marafie"]
    assert await names("q=" + quote("خيوط")) == ["khouyoute"]
    assert await names("field=<b>&region=zz&size=9&after=x&q=%22%27*") == []


async def test_the_directory_goes_into_a_spreadsheet(site):
    import csv
    import io

    from web.feeds.table import plain

    status, body, headers = await site.page("/assoc.csv?region=MA-SIB", **{"Accept-Language": "fr"})
    rows = list(csv.reader(io.StringIO(body.lstrip("\ufeff"))))
    assert status == 200 and headers["Content-Type"].startswith("text/csv") and rows[0][0] == "Nom"
    assert len(rows) == 2 and rows[1][1] == "Association Douars sans soif" and rows[1][6] == f"{site.origin}/@douars"
    assert plain("=1+1") == "'=1+1" and plain("جمعية") == "جمعية"


async def test_odd_addresses_are_no_errors_of_ours(site):
    for path in ("/assoc?after=99999999999999999999", "/t/99999999999999999999", "/@amal/0", "/tags/%00", "/@%ff", "/f/..", "/p/x",
                 "/search?q=%22*(", "/@amal?before=abc&after=-1", "/t/1?page=-3", "/forums?show=%3Cscript%3E", "/f/tachbik?before=1-x",
                 "/projects?before=x&status=x", "/lang?to=xx&back=//evil.example", "/static/../app.py", "/static/%2e%2e/app.py"):  # fmt: skip
        status, body, _ = await site.page(path)
        assert status < 500, path
        assert "<script>" not in body


async def test_language_is_chosen_by_a_link_and_kept(site):
    response = await site.get("/lang?to=fr&back=/assoc", "text/html")
    assert response.status == 303 and response.headers["Location"] == "/assoc"
    assert response.cookies["lang"].value == "fr" and response.cookies["lang"]["httponly"]

    _, body, _ = await site.page("/assoc", Cookie="lang=fr", **{"Accept-Language": "ar"})
    assert '<html lang="fr"' in body
    _, body, _ = await site.page("/assoc?lang=zgh", Cookie="lang=fr")
    assert '<html lang="zgh"' in body and "ⵔⵣⵓ" in body


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/%2f/evil.example", "javascript:x"]
)
async def test_a_choice_never_leads_away(site, back):
    response = await site.get(f"/theme?to=dark&back={quote(back, safe='')}", "text/html")
    assert response.status == 303 and response.headers["Location"] == "/"


@pytest.mark.parametrize(("chosen", "offered"), [("", {"dark", "light"}), ("dark", {"light"}), ("light", {"dark"})])
async def test_the_other_theme_is_one_press_away(site, chosen, offered):
    """Who has not chosen has the system's, which only the style knows: it hides the one that is there already."""
    _, body, _ = await site.page("/about", **({"Cookie": f"theme={chosen}"} if chosen else {}))
    assert set(re.findall(r'<li class="to-(\w+)"><a href="/theme\?to=\1&', body)) == offered


async def test_a_page_that_has_not_changed_is_not_sent_again(site):
    _, _, headers = await site.page("/rules")
    status, body, _ = await site.page("/rules", **{"If-None-Match": headers["ETag"]})
    assert status == 304 and body == ""


async def test_the_script_weighs_little():
    assert len(assets.assets()["tashbik.js"].squeezed) <= 12_000


async def test_static_files_are_squeezed_and_kept_for_ever_under_their_mark(site):
    _, body, _ = await site.page("/")
    address = re.search(r'href="(/static/tashbik\.css\?v=\w+)"', body).group(1)
    response = await site.get(address, "text/css", **{"Accept-Encoding": "gzip"})
    assert "immutable" in response.headers["Cache-Control"] and response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(assets.assets()["tashbik.css"].squeezed) == assets.assets()["tashbik.css"].body
    response = await site.get("/static/tashbik.css?v=old", "text/css")
    assert "immutable" not in response.headers["Cache-Control"]


# ── feeds ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", FEEDS)
async def test_every_list_has_a_feed(site, path):
    response = await site.get(path, "application/atom+xml")
    body = await response.read()
    assert response.status == 200 and response.content_type == "application/atom+xml"
    feed = ElementTree.fromstring(body)
    assert feed.tag == f"{ATOM}feed" and feed.find(f"{ATOM}id").text.startswith(site.origin + "/")
    entries = feed.findall(f"{ATOM}entry")
    assert entries, "the scene has something for each"
    for entry in entries:
        assert entry.find(f"{ATOM}title").text and entry.find(f"{ATOM}author/{ATOM}name").text
        assert entry.find(f"{ATOM}link").get("href").startswith(site.origin)
    again = await site.get(path, "application/atom+xml", **{"If-None-Match": response.headers["ETag"]})
    assert again.status == 304


async def test_a_feed_is_valid_whatever_was_written():
    from web.feeds.atom import Entry, Feed, render

    nasty = "a\x00\x08]]>&<\ud800\ufffe\"'"
    one = Entry(nasty, nasty, nasty, nasty, nasty, 0, 0, nasty, nasty, nasty, [(nasty, nasty, 1)])
    body = render(Feed(nasty, nasty, nasty, nasty, nasty, 0, [one], nasty, nasty))
    assert ElementTree.fromstring(body).find(f"{ATOM}entry/{ATOM}title").text == "a]]>&<\"'"


async def test_an_association_has_its_code_and_a_saver_of_data_has_not(site):
    """The corners that a camera looks for stand where they must, and another address is another code."""
    from web import qr

    _, text, _ = await site.page("/@khouyoute?lang=fr")
    side, drawn = qr.path(f"{site.origin}/@khouyoute")
    assert f'<path d="{drawn}"' in text and 'aria-label="Code QR' in text
    assert all(f"M{x} {y}h7v1h-7z" in drawn for x, y in ((0, 0), (side - 7, 0), (0, side - 7), (0, 6)))
    assert drawn != qr.path(f"{site.origin}/@douars")[1]
    _, text, _ = await site.page("/@khouyoute?lite=1")
    assert 'class="qr"' not in text
    _, text, _ = await site.page("/p/forsa")
    assert 'class="qr"' in text.partition('class="print"')[2]
