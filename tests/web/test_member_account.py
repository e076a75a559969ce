"""A member's own account: what others hear, who is put out, and the way out."""

import json

from node.people import actors, sessions, tokens
from tests.conftest import now, until
from tests.web.visitor import Visitor
from tests.world import PASSWORD


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def test_a_profile_is_changed_and_followers_elsewhere_hear(node, other):
    here, there = node.token(), other.token()
    found = await other.api("GET", f"/api/v2/search?resolve=true&q=@amal@{node.host}", there)
    await other.api("POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", there)
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/me")
        page = await amal.send(
            page, "/me/profile", display="أمل الجديدة", summary="water & https://eau.example <script>x</script>",
            field_name=["city", "", "", ""], field_value=["صفاقس", "", "", ""], approves="1",
        )  # fmt: skip
        assert "Your followers hear of it" in page.words
        assert "<script>x" not in (await amal.get("/@amal")).text

    async def heard() -> bool:
        row = await other.read(lambda db: db.row("select * from actors where name = 'amal' and not local"))
        return row["display"] == "أمل الجديدة" and bool(row["approves"]) and "صفاقس" in row["fields"]

    await until(heard)
    assert here


async def test_a_new_name_takes_the_place_of_the_old_one_in_its_language(node):
    def named(db):
        actor = actors.ours(db, "amal")
        actors.change(db, actor["id"], now(), display="أمل", displays={"ar": "أمل", "fr": "Amal"})

    await node.write(named)
    async with Visitor(node, "ar") as amal:
        await amal.log_in()
        await amal.send(await amal.get("/me"), "/me/profile", display="أمل الجديدة")
        assert "أمل الجديدة" in (await amal.get("/@amal")).words
    names = json.loads(await one(node, "select displays from actors where name = 'amal' and local"))
    assert names == {"ar": "أمل الجديدة", "fr": "Amal"}


async def test_a_new_password_ends_other_sessions_and_apps_but_not_this_one(node):
    token = node.token()
    async with Visitor(node) as amal, Visitor(node) as elsewhere:
        await amal.log_in()
        await elsewhere.log_in()
        page = await amal.get("/me")
        page = await amal.send(page, "/me/password", password="not this", new="another long sentence")
        assert page.status == 400 and (await elsewhere.get("/feed")).url == "/feed"
        page = await amal.send(page, "/me/password", password=PASSWORD, new="another long sentence")
        assert "The new password holds" in page.words
        assert (await elsewhere.get("/feed")).url.startswith("/login")
        await node.api("GET", "/api/v1/accounts/verify_credentials", token, status=401)
        assert (await elsewhere.log_in(password=PASSWORD)).status == 401
        assert (await elsewhere.log_in(password="another long sentence")).url == "/feed"


async def test_sessions_are_listed_and_ended_only_by_their_own_user(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        number = await one(node, "select sessions.id from sessions join users on users.id = user where role = 'admin'")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        await yto.post("/me/sessions/end", {"csrf": token, "session": str(number)})
        assert (await amal.get("/feed")).url == "/feed"
        async with Visitor(node) as second:
            await second.log_in()
            page = await amal.get("/me")
            await amal.send(page, "/me/sessions/end")
            assert (await second.get("/feed")).url.startswith("/login")
            assert (await amal.get("/feed")).url == "/feed"


async def test_an_idle_session_is_over(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        await node.write(lambda db: db.execute("update sessions set seen = ?", (now() - sessions.IDLE - 1,)).rowcount)
        assert (await amal.get("/feed")).url.startswith("/login")


async def test_the_language_of_the_account_is_that_of_its_pages(node):
    async with Visitor(node, "fr") as amal:
        await amal.log_in()
        page = await amal.get("/me")
        assert '<html lang="fr"' in page.text
        page = await amal.send(page, "/me/language", locale="ar-MA", lite="1")
        assert '<html lang="ar-MA" dir="rtl"' in page.text
        assert "<img" not in page.text
        page = await amal.send(page, "/me/language", locale="xx")
        assert page.status == 400


async def test_an_app_is_put_out(node):
    token = node.token()
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        number = await one(node, "select id from tokens")
        await yto.log_in("yto")
        proof = (await yto.get("/me")).form("/logout").value("csrf")
        await yto.post("/me/apps/end", {"csrf": proof, "app": str(number)})
        await node.api("GET", "/api/v1/accounts/verify_credentials", token)
        await amal.send(await amal.get("/me"), "/me/apps/end", app=number)
        await node.api("GET", "/api/v1/accounts/verify_credentials", token, status=401)
    assert tokens


async def test_an_account_is_deleted_only_with_its_password_and_not_while_an_association_depends_on_it(node):
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        page = await amal.get("/me/delete")
        assert "the only owner" in page.words
        token = (await amal.get("/me")).form("/logout").value("csrf")
        assert (await amal.post("/me/delete", {"csrf": token, "password": PASSWORD})).status == 400
        await yto.log_in("yto")
        page = await yto.get("/new?kind=note")
        await yto.send(page, "/new", text="my last words", do="publish")
        page = await yto.get("/me/delete")
        assert (await yto.send(page, "/me/delete", password="not this")).status == 400
        page = await yto.send(page, "/me/delete", password=PASSWORD)
        assert page.url == "/"
        assert (await yto.log_in("yto")).status == 401
        assert (await yto.get("/@yto")).status in (404, 410)
        assert "my last words" not in (await amal.get("/local")).words
        answer = await node.get("/users/yto")
        assert answer.status == 410
        assert json.loads(await answer.text())["type"] == "Tombstone"
    assert await one(node, "select count(*) from users where email = 'yto@example.org'") == 0
