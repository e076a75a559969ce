"""A topic from its first word to its last, as its people walk through it."""

from typing import Any

import pytest

from node.people import actors
from node.posts import posts
from tests.conftest import Node
from tests.federation.forum_world import moderate, open_forum, write
from tests.web.visitor import Visitor


@pytest.fixture
async def talk(node: Node) -> Any:
    """Yto's topic in Amal's forum, Amal's answer."""
    forum = await open_forum(node)
    topic = await write(node, "yto", "Comment ?", title="Pompe", place=forum["uri"])
    answer = await write(node, "amal", "À la main", reply_to=topic["uri"])
    return forum, topic, answer


async def test_an_answer_to_an_answer_leads_back_into_the_topic(node: Node, talk: Any) -> None:
    _, topic, answer = talk
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        form = f"/new?reply={answer['id']}"
        done = await yto.send(await yto.get(form), "/new", text="Et avec une pompe ?", do="publish")
        assert done.url == f"/t/{topic['id']}" and "Et avec une pompe ?" in done.words and "2 replies" in done.words
        assert f'href="/t/{topic["id"]}#reply"' in done.text
        assert (
            done.text.partition(f'href="/t/{topic["id"]}#reply"')[2]
            .partition("</a>")[0]
            .endswith('<span class="num">2</span>')
        )
        assert (await yto.get(f"/posts/{answer['id']}/page")).url == f"/t/{topic['id']}"


async def test_where_a_topic_has_many_answers_one_is_read_on_its_own_page(node: Node, talk: Any) -> None:
    _, topic, _ = talk
    for number in range(30):
        last = await write(node, "amal", f"réponse {number}", reply_to=topic["uri"])
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert (await yto.get(f"/posts/{last['id']}/page")).url == f"/@amal/{last['id']}"


async def test_a_locked_topic_says_why_and_offers_no_answer(node: Node, talk: Any) -> None:
    _, topic, answer = talk
    async with Visitor(node) as yto, Visitor(node) as amal:
        await yto.log_in("yto")
        await amal.log_in()
        assert "#reply" in (await yto.get(f"/t/{topic['id']}")).text
        form = f"/posts/{topic['id']}/moderate"
        page = await amal.get(form)
        await amal.post(form, {"csrf": page.form(form).value("csrf"), "do": "lock", "reason": "le tour est fait"})
        page = await yto.get(f"/t/{topic['id']}")
        assert "no more replies. le tour est fait" in page.words and "#reply" not in page.text
        alone = await yto.get(f"/@amal/{answer['id']}")
        assert 'id="reply"' not in alone.text and "This topic is locked" in alone.words
        await moderate(node, "unlock", "amal", await node.read(posts.get, topic["id"]))
        page = await yto.get(f"/t/{topic['id']}")
        assert "#reply" in page.text and "le tour est fait" not in page.words


async def test_who_deletes_her_topic_reads_what_goes_with_it_and_comes_to_the_forum(node: Node, talk: Any) -> None:
    _, topic, answer = talk
    form = f"/posts/{topic['id']}/delete"
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get(form)
        assert "1 reply stands under this topic." in page.words
        done = await yto.send(page, form)
        assert done.url == "/f/eau" and "Pompe" not in done.words
        assert (await yto.get(f"/@amal/{answer['id']}")).status == 200


async def test_the_mark_of_who_asked_is_no_act_of_a_moderator(node: Node, talk: Any) -> None:
    _, topic, answer = talk
    await moderate(node, "solve", "yto", topic, answer)
    async with Visitor(node) as visitor:
        assert "Solution marked" not in (await visitor.get("/f/eau/log")).words
        await moderate(node, "solve", "amal", topic, None)
        assert "Mark of the solution taken away" in (await visitor.get("/f/eau/log")).words


