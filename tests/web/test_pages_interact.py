"""Following from elsewhere: a visitor is led to her own server, and nobody can be led astray."""

import json
from urllib.parse import quote

import pytest

from federation import interaction
from node.errors import Invalid
from tests.web.visitor import Visitor


async def test_a_visitor_is_led_to_her_own_server(node, peer):
    response = await node.session.post(
        f"{node.origin}/interact", data={"uri": node.uri("tanmia"), "home": f"@badr@{peer.host}"},
        headers={"Accept": "text/html", "Origin": node.origin},
    )  # fmt: skip
    body = await response.text()

    assert response.status == 200
    expected = f"{peer.origin}/authorize_interaction?uri={quote(node.uri('tanmia'), safe='')}"
    assert f'href="{expected}"' in body and response.headers["Refresh"] == f"0; url={expected}"
    assert response.cookies["home"].value.strip('"') == f"@badr@{peer.host}" and response.cookies["home"]["httponly"]


@pytest.mark.parametrize(
    "home", ["", "not an address", "javascript:alert(1)", "@a@b@c", "evil.example/path", "10.0.0.1:99999999"]
)
async def test_what_is_no_server_is_refused(node, home):
    response = await node.session.post(
        f"{node.origin}/interact", data={"uri": node.uri("tanmia"), "home": home}, headers={"Accept": "text/html"}
    )
    assert response.status == 400 and "Refresh" not in response.headers
    body = await response.text()
    assert f'name="uri" value="{node.uri("tanmia")}"' in body and f'name="home" dir="ltr" value="{home}"' in body


async def test_a_refusal_is_said_in_the_readers_language(node):
    response = await node.session.post(
        f"{node.origin}/interact", data={"uri": node.uri("tanmia"), "home": "x y"},
        headers={"Accept": "text/html", "Accept-Language": "fr"},
    )  # fmt: skip
    assert "Ce n’est pas une adresse de la forme nom@serveur." in await response.text()


async def test_another_site_cannot_send_this_form(node):
    response = await node.session.post(
        f"{node.origin}/interact", data={"uri": node.uri("tanmia"), "home": "peer.example"},
        headers={"Accept": "text/html", "Origin": "https://evil.example"},
    )  # fmt: skip
    assert response.status == 403


def test_only_a_web_address_is_taken_from_webfinger():
    def answer(template: object) -> bytes:
        return json.dumps({"links": [{"rel": interaction.RELATIONS[0], "template": template}]}).encode()

    good = "https://peer.example/follow?uri={uri}"
    assert interaction.template(answer(good), False) == good
    for bad in ("javascript:alert({uri})", "https://a:b@peer.example/{uri}", "https://peer.example/x", 7, "http://peer.example/{uri}",
                "https://peer.example/\n{uri}"):  # fmt: skip
        assert interaction.template(answer(bad), False) == "", bad
    assert interaction.template(b"[]", False) == "" and interaction.template(b"{", False) == ""


def test_a_server_is_typed_in_many_ways():
    assert interaction.read("@amel@sfax.example") == ("amel", "sfax.example")
    assert interaction.read(" https://sfax.example/ ") == ("", "sfax.example")
    with pytest.raises(Invalid):
        interaction.read("https://sfax.example/@amel/")


async def test_an_account_is_muted_and_blocked_and_the_page_has_the_way_back(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/new?kind=note"), "/new", text="loud words", do="publish")
        await amal.log_in()
        page = await amal.get("/@yto")
        assert "loud words" in (await amal.get("/local")).words
        page = await amal.send(page, "/@yto/mute")
        assert page.url == "/@yto" and "You have muted this account" in page.words
        assert "loud words" not in (await amal.get("/local")).words
        assert "@yto" in (await amal.get("/me/away")).words
        page = await amal.send(page, "/@yto/unmute")
        assert "loud words" in (await amal.get("/local")).words
        page = await amal.send(page, "/@yto/block")
        assert "You have blocked this account" in page.words and "/@yto/follow" not in page.text
        page = await amal.send(page, "/@yto/unblock")
        assert page.form("/@yto/follow") and "You have blocked" not in page.words


async def test_a_follow_that_waits_says_so_and_is_taken_back(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.send(await amal.get("/@yto"), "/@yto/follow")  # she approves each one
        assert "Asked to follow" in page.words
        page = await amal.send(page, "/@yto/unfollow")
        assert "Asked to follow" not in page.words
        mine = await amal.get("/@amal")
        assert "/@amal/mute" not in mine.text
        token = (await amal.get("/me")).form("/logout").value("csrf")
        assert (await amal.post("/@amal/mute", {"csrf": token})).status == 400


async def test_who_was_reported_is_blocked_from_the_page_that_thanks(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/new?kind=note"), "/new", text="loud words", do="publish")
        number = await node.read(lambda db: db.value("select id from posts"))
        await amal.log_in()
        thanks = await amal.send(await amal.get(f"/posts/{number}/report"), f"/posts/{number}/report", comment="loud")
        page = await amal.send(thanks, "/@yto/block")
        assert page.url == "/@yto" and "You have blocked this account" in page.words
