"""The board in a browser without script: lists, filters, the form, how far something is, who may say so."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from federation import proposals
from federation.outbox import Draft
from node.network import associations, board
from node.network.board import Facts
from node.people import actors
from node.posts import drafts, posts
from tests.conftest import now
from tests.web.visitor import Visitor

DAY = 86_400_000
TITLE = "كهربائي متطوع"


def pin_up(db, kind="need", title=TITLE, facts=None, author="tanmia", **more):
    facts = facts or Facts(fields=("water",), region="MA-SIB", until=now() + 9 * DAY)
    draft = Draft(**{"text": "المادة موجودة.", "kind": kind, "title": title, "language": "ar", **more})
    return proposals.publish(db, actors.ours(db, author), draft, facts, now())["id"]


def describe(db):
    """What the association works on, and where it is."""
    facts = associations.Facts(field="youth", region="casa-1", size="s", languages=["ar"])
    associations.save(db, actors.ours(db, "tanmia")["id"], facts, now())


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


async def row(node, number):
    return dict(await node.read(posts.get, number))


# ── lists ─────────────────────────────────────────────────────────────────────


async def test_the_board_is_chosen_by_kind_field_place_and_state(node):
    need = await node.write(pin_up)
    offer = await node.write(pin_up, "offer", "جهاز صوت", Facts(fields=("sport",), region="casa-1"))
    async with Visitor(node) as anyone:
        page = await anyone.get("/board")
        assert page.status == 200 and 'data-page="board"' in page.text
        assert f'id="post-{need}"' in page.text and f'id="post-{offer}"' not in page.text
        assert f'id="post-{offer}"' in (await anyone.get("/board?kind=offer")).text
        for path, shown in (
            ("/board?field=water&region=MA-06", True), ("/board?field=sport", False), ("/board?region=TN-61", False),
            ("/board?state=met", False), ("/board?state=all", True), ("/board?field=zzz&region=zzz&state=zzz", True),
            ("/board?kind=x&before=abc", True), ("/board?before=1", False),
        ):  # fmt: skip
            page = await anyone.get(path)
            assert (f'id="post-{need}"' in page.text) == shown, path


async def test_a_list_of_many_goes_on_by_the_page(node):
    made = [await node.write(pin_up, "need", f"حاجة {number}") for number in range(board.PAGE + 3)]
    async with Visitor(node) as anyone:
        first = await anyone.get("/board")
        assert f'id="post-{made[2]}"' not in first.text and f'id="post-{made[-1]}"' in first.text
        older = first.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        second = await anyone.get(older)
        assert [f'id="post-{one}"' in second.text for one in made[:4]] == [True, True, True, False]


async def test_calls_have_a_page_of_their_own(node):
    facts = Facts(fields=("youth",), until=now() + 32 * DAY, least=30_000, most=120_000, currency="MAD",
                  link="https://ofoq.example/appel")  # fmt: skip
    call = await node.write(pin_up, "call", "مبادرات الشباب", facts)
    async with Visitor(node) as anyone:
        page = await anyone.get("/calls")
        assert f'id="post-{call}"' in page.text and "32 days left" in page.words
        page = await anyone.get(f"/c/{call}")
        assert 'data-page="call"' in page.text and "30,000 to 120,000 MAD" in page.words
        assert 'href="https://ofoq.example/appel"' in page.text
        assert (await anyone.get(f"/n/{call}")).url == f"/c/{call}"


@pytest.mark.parametrize("visible", ["followers", "direct", "unlisted"])
async def test_what_is_not_public_stands_in_no_list_no_feed_no_count_no_search(node, visible):
    number = await node.write(pin_up, visibility=visible)
    async with Visitor(node) as anyone, Visitor(node) as amal:
        await amal.log_in()
        for browser in (anyone, amal):
            for path in ("/board", "/board?state=all", "/board/feed", "/search?q=كهربائي", "/search?q=سيدي بنور", "/"):
                page = await browser.get(path)
                assert TITLE not in page.text, path
            assert "0 needs" in (await browser.get("/board")).words
        if visible != "unlisted":
            assert (await anyone.get(f"/n/{number}")).status == 404


async def test_the_feed_holds_what_the_list_holds_and_says_its_word(node):
    await node.write(pin_up)
    await node.write(pin_up, "call", "مبادرات الشباب")
    async with Visitor(node) as anyone:
        needs = await anyone.get("/board/feed?region=MA-06")
        assert f"<title>Need: {TITLE}</title>" in needs.text and "مبادرات" not in needs.text
        assert "مبادرات الشباب" in (await anyone.get("/calls/feed")).text
        assert TITLE not in (await anyone.get("/board/feed?field=sport")).text


async def test_what_may_meet_a_need_stands_beside_it(node):
    need = await node.write(pin_up)
    offer = await node.write(pin_up, "offer", "مضخة للإعارة", None, "amal")
    async with Visitor(node) as anyone:
        page = await anyone.get(f"/n/{need}")
        assert f"/n/{offer}" in page.text and "مضخة للإعارة" in page.words
        assert TITLE in (await anyone.get(f"/n/{offer}")).words


async def test_it_is_found_by_its_words_its_field_and_its_place(node):
    number = await node.write(pin_up)
    for words in ("كهربائي", "سيدي بنور", "eau"):
        found = await node.api("GET", f"/api/v2/search?type=statuses&q={words}", node.token())
        assert [one["id"] for one in found["statuses"]] == [str(number)], words
        assert found["statuses"][0]["content"].startswith(f"<p><strong>حاجة · {TITLE}</strong></p><p>المادة")


# ── the form ──────────────────────────────────────────────────────────────────


async def test_a_need_is_published_in_an_associations_name(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        await node.write(describe)
        page = await amal.get("/new?kind=need")
        assert (page.form("/new").value("subject"), page.form("/new").value("region")) == ("youth", "casa-1")
        tanmia = await node.read(lambda db: actors.ours(db, "tanmia")["id"])
        page = await amal.send(page, "/new", title=TITLE, text="نتكلف بالنقل.", subject="water", region="MA-SIB",
                               until=in_days(9), voice=f"as:{tanmia}", do="publish")  # fmt: skip
        assert 'data-page="need"' in page.text and page.url.startswith("/n/")
        found = await node.read(lambda db: dict(db.row("select * from posts where kind = 'need'")))
        assert (found["author"], found["title"], found["visibility"]) == (tanmia, TITLE, "public")
        facts = board.of(json.loads(found["details"]))
        assert (facts.fields, facts.region) == (("water",), "MA-SIB") and facts.until > now()


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"until": "tomorrow"}, {"until": "2020-01-01"}, {"until": "9999-12-31"}, {"until": "2027-02-31"},
     {"region": "XX-9"}, {"subject": "nothing"}, {"least": "many"}, {"least": "5", "most": "4"}, {"currency": "USD", "least": "1"},
     {"link": "javascript:alert(1)"}, {"link": "https://" + "x" * 3000}, {"visibility": "members"}],
    ids=["no title", "no day", "past", "far", "no such day", "region", "field", "no amount", "least over most", "currency",
         "no address", "a long address", "audience"],
)  # fmt: skip
async def test_a_form_that_cannot_be_taken_comes_back_as_it_was_typed(node, wrong):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=call")
        values = {"title": TITLE, "text": "نص طويل كتبته", "until": in_days(9), "least": "1000", **wrong}
        page = await amal.send(page, "/new", do="publish", **values)
        assert page.status == 400
        form = page.form("/new")
        assert form.value("text") == "نص طويل كتبته" and form.value("title") == values["title"]
        for name in ("least", "until"):
            assert form.value(name) == values[name]
    assert await node.read(lambda db: db.value("select count(*) from posts")) == 0


async def test_a_draft_keeps_every_field(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=call")
        typed = {"title": TITLE, "subject": "water", "region": "MA-SIB", "until": "2031-01-05", "opens": "2030-12-01",
                 "least": "10.000", "most": "20 000", "currency": "TND", "link": "https://a.example/"}  # fmt: skip
        await amal.send(page, "/new", text="x", do="draft", **typed)
        form = (await amal.get("/new?kind=call")).form("/new")
        assert {name: form.value(name) for name in typed} == typed
    user = await node.read(lambda db: db.value("select user from drafts"))
    assert await node.read(drafts.find, user, "/new?kind=call", now()) is not None


async def test_an_edit_changes_the_facts_and_keeps_how_far_it_is(node):
    number = await node.write(pin_up, author="amal")
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(f"/n/{number}")
        await amal.send(page, f"/posts/{number}/state", state="being")
        page = await amal.get(f"/posts/{number}/edit")
        form = page.form(f"/posts/{number}/edit")
        assert (form.value("title"), form.value("subject"), form.value("region")) == (TITLE, "water", "MA-SIB")
        page = await amal.send(page, f"/posts/{number}/edit", title="كهربائيان", region="casa-1", until="")
        assert "كهربائيان" in page.words and 'data-page="need"' in page.text
    found = await row(node, number)
    facts = board.of(json.loads(found["details"]))
    assert (facts.state, facts.region, facts.until, found["title"]) == ("being", "casa-1", None, "كهربائيان")
    assert await node.read(lambda db: db.value("select path from board")) == "MA/MA-06/MA-CAS/casa-1/"


# ── how far it is ─────────────────────────────────────────────────────────────


async def test_who_answers_for_it_says_how_far_it_is(node):
    number = await node.write(pin_up)
    async with Visitor(node) as yto, Visitor(node) as anyone:
        await yto.log_in("yto")  # an editor of the association that needs it
        page = await yto.get(f"/n/{number}")
        page = await yto.send(page, f"/posts/{number}/state", state="met", thanks="جمعية مسرح الأحياء")
        assert "thanks to جمعية مسرح الأحياء" in page.words
        assert TITLE in (await anyone.get("/board?state=met")).text
        assert TITLE not in (await anyone.get("/board")).text
        page = await yto.send(page, f"/posts/{number}/state", state="open")
        assert TITLE in (await anyone.get("/board")).text and "thanks to" not in page.words


async def test_nobody_else_is_offered_the_form_or_heeded(node):
    number = await node.write(pin_up)
    await node.write(lambda db: db.execute("delete from memberships where role = 'editor'"))
    async with Visitor(node) as yto, Visitor(node) as anyone:
        await yto.log_in("yto")
        page = await yto.get(f"/n/{number}")
        assert not [one for one in page.forms if one.action.endswith("/state")]
        token = page.form(f"/posts/{number}/like").value("csrf")
        page = await yto.post(f"/posts/{number}/state", {"csrf": token, "state": "met"})
        assert page.status == 403
        assert (await anyone.post(f"/posts/{number}/state", {"state": "met"})).status == 403
    assert await node.read(lambda db: db.value("select state from board")) == "open"


async def test_odd_states_and_posts_are_refused(node):
    number = await node.write(pin_up, author="amal")
    note = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": "a note"})
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(f"/n/{number}")
        assert (await amal.send(page, f"/posts/{number}/state", state="burnt")).status == 400
        token = page.form(f"/posts/{number}/state").value("csrf")
        assert (await amal.post(f"/posts/{note['id']}/state", {"csrf": token, "state": "met"})).status == 403
        assert (await amal.post(f"/posts/{'9' * 30}/state", {"csrf": token, "state": "met"})).status == 404


async def test_helping_begins_a_message_to_who_needs_it(node):
    number = await node.write(pin_up, author="yto")
    async with Visitor(node) as amal, Visitor(node) as anyone:
        await amal.log_in()
        page = await amal.get("/board")
        link = page.text.partition("/messages/new?")[2].partition('"')[0].replace("&amp;", "&")
        page = await amal.get("/messages/new?" + link)
        form = page.form("/messages/new")
        assert form.value("to") == "yto" and TITLE in form.value("text") and f"/posts/{number}" in form.value("text")
        page = await amal.send(page, "/messages/new")
        assert page.status == 200 and TITLE in page.words
        assert f'href="/n/{number}#reply"' in (await anyone.get("/board")).text
    assert await node.read(lambda db: db.value("select visibility from posts order by id desc limit 1")) == "direct"


async def test_the_button_is_not_shown_to_its_author_nor_once_it_is_met(node):
    number = await node.write(pin_up, author="amal")
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        assert "I can help" not in (await amal.get("/board")).words
        assert "I can help" in (await yto.get("/board")).words
        page = await amal.get(f"/n/{number}")
        await amal.send(page, f"/posts/{number}/state", state="closed")
        assert "I can help" not in (await yto.get(f"/n/{number}")).words
