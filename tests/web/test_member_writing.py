"""What a member writes and does in a browser without script, and what she may not."""

import io

import pytest

from federation import groups, projects
from node.care import audit
from node.network import projects as network_projects
from node.network.projects import Stage
from node.people import actors, follows
from node.posts import drafts
from tests.conftest import now
from tests.web.visitor import Visitor
from web.pages import compose


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def write(browser: Visitor, text: str, **values):
    page = await browser.get("/new?kind=note")
    return await browser.send(page, "/new", text=text, do="publish", **values)


def a_picture() -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (64, 48), "#2a3990").save(made, "PNG")
    return made.getvalue()


# ── writing ───────────────────────────────────────────────────────────────────


async def test_a_post_is_published_and_shown_on_its_page(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await write(amal, "مرحبا #تشبيك", language="ar", visibility="unlisted")
        assert page.status == 200 and 'data-page="post"' in page.text
        assert "مرحبا" in page.words
        row = await node.read(lambda db: dict(db.row("select * from posts")))
        assert (row["visibility"], row["language"], row["kind"]) == ("unlisted", "ar", "note")
        feed = await amal.get("/feed")
        assert f'id="post-{row["id"]}"' in feed.text


async def test_the_same_form_sent_twice_is_one_post(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=note")
        await amal.send(page, "/new", text="once", do="publish")
        again = await amal.send(page, "/new", text="once", do="publish")
        assert again.status == 200
    assert await one(node, "select count(*) from posts") == 1


@pytest.mark.parametrize(
    ("values", "kept"),
    [({"text": "  ", "warning": "careful"}, "careful"), ({"text": "x" * 6000}, "x" * 6000),
     ({"text": "words", "visibility": "everyone"}, "words")],
    ids=["empty", "too long", "unknown audience"],
)  # fmt: skip
async def test_a_form_that_cannot_be_taken_keeps_what_was_typed(node, values, kept):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=note")
        page = await amal.send(page, "/new", do="publish", **values)
        assert page.status == 400
        assert kept in page.text
    assert await one(node, "select count(*) from posts") == 0


async def test_an_error_keeps_a_draft_and_publishing_takes_it_away(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=question")
        page = await amal.send(page, "/new", text="Which day?", option=["Monday"], do="publish")
        assert page.status == 400
        page = await amal.get("/new?kind=question")
        assert page.form("/new").value("text") == "Which day?"
        assert page.form("/new").value("option") != "Monday" or "Monday" in page.text
        page = await amal.send(page, "/new", option=["Monday", "Friday"], do="publish")
        assert page.status == 200
        assert (await amal.get("/new?kind=question")).form("/new").value("text") == ""
    assert await one(node, "select count(*) from drafts") == 0
    assert await one(node, "select group_concat(title) from poll_options") == "Monday,Friday"


async def test_a_draft_is_kept_by_its_button_for_thirty_days(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        page = await amal.get("/new?kind=note")
        page = await amal.send(page, "/new", text="half a thought", do="draft")
        assert "half a thought" in page.words
        await yto.log_in("yto")
        assert "half a thought" not in (await yto.get("/drafts")).words
        asked = page.text.partition('<details class="fold">')[2].partition("</details>")[0]
        assert 'action="/drafts/forget"' in asked and "cannot be brought back" in asked  # no button does it at once
        assert page.text.count('action="/drafts/forget"') == 1
        await amal.send(page, "/drafts/forget")
        assert "half a thought" not in (await amal.get("/drafts")).words
    user = await one(node, "select user from sessions limit 1")
    await node.write(drafts.keep, user, "/new?kind=note", {"text": "old"}, now() - 31 * 86_400_000)
    assert await node.read(drafts.find, user, "/new?kind=note", now()) is None


async def test_a_reply_names_the_author_and_leads_back_to_it(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await write(amal, "a question")
        number = await one(node, "select id from posts")
        page = await yto.get(f"/posts/{number}/page")
        page = await yto.send(page, f"/posts/{number}/reply", text="an answer")
        assert "an answer" in page.words
        told = await amal.get("/notifications")
        assert "an answer" in told.words
    assert await one(node, "select count(*) from addressed where mentioned") == 1
    assert await one(node, "select reply_to from posts where content like '%an answer%'") == number


async def test_an_empty_reply_comes_back_as_a_form(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        await write(amal, "a question")
        number = await one(node, "select id from posts")
        page = await amal.get(f"/posts/{number}/page")
        page = await amal.send(page, f"/posts/{number}/reply", text="   ")
        assert page.status == 400
        assert page.form("/new").value("reply") == str(number)


async def test_a_picture_needs_its_description_and_is_not_lost_without(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=note")
        page = await amal.send(page, "/new", text="look", do="publish", file=(a_picture(), "a.png", "image/png"))
        assert page.status == 400
        number = await one(node, "select id from media")
        assert page.form("/new").value("picture") == str(number)
        page = await amal.send(page, "/new", do="publish", **{f"alt-{number}": "blue cloth"})
        assert page.status == 200
    assert await one(node, "select description from media where post is not null") == "blue cloth"


async def test_nobody_attaches_what_another_uploaded(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        page = await amal.get("/new?kind=note")
        await amal.send(page, "/new", text="look", do="publish", file=(a_picture(), "a.png", "image/png"))
        number = await one(node, "select id from media")
        await yto.log_in("yto")
        page = await yto.get("/new?kind=note")
        await yto.send(page, "/new", text="mine", do="publish", picture=number, **{f"alt-{number}": "stolen"})
    assert await one(node, "select post from media") is None
    assert await one(node, "select description from media") == ""


# ── in whose name ─────────────────────────────────────────────────────────────


async def test_a_post_for_an_association_stands_in_its_record(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        tanmia = await one(node, "select id from actors where name = 'tanmia'")
        await write(amal, "for us all", voice=f"for:{tanmia}")
        await write(amal, "from the association", voice=f"as:{tanmia}")
    rows = await node.read(lambda db: [dict(row) for row in db.rows("select * from posts order by id")])
    amal_id = await one(node, "select id from actors where name = 'amal'")
    assert [(row["author"], row["on_behalf"]) for row in rows] == [(amal_id, tanmia), (tanmia, None)]
    record = await node.read(lambda db: [(row["act"], row["by"]) for row in audit.last(db, actor=tanmia)])
    assert record == [("publish", "amal"), ("publish", "amal")]


@pytest.mark.parametrize("how", ["for", "as"])
async def test_nobody_speaks_for_an_association_that_is_not_hers(node, how):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        tanmia = await one(node, "select id from actors where name = 'tanmia'")
        await node.write(lambda db: db.execute("update memberships set role = 'member' where role = 'editor'").rowcount)
        page = await write(yto, "in your name", voice=f"{how}:{tanmia}")
        assert page.status == 400
    assert await one(node, "select count(*) from posts") == 0


async def test_acting_as_an_association_follows_and_ends_with_the_role(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        tanmia = await one(node, "select id from actors where name = 'tanmia'")
        await yto.send(await yto.get("/me"), "/me/act-as", actor=tanmia)
        page = await yto.get("/@amal")
        await yto.send(page, "/@amal/follow")
        amal_id = await one(node, "select id from actors where name = 'amal'")
        assert await node.read(follows.get, tanmia, amal_id) is not None
        await node.write(lambda db: db.execute("update memberships set role = 'member' where role = 'editor'").rowcount)
        await write(yto, "as myself again")
        author = await one(node, "select actors.name from posts join actors on actors.id = posts.author")
        assert author == "yto"


async def test_she_cannot_act_as_a_stranger(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        amal_id = await one(node, "select id from actors where name = 'amal'")
        page = await yto.send(await yto.get("/me"), "/me/act-as", actor=amal_id)
        assert page.status == 403


# ── buttons ───────────────────────────────────────────────────────────────────


async def test_like_share_and_save_and_all_taken_back(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await write(amal, "something good")
        number = await one(node, "select id from posts")
        for verb, sql in (
            ("like", "select count(*) from reactions"), ("boost", "select count(*) from posts where boost_of is not null"),
            ("bookmark", "select count(*) from bookmarks"),
        ):  # fmt: skip
            page = await yto.get(f"/posts/{number}/page")
            page = await yto.send(page, f"/posts/{number}/{verb}")
            assert page.status == 200 and await one(node, sql) == 1
            if verb == "bookmark":
                assert "something good" in (await yto.get("/bookmarks")).words
            page = await yto.send(page, f"/posts/{number}/un{verb}")
            assert page.status == 200 and await one(node, sql) == 0


async def test_a_vote_counts_once(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        page = await amal.get("/new?kind=question")
        await amal.send(page, "/new", text="Which day?", option=["Monday", "Friday"], do="publish")
        number = await one(node, "select id from posts")
        await yto.log_in("yto")
        first = await yto.get(f"/posts/{number}/page")
        for _ in range(2):
            page = await yto.send(first, f"/posts/{number}/vote", choice="1")
            assert page.status == 200
            assert f"/posts/{number}/vote" not in page.text
    assert await one(node, "select group_concat(votes) from poll_options") == "0,1"


async def test_a_private_post_cannot_be_touched_or_seen_by_its_number(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await write(amal, "for nobody", visibility="direct")
        number = await one(node, "select id from posts")
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        for path in ("like", "boost", "bookmark", "reply", "delete", "edit", "report"):
            page = await yto.post(f"/posts/{number}/{path}", {"csrf": token, "text": "x"})
            assert page.status == 404, path
        for path in ("page", "delete", "edit", "report"):
            assert (await yto.get(f"/posts/{number}/{path}")).status == 404, path


async def test_only_the_author_edits_and_deletes(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await write(amal, "first words")
        number = await one(node, "select id from posts")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.post(f"/posts/{number}/delete", {"csrf": token})).status == 404
        assert (await yto.post(f"/posts/{number}/edit", {"csrf": token, "text": "changed"})).status == 404
        page = await amal.get(f"/posts/{number}/edit")
        assert page.form(f"/posts/{number}/edit").value("text") == "first words"
        page = await amal.send(page, f"/posts/{number}/edit", text="second words")
        assert "second words" in page.words
        page = await amal.send(await amal.get(f"/posts/{number}/delete"), f"/posts/{number}/delete")
        assert page.status == 200
        gone = await amal.get(f"/@amal/{number}")
        assert gone.status == 410
    assert await one(node, "select count(*) from posts") == 0


async def test_a_report_reaches_the_moderators(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await write(amal, "something bad")
        number = await one(node, "select id from posts")
        page = await yto.get(f"/posts/{number}/report")
        page = await yto.send(page, f"/posts/{number}/report", comment="It hurts", category="violation")
        assert page.status == 200
        desk = await amal.get("/admin")
        assert "It hurts" in desk.words
    assert await one(node, "select category from reports") == "violation"


async def test_one_who_approves_answers_her_requests(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        token = (await amal.get("/me")).form("/logout").value("csrf")
        await amal.post("/@yto/follow", {"csrf": token})
        assert await one(node, "select state from follows") == "pending"
        page = await yto.get("/me")
        await yto.send(page, "/@amal/authorize")
        assert await one(node, "select state from follows") == "accepted"


async def test_a_block_ends_follows_and_hides(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await write(yto, "from yto")
        token = (await amal.get("/me")).form("/logout").value("csrf")
        await amal.post("/@yto/block", {"csrf": token})
        assert "from yto" not in (await amal.get("/local")).words
        assert "from yto" in (await yto.get("/local")).words
        await amal.post("/@yto/unblock", {"csrf": token})
        assert "from yto" in (await amal.get("/local")).words


# ── home ──────────────────────────────────────────────────────────────────────


async def test_home_says_what_is_new_and_pages_to_what_is_older(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        amal_id, yto_id = [await one(node, "select id from actors where name = ?", name) for name in ("amal", "yto")]
        await node.write(follows.keep, yto_id, amal_id, "", True, now())
        for number in range(3):
            await write(amal, f"older {number}")
        await yto.get("/feed")
        await node.write(lambda db: db.execute("update visits set at = at - 7200000").rowcount)
        for number in range(21):
            await _say(node, amal_id, f"news {number}")
        page = await yto.get("/feed")
        assert "20 posts are new since your last visit" in page.words
        assert "older 2" not in page.words
        older = page.text.partition("/feed?max_id=")[2].partition('"')[0]
        page = await yto.get(f"/feed?max_id={older}")
        assert "news 0" in page.words and "older 0" in page.words


async def _say(node, author, text):
    from federation import outbox

    await node.write(lambda db: outbox.publish(db, actors.get(db, author), outbox.Draft(text=text), now())["id"])


async def test_many_posts_in_a_row_are_enough(node, monkeypatch):
    monkeypatch.setattr(compose, "POSTS", (10, 36_000))  # none is given back while a slow machine writes these
    async with Visitor(node) as amal:
        await amal.log_in()
        token = (await amal.get("/me")).form("/logout").value("csrf")
        for number in range(10):
            sent = {"csrf": token, "kind": "note", "text": f"n {number}", "visibility": "public", "do": "publish"}
            assert (await amal.post("/new", sent, follow=False)).status == 303
        page = await amal.post("/new", sent | {"text": "one more"})
        assert page.status == 429
        assert "one more" in page.text
        assert int(page.headers["Retry-After"]) > 0


# ── topics and news of projects ───────────────────────────────────────────────


async def test_a_topic_is_opened_in_a_forum_for_an_association_first(node):
    amal_id = await one(node, "select id from actors where name = 'amal'")
    forum = await node.write(groups.open_forum, "tachbik", {"ar": "التشبيك"}, [amal_id], now())
    tanmia = await one(node, "select id from actors where name = 'tanmia'")
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=topic&in=tachbik")
        form = page.form("/new")
        assert (form.value("place"), form.value("voice")) == (str(forum), f"for:{tanmia}")
        page = await amal.send(page, "/new", title="", text="without a title", do="publish")
        assert page.status == 400
        page = await amal.send(page, "/new", title="كيف نوزع الأدوار؟", text="حنا ثلاث جمعيات", do="publish")
        assert 'data-page="topic"' in page.text and "كيف نوزع الأدوار؟" in page.words
    row = await node.read(lambda db: dict(db.row("select * from posts where kind = 'topic'")))
    assert (row["place"], row["author"], row["on_behalf"]) == (forum, amal_id, tanmia)


async def test_news_of_a_project_moves_its_stage(node):
    tanmia = await node.read(lambda db: actors.ours(db, "tanmia"))
    owner = await one(node, "select user from memberships where role = 'owner'")
    stages = [Stage({"ar": "التكوين"}), Stage({"ar": "التدريب"})]
    project = await node.write(projects.create, owner, "forsa", tanmia, {"ar": "فرصة"}, now(), stages=stages)
    async with Visitor(node) as amal, Visitor(node) as mounia:
        await amal.log_in()
        page = await amal.get("/new")
        form = page.form("/new")
        assert (form.value("kind"), form.value("place")) == ("update", str(project))
        first = (await node.read(network_projects.stages, project))[0].number
        page = await amal.send(page, "/new", text="بدأ التكوين", stage=str(first), progress="140", do="publish")
        assert page.status == 400
        page = await amal.send(page, "/new", stage=str(first), progress="60", do="publish")
        assert page.status == 200 and "بدأ التكوين" in page.words
        assert "/new?kind=update" not in (await mounia.get("/p/forsa")).text
    assert (await node.read(network_projects.stages, project))[0].progress == 60
    row = await node.read(lambda db: dict(db.row("select * from posts where kind = 'update'")))
    assert (row["place"], row["on_behalf"]) == (project, tanmia["id"])


async def test_nobody_gives_news_of_a_project_that_is_not_hers(node):
    tanmia = await node.read(lambda db: actors.ours(db, "tanmia"))
    owner = await one(node, "select user from memberships where role = 'owner'")
    project = await node.write(projects.create, owner, "forsa", tanmia, {"ar": "فرصة"}, now(), stages=[])
    await node.write(lambda db: db.execute("delete from memberships where role = 'editor'").rowcount)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert 'value="update"' not in (await yto.get("/new")).text
        token = (await yto.get("/me")).form("/logout").value("csrf")
        sent = {"csrf": token, "kind": "update", "text": "x", "place": str(project), "progress": "99", "do": "publish",
                "visibility": "public"}  # fmt: skip
        assert (await yto.post("/new", sent)).status == 400
    assert await one(node, "select count(*) from posts where kind = 'update'") == 0
