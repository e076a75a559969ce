"""«We need…»: what a project lacks stands on its page, said by those who carry it and by nobody else."""

from federation.bridge import now
from federation.kinds import proposal
from node.network import board
from node.network.board import Facts
from node.people import actors
from node.posts import posts
from tests.federation.network_world import with_project
from tests.web.test_board import in_days, pin_up
from tests.web.visitor import Visitor


def needed(db, project):
    return board.of_project(db, project["uri"], [actors.ours(db, "tanmia")["id"]], None, now(), 5)


async def test_a_need_is_asked_for_on_the_page_of_its_project(node):
    project = await node.write(with_project)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/p/oasis")
        assert "We need…" in page.text and 'href="/new?kind=need&amp;in=oasis"' in page.text
        form = await amal.get("/new?kind=need&in=oasis")
        assert f'<option value="{project["uri"]}" selected>' in form.text
        voice = form.form("/new").value("voice")
        tanmia = await node.read(lambda db: actors.ours(db, "tanmia")["id"])
        assert voice.partition(":")[2] == str(tanmia), "who carries the project speaks"
        sent = await amal.send(form, "/new", title="مضخة صغيرة", text="تعمل بالشمس", until=in_days(9), do="publish")
        page = await amal.get("/p/oasis")
    async with Visitor(node) as stranger:
        seen = await stranger.get("/p/oasis")

    assert 'data-page="need"' in sent.text and 'href="/p/oasis"' in sent.text
    assert "مضخة صغيرة" in page.text and "مضخة صغيرة" in seen.text
    assert "in=oasis" not in seen.text, "a visitor is asked for nothing"


async def test_only_who_carries_the_project_says_what_it_needs(node):
    project = await node.write(with_project)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        form = await yto.get("/new?kind=need&in=oasis")
        sent = await yto.send(form, "/new", title="x", text="y", voice="self", project=project["uri"], do="publish")
    strange = await node.write(pin_up, facts=Facts(project=project["uri"]), author="amal")

    assert sent.status == 400 and await node.read(lambda db: db.value("select count(*) from posts")) == 1
    assert await node.read(needed, project) == []
    async with Visitor(node) as visitor:
        page = await visitor.get(f"/n/{strange}")
    assert 'href="/p/oasis"' not in page.text


async def test_what_is_met_or_over_is_needed_no_more(node):
    project = await node.write(with_project)
    of_it = {"project": project["uri"]}
    first = await node.write(pin_up, facts=Facts(**of_it))
    await node.write(pin_up, facts=Facts(state="met", **of_it))
    await node.write(pin_up, kind="offer", facts=Facts(**of_it))
    await node.write(pin_up, facts=Facts(project=project["uri"] + "2"))

    assert await node.read(needed, project) == [first]


async def test_an_edit_keeps_the_project(node):
    project = await node.write(with_project)
    number = await node.write(pin_up, facts=Facts(project=project["uri"]))
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/me")
        page = await amal.send(page, "/me/act-as", actor=await node.read(lambda db: actors.ours(db, "tanmia")["id"]))
        form = await amal.get(f"/posts/{number}/edit")
        assert f'<option value="{project["uri"]}" selected>' in form.text
        await amal.send(form, f"/posts/{number}/edit", text="أخرى")
    post = await node.read(posts.get, number)

    assert board.of(posts.details(post)).project == project["uri"] and "أخرى" in post["content"]


async def test_the_project_travels_with_the_need(node):
    project = await node.write(with_project)
    number = await node.write(pin_up, facts=Facts(project=project["uri"]))
    document = await node.read(lambda db: proposal.render(db, posts.get(db, number)))

    assert document["asso:proposal"]["asso:project"] == project["uri"]
    for said, read in (
        (project["uri"], project["uri"]), ({"id": project["uri"] + "#project"}, project["uri"]),
        ("javascript:alert(1)", ""), (7, ""), ([{}], ""), ("https://x/" + "a" * 3000, ""),
    ):  # fmt: skip
        assert proposal._facts(document, {"asso:project": said}).project == read
