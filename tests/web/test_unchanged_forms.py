"""A form that is saved as it stood writes nothing, says so, and nobody elsewhere hears of it."""

import json
from typing import Any

import pytest

from federation import projects as project_acts
from node.network import associations, projects
from node.network.projects import Stage
from node.people import actors
from tests.conftest import Node, now
from tests.federation.forum_world import open_forum, write
from tests.federation.network_world import user, with_facts, with_project
from tests.web.test_member_pictures import a_picture
from tests.web.visitor import Visitor

NOTHING = "It says this already."


async def state(node: Node, name: str) -> list[Any]:
    """What would show that something was written or sent."""
    return await node.read(
        lambda db: [
            *db.row("select version, updated, details from actors where name = ? and local", (name,)),
            db.value("select count(*) from letters"), db.value("select count(*) from audit"),
            db.value("select count(*) from tasks where kind = ?", (project_acts.TELL,)),
            db.value("select count(*) from changes where kind = 'actor'"),
        ]
    )  # fmt: skip


@pytest.fixture
async def amal(node: Node) -> Any:
    async with Visitor(node) as visitor:
        await visitor.log_in()
        yield visitor


async def test_a_profile(node: Node, amal: Visitor) -> None:
    await amal.send(
        await amal.get("/me"), "/me/profile", display="Amal", summary="Un <b>\n\nhttps://eau.example/a/b?c=d #eau @yto",
        field_name=["site", "", "", ""], field_value=["https://eau.example", "", "", ""],
    )  # fmt: skip
    before = await state(node, "amal")
    done = await amal.send(await amal.get("/me"), "/me/profile")
    assert NOTHING in done.words and await state(node, "amal") == before
    done = await amal.send(
        await amal.get("/me"), "/me/profile", summary="Un <b>\nhttps://eau.example/a/b?c=d #eau @yto"
    )
    assert "Your followers hear of it" in done.words, "one line break less is something else"


async def test_a_profile_keeps_lists_that_the_form_does_not_show_and_marks_of_verified_links(
    node: Node, amal: Visitor
) -> None:
    told = "<p>Nous&nbsp;:</p><ul><li>l'eau</li><li>le sol</li></ul>"
    fields = [["site", '<a href="https://eau.example">eau.example</a>', now()]]
    await node.write(lambda db: actors.change(db, actors.ours(db, "amal")["id"], now(), summary=told, fields=fields))
    await amal.send(await amal.get("/me"), "/me/profile", display="Amal B.")
    row = await node.read(lambda db: dict(actors.ours(db, "amal")))
    assert (row["display"], row["summary"], json.loads(row["fields"])) == ("Amal B.", told, fields)


async def test_apps_find_a_profile_as_it_was_typed_on_the_page(node: Node, amal: Visitor) -> None:
    token = node.token()
    await node.api("PATCH", "/api/v1/accounts/update_credentials", token, json={"note": "ancienne"})
    await amal.send(
        await amal.get("/me"), "/me/profile", summary="nouvelle", field_name=["ville", "", "", ""],
        field_value=["Sfax", "", "", ""],
    )  # fmt: skip
    source = (await node.api("GET", "/api/v1/accounts/verify_credentials", token))["source"]
    assert source["note"] == "nouvelle" and [(one["name"], one["value"]) for one in source["fields"]] == [
        ("ville", "Sfax")
    ]


async def test_an_association(node: Node, amal: Visitor) -> None:
    await node.write(with_facts)
    form = "/manage/@tanmia/profile"
    await amal.send(
        await amal.get("/manage/@tanmia"), form,
        **{"name-fr": "Développement", "text-fr": "Nous plantons\n\nhttps://arbres.example", "founded": "2011",
           "contact_value": ["+212522000000", "", "", "", "", ""]},
    )  # fmt: skip
    before = await state(node, "tanmia")
    done = await amal.send(await amal.get("/manage/@tanmia"), form)
    assert NOTHING in done.words and await state(node, "tanmia") == before


async def test_an_association_keeps_what_its_form_does_not_show(node: Node, amal: Visitor) -> None:
    await node.write(with_facts)
    form = "/manage/@tanmia/profile"
    row = await node.read(actors.ours, "tanmia")
    names, texts = (
        json.loads(row["displays"]) | {"es": "Desarrollo"},
        {"fr": "<ul><li>Un</li></ul>", "es": "<p>Uno</p>"},
    )
    await node.write(associations.describe, row["id"], now(), names=names, texts=texts)
    await amal.send(
        await amal.get("/manage/@tanmia"),
        form,
        contact_kind=["phone"],
        contact_value=["+212522000000"],
        contact_shown=["public"],
    )
    known = await node.read(associations.get, row["id"])
    known.contacts[0]["label"] = "Secrétariat"
    await node.write(associations.save, row["id"], known, now())
    await amal.send(await amal.get("/manage/@tanmia"), form, founded="2012")
    row = await node.read(actors.ours, "tanmia")
    assert json.loads(row["displays"])["es"] == "Desarrollo" and json.loads(row["summaries"]) == texts
    known = await node.read(associations.get, row["id"])
    assert known.founded == "2012" and known.contacts[0]["label"] == "Secrétariat"


