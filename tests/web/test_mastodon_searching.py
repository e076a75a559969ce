"""Posts are found by more than their words, in Mastodon's own operators."""

import pytest

from node.posts import posts, searching
from tests.conftest import until
from tests.web.apps import account_of, picture, say, upload
from web.mastodon.search import KNOWN


async def ask(node, token, typed, **more):
    found = await node.api("GET", "/api/v2/search", token, params={"q": typed, "type": "statuses", **more})
    return [one["id"] for one in found["statuses"]]


async def test_posts_are_found_by_who_wrote_them(node):
    amal, yto = node.token(), node.token("yto")
    mine, hers = await say(node, amal, "بئر القرية"), await say(node, yto, "بئر المدينة")
    assert set(await ask(node, amal, "بئر")) == {mine["id"], hers["id"]}
    for typed in ("بئر from:yto", "from:@yto بئر", f"from:yto@{node.host}"):
        assert await ask(node, amal, typed) == [hers["id"]], typed
    assert await ask(node, amal, "from:me بئر") == [mine["id"]]
    assert await ask(node, amal, "بئر from:nobody") == []
    assert await ask(node, amal, "بئر", account_id=await account_of(node, "yto")) == [hers["id"]]


@pytest.mark.parametrize(
    "typed, wanted",
    [("has:media", {"picture"}), ("has:image", {"picture"}), ("has:video", set()), ("has:poll", {"poll"}),
     ("is:reply", {"reply"}), ("is:sensitive", {"warned"}), ("language:fr", {"reply"}), ("word -is:reply -has:media", {"poll", "warned"}),
     ("word before:2020-01-01", set()), ("word after:2020-01-01 has:poll", {"poll"}), ("in:library word", {"reply"}),
     ("word in:all has:poll", {"poll"})],
)  # fmt: skip
async def test_posts_are_found_by_what_they_are(node, typed, wanted):
    token, yto = node.token(), node.token("yto")
    shown = await upload(node, token, picture())
    said = {
        "picture": await say(node, token, "a word", media_ids=[shown["id"]]),
        "poll": await say(node, token, "word", poll={"options": ["a", "b"], "expires_in": 600}),
        "warned": await say(node, token, "word", sensitive=True),
    }
    said["reply"] = await say(node, yto, "mon word", in_reply_to_id=said["poll"]["id"], language="fr")
    found = await ask(node, yto, typed)
    assert {name for name, one in said.items() if one["id"] in found} == wanted


async def test_pages_of_what_was_found_are_bounded_by_ids(node):
    token = node.token()
    said = [(await say(node, token, f"word {number}"))["id"] for number in range(3)]
    assert await ask(node, token, "word", max_id=said[2], limit=1) == [said[1]]
    assert await ask(node, token, "word", min_id=said[1]) == [said[2]]


async def test_what_one_may_not_see_is_not_found_by_its_author_either(node):
    token, yto = node.token(), node.token("yto")
    await say(node, token, "hidden word", visibility="direct")
    assert await ask(node, yto, "from:amal word") == [] == await ask(node, yto, "from:amal")
    assert len(await ask(node, token, "from:me")) == 1


async def test_what_is_not_public_is_found_through_its_author_alone(node):
    """A list of all that people keep out of lists would be one word away."""
    token, yto = node.token(), node.token("yto")
    quiet = await say(node, token, "psst", visibility="unlisted", language="fr")
    for viewer in (yto, None):
        for typed in ("language:fr", "-is:reply", "-in:public", "after:2020-01-01"):
            assert await ask(node, viewer, typed) == [], typed
        assert await ask(node, viewer, "from:amal") == [quiet["id"]]
    assert await ask(node, token, "-in:public") == [quiet["id"]] == await ask(node, token, "in:library")
    await node.api("POST", f"/api/v1/statuses/{quiet['id']}/bookmark", yto)
    assert await ask(node, yto, "in:library language:fr") == [quiet["id"]]


async def test_only_so_many_posts_are_looked_at(node, monkeypatch):
    """A visitor who asks for what is nowhere has not the whole file read."""
    token = node.token()
    first = await say(node, token, "word", sensitive=True)
    for _ in range(3):
        last = await say(node, token, "word")
    monkeypatch.setattr(searching, "LOOKED_AT", 3)
    for typed in ("word is:sensitive", "is:sensitive", "from:amal is:sensitive", "from:amal word is:sensitive"):
        assert await ask(node, None, typed) == []
        assert await ask(node, None, typed, max_id=last["id"]) == [first["id"]], typed


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31"])
async def test_days_beyond_all_posts_are_days(node, day):
    said = await say(node, node.token(), "word")
    found = {typed: await ask(node, None, f"word {typed}:{day}") for typed in ("before", "after", "during")}
    late = day.startswith("9")
    assert found == {"before": [said["id"]] if late else [], "after": [] if late else [said["id"]], "during": []}


async def test_words_that_look_like_operators_stay_words(node):
    token = node.token()
    said = await say(node, token, "before:noon we meet")
    assert await ask(node, token, "before:noon") == [said["id"]]


async def test_an_address_that_was_pasted_is_found_along_an_index(node, peer):
    """Any visitor may paste one, and each look went through all posts of the file."""
    for _, sql in KNOWN:
        plan = await node.read(
            lambda db, sql=sql: [row["detail"] for row in db.rows(f"explain query plan {sql}", ("x",))]
        )
        assert plan and all(one.startswith("SEARCH") for one in plan), (sql, plan)
    note = peer.note(1, url=f"{peer.origin}/@badr/1")
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    await until(lambda: node.read(posts.by_uri, note["id"]))
    found = await node.api("GET", f"/api/v2/search?q={note['url']}")
    assert [one["uri"] for one in found["statuses"]] == [note["id"]]
