"""A form that is sent when the session has ended: what was typed survives the log-in, once, for her alone."""

import json

from tests.web.visitor import Visitor
from tests.world import PASSWORD

TEXT = "كتبت هذا طويلا على الهاتف"


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def test_a_text_survives_the_end_of_the_session_and_is_sent_once(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get("/new?kind=note")
        await node.write(lambda db: db.execute("delete from sessions"))
        asked = await amal.send(form, "/new", text=TEXT, warning="طويل", do="publish")
        assert asked.status == 403 and "What you wrote is not lost" in asked.words
        wrong = await amal.send(asked, "/login", name="amal", password="not it")
        assert "not right" in wrong.words
        assert ["text", TEXT] in json.loads(wrong.form("/login").value("carried"))["fields"]
        page = await amal.send(wrong, "/login", name="amal", password=PASSWORD)
        assert page.url.startswith("/again") and TEXT in page.words
        assert await one(node, "select count(*) from posts where local") == 0, "nothing is sent by itself"
        assert TEXT in (await amal.get("/drafts")).words
        sent = await amal.send(page, "/new")
        assert TEXT in sent.words and sent.status == 200
        await amal.send(page, "/new")
        assert await one(node, "select count(*) from posts where local") == 1
        assert await one(node, "select warning from posts where local") == "طويل"
        assert await one(node, "select count(*) from drafts") == 0


async def test_so_does_an_answer_and_a_message_and_the_desk(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get("/new?kind=note")
        post = await amal.send(form, "/new", text="first", do="publish")
        number = await one(node, "select id from posts")
        desk = await amal.get("/manage/@tanmia")
        new = await amal.get("/messages/new")
        await node.write(lambda db: db.execute("delete from sessions"))
        answer = f"/posts/{number}/reply"
        for page, action, values in (
            (post, answer, {"text": "نعم"}),
            (new, "/messages/new", {"to": "yto", "text": "salam yto"}),
            (
                desk,
                "/manage/@tanmia/profile",
                {"text-fr": "Nous plantons des arbres", "field": "water", "region": "MA-06", "size": "s"},
            ),
        ):
            asked = await amal.send(page, action, **values)
            assert asked.status == 403, action
            kept = await amal.send(asked, "/login", name="amal", password=PASSWORD)
            assert kept.url.startswith("/again"), action
            done = await amal.send(kept, action)
            assert done.status == 200, (action, done.words[:300])
            await node.write(lambda db: db.execute("delete from sessions"))
    assert await one(node, "select count(*) from posts where reply_to = ?", number) == 1
    assert await one(node, "select count(*) from posts where visibility = 'direct'") == 1
    assert "plantons" in await one(node, "select summaries from actors where name = 'tanmia'")


async def test_a_form_with_the_token_of_another_session_is_shown_once_more(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get("/new?kind=note")
        await node.write(lambda db: db.execute("delete from sessions"))
        await amal.log_in()  # in another window of the same browser
        page = await amal.send(form, "/new", text=TEXT, do="publish")
        assert page.status == 403 and TEXT in page.words and await one(node, "select count(*) from posts") == 0
        await amal.send(page, "/new")
        assert await one(node, "select count(*) from posts") == 1


async def test_nobody_else_sees_it_and_another_site_puts_nothing_there(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        form = await amal.get("/new?kind=note")
        await node.write(lambda db: db.execute("delete from sessions"))
        await amal.log_in()
        await amal.send(form, "/new", text=TEXT, do="publish")
        await yto.log_in("yto")
        assert (await yto.get("/again?form=/new")).status == 404 and TEXT in (await amal.get("/again?form=/new")).words
        foreign = await yto.post("/new", {"text": TEXT, "csrf": "x"}, Origin="https://evil.example")
        assert foreign.status == 403
    assert await one(node, "select count(*) from drafts") == 1


async def test_what_is_carried_is_only_what_was_typed_for_a_page_of_ours(node):
    bad = ["nonsense", "[]", '{"action": "//evil.example", "fields": []}', '{"action": "/login", "fields": []}',
           '{"action": 3, "fields": 4}', json.dumps({"action": "/new?x", "fields": [["text", "x y"]]})]  # fmt: skip
    async with Visitor(node) as amal:
        for carried in bad:
            page = await amal.get("/login")
            landed = await amal.send(page, "/login", name="amal", password=PASSWORD, carried=carried)
            assert landed.url == "/feed", carried
            await node.write(lambda db: db.execute("delete from sessions"))
    assert await one(node, "select count(*) from drafts") == 0


async def test_a_password_is_never_carried_and_a_button_leads_back_to_its_page(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        account = await amal.get("/me")
        post = await amal.send(await amal.get("/new?kind=note"), "/new", text="first", do="publish")
        number = await one(node, "select id from posts")
        await node.write(lambda db: db.execute("delete from sessions"))
        asked = await amal.send(account, "/me/password", password="very secret words", new="other secret words")
        assert asked.status == 403 and "secret" not in asked.text
        asked = await amal.send(post, f"/posts/{number}/like")
        assert asked.status == 403 and asked.form("/login").value("next").endswith(str(number))


async def test_the_way_back_keeps_the_form_and_what_was_changed_there_is_another_post(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get("/new?kind=note")
        assert form.headers["Cache-Control"] == "private, no-cache"
        assert (await amal.get("/messages")).headers["Cache-Control"] == "private, no-store"
        for text in ("first", "first", "second", "second"):  # each sent twice, by the same form
            assert text in (await amal.send(form, "/new", text=text, do="publish")).words
        new = await amal.get("/messages/new")
        for text in ("salam", "salam", "salam again"):
            await amal.send(new, "/messages/new", to="yto", text=text)
        out = await amal.send(await amal.get("/me"), "/logout", follow=False)
        assert out.headers["Clear-Site-Data"] == '"cache"'
    assert await one(node, "select count(*) from posts where visibility = 'public'") == 2
    assert await one(node, "select count(*) from posts where visibility = 'direct'") == 2


async def test_a_visitor_whose_form_is_too_old_is_not_told_to_log_in(node):
    async with Visitor(node) as visitor:
        for path in ("/join", "/reset", "/interact", "/@tanmia/contact"):
            answer = await visitor.post(path, {"text": TEXT, "email": "a@example.org"})
            assert answer.status in (400, 403, 404) and "logged out" not in answer.words, path
