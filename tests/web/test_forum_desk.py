"""A forum's own form: who sees it, what it changes here and elsewhere, what stays, and who looks after it."""

import json
from typing import Any

import pytest

from node.network import forums, moderators
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
