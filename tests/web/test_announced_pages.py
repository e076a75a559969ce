"""What the coordinators tell every member stands on top of her home until she has read it, or its day is over."""

from federation.bridge import now
from node.posts import announcements
from tests.web.visitor import Visitor

PATH = "/api/v1/announcements"


async def test_it_stands_on_her_home_until_she_has_read_it(node):
    told = await node.write(announcements.publish, "<p>عطلة الصيف: المكتب مغلق.</p>", now())
    over = await node.write(announcements.publish, "<p>hier</p>", now(), ends=now() - 1000)
    async with Visitor(node) as yto, Visitor(node) as amal:
        await yto.log_in("yto")
        await amal.log_in("amal")
        page = await yto.get("/feed")
        assert "To all members" in page.words and "المكتب مغلق" in page.words and "hier" not in page.words
        page = await yto.send(page, f"/announcements/{told}/read")
        assert page.url == "/feed" and "المكتب مغلق" not in page.words
        assert "المكتب مغلق" in (await amal.get("/feed")).words
        [seen] = await node.api("GET", PATH, node.token("yto"))
        assert seen["read"]
        assert (await yto.post(f"/announcements/{told}/read", {})).status == 403
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (
            await yto.post(f"/announcements/{over + 1}/read", {"csrf": token})
        ).status == 200  # withdrawn: back home
        await node.write(announcements.withdraw, told)
        assert "المكتب مغلق" not in (await amal.get("/feed")).words


async def test_what_an_app_dismissed_is_gone_from_her_home(node):
    told = await node.write(announcements.publish, "<p>réunion générale</p>", now())
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert "réunion générale" in (await yto.get("/feed")).words
        await node.api("POST", f"{PATH}/{told}/dismiss", node.token("yto"))
        assert "réunion générale" not in (await yto.get("/feed")).words
