"""Cards of links: pages are asked by the worker, seldom, only for what anybody may read, and never inside."""

import json
import time

import pytest
from aiohttp import web

from federation import link_cards as asking
from federation import webpages
from node import hosts, settings
from node.posts import link_cards
from tests.conftest import until
from tests.web.apps import picture as photo
from tests.web.apps import say, upload
from tests.web.test_remote_media import picture

PAGE = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><!-- <meta property="og:title" content="no"> -->
<script>var x = '<meta property="og:title" content="no">'</script><title>Titre &amp; suite</title>
<meta property="og:title" content="Un &quot;titre&quot; <b>"><meta content='Deux > un' property=og:description>
<meta property="og:image" content="/p.png"><meta property="og:image:alt" content="un champ"><meta property="og:image:width" content="640">
<meta name="author" content="Yto"><meta property="og:site_name" content="Le Journal">
<meta property="article:published_time" content="2026-01-02T03:04:05Z"></head><body><meta property="og:url" content="x"></body></html>"""


@pytest.fixture
async def asked(node, peer):
    """A node that asks, and a site that counts."""
    await node.write(settings.choose, "link_cards", True)

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html", charset="utf-8")

    async def shown(_request: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/png")

    peer.documents |= {"/story": page, "/story2": page, "/p.png": shown}
    return peer


async def card_of(node, status):
    async def read():
        return (await node.api("GET", f"/api/v1/statuses/{status['id']}", node.token()))["card"]

    return await until(read)


async def settled(node):
    """Nothing is waiting to be asked."""
    await until(lambda: node.read(lambda db: not db.value("select 1 from tasks where kind = 'link card'")))


async def test_a_post_of_ours_shows_the_page_that_it_links_to(node, asked):
    url = f"{asked.origin}/story"
    posted = await say(node, node.token(), f"@yto #news read {url}#part")
    card = await card_of(node, posted)
    assert (card["url"], card["title"], card["description"]) == (url, 'Un "titre" <b>', "Deux > un")
    assert (card["type"], card["html"], card["embed_url"], card["language"]) == ("link", "", "", "fr")
    assert (card["author_name"], card["provider_name"], card["width"]) == ("Yto", "Le Journal", 640)
    assert card["published_at"] == "2026-01-02T03:04:05.000Z" and card["image_description"] == "un champ"
    assert card["image"].startswith(f"{node.origin}/media/card/")
    async with node.session.get(card["image"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
    page = await (await node.get(f"/@amal/{posted['id']}", "text/html")).text()
    assert (
        "Un &#34;titre&#34; &lt;b&gt;" in page and 'src="/media/card/' in page and asked.origin + "/p.png" not in page
    )
    spared = await (await node.get(f"/@amal/{posted['id']}?lite=1", "text/html")).text()
    assert "/media/card/" not in spared and "Un &#34;titre&#34;" in spared


async def test_a_page_of_ours_is_shown_as_it_stands_and_nobody_is_asked(node, asked):
    amal = node.token()
    shown = await upload(node, amal, photo(), "a field")
    said = await say(node, amal, "تعالوا السبت", media_ids=[shown["id"]], language="ar")
    linking = await say(node, node.token("yto"), f"see {said['url']}")
    path = f"/api/v1/statuses/{linking['id']}"
    card = linking["card"]
    assert (card["url"], card["title"], card["description"]) == (said["url"], "أمل", "تعالوا السبت")
    assert card["provider_name"] == "شبكة جمعيات" and card["image_description"] == "a field"
    async with node.session.get(card["image"]) as answer:
        assert answer.status == 200
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = 'link card'")) == 0
    await node.api("PUT", f"/api/v1/statuses/{said['id']}", amal, json={"status": "better", "media_ids": []})
    now = (await node.api("GET", path))["card"]
    assert now["description"] == "better" and now["image"] is None
    page = await (await node.get(f"/@yto/{linking['id']}", "text/html")).text()
    assert 'class="linked"' in page and "better" in page
    await node.api("DELETE", f"/api/v1/statuses/{said['id']}", amal)
    assert (await node.api("GET", path))["card"] is None


async def test_what_not_everybody_may_read_of_ours_has_no_card(node, asked):
    hidden = await say(node, node.token(), "for my followers", visibility="private")
    linking = await say(node, node.token(), f"see {hidden['url']} {node.origin}/about")
    assert linking["card"] is None and "for my followers" not in json.dumps(linking)


async def test_a_picture_that_is_none_is_promised_no_more(node, asked):
    async def broken(_request: web.Request) -> web.Response:
        return web.Response(body=b"<svg onload=alert(1)>", content_type="image/svg+xml")

    asked.documents["/p.png"] = broken
    posted = await say(node, node.token(), f"{asked.origin}/story")
    card = await card_of(node, posted)
    async with node.session.get(card["image"]) as answer:
        assert answer.status == 404
    again = await card_of(node, posted)
    assert again["image"] is None and again["title"] == card["title"]


async def test_an_address_is_asked_once_a_day_however_many_posts_have_it(node, asked):
    url = f"{asked.origin}/story"
    await card_of(node, await say(node, node.token(), url))
    again = await say(node, node.token("yto"), f"also {url}")
    assert again["card"]["title"]
    await settled(node)
    assert asked.asked.count("/story") == 1
    missing = f"{asked.origin}/none"
    for _ in range(3):
        await say(node, node.token(), missing)
        await settled(node)
    assert asked.asked.count("/none") == 1


async def test_what_not_everybody_may_read_causes_no_question(node, asked):
    for visibility in ("private", "direct"):
        await say(node, node.token(), f"{asked.origin}/story", visibility=visibility)
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = 'link card'")) == 0
    assert await node.read(lambda db: db.value("select count(*) from link_cards")) == 0
    shown = await say(node, node.token(), f"{asked.origin}/story", visibility="unlisted")
    assert (await card_of(node, shown))["title"]
    secret = await say(node, node.token(), f"{asked.origin}/story", visibility="private")
    assert secret["card"] is None


async def test_where_it_is_switched_off_nobody_is_asked(node, asked):
    await node.write(settings.choose, "link_cards", False)
    posted = await say(node, node.token(), f"{asked.origin}/story")
    await settled(node)
    assert posted["card"] is None and "/story" not in asked.asked


async def test_an_edit_changes_the_card(node, asked):
    posted = await say(node, node.token(), f"{asked.origin}/story")
    await card_of(node, posted)
    path = f"/api/v1/statuses/{posted['id']}"
    assert (await node.api("PUT", path, node.token(), json={"status": "no link"}))["card"] is None
    changed = await node.api("PUT", path, node.token(), json={"status": f"{asked.origin}/story"})
    assert changed["card"]["url"].endswith("/story")


async def test_a_peers_post_has_one_too(node, asked):
    mention = f'<a class="u-url mention" href="{asked.origin}/@badr">@badr</a> <a href="{asked.origin}/tags/x" class="hashtag">#x</a>'
    note = asked.note(1, f'<p>{mention} <a href="{asked.origin}/story">read</a></p>', published=_now())
    assert await asked.post(f"{node.origin}/inbox", asked.create(note)) == 202
    row = await until(lambda: node.read(lambda db: db.row("select * from tasks where kind = 'link card'")))
    assert "/story" not in asked.asked  # strewn over a minute
    await node.write(lambda db: (db.execute("update tasks set due = 0 where id = ?", (row["id"],)), db.wake("tasks")))
    found = await until(
        lambda: node.read(
            lambda db: db.row(
                "select link_cards.* from posts join link_cards on link_cards.id = posts.card where read is not null"
            )
        )
    )
    assert found["url"] == f"{asked.origin}/story"


async def test_what_a_peer_said_long_ago_causes_no_question(node, asked):
    note = asked.note(1, f'<p><a href="{asked.origin}/story">read</a></p>', published="2025-01-01T00:00:00Z")
    assert await asked.post(f"{node.origin}/inbox", asked.create(note)) == 202
    await until(lambda: node.read(lambda db: db.value("select 1 from posts where uri = ?", (note["id"],))))
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = 'link card'")) == 0


async def test_what_a_post_quotes_is_no_page_that_it_links_to(node, asked):
    link = f'<p class="quote-inline">RE: <a href="{asked.origin}/@badr/9">x</a></p><p><a href="{asked.origin}/story">y</a></p>'
    note = asked.note(1, link, published=_now(), quote=f"{asked.origin}/notes/9")
    assert await asked.post(f"{node.origin}/inbox", asked.create(note)) == 202
    await until(lambda: node.read(lambda db: db.value("select 1 from posts where uri = ?", (note["id"],))))
    assert await node.read(lambda db: db.value("select count(*) from link_cards")) == 0


async def _read(node, url):
    """What `ask` makes of an address that a post of ours has."""
    posted = await say(node, node.token(), f"see {url}")
    await settled(node)
    return (await node.api("GET", f"/api/v1/statuses/{posted['id']}", node.token()))["card"]


@pytest.mark.parametrize(
    "inside",
    ["http://10.0.0.7/x", "http://169.254.169.254/latest/meta-data", "http://[fd00::1]/x", "http://192.168.1.1/"],
)
async def test_nothing_inside_is_asked_not_even_by_a_redirect(node, asked, inside):
    async def lead(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": inside})

    asked.documents["/lead"] = lead
    began = time.monotonic()
    assert await _read(node, inside) is None
    assert await _read(node, f"{asked.origin}/lead") is None
    assert "/lead" in asked.asked and time.monotonic() - began < 4


async def test_we_are_not_led_to_ourselves_nor_in_a_circle(node, asked):
    async def home(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{node.origin}/about"})

    async def round_(_request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": "/round"})

    asked.documents |= {"/home": home, "/round": round_}
    assert await _read(node, f"{asked.origin}/home") is None
    assert await _read(node, f"{asked.origin}/round") is None
    assert asked.asked.count("/round") == asking.REDIRECTS + 1
    assert link_cards.first(f'<a href="{node.origin}/about">us</a>', (), node.origin) == ""


async def test_a_redirect_to_a_page_is_followed(node, asked):
    async def lead(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/story"})

    asked.documents["/lead"] = lead
    assert (await _read(node, f"{asked.origin}/lead"))["url"] == f"{asked.origin}/lead"


async def test_a_page_without_end_is_read_to_its_bound(node, asked):
    sent = []

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        try:
            await response.write(b"<title>long</title>")
            while len(sent) < 500:
                await response.write(b"x" * 65_536)
                sent.append(65_536)
        except ConnectionError:
            pass
        return response

    asked.documents["/endless"] = endless
    assert (await _read(node, f"{asked.origin}/endless"))["title"] == "long"
    assert sum(sent) < 30_000_000


async def test_a_server_that_we_block_is_not_asked(node, asked):
    await node.write(hosts.decide, asked.host, "block")
    assert await _read(node, f"{asked.origin}/story") is None
    assert "/story" not in asked.asked


async def test_one_site_is_asked_no_more_than_its_share(node, asked, monkeypatch):
    monkeypatch.setattr(asking, "OF_A_HOST", 3)
    for number in range(6):
        await say(node, node.token(), f"{asked.origin}/story?{number}")
    await settled(node)
    assert len([one for one in asked.asked if one.startswith("/story")]) == 3


async def test_no_peer_makes_us_ask_for_more_than_its_share(node, asked, monkeypatch):
    monkeypatch.setattr(asking, "FOR_A_PEER", 2)
    for number in range(5):
        note = asked.note(number, f'<p><a href="{asked.origin}/story?{number}">x</a></p>', published=_now())
        assert await asked.post(f"{node.origin}/inbox", asked.create(note)) == 202
    await until(lambda: node.read(lambda db: db.value("select count(*) = 5 from link_cards")))
    await node.write(lambda db: (db.execute("update tasks set due = 0"), db.wake("tasks")))
    await settled(node)
    assert len([one for one in asked.asked if one.startswith("/story?")]) == 2


async def test_what_many_link_to_is_told_and_moderators_may_take_it_out(node, asked):
    url = f"{asked.origin}/story"
    await card_of(node, await say(node, node.token(), url))
    assert await node.api("GET", "/api/v1/trends/links") == []
    second = await say(node, node.token("yto"), url)
    [one] = await node.api("GET", "/api/v1/trends/links")
    assert one["url"] == url and one["history"][0]["accounts"] == "2" and len(one["history"]) == 7
    said = await node.api("GET", f"/api/v1/timelines/link?url={url}&limit=1")
    assert [status["id"] for status in said] == [second["id"]]
    await node.api("GET", "/api/v1/timelines/link?url=https://nobody.example/", status=404)
    staff = node.token("amal", "admin:read admin:write")
    [known] = await node.api("GET", "/api/v1/admin/trends/links", staff)
    await node.api("POST", f"/api/v1/admin/trends/links/{known['id']}/reject", node.token("yto"), status=403)
    await node.api("POST", f"/api/v1/admin/trends/links/{known['id']}/reject", staff)
    assert await node.api("GET", "/api/v1/trends/links") == []
    await node.api("POST", f"/api/v1/admin/trends/links/{known['id']}/approve", staff)
    assert len(await node.api("GET", "/api/v1/trends/links")) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<meta " * 90_000, b"<meta x=" + b'"' * 500_000, b"<meta" + b" " * 500_000, b"<!--" * 120_000, b"<title>" * 70_000,
        b"<html lang=x " * 40_000, b"<meta a='" * 60_000, b"<" * 500_000, b"<meta property=og:title content=" + b"x" * 500_000,
        b"<script" * 70_000, b"<meta " + b"a " * 250_000, b"<meta / / / / " * 35_000, b"\xff\xfe" * 250_000, b"<meta " + b"/ " * 200_000,
    ],
)  # fmt: skip
def test_a_page_made_to_be_slow_is_read_in_a_moment(body):
    before = time.monotonic()
    webpages.read("https://x.example/", "text/html", body)
    assert time.monotonic() - before < 1


def test_other_alphabets_are_read_as_they_were_written():
    words = "<title>جمعية الأمل</title>"
    for charset in ("windows-1256", "iso-8859-6", "utf-8"):
        inside = f'<meta charset="{charset}">{words}'.encode(charset)
        assert webpages.read("https://x.example/", "text/html", inside).title == "جمعية الأمل"
        assert (
            webpages.read("https://x.example/", f"text/html; charset={charset}", words.encode(charset)).title
            == "جمعية الأمل"
        )
    for odd in ("zlib", "hex", "idna", "unknown-8", "rot13", "unicode_escape"):
        assert webpages.read("https://x.example/", f"text/html; charset={odd}", b"<title>x</title>").title == "x"


def test_what_is_no_page_has_no_card():
    assert webpages.read("https://x.example/", "application/json", b"<title>x</title>") is None
    assert webpages.read("https://x.example/", "image/svg+xml", b"<title>x</title>") is None
    assert webpages.read("https://x.example/", "text/html", b"no title at all") is None
    found = webpages.read(
        "https://x.example/a/", "text/html", b"<title>x</title><meta property=og:image content=javascript:alert(1)>"
    )
    assert found.image == ""


@pytest.mark.parametrize(
    ("href", "asked_as"),
    [
        ("https://ar.wikipedia.org/wiki/المغرب#تاريخ", "https://ar.wikipedia.org/wiki/%D8%A7%D9%84%D9%85%D8%BA%D8%B1%D8%A8"),
        ("https://EXAMPLE.org", "https://example.org/"), ("https://exämple.org/a b?q=x y", "https://xn--exmple-cua.org/a%20b?q=x%20y"),
        ("https://x.example/%C3%A9?a=%20", "https://x.example/%C3%A9?a=%20"), ("https://user:p@x.example/", ""), ("javascript:alert(1)", ""),
        ("https://x.example:bad/", ""), ("mailto:x@y.example", ""), ("https://" + "a" * 3000, ""), ("https:///x", ""),
    ],
)  # fmt: skip
def test_an_address_is_asked_in_one_spelling(href, asked_as):
    assert link_cards.asked_as(href) == asked_as


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_on_the_internet_nothing_is_asked_in_the_clear():
    assert asking.closed("http://site.example/http://x") == "https://site.example/http://x"
    assert asking.closed("https://site.example/x") == "https://site.example/x"
