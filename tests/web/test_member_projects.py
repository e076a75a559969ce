"""Projects by forms: begun, changed, their stages, their partners here and on another node."""

import pytest

from federation import projects as acts
from node.network import partners, projects
from node.network.projects import Stage
from node.people import actors, memberships
from tests.conftest import now, until
from tests.federation.network_world import row_of, user, with_facts, with_project
from tests.web.test_member_desk import one
from tests.web.visitor import Visitor

NEW = "/manage/@tanmia/projects/new"


async def test_a_project_is_begun_with_its_stages_and_figures(node):
    await node.write(with_facts)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/manage/@tanmia")
        assert NEW in page.text
        page = await amal.send(
            await amal.get(NEW), NEW, name="Bustan", **{
                "title-ar": "بستان الحي", "title-fr": "Le jardin du quartier", "text-ar": "نغرس <b>معا</b>",
                "status": "active", "starts": "2026-09-01", "ends": "2027-06-30", "field": "water",
                "place": ["MA-TIZ", "", ""], "target": "120", "reached": "74", "funder": ["مؤسسة أفق", ""],
                "amount": "480 000", "currency": "MAD", "shown": "1",
                "s1-ar": "إعداد الأرض", "s1-ends": "2026-10-01", "s1-done": "1",
                "s2-ar": "الغرس", "s2-progress": "40", "s2-starts": "2026-10-02",
            },
        )  # fmt: skip
        assert "The project is there" in page.words, page.words[:600]
        shown = await amal.get("/p/bustan?lang=fr")
        assert "Le jardin du quartier" in shown.words and "480" in shown.words and "مؤسسة أفق" in shown.words
        assert "<b>" not in shown.text.partition("<main")[2].partition("نغرس")[2][:20]
    row = await node.read(actors.ours, "bustan")
    known = await node.read(projects.get, row["id"])
    assert (known.status, known.facts.places, known.facts.target) == ("active", ["MA-TIZ"], 120)
    first, second = await node.read(projects.stages, row["id"])
    assert first.done and first.progress == 100 and second.progress == 40 and not second.done
    assert await one(node, "select count(*) from audit where act = 'project begun'") == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "a b"}, "A name has 2 to 30"),
        ({"name": "tanmia"}, ""),
        ({"title-ar": "", "title-fr": ""}, "A project needs a title"),
        ({"starts": "2027-02-30"}, "A day is written like"),
        ({"starts": "2027-02-01", "ends": "2027-01-01"}, "cannot end before"),
        ({"s1-ar": "أ", "s1-starts": "2027-02-01", "s1-ends": "2027-01-01"}, "cannot end before"),
        ({"s1-ar": "أ", "s1-progress": "140"}, "between 0 and 100"),
        ({"amount": "much"}, "written with digits"),
        ({"target": "-3"}, "no number of people"),
        ({"status": "nearly"}, "no status"),
        ({"field": "nonsense"}, ""),
        ({"place": ["XX", "", ""]}, ""),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_what_cannot_be_comes_back_as_typed(node, wrong, words):
    await node.write(with_facts)
    async with Visitor(node) as amal:
        await amal.log_in()
        typed = {"name": "bustan", "title-ar": "بستان", "text-fr": "beaucoup de mots", "s2-fr": "Planter"} | wrong
        page = await amal.send(await amal.get(NEW), NEW, **typed)
        form = page.form(NEW)
        assert page.status in (400, 409) and words in page.words
        assert form.value("text-fr") == "beaucoup de mots" and form.value("s2-fr") == "Planter"
    assert await one(node, "select count(*) from actors where role = 'project'") == 0


async def test_stages_are_edited_moved_and_left_out_and_keep_their_numbers(node):
    project = await node.write(with_project)
    before = await node.read(projects.stages, project["id"])
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/p/oasis/edit")
        form = page.form("/p/oasis/edit")
        assert form.value("title-fr") == "Oasis verte" and form.value("s1-ar") == "دراسة"
        page = await amal.send(page, "/p/oasis/edit", **{"s1-order": "9", "s2-ar": "الأحواض", "s2-progress": "50",
                                                         "s3-fr": "Semer", "reached": "60"})  # fmt: skip
        assert "Followers hear of it" in page.words
        after = await node.read(projects.stages, project["id"])
        assert [one.number for one in after] == [before[1].number, 3, before[0].number]
        assert after[0].titles == {"ar": "الأحواض", "fr": "Bassins"} and after[0].progress == 50
        assert after[2].titles == before[0].titles
        page = await amal.send(await amal.get("/p/oasis/edit"), "/p/oasis/edit", **{"s3-ar": "", "s3-fr": ""})
        assert [one.number for one in await node.read(projects.stages, project["id"])] == [before[1].number, 3]
    known = await node.read(projects.get, project["id"])
    assert known.facts.reached == 60 and known.facts.fields == ["water"]
    assert await one(node, "select count(*) from tasks where kind = 'project changed'") == 1


async def test_days_keep_their_hour_when_they_are_not_touched(node):
    project = await node.write(with_project)
    at = now() - 5_000_000
    known = await node.read(projects.get, project["id"])
    stage = Stage({"ar": "أ"}, starts=at, ends=at + 400_000_000)
    owner = await node.read(user)
    await node.write(acts.edit, owner, project, now(), stages=[stage])
    async with Visitor(node) as amal:
        await amal.log_in()
        await amal.send(await amal.get("/p/oasis/edit"), "/p/oasis/edit", reached="1")
    [kept] = await node.read(projects.stages, project["id"])
    assert (kept.starts, kept.ends) == (stage.starts, stage.ends)
    assert (await node.read(projects.get, project["id"])).owner == known.owner


