"""Whom a member keeps away, and hashtags that she follows, on pages."""

from urllib.parse import quote, unquote

from federation import actors as documents
from node.people import actors, follows, mutes
from tests.web.apps import account_of, follow, say
from tests.web.visitor import Visitor
from tests.world import know_badr

AWAY = "/me/away"


async def test_who_is_muted_for_a_while_is_listed_and_read_again(node):
    await say(node, node.token(), "bonjour")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert AWAY in (await yto.get("/me")).text
        assert "You have muted nobody" in (await yto.get(AWAY)).words
        await yto.send(await yto.get("/@amal"), "/@amal/mute", span="3600")
        page = await yto.get(AWAY)
        assert "أمل" in page.words and "until" in page.words
        assert "bonjour" not in (await yto.get("/local")).words
        page = await yto.send(page, "/@amal/unmute")
        assert page.url == f"{AWAY}?show=mutes" and "You have muted nobody" in page.words
        await yto.send(await yto.get("/@amal"), "/@amal/mute", span="-1")  # no span of ours: for good
        ends = await node.read(lambda db: db.value("select expires from mutes"))
        assert ends is None


async def test_who_is_blocked_is_listed_and_let_be(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/@amal"), "/@amal/block")
        page = await yto.get(f"{AWAY}?show=blocks")
        assert "أمل" in page.words
        page = await yto.send(page, "/@amal/unblock")
        assert page.url == f"{AWAY}?show=blocks" and "You have blocked nobody" in page.words


async def test_long_lists_come_by_the_page(node):
    def many(db) -> None:
        yto = actors.ours(db, "yto")["id"]
        for n in range(45):
            made = documents.create(db, "Person", f"voisin{n}", 1000 + n)
            mutes.keep(db, yto, made, True, None, 2000 + n)

    await node.write(many)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get(AWAY)
        older = next(line for line in page.text.split('"') if "before=" in line).replace("&amp;", "&")
        rest = await yto.get(older)
        seen = [n for one in (page, rest) for n in range(45) if f"@voisin{n} " in one.words + " "]
        assert sorted(seen) == list(range(45))


async def test_a_server_is_kept_away_and_heard_again(node):
    badr = await node.write(know_badr)

    def followed(db) -> None:
        follows.keep(db, badr["id"], actors.ours(db, "yto")["id"], "https://peer.example/f/1", True, 1)

    await node.write(followed)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get("/@badr@peer.example")
        assert f"{AWAY}?show=servers&amp;host=peer.example" in page.text
        page = await yto.get(f"{AWAY}?show=servers&host=peer.example")
        assert page.form(f"{AWAY}/servers").value("host") == "peer.example"
        page = await yto.send(page, f"{AWAY}/servers", host="https://Peer.example/", do="block")
        yto_id = int(await account_of(node, "yto"))
        assert await node.read(mutes.hosts_blocked, yto_id) == ["peer.example"]
        assert await node.read(lambda db: follows.get(db, badr["id"], yto_id)) is None
        assert "peer.example" in page.words
        page = await yto.send(page, f"{AWAY}/servers", do="end")
        assert await node.read(mutes.hosts_blocked, yto_id) == []
        for wrong, why in (("not a server", "This is no server's name."), (node.host, "This is our own node.")):
            refused = await yto.send(page, f"{AWAY}/servers", host=wrong, do="block")
            assert refused.status == 400 and why in refused.words
        assert (await yto.post(f"{AWAY}/servers", {"host": "x.example", "do": "block"})).status == 403


async def test_a_hashtag_is_followed_from_its_page_and_left_on_the_list(node):
    path = "/tags/" + quote("ماء")
    async with Visitor(node) as yto, Visitor(node) as stranger:
        await yto.log_in("yto")
        assert "You follow no hashtag yet" in (await yto.get("/me/tags")).words
        assert "/follow" not in (await stranger.get(path)).text
        page = await yto.send(await yto.get(path), "/tags/" + quote("ماء") + "/follow")
        assert unquote(page.url) == unquote(path) and "Following" in page.words
        await say(node, node.token(), "عن #ماء البلدة")
        assert "البلدة" in (await yto.get("/feed")).words
        page = await yto.get("/me/tags")
        assert "#ماء" in page.words
        page = await yto.send(page, "/tags/" + quote("ماء") + "/unfollow")
        assert "You follow no hashtag yet" in page.words
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.post("/tags/" + quote("two words") + "/follow", {"csrf": token})).status == 404
        assert (await yto.post(path + "/follow", {})).status == 403


async def test_whom_she_follows_stays_readable_by_whom_an_association_blocks(node):
    """What one keeps away as an association is the association's."""
    tanmia = await account_of(node, "tanmia")
    await follow(node, node.token("yto"), "amal")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/me"), "/me/act-as", actor=tanmia)
        await yto.send(await yto.get("/@amal"), "/@amal/mute")
        assert "أمل" in (await yto.get(AWAY)).words
        await yto.send(await yto.get("/me"), "/me/act-as", actor=await account_of(node, "yto"))
        assert "You have muted nobody" in (await yto.get(AWAY)).words
