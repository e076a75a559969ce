"""What the coordinators tell every member: written in languages, put off, changed, ended, each by a form."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from federation.bridge import now
from node.posts import announcements
from tests.conftest import until
from tests.web.test_member_desk import one
from tests.web.visitor import Visitor

PATH = "/admin/announcements"
DAY = 86_400_000


def day(ahead: int) -> str:
    return (datetime.now(ZoneInfo("Africa/Casablanca")) + timedelta(ahead)).date().isoformat()


async def test_each_member_reads_it_in_her_language_and_puts_it_away(node):
    async with Visitor(node) as amal, Visitor(node, "ar") as reader, Visitor(node, "fr") as yto:
        await amal.log_in()
        assert PATH in (await amal.get("/admin")).text
        page = await amal.get(PATH)
        assert "Nothing was announced yet" in page.words
        page = await amal.send(page, PATH, **{"text-ar": "الاجتماع <b>غدا</b>", "text-fr": "Réunion demain\n\nà 9 h"})
        assert "Every member sees it" in page.words and "shown now" in page.words
        await reader.log_in("amal")
        await yto.log_in("yto")
        french = await yto.get("/feed?lang=fr")
        assert "Réunion demain" in french.words and "الاجتماع" not in french.words
        assert '<div class="text" lang="fr" dir="auto"><p>Réunion demain</p><p>' in french.text
        arabic = await reader.get("/feed?lang=ar")
        assert "الاجتماع" in arabic.words and "Réunion" not in arabic.words and "<b>غدا" not in arabic.text
        assert "Réunion demain" in (await yto.get("/feed?lang=zgh")).words  # it is her second
        number = await one(node, "select id from announcements")
        away = await yto.send(french, f"/announcements/{number}/read")
        assert away.url == "/feed" and "Réunion" not in away.words
        [told] = await node.api("GET", "/api/v1/announcements", node.token("yto"))
        assert told["read"] and 'lang="ar" dir="rtl"' in told["content"] and 'lang="fr"' in told["content"]
    assert await one(node, "select act from audit order by id desc limit 1") == "announced"


async def test_one_that_is_put_off_is_seen_from_its_day_on(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.send(await amal.get(PATH), PATH, on=day(2), at="09:30", until=day(4), **{"text-fr": "Fête"})
        assert "It waits for its day" in page.words and "waits for its day" in page.words
        assert "Fête" not in (await amal.get("/feed")).words
        assert await node.api("GET", "/api/v1/announcements", node.token()) == []
        row = await node.read(lambda db: dict(db.row("select * from announcements")))
        [due] = await node.read(
            lambda db: [row[0] for row in db.rows("select due from tasks where kind = ?", (announcements.BEGINS,))]
        )
        assert due == row["starts"] and DAY < row["starts"] - now() < 3 * DAY
        form = await amal.get(f"{PATH}/{row['id']}")
        assert 'value="09:30"' in form.text and f'value="{day(4)}"' in form.text and "Fête" in form.text
        page = await amal.send(form, f"{PATH}/{row['id']}", on="", at="")
        assert "shown now" in page.words and "Fête" in (await amal.get("/feed")).words
        assert await one(node, "select count(*) from tasks where kind = ?", announcements.BEGINS) == 0
        page = await amal.send(page, f"{PATH}/{row['id']}/end")
        assert "Nobody sees it any more" in page.words and "over" in page.words
        assert "Fête" not in (await amal.get("/feed")).words


async def test_when_its_moment_comes_apps_hear_of_it_once(node):
    told = announcements.Told({"fr": "<p>x</p>"}, starts=now() + DAY)
    number = await node.write(announcements.keep, told, now())

    def heard(db) -> list[str]:
        return [row[0] for row in db.rows("select kind from changes where subject = ? order by seq", (number,))]

    assert await node.read(heard) == ["announcement deleted"]
    await node.write(announcements.begin, number, now())  # put off meanwhile: nothing
    assert await node.read(heard) == ["announcement deleted"]
    await node.write(announcements.begin, number, now() + 2 * DAY)
    assert await node.read(heard) == ["announcement deleted", "announcement"]
    await node.write(announcements.withdraw, number)
    await node.write(announcements.begin, number, now() + 2 * DAY)
    assert await node.read(heard) == ["announcement deleted", "announcement", "announcement deleted"]


async def test_the_worker_tells_apps_when_the_moment_comes(node):
    number = await node.write(announcements.keep, announcements.Told({"fr": "<p>x</p>"}, starts=now() + 300), now())

    def heard(db) -> bool:
        return db.value("select 1 from changes where subject = ? and kind = 'announcement'", (number,)) is not None

    assert await until(lambda: node.read(heard))
    [shown] = await node.api("GET", "/api/v1/announcements", node.token())
    assert shown["id"] == str(number)


async def test_what_cannot_be_announced_comes_back_as_typed(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(PATH)
        for wrong, words in (
            ({"text-fr": "  "}, "An announcement says something."),
            ({"text-fr": "x", "until": "2020-01-31"}, "This day is over."),
            ({"text-fr": "x", "on": day(4), "until": day(2)}, "It cannot end before it begins."),
            ({"text-fr": "x", "on": "soon"}, "Please write the day like"),
            ({"text-fr": "x", "at": "09:00"}, "Please write the day like"),
            ({"text-fr": "x", "until": "soon"}, "This is no day"),
        ):
            refused = await amal.send(page, PATH, **wrong)
            assert refused.status == 400 and words in refused.words
            assert 'id="fault"' in refused.text, wrong  # the field that is meant
            assert wrong["text-fr"].strip() in refused.text
        assert (await amal.get(f"{PATH}/999")).status == 404
    assert await one(node, "select count(*) from announcements") == 0


async def test_only_administrators_announce(node):
    number = await node.write(announcements.publish, "<p>hier</p>", now())
    async with Visitor(node) as yto, Visitor(node) as stranger:
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        for path in (PATH, f"{PATH}/{number}"):
            assert (await yto.get(path)).status == 404 and (await stranger.get(path)).status == 404
            assert (await yto.post(path, {"csrf": token, "text-fr": "x"})).status == 404
        assert (await yto.post(f"{PATH}/{number}/end", {"csrf": token})).status == 404
    [row] = await node.read(lambda db: [dict(row) for row in db.rows("select * from announcements")])
    assert json.loads(row["texts"]) == {} and row["ends"] is None


async def test_what_the_command_announced_is_changed_on_the_page(node):
    number = await node.write(announcements.publish, "<p>عطلة</p>", now())
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get(f"{PATH}/{number}")
        assert form.form(f"{PATH}/{number}").value("text-ar") == "عطلة"
        await amal.send(form, f"{PATH}/{number}", **{"text-ar": "عطلة الصيف"})
        assert "عطلة الصيف" in (await amal.get("/feed")).words
