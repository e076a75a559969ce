"""Who helps a member that lost everything, and a network that asks a code of those who decide."""

from node import settings
from node.care import audit
from node.people import applications, tokens, users
from node.store import connect
from tests.conftest import now
from tests.processes import tashbik
from tests.web.phone import TWO_STEPS, halfway, turn_on
from tests.web.visitor import Visitor
from tests.world import make_node


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def give(node, name, role):
    await node.write(lambda db: users.set_role(db, users.by_name(db, name)["id"], role))


async def ask_of_staff(node):
    await node.write(settings.choose, "two_steps_for_staff", True)


# ── somebody lost everything ──────────────────────────────────────────────────


async def test_an_administrator_turns_it_off_with_a_reason_on_record(node):
    yto = await one(node, "select id from actors where name = 'yto' and local")
    async with Visitor(node) as amal, Visitor(node) as hers, Visitor(node) as other:
        await hers.log_in("yto")
        await turn_on(node, hers)
        await amal.log_in()
        page = await amal.get("/admin/people")
        action = f"/admin/people/{yto}/two-steps"
        refused = await amal.send(page, action, reason=" ")
        assert refused.status == 400 and await one(node, "select count(*) from second_factors") == 1
        page = await amal.send(page, action, reason="seen at the office")
        assert "The password alone opens this account again" in page.words
        assert action not in page.text, "nothing is left to be turned off"
        assert (await other.log_in("yto")).url == "/feed"
        [row] = await node.read(audit.last)
        assert (row["act"], row["reason"], row["by"]) == ("account two steps off", "seen at the office", "amal")
        assert (
            row["subject"] == node.uri("yto") and "turned two-step verification off" in (await amal.get("/admin")).words
        )


async def test_nobody_else_turns_it_off_nor_an_administrator_her_own(node):
    people = {name: await one(node, "select id from actors where name = ? and local", name) for name in ("amal", "yto")}
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in()
        await yto.log_in("yto")
        await turn_on(node, amal)
        await turn_on(node, yto)
        token = (await amal.get("/me")).form("/logout").value("csrf")
        sent = {"csrf": token, "reason": "x"}
        for role, whom, status in (("member", "yto", 404), ("moderator", "yto", 404), ("admin", "amal", 400)):
            await give(node, "amal", role)
            assert (await amal.post(f"/admin/people/{people[whom]}/two-steps", sent)).status == status
    assert await one(node, "select count(*) from second_factors") == 2


async def test_the_operator_sees_it_and_turns_it_off(node):
    data = str(node.folder)
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        await turn_on(node, amal)
        said = tashbik("user", "two-steps", "amal", "--data", data).stdout
        assert "with two steps since" in said and "left: 10" in said
        assert tashbik("user", "two-steps", "yto", "--data", data).stdout == "yto logs in with the password alone.\n"
        assert (
            tashbik("user", "two-steps", "amal", "--off", "--data", data).stdout
            == "amal logs in with the password alone.\n"
        )
        assert (await other.log_in()).url == "/feed"
    acts = await node.read(lambda db: [(row["act"], row["subject"]) for row in audit.last(db)])
    assert acts == [("account two steps off", node.uri("amal"))]


def test_turned_off_twice_it_stands_in_the_record_once(tmp_path):
    make_node(tmp_path / "node", "http://127.0.0.1:1", development=True)
    for _ in range(2):
        tashbik("user", "two-steps", "amal", "--off", "--data", str(tmp_path / "node"))
    db = connect(tmp_path / "node")
    assert audit.last(db) == []
    db.close()
    done = tashbik("user", "two-steps", "nobody_here", "--data", str(tmp_path / "node"), check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


# ── asked of those who decide ─────────────────────────────────────────────────


async def test_who_decides_is_asked_for_a_code_first(node):
    async with Visitor(node) as amal, Visitor(node) as before, Visitor(node) as other:
        await amal.log_in()
        await before.log_in()
        assert (await amal.get("/admin")).url == "/admin", "nobody asked for it yet"
        await ask_of_staff(node)
        for path in ("/admin", "/admin/people", "/admin/words"):
            page = await amal.get(path)
            assert page.url == TWO_STEPS and "turn two-step verification on" in page.words
        token = (await amal.get("/me")).form("/logout").value("csrf")
        await amal.post("/admin/settings", {"csrf": token, "registrations": "closed", "network": "closed"})
        assert await node.read(settings.get, "network") == "open"
        page = await amal.get("/me")
        assert 'href="/admin"' not in page.text and "turn two-step verification on" in page.words
        phone = await turn_on(node, amal)
        assert (await amal.get("/admin")).url == "/admin"
        page = await before.get("/admin")
        assert page.url == TWO_STEPS and "in again with your code" in page.words, "a session of the password alone"
        await other.send(await halfway(other), "/login/code", code=phone.code())
        assert (await other.get("/admin")).url == "/admin"


async def test_members_are_not_asked(node):
    await ask_of_staff(node)
    async with Visitor(node) as yto:
        assert (await yto.log_in("yto")).url == "/feed"
        assert "You moderate or administer" not in (await yto.get(TWO_STEPS)).words
        assert (await yto.get("/admin")).status == 404


async def test_deletions_ask_for_it_too(node):
    await give(node, "yto", "moderator")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert (await yto.get("/manage/@tanmia/delete")).status == 200
        await ask_of_staff(node)
        assert (await yto.get("/manage/@tanmia/delete")).status == 404


def for_an_app(db, name):
    """A token of an app that the user let in, with an administrator's scope."""
    app, _ = applications.register(db, "App", ["https://app.example/back"], "read admin:read", "", now())
    user = users.by_name(db, name)
    return tokens.create(db, user["id"], user["actor"], ["read", "admin:read"], now(), app["id"])


async def test_apps_of_those_who_decide_ask_for_it_too_but_not_the_operators_own_tokens(node):
    app, own = await node.write(for_an_app, "amal"), node.token("amal", "read admin:read")
    path = "/api/v2/admin/accounts"
    for token in (app, own):
        await node.api("GET", path, token)
    await ask_of_staff(node)
    await node.api("GET", path, app, status=403)
    await node.api("GET", path, own)
    async with Visitor(node) as amal:
        await amal.log_in()
        await turn_on(node, amal)
    await node.api("GET", path, app)
