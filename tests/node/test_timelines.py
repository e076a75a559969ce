"""Timelines: what stands in them, once."""

from node.posts import publishing, timelines
from node.posts.posts import New
from tests.world import AMAL, NOW, TANMIA


def test_what_is_said_for_an_association_and_boosted_by_it_stands_once(db):
    amal, tanmia = AMAL.id(db), TANMIA.id(db)
    said = publishing.keep(
        db, New(uri="https://node.example/posts/1", kind="note", author=amal, on_behalf=tanmia, local=True,
                visibility="public", published=NOW, content="<p>news</p>"), NOW,
    )  # fmt: skip
    assert said is not None
    publishing.keep(
        db, New(uri="https://node.example/activities/2", kind="boost", author=tanmia, local=True, visibility="public",
                published=NOW, boost_of=said["id"]), NOW,
    )  # fmt: skip

    assert timelines.of_association(db, tanmia, None, 2**63 - 1, 0, 20) == [said["id"]]
