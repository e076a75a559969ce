"""Logos, banners, avatars and headers: sent by forms, shown small, changed by nobody else."""

import io
import json

import pytest

from federation import projects
from node.people import actors, memberships
from tests.conftest import now
from tests.web.test_member_desk import one, with_facts
from tests.web.visitor import Visitor


def a_picture(color: str = "#2a3990", size: tuple[int, int] = (900, 600)) -> tuple[bytes, str, str]:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", size, color).save(made, "PNG")
    return made.getvalue(), "logo.png", "image/png"


async def size_of(node, address: str) -> tuple[int, int]:
    from PIL import Image

    response = await node.get(address, "image/*")
    assert response.status == 200
    return Image.open(io.BytesIO(await response.read())).size


async def test_a_member_puts_her_picture_and_header_and_takes_one_away(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/me")
        page = await amal.send(page, "/me/pictures", icon=a_picture(), image=a_picture(size=(1800, 700)))
        assert "Your followers hear of it" in page.words
        row = await node.read(lambda db: dict(actors.ours(db, "amal")))
        assert await size_of(node, row["icon"].removeprefix(node.origin)) == (400, 400)
        shown = await amal.get("/@amal")
        assert 'class="cover' in shown.text and f"/media/face/{row['id']}/" in shown.text
        face = next(part for part in shown.text.split('"') if part.startswith("/media/face/"))
        assert await size_of(node, face) == (128, 128)
        lite = await amal.get("/@amal?lite=1")
        assert "/media/face/" not in lite.text and "Show the picture of this page" in lite.words
        page = await amal.send(await amal.get("/me"), "/me/pictures", **{"no-image": "1"})
        assert (await one(node, "select image from actors where name = 'amal'")) == ""
        assert (await one(node, "select icon from actors where name = 'amal'")) == row["icon"]


async def test_what_is_no_picture_is_refused_with_words(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/me")
        refused = await amal.send(page, "/me/pictures", icon=(b"<svg onload=x>", "a.png", "image/png"))
        assert refused.status == 400 and "no picture that we can read" in refused.words
        refused = await amal.send(page, "/me/pictures")
        assert refused.status == 400 and "Choose a picture first" in refused.words
    assert await one(node, "select icon from actors where name = 'amal'") == ""


async def test_a_logo_is_told_to_others_and_worn_by_its_projects(node):
    tanmia = await with_facts(node)
    owner = await one(node, "select user from memberships where role = 'owner'")

    def begin(db):
        return projects.create(db, owner, "bustan", actors.get(db, tanmia), {"ar": "بستان"}, now())

    project = await node.write(begin)
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/manage/@tanmia")
        page = await amal.send(page, "/manage/@tanmia/pictures", icon=a_picture("#a23e1d"), image=a_picture())
        assert "Your followers hear of it" in page.words and "changed logo or banner" in page.words
    logo = await one(node, "select icon from actors where id = ?", tanmia)
    assert logo and await one(node, "select icon from actors where id = ?", project) == logo
    assert await one(node, "select icon from directory where actor = ?", tanmia) == logo
    document = json.loads(await (await node.get("/orgs/tanmia")).read())
    assert document["icon"]["url"] == logo and document["image"]["url"].startswith(node.origin)


@pytest.mark.parametrize("role", ["member", "treasurer", "approver"])
async def test_who_may_not_edit_changes_no_logo(node, role):
    tanmia = await with_facts(node)
    user = await one(node, "select users.id from users join actors on actors.id = actor where name = 'yto'")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        await node.write(memberships.take, user, tanmia)
        assert (await yto.post("/manage/@tanmia/pictures", {"csrf": token, "no-icon": "1"})).status == 404
        await node.write(memberships.give, user, tanmia, role, now())
        await node.write(lambda db: actors.change(db, tanmia, now(), icon=f"{node.origin}/media/aa/{'x' * 32}.jpg"))
        page = await yto.get("/manage/@tanmia")
        assert "/manage/@tanmia/pictures" not in page.text
        assert (await yto.post("/manage/@tanmia/pictures", {"csrf": token, "no-icon": "1"})).status == 400
    assert await one(node, "select icon from actors where id = ?", tanmia) != ""


async def test_a_face_that_is_none_or_of_nobody_is_not_found(node):
    amal = await one(node, "select id from actors where name = 'amal'")
    for path in (
        f"/media/face/{amal}/1",
        "/media/face/1/1",
        "/media/face/99999999999999999999/1",
        f"/media/face/{amal}/zz",
    ):
        assert (await node.get(path)).status == 404
    # An address that is no file of ours is asked for nowhere.
    await node.write(lambda db: actors.change(db, amal, now(), icon=f"{node.origin}/health"))
    assert (await node.get(f"/media/face/{amal}/1")).status == 404


async def test_what_an_app_says_of_an_association_stands_on_its_page_and_keeps_the_rest(node):
    tanmia = await with_facts(node)
    token = node.token("amal", actor="tanmia")
    before = await node.api("GET", "/api/v1/accounts/verify_credentials", token)
    assert [sorted(line) for line in before["fields"]] == [["name", "value", "verified_at"]] * len(before["fields"])
    assert 0 < len(before["fields"]) <= 4 and before["source"]["fields"] == []
    empty = {f"fields_attributes[{n}][{part}]": "" for n in range(4) for part in ("name", "value")}
    sent = {"display_name": "جمعية جديدة", "note": "نغرس الأشجار", **empty}
    after = await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data=sent)
    assert after["fields"] == before["fields"] and after["display_name"] == "جمعية جديدة"
    async with Visitor(node) as stranger:
        assert "جمعية جديدة" in (await stranger.get("/@tanmia?lang=ar")).words
        assert "نغرس الأشجار" in (await stranger.get("/@tanmia?lang=ar")).words
    assert await one(node, "select name from directory where actor = ?", tanmia) == "جمعية جديدة"
    said = {"fields_attributes[0][name]": "رقم الإيداع", "fields_attributes[0][value]": "123"}
    await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data=said)
    async with Visitor(node) as amal:
        await amal.log_in()
        await amal.send(await amal.get("/manage/@tanmia"), "/manage/@tanmia/profile", founded="2012")
    seen = await node.api("GET", "/api/v1/accounts/verify_credentials", token)
    assert [line["name"] for line in seen["fields"]] == ["رقم الإيداع"]


async def test_a_logo_that_a_project_bears_too_is_not_lost_when_an_app_changes_it(node):
    tanmia = await with_facts(node)
    owner = await one(node, "select user from memberships where role = 'owner'")
    token = node.token("amal", actor="tanmia")

    def form():
        import aiohttp

        data = aiohttp.FormData()
        data.add_field("avatar", a_picture()[0], filename="a.png", content_type="image/png")
        return data

    await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data=form())
    await node.write(lambda db: projects.create(db, owner, "bustan", actors.get(db, tanmia), {"ar": "بستان"}, now()))
    await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data=form())
    logo = await one(node, "select icon from actors where name = 'bustan'")
    assert logo == await one(node, "select icon from actors where id = ?", tanmia)
    assert await size_of(node, logo.removeprefix(node.origin)) == (400, 400)
