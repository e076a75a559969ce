"""A member's filters on pages: folded under their title, left out, for her alone and only where she wants it."""

import pytest

from node.posts import digest
from node.posts.filters import Sieve
from tests.federation.forum_world import open_forum, write
from tests.web.apps import account_of, follow, picture, say, upload
from tests.web.visitor import Visitor

EVERYWHERE = ["home", "notifications", "public", "thread", "account"]


async def make_filter(node, word, action="warn", contexts=EVERYWHERE, title="كرة القدم", name="yto", **more):
    sent = {"title": title, "context": list(contexts), "filter_action": action,
            "keywords_attributes": [{"keyword": word, "whole_word": True}], **more}  # fmt: skip
    return await node.api("POST", "/api/v2/filters", node.token(name), json=sent)


async def follows(node, *names: str) -> None:
    """Yto follows these."""
    for name in names:
        await follow(node, node.token("yto"), name)


def folded(page, words: str) -> bool:
    """Whether these words stand within a folded part that names the filter."""
    before = page.text[: page.text.index(words)]
    return before.rfind("كرة القدم") > before.rfind("</details>") and before.rfind("<details") > before.rfind("</detai")


async def test_a_filter_folds_for_her_alone_and_not_what_she_wrote_herself(node):
    await follows(node, "tanmia")
    await say(node, node.token(actor="tanmia"), "la finale du derby")
    await say(node, node.token("yto"), "moi aussi, le derby")
    await make_filter(node, "derby")
    async with Visitor(node) as amal, Visitor(node) as yto:
        await amal.log_in("amal")
        await yto.log_in("yto")
        for path in ("/local", "/@tanmia"):
            for _ in range(2):  # kept pieces are shared: the second look is made of them
                assert folded(await yto.get(path), "la finale du derby")
                page = await amal.get(path)
                assert "la finale du derby" in page.text and "كرة القدم" not in page.text
        page = await yto.get("/feed")
        assert folded(page, "la finale du derby") and "Filtered: كرة القدم" in page.words
        assert not folded(page, "moi aussi, le derby")


async def test_what_is_hidden_is_left_out_and_pages_stay_whole(node):
    await follows(node, "tanmia")
    tanmia = node.token(actor="tanmia")
    for number in range(50):
        await say(node, tanmia, f"derby {number}." if number % 2 else f"nouvelle {number}.")
    await make_filter(node, "derby", "hide")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        for path in ("/feed", "/local"):
            page, seen = await yto.get(path), []
            for _ in range(3):
                assert "derby" not in page.words
                seen.append([n for n in range(50) if f"nouvelle {n}." in page.words])
                older = [line for line in page.text.split('"') if line.startswith(f"{path}?max_id=")]
                if not older:
                    break
                page = await yto.get(older[0])
            assert [len(one) for one in seen] == [20, 5]
            assert sorted(seen[0] + seen[1]) == list(range(0, 50, 2))


async def test_a_page_of_which_nothing_is_left_says_so(node):
    await follows(node, "tanmia")
    await say(node, node.token(actor="tanmia"), "la finale du derby #sport")
    await make_filter(node, "derby", "hide")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        for path in ("/feed", "/local", "/@tanmia", "/tags/sport"):
            page = await yto.get(path)
            assert "Your filters leave nothing of this page." in page.words and "derby" not in page.words, path


@pytest.mark.parametrize("context", EVERYWHERE)
async def test_a_filter_holds_where_she_wants_it_and_nowhere_else(node, context):
    await follows(node, "tanmia")
    asked = await say(node, node.token("yto"), "une question")
    said = await say(node, node.token(actor="tanmia"), "@yto le derby #sport", in_reply_to_id=asked["id"])
    forum = await open_forum(node)
    topic = await write(node, "amal", "le derby", title="Le derby", place=forum["uri"])
    await make_filter(node, "derby", contexts=[context])
    pages = {"/feed": "home", "/local": "public", "/tags/sport": "public", "/forums": "public", f"/@yto/{asked['id']}": "thread",
             f"/@tanmia/{said['id']}": "thread", f"/t/{topic['id']}": "thread", "/@tanmia": "account",
             "/notifications": "notifications"}  # fmt: skip
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        for path, where in pages.items():
            page = await yto.get(path)
            if path == "/@tanmia":  # an association's site shows no answers
                await say(node, node.token(actor="tanmia"), "encore le derby")
                page = await yto.get(path)
            assert ("كرة القدم" in page.text) == (where == context), path


