"""Forums on pages: what moderators decide and others may not, the solution, what is read from elsewhere, reports told on."""

import re
import time

import pytest

from node.network import topics
from node.people import users
from node.posts import posts, refreshed
from tests.conftest import until
from tests.federation.forum_world import join, open_forum, write
from tests.federation.test_two_nodes import follow
from tests.web.test_member_desk import one
from tests.web.visitor import Visitor


async def a_topic(node) -> tuple[dict, dict, dict]:
    """A forum that Amal moderates, Yto's topic in it, Yto's answer."""
    forum = await open_forum(node)
    topic = await write(node, "yto", "كيف نصلح المضخة؟", title="المضخة", place=forum["uri"])
    answer = await write(node, "amal", "بالصبر", reply_to=topic["uri"])
    return forum, topic, answer


async def state(node, topic) -> dict:
    return dict(await node.read(topics.one, topic["id"], None))


async def test_a_moderator_pins_closes_and_removes_with_a_reason(node):
    _, topic, answer = await a_topic(node)
    form = f"/posts/{topic['id']}/moderate"
    async with Visitor(node) as amal, Visitor(node) as stranger:
        await amal.log_in()
        shown = await amal.get(f"/t/{topic['id']}")
        assert form in shown.text and f"/posts/{answer['id']}/moderate" in shown.text
        await amal.send(await amal.get(form), form, 0, do="pin")
        page = await amal.get(form)
        assert (await state(node, topic))["pinned"] and "Do not pin it any more" in page.words
        await amal.send(page, form, 1, do="lock", reason="دار النقاش دورته")
        assert (await posts_row(node, topic))["locked"]
        await amal.send(await amal.get(form), form, 0, do="unlock")
        await amal.send(await amal.get(form), form, 0, do="unpin")
        assert not (await posts_row(node, topic))["locked"] and not (await state(node, topic))["pinned"]
        below = f"/posts/{answer['id']}/moderate"
        page = await amal.get(below)
        refused = await amal.send(page, below, 0, do="remove", reason="")
        assert refused.status == 400 and "Say why" in refused.words
        await amal.send(page, below, 0, do="remove", reason="off the subject")
        shown = await stranger.get(f"/t/{topic['id']}")
        assert "بالصبر" not in shown.words and "off the subject" in shown.words
        assert "off the subject" in (await amal.get(below)).words
        await amal.send(await amal.get(below), below, 0, do="restore")
        assert "بالصبر" in (await stranger.get(f"/t/{topic['id']}")).words
    acts = await node.read(lambda db: [row[0] for row in db.rows("select act from audit order by id")])
    assert acts == ["topic pin", "topic lock", "topic unlock", "topic unpin", "topic remove", "topic restore"]


async def posts_row(node, topic) -> dict:
    return dict(await node.read(posts.get, topic["id"]))


async def test_who_asked_marks_the_solution_and_decides_nothing_else(node):
    _, topic, answer = await a_topic(node)
    below = f"/posts/{answer['id']}/moderate"
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert below in (await yto.get(f"/t/{topic['id']}")).text
        page = await yto.get(below)
        assert "Removal" not in page.words
        shown = await yto.send(page, below, do="solve")
        assert "This is the solution" in shown.words and (await state(node, topic))["solution"] == answer["id"]
        token = page.form(below).value("csrf")
        for do in ("pin", "lock", "remove", "nonsense"):
            refused = await yto.post(below, {"csrf": token, "do": do, "reason": "I want it"})
            assert refused.status in (400, 404), do
        await yto.send(await yto.get(below), below, do="unsolve")
        assert (await state(node, topic))["solution"] is None
    assert (await posts_row(node, answer))["removed"] is None


@pytest.mark.parametrize("do", ["pin", "lock", "remove", "solve"])
async def test_for_who_neither_asked_nor_moderates_there_is_no_such_page(node, do):
    forum = await open_forum(node)
    topic = await write(node, "amal", "سؤال", title="سؤال", place=forum["uri"])
    answer = await write(node, "yto", "جواب", reply_to=topic["uri"])
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert "/moderate" not in (await yto.get(f"/t/{topic['id']}")).text
        for post in (topic, answer):
            path = f"/posts/{post['id']}/moderate"
            assert (await yto.get(path)).status == 404
            assert (await yto.post(path, {"csrf": token, "do": do, "reason": "x"})).status == 404
    row = await state(node, topic)
    assert not row["pinned"] and row["solution"] is None and not (await posts_row(node, topic))["locked"]
    assert await one(node, "select count(*) from posts where removed is not null") == 0


async def test_a_post_in_no_forum_is_not_moderated(node):
    alone = await write(node, "yto", "وحدي")
    async with Visitor(node) as amal:
        await amal.log_in()
        assert (await amal.get(f"/posts/{alone['id']}/moderate")).status == 404


