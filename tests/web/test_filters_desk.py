"""The page of one's filters: made, changed, ended; single posts; whatever else is sent is refused in words."""

import json

from tests.web.apps import account_of, follow, say
from tests.web.visitor import Visitor

MINE = "/me/filters"


async def of_app(node, name: str = "yto") -> list[dict]:
    return await node.api("GET", "/api/v2/filters", node.token(name))


async def test_a_member_makes_changes_and_ends_a_filter(node):
    await say(node, node.token(), "la finale du derby")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert MINE in (await yto.get("/me")).text
        page = await yto.get(MINE)
        assert "No filter yet" in page.words
        page = await yto.send(await yto.get(f"{MINE}/new"), f"{MINE}/new", title="", act="hide", until="86400",
                              **{"word-0": "derby", "word-1": "مباراة", "whole-1": None, "context": ["public", "thread"]})  # fmt: skip
        assert "The filter holds" in page.words and "left out" in page.words and "derby" in page.words
        [made] = await of_app(node)
        assert (made["title"], made["filter_action"], made["context"]) == ("derby", "hide", ["public", "thread"])
        assert [(one["keyword"], one["whole_word"]) for one in made["keywords"]] == [("derby", True), ("مباراة", False)]
        assert made["expires_at"] is not None
        assert "la finale du derby" not in (await yto.get("/local")).words

        path = f"{MINE}/{made['id']}"
        page = await yto.get(path)
        assert page.form(path).value("until") == "kept" and page.form(path).value("title") == "derby"
        page = await yto.send(page, path, act="warn", **{"word-0": "", "word-2": "finale", "context": "public"})
        [changed] = await of_app(node)
        assert [one["keyword"] for one in changed["keywords"]] == ["مباراة", "finale"]
        assert changed["keywords"][0]["id"] == made["keywords"][1]["id"]
        assert (changed["filter_action"], changed["expires_at"]) == ("warn", made["expires_at"])
        assert "Filtered: derby" in (await yto.get("/local")).words
        await yto.send(page, path, until="")
        assert (await of_app(node))[0]["expires_at"] is None

        page = await yto.send(page, path + "/end")
        assert "The filter is over." in page.words and await of_app(node) == []
        assert "Filtered" not in (await yto.get("/local")).words


async def test_what_is_missing_is_said_and_nothing_is_forgotten(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get(f"{MINE}/new")
        refused = await yto.send(page, f"{MINE}/new", title="foot", **{"word-0": ""})
        assert refused.status == 400 and "Write at least one word." in refused.words
        assert refused.form(f"{MINE}/new").value("title") == "foot"
        refused = await yto.send(page, f"{MINE}/new", **{"word-0": "derby", "context": []})
        assert refused.status == 400 and "at least one place" in refused.words
        assert refused.form(f"{MINE}/new").value("word-0") == "derby"
        refused = await yto.send(page, f"{MINE}/new", **{"word-0": "x" * 513})
        assert refused.status == 400 and "at most 512 characters" in refused.words
        for wrong in ({"act": "burn"}, {"until": "-5"}, {"until": "99999999999999"}):
            refused = await yto.send(page, f"{MINE}/new", **{"word-0": "derby", **wrong})
            assert refused.status == 400
        assert await of_app(node) == []


async def test_two_hundred_words_are_enough(node):
    words = [{"keyword": f"mot{number}"} for number in range(200)]
    sent = {"title": "mots", "context": ["home"], "keywords_attributes": words}
    made = await node.api("POST", "/api/v2/filters", node.token("yto"), json=sent)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        path = f"{MINE}/{made['id']}"
        page = await yto.get(path)
        refused = await yto.send(page, path, **{"word-200": "un de plus", "word-1": "changé"})
        assert refused.status == 400 and "You filter 200 words already" in refused.words
        assert (await of_app(node))[0]["keywords"][1]["keyword"] == "mot1"  # nothing of it was kept
        await yto.send(page, path, **{"word-200": "un de plus", "word-1": ""})
        assert [one["keyword"] for one in (await of_app(node))[0]["keywords"]][-1] == "un de plus"


async def test_anothers_filter_is_nobodys(node):
    made = await node.api("POST", "/api/v2/filters", node.token(), json={"title": "secret", "context": ["home"],
                          "keywords_attributes": [{"keyword": "derby"}]})  # fmt: skip
    word = made["keywords"][0]["id"]
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        path = f"{MINE}/{made['id']}"
        assert (await yto.get(path)).status == 404
        page = await yto.get(f"{MINE}/new")
        token = page.form(f"{MINE}/new").value("csrf")
        assert (await yto.post(path, {"csrf": token, "word-0": "x", "act": "warn", "context": "home"})).status == 404
        await yto.post(path + "/end", {"csrf": token})
        assert (await of_app(node, "amal"))[0]["id"] == made["id"]
        await yto.send(page, f"{MINE}/new", **{"word-0": "mine", "known-0": word})
        assert (await of_app(node, "amal"))[0]["keywords"][0]["keyword"] == "derby"
        said = await say(node, node.token(), "bonjour")
        refused = await yto.post(f"/posts/{said['id']}/filter", {"csrf": token, "filter": made["id"]})
        assert refused.status == 404 and (await of_app(node, "amal"))[0]["statuses"] == []
        assert (await yto.post(f"{MINE}/new", {"word-0": "x", "act": "warn", "context": "home"})).status == 403


async def test_one_post_is_hidden_and_taken_out_again(node):
    await follow(node, node.token("yto"), "tanmia")
    said = await say(node, node.token(actor="tanmia"), "la finale du derby")
    ask = f"/posts/{said['id']}/filter"
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert ask in (await yto.get(f"/@tanmia/{said['id']}")).text
        page = await yto.send(await yto.get(ask), ask)
        assert "this post is filtered" in page.words and "la finale du derby" in page.words
        [made] = await of_app(node)
        assert (made["filter_action"], made["statuses"][0]["status_id"]) == ("hide", said["id"])
        assert "derby" not in (await yto.get("/feed")).words
        again = await yto.get(ask)
        await yto.send(again, ask)  # the first of her filters is chosen: twice is once
        assert len((await of_app(node))[0]["statuses"]) == 1
        own = await yto.get(f"/@tanmia/{said['id']}")
        assert "Filtered: Posts that I hid" in own.words
        path = f"{MINE}/{made['id']}"
        page = await yto.send(page, path + "/end", post=made["statuses"][0]["id"])
        assert "filtered no more" in page.words and "derby" in (await yto.get("/feed")).words
        await yto.send(page, path, **{"word-0": "cinéma"})
        assert (await of_app(node))[0]["keywords"][0]["keyword"] == "cinéma"


async def test_a_post_that_she_may_not_see_is_not_to_be_had_by_filtering_it(node):
    hidden = await say(node, node.token(), "pour mes abonnés", visibility="private")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert (await yto.get(f"/posts/{hidden['id']}/filter")).status == 404
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.post(f"/posts/{hidden['id']}/filter", {"csrf": token, "act": "hide"})).status == 404
    assert await of_app(node) == []


async def test_who_acts_as_an_association_changes_its_filters(node):
    tanmia = await account_of(node, "tanmia")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.send(await yto.get("/me"), "/me/act-as", actor=tanmia)
        await yto.send(await yto.get(f"{MINE}/new"), f"{MINE}/new", **{"word-0": "derby"})
        assert await of_app(node) == []
        kept = await node.read(lambda db: [tuple(row) for row in db.rows("select actor, contexts from filters")])
        assert [(actor, json.loads(contexts)) for actor, contexts in kept] == [
            (int(tanmia), ["home", "notifications", "public"])
        ]
