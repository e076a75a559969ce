"""The activity report: counted from what is public, for the team alone, on the page, on paper, in a spreadsheet."""

import io
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from federation import outbox, projects, proposals, updates
from federation.outbox import Draft
from federation.updates import News
from node.network.board import Facts
from node.network.projects import Stage
from node.people import actors, follows
from tests.conftest import now
from tests.web.visitor import Visitor
from tests.world import know_badr

DAY = 86_400_000
THIS_YEAR = f"from={datetime.now(UTC).year}-01-01&to={datetime.now(UTC).year}-12-31"


def fill(db):
    """A project with news, a post, a need that was met, an event that was held, two followers."""
    tanmia, amal = actors.ours(db, "tanmia"), actors.ours(db, "amal")
    user = db.value("select id from users where email = 'amal@example.org'")
    made = projects.create(db, user, "forsa", tanmia, {"ar": "فرصة"}, now(), status="active",
                           stages=[Stage({"ar": "الاختيار"}, done=True), Stage({"ar": "المعرض"})])  # fmt: skip
    updates.publish(
        db, amal, user, actors.get(db, made), News(text="12 متخرجة دخلن التدريب.", on_behalf=tanmia["id"]), now()
    )
    outbox.publish(db, tanmia, Draft(text="منشور"), now())
    outbox.publish(db, tanmia, Draft(text="سر للمتابعين", visibility="followers"), now())
    draft = Draft(text="", kind="need", title="كهربائي", language="ar")
    need = proposals.publish(db, tanmia, draft, Facts(fields=("water",)), now())
    proposals.change_state(db, user, tanmia["id"], need, "met", now())
    event = Draft(kind="event", title="حملة تنظيف", text="على الشاطئ", language="ar", details={"start": now() - DAY})
    outbox.publish(db, tanmia, event, now() - 2 * DAY)
    outbox.publish(
        db, tanmia, Draft(kind="event", title="لم يحن بعد", text="x", details={"start": now() + 2 * DAY}), now()
    )
    badr = know_badr(db)
    follows.keep(db, badr["id"], tanmia["id"], "https://peer.example/f/1", True, now())
    follows.keep(db, amal["id"], tanmia["id"], "", True, now())


def numbers(page) -> dict[str, str]:
    """What the table says."""
    table = ElementTree.fromstring(page.text[page.text.index("<table>") : page.text.index("</table>") + 8])
    return {row.find("th").text: row.find("td").text for row in table.find("tbody")}


async def test_it_counts_what_was_done_and_nothing_else(node):
    await node.write(fill)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(f"/manage/@tanmia/report?{THIS_YEAR}")
        assert numbers(page) == {
            "Updates": "1", "Topics and answers": "0", "Other posts": "1", "Events held": "1", "Who came": "0",
            "Needs and offers published": "1", "Needs met": "1", "New followers": "2, 1 of them on other nodes",
            "New partners": "0",
        }  # fmt: skip
        assert "12 متخرجة" in page.words and "1 stage of 2 done" in page.words and "حملة تنظيف" in page.words
        assert "سر للمتابعين" not in page.words and "لم يحن بعد" not in page.words
        page = await amal.get("/manage/@tanmia/report?from=2001-01-01&to=2001-12-31")
        assert "Nothing public in this period" in page.words


async def test_on_paper_there_is_nothing_around_it(node):
    await node.write(fill)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(f"/manage/@tanmia/report?{THIS_YEAR}&print=1&lang=fr")
        assert "<nav" not in page.text and "<form" not in page.text and 'lang="fr"' in page.text
        assert numbers(page)["Besoins satisfaits"] == "1"


async def test_the_spreadsheet_opens_and_holds_the_same(node):
    await node.write(fill)
    async with Visitor(node) as amal:
        await amal.log_in()
        async with amal.session.get(f"{node.origin}/manage/@tanmia/report.ods?{THIS_YEAR}") as response:
            body = await response.read()
            assert response.content_type == "application/vnd.oasis.opendocument.spreadsheet"
    packed = zipfile.ZipFile(io.BytesIO(body))
    assert packed.infolist()[0].filename == "mimetype" and packed.infolist()[0].compress_type == zipfile.ZIP_STORED
    content = ElementTree.fromstring(packed.read("content.xml"))
    texts = ["".join(one.itertext()) for one in content.iter() if one.tag.endswith("}p")]
    assert "حملة تنظيف" in texts and "Needs met" in texts and "12 متخرجة دخلن التدريب." in texts


@pytest.mark.parametrize("path", ["report", "report.ods"])
async def test_only_the_team_reads_it(node, path):
    await node.write(lambda db: db.execute("delete from memberships where role = 'editor'"))
    async with Visitor(node) as yto, Visitor(node) as anyone:
        await yto.log_in("yto")
        assert (await yto.get(f"/manage/@tanmia/{path}")).status == 404
        assert (await anyone.get(f"/manage/@tanmia/{path}")).url.startswith("/login")
        assert (await yto.get(f"/manage/@nobody/{path}")).status == 404


@pytest.mark.parametrize(
    "days", ["from=x&to=y", "from=2026-02-31", "from=9999-12-31&to=9999-12-31", "from=0001-01-01", "from=2026-05-01&to=2026-04-01",
             "from=2001-01-01&to=2026-01-01", "from=2026-01-01&to=" + "9" * 500],
)  # fmt: skip
async def test_odd_days_are_refused_in_a_sentence(node, days):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(f"/manage/@tanmia/report?{days}")
        assert page.status == 400 and 'role="alert"' in page.text
        assert (await amal.get(f"/manage/@tanmia/report.ods?{days}")).status == 400


async def test_without_days_it_is_this_quarter(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/manage/@tanmia/report")
        today = datetime.now(UTC).date()
        first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
        assert page.form("/manage/@tanmia/report").value("from") == first.isoformat()
