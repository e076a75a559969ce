"""Messages and notifications of members, seen in a browser without script."""

from node.posts import visits
from tests.conftest import until
from tests.web.visitor import Visitor


async def test_a_message_and_its_answer_are_one_talk(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await amal.send(await amal.get("/messages/new?to=@yto"), "/messages/new", text="for you alone")
        assert "for you alone" in page.words and "arrived" in page.words
        listed = await yto.get("/messages")
        assert "for you alone" in listed.words and "unread: 1" in listed.words
        path = listed.text.partition('href="/messages/')[2]
        path = (
            "/messages/"
            + listed.text.partition('<ul class="rows">')[2].partition('href="/messages/')[2].partition('"')[0]
        )
        page = await yto.get(path)
        page = await yto.send(page, path, text="thank you")
        assert "thank you" in page.words
        assert "unread" not in (await yto.get("/messages")).words
        assert "thank you" in (await amal.get("/messages")).words
    assert await node.read(lambda db: db.value("select count(distinct visibility) from posts")) == 1


async def test_once_the_talks_are_looked_at_no_page_counts_them_any_more(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await amal.send(await amal.get("/messages/new?to=@yto"), "/messages/new", text="for you alone")
        assert 'Messages</span> <span class="count">1</span>' in (await yto.get("/me")).text
        await yto.get("/messages")
        assert 'Messages</span> <span class="count">' not in (await yto.get("/me")).text


async def test_nobody_reads_the_talk_of_others(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        page = await amal.send(await amal.get("/messages/new?to=@yto"), "/messages/new", text="for you alone")
        tanmia, yto_id, amal_id = await node.read(
            lambda db: [db.value("select id from actors where name = ?", (one,)) for one in ("tanmia", "yto", "amal")]
        )
        assert page.url == f"/messages/{yto_id}"
        await yto.log_in("yto")
        await yto.send(await yto.get("/me"), "/me/act-as", actor=tanmia)
        for path in (f"/messages/{yto_id}", f"/messages/{amal_id}", f"/messages/{amal_id}-{yto_id}", "/messages/1"):
            assert (await yto.get(path)).status == 404, path


async def test_a_message_to_an_unknown_name_keeps_the_text(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.send(await amal.get("/messages/new"), "/messages/new", to="@nobody_here", text="hello")
        assert page.status == 400
        assert page.form("/messages/new").value("text") == "hello"
        assert "@nobody_here" in page.words


async def test_a_message_sent_twice_is_one(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/messages/new?to=@yto")
        for _ in range(2):
            await amal.send(page, "/messages/new", text="once")
    assert await node.read(lambda db: db.value("select count(*) from posts")) == 1


async def test_a_message_to_another_node_says_how_far_it_is(node, other):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(f"/messages/new?to=@amal@{other.host}")
        page = await amal.send(page, "/messages/new", text="across")
        assert page.status == 200

        async def arrived() -> bool:
            return "arrived" in (await amal.get(page.url)).words

        await until(arrived)
        await other.stop()
        page = await amal.send(page, page.url, text="into silence")

        async def in_trouble() -> bool:
            return "not sent yet, we try again" in (await amal.get(page.url)).words

        await until(in_trouble)
        await other.start()


async def test_notifications_are_new_once_and_several_likes_one_line(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await amal.get("/new?kind=note")
        await amal.send(page, "/new", text="something good", do="publish")
        number = await node.read(lambda db: db.value("select id from posts"))
        tanmia = await node.read(lambda db: db.value("select id from actors where name = 'tanmia'"))
        await yto.send(await yto.get(f"/posts/{number}/page"), f"/posts/{number}/like")
        await yto.send(await yto.get("/me"), "/me/act-as", actor=tanmia)
        await yto.send(await yto.get(f"/posts/{number}/page"), f"/posts/{number}/like")
        amal_id = await node.read(lambda db: db.value("select id from actors where name = 'amal'"))
        assert await node.read(visits.unread, amal_id) == 2
        page = await amal.get("/notifications")
        assert "and 1 other likes your post: something good" in page.words
        assert 'class="note new"' in page.text
        assert await node.read(visits.unread, amal_id) == 0
        await node.write(lambda db: db.execute("update visits set at = at - 7200000").rowcount)
        assert 'class="note new"' not in (await amal.get("/notifications")).text
