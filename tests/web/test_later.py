"""A post is put off by the form, stands among the drafts, is called off there, or is published at its moment."""

import datetime

from node.people import actors
from node.posts import posts, scheduled
from tests.conftest import now, until
from tests.federation import forum_world
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


def _come(db) -> None:
    """The moment of all that waits is here."""
    soon = now() - 1
    db.execute("update scheduled set due = ?", (soon,))
    db.execute("update tasks set due = ? where kind = ?", (soon, scheduled.TASK))
    db.wake("tasks")


async def refused(node) -> bool:
    return await one(node, "select count(*) from scheduled where json_extract(params, '$.refused') is not null") == 1


async def test_what_its_forum_refuses_is_kept_with_the_reason_and_can_be_tried_again(node):
    eau = await forum_world.open_forum(node)
    yto = await node.read(actors.ours, "yto")
    async with Visitor(node) as visitor:
        await visitor.log_in("yto")
        form = await visitor.get("/new?kind=note")
        await visitor.send(form, "/new", text="@eau Qui vient ?\n\nDemain matin.", on=in_days(2), do="publish")
        await forum_world.moderate(node, "ban", "amal", eau, yto, "insultes")
        await node.write(_come)
        await until(lambda: refused(node))
        assert await one(node, "select count(*) from posts") == 0
        told = await visitor.get("/notifications")
        assert "could not be published" in told.words
        for tag, reason in (("en", "may not write in this forum"), ("fr", "Vous ne pouvez pas écrire dans ce forum"),
                            ("ar", "لا يمكنك الكتابة في هذا المنتدى")):  # fmt: skip
            page = await visitor.get(f"/drafts?lang={tag}")
            assert reason in page.words and "Demain matin." in page.words, tag
        page = await visitor.get("/drafts?lang=en")
        again = await visitor.send(page, "/drafts/again")
        assert again.url == "/drafts" and "may not write" in again.words and await refused(node)
        [waiting] = await node.api("GET", "/api/v1/scheduled_statuses", node.token("yto"))
        assert waiting["params"]["text"].startswith("@eau Qui vient")

        await forum_world.moderate(node, "unban", "amal", eau, yto)
        published = await visitor.send(again, "/drafts/again")
        assert "Demain matin." in published.words
        assert await forum_world.titles(node, eau["uri"]) == ["Qui vient ?"]
        assert await one(node, "select count(*) from scheduled") == 0
        token = (await visitor.get("/me")).form("/logout").value("csrf")
        assert (await visitor.post("/drafts/again", {"csrf": token, "post": waiting["id"]})).status == 404


async def test_what_an_app_put_off_is_kept_too_and_waits_again_when_it_is_moved(node):
    eau = await forum_world.open_forum(node)
    topic = await forum_world.write(node, "amal", "Qui sait ?", title="Puits", place=eau["uri"])
    token = node.token("yto")
    due = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).isoformat()
    sent = {"status": "Moi.", "in_reply_to_id": str(topic["id"]), "scheduled_at": due}
    kept = await node.api("POST", "/api/v1/statuses", token, json=sent)
    await forum_world.moderate(node, "lock", "amal", topic)
    await node.write(_come)
    await until(lambda: refused(node))
    await forum_world.moderate(node, "unlock", "amal", await node.read(posts.get, topic["id"]))
    path = f"/api/v1/scheduled_statuses/{kept['id']}"
    headers = {"Authorization": f"Bearer {token}"}
    moved = await node.session.put(node.origin + path, headers=headers, json={"scheduled_at": due})
    assert moved.status == 200
    assert not await refused(node)
    await node.write(_come)

    async def answered() -> bool:
        return await one(node, "select count(*) from posts where reply_to = ?", topic["id"]) == 1

    await until(answered)
    assert await one(node, "select count(*) from scheduled") == 0


async def test_who_may_not_speak_for_an_association_any_more_keeps_her_words(node):
    tanmia = await one(node, "select id from actors where name = 'tanmia'")
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        form = await amal.get("/new?kind=note")
        await amal.send(form, "/new", text="as the association", on=in_days(2), voice=f"as:{tanmia}", do="publish")
        await node.write(lambda db: db.execute("delete from memberships where actor = ?", (tanmia,)))
        await node.write(_come)
        await until(lambda: refused(node))
        page = await amal.get("/drafts")
        assert "as the association" in page.words and "may not speak for this account" in page.words
        assert "could not be published" in (await amal.get("/notifications")).words
        assert "as the association" not in (await yto.get("/drafts")).words
        number = await one(node, "select id from scheduled")
        for path in ("/drafts/again", "/drafts/cancel"):
            token = (await yto.get("/me")).form("/logout").value("csrf")
            assert (await yto.post(path, {"csrf": token, "post": str(number)})).status == 404
        assert "as the association" in (await amal.send(page, "/drafts/again")).words
        assert await one(node, "select count(*) from posts") == 0
        assert "as the association" not in (await amal.send(page, "/drafts/cancel")).words
        assert await one(node, "select count(*) from scheduled") == 0
