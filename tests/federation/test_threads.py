"""Threads of any shape: posts that answer each other in a circle, and chains that are longer than anybody reads."""

from typing import Any

import pytest

from node.posts import posts
from node.store import Database
from tests.conftest import Node, Peer, until
from tests.web.apps import say
from web.mastodon import statuses


async def keep(node: Node, peer: Peer, number: int, answers: int | None, **more: Any) -> int:
    """The id of the peer's note of this number, which answers another one of hers, known or not."""
    above = {"inReplyTo": f"{peer.origin}/notes/{answers}"} if answers is not None else {}
    note = peer.note(number, f"<p>n{number}</p>", **above, **more)
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    row = await until(lambda: node.read(posts.by_uri, note["id"]))
    return int(row["id"])


async def context(node: Node, number: int, token: str | None = None) -> tuple[list[str], list[str]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with node.session.get(f"{node.origin}/api/v1/statuses/{number}/context", headers=headers) as answer:
        found = await answer.json()
    return tuple([one["content"] for one in found[which]] for which in ("ancestors", "descendants"))  # type: ignore[return-value]


@pytest.mark.parametrize("circle", [(35,), (40, 41), (50, 51, 52)], ids=["itself", "two", "three"])
async def test_posts_that_answer_each_other_in_a_circle_are_each_shown_once(node, peer, circle):
    """Their author alone can write such a thing; each reading went around until it had been around for a second."""
    peer.documents.update(dict.fromkeys(f"/notes/{number}" for number in circle))  # none is served: each waits
    made = []
    for number, next_ in zip(circle, (*circle[1:], circle[0]), strict=True):
        made.append(await keep(node, peer, number, next_))
        peer.documents.pop(f"/notes/{number}", None)
    for identifier in made:
        above, below = await context(node, identifier, node.token())
        shown = [*above, *below]
        assert len(shown) == len({*shown}) <= len(circle) - 1
        page = await node.get(f"/@badr@{peer.host}/{identifier}", "text/html")
        assert page.status == 200

    def chains(db: Database) -> list[tuple[int, int | None]]:
        return [(row["id"], row["reply_to"]) for row in db.rows("select id, reply_to from posts")]

    parents = dict(await node.read(chains))
    for one in parents:
        seen, at = set(), one
        while at is not None:
            assert at not in seen, "the chain goes around"
            seen.add(at)
            at = parents[at]


async def test_what_a_post_answers_is_asked_for_once(node, peer):
    """Every server of a busy thread asks for its beginning: each question twice is twice the storm."""
    for number, above in ((60, None), (61, 60)):
        answered = {"inReplyTo": f"{peer.origin}/notes/{above}"} if above else {}
        peer.documents[f"/notes/{number}"] = peer.note(number, f"<p>n{number}</p>", **answered)
    identifier = await keep(node, peer, 62, 61)
    assert [peer.asked.count(f"/notes/{number}") for number in (60, 61)] == [1, 1]
    assert await context(node, identifier) == (["<p>n60</p>", "<p>n61</p>"], [])


async def test_a_circle_of_an_older_file_is_walked_once(node, peer):
    first, second = await keep(node, peer, 1, None), await keep(node, peer, 2, 1)
    await node.write(lambda db: db.execute("update posts set reply_to = ? where id = ?", (second, first)))
    for identifier in (first, second):
        above, _ = await context(node, identifier)
        assert sorted(above) == ["<p>n1</p>", "<p>n2</p>"]


async def test_a_reply_that_came_first_still_finds_its_place(node, peer):
    orphan = await keep(node, peer, 2, 1)
    peer.documents.pop("/notes/1", None)
    top = await keep(node, peer, 1, None)
    assert await context(node, top) == ([], ["<p>n2</p>"])
    assert await context(node, orphan) == (["<p>n1</p>"], [])


async def test_a_visitor_is_shown_the_nearest_of_a_long_chain(node, monkeypatch):
    monkeypatch.setattr(statuses, "MOST_ABOVE", 3)
    token, last = node.token(), None
    for number in range(6):
        made = await say(node, token, f"n{number}", **({"in_reply_to_id": last} if last else {}))
        last = made["id"]
    assert [len(one) for one in await context(node, last)] == [3, 0]
    assert [len(one) for one in await context(node, last, token)] == [5, 0]
