"""Where something was removed from a forum: why, for everybody, and never a word of it; and what who is shut out finds."""

from typing import Any

import pytest

from federation.bridge import now
from node.network import moderation
from node.people import actors
from tests.conftest import Node
from tests.federation.forum_world import moderate, open_forum, write
from tests.web.visitor import Visitor


@pytest.fixture
async def removed(node: Node) -> Any:
    """A topic of Yto's and an answer of hers in another, both removed with a reason."""
    forum = await open_forum(node)
    topic = await write(node, "yto", "secret words", title="Secret title", place=forum["uri"])
    other = await write(node, "amal", "Bonjour", title="Bonjour", place=forum["uri"])
    answer = await write(node, "yto", "secret words", reply_to=other["uri"])
    for one in (topic, answer):
        await moderate(node, "remove", "amal", one, "hors <sujet>")
    return forum, topic, other, answer


@pytest.mark.parametrize("who", ["", "yto", "amal"])
async def test_what_was_removed_says_why_to_everybody(node: Node, removed: Any, who: str) -> None:
    _, topic, other, answer = removed
    async with Visitor(node) as visitor:
        if who:
            await visitor.log_in(who)
        page = await visitor.get(f"/t/{topic['id']}")
        assert page.status == 404 and "A moderator removed this topic" in page.words and "hors <sujet>" in page.words
        assert "noindex" in page.text and "/f/eau/log" in page.text and "ecret" not in page.text
        page = await visitor.get(f"/@yto/{answer['id']}")
        assert page.status == 404 and "A moderator removed this reply" in page.words and "ecret" not in page.text
        assert f"/t/{other['id']}" in page.text


async def test_other_servers_and_what_never_was_for_everybody_are_told_nothing(node: Node, removed: Any) -> None:
    _, topic, _, answer = removed
    for one in (topic, answer):
        answered = await node.get(f"/posts/{one['id']}")
        assert answered.status == 404 and "hors" not in await answered.text()
    answered = await node.get(f"/t/{topic['id']}")
    assert answered.status == 404 and "hors" not in await answered.text()
    await node.write(
        lambda db: db.execute("update posts set visibility = 'followers' where id = ?", (topic["id"],)) and None
    )
    async with Visitor(node) as visitor:
        assert "hors" not in (await visitor.get(f"/t/{topic['id']}")).words
        await node.write(lambda db: actors.forget(db, answer["author"], now()))
        assert "hors" not in (await visitor.get(f"/@yto/{answer['id']}")).words
        assert (await visitor.get("/t/12345")).status == 404


async def test_what_is_shown_again_has_its_page_again(node: Node, removed: Any) -> None:
    _, topic, _, _ = removed
    await moderate(
        node, "restore", "amal", await node.read(lambda db: db.row("select * from posts where id = ?", (topic["id"],)))
    )
    async with Visitor(node) as visitor:
        assert "Secret title" in (await visitor.get(f"/t/{topic['id']}")).words


async def test_who_is_shut_out_is_told_so_before_writing_an_answer(node: Node, removed: Any) -> None:
    forum, _, other, _ = removed
    yto = await node.read(actors.ours, "yto")
    async with Visitor(node) as visitor:
        await visitor.log_in("yto")
        assert 'id="reply"' in (await visitor.get(f"/t/{other['id']}")).text
        await node.write(lambda db: moderation.ban(db, forum, None, yto, "", "insultes", None, now()))
        page = await visitor.get(f"/t/{other['id']}")
        assert 'id="reply"' not in page.text and "You may not write in this forum." in page.words
        await node.write(lambda db: moderation.unban(db, forum, None, yto, "", now()))
        assert 'id="reply"' in (await visitor.get(f"/t/{other['id']}")).text
