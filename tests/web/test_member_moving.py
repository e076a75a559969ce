"""Moving house by forms: both halves, over real HTTP, and what is refused."""

import json

from node.people import actors, follows
from tests.conftest import until
from tests.federation.test_two_nodes import follow
from tests.web.test_member_desk import one
from tests.web.visitor import Visitor
from tests.world import PASSWORD


async def test_a_member_moves_with_her_followers_once_both_accounts_agree(node, other):
    # Yto on `other` follows amal on `node`; amal moves to her account on `other`.
    token = other.token("yto")
    await follow(other, token, f"amal@{node.host}")
    new = f"@amal@{other.host}"
    async with Visitor(node) as here, Visitor(other) as there:
        await here.log_in()
        await there.log_in()
        page = await here.get("/me/move")
        assert "1 follower is asked" in page.words
        typed = {"who": new, "password": PASSWORD, "understood": "1"}
        refused = await here.send(page, "/me/move", **typed)
        assert refused.status == 400 and "does not name this one as its own" in refused.words
        assert refused.form("/me/move").value("who") == new
        named = await there.send(await there.get("/me/move"), "/me/aliases", who=f"amal@{node.host}", do="name")
        assert "known to be yours" in named.words
        for lacking, words in (({"password": "wrong"}, "not your password"), ({"understood": None}, "Tick the box")):
            refused = await here.send(page, "/me/move", **(typed | lacking))
            assert refused.status == 400 and words in refused.words
        moved = await here.send(page, "/me/move", **typed)
        assert "You have moved" in moved.words
        again = await here.send(page, "/me/move", **typed)
        assert again.status in (400, 409) and "seven days" in again.words
        assert "has moved to" in (await here.get("/@amal")).words

        async def followed() -> bool:
            yto, amal = await other.read(actors.ours, "yto"), await other.read(actors.ours, "amal")
            return await other.read(follows.get, yto["id"], amal["id"]) is not None

        await until(followed)
        page = await there.get("/me/move")
        assert f"@amal@{node.host}" in page.words
        page = await there.send(page, "/me/aliases", do="forget")
        assert "not said to be yours any more" in page.words
    assert json.loads((await other.read(actors.ours, "amal"))["aliases"]) == []


async def test_an_account_that_nobody_knows_is_said_in_words(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        for typed in ("@nobody@127.0.0.1:1", "@nobody", "http://127.0.0.1:1/users/x", "not an address"):
            page = await amal.send(await amal.get("/me/move"), "/me/aliases", 0, who=typed, do="name")
            assert page.status == 400, typed
            assert page.form("/me/aliases").value("who") == typed
        page = await amal.send(await amal.get("/me/move"), "/me/aliases", who=f"@amal@{node.host}", do="name")
        assert page.status == 400 and "This is the same account" in page.words
    assert await one(node, "select aliases from actors where name = 'amal'") == "[]"
