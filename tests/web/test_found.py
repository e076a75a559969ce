"""What search engines and link previews read: titles, pictures, languages, data, and only what is public."""

import json
import re
from xml.etree import ElementTree

import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="session")
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
KINDS = ["/", "/assoc", "/@khouyoute", "/forums", "/f/tachbik", "/t/{topic}", "/projects", "/p/forsa", "/agenda", "/e/{event}",
         "/board", "/n/{need}", "/calls", "/c/{call}", "/about", "/@amal/{poll}"]  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def heads(site) -> dict[str, str]:
    """<head> of each kind of page, in Arabic."""
    return {path: (await site.page(path.format(**site.ids) + "?lang=ar"))[1].partition("</head>")[0] for path in KINDS}


def meta(head: str, name: str) -> str:
    found = re.search(rf'<meta (?:name|property)="{re.escape(name)}" content="([^"]*)">', head)
    return found.group(1) if found else ""


def data(head: str) -> dict:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', head, re.S)
    assert found
    return json.loads(found.group(1))


@pytest.mark.parametrize("path", KINDS)
async def test_a_link_that_is_passed_on_has_a_title_words_and_a_picture(site, heads, path):
    head = heads[path]
    title = re.search(r"<title>(.*?)</title>", head).group(1)
    assert title and title.count("شبكة جمعيات") == 1, title
    assert len(re.findall("<title>", head)) == len(re.findall('property="og:title"', head)) == 1
    assert meta(head, "og:title") and meta(head, "og:type") and meta(head, "og:site_name")
    assert meta(head, "og:url") == site.origin + path.format(**site.ids)
    assert meta(head, "og:image").startswith(site.origin) and meta(head, "twitter:card")
    if path != "/about":
        assert len(meta(head, "description")) > 5 and meta(head, "og:description") == meta(head, "description")


async def test_the_picture_of_a_preview_is_there(site, heads):
    for address in {meta(head, "og:image") for head in heads.values()}:
        answer = await site.get(address.removeprefix(site.origin), "*/*")
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("image/")


async def test_the_first_page_is_called_by_the_name_of_the_network(heads):
    assert "<title>شبكة جمعيات الدار البيضاء - سطات</title>" in heads["/"]


async def test_each_language_of_a_page_is_a_page_of_its_own(site, heads):
    head = heads["/@khouyoute"]
    assert f'rel="canonical" href="{site.origin}/@khouyoute?lang=ar"' in head
    for tag in ("ar", "fr", "zgh", "en"):
        assert f'hreflang="{tag}" href="{site.origin}/@khouyoute?lang={tag}"' in head
    assert f'hreflang="x-default" href="{site.origin}/@khouyoute"' in head
    plain = (await site.page("/@khouyoute"))[1]
    assert f'rel="canonical" href="{site.origin}/@khouyoute"' in plain


async def test_a_copy_of_elsewhere_names_the_original_and_no_languages_of_it(site):
    _, text, _ = await site.page(f"/@badr@{await handle(site)}?lang=ar")
    head = text.partition("</head>")[0]
    assert 'name="robots" content="noindex"' in head and "hreflang=" not in head and "?lang=ar" not in head


async def handle(site) -> str:
    return await site.read(lambda db: db.value("select host from actors where id = ?", (site.ids["badr"],)))


async def test_an_association_says_as_data_what_its_page_says(site, heads):
    found = data(heads["/@khouyoute"])
    assert found["@type"] == "NGO" and found["name"].startswith("جمعية خيوط الغد") and found["foundingDate"] == "2011"
    assert found["telephone"] == "+212522000001" and "secret@example.org" not in heads["/@khouyoute"]


async def test_an_event_says_when_and_where(site, heads):
    found = data(heads["/e/{event}"])
    assert found["@type"] == "Event" and found["location"][0]["address"]["addressLocality"] == "الحي الحسني"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d", found["startDate"])
    assert found["organizer"][0]["name"].startswith("جمعية إمي")
    assert "مقر الجمعية" in meta(heads["/e/{event}"], "description")


async def test_projects_and_the_node_are_data_too(heads):
    assert "ld+json" not in heads["/t/{topic}"]
    assert data(heads["/p/forsa"])["parentOrganization"]["name"].startswith("جمعية خيوط")
    assert data(heads["/"])["potentialAction"]["target"].endswith("/search?q={q}")


# ── robots.txt, sitemap.xml ───────────────────────────────────────────────────


async def listed_on(node) -> list[str]:
    answer = await node.get("/sitemap.xml", "*/*")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("application/xml")
    return [one.text for one in ElementTree.fromstring(await answer.text()).iter(f"{NAMESPACE}loc")]


async def test_the_sitemap_names_pages_that_are_there_and_may_be_found(site):
    listed = await listed_on(site)
    wanted = ("/", "/@khouyoute", "/f/tachbik", "/p/forsa", f"/t/{site.ids['topic']}", f"/e/{site.ids['event']}",
              f"/n/{site.ids['need']}", f"/c/{site.ids['call']}")  # fmt: skip
    assert {site.origin + one for one in wanted} <= set(listed) and len(listed) == len(set(listed))
    for address in listed:
        status, text, _ = await site.page(address.removeprefix(site.origin))
        assert status == 200 and 'name="robots"' not in text.partition("</head>")[0], address


async def test_robots_are_told_where_the_list_is_and_kept_from_no_page(site, heads):
    answer = await site.get("/robots.txt", "*/*")
    text = await answer.text()
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain")
    assert f"Sitemap: {site.origin}/sitemap.xml" in text
    kept = [line.partition(": ")[2] for line in text.splitlines() if line.startswith("Disallow: ")]
    assert not [(path, one) for path in heads for one in kept if path.startswith(one.rstrip("$"))]
    assert "/static/".startswith(tuple(kept)) is False


@pytest.mark.parametrize("path", ["/@tachbik", "/@forsa", "/@amal/{topic}"])
async def test_a_page_that_stands_elsewhere_keeps_the_language_that_was_asked_for(site, path):
    _, _, headers = await site.page(path.format(**site.ids) + "?lang=fr")
    assert not headers["Location"].startswith("/@") and headers["Location"].endswith("?lang=fr")
