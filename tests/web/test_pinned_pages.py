"""What a page begins with: pinned by a form, marked, told to other servers, and read from them."""

from federation import outbox
from federation.bridge import now
from federation.outbox import Draft
from node.people import actors, memberships
from node.posts import marks
from tests.conftest import until
from tests.federation.forum_world import open_forum, write
from tests.federation.network_world import with_project
from tests.federation.test_two_nodes import follow
from tests.web.test_member_desk import one, with_facts
from tests.web.visitor import Visitor


async def say(node, name: str, text: str) -> int:
    def publish(db) -> int:
        return int(outbox.publish(db, actors.ours(db, name), Draft(text=text, language="fr"), now())["id"])

    return await node.write(publish)


def order(page, *identifiers: int) -> list[int]:
    """The posts as they stand on the page, each of them once."""
    found = [(page.text.index(f'id="post-{one}"'), one) for one in identifiers]
    assert all(page.text.count(f'id="post-{one}"') == 1 for one in identifiers)
    return [one for _, one in sorted(found)]


async def test_her_page_begins_with_what_she_pinned_by_a_form(node):
    first, second = await say(node, "amal", "la charte"), await say(node, "amal", "une nouvelle")
    async with Visitor(node) as amal, Visitor(node) as stranger:
        await amal.log_in()
        assert order(await stranger.get("/@amal"), first, second) == [second, first]
        page = await amal.get(f"/@amal/{first}")
        page = await amal.send(page, f"/posts/{first}/pin")
        assert f"/posts/{first}/unpin" in page.text and page.url.startswith(f"/@amal/{first}")
        shown = await stranger.get("/@amal")
        assert order(shown, first, second) == [first, second] and shown.words.count("Pinned") == 1
        assert "Pinned" not in (await stranger.get(f"/@amal?before={second + 1}")).words  # the list below begins anew
        document = await (await node.get("/users/amal/featured")).json(content_type=None)
        assert document["orderedItems"] == [f"{node.origin}/posts/{first}"]
        [row] = await node.api("GET", f"/api/v1/accounts/{await id_of(node, 'amal')}/statuses?pinned=true")
        assert row["id"] == str(first)
        await amal.send(page, f"/posts/{first}/unpin")
        assert order(await stranger.get("/@amal"), first, second) == [second, first]


async def test_only_five_fit_and_the_page_says_so(node):
    said = [await say(node, "amal", f"numéro {number}") for number in range(marks.MOST_PINS + 1)]
    async with Visitor(node) as amal:
        await amal.log_in()
        late = await amal.get(f"/@amal/{said[-1]}")
        for number in said[:-1]:
            await amal.send(await amal.get(f"/@amal/{number}"), f"/posts/{number}/pin")
        full = await amal.get(f"/@amal/{said[-1]}")
        assert f"/posts/{said[-1]}/pin" not in full.text and "No more posts fit" in full.words
        refused = await amal.send(late, f"/posts/{said[-1]}/pin")  # the page lay open meanwhile
        assert refused.status == 400 and "No more posts fit" in refused.words
        assert await one(node, "select count(*) from pins") == marks.MOST_PINS
        again = await amal.get(f"/@amal/{said[0]}")  # what is pinned can be sent twice
        token = again.form(f"/posts/{said[0]}/unpin").value("csrf")
        page = str(await id_of(node, "amal"))
        sent = await amal.post(f"/posts/{said[0]}/pin", {"csrf": token, "page": page, "back": "/feed"})
        assert sent.status == 200


async def test_an_editor_pins_for_her_association_without_acting_as_it(node):
    user = await one(node, "select users.id from users join actors on actors.id = actor where name = 'yto'")
    tanmia = await id_of(node, "tanmia")
    post = await say(node, "tanmia", "notre assemblée")
    later = await say(node, "tanmia", "une photo")
    await node.write(memberships.take, user, tanmia)
    async with Visitor(node) as yto, Visitor(node) as stranger:
        await yto.log_in("yto")
        for role in (None, "member", "editor"):
            if role is not None:
                await node.write(memberships.give, user, tanmia, role, now())
            page = await yto.get(f"/@tanmia/{post}")
            assert (f"/posts/{post}/pin" in page.text) == (role == "editor")
            if role != "editor":
                token = (await yto.get("/me")).form("/logout").value("csrf")
                refused = await yto.post(f"/posts/{post}/pin", {"csrf": token, "page": str(tanmia)})
                assert refused.status == 404 and await one(node, "select count(*) from pins") == 0
        await yto.send(page, f"/posts/{post}/pin")
        for path in ("/@tanmia", "/@tanmia/news"):
            shown = await stranger.get(path)
            assert order(shown, post, later) == [post, later] and shown.words.count("Pinned") == 1
    act, actor = await node.read(lambda db: tuple(db.row("select act, actor from audit order by id desc limit 1")))
    assert (act, actor) == ("topic pin", tanmia)