@pytest.mark.parametrize(("role", "status"), [(None, 404), ("member", 400), ("treasurer", 400)])
async def test_who_may_not_publish_begins_and_changes_no_project(node, role, status):
    project = await node.write(with_project)
    yto_id = await node.read(user, "yto")
    tanmia = await one(node, "select id from actors where name = 'tanmia'")
    await node.write(memberships.take, yto_id, tanmia)
    if role:
        await node.write(memberships.give, yto_id, tanmia, role, now())
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.get(NEW)).status in (403, 404)
        assert (await yto.get("/p/oasis/edit")).status in (403, 404)
        typed = {"csrf": token, "name": "mine", "title-ar": "لي", "title-fr": "à moi", "status": "active"}
        assert (await yto.post(NEW, typed)).status in (403, 404)
        assert (await yto.post("/p/oasis/edit", typed)).status in (403, 404)
        ask = {"csrf": token, "who": "@tanmia", "role": "hosting", "do": "ask"}
        assert (await yto.post("/p/oasis/partners", ask)).status in (403, 404)
        shown = await yto.get("/p/oasis")
        assert "/p/oasis/edit" not in shown.text
    assert await one(node, "select count(*) from actors where name = 'mine'") == 0
    assert await one(node, "select display from actors where id = ?", project["id"]) != "لي"


async def test_an_editor_changes_a_project_and_asks_nobody(node):
    await node.write(with_project)
    yto_id = await node.read(user, "yto")
    tanmia = await one(node, "select id from actors where name = 'tanmia'")
    await node.write(memberships.give, yto_id, tanmia, "editor", now())
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get("/p/oasis/edit")
        assert page.status == 200 and "/p/oasis/partners" not in page.text
        token = page.form("/p/oasis/edit").value("csrf")
        refused = await yto.post("/p/oasis/partners", {"csrf": token, "who": "@tanmia", "do": "ask"})
        assert refused.status == 400
    assert await one(node, "select count(*) from partners") == 0


async def test_a_partner_elsewhere_is_asked_agrees_and_either_side_ends_it(node, other):
    project = await node.write(with_project)
    await other.write(with_facts)
    handle = f"@tanmia@{other.host}"

    async def asked() -> int:
        return await other.read(lambda db: db.value("select count(*) from partners where state = 'asked'"))

    async def is_partner() -> bool:
        row = await node.read(actors.by_handle, "tanmia", other.host)
        return row is not None and await node.read(partners.is_partner, project["id"], row["id"])

    async with Visitor(node) as here, Visitor(other) as there:
        await here.log_in()
        await there.log_in()
        page = await here.get("/p/oasis/edit")
        page = await here.send(page, "/p/oasis/partners", who=handle, role="hosting", do="ask")
        assert "They are asked" in page.words and "asked, no answer yet" in page.words
        again = await here.send(page, "/p/oasis/partners", 1, who=handle, role="hosting", do="ask")
        assert again.status == 400 and "asked already" in again.words
        await until(asked)
        assert 'href="/manage/@tanmia#partners"' in (await there.get("/notifications")).text, "where she answers"
        page = await there.get("/manage/@tanmia")
        [action] = [one.action for one in page.forms if "/partner/" in one.action]
        await there.send(page, action, do="accept")
        await until(is_partner)
        assert "confirmed" in (await here.get("/p/oasis/edit")).words
        desk = await there.get("/manage/@tanmia")
        assert "Partner in" in desk.words
        # The partner takes it back.
        await there.send(desk, action, do="end")

        async def ended() -> bool:
            return not await is_partner()

        await until(ended)
        # Asked anew, and the leader takes the question back.
        page = await here.get("/p/oasis/edit")
        page = await here.send(page, "/p/oasis/partners", who=handle, do="ask", role="hosting")
        await until(asked)
        uri = (await node.read(row_of, other.uri("tanmia")))["uri"]
        page = await here.send(page, "/p/oasis/partners", who=uri, do="end")
        assert "This partnership is over" in page.words

        async def forgotten() -> bool:
            return not await asked()

        await until(forgotten)
    acts_ = await node.read(lambda db: [row[0] for row in db.rows("select act from audit where act like 'partner%'")])
    assert sorted(acts_) == ["partner asked", "partner asked", "partner ended"]


async def test_whom_nobody_knows_is_said_and_kept_in_the_field(node):
    await node.write(with_project)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.send(
            await amal.get("/p/oasis/edit"), "/p/oasis/partners", who="@nobody", role="funding", do="ask"
        )
        assert page.status == 400 and "We know no association called @nobody" in page.words
        assert page.form("/p/oasis/partners").value("who") == "@nobody"
        assert page.form("/p/oasis/partners").value("role") == "funding"
        page = await amal.send(page, "/p/oasis/partners", who="@amal", role="funding", do="ask")
        assert page.status == 400 and "A partner is another association" in page.words


async def test_news_name_a_stage_of_their_own_project_alone(node):
    project = await node.write(with_project)
    owner = await node.read(user)
    tanmia = await node.read(actors.ours, "tanmia")
    second = await node.write(
        acts.create, owner, "second", tanmia, {"ar": "ثان"}, now(), stages=[Stage({"ar": "أولى"})]
    )
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/p/oasis")
        assert "/new?kind=update&amp;in=oasis" in page.text
        page = await amal.get("/new?kind=update&in=oasis")
        assert f'value="{project["id"]}.2"' in page.text and f'value="{second}.1"' in page.text
        refused = await amal.send(page, "/new", text="بدأنا", stage=f"{second}.1", progress="60", do="publish")
        assert refused.status == 400 and "This stage belongs to another project" in refused.words
        await amal.send(refused, "/new", text="بدأنا", stage=f"{project['id']}.2", progress="60", do="publish")
    stages = await node.read(projects.stages, project["id"])
    assert [one.progress for one in stages] == [100, 60]
