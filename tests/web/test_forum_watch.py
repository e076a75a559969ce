"""What moderators of a forum watch over: reports about it, who is shut out; and where a decision leads."""

from typing import Any

import pytest

from federation.bridge import now
from node.care import reports
from node.network import bans, moderation
from node.people import actors
from node.posts import posts
from tests.conftest import Node, until
from tests.federation.forum_world import join, moderate, open_forum, write
from tests.web.visitor import Visitor

PAGE = "/f/eau/moderation"


@pytest.fixture
async def eau(node: Node) -> Any:
    """A forum that Yto moderates, who is no moderator of the node; Amal, who is, writes there."""
    forum = await open_forum(node)
    yto = await node.read(actors.ours, "yto")
    await moderate(node, "appoint", "amal", forum, yto)
    await node.write(lambda db: db.execute("update users set role = 'member'") and None)
    await moderate(node, "dismiss", "yto", forum, await node.read(actors.ours, "amal"))
    return forum


async def state(node: Node, sql: str) -> Any:
    return await node.read(lambda db: db.value(sql))


async def test_reports_about_a_forum_reach_who_moderates_it_without_who_told(node: Node, eau: Any) -> None:
    topic = await write(node, "amal", "Achetez !", title="Réclame", place=eau["uri"])
    elsewhere = await write(node, "amal", "Ailleurs")
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await amal.report(topic["id"], "those who look after the forum", category="spam", comment="une réclame")
        other = f"/posts/{elsewhere['id']}/report"
        page = await amal.get(other)
        assert "those who look after the forum" not in page.words
        await amal.send(page, other, comment="not of the forum")
        assert "1 report waits for you" in (await yto.get("/f/eau")).words
        notified = await yto.get("/notifications")
        assert notified.words.count("Something was reported in") == 1 and f'href="{PAGE}#reports"' in notified.text
        assert "Something was reported in" not in (await amal.get("/notifications")).words
        shown = await yto.get(PAGE)
        assert "une réclame" in shown.words and "not of the forum" not in shown.words
        assert f"/posts/{topic['id']}/moderate" in shown.text
        said = shown.words.partition("What was reported")[2].partition("Who is shut out")[0]
        assert said.count("أمل") == 1, "its author alone is named, not who reported it"
        done = await yto.send(shown, PAGE, 0, do="seen")
        assert "The report is settled." in done.words and "No report waits." in done.words
        assert await state(node, "select count(*) from reports where handled is not null") == 1
        assert "waits for you" not in (await yto.get("/f/eau")).words


async def test_a_report_about_a_moderator_is_not_hers_to_see_or_settle(node: Node, eau: Any) -> None:
    topic = await write(node, "yto", "Insultes", title="Insultes", place=eau["uri"])
    amal, yto = await node.read(actors.ours, "amal"), await node.read(actors.ours, "yto")
    told = await node.write(lambda db: reports.keep(db, amal["id"], yto["id"], [topic["id"]], "rude", now()))
    async with Visitor(node) as visitor:
        await visitor.log_in("yto")
        page = await visitor.get(PAGE)
        assert "rude" not in page.words and "No report waits." in page.words
        assert "Something was reported" not in (await visitor.get("/notifications")).words
        token = page.form(PAGE).value("csrf")
        assert (await visitor.post(PAGE, {"csrf": token, "do": "seen", "report": str(told)})).status == 404
    assert await state(node, "select count(*) from reports where handled is null") == 1


