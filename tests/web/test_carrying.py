"""Lists that go along to another server, and come from one: in Mastodon's files."""

import pytest

from federation import carrying
from node.people import actors, blocks, follows, mutes
from tests.conftest import now, until
from tests.web.visitor import Visitor


async def ids(node, *names):
    return [
        await node.read(lambda db, name=name: db.value("select id from actors where name = ?", (name,)))
        for name in names
    ]


async def bring(browser, what, body, name="list.csv"):
    page = await browser.get("/me/move")
    return await browser.send(page, "/me/import", what=what, file=(body, name, "text/csv"))


async def test_what_was_taken_is_brought_again(node):
    amal, yto = await ids(node, "amal", "yto")
    await node.write(actors.change, yto, now(), approves=0)
    async with Visitor(node) as browser:
        await browser.log_in()
        await browser.send(await browser.get("/@yto"), "/@yto/follow")
        await node.write(mutes.keep, amal, yto, True, None, now())
        taken = {what: await browser.get(f"/me/export/{what}.csv") for what in ("following", "mutes", "blocks")}
        assert taken["following"].headers["Content-Disposition"] == 'attachment; filename="following.csv"'
        assert taken["following"].text.splitlines() == [
            "Account address,Show boosts,Notify on new posts,Languages", f"yto@{node.host},true,false,"]  # fmt: skip
        assert f"yto@{node.host},true" in taken["mutes"].text and taken["blocks"].text == ""
        await node.write(follows.end, amal, yto)
        await node.write(mutes.end, amal, yto)
        page = await bring(browser, "following", taken["following"].text.encode())
        assert page.url == "/me/move?done=brought" and "The file is being read" in page.words
        await bring(browser, "mutes", taken["mutes"].text.encode())

        async def done() -> bool:
            return await node.read(lambda db: bool(follows.get(db, amal, yto) and mutes.get(db, amal, yto, now())))

        await until(done)


async def test_a_long_list_goes_on_past_those_that_nobody_knows(node):
    amal, yto = await ids(node, "amal", "yto")
    lines = "".join(f"nobody{number}@{node.host}\n" for number in range(carrying.AT_ONCE * 2))
    async with Visitor(node) as browser:
        await browser.log_in()
        await bring(browser, "blocks", f'{lines}"@yto@{node.host}"\n=cmd|calc\n'.encode())

        async def done() -> bool:
            return await node.read(blocks.has, amal, yto)

        await until(done)
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = ?", (carrying.TASK,))) == 0


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", b"a,b,c\n" * 9, b'"' * 200_000, "مرحبا".encode()])
async def test_a_file_that_is_none_is_refused_beside_its_field(node, body):
    async with Visitor(node) as browser:
        await browser.log_in()
        page = await bring(browser, "following", body)
        assert page.status == 400 and "No accounts stand in this file" in page.words
        assert (await bring(browser, "lists", b"x")).status == 400


async def test_only_oneself_takes_ones_lists(node):
    async with Visitor(node) as visitor:
        for what in ("following", "blocks", "mutes", "bookmarks", "lists"):
            assert (await visitor.get(f"/me/export/{what}.csv")).url.startswith("/login")


async def test_bookmarks_and_lists_go_along_too(node):
    token = node.token()
    async with Visitor(node) as browser:
        await browser.log_in()
        page = await browser.send(await browser.get("/new?kind=note"), "/new", text="keep this", do="publish")
        number = await node.read(lambda db: db.value("select id from posts"))
        await browser.send(page, f"/posts/{number}/bookmark")
        kept = await browser.get("/me/export/bookmarks.csv")
        assert kept.text.strip() == f"{node.origin}/posts/{number}"
        yto = (await ids(node, "yto"))[0]
        await node.write(follows.keep, (await ids(node, "amal"))[0], yto, "", True, now())
        made = await node.api("POST", "/api/v1/lists", token, json={"title": "الماء"})
        await node.api("POST", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": [str(yto)]})
        assert (await browser.get("/me/export/lists.csv")).text.strip() == f"الماء,yto@{node.host}"
