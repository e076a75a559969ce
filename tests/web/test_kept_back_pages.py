"""Notifications that are kept back: seen, let through or thrown away on a page, by rules that are chosen there."""

import pytest

from tests.web.apps import say
from tests.web.visitor import Visitor

KEPT = "/notifications/kept"


async def policy(node) -> dict:
    return await node.api("GET", "/api/v2/notifications/policy", node.token("yto"))


async def test_who_is_kept_back_is_let_through_or_thrown_away(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert KEPT in (await yto.get("/notifications")).text
        page = await yto.get(KEPT)
        assert "Nothing is kept back" in page.words
        page = await yto.send(page, "/notifications/rules", not_following="filter")
        assert page.form("/notifications/rules").value("not_following") == "filter"
        assert (await policy(node))["for_not_following"] == "filter"

        await say(node, node.token(), "@yto bonjour voisine")
        await say(node, node.token(actor="tanmia"), "@yto réunion samedi")
        page = await yto.get("/notifications")
        assert "bonjour" not in page.words and "2 accounts are kept back" in page.words
        page = await yto.get(KEPT)
        assert "bonjour voisine" in page.words and "réunion samedi" in page.words and "1 notification" in page.words
        last = page.form(KEPT).value("who")  # the newest first: Tanmia's
        page = await yto.send(page, KEPT, do="dismiss")
        assert "réunion samedi" not in page.words
        assert (
            await yto.post(KEPT, {"csrf": page.form(KEPT).value("csrf"), "who": last, "do": "dismiss"})
        ).status == 200
        page = await yto.send(page, KEPT, do="accept")
        assert "Nothing is kept back" in page.words
        page = await yto.get("/notifications")
        assert "bonjour voisine" in page.words and "réunion" not in page.words
        await say(node, node.token(), "@yto encore")
        assert "encore" in (await yto.get("/notifications")).words


@pytest.mark.parametrize("wrong", [{"not_following": "burn"}, {"limited_accounts": ""}])
async def test_a_rule_that_is_none_is_refused(node, wrong):
    before = await policy(node)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert (await yto.send(await yto.get(KEPT), "/notifications/rules", **wrong)).status == 400
        assert (await yto.post("/notifications/rules", {"not_following": "drop"})).status == 403
    assert await policy(node) == before


async def test_what_one_member_keeps_back_is_no_other_members_to_decide(node):
    async with Visitor(node) as yto, Visitor(node) as amal:
        await yto.log_in("yto")
        await amal.log_in("amal")
        await yto.send(await yto.get(KEPT), "/notifications/rules", not_following="filter")
        await say(node, node.token(actor="tanmia"), "@yto réunion samedi")
        page = await amal.get(KEPT)
        assert "réunion" not in page.words
        who = (await yto.get(KEPT)).form(KEPT).value("who")
        token = (await amal.get("/me")).form("/logout").value("csrf")
        await amal.post(KEPT, {"csrf": token, "who": who, "do": "dismiss"})
        assert "réunion samedi" in (await yto.get(KEPT)).words
