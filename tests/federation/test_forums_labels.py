"""Labels that forums give their topics: tags of Lemmy 1.0, flair of PieFed."""

import pytest

from node.posts import posts
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import main, relay  # noqa: F401


def tag(peer, **named):
    return {"id": f"{peer.origin}/c/main/tag/1", **named}


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "CommunityPostTag", "preferredUsername": "question", "name": "Besoin d'aide"},
        {"type": "CommunityPostTag", "preferredUsername": "Besoin d'aide"},
        {
            "type": "lemmy:CommunityTag",
            "display_name": "Besoin d'aide",
            "text_color": "#000",
            "background_color": "#fff",
        },
    ],
    ids=["Lemmy", "without a name", "PieFed"],
)
async def test_a_label_of_a_topic_is_seen_in_the_list_and_on_its_page(node, peer, main, shape):  # noqa: F811
    lina = w.actor(peer, "lina")
    tags = [tag(peer, **shape), tag(peer, **shape), {"type": "Hashtag", "name": "#eau", "href": f"{peer.origin}/t/eau"}]
    topic = w.page(peer, 1, lina, main, tag=tags)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    kept = await w.has(node, topic["id"])
    assert posts.details(kept)["labels"] == ["Besoin d'aide"]
    for path in (f"/t/{kept['id']}", f"/f/main@{peer.host}"):
        text = await (await node.get(path, "text/html")).text()
        assert text.count("<bdi>Besoin d&#39;aide</bdi>") == 1, path
    bare = w.page(peer, 1, lina, main, updated="2026-03-01T00:00:00Z")
    await relay(node, peer, main, w.create(peer, 2, bare, main, "Update"), 2)
    await until(lambda: node.read(lambda db: "labels" not in posts.details(posts.get(db, kept["id"]))))


async def test_a_label_is_words_alone_and_few(node, peer, main):  # noqa: F811
    hostile = [{"type": "CommunityPostTag", "name": "<img src=x onerror=alert(1)>" + "x" * 500}, {"type": "CommunityPostTag"},
               {"type": "CommunityPostTag", "name": {"a": 1}}, {"type": "CommunityPostTag", "name": "\u202eabc"}]  # fmt: skip
    hostile += [{"type": "CommunityPostTag", "name": f"n{number}"} for number in range(60)]
    topic = w.page(peer, 1, w.actor(peer, "lina"), main, tag=hostile)
    await relay(node, peer, main, w.create(peer, 1, topic, main))
    labels = posts.details(await w.has(node, topic["id"]))["labels"]
    assert len(labels) == 5 and all(len(one) <= 40 and "<" not in one and "\u202e" not in one for one in labels)
