"""What a member's posts begin with: chosen on her page or in an app, the same in both; answers are for no more than either."""

import pytest

from tests.federation.forum_world import open_forum, write
from tests.web.apps import say
from tests.web.visitor import Visitor

CREDENTIALS = "/api/v1/accounts/verify_credentials"


async def test_what_is_chosen_here_holds_in_forms_and_in_apps(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.send(await yto.get("/me"), "/me/posting", visibility="followers", language="zgh")
        assert page.form("/me/posting").value("visibility") == "followers"
        form = (await yto.get("/new?kind=note")).form("/new")
        assert (form.value("visibility"), form.value("language")) == ("followers", "zgh")
        assert (await yto.get("/new?kind=need")).form("/new").value("visibility") == "public"
        assert (await yto.get("/new?kind=note&to=amal")).form("/new").value("visibility") == "direct"
    mine = await node.api("GET", CREDENTIALS, node.token("yto"))
    assert (mine["source"]["privacy"], mine["source"]["language"]) == ("private", "zgh")
    said = await say(node, node.token("yto"), "salam")
    assert (said["visibility"], said["language"]) == ("private", "zgh")


async def test_what_an_app_chose_holds_in_forms(node):
    await node.api(
        "PATCH", "/api/v1/accounts/update_credentials", node.token("yto"), json={"source": {"privacy": "unlisted"}}
    )
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert (await yto.get("/new?kind=note")).form("/new").value("visibility") == "unlisted"
        assert (await yto.get("/me")).form("/me/posting").value("visibility") == "unlisted"


@pytest.mark.parametrize(("asked", "answer"), [("public", "followers"), ("private", "followers"), ("direct", "direct")])
async def test_an_answer_is_for_no_more_than_the_post_and_than_she_chose(node, asked, answer):
    said = await say(node, node.token(), "@yto une question", visibility=asked)
    await node.write(
        lambda db: db.execute(
            "insert into follows (follower, target, activity, state, since)"
            " select hers.id, his.id, 'x', 'accepted', 1 from actors hers, actors his where hers.name = 'yto' and his.name = 'amal'"
        )
    )
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/me"), "/me/posting", visibility="followers")
        page = await yto.get(f"/posts/{said['id']}/page")
        await yto.send(page, f"/posts/{said['id']}/reply", text="une réponse")
        assert (await yto.get(f"/new?reply={said['id']}")).form("/new").value("visibility") == answer
    kept = await node.read(lambda db: db.value("select visibility from posts where reply_to = ?", (int(said["id"]),)))
    assert kept == answer


async def test_an_answer_in_a_forum_is_for_its_readers(node):
    forum = await open_forum(node)
    topic = await write(node, "amal", "Comment ?", title="La pompe", place=forum["uri"])
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/me"), "/me/posting", visibility="followers")
        await yto.send(await yto.get(f"/t/{topic['id']}"), f"/posts/{topic['id']}/reply", text="avec patience")
    kept = await node.read(lambda db: db.value("select visibility from posts where reply_to = ?", (topic["id"],)))
    assert kept == "public"


@pytest.mark.parametrize("wrong", [{"visibility": "direct"}, {"visibility": "all"}, {"language": "xx"}])
async def test_whatever_else_is_refused(node, wrong):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        refused = await yto.send(await yto.get("/me"), "/me/posting", **wrong)
        assert refused.status == 400
