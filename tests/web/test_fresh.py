"""What visitors are shown is kept between two commits, and no longer; members get none of it."""

import sqlite3

import pytest

from federation import outbox
from federation.bridge import now
from federation.outbox import Draft
from node.people import actors
from node.posts import drafts, posts, publishing
from tests.web.visitor import Visitor
from web import fresh


async def say(node, text: str = "Salam", visibility: str = "public") -> int:
    draft = Draft(text=text, language="ary", visibility=visibility)
    return await node.write(lambda db: outbox.publish(db, actors.ours(db, "amal"), draft, now())["id"])


@pytest.mark.parametrize("path", ["/", "/@amal"])
async def test_a_visitor_sees_at_once_what_was_said_and_what_was_taken_back(node, path):
    async with Visitor(node) as visitor:
        assert "dernières nouvelles" not in (await visitor.get(path)).text
        number = await say(node, "dernières nouvelles")
        assert "dernières nouvelles" in (await visitor.get(path)).text
        assert "dernières nouvelles" in (await visitor.get(path)).text
        await node.write(lambda db: publishing.remove(db, posts.get(db, number), now()))
        assert "dernières nouvelles" not in (await visitor.get(path)).text


async def test_what_another_process_writes_is_seen_too(node):
    async with Visitor(node) as visitor:
        number = await say(node, "dernières nouvelles")
        assert "dernières nouvelles" in (await visitor.get("/@amal")).text
        beside = sqlite3.connect(node.folder / "node.sqlite3")
        beside.execute("update posts set visibility = 'direct' where id = ?", (number,))
        beside.commit()
        beside.close()
        assert "dernières nouvelles" not in (await visitor.get("/@amal")).text


async def test_a_member_and_a_visitor_never_share_an_answer(node):
    await say(node, "pour mes abonnés", "followers")
    async with Visitor(node) as visitor, Visitor(node) as amal:
        await amal.log_in("amal")
        for _ in range(2):
            assert "pour mes abonnés" in (await amal.get("/@amal")).text
            assert "pour mes abonnés" not in (await visitor.get("/@amal")).text


async def test_a_members_home_is_new_after_each_commit_and_her_own(node):
    tanmia = await node.read(lambda db: actors.ours(db, "tanmia")["id"])
    async with Visitor(node) as amal, Visitor(node) as yto:
        for one, name in ((amal, "amal"), (yto, "yto")):
            await one.log_in(name)
            await one.send(await one.get("/me"), "/me/act-as", actor=tanmia)
        user = await node.read(lambda db: db.value("select id from users where email = 'amal@example.org'"))
        await node.write(drafts.keep, user, "/new", {"text": "seulement à moi"}, now())
        for _ in range(2):
            assert "1 draft" in (await amal.get("/feed")).words
            assert "1 draft" not in (await yto.get("/feed")).words
        draft = Draft(text="dernières nouvelles", language="fr", visibility="public")
        for _ in range(2):
            assert "dernières nouvelles" not in (await amal.get("/feed")).text
        await node.write(lambda db: outbox.publish(db, actors.ours(db, "tanmia"), draft, now())["id"])
        assert "dernières nouvelles" in (await amal.get("/feed")).text
        await node.write(drafts.forget, user, "/new")
        assert "1 draft" not in (await amal.get("/feed")).words


async def test_each_language_has_its_own_page_and_each_page_its_own_address(node):
    async with Visitor(node) as visitor:
        french, arabic = await visitor.get("/?lang=fr"), await visitor.get("/?lang=ar")
        assert "Associations" in french.words and "الجمعيات" not in french.words
        assert "الجمعيات" in arabic.words
        assert "back=/about" in (await visitor.get("/about")).text
        assert "back=/rules" in (await visitor.get("/rules")).text


def test_answers_of_another_moment_are_not_kept():
    kept = fresh.Fresh()
    assert kept.find("a", 1) is None
    kept.keep("a", None, 1)
    assert kept.find("a", 1) == (None,)
    assert kept.find("a", 2) is None
    kept.keep("a", "old", 1)
    assert kept.find("a", 2) is None
    for number in range(fresh.MOST + 1):
        kept.keep(number, number, 2)
    assert kept.find(0, 2) is None and kept.find(fresh.MOST, 2) == (fresh.MOST,)
