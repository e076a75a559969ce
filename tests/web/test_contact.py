"""A visitor's letter to an association: it arrives at the team alone, and no address of anybody is shown."""

from federation import actors as documents
from federation import closing
from node.network import associations, contact
from node.network.associations import Facts
from node.people import actors, memberships
from tests.conftest import now
from tests.mailbox import Mailbox, connect
from tests.web.visitor import Page, Visitor

WORDS = {"name": "إيناس", "answer": "06 11 22 33 44", "text": "أعد ملفا عن الماء.\n\nهل يمكن أن نلتقي؟"}
PATH = "/@tanmia/contact"


async def count(node) -> int:
    return await node.read(lambda db: db.value("select count(*) from contact_letters"))


async def ids(node) -> tuple[int, int]:
    """The user yto and the association."""
    sql = "select users.id from users join actors on actors.id = actor where name = 'yto'"
    return await node.read(lambda db: (db.value(sql), actors.ours(db, "tanmia")["id"]))


async def write(visitor: Visitor, **values: str) -> Page:
    return await visitor.send(await visitor.get(PATH), PATH, **{**WORDS, **values})


async def test_a_letter_reaches_the_team_and_nobody_else(node):
    async with Visitor(node, "ar") as visitor:
        page = await write(visitor)
        assert "وصلت رسالتك إلى الجمعية" in page.words
        assert "06 11 22 33 44" not in (await visitor.get(PATH)).text
        assert (await visitor.get("/manage/@tanmia/letters", follow=False)).status == 303
    async with Visitor(node) as amal:
        await amal.log_in()
        told = await amal.get("/notifications", Connection="close")  # the next page is the first of its connection
        assert "A visitor has written to" in told.words and "/manage/@tanmia/letters" in told.text
        page = await amal.get("/manage/@tanmia/letters")
        assert "إيناس" in page.words and "هل يمكن أن نلتقي؟" in page.words and 'href="tel:0611223344"' in page.text
    yto_, tanmia = await ids(node)
    await node.write(memberships.take, yto_, tanmia)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert (await yto.get("/manage/@tanmia/letters")).status == 404


async def test_a_role_that_does_not_speak_for_the_association_reads_none(node):
    async with Visitor(node) as visitor:
        await write(visitor)
    await node.write(memberships.give, *await ids(node), "treasurer", now())
    letter = await node.read(lambda db: db.value("select id from contact_letters"))
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert (await yto.get("/manage/@tanmia/letters")).status == 403
        desk = await yto.get("/manage/@tanmia")
        token = next(one.value("csrf") for one in desk.forms if one.value("csrf"))
        refused = await yto.post(f"/manage/@tanmia/letters/{letter}", {"csrf": token})
        assert refused.status == 403
    assert await count(node) == 1


async def test_a_second_letter_is_told_again_and_the_same_one_is_kept_once(node):
    await node.write(memberships.take, *await ids(node))
    async with Visitor(node) as visitor:
        await write(visitor)
        first = await node.read(lambda db: db.value("select max(id) from notifications where kind = 'letter'"))
        await write(visitor)
        assert await count(node) == 1
        await write(visitor, text="Encore une question.")
    assert await count(node) == 2
    told = await node.read(lambda db: db.rows("select id from notifications where kind = 'letter'").fetchall())
    assert len(told) == 1 and told[0]["id"] > first


async def test_what_is_missing_is_named_and_the_words_stay(node):
    async with Visitor(node) as visitor:
        for name, sentence in (("name", "who you are"), ("answer", "telephone number"), ("text", "write your message")):
            page = await write(visitor, **{name: " "})
            assert page.status == 400 and sentence in page.words
            form = page.form(PATH)
            assert all(form.value(other) == WORDS[other] for other in WORDS if other != name)
    assert await count(node) == 0


async def test_a_machine_that_fills_every_field_is_thanked_and_not_heard(node):
    async with Visitor(node) as visitor:
        page = await write(visitor, website="https://spam.example")
        assert page.status == 200 and await count(node) == 0


async def test_a_form_of_another_site_writes_nothing(node):
    async with Visitor(node) as visitor:
        page = await visitor.post(PATH, {**WORDS, "csrf": "x"})
        assert page.status in (401, 403) and await count(node) == 0


async def test_letters_are_counted_and_the_words_stay(behind):
    async with Visitor(behind) as visitor:
        for number in range(5):
            page = await write(visitor, text=f"Message {number}")
            assert page.status == 200
        page = await write(visitor, text="One too many")
        assert page.status == 429 and "Your text is kept" in page.words
        assert page.form(PATH).value("text") == "One too many"
    assert await count(behind) == 5


async def test_a_letter_goes_to_the_address_of_the_team_where_there_is_a_mail_server(node):
    async with Mailbox() as box:
        await connect(node, box)
        async with Visitor(node) as visitor:
            await write(visitor)
        letter = await box.next()
        assert "amal@example.org" in letter["to"]
        body = letter.get_body(("plain",)).get_content()
        assert "06 11 22 33 44" in body and "أعد ملفا عن الماء" in body
        assert f"{node.origin}/manage/@tanmia/letters" in body


async def test_an_association_that_nobody_speaks_for_takes_none(node):
    await node.write(documents.create, "Organization", "sans", now(), display="Sans équipe")
    async with Visitor(node) as visitor:
        page = await visitor.get("/@sans/contact")
        assert page.status == 200 and not [one for one in page.forms if one.action.endswith("/contact")]
        token = (await visitor.get(PATH)).form(PATH).value("csrf")
        assert (await visitor.post("/@sans/contact", {**WORDS, "csrf": token})).status == 404
        assert (await visitor.post("/@amal/contact", {**WORDS, "csrf": token})).status == 404
    assert await count(node) == 0


async def test_its_own_e_mail_is_shown_only_where_it_says_so(node):
    tanmia = (await node.read(actors.ours, "tanmia"))["id"]

    def facts(shown: str) -> Facts:
        return Facts(field="water", region="MA-06", size="m",
                     contacts=[{"kind": "email", "value": "bureau@example.org", "shown": shown}])  # fmt: skip

    async with Visitor(node) as visitor:
        await node.write(associations.save, tanmia, facts("local"), now())
        hidden = await visitor.get(PATH)
        assert "bureau@" not in hidden.text and hidden.form(PATH)
        await node.write(associations.save, tanmia, facts("public"), now())
        assert "bureau@" in (await visitor.get(PATH)).text


async def test_letters_end_after_a_year_and_with_the_association(node):
    async with Visitor(node) as visitor:
        await write(visitor)
    await node.write(contact.forget_old, now() + contact.KEPT - 60_000)
    assert await count(node) == 1
    await node.write(contact.forget_old, now() + contact.KEPT + 60_000)
    assert await count(node) == 0
    async with Visitor(node) as visitor:
        await write(visitor)
    await node.write(closing.association, await node.read(actors.ours, "tanmia"), now())
    assert await count(node) == 0


async def test_a_team_deletes_what_it_has_answered(node):
    async with Visitor(node) as visitor:
        await write(visitor)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/manage/@tanmia/letters")
        page = await amal.send(page, next(one.action for one in page.forms if "/letters/" in one.action))
        assert "The letter is deleted" in page.words and "No letter yet" in page.words
    assert await count(node) == 0


async def test_visitors_get_a_cookie_on_the_page_with_the_form_alone(node):
    async with Visitor(node) as visitor:
        assert "Set-Cookie" not in (await visitor.get("/@tanmia")).headers
        page = await visitor.get(PATH)
        assert "Set-Cookie" in page.headers and page.headers["Cache-Control"] == "private, no-store"