async def test_a_project(node: Node, amal: Visitor) -> None:
    await node.write(with_project)
    project, owner = await node.read(actors.ours, "oasis"), await node.read(user, "amal")
    stages = [Stage({"ar": "الغرس", "es": "Plantar"}, progress=40), Stage({"fr": "La fin"}, done=True)]
    await node.write(project_acts.edit, owner, project, now(), stages=stages)
    form = "/p/oasis/edit"
    await amal.send(
        await amal.get(form), form, **{"text-fr": "Des palmiers\n\nhttps://oasis.example", "starts": "2026-09-01", "target": "120",
                                       "funder": ["Ofoq", ""], "amount": "480 000", "currency": "MAD", "shown": "1"},
    )  # fmt: skip
    before = await state(node, "oasis")
    done = await amal.send(await amal.get(form), form)
    assert NOTHING in done.words and await state(node, "oasis") == before
    await amal.send(await amal.get(form), form, **{"s1-progress": "60"})
    first, second = await node.read(projects.stages, project["id"])
    assert (first.progress, first.titles, second.number) == (60, {"ar": "الغرس", "es": "Plantar"}, 4)
    assert (await state(node, "oasis"))[:5] != before[:5]


async def test_what_only_its_app_reads_is_told_to_nobody(node: Node) -> None:
    token, path = node.token(), "/api/v1/accounts/update_credentials"

    async def letters() -> int:
        return int(await node.read(lambda db: db.value("select count(*) from letters where type = 'Update'")))

    await node.api("PATCH", path, token, json={"display_name": "Amal", "note": "eau"})
    assert await letters() == 1
    mine = await node.api("PATCH", path, token, json={"source": {"privacy": "unlisted", "language": "fr"}})
    assert mine["source"]["privacy"] == "unlisted" and await letters() == 1
    before = await state(node, "amal")
    await node.api("PATCH", path, token, json={"display_name": "Amal", "note": "eau", "locked": False})
    assert await state(node, "amal") == before
    await node.api("PATCH", path, token, json={"note": "eau et sol"})
    assert await letters() == 2


async def told(node: Node) -> list[Any]:
    """What an edit leaves behind."""
    return await node.read(
        lambda db: [
            db.value("select count(*) from letters"), db.value("select max(edited) from posts"),
            db.value("select count(*) from post_edits"), db.value("select count(*) from audit"),
        ]
    )  # fmt: skip


async def test_a_topic_and_a_post_with_a_picture(node: Node, amal: Visitor) -> None:
    forum = await open_forum(node)
    topic = await write(node, "amal", "Comment ?\n\nhttps://eau.example #eau @yto", title="Pompe", place=forum["uri"])
    page = await amal.get("/new?kind=note")
    await amal.send(page, "/new", text="Une photo", alt="un puits", file=a_picture(), do="publish")
    photo = await node.read(lambda db: db.value("select max(id) from posts where content like '%photo%'"))
    for number in (topic["id"], photo):
        form = f"/posts/{number}/edit"
        before = await told(node)
        done = await amal.send(await amal.get(form), form)
        assert done.status == 200 and await told(node) == before
    page = await amal.get(f"/posts/{photo}/edit")
    [alt] = [name for name, _ in page.form(f"/posts/{photo}/edit").fields if name.startswith("alt-")]
    await amal.send(page, f"/posts/{photo}/edit", **{alt: "un puits profond"})
    assert (await told(node))[0] == before[0] + 1 and (await told(node))[1], "another description is news"
    await amal.send(await amal.get(f"/posts/{topic['id']}/edit"), f"/posts/{topic['id']}/edit", title="Pompes")
    assert (await told(node))[2] == 2


async def test_a_post_in_an_app(node: Node) -> None:
    token = node.token()
    sent = {"status": "eau", "spoiler_text": "cw", "language": "fr"}
    made = await node.api("POST", "/api/v1/statuses", token, json=sent)
    before = await told(node)
    same = await node.api("PUT", f"/api/v1/statuses/{made['id']}", token, json=sent)
    assert same["edited_at"] is None and await told(node) == before
    other = await node.api("PUT", f"/api/v1/statuses/{made['id']}", token, json=sent | {"spoiler_text": ""})
    assert other["edited_at"] and (await told(node))[0] == before[0] + 1