async def test_whose_answer_helped_is_told_and_no_more_when_another_did(node: Node, talk: Any) -> None:
    _, topic, answer = talk
    other = await write(node, "amal", "Avec une pompe", reply_to=topic["uri"])
    said = "Your answer is marked as the solution:"
    async with Visitor(node) as amal:
        await amal.log_in()
        await moderate(node, "solve", "yto", topic, answer)
        assert f"{said} À la main" in (await amal.get("/notifications")).words
        await moderate(node, "solve", "yto", topic, other)
        shown = (await amal.get("/notifications")).words
        assert f"{said} À la main" not in shown and f"{said} Avec une pompe" in shown
        await moderate(node, "solve", "yto", topic, None)
        assert said not in (await amal.get("/notifications")).words


async def test_who_marks_her_own_answer_is_not_told(node: Node, talk: Any) -> None:
    _, topic, _ = talk
    own = await write(node, "yto", "Trouvé", reply_to=topic["uri"])
    await moderate(node, "solve", "yto", topic, own)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert "marked as the solution" not in (await yto.get("/notifications")).words


async def test_who_is_asked_to_look_after_a_forum_is_told(node: Node, talk: Any) -> None:
    forum, _, _ = talk
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await moderate(node, "appoint", "amal", forum, await node.read(actors.ours, "yto"))
        assert "You look after" in (await yto.get("/notifications")).words
        await moderate(node, "dismiss", "amal", forum, await node.read(actors.ours, "yto"))
        assert "You look after" not in (await yto.get("/notifications")).words


async def test_an_answer_whose_topic_is_gone_is_moderated_all_the_same(node: Node, talk: Any) -> None:
    _, topic, _ = talk
    own = await write(node, "yto", "réclame", reply_to=topic["uri"])
    async with Visitor(node) as yto, Visitor(node) as amal:
        await yto.log_in("yto")
        await amal.log_in()
        form = f"/posts/{topic['id']}/delete"
        await yto.send(await yto.get(form), form)
        form = f"/posts/{own['id']}/moderate"
        page = await amal.get(form)
        assert "réclame" in page.words and "Decide about this answer" in page.words
        done = await amal.post(form, {"csrf": page.form(form).value("csrf"), "do": "remove", "reason": "publicité"})
        assert done.url == "/f/eau" and (await node.read(posts.get, own["id"]))["removed"]
        assert (await yto.get(f"/@yto/{own['id']}")).status == 404
        await amal.post(form, {"csrf": page.form(form).value("csrf"), "do": "restore"})
        assert not (await node.read(posts.get, own["id"]))["removed"]


async def test_what_stood_under_a_deleted_post_is_answered_and_edited_all_the_same(node: Node, talk: Any) -> None:
    _, topic, answer = talk
    mine, hers = node.token(), node.token("yto")
    root = await node.api("POST", "/api/v1/statuses", mine, json={"status": "racine"})
    below = await node.api("POST", "/api/v1/statuses", hers, json={"status": "réponse", "in_reply_to_id": root["id"]})
    await node.api("DELETE", f"/api/v1/statuses/{root['id']}", mine)
    await node.api("DELETE", f"/api/v1/statuses/{topic['id']}", hers)
    for number in (below["id"], str(answer["id"])):
        said = await node.api("POST", "/api/v1/statuses", hers, json={"status": "encore", "in_reply_to_id": number})
        assert said["in_reply_to_id"] == number
        assert (await (await node.get(f"/posts/{said['id']}")).json(content_type=None))["context"].endswith("/context")
    await node.api("PUT", f"/api/v1/statuses/{below['id']}", hers, json={"status": "réponse, mieux"})


async def test_a_locked_topic_takes_no_answer_past_one_that_was_deleted(node: Node, talk: Any) -> None:
    _, topic, answer = talk
    below = await write(node, "yto", "sous", reply_to=answer["uri"])
    await moderate(node, "lock", "amal", await node.read(posts.get, topic["id"]))
    await node.api("DELETE", f"/api/v1/statuses/{answer['id']}", node.token())
    assert await node.read(posts.closed, below["id"])
    said = {"status": "encore", "in_reply_to_id": str(below["id"])}
    await node.api("POST", "/api/v1/statuses", node.token("yto"), json=said, status=403)
