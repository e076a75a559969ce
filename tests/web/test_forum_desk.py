"""A forum's own form: who sees it, what it changes here and elsewhere, what stays, and who looks after it."""

import json
from typing import Any

import pytest

from node.network import forums, moderation, moderators
from node.people import actors
from tests.conftest import Node, until
from tests.federation.forum_world import join, open_forum
from tests.web.visitor import Visitor

FORM = "/f/eau/edit"
TEAM = "/f/eau/moderators"


async def names(node: Node, forum: Any) -> list[str]:
    return [row["name"] for row in await node.read(moderators.of, forum["id"])]


async def test_a_moderator_changes_it_and_members_elsewhere_hear(node: Node, other: Node) -> None:
    forum = await open_forum(node, rules={"fr": "<ul><li>Un</li><li>Deux</li></ul>", "es": "<p>Regla</p>"})
    there = await join(other, forum["uri"])
    async with Visitor(node) as amal:
        await amal.log_in()
        assert FORM in (await amal.get("/f/eau")).text
        page = await amal.get(FORM)
        assert page.form(FORM).value("title-fr") == "L'eau" and page.form(FORM).value("rules-fr") == "Un\nDeux"
        values = {
            "title-ar": "الماء والري",
            "aim-ar": "نتحدث عن الماء",
            "rules-ar": "لا إشهار <b>هنا</b>",
            "field": "philanthropy",
        }
        done = await amal.send(page, FORM, **values)
        assert done.status == 200 and "Saved." in done.words
        assert "الماء والري" in (await amal.get("/f/eau", **{"Accept-Language": "ar"})).words
    known: Any = await node.read(forums.get, forum["id"])
    row: Any = await node.read(actors.get, forum["id"])
    assert known.rules == {"fr": "<ul><li>Un</li><li>Deux</li></ul>", "es": "<p>Regla</p>",
                           "ar": "<p>لا إشهار &lt;b&gt;هنا&lt;/b&gt;</p>"}  # fmt: skip
    assert known.field == "philanthropy" and known.shape == "Page"
    assert json.loads(row["displays"]) == {"ar": "الماء والري", "fr": "L'eau"}

    async def heard() -> bool:
        told: Any = await other.read(actors.get, there["id"])
        return "الماء والري" in told["displays"] and "نتحدث عن الماء" in told["summaries"]

    await until(heard)


async def test_a_refused_form_keeps_what_was_typed(node: Node) -> None:
    forum = await open_forum(node)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(FORM)
        refused = await amal.send(page, FORM, **{"title-ar": "", "title-fr": " ", "aim-fr": "Parler d'irrigation"})
        assert refused.status == 400 and "A forum needs a title." in refused.words
        assert refused.form(FORM).value("aim-fr") == "Parler d'irrigation"
        wrong = await amal.send(page, FORM, **{"title-fr": "Eaux", "field": "no-such-field"})
        assert wrong.status == 400 and wrong.form(FORM).value("title-fr") == "Eaux"
    assert dict(await node.read(actors.get, forum["id"]))["displays"] == forum["displays"]


@pytest.mark.parametrize("who", ["yto", ""])
async def test_for_who_does_not_moderate_there_is_no_such_form(node: Node, who: str) -> None:
    forum = await open_forum(node)
    async with Visitor(node) as yto:
        if who:
            await yto.log_in(who)
        assert FORM not in (await yto.get("/f/eau")).text
        if not who:
            assert "/login" in (await yto.get(FORM)).url
            return
        csrf = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.get(FORM)).status == 404
        assert (await yto.post(FORM, {"csrf": csrf, "title-fr": "À moi"})).status == 404
        assert (await yto.post(TEAM, {"csrf": csrf, "who": "yto", "do": "appoint"})).status == 404
        assert (await yto.post(TEAM, {"csrf": csrf, "who": "amal", "do": "dismiss"})).status == 404
    assert await names(node, forum) == ["amal"]
    assert dict(await node.read(actors.get, forum["id"]))["displays"] == forum["displays"]


async def test_moderators_are_appointed_and_dismissed_and_one_stays(node: Node) -> None:
    forum = await open_forum(node)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(FORM)
        nobody = await amal.send(page, TEAM, who="@nobody_here", do="appoint")
        assert nobody.status == 400 and "We know nobody called" in nobody.words
        assert nobody.form(TEAM).value("who") == "@nobody_here"
        assert (await amal.send(page, TEAM, who="tanmia", do="appoint")).status == 400, "an association is no person"
        last = await amal.send(page, TEAM, who="amal", do="dismiss")
        assert last.status == 400 and "A forum needs a moderator." in last.words
        both = await amal.send(page, TEAM, who="@yto", do="appoint")
        assert both.status == 200 and await names(node, forum) == ["amal", "yto"]
        again = await amal.send(page, TEAM, who="yto", do="appoint")
        assert again.status == 400 and "already" in again.words
        async with Visitor(node) as yto:
            await yto.log_in("yto")
            assert (await yto.get(FORM)).status == 200
            await yto.send(both, TEAM, who="yto", do="dismiss", csrf=(await yto.get(FORM)).form(FORM).value("csrf"))
            assert (await yto.get(FORM)).status == 404 and await names(node, forum) == ["amal"]


async def state(node: Node) -> list[Any]:
    """What a form that changes nothing leaves alone."""
    return await node.read(
        lambda db: [
            db.value("select count(*) from letters"), db.value("select count(*) from audit"),
            db.value("select count(*) from changes where kind = 'actor'"),
            db.value("select version from actors where name = 'eau'"),
        ]
    )  # fmt: skip


