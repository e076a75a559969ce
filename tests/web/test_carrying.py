"""Lists that go along to another server, and come from one: in Mastodon's files."""

import json

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
        for what in ("following", "blocks", "mutes", "bookmarks", "lists", "servers"):
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


async def test_servers_are_kept_away_again(node):
    amal = (await ids(node, "amal"))[0]
    async with Visitor(node) as browser:
        await browser.log_in()
        await node.write(mutes.block_host, amal, "loud.example", now())
        taken = await browser.get("/me/export/servers.csv")
        assert taken.text.splitlines() == ["loud.example"]
        await node.write(mutes.unblock_host, amal, "loud.example")
        body = f"#domain,#severity\nloud.example\n{node.host}\nnot a server\nTwo.Example,silence\n"
        page = await bring(browser, "servers", body.encode())
        assert page.url == "/me/move?done=brought"

        async def done() -> bool:
            return await node.read(mutes.hosts_blocked, amal) == ["loud.example", "two.example"]

        await until(done)
        refused = await bring(browser, "servers", b"nothing here")
        assert refused.status == 400 and "No servers stand in this file" in refused.words


async def test_bookmarks_come_too_where_they_may_be_seen(node):
    yto = node.token("yto")
    seen = await node.api("POST", "/api/v1/statuses", yto, json={"status": "keep this"})
    hidden = await node.api("POST", "/api/v1/statuses", yto, json={"status": "not this", "visibility": "private"})
    lines = "".join(f"{node.origin}/posts/{one['id']}\n" for one in (hidden, seen))
    async with Visitor(node) as browser:
        await browser.log_in()
        await bring(browser, "bookmarks", f"Bookmarks\n{lines}".encode())

        async def done() -> bool:
            return (
                await node.read(lambda db: db.value("select count(*) from tasks where kind = ?", (carrying.TASK,))) == 0
            )

        await until(done)
        kept = await node.read(lambda db: [row[0] for row in db.rows("select post from bookmarks")])
        assert kept == [int(seen["id"])]
        assert "No posts stand in this file" in (await bring(browser, "bookmarks", b"ftp://x")).words


async def test_lists_come_with_those_who_let_her_in_and_wait_for_the_others(node):
    """Tanmia is followed at once; Yto approves: until she has, the task looks again now and then."""
    amal, yto, tanmia = await ids(node, "amal", "yto", "tanmia")
    body = f"\ufeffالماء,tanmia@{node.host}\nالماء,yto@{node.host}\n,x@y.example\nempty\n"
    async with Visitor(node) as browser:
        await browser.log_in()
        await bring(browser, "lists", body.encode())

        async def known() -> list[tuple[str, int]]:
            return await node.read(
                lambda db: [tuple(row) for row in db.rows(
                    "select title, list_members.actor from lists join list_members on list_members.list = lists.id"
                )]
            )  # fmt: skip

        async def first() -> bool:
            return await known() == [("الماء", tanmia)]

        await until(first)

        async def waits() -> bool:
            task = await node.read(lambda db: db.row("select body, due from tasks where kind = ?", (carrying.TASK,)))
            return task is not None and json.loads(task["body"])["tries"] == 1 and task["due"] > now()

        await until(waits)
        assert (await node.read(follows.get, amal, yto))["state"] == "pending"
        await node.write(follows.accept, amal, yto)
        await carrying.carry(
            node.bridge, {"actor": amal, "kind": "lists", "handles": [["الماء", f"yto@{node.host}"]], "tries": 1}
        )
        assert sorted(await known()) == sorted([("الماء", tanmia), ("الماء", yto)])
        count = await node.read(lambda db: db.value("select count(*) from lists"))
        assert count == 1
        refused = await bring(browser, "lists", b"only,words")
        assert "No lists stand in this file" in refused.words


async def test_who_never_lets_her_in_is_not_waited_for_without_end(node):
    amal = (await ids(node, "amal"))[0]
    body = {"actor": amal, "kind": "lists", "handles": [["الماء", f"yto@{node.host}"]]}
    await carrying.carry(node.bridge, body | {"tries": carrying.LOOKS})
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = ?", (carrying.TASK,))) == 0


async def test_everything_that_she_wrote_is_taken_and_nothing_of_others(node):
    amal = node.token()
    for n in range(102):  # more than one piece
        await node.api("POST", "/api/v1/statuses", amal, json={"status": f"post {n}", "visibility": "private"})
    theirs = await node.api("POST", "/api/v1/statuses", node.token("yto"), json={"status": "not hers"})
    await node.api("POST", f"/api/v1/statuses/{theirs['id']}/reblog", amal)
    async with Visitor(node) as browser, Visitor(node) as visitor:
        await browser.log_in()
        page = await browser.get("/me/export/archive.json")
        assert page.headers["Content-Disposition"] == 'attachment; filename="archive.json"'
        found = json.loads(page.text)
        assert found["actor"]["preferredUsername"] == "amal" and "privateKey" not in page.text
        assert [one["content"] for one in found["orderedItems"]] == [f"<p>post {n}</p>" for n in range(102)]
        assert (await visitor.get("/me/export/archive.json")).url.startswith("/login")