async def test_an_answer_that_others_answered_is_folded_rather_than_left_out(node):
    amal, yto = node.token(), node.token("yto")
    asked = await say(node, yto, "une question")
    lone = await say(node, amal, "derby seul", in_reply_to_id=asked["id"])
    answered = await say(node, amal, "derby répondu", in_reply_to_id=asked["id"])
    await say(node, node.token(actor="tanmia"), "une réponse", in_reply_to_id=answered["id"])
    await make_filter(node, "derby", "hide")
    async with Visitor(node) as visitor:
        await visitor.log_in("yto")
        page = await visitor.get(f"/@yto/{asked['id']}")
        assert "derby seul" not in page.text and folded(page, "derby répondu") and "une réponse" in page.text
        own = await visitor.get(f"/@amal/{lone['id']}")  # asked for by its address
        assert folded(own, '<div class="text"') and own.status == 200


async def test_a_hidden_post_is_no_news_in_the_notifications(node):
    asked = await say(node, node.token("yto"), "une question")
    await say(node, node.token(), "@yto derby", in_reply_to_id=asked["id"])
    await say(node, node.token(), "@yto bonjour")
    made = await make_filter(node, "derby", "hide")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get("/notifications")
        assert "bonjour" in page.words and "derby" not in page.words
        await node.api("PUT", f"/api/v2/filters/{made['id']}", node.token("yto"), json={"filter_action": "warn"})
        page = await yto.get("/notifications")
        assert "Filtered: كرة القدم" in page.words and "derby" not in page.words


async def test_words_of_pictures_and_polls_count_and_pictures_alone_may_be_kept_back(node):
    token = node.token(actor="tanmia")
    await follows(node, "tanmia")
    seen = await upload(node, token, picture(), "photo du derby")
    await say(node, token, "regardez", media_ids=[seen["id"]])
    await say(node, token, "lequel ?", poll={"options": ["derby", "cinéma"], "expires_in": 3600})
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert "<figure" in (await yto.get("/feed")).text
        made = await make_filter(node, "derby", "blur")
        page = await yto.get("/feed")
        assert "<figure" not in page.text and "photo du derby" in page.words and "كرة القدم" not in page.text
        await node.api("PUT", f"/api/v2/filters/{made['id']}", node.token("yto"), json={"filter_action": "warn"})
        page = await yto.get("/feed")
        assert folded(page, "regardez") and folded(page, "lequel ?")


async def test_who_has_no_filter_is_asked_for_none(node):
    await say(node, node.token(), "le derby")
    asked: list[str] = []
    node.bridge.store._glancing.conn.set_trace_callback(asked.append)
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        await yto.get("/feed")
        assert asked and not any("from filters where actor" in one or "filter_keywords" in one for one in asked)
        await make_filter(node, "derby")
        await yto.get("/feed")
        assert any("filter_keywords" in one for one in asked)
    node.bridge.store._glancing.conn.set_trace_callback(None)


async def test_an_association_reads_with_its_own_filters(node):
    await follows(node, "amal")
    await say(node, node.token(), "le derby")
    await make_filter(node, "derby")
    tanmia = await account_of(node, "tanmia")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert "كرة القدم" in (await yto.get("/local")).text
        await yto.send(await yto.get("/me"), "/me/act-as", actor=tanmia)
        page = await yto.get("/local")
        assert "le derby" in page.text and "كرة القدم" not in page.text


async def test_a_filter_whose_time_is_over_holds_no_more(node):
    made = await make_filter(node, "derby", expires_in=3600)
    yto = int(await account_of(node, "yto"))
    ends = await node.read(lambda db: db.value("select expires from filters where id = ?", (int(made["id"]),)))
    assert await node.read(lambda db: bool(Sieve(db, yto, ends - 1, within="home")))
    assert not await node.read(lambda db: bool(Sieve(db, yto, ends, within="home")))


async def test_marks_without_a_letter_are_found_in_nothing(node):
    await say(node, node.token(), "bonjour")
    for word in ("\u0640", "\u0651", "\u0301"):
        await make_filter(node, word, "hide")
    await make_filter(node, "#رياضة", "hide")
    await say(node, node.token(), "الجولة الأولى #رياضة")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get("/local")
        assert "bonjour" in page.words and "الجولة" not in page.words


async def test_a_filter_for_answers_alone_leaves_the_letters_of_news_as_they_are(node):
    await follows(node, "tanmia")
    said = await say(node, node.token(actor="tanmia"), "la finale du derby")
    await make_filter(node, "derby", contexts=["thread"])
    yto, at = int(await account_of(node, "yto")), int(said["id"]) >> 16

    async def told() -> list[int]:
        found = await node.read(digest.gather, yto, at - 1000, at + 1000)
        return [row["id"] for rows in found.subjects.values() for row in rows]

    assert await told() == [int(said["id"])]
    await make_filter(node, "finale", contexts=["home"])
    assert await told() == []