async def test_a_form_where_nothing_was_changed_writes_nothing_and_tells_nobody(node: Node, other: Node) -> None:
    forum = await open_forum(node, rules={"fr": "<ul><li>Un</li></ul>", "es": "<p>Regla</p>"}, field="philanthropy")
    await join(other, forum["uri"])
    async with Visitor(node) as amal:
        await amal.log_in()
        before = await state(node)
        done = await amal.send(await amal.get(FORM), FORM)
        assert "It says this already." in done.words and await state(node) == before
        done = await amal.send(await amal.get(FORM), FORM, **{"title-fr": "Eaux"})
        assert "Saved." in done.words and (await state(node))[:2] == [before[0] + 1, before[1] + 1]


async def test_a_forum_of_one_name_without_a_language_is_left_alone_too(node: Node) -> None:
    forum = await open_forum(node)
    await node.write(lambda db: actors.change(db, forum["id"], 1, displays={}, summaries={}, summary="<p>L'eau</p>"))
    async with Visitor(node) as amal:
        await amal.log_in()
        before = await state(node)
        done = await amal.send(await amal.get(FORM), FORM)
        assert "It says this already." in done.words and await state(node) == before


async def test_moderators_alone_open_topics_where_they_choose_so_and_everybody_reads_it(
    node: Node, other: Node
) -> None:
    forum = await open_forum(node)
    there = await join(other, forum["uri"])
    new = "/new?kind=topic&in=eau"
    async with Visitor(node) as amal, Visitor(node) as yto, Visitor(node) as stranger, Visitor(other) as far:
        await amal.log_in()
        await yto.log_in("yto")
        await far.log_in("yto")
        page = await amal.get(FORM)
        assert page.form(FORM).value("restricted") == ""
        early = await yto.get(new)
        await amal.send(page, FORM, restricted="1")
        assert (await amal.get(FORM)).form(FORM).value("restricted") == "1"
        said = "Only moderators open topics in this forum. Everybody may reply to them."
        assert said in (await stranger.get("/f/eau")).words
        shown = await yto.get("/f/eau")
        assert said in shown.words and "/new?kind=topic&amp;in=eau" not in shown.text
        own = await amal.get("/f/eau")
        assert said not in own.words and "/new?kind=topic&amp;in=eau" in own.text

        refused = await yto.send(early, "/new", title="Puits", text="Comment ?", place=str(forum["id"]), do="publish")
        assert refused.status == 400 and "Only moderators open topics" in refused.words
        assert refused.form("/new").value("place") == str(forum["id"]), "no other forum is chosen for it"
        assert f'<option value="{forum["id"]}"' not in (await yto.get("/new?kind=topic&fresh=1")).text
        taken = await amal.send(await amal.get(new), "/new", title="Avis", text="Réunion lundi", do="publish")
        assert taken.status == 200 and "Avis" in taken.words

        async def heard() -> bool:
            return await other.read(forums.restricted, await other.read(actors.get, there["id"]))

        await until(heard)
        address = f"/f/eau@{node.host}"
        shown = await far.get(address)
        assert said in shown.words and "kind=topic" not in shown.text.partition("<main")[2].partition("</header>")[0]
        asked = await far.get(f"/new?kind=topic&in=eau@{node.host}")
        refused = await far.send(asked, "/new", title="Puits", text="Comment ?", do="publish")
        assert refused.status == 400 and "Only moderators open topics" in refused.words

        await amal.send(await amal.get(FORM), FORM, restricted=None)
        assert said not in (await yto.get("/f/eau")).words
        taken = await yto.send(await yto.get(new), "/new", title="Puits", text="Comment ?", do="publish")
        assert taken.status == 200 and await node.read(forums.restricted, forum) is False


async def test_who_is_shut_out_reads_why_and_until_when(node: Node) -> None:
    forum = await open_forum(node)
    end = 1_900_000_000_000
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        target = await node.read(actors.ours, "yto")
        await node.write(lambda db: moderation.ban(db, forum, None, target, "", "insultes", end, 1_800_000_000_000 - 1))
        shown = await yto.get("/f/eau")
    assert "You may not write in this forum. Until 17 March 2030" in shown.words and "insultes" in shown.words
    assert "/new?kind=topic&amp;in=eau" not in shown.text


async def test_a_forum_elsewhere_opens_for_a_member_who_has_its_address(node: Node, other: Node) -> None:
    await open_forum(other)
    address = f"/f/eau@{other.host}"
    async with Visitor(node) as amal, Visitor(node) as stranger:
        assert (await stranger.get(address)).status == 404, "strangers make us ask nobody"
        await amal.log_in()
        assert (await amal.get(address, **{"Sec-Fetch-Site": "cross-site"})).status == 404, "nor do other sites"
        page = await amal.get(address)
        assert page.status == 200 and "Nobody here is in this forum yet" in page.words and "0 members" not in page.words
        assert (await amal.get(f"/f/nothing@{other.host}")).status == 404
        assert (await amal.get(f"/f/amal@{other.host}")).status == 404, "a person is no forum"
        joined = await amal.send(page, f"/@eau@{other.host}/follow")
        assert joined.status == 200 and joined.url == address

        async def member() -> bool:
            return "No topic yet" in (await amal.get(address)).words

        await until(member)
