"""A line that breaks after a form was sent and before the answer came: sent again, it is done once, and says that it is done."""

from node import settings
from tests.web.visitor import Visitor

WISH = {"display": "منية", "name": "mounia", "password": "a long sentence", "reason": "جمعية الشط", "rules": "1",
        "email": "mounia@example.org"}  # fmt: skip


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def test_a_request_to_join_is_one_request(node):
    async with Visitor(node) as mounia, Visitor(node) as other:
        form = await mounia.get("/join")
        first = await mounia.send(form, "/join", **WISH)
        again = await mounia.send(form, "/join", **WISH)
        assert (first.status, first.words) == (again.status, again.words)
        refused = await other.send(await other.get("/join"), "/join", **(WISH | {"password": "another sentence"}))
        assert refused.status == 400, "the name is not hers who cannot say the password"
    assert await one(node, "select count(*) from join_requests") == 1


async def test_an_account_that_is_open_already_is_entered(node):
    await node.write(settings.choose, "registrations", "open")
    async with Visitor(node) as mounia, Visitor(node) as later, Visitor(node) as thief:
        form, stolen = await later.get("/join"), await thief.get("/join")
        assert (await mounia.send(await mounia.get("/join"), "/join", **WISH)).url == "/me"
        assert (await later.send(form, "/join", **WISH)).url == "/me"
        assert (await thief.send(stolen, "/join", **(WISH | {"password": "not this sentence"}))).status == 400
        for missing, back in (
            ("confirmed = null", "confirmed = 1"),
            ("approved = 0", "approved = 1"),
            ("disabled = 1", "disabled = 0"),
        ):
            await node.write(lambda db, missing=missing: db.execute(f"update users set {missing}"))
            assert (await thief.send(stolen, "/join", **WISH)).status == 403, f"as at the log-in: {missing}"
            await node.write(lambda db, back=back: db.execute(f"update users set {back}"))
        await node.write(lambda db: db.execute("update users set created = 1"))
        assert (await thief.send(stolen, "/join", **WISH)).status == 400, (
            "an old account is entered by the log-in alone"
        )
    assert await one(node, "select count(*) from actors where name = 'mounia'") == 1


async def test_a_project_is_begun_once_and_another_keeps_its_name(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        form = await amal.get("/manage/@tanmia/projects/new")
        typed = {"name": "wa7a", "title-ar": "الواحة"}
        for _ in range(2):
            page = await amal.send(form, "/manage/@tanmia/projects/new", **typed)
            assert page.url == "/p/wa7a/edit?done=new"
        page = await amal.send(form, "/manage/@tanmia/projects/new", **(typed | {"title-ar": "شيء آخر"}))
        assert page.status == 400 and "taken" in page.words
    assert await one(node, "select count(*) from posts where content like '%الواحة%'") == 1, "announced once"


async def test_a_report_is_one_and_another_word_is_another(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/new?kind=note"), "/new", text="something", do="publish")
        number = await one(node, "select id from posts")
        await amal.log_in()
        form = await amal.get(f"/posts/{number}/report")
        for comment in ("bad", "bad", "worse"):
            assert (await amal.send(form, f"/posts/{number}/report", comment=comment)).status == 200
        assert await one(node, "select count(*) from reports") == 2
        gone = await yto.get(f"/posts/{number}/delete")
        for _ in range(2):
            assert (await yto.send(gone, f"/posts/{number}/delete")).url == "/feed"


async def test_a_session_ends_once_and_nothing_more_is_asked(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/me")
        for _ in range(2):
            assert (await amal.send(page, "/logout")).url == "/"
        assert (await amal.post("/logout", {}, Origin="https://evil.example")).status == 403
