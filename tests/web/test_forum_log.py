"""What moderators did in a forum, read by everybody: each act, its reason, who decided; never what nobody may see."""

import re
from typing import Any

import pytest

from federation import moderation as verbs
from federation.bridge import now
from node.network import moderation
from node.people import actors, blocks
from node.posts import posts
from tests.conftest import Node, until
from tests.federation.forum_world import by_uri, has, join, moderate, open_forum, write
from tests.web.visitor import Page, Visitor

LOG = "/f/eau/log"


async def row(node: Node, name: str) -> Any:
    return await node.read(actors.ours, name)


async def looked_at(node: Node, path: str = LOG, who: str = "") -> Page:
    async with Visitor(node) as visitor:
        if who:
            await visitor.log_in(who)
        return await visitor.get(path)


def acts(page: Page) -> list[str]:
    """The lines of the log as a person reads them."""
    [listed] = re.findall(r'<ol class="rows">(.*?)</ol>', page.text, re.DOTALL)
    found = [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in re.findall(r"<li>(.*?)</li>", listed, re.DOTALL)]
    return [re.sub(r" \d{1,2} \w+ \d{4}, \d\d:\d\d", "", one).removesuffix(" Moderate") for one in found]


async def test_every_act_has_its_line_with_who_and_why(node: Node) -> None:
    forum = await open_forum(node)
    topic = await write(node, "yto", "كيف؟", title="Pompe", place=forum["uri"])
    answer = await write(node, "yto", "secret words", reply_to=topic["uri"])
    yto = await row(node, "yto")
    for verb, *what in (
        ("pin", topic), ("unpin", topic), ("lock", topic), ("unlock", topic), ("solve", topic, answer),
        ("solve", topic, None), ("remove", answer, "hors sujet"), ("restore", answer), ("remove", topic, "déjà dit"),
        ("restore", topic), ("appoint", forum, yto), ("dismiss", forum, yto), ("ban", forum, yto, "insultes"),
        ("unban", forum, yto),
    ):  # fmt: skip
        await moderate(node, verb, "amal", *[await again(node, one) for one in what])
    page = await looked_at(node)
    assert (
        page.status == 200 and 'name="robots" content="noindex"' in page.text and 'data-page="forum-log"' in page.text
    )
    by = "by أمل"
    assert acts(page) == [
        f"Let into the forum again: {yto['display']} {by}", f"Shut out of the forum: {yto['display']} insultes {by}",
        f"Moderator no more: {yto['display']} {by}", f"Moderator appointed: {yto['display']} {by}",
        f"Topic shown again Pompe {by}", f"Topic removed Pompe déjà dit {by}", f"Reply shown again Pompe {by}",
        f"Reply removed Pompe hors sujet {by}", f"Mark of the solution taken away Pompe {by}",
        f"Solution marked Pompe {by}", f"Topic open to replies again Pompe {by}", f"Topic closed to replies Pompe {by}",
        f"Topic not pinned any more Pompe {by}", f"Topic pinned Pompe {by}",
    ]  # fmt: skip
    assert f"/t/{topic['id']}#r{answer['id']}" in page.text and "secret" not in page.text
    assert LOG in (await looked_at(node, "/f/eau")).text


async def again(node: Node, one: Any) -> Any:
    """A post as it stands now; anything else as it was."""
    return (
        await node.read(posts.get, one["id"])
        if one is not None and not isinstance(one, str) and "thread" in one.keys()
        else one
    )


async def test_a_removed_topic_has_no_title_there_for_anybody(node: Node) -> None:
    forum = await open_forum(node)
    topic = await write(node, "yto", "كيف؟", title="Insulte", place=forum["uri"])
    await moderate(node, "remove", "amal", topic, "injures")
    for who in ("", "yto", "amal"):
        page = await looked_at(node, who=who)
        assert acts(page) == ["Topic removed injures by أمل"] and "Insulte" not in page.text
        assert f"/t/{topic['id']}" not in page.text
        assert (f"/posts/{topic['id']}/moderate" in page.text) is (who == "amal"), "from here it can be shown again"


async def test_who_may_not_see_a_topic_reads_no_title_of_it(node: Node) -> None:
    forum = await open_forum(node)
    topic = await write(node, "yto", "كيف؟", title="Pompe", place=forum["uri"])
    await moderate(node, "pin", "amal", topic)
    assert "Pompe" in (await looked_at(node, who="amal")).text
    yto, amal = await row(node, "yto"), await row(node, "amal")
    await node.write(blocks.keep, yto["id"], amal["id"], "", now())
    assert acts(await looked_at(node, who="amal")) == ["Topic pinned by أمل"]


async def test_an_account_that_is_gone_is_not_named(node: Node) -> None:
    forum = await open_forum(node)
    yto, amal = await row(node, "yto"), await row(node, "amal")
    await moderate(node, "appoint", "amal", forum, yto)
    await node.write(actors.forget, yto["id"], now())
    page = await looked_at(node)
    assert acts(page) == ["Moderator appointed: an account that is gone by أمل"] and "yto" not in page.text
    await node.write(actors.forget, amal["id"], now())
    assert acts(await looked_at(node)) == ["Moderator appointed: an account that is gone by an account that is gone"]


async def test_a_ban_says_until_when(node: Node) -> None:
    forum = await open_forum(node)
    yto = await row(node, "yto")
    end = 1_900_000_000_000
    await node.write(lambda db: moderation.ban(db, forum, actors.ours(db, "amal")["id"], yto, "", "spam", end, now()))
    page = await looked_at(node)
    assert "until" in page.words and "2030-03-17" in page.text


async def test_it_is_read_page_by_page_and_says_when_it_is_empty(node: Node) -> None:
    forum = await open_forum(node)
    assert "Nothing was decided here yet" in (await looked_at(node)).words
    topic = await write(node, "yto", "كيف؟", title="Pompe", place=forum["uri"])

    def many(db: Any) -> None:
        for number in range(45):
            (moderation.unpin if number % 2 else moderation.pin)(db, forum, None, topic, "", now() + number)

    await node.write(many)
    first = await looked_at(node)
    assert len(acts(first)) == 40
    [older] = re.findall(r'href="(\?before=\d+)"', first.text)
    rest = await looked_at(node, LOG + older)
    assert len(acts(rest)) == 5 and f'href="{LOG}"' in rest.text and "?before=" not in rest.text
    assert "Nothing was decided" in (await looked_at(node, LOG + "?before=1")).words


@pytest.mark.parametrize("path", ["/f/nowhere/log", "/f/amal/log", "/f/eau@nowhere.example/log"])
async def test_what_is_no_forum_has_none(node: Node, path: str) -> None:
    assert (await looked_at(node, path)).status == 404


async def test_members_elsewhere_read_what_reached_them(node: Node, other: Node) -> None:
    forum = await open_forum(node)
    await join(other, forum["uri"])
    topic = await write(node, "yto", "كيف؟", title="Pompe", place=forum["uri"])
    await has(other, topic["uri"])
    await node.write(_close, topic["id"])

    async def locked() -> bool:
        known = await by_uri(other, topic["uri"])
        return known is not None and bool(known["locked"])

    await until(locked)
    page = await looked_at(other, f"/f/eau@{node.host}/log")
    assert "here stands what reached us" in page.words
    assert acts(page) == ["Topic closed to replies Pompe دار النقاش دورته by أمل"]
    assert f"/f/eau@{node.host}/log" in (await looked_at(other, f"/f/eau@{node.host}")).text


def _close(db: Any, topic: int) -> None:
    verbs.lock(db, actors.ours(db, "amal"), posts.get(db, topic), now(), "دار النقاش دورته")
