"""Whom one follows and who follows one, with the button that ends it."""

from federation import actors as documents
from node.people import actors, follows
from tests.conftest import now
from tests.web.visitor import Visitor


async def test_both_sides_are_seen_and_ended(node):
    amal, yto = [await node.read(lambda db, name=name: actors.ours(db, name)["id"]) for name in ("amal", "yto")]
    await node.write(actors.change, yto, now(), approves=0)
    async with Visitor(node) as hers, Visitor(node) as theirs:
        await hers.log_in()
        await theirs.log_in("yto")
        assert "You follow nobody yet" in (await hers.get("/me/following")).words
        await hers.send(await hers.get("/@yto"), "/@yto/follow")
        page = await hers.get("/me/following")
        assert "@yto" in page.words
        seen = await theirs.get("/me/followers")
        assert "@amal" in seen.words
        page = await hers.send(page, "/@yto/unfollow")
        assert page.url == "/me/following" and "You follow nobody yet" in page.words
        await hers.send(await hers.get("/@yto"), "/@yto/follow")
        seen = await theirs.send(await theirs.get("/me/followers"), "/me/followers/end")
        assert "Nobody follows you yet" in seen.words
        assert await node.read(follows.get, amal, yto) is None
    async with Visitor(node) as nobody:
        assert (await nobody.get("/me/followers")).url.startswith("/login")


async def test_a_long_circle_has_pages(node):
    def make(db) -> None:
        amal = actors.ours(db, "amal")["id"]
        for number in range(45):
            other = documents.create(db, "Person", f"friend{number}", now())
            follows.keep(db, amal, other, "", True, now() + number)

    await node.write(make)
    async with Visitor(node) as hers:
        await hers.log_in()
        first = await hers.get("/me/following")
        assert "@friend44" in first.words and "@friend4 " not in first.words
        older = first.text.partition("/me/following?before=")[2].partition('"')[0]
        second = await hers.get(f"/me/following?before={older}")
        assert "@friend4 " in second.words and "@friend44" not in second.words
