"""Public pages as members see them: forms with her own token, whoever made the kept pieces first."""

import re

import pytest
from aiohttp import web

from federation import outbox
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft
from node.people import actors
from tests.web.visitor import Visitor


@pytest.fixture
async def spoken(node):
    """A public post of Amal's; its id."""

    def say(db):
        return outbox.publish(db, actors.ours(db, "amal"), Draft(text="Salam #wa7da", language="ary"), now())["id"]

    return await node.write(say)


async def test_each_form_on_a_page_carries_the_readers_own_token(node, spoken):
    found = {}
    for name in ("amal", "yto", "amal"):
        async with Visitor(node) as visitor:
            await visitor.log_in(name)
            page = await visitor.get("/tags/wa7da")
            tokens = set(re.findall(r'name="csrf" value="([^"]+)"', page.text))
            assert len(tokens) == 1 and not tokens & set(found.values())
            found[name] = tokens.pop()
            assert page.form(f"/posts/{spoken}/like") and "private, no-store" in page.headers["Cache-Control"]
    async with Visitor(node) as visitor:
        page = await visitor.get("/tags/wa7da")
        assert "csrf" not in page.text and "/like" not in page.text


async def test_a_like_shows_to_her_who_liked_alone(node, spoken):
    async with Visitor(node) as yto, Visitor(node) as amal:
        await yto.log_in("yto")
        await amal.log_in("amal")
        page = await yto.get("/tags/wa7da")
        after = await yto.send(page, f"/posts/{spoken}/like")
        assert after.form(f"/posts/{spoken}/unlike")
        assert (await amal.get("/tags/wa7da")).form(f"/posts/{spoken}/like")


async def test_a_member_is_sent_to_her_own_home(node):
    async with Visitor(node) as visitor:
        await visitor.log_in("amal")
        page = await visitor.get("/", follow=False)
        assert page.status == 302 and page.headers["Location"] == "/feed"


async def test_somebody_sent_here_by_another_server_follows_with_one_button(node):
    async with Visitor(node) as visitor:
        page = await visitor.get(f"/authorize_interaction?uri={node.uri('tanmia')}", follow=False)
        assert page.status in (302, 303) and page.headers["Location"].startswith("/login?next=")

        await visitor.log_in("yto")
        page = await visitor.get(f"/authorize_interaction?uri={node.uri('tanmia')}")
        assert page.status == 200 and "جمعية التنمية" in page.words
        page = await visitor.send(page, "/@tanmia/follow")
        assert page.status == 200 and page.form("/@tanmia/unfollow")


@pytest.mark.parametrize("path", ["/search?q=", "/authorize_interaction?uri="])
async def test_no_server_hears_who_looks_at_it_unless_she_asked_for_what_is_not_for_all(node, peer, path):
    """A link on any site may lead to our search: the site must not learn who follows it."""
    asked_by = []

    async def answer(request, status=200):
        named = re.search(r'keyId="([^"]+)"', request.headers.get("Signature") or "")
        asked_by.append(named[1].partition("#")[0] if named else "")
        return web.json_response(note, content_type=v.ACTIVITY_JSON, status=status)

    async with Visitor(node) as visitor:
        await visitor.log_in("yto")
        note = peer.note(1)
        peer.documents["/notes/1"] = answer
        await visitor.get(path + note["id"])
        assert set(asked_by) == {f"{node.origin}/actor"}

        asked_by.clear()
        note = peer.note(2)
        peer.documents["/notes/2"] = lambda request: answer(request, 404)
        await visitor.get(path + note["id"], **{"Sec-Fetch-Site": "cross-site"})
        assert set(asked_by) == {f"{node.origin}/actor"}
        await visitor.get(path + note["id"], **{"Sec-Fetch-Site": "same-origin"})
        assert asked_by[-1] == node.uri("yto")


async def test_what_another_server_names_wrongly_is_not_found(node):
    async with Visitor(node) as visitor:
        await visitor.log_in("yto")
        for uri in (
            "https://10.0.0.1/users/x",
            "javascript:alert(1)",
            "acct:nobody@127.0.0.1:1",
            node.origin + "/users/nobody",
        ):
            page = await visitor.get(f"/authorize_interaction?uri={uri}")
            assert page.status in (400, 404), uri
        assert (await visitor.get("/authorize_interaction")).status == 400


async def test_a_post_for_followers_is_shown_to_followers_alone(node):
    def say(db):
        return outbox.publish(db, actors.ours(db, "amal"), Draft(text="entre nous", visibility="followers"), now())[
            "id"
        ]

    number = await node.write(say)
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in("amal")
        await yto.log_in("yto")
        assert (await amal.get(f"/@amal/{number}")).status == 200
        assert (await yto.get(f"/@amal/{number}")).status == 404
    async with Visitor(node) as visitor:
        assert (await visitor.get(f"/@amal/{number}")).status == 404


@pytest.mark.parametrize(
    ("visibility", "mark"),
    [("public", ""), ("unlisted", ""), ("followers", "for followers only"), ("direct", "a message")],
)
async def test_what_not_everybody_reads_says_so(node, visibility, mark):
    def say(db):
        draft = Draft(text=f"Salam {visibility}", visibility=visibility, language="ary", mention=[])
        return outbox.publish(db, actors.ours(db, "amal"), draft, now())["id"]

    number = await node.write(say)
    async with Visitor(node) as amal:
        await amal.log_in("amal")
        for path in (f"/posts/{number}/page?lang=en", "/@amal?lang=en"):
            shown = (await amal.get(path)).words
            assert f"Salam {visibility}" in shown
            assert [one for one in ("for followers only", "a message") if one in shown] == ([mark] if mark else []), (
                path
            )


async def test_people_of_one_name_are_told_apart_in_a_search(node):
    async with Visitor(node) as visitor:
        page = await visitor.get("/search?q=amal")
        assert '<bdi dir="ltr">@amal</bdi>' in page.text


async def test_her_associations_have_their_names_in_her_language(node):
    def name(db):
        yto = db.value("select user from memberships where role = 'owner' limit 1")
        db.execute(
            "update actors set displays = ? where name = 'tanmia'",
            ('{"ar": "جمعية التنمية", "fr": "Association Tanmia"}',),
        )
        return db.value(
            "select actors.name from users join actors on actors.id = users.actor where users.id = ?", (yto,)
        )

    owner = await node.write(name)
    async with Visitor(node) as visitor:
        await visitor.log_in(owner)
        for path in ("/me", "/feed"):
            assert (await visitor.get(f"{path}?lang=fr")).words.count("Association Tanmia") == 2, (
                path
            )  # linked, and to act as
            assert "Association Tanmia" not in (await visitor.get(f"{path}?lang=ar")).words


@pytest.mark.parametrize(
    ("path", "sent", "status", "title", "never"),
    [
        ("/about", {}, 405, "This is not done this way", "on our side"),
        ("/me/profile", {"display": "x", "csrf": "old"}, 403, "Nothing was sent", "not open to you"),
        ("/me/pictures", {"csrf": "old"}, 403, "Nothing was sent", "not open to you"),
    ],
)
async def test_a_page_of_a_refusal_says_what_it_is(node, path, sent, status, title, never):
    async with Visitor(node) as visitor:
        await visitor.log_in()
        page = await visitor.post(path, sent)
        assert page.status == status and title in page.words and never not in page.words
