"""A post is put off by the form, stands among the drafts, is called off there, or is published at its moment."""

import datetime

from node.posts import scheduled
from tests.conftest import now, until
from tests.web.visitor import Visitor


def in_days(days: int) -> str:
    return (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=days)).isoformat()


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def test_a_post_waits_is_called_off_or_published(node):
    names = '{"ar": "أمل", "fr": "Amal"}'
    await node.write(lambda db: db.execute("update actors set displays = ? where name = 'amal'", (names,)))
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        form = await amal.get("/new?kind=note")
        for _ in range(2):  # sent twice, it waits once
            page = await amal.send(form, "/new", text="the tender opens", on=in_days(3), at="10:30", do="publish")
            assert page.url == "/drafts?kept=later" and "the tender opens" in page.words and "10:30" in page.words
        assert (
            await one(node, "select count(*) from scheduled") == 1
            and await one(node, "select count(*) from posts") == 0
        )
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        number = await one(node, "select id from scheduled")
        assert (await yto.post("/drafts/cancel", {"csrf": token, "post": str(number)})).status == 404
        assert "the tender" not in (await amal.send(page, "/drafts/cancel")).words
        assert await one(node, "select count(*) from scheduled") == 0

        form = await amal.get("/new?kind=note")
        await amal.send(form, "/new", text="second try", on=in_days(2), do="publish")
        soon = now() - 1

        def bring_near(db) -> None:
            db.execute("update scheduled set due = ?", (soon,))
            db.execute("update tasks set due = ? where kind = ?", (soon, scheduled.TASK))
            db.wake("tasks")

        await node.write(bring_near)

        async def published() -> bool:
            return await one(node, "select count(*) from posts where content like '%second try%'") == 1

        await until(published)


async def test_what_cannot_wait_comes_back_as_it_was_typed(node):
    tanmia = await one(node, "select id from actors where name = 'tanmia'")
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get("/new?kind=note")
        for wrong, words in (({"on": "2020-01-01"}, "five minutes"), ({"on": "someday"}, "Please write the day"),
                             ({"on": in_days(2), "at": "late"}, "Please write the time"),
                             ({"on": in_days(2), "voice": f"for:{tanmia}"}, "signed by one name")):  # fmt: skip
            page = await amal.send(form, "/new", text="kept words", do="publish", **wrong)
            assert page.status == 400 and words in page.words, wrong
            assert page.form("/new").value("text") == "kept words" and page.form("/new").value("on") == wrong["on"]
        page = await amal.send(
            form, "/new", text="as the association", on=in_days(2), voice=f"as:{tanmia}", do="publish"
        )
        assert "as the association" in page.words
    assert (
        await one(node, "select actor from scheduled") == tanmia and await one(node, "select count(*) from posts") == 0
    )
