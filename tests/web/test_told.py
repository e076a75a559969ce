"""Answers that are kept between two commits: never older than the file, never somebody else's."""

from typing import Any

from node.people import actors, follows, tokens
from node.posts import permits
from tests.web.apps import say
from web.fresh import Fresh
from web.mastodon.told import TOLD

HOME = "/api/v1/timelines/home"


async def test_the_same_question_is_answered_from_memory_until_something_is_written(node):
    token = node.token()
    await say(node, token, "one")
    first = await node.api("GET", HOME, token)
    asked: list[Any] = []
    node.app[TOLD].keep = lambda *a: asked.append(a)  # type: ignore[method-assign]
    assert await node.api("GET", HOME, token) == first
    assert not asked
    await say(node, token, "two")
    assert len(await node.api("GET", HOME, token)) == len(first) + 1
    assert asked


async def test_nobody_is_given_what_another_was_told(node):
    amal, yto = node.token(), node.token("yto")
    await say(node, amal, "for followers", visibility="private")
    assert len(await node.api("GET", HOME, amal)) == 1
    assert await node.api("GET", HOME, yto) == []
    await node.api("GET", HOME, status=401)


async def test_another_page_is_another_question(node):
    token = node.token()
    for number in range(3):
        await say(node, token, f"post {number}")
    both = await node.api("GET", f"{HOME}?limit=2", token)
    assert len(both) == 2
    assert len(await node.api("GET", f"{HOME}?limit=1", token)) == 1
    assert len(await node.api("GET", f"{HOME}?limit=2&max_id={both[-1]['id']}", token)) == 1


async def test_a_token_revoked_by_another_process_opens_nothing_more(node):
    token = node.token()
    await node.api("GET", HOME, token)
    await node.write(lambda db: db.execute("delete from tokens where secret = ?", (tokens.fingerprint(token),)))
    await node.api("GET", HOME, token, status=401)


async def test_parameters_in_a_body_are_no_part_of_the_address_and_are_answered_anew(node):
    token = node.token()
    for number in range(3):
        await say(node, token, f"post {number}")
    assert len(await node.api("GET", HOME, token, json={"limit": 1})) == 1
    assert len(await node.api("GET", HOME, token, json={"limit": 2})) == 2


async def test_circles_of_many_authors_are_one_question(node):
    def look(db: Any) -> permits.Circles:
        amal, yto, badr = (actors.ours(db, name)["id"] for name in ("amal", "yto", "tanmia"))
        follows.keep(db, amal, badr, "https://x.example/1", True, 1)
        follows.keep(db, yto, amal, "https://x.example/2", True, 1)
        follows.keep(db, amal, yto, "https://x.example/3", False, 1)
        found = permits.circles(db, amal, [badr, yto])
        assert found == {("followers", badr), ("following", yto)}
        for author, group in ((badr, "followers"), (badr, "following"), (yto, "following"), (yto, "followers")):
            permit = permits.Permit((group,))
            assert permits.stands(db, permit, author, amal) == permits.stands_among(permit, author, amal, lambda: found)
        return permits.circles(db, badr, [amal])

    assert await node.write(look) == {("following", await node.read(lambda db: actors.ours(db, "amal")["id"]))}


def test_an_answer_older_than_its_time_is_asked_for_again():
    short = Fresh(10, 0.0)
    assert short.find("q", 1) is None
    short.keep("q", "a", 1)
    assert short.find("q", 1) is None
    long = Fresh(1, 60.0)
    assert long.find("q", 1) is None
    long.keep("q", "a", 1)
    assert long.find("q", 1) == ("a",)
    long.keep("r", "b", 1)
    assert long.find("q", 1) is None, "one is kept"
    assert long.find("r", 2) is None, "the file has changed"
