"""Accounts at the desk of the node: who may decide about whom, every decision with its way back."""

import pytest

from federation import actors as documents
from federation.bridge import now
from node.care import copied
from node.people import users
from tests.web.apps import account_of
from tests.web.moderators import ADMIN, report
from tests.web.visitor import Visitor
from tests.world import PASSWORD


async def promote(node, name: str, role: str) -> int:
    """Her id as a user."""
    user = await node.read(lambda db: int(users.by_name(db, name)["id"]))
    await node.write(users.set_role, user, role)
    return user


async def actor_of(node, name: str) -> int:
    return await node.read(lambda db: int(users.by_name(db, name)["actor"]))


async def a_moderator(node, name: str) -> int:
    """A new moderator; her id as an actor."""

    def make(db) -> int:
        return documents.create(db, "Person", name, now())

    actor = await node.write(make)
    await node.write(users.create, actor, f"{name}@example.org", PASSWORD, "moderator", now())
    return actor


async def test_an_account_is_found_shut_out_and_let_in_again(node):
    yto = await actor_of(node, "yto")
    async with Visitor(node) as amal, Visitor(node) as out:
        await amal.log_in()
        page = await amal.get("/admin/people?q=yto")
        assert "@yto" in page.words and "@amal" not in page.words
        refused = await amal.send(page, f"/admin/people/{yto}", do="shut")
        assert refused.status == 400 and "Say why" in refused.words
        page = await amal.send(refused, f"/admin/people/{yto}", do="shut", reason="a swindle")
        assert "shut out" in page.words and page.url.startswith("/admin/people?show=suspended")
        assert (await out.log_in("yto")).status == 403
        assert (await out.get("/@yto")).status in (403, 404, 410)
        await amal.send(page, f"/admin/people/{yto}", do="restore")
        assert (await out.log_in("yto")).url == "/feed"
    reasons = await node.read(lambda db: [r[0] for r in db.rows("select reason from audit where act = 'account shut'")])
    assert reasons == ["a swindle"]


async def test_what_an_account_silenced_said_is_heard_again(node):
    yto = await actor_of(node, "yto")
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/admin/people")
        page = await amal.send(page, f"/admin/people/{yto}", do="silence", reason="noise")
        assert "@yto" in page.words and "silenced" in page.words
        page = await amal.send(page, f"/admin/people/{yto}", do="unsilence")
        assert "No account in this list" in (await amal.get("/admin/people?show=silenced")).words


@pytest.mark.parametrize("do", ["silence", "shut"])
@pytest.mark.parametrize("other", ["moderator", "admin"])
async def test_a_moderator_decides_about_no_moderator_and_no_administrator(node, do, other):
    target = await a_moderator(node, "nadia") if other == "moderator" else await actor_of(node, "amal")
    await promote(node, "yto", "moderator")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        listed = await yto.get("/admin/people?show=staff")
        assert f"/admin/people/{target}" not in listed.text
        answer = await yto.post(f"/admin/people/{target}", {"csrf": token, "do": do, "reason": "mine"})
        assert answer.status == 400 and "Only an administrator" in answer.words
    row = await node.read(lambda db: db.row("select gone, silenced from actors where id = ?", (target,)))
    assert (row["gone"], row["silenced"]) == (None, None)


@pytest.mark.parametrize("do", ["silence", "shut"])
async def test_nor_by_way_of_a_report(node, do):
    await promote(node, "yto", "moderator")
    await promote(node, "amal", "member")
    made = await report(node)  # about a post of Yto's, who moderates now
    await a_moderator(node, "nadia")
    async with Visitor(node) as nadia:
        await nadia.log_in("nadia")
        desk = await nadia.get("/admin")
        page = await nadia.send(desk, f"/admin/reports/{made}", do=do, reason="a quarrel")
        assert page.status == 400 and "Only an administrator" in page.words
        assert await node.read(lambda db: db.value("select handled from reports")) is None
    await promote(node, "amal", "admin")
    async with Visitor(node) as amal:
        await amal.log_in()
        await amal.send(await amal.get("/admin"), f"/admin/reports/{made}", do=do, reason="a quarrel")
    assert await node.read(lambda db: db.value("select handled from reports")) is not None


@pytest.mark.parametrize("kind", ["silence", "suspend", "disable", "sensitive"])
async def test_nor_in_an_app(node, kind):
    nadia = await a_moderator(node, "nadia")
    await promote(node, "yto", "admin")  # tokens of these scopes are made for administrators; apps ask for their own
    hers = node.token("yto", scopes=ADMIN)
    await promote(node, "yto", "moderator")
    for target in (nadia, await account_of(node, "amal")):
        refused = await node.api(
            "POST", f"/api/v1/admin/accounts/{target}/action", hers, json={"type": kind}, status=403
        )
        assert refused["error"] == "This action is not allowed"
        await node.api("POST", f"/api/v1/admin/accounts/{target}/unsilence", hers, status=403)
    await node.api("POST", f"/api/v1/admin/accounts/{nadia}/action", node.token(scopes=ADMIN), json={"type": kind})


async def test_an_administrator_gives_a_role_and_a_moderator_does_not(node):
    yto = await actor_of(node, "yto")
    nadia = await a_moderator(node, "nadia")
    async with Visitor(node) as amal, Visitor(node) as other:
        await amal.log_in()
        page = await amal.send(await amal.get("/admin/people"), f"/admin/people/{yto}/role", role="moderator")
        assert "The role is as you decided" in page.words
        assert await node.read(lambda db: users.by_name(db, "yto")["role"]) == "moderator"
        await other.log_in("nadia")
        token = (await other.get("/me")).form("/logout").value("csrf")
        for what, sent in (("role", {"role": "admin"}), ("reset", {})):
            assert (await other.post(f"/admin/people/{nadia}/{what}", {"csrf": token, **sent})).status == 404
    assert await node.read(lambda db: users.by_name(db, "nadia")["role"]) == "moderator"


async def test_a_link_for_a_new_password_is_shown_once_and_works_once(node):
    yto = await actor_of(node, "yto")
    async with Visitor(node) as amal, Visitor(node) as hers:
        await amal.log_in()
        page = await amal.send(await amal.get("/admin/people"), f"/admin/people/{yto}/reset")
        [link] = [one for one in page.words.split() if "/reset/" in one]
        path = link.removeprefix(node.origin)
        page = await hers.send(await hers.get(path), path, new="a whole new sentence")
        assert page.url.startswith("/login")
        assert (await hers.log_in("yto", "a whole new sentence")).url == "/feed"
        assert (await hers.get(path)).status == 404


async def test_members_find_no_such_page(node):
    yto = await actor_of(node, "yto")
    async with Visitor(node) as browser, Visitor(node) as nobody:
        await browser.log_in("yto")
        token = (await browser.get("/me")).form("/logout").value("csrf")
        assert (await browser.get("/admin/people")).status == (await nobody.get("/admin/people")).status == 404
        assert (
            await browser.post(f"/admin/people/{yto}", {"csrf": token, "do": "silence", "reason": "x"})
        ).status == 404


async def test_the_desk_tells_when_the_node_was_copied_last(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        assert "No copy is known of" in (await amal.get("/admin")).words
        await node.write(copied.note, now() - 9 * 86_400_000)
        assert "The last copy is old" in (await amal.get("/admin")).words
        await node.write(copied.note, now())
        page = await amal.get("/admin")
        assert "The last copy: " in page.words and "tashbik backup" in page.words and "made a copy" in page.words
