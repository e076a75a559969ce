"""Timelines: what stands in them, once."""

from node.people import follows
from node.posts import lists, publishing, search, timelines, visibility
from node.posts.posts import New
from tests.world import AMAL, NOW, TANMIA, YTO


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


def say(db, number, author, content="<p>news</p>", **more):
    new = New(uri=f"https://node.example/posts/{number}", kind="note", author=author, local=True,
              visibility=more.pop("visibility", "public"), published=NOW + number, content=content, **more)  # fmt: skip
    return publishing.keep(db, new, NOW + number)["id"]


def test_an_association_and_who_speaks_for_it_alternate_by_time_and_page(db):
    amal, tanmia = AMAL.id(db), TANMIA.id(db)
    said = [say(db, n, tanmia) if n % 2 else say(db, n, amal, on_behalf=tanmia) for n in range(1, 7)]
    say(db, 7, tanmia, visibility="followers")

    newest = timelines.of_association(db, tanmia, None, 2**62, 0, 4)
    assert newest == said[:1:-1]
    assert timelines.of_association(db, tanmia, None, newest[-1], 0, 4) == [said[1], said[0]]
    assert timelines.of_association(db, tanmia, None, 2**62, said[0], 2, oldest=True) == [said[2], said[1]]


def told(db, reader):
    found = db.rows("select post from notifications where actor = ? and kind = 'status' order by post", (reader,))
    return [row["post"] for row in found]


def test_who_asked_to_be_told_of_each_post_is_not_told_of_answers_to_others(db):
    amal, yto = AMAL.id(db), YTO.id(db)
    follows.keep(db, yto, amal, "https://node.example/activities/9", True, NOW)
    follows.choose(db, yto, amal, boosts=None, notify=True)
    first = say(db, 1, amal)
    hers = say(db, 2, TANMIA.id(db))
    say(db, 3, amal, reply_to=hers)
    thread = say(db, 4, amal, reply_to=first)
    assert told(db, yto) == [first, thread]

    apart = lists.create(db, yto, "apart", "list", True, NOW)
    lists.add(db, yto, apart["id"], [amal], NOW)
    last = say(db, 5, amal)
    assert told(db, yto) == [first, thread, last]
    assert db.value("select count(*) from home where viewer = ? and post = ?", (yto, last)) == 0


def test_a_hashtag_is_read_along_its_index(db):
    amal = AMAL.id(db)
    tagged = [say(db, n, amal, tags=["Eau"]) for n in range(1, 4)]
    say(db, 4, amal, tags=["Air"])
    hidden = say(db, 5, amal, tags=["Eau"], visibility="followers")

    assert timelines.with_tag(db, "eau", None, 2**62, 0, 2) == [tagged[2], tagged[1]]
    assert timelines.with_tag(db, "eau", None, tagged[1], 0, 9) == [tagged[0]]
    assert hidden not in timelines.with_tag(db, "eau", amal, 2**62, 0, 9)
    assert len(timelines.with_tag(db, "eau", None, 2**62, 0, 9, also=["air"])) == 4


def test_the_best_come_first_until_there_are_too_many_to_judge(db, monkeypatch):
    amal = AMAL.id(db)
    best = say(db, 1, amal, "<p>oasis oasis oasis</p>")
    last = say(db, 2, amal, "<p>une longue phrase où le mot oasis se perd parmi beaucoup de voisins</p>")

    assert [row["id"] for row in search.ids(db, "oasis", ())] == [best, last]
    assert [row["id"] for row in search.ids(db, "oas", ("note",))] == [best, last]
    monkeypatch.setattr(search, "MANY", 2)
    assert [row["id"] for row in search.ids(db, "oasis", ())] == [last, best]


def test_many_posts_are_seen_as_each_of_them_is(db):
    amal, yto = AMAL.id(db), YTO.id(db)
    said = [say(db, n, amal, visibility=one) for n, one in enumerate(("public", "unlisted", "followers", "direct"), 1)]

    for viewer in (None, amal, yto):
        each = {one for one in said if visibility.see(db, one, viewer) is not None}
        assert visibility.seen(db, said, viewer) == each
    assert visibility.seen(db, said, None) == set(said[:2])