@pytest.mark.parametrize("who", ["amal", ""])
async def test_for_who_does_not_moderate_there_is_no_such_page(node: Node, eau: Any, who: str) -> None:
    topic = await write(node, "amal", "Achetez !", title="Réclame", place=eau["uri"])
    amal = await node.read(actors.ours, "amal")
    told = await node.write(lambda db: reports.keep(db, amal["id"], amal["id"], [topic["id"]], "rude", now()))
    async with Visitor(node) as visitor:
        if not who:
            assert "/login" in (await visitor.get(PAGE)).url
            return
        await visitor.log_in(who)
        assert PAGE not in (await visitor.get("/f/eau")).text and (await visitor.get(PAGE)).status == 404
        csrf = (await visitor.get("/me")).form("/logout").value("csrf")
        for sent in ({"do": "seen", "report": str(told)}, {"do": "ban", "who": "yto", "reason": "x"}):
            assert (await visitor.post(PAGE, {"csrf": csrf, **sent})).status == 404
    assert await state(node, "select count(*) from reports where handled is null") == 1
    assert await state(node, "select count(*) from bans") == 0


async def test_somebody_is_shut_out_by_name_and_let_in_with_what_was_removed(node: Node, other: Node, eau: Any) -> None:
    await join(other, eau["uri"], "yto")
    handle = f"@yto@{other.host}"
    topic = await write(node, "amal", "Achetez !", title="Réclame", place=eau["uri"])
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get(PAGE)
        assert "Nobody is shut out." in page.words
        for sent, said in (
            ({"who": "nobody_here", "reason": "x"}, "We know nobody called"),
            ({"who": "amal", "reason": " "}, "Say why"),
            ({"who": "yto", "reason": "x"}, "Who moderates this forum"),
        ):
            refused = await yto.send(page, PAGE, do="ban", **sent)
            assert refused.status == 400 and said in refused.words
            assert refused.form(PAGE).value("who") == sent["who"]
        page = await yto.send(page, PAGE, do="ban", who="amal", reason="réclame", days="30", all="1")
        assert "réclame" in page.words and "@amal" in page.words
        page = await yto.send(page, PAGE, 1, do="ban", who=handle, reason="insultes", days="")
        assert handle in page.words and "for good" in page.words
        assert (await node.read(posts.get, topic["id"]))["removed"]

        async def heard() -> bool:
            return bool(await other.read(lambda db: db.value("select count(*) = 2 from bans")))

        await until(heard)
        forms = [one for one in page.forms if one.value("who") == "amal"]
        page = await yto.post(PAGE, [*forms[0].fields, ("all", "1"), ("do", "unban")])
        assert "They may write in this forum again." in page.words and "@amal" not in page.words
    assert not (await node.read(posts.get, topic["id"]))["removed"]
    amal = await node.read(actors.ours, "amal")
    assert await node.read(bans.get, eau["id"], amal["id"], now()) is None
    acts = [row["act"] for row in await node.read(moderation.log, eau["id"])]
    assert acts[:5] == ["unban", "restore", "ban", "ban", "remove"]


async def test_who_removes_a_topic_comes_to_its_forum_and_nobody_shuts_herself_out(node: Node, eau: Any) -> None:
    topic = await write(node, "amal", "Achetez !", title="Réclame", place=eau["uri"])
    answer = await write(node, "yto", "Non", reply_to=topic["uri"])
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get(f"/posts/{answer['id']}/moderate")
        assert "Who wrote it" not in page.words, "it is her own"
        form = f"/posts/{topic['id']}/moderate"
        page = await yto.get(form)
        assert "Who wrote it" in page.words
        done = await yto.post(form, {"csrf": page.form(form).value("csrf"), "do": "remove", "reason": "réclame"})
        assert done.url == "/f/eau"
        done = await yto.post(form, {"csrf": page.form(form).value("csrf"), "do": "restore"})
        assert done.url == f"/t/{topic['id']}"
        await yto.post(form, {"csrf": page.form(form).value("csrf"), "do": "ban", "reason": "réclame", "all": "1"})
        page = await yto.get(form)
        assert "Show again what was removed with it" in page.words
        await yto.post(form, {"csrf": page.form(form).value("csrf"), "do": "unban", "all": "1"})
    assert not (await node.read(posts.get, topic["id"]))["removed"]
    assert await state(node, "select count(*) from bans") == 0
