"""An event organised with an association of another node, from the form to the other's desk; without script."""

from federation.bridge import now
from node.network import organisers
from node.posts import posts
from tests.conftest import Node, until
from tests.federation.network_world import row_of, with_facts
from tests.web.test_events_pages import WHOLE, in_days
from tests.web.visitor import Visitor


def confirmed(event: int):  # type: ignore[no-untyped-def]
    return lambda db: [one["uri"] for one in organisers.confirmed(db, event)]


async def test_an_association_elsewhere_is_asked_in_the_form_agrees_at_its_desk_and_leaves(
    node: Node, other: Node
) -> None:
    await other.write(with_facts)
    async with Visitor(node) as amal, Visitor(other) as there:
        await amal.log_in()
        await there.log_in()
        typed = WHOLE | {"day": in_days(9), "co": f"@tanmia@{other.host}"}
        page = await amal.send(await amal.get("/new/event"), "/new/event", **typed)
        number = int(page.url.removeprefix("/e/").partition("#")[0])
        assert "asked, no answer yet" in page.words
        uri = (await node.read(posts.get, number))["uri"]
        tanmia = await other.read(row_of, other.uri("tanmia"))
        [asked] = await until(lambda: other.read(organisers.asked, tanmia["id"]))
        async with Visitor(node) as stranger:
            assert "asked, no answer yet" not in (await stranger.get(f"/e/{number}")).words

        action = f"/manage/@tanmia/event/{asked['id']}"
        desk = await there.get("/manage/@tanmia")
        assert "They ask you to organise it with them." in desk.words and WHOLE["title"] in desk.words
        page = await there.send(desk, action, do="accept")
        assert "Answered. The other side hears of it." in page.words and "Organise it no more" in page.words
        await until(lambda: node.read(confirmed(number)))
        shown = await amal.get(f"/e/{number}")
        assert f"@tanmia@{other.host}" in shown.text and "asked, no answer yet" not in shown.words
        await until(lambda: other.read(confirmed(asked["id"])))
        assert other.origin + "/@tanmia" in (await there.get(f"/e/{asked['id']}")).text or "/@tanmia" in shown.text
        assert WHOLE["title"] in (await there.get("/@tanmia")).words

        form = await amal.get(f"/e/{number}/edit")
        assert form.form(f"/e/{number}/edit").value("co") == f"@tanmia@{other.host}"
        await amal.send(form, f"/e/{number}/edit", place="الميناء، المحمدية")
        assert await node.read(confirmed(number)) == [tanmia["uri"]], "an edit keeps who agreed"
        await amal.send(await amal.get(f"/e/{number}/edit"), f"/e/{number}/edit", co="")
        assert await node.read(confirmed(number)) == []
        await until(lambda: other.read(lambda db: confirmed(asked["id"])(db) == []))
        assert uri == asked["uri"] and await other.read(lambda db: organisers.of_others(db, tanmia["id"], now())) == []


async def test_what_is_no_association_sends_the_form_back(node: Node, other: Node) -> None:
    async with Visitor(node) as amal:
        await amal.log_in()
        for co, sentence in ((f"@amal@{other.host}", "Who organises an event too is another association."),
                             (f"@nobody@{other.host}", "We know no association called"),
                             ("@tanmia", "Who organises an event too is another association.")):  # fmt: skip
            page = await amal.send(await amal.get("/new/event"), "/new/event", **WHOLE | {"day": in_days(9), "co": co})
            assert page.status == 400 and sentence in page.words, co
            assert page.form("/new/event").value("co") == co
        assert await node.read(lambda db: db.value("select count(*) from agenda")) == 0


async def test_who_is_not_in_the_team_answers_nothing(node: Node, other: Node) -> None:
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        page = await amal.send(await amal.get("/new/event"), "/new/event", **WHOLE | {"day": in_days(9)})
        number = page.url.removeprefix("/e/")
        csrf = (await yto.get("/new/event")).form("/new/event").value("csrf")
        refused = await yto.post(f"/manage/@tanmia/event/{number}", {"csrf": csrf, "do": "accept"})
        assert refused.status == 404