async def test_what_was_said_for_an_association_is_pinned_to_its_page(node, other):
    await with_facts(node)
    for name in ("tanmia", "amal"):
        await follow(other, other.token(), f"{name}@{node.host}")
    await until(lambda: one(node, "select count(*) = 2 from follows where state = 'accepted'"))

    def publish(db, text: str) -> int:
        amal, tanmia = actors.ours(db, "amal"), actors.ours(db, "tanmia")
        return int(outbox.publish(db, amal, Draft(text=text, language="fr", on_behalf=tanmia["id"]), now())["id"])

    first, second = await node.write(publish, "la charte"), await node.write(publish, "une nouvelle")
    tanmia = await id_of(node, "tanmia")
    here = await until(lambda: both(other, [f"{node.origin}/posts/{one}" for one in (first, second)]))
    await until(lambda: one(other, "select count(*) = 2 from posts where on_behalf is not null"))
    async with Visitor(node) as amal, Visitor(node) as stranger, Visitor(other) as reader:
        await amal.log_in()
        page = await amal.get(f"/@amal/{first}")
        pages = [form.value("page") for form in page.forms if form.action == f"/posts/{first}/pin"]
        assert pages == [str(await id_of(node, "amal")), str(tanmia)]
        await amal.send(page, f"/posts/{first}/pin", 1)
        shown = await stranger.get("/@tanmia")
        assert order(shown, first, second) == [first, second] and shown.words.count("Pinned") == 1
        assert "Pinned" not in (await stranger.get("/@amal")).words
        document = await (await node.get("/orgs/tanmia/featured")).json(content_type=None)
        assert document["orderedItems"] == [f"{node.origin}/posts/{first}"]
        await until(lambda: one(other, f"select count(*) from pins where post = {here[0]}"))
        assert order(await reader.get(f"/@tanmia@{node.host}"), *here) == here


async def test_a_team_pins_news_to_its_project(node):
    project = await node.write(with_project)
    said = await node.write(lambda db: [_news(db, project, text) for text in ("premier bassin", "deuxième bassin")])
    async with Visitor(node) as amal, Visitor(node) as stranger:
        await amal.log_in()
        assert order(await stranger.get("/p/oasis"), *said) == said[::-1]
        page = await amal.get(f"/posts/{said[0]}/page")
        forms = [one for one in page.forms if one.action == f"/posts/{said[0]}/pin"]
        assert str(project["id"]) in [one.value("page") for one in forms]
        number = [one.value("page") for one in forms].index(str(project["id"]))
        await amal.send(page, f"/posts/{said[0]}/pin", number)
        shown = await stranger.get("/p/oasis")
        assert order(shown, *said) == said and shown.words.count("Pinned") == 1


async def test_a_forum_begins_with_what_is_pinned_from_the_topic_itself(node):
    forum = await open_forum(node)
    topic = await write(node, "yto", "les règles", title="Règles", place=forum["uri"])
    await write(node, "yto", "la pompe", title="Pompe", place=forum["uri"])
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        hers = [
            form.value("page") for form in (await yto.get(f"/t/{topic['id']}")).forms if form.action.endswith("/pin")
        ]
        assert hers == [str(await id_of(node, "yto"))]  # her own page, not the forum's
        page = await amal.send(await amal.get(f"/t/{topic['id']}"), f"/posts/{topic['id']}/pin")
        assert "Pinned" in page.words
        shown = (await yto.get("/f/eau")).words
        assert shown.index("Règles") < shown.index("Pompe") and "Pinned" in shown


async def test_what_is_pinned_elsewhere_stands_first_here(node, other):
    account = await follow(node, node.token(), f"amal@{other.host}")
    await follow(node, node.token(), f"tanmia@{other.host}")
    for name in ("amal", "tanmia"):
        first, second = await say(other, name, f"{name} la charte"), await say(other, name, f"{name} une nouvelle")
        uris = [f"{other.origin}/posts/{number}" for number in (first, second)]
        here = await until(lambda uris=uris: both(node, uris))
        async with Visitor(other) as owner, Visitor(node) as reader:
            await owner.log_in()
            await owner.send(await owner.get(f"/@{name}/{first}"), f"/posts/{first}/pin")
            await until(lambda here=here: one(node, f"select count(*) from pins where post = {here[0]}"))
            shown = await reader.get(f"/@{name}@{other.host}")
            assert order(shown, *here) == here and "Pinned" in shown.words
            await owner.send(await owner.get(f"/@{name}/{first}"), f"/posts/{first}/unpin")
            await until(lambda: unpinned(node))
            assert order(await reader.get(f"/@{name}@{other.host}"), *here) == here[::-1]
    assert account["acct"] == f"amal@{other.host}"


async def test_the_pins_of_an_association_elsewhere_are_asked_for_when_a_member_opens_it(node, other):
    post = await say(other, "tanmia", "la charte")
    await other.write(lambda db: marks.pin(db, db.row("select * from posts where id = ?", (post,)), now()))
    async with Visitor(node) as amal:
        await amal.log_in()
        await amal.get(f"/search?q=@tanmia@{other.host}")

        async def shown() -> bool:
            page = await amal.get(f"/@tanmia@{other.host}")
            return "la charte" in page.words and "Pinned" in page.words

        assert await until(shown)


async def both(node, uris: list[str]) -> list[int] | None:
    found = [
        await node.read(lambda db, uri=uri: db.value("select id from posts where uri = ?", (uri,))) for uri in uris
    ]
    return found if all(found) else None


async def unpinned(node) -> bool:
    return await one(node, "select count(*) from pins") == 0


async def id_of(node, name: str) -> int:
    return int(await node.read(lambda db: actors.ours(db, name)["id"]))


def _news(db, project, text: str) -> int:
    amal = actors.ours(db, "amal")
    return int(
        outbox.publish(db, amal, Draft(kind="update", text=text, language="fr", place=project["id"]), now())["id"]
    )