async def test_a_topic_from_elsewhere_says_how_much_of_it_is_here(node, other):
    forum = await open_forum(other)
    await join(node, forum["uri"])
    topic = await write(other, "amal", "ماء", title="ماء", place=forum["uri"])

    async def here() -> int | None:
        return await one(node, "select id from posts where uri = ? and kind = 'topic'", topic["uri"])

    number = await until(here)
    async with Visitor(node) as stranger, Visitor(node) as amal:
        assert "The rest is read when a member opens" in (await stranger.get(f"/t/{number}")).words
        await amal.log_in()
        await amal.get(f"/t/{number}")

        async def complete() -> bool:
            return "All answers are here" in (await stranger.get(f"/t/{number}")).words

        await until(complete)
        await node.write(
            lambda db: db.execute("update hosts set failures = 5, silent = 1 where host = ?", (other.host,))
        )
        assert f"We wait for the node {other.host}" in (await stranger.get(f"/t/{number}")).words.replace("  ", " ")
    mine = await open_forum(node, "bahr")
    own = await write(node, "amal", "بحر", title="بحر", place=mine["uri"])
    async with Visitor(node) as stranger:
        assert 'class="sync"' not in (await stranger.get(f"/t/{own['id']}")).text
    assert await node.read(refreshed.at, f"thread {number}") is not None


async def test_a_report_goes_to_the_other_server_when_she_says_so_and_without_her_name(node, other):
    here, there = node.token("yto"), other.token("amal")
    await follow(node, here, f"amal@{other.host}")
    await other.api("POST", "/api/v1/statuses", there, json={"status": "buy this"})
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))
    path = f"/posts/{seen['id']}/report"
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get(path)
        assert f"moderators of {other.host}" in page.words.replace("  ", " ")
        await yto.send(page, path, comment="only for us", category="spam")
        assert await one(other, "select count(*) from reports") == 0
        await yto.send(page, path, comment="an advertisement", category="spam", forward="1")
        await until(lambda: other.read(lambda db: db.value("select count(*) from reports")))
    said = await other.read(
        lambda db: dict(db.row("select comment, actors.uri from reports join actors on actors.id = reporter"))
    )
    assert said == {"comment": "an advertisement", "uri": f"{node.origin}/actor"}


async def test_a_report_of_somebody_here_offers_no_other_server(node):
    alone = await write(node, "amal", "هنا")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get(f"/posts/{alone['id']}/report")
        assert 'name="forward"' not in page.text
        await yto.send(page, f"/posts/{alone['id']}/report", comment="x", forward="1")
    assert await one(node, "select forward from reports") == 0
    assert await one(node, "select count(*) from letters where type = 'Flag'") == 0


async def test_staff_of_the_node_moderates_its_forums(node):
    _, topic, _ = await a_topic(node)
    user = await node.read(lambda db: int(users.by_name(db, "yto")["id"]))
    await node.write(lambda db: db.execute("update users set role = 'moderator' where id = ?", (user,)))
    form = f"/posts/{topic['id']}/moderate"
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get(form), form, 0, do="pin")
    assert (await state(node, topic))["pinned"]


async def test_somebody_is_shut_out_for_a_while_and_let_in_again(node):
    forum, topic, answer = await a_topic(node)
    form = f"/posts/{topic['id']}/moderate"
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await amal.get(form)
        token = page.form(form).value("csrf")
        refused = await amal.post(form, {"csrf": token, "do": "ban", "days": "7"})
        assert refused.status == 400 and "everybody reads the reason" in refused.words
        opened = await yto.get(f"/t/{topic['id']}")
        await amal.post(form, {"csrf": token, "do": "ban", "days": "7", "reason": "insults"})
        shown = await yto.send(opened, f"/posts/{topic['id']}/reply", text="again")
        assert shown.status in (400, 403) and "You may not write in this forum" in shown.words
        until_ = await one(node, "select until from bans where place = ?", forum["id"])
        assert 6 * 86_400_000 < until_ - int(time.time() * 1000) <= 7 * 86_400_000
        hers = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.post(form, {"csrf": hers, "do": "unban"})).status == 404
        page = await amal.get(form)
        assert "may not write in this forum" in page.words
        await amal.post(form, {"csrf": token, "do": "unban"})
        assert await one(node, "select count(*) from bans where place = ?", forum["id"]) == 0
        own = f"/posts/{answer['id']}/moderate"
        refused = await amal.post(own, {"csrf": token, "do": "ban", "reason": "me"})
        assert refused.status == 400


async def test_a_search_shows_what_was_solved_first(node):
    """The solved topic is the older one, and would come last."""
    forum = await open_forum(node)
    solved = await write(node, "yto", "المضخة لا تعمل بعد المطر", title="المضخة", place=forum["uri"])
    answer = await write(node, "amal", "نظف مصفاة المضخة", reply_to=solved["uri"])
    for number in range(3):
        await write(node, "yto", "المضخة المضخة المضخة", title=f"المضخة {number}", place=forum["uri"])
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        below = f"/posts/{answer['id']}/moderate"
        await yto.send(await yto.get(below), below, do="solve")
        page = await yto.get("/search?q=المضخة&lang=en")

    order = [int(one) for one in re.findall(r'id="post-(\d+)"', page.text)]
    assert set(order[:2]) == {solved["id"], answer["id"]} and len(order) == 5
    assert page.text.count('class="badge ok"') == 2 and "Solved</span>" in page.text and "Solution</span>" in page.text
