"""Where something was removed from a forum: why, for everybody, and never a word of it; and what who is shut out finds."""

from typing import Any

import pytest

from federation.bridge import now
from node.network import moderation
from node.people import actors
from node.posts import posts
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


async def told(node: Node, who: str) -> list[str]:
    """What stands among the member's notifications, of moderators."""
    async with Visitor(node) as visitor:
        await visitor.log_in(who)
        page = await visitor.get("/notifications")
        return [one for one in ("removed what you wrote: Secret title", "removed what you wrote: secret words", "shut you out of",
                                "Something was reported in") if one in page.words]  # fmt: skip


async def test_authors_are_told_and_led_to_the_reason(node: Node, removed: Any) -> None:
    _, topic, _, _ = removed
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get("/notifications")
        assert (
            "removed what you wrote: Secret title" in page.words
            and "removed what you wrote: secret words" in page.words
        )
        assert f"/posts/{topic['id']}/page" in page.text and 'href="/f/eau"' in page.text
        why = await yto.get(f"/posts/{topic['id']}/page")
        assert why.status == 404 and "hors <sujet>" in why.words
    assert await told(node, "amal") == []
    token = node.token("yto")
    assert {one["type"] for one in await node.api("GET", "/api/v1/notifications", token)} <= {"mention"}
    await moderate(
        node, "restore", "amal", await node.read(lambda db: db.row("select * from posts where id = ?", (topic["id"],)))
    )
    assert await told(node, "yto") == ["removed what you wrote: secret words"]


async def test_who_moderates_her_own_post_is_not_told_of_it(node: Node, removed: Any) -> None:
    _, _, other, _ = removed
    await moderate(node, "remove", "amal", other, "doublon")
    assert await told(node, "amal") == []


async def test_who_is_shut_out_is_told_once_for_all_that_goes_with_it(node: Node) -> None:
    forum = await open_forum(node)
    await write(node, "yto", "secret words", title="Secret title", place=forum["uri"])
    yto = await node.read(actors.ours, "yto")
    for _ in range(2):
        await node.write(
            lambda db: moderation.ban(
                db, forum, actors.ours(db, "amal")["id"], yto, "", "spam", None, now(), with_posts=True
            )
        )
        assert await told(node, "yto") == ["shut you out of"]
    await node.write(lambda db: moderation.unban(db, forum, None, yto, "", now()))
    assert await told(node, "yto") == []


async def test_what_went_with_a_ban_comes_back_though_the_ban_was_said_anew(node: Node) -> None:
    forum = await open_forum(node)
    topic = await write(node, "yto", "words", title="Title", place=forum["uri"])
    yto = await node.read(actors.ours, "yto")

    async def removed() -> bool:
        return bool(await node.read(lambda db: db.value("select removed from posts where id = ?", (topic["id"],))))

    at = now()
    await node.write(lambda db: moderation.ban(db, forum, None, yto, "", "spam", at + 1000, at, with_posts=True))
    await node.write(lambda db: moderation.ban(db, forum, None, yto, "", "spam, for longer", None, at + 1))
    assert await removed()
    await node.write(lambda db: moderation.unban(db, forum, None, yto, "", at + 2, with_posts=True))
    assert not await removed()
    await node.write(
        lambda db: moderation.remove(db, forum, None, posts.get(db, topic["id"]), "", "hors sujet", at + 3)
    )
    await node.write(lambda db: moderation.ban(db, forum, None, yto, "", "spam", None, at + 4))
    await node.write(lambda db: moderation.unban(db, forum, None, yto, "", at + 5, with_posts=True))
    assert await removed()  # for another reason
