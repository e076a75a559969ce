"""What was edited stands in versions; a quote's consent is taken back; pictures come and go while a post is edited."""

import json

import pytest

from node.posts import media, quotes
from tests.conftest import until
from tests.federation.test_two_nodes import follow
from tests.web.test_member_desk import one
from tests.web.test_member_pictures import a_picture
from tests.web.visitor import Visitor


async def publish(browser: Visitor, node, text: str, **values) -> int:
    await browser.send(await browser.get("/new?kind=note"), "/new", text=text, do="publish", **values)
    return await one(node, "select max(id) from posts")


async def test_versions_stand_apart_each_in_its_own_direction(node):
    async with Visitor(node) as amal, Visitor(node) as stranger:
        await amal.log_in()
        post = await publish(amal, node, "السبت على العاشرة")
        assert f"/posts/{post}/history" not in (await stranger.get(f"/posts/{post}/page")).text
        await amal.send(await amal.get(f"/posts/{post}/edit"), f"/posts/{post}/edit", text="Samedi à 11 h <i>!</i>")
        assert f"/posts/{post}/history" in (await stranger.get(f"/posts/{post}/page")).text
        page = await stranger.get(f"/posts/{post}/history")
        assert "It was edited once" in page.words and "<i>" not in page.text
        first, second = page.text.index("Samedi"), page.text.index("السبت على العاشرة")
        assert first < second and page.text[first:second].count('dir="auto"') == 1
        assert "edited" not in (await publishes_unseen(amal, node, stranger)).words


async def publishes_unseen(amal: Visitor, node, stranger: Visitor):
    """A post for followers, edited: a stranger sees no version of it."""
    post = await publish(amal, node, "secret one", visibility="followers")
    await amal.send(await amal.get(f"/posts/{post}/edit"), f"/posts/{post}/edit", text="secret two")
    assert "secret one" in (await amal.get(f"/posts/{post}/history")).words
    page = await stranger.get(f"/posts/{post}/history")
    assert page.status == 404 and "secret" not in page.words
    return page


async def test_a_number_that_is_no_post_has_no_versions(node):
    async with Visitor(node) as amal:
        assert (await amal.get("/posts/999999999999999999999/history")).status == 404
        assert (await amal.get("/posts/1/history")).status == 404


async def test_pictures_are_added_described_and_taken_away_while_editing(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        post = await publish(amal, node, "look", file=a_picture(), alt="a blue field")
        edit = f"/posts/{post}/edit"
        [first] = await node.read(media.of, post)
        page = await amal.get(edit)
        assert page.form(edit).value(f"alt-{first['id']}") == "a blue field"
        refused = await amal.send(page, edit, text="kept words", file=a_picture("#a23e1d"))
        assert refused.status == 400 and refused.form(edit).value("text") == "kept words"
        assert len(await node.read(media.of, post)) == 1
        added = [value for name, value in refused.form(edit).fields if name == "picture"][1]
        page = await amal.send(refused, edit, **{f"alt-{added}": "a red field", f"alt-{first['id']}": "a sea"})
        assert [row["description"] for row in await node.read(media.of, post)] == ["a sea", "a red field"]
        document = json.loads(await (await node.get(f"/posts/{post}")).read())
        assert [one["name"] for one in document["attachment"]] == ["a sea", "a red field"]
        await amal.send(await amal.get(edit), edit, **{f"drop-{first['id']}": "1"})
        assert [row["description"] for row in await node.read(media.of, post)] == ["a red field"]
        # What another member uploaded is not hers to take.
        async with Visitor(node) as yto:
            await yto.log_in("yto")
            other = await publish(yto, node, "mine", file=a_picture(), alt="hers")
            [stolen] = await node.read(media.of, other)
        await amal.send(await amal.get(edit), edit, picture=[str(stolen["id"]), added])
        assert [row["id"] for row in await node.read(media.of, other)] == [stolen["id"]]
        assert [str(row["id"]) for row in await node.read(media.of, post)] == [added]


async def test_what_an_app_marked_sensitive_stays_so(node):
    token = node.token()
    said = await node.api("POST", "/api/v1/statuses", token, json={"status": "first", "sensitive": True})
    async with Visitor(node) as amal:
        await amal.log_in()
        edit = f"/posts/{said['id']}/edit"
        await amal.send(await amal.get(edit), edit, text="second")
    seen = await node.api("GET", f"/api/v1/statuses/{said['id']}", token)
    assert seen["sensitive"] is True and "second" in seen["content"]


async def test_the_consent_to_a_quote_is_taken_back_and_the_other_server_hears(node, other):
    here, there = node.token(), other.token("yto")
    said = await node.api("POST", "/api/v1/statuses", here, json={"status": "a sentence worth it"})
    await follow(other, there, f"amal@{node.host}")
    [known] = (await other.api("GET", f"/api/v2/search?resolve=true&q={said['uri']}", there))["statuses"]
    quoting = await other.api("POST", "/api/v1/statuses", there,
                              json={"status": "listen", "quoted_status_id": known["id"]})  # fmt: skip

    async def state(where, uri: str) -> str:
        return str(
            await one(where, "select state from quotes join posts on posts.id = quotes.post where posts.uri = ?", uri)
        )

    async def accepted() -> bool:
        return await state(other, quoting["uri"]) == "accepted"

    await until(accepted)
    await node.api("GET", f"/api/v2/search?resolve=true&q={quoting['uri']}", here)

    async def counted() -> bool:
        return await node.read(quotes.count, int(said["id"])) == 1

    await until(counted)
    page_path = f"/posts/{said['id']}/quotes"
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        assert (await yto.get(page_path)).status == 404
        page = await amal.get(page_path)
        assert "listen" in page.words
        [action] = [one.action for one in page.forms if one.action.endswith("/end")]
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.post(action, {"csrf": token})).status == 404
        page = await amal.send(page, action)
        assert "consent is taken back" in page.words and "Nobody quotes it" in page.words
        again = await amal.post(action, {"csrf": (await amal.get("/me")).form("/logout").value("csrf")})
        assert again.status == 404

    async def revoked() -> bool:
        return await state(other, quoting["uri"]) == "revoked"

    await until(revoked)


@pytest.mark.parametrize("path", ["history", "quotes"])
async def test_a_deleted_post_has_no_such_pages(node, path):
    async with Visitor(node) as amal:
        await amal.log_in()
        post = await publish(amal, node, "short")
        await amal.send(await amal.get(f"/posts/{post}/delete"), f"/posts/{post}/delete")
        assert (await amal.get(f"/posts/{post}/{path}")).status == 404
