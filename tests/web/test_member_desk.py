"""The desk of an association: who may do what there, and who hears of it."""

import json
import re

from federation import associations as acts
from node.network import associations
from node.network.associations import Facts
from node.people import memberships
from tests.conftest import now
from tests.web.visitor import Visitor


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def with_facts(node) -> int:
    tanmia = await one(node, "select id from actors where name = 'tanmia'")
    field = await node.read(lambda db: next(iter(__import__("node.network.fields", fromlist=["x"]).fields())))
    owner = await one(node, "select user from memberships where role = 'owner'")
    facts = Facts(field=field, region="MA-06", size="m")
    await node.write(acts.edit, owner, tanmia, now(), facts=facts, names={"ar": "جمعية التنمية"})
    return int(tanmia)


async def test_names_texts_and_facts_are_changed_in_four_languages(node):
    tanmia = await with_facts(node)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/manage/@tanmia")
        page = await amal.send(
            page, "/manage/@tanmia/profile",
            **{"name-fr": "Association du développement", "text-fr": "Nous plantons <b>des</b> arbres", "founded": "2011",
               "contact_value": ["+212522000000", "", "", "", "", ""]},
        )  # fmt: skip
        assert "Your followers hear of it" in page.words, page.words[:900]
        shown = await amal.get("/@tanmia?lang=fr")
        assert "Association du développement" in shown.words
    row = await node.read(lambda db: dict(db.row("select * from actors where id = ?", (tanmia,))))
    assert json.loads(row["displays"]) == {"ar": "جمعية التنمية", "fr": "Association du développement"}
    assert "<b>" not in row["summaries"]
    facts = await node.read(associations.get, tanmia)
    assert facts.founded == "2011" and facts.contacts[0]["value"].endswith("522000000")


async def test_what_cannot_be_kept_comes_back_as_typed(node):
    await with_facts(node)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/manage/@tanmia")
        page = await amal.send(page, "/manage/@tanmia/profile", **{"name-fr": "Nouveau nom", "founded": "long ago"})
        assert page.status == 400
        assert page.form("/manage/@tanmia/profile").value("name-fr") == "Nouveau nom"
    assert "Nouveau nom" not in await one(node, "select displays from actors where name = 'tanmia'")


async def test_for_others_there_is_no_desk_and_a_member_without_the_role_changes_nothing(node):
    tanmia = await with_facts(node)
    user = await one(node, "select users.id from users join actors on actors.id = actor where name = 'yto'")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await node.write(memberships.give, user, tanmia, "member", now())
        page = await yto.get("/manage/@tanmia")
        assert page.status == 200 and "/manage/@tanmia/profile" not in page.text
        token = (await yto.get("/me")).form("/logout").value("csrf")
        sent = {"csrf": token, "name-ar": "اسم آخر", "field": "x", "region": "MA-06", "size": "m"}
        assert (await yto.post("/manage/@tanmia/profile", sent)).status == 400
        sent = {"csrf": token, "who": str(user), "role": "owner", "do": "give"}
        assert (await yto.post("/manage/@tanmia/team", sent)).status == 400
        assert await node.read(memberships.role, user, tanmia) == "member"
        await node.write(memberships.take, user, tanmia)
        assert (await yto.get("/manage/@tanmia")).status == 404
        assert (await yto.post("/manage/@tanmia/team", sent)).status == 404
    assert "اسم آخر" not in await one(node, "select displays from actors where name = 'tanmia'")


async def test_a_role_is_given_by_asking_and_the_last_owner_stays(node):
    tanmia = await with_facts(node)
    user = await one(node, "select users.id from users join actors on actors.id = actor where name = 'yto'")
    await node.write(memberships.take, user, tanmia)
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await amal.get("/manage/@tanmia")
        forms = [one for one in page.forms if one.action == "/manage/@tanmia/team"]
        page = await amal.send(page, "/manage/@tanmia/team", len(forms) - 1, who="@yto", role="editor", do="invite")
        assert "asked, no answer yet" in page.words
        assert await node.read(memberships.role, user, tanmia) is None
        page = await yto.send(await yto.get("/me"), "/manage/@tanmia/invitation", do="accept")
        assert page.url == "/manage/@tanmia"
        assert await node.read(memberships.role, user, tanmia) == "editor"
        owner = await one(node, "select user from memberships where role = 'owner'")
        token = (await amal.get("/me")).form("/logout").value("csrf")
        page = await amal.post("/manage/@tanmia/team", {"csrf": token, "who": str(owner), "do": "take"})
        assert page.status == 400 and "keeps at least one owner" in page.words
    acts_done = await node.read(lambda db: [row[0] for row in db.rows("select act from audit order by id")])
    assert acts_done == ["team invite editor", "team joined editor"]


async def test_who_leaves_a_team_is_asked_first(node):
    tanmia = await with_facts(node)
    user = await one(node, "select users.id from users join actors on actors.id = actor where name = 'yto'")
    await node.write(memberships.give, user, tanmia, "member", now())
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await amal.get("/manage/@tanmia")
        asked = re.findall(r"<details class=\"fold\"><summary>(?:(?!</details>).)*?value=\"take\"", page.text, re.S)
        assert len(asked) == page.text.count('value="take"') == 2  # no button does it at once
        assert "will not speak for" in page.words and "You will not speak for" in page.words
        mine = await yto.get("/manage/@tanmia")
        assert mine.words.count("Leave the team") == 2 and "Only an owner can ask you back" in mine.words
        left = await yto.send(mine, "/manage/@tanmia/team", do="take")
        assert left.url == "/me"
    assert await node.read(memberships.role, user, tanmia) is None


async def test_a_question_to_join_is_taken_back_by_owners_alone(node):
    tanmia = await with_facts(node)
    user = await one(node, "select users.id from users join actors on actors.id = actor where name = 'yto'")
    await node.write(memberships.take, user, tanmia)
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        token = (await amal.get("/me")).form("/logout").value("csrf")
        await amal.post("/manage/@tanmia/team", {"csrf": token, "who": "yto", "role": "editor", "do": "invite"})
        assert "asks you to join its team" in (await yto.get("/me")).words
        hers = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.post("/manage/@tanmia/team", {"csrf": hers, "who": str(user), "do": "recall"})).status == 404
        assert "/manage/@tanmia" in (await amal.get("/@tanmia")).text
        assert "/manage/@tanmia" not in (await yto.get("/@tanmia")).text
        page = await amal.get("/manage/@tanmia")
        assert "Take the question back" in page.words
        gone = await amal.post("/manage/@tanmia/team", {"csrf": token, "who": str(user), "do": "recall"})
        assert "Take the question back" not in gone.words
        assert "asks you to join its team" not in (await yto.get("/me")).words
        assert (await yto.post("/manage/@tanmia/invitation", {"csrf": hers, "do": "accept"})).status == 404
    assert await node.read(memberships.role, user, tanmia) is None
