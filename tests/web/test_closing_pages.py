"""Deleting a forum, a project, an association from its page: who sees the page, what it says, and the password."""

from typing import Any

import pytest

from node.people import actors
from tests.conftest import Node
from tests.federation.forum_world import open_forum, write
from tests.federation.network_world import with_project
from tests.web.visitor import Visitor
from tests.world import PASSWORD


async def is_gone(node: Node, name: str) -> bool:
    row: Any = await node.read(actors.ours, name)
    return bool(row["gone"])


@pytest.mark.parametrize(("path", "name"), [("/f/eau", "eau"), ("/p/oasis", "oasis"), ("/manage/@tanmia", "tanmia")])
async def test_it_says_what_is_lost_and_asks_for_the_password(node: Node, path: str, name: str) -> None:
    forum = await open_forum(node)
    await write(node, "amal", "ماء", title="ماء", place=forum["uri"])
    await node.write(with_project)
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        if name == "eau":
            assert "1 post stays" in (await amal.get("/f/eau/delete")).words
            assert (
                "/f/eau/delete" in (await amal.get("/f/eau")).text
                and "/f/eau/delete" not in (await yto.get("/f/eau")).text
            )
        page = await amal.get(f"{path}/delete")
        assert page.status == 200 and "There is no way back." in page.words
        assert name != "tanmia" or "/p/oasis" in page.text
        assert (await yto.get(f"{path}/delete")).status == 404
        csrf = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.post(f"{path}/delete", {"csrf": csrf, "password": PASSWORD})).status == 404
        wrong = await amal.send(page, f"{path}/delete", password="not this one")
        assert wrong.status == 400 and "This is not your password." in wrong.words and not await is_gone(node, name)
        done = await amal.send(page, f"{path}/delete", password=PASSWORD)
        assert done.status == 200 and await is_gone(node, name)
        assert (await amal.get(f"{path}/delete")).status in (404, 410)
        if name == "tanmia":
            assert await is_gone(node, "oasis"), "its project went with it"
            assert (await amal.get("/@tanmia")).status == 410
            assert (await amal.get("/assoc")).status == (await amal.get("/me")).status == 200
            assert (await amal.get("/")).status == 200


async def test_a_moderator_of_the_node_deletes_what_is_another_s(node: Node) -> None:
    await open_forum(node)
    await node.write(lambda db: db.execute(
        "update users set role = 'moderator' where actor = (select id from actors where name = 'yto')"))  # fmt: skip
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/f/eau/delete"), "/f/eau/delete", password=PASSWORD)
        assert await is_gone(node, "eau")
        assert (await yto.get("/f/eau")).status == 410
