"""What is done for one actor, post or letter does not read what there is of all the others."""

from collections.abc import Callable
from typing import Any

import pytest

from federation import outbox
from federation.outbox import Draft
from node import hosts, ids, lanes, letters, queue
from node.care import numbers
from node.network import listed
from node.people import actors, follows, notes
from node.people.actors import Profile
from node.posts import interests, notifications, posts, tags
from node.posts.posts import New
from node.store import Database, Row
from tests.world import AMAL, BADR, NOW, TANMIA, YTO

HOUR = 3_600_000  # ms
DAY = 24 * HOUR
MANY = 2000
FEW = 500  # steps of SQLite; a row that is looked at costs several


@pytest.fixture(autouse=True)
def badr(db: Database) -> int:
    return actors.keep_remote(db, Profile(uri=BADR.uri, type="Person", name="badr", host="peer.example"), NOW)


def steps(db: Database, do: Callable[[], object]) -> int:
    """How many steps SQLite made for it, to fifty."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 50
        return 0

    db.conn.set_progress_handler(count, 50)
    try:
        do()
    finally:
        db.conn.set_progress_handler(None, 0)
    return counted


def test_nobody_is_told_any_more_of_who_is_gone(db, badr):
    tanmia = TANMIA.id(db)
    db.many(
        "insert into notifications (id, actor, kind, origin, at, report) values (?, ?, ?, ?, ?, null)",
        [(number, AMAL.id(db), f"kind {number}", tanmia, NOW) for number in range(1, 4)],
    )
    for actor, kind in ((AMAL, "follow"), (AMAL, "mention"), (YTO, "follow"), (YTO, "poll")):
        for origin in (badr, tanmia):
            notifications.tell(db, actor.id(db), kind, origin, None, NOW)
    before = db.value("select count(*) from notifications where origin = ?", (tanmia,))
    assert before and db.value("select count(*) from notifications where origin = ?", (badr,)) >= 3

    notifications.forget(db, badr)

    assert db.value("select count(*) from notifications where origin = ?", (badr,)) == 0
    assert db.value("select count(*) from notifications") == before
    notifications.forget(db, badr)  # nothing is there any more


def test_all_that_was_ever_told_is_not_read_for_who_is_gone(db, badr):
    amal = AMAL.id(db)
    db.execute("pragma defer_foreign_keys = on")
    db.many(
        "insert into notifications (id, actor, kind, origin, at) values (?, ?, 'favourite', ?, ?)",
        [(number, amal, badr + number, NOW) for number in range(1, MANY)],
    )
    assert steps(db, lambda: notifications.forget(db, badr)) < FEW


@pytest.fixture
def sent(db: Database) -> None:
    """Many letters that were taken."""
    letters.write(db, "https://node.example/a", AMAL.id(db), "Create", "x", b"a",
                  [(f"https://h{number}.example/inbox", f"h{number}.example") for number in range(MANY)], NOW, public=True)  # fmt: skip
    db.execute("update deliveries set state = 'done', due = null, settled = ?", (NOW,))
    db.execute("delete from lanes")


@pytest.mark.usefixtures("sent")
def test_letters_that_were_taken_are_not_read_to_find_the_next(db):
    letters.write(db, "https://node.example/b", AMAL.id(db), "Create", "y", b"b", [("https://peer.example/in", "peer.example")],
                  NOW, public=True)  # fmt: skip
    [one] = lanes.due(db, NOW, (), 10)
    letters.try_again(db, one, 503, 1000, NOW)
    assert lanes.due(db, NOW, (), 10) == []
    assert [found.body for found in lanes.due(db, NOW + 1000, (), 10)] == [b"b"]
    assert steps(db, lambda: lanes.due(db, NOW + 1000, (), 10)) < FEW
    assert steps(db, lambda: lanes.next_due(db, NOW)) < FEW


def test_tasks_are_chosen_from_those_that_wait_longest(db, monkeypatch):
    for number in range(MANY):
        queue.enqueue(db, "slow", {}, NOW + number)
    queue.enqueue(db, "quick", {}, NOW + MANY)
    first = queue.take_tasks(db, NOW + DAY, 10, each=3)
    assert [row["kind"] for row in first] == ["slow"] * 3
    assert [row["kind"] for row in queue.take_tasks(db, NOW + DAY, 10, each=3, but=["slow"])] == ["quick"]
    monkeypatch.setattr(queue, "LONGEST_WAITING", 20)
    assert steps(db, lambda: queue.take_tasks(db, NOW + DAY, 3, each=3)) < 5 * FEW


@pytest.mark.usefixtures("sent")
def test_letters_to_others_are_not_read_when_an_inbox_is_dropped(db):
    here = ("https://peer.example/in", "peer.example")
    for name in ("b", "c"):
        letters.write(db, f"https://node.example/{name}", AMAL.id(db), "Create", name, b"", [here], NOW, public=True)
    letters.try_again(db, lanes.due(db, NOW, (), 10)[0], 503, 1000, NOW)
    states = "select distinct state from deliveries where inbox = ? order by 1"
    assert [row[0] for row in db.rows(states, here[:1])] == ["retry", "waiting"]

    assert steps(db, lambda: letters.drop_inbox(db, here[0], NOW)) < FEW
    assert [row[0] for row in db.rows(states, here[:1])] == ["failed"]
    assert db.value("select count(*) from lanes") == 0


def test_conversations_topics_and_filters_of_others_are_not_read_when_a_post_is_deleted(db, badr):
    post = posts.insert(db, New("https://peer.example/1", "note", badr, "public", NOW), NOW)
    db.execute("pragma defer_foreign_keys = on")
    amal, last = AMAL.id(db), ids.new(NOW)
    db.many(
        "insert into conversations (actor, thread, last) values (?, ?, ?)", [(amal, one, last) for one in range(MANY)]
    )
    db.many("insert into filter_posts (filter, post) values (?, ?)", [(1, last + one) for one in range(MANY)])
    db.many(
        "insert into topics (post, place, bumped) values (?, ?, ?)", [(last + one, amal, one) for one in range(MANY)]
    )
    assert steps(db, lambda: posts.delete(db, post["id"])) < 2 * FEW
    assert posts.by_id(db, post["id"]) is None


def test_whether_a_host_is_of_the_network_is_known_without_reading_all_actors(db, badr):
    db.many(
        "insert into actors (uri, type, name, host, local) values (?, 'Person', ?, ?, 0)",
        [(f"https://h.example/{one}", f"n{one}", f"h{one}.example") for one in range(MANY)],
    )
    listed.read_peer(db, badr, "https://peer.example/directory", NOW)
    assert listed.is_of_network(db, "peer.example") and not listed.is_of_network(db, "h1.example")
    assert steps(db, lambda: listed.is_of_network(db, "h1.example")) < FEW
    assert steps(db, lambda: listed.peers(db)) < FEW


@pytest.mark.usefixtures("sent")
def test_letters_that_wait_for_each_server_are_counted_without_those_that_were_taken(db, badr):
    for host in ("peer.example", "other.example"):
        hosts.heard(db, host, NOW)
    here = ("https://peer.example/in", "peer.example")
    for name in ("b", "c"):
        letters.write(db, f"https://node.example/{name}", AMAL.id(db), "Create", name, b"", [here], NOW, public=True)
    letters.try_again(db, lanes.due(db, NOW, (), 10)[0], 503, 1000, NOW)
    known = {row["host"]: (row["actors"], row["waiting"]) for row in hosts.listed(db)}
    assert known["peer.example"] == (1, 2) and known["other.example"] == (0, 0)
    assert steps(db, lambda: hosts.listed(db)) < FEW * 2
    assert [row["host"] for row in hosts.listed(db, 1)] == ["other.example"]
    hosts.decide(db, "peer.example", "silence")
    assert [row["host"] for row in hosts.listed(db, 1)] == ["peer.example"]


def test_servers_that_we_speak_with_are_counted_exactly(db, badr):
    for host in ("peer.example", "other.example", "shut.example"):
        hosts.heard(db, host, NOW)
    hosts.decide(db, "shut.example", "block")
    for name in ("lina", "zineb"):
        actors.keep_remote(
            db, Profile(uri=f"https://other.example/{name}", type="Person", name=name, host="other.example"), NOW
        )
    assert [(row["host"], row["actors"], row["associations"]) for row in hosts.met(db)] == [
        ("other.example", 2, 0), ("peer.example", 1, 0)]  # fmt: skip
    actors.forget(db, badr, NOW)
    assert [row["actors"] for row in hosts.met(db)] == [2, 0] and len(hosts.met(db, 1)) == 1


# ── what anybody may ask for ──────────────────────────────────────────────────


@pytest.fixture
def years(db: Database, badr: int) -> int:
    """Many posts of somebody elsewhere, with one hashtag, older and older; the number of the hashtag."""
    tag = tags.make(db, "ماء")["id"]
    db.many(
        "insert into posts (id, uri, kind, author, local, visibility, thread, published) values (?1, ?1, 'note', ?2, 0, 'public', ?1, ?3)",
        [((NOW - number * HOUR) << 16, badr, NOW - number * HOUR) for number in range(MANY)],
    )
    db.execute(
        "insert into post_tags (tag, post, written) select ?, id, 'ماء' from posts where author = ?", (tag, badr)
    )
    return int(tag)


def wrote(db: Database, text: str, at: int, **more: Any) -> Row:
    return outbox.publish(db, AMAL.row(db), Draft(text, **more), at)


def test_what_was_said_here_is_counted_without_what_was_said_elsewhere(db, years):
    first = wrote(db, "salam #ماء", NOW - DAY)
    wrote(db, "et alors", NOW, reply_to=first["id"])
    assert numbers.said_here(db) == (1, 1)
    assert numbers.said_between(db, NOW - HOUR, NOW + HOUR) == 1 == numbers.written_since(db, NOW - HOUR)
    assert numbers.said_between(db, NOW - 2 * DAY, NOW - HOUR) == 1 and numbers.written_since(db, NOW - 2 * DAY) == 2
    for ask in (numbers.said_here, lambda d: numbers.said_between(d, 0, NOW), lambda d: numbers.written_since(d, 0)):
        assert steps(db, lambda ask=ask: ask(db)) < FEW


def test_a_week_of_a_hashtag_is_counted_without_its_years(db, years):
    week = interests.history(db, years, NOW)
    assert [day["uses"] for day in week] == ["1", *["24"] * 6] and {day["accounts"] for day in week} == {"1"}
    assert steps(db, lambda: interests.history(db, years, NOW)) < 40 * 7 * 24


def test_a_hashtag_on_a_profile_is_counted_without_all_who_used_it(db, years):
    first = wrote(db, "salam #ماء", NOW - DAY)
    wrote(db, "#ماء", NOW, visibility="followers")
    interests.feature(db, AMAL.id(db), "ماء", NOW)
    [shown] = interests.featured(db, AMAL.id(db))
    assert (shown["uses"], shown["last"]) == (1, first["published"])
    interests.feature(db, AMAL.id(db), "eau", NOW)
    assert [(row["shown"], row["uses"]) for row in interests.featured(db, AMAL.id(db))] == [("ماء", 1), ("eau", 0)]
    assert steps(db, lambda: interests.featured(db, AMAL.id(db))) < FEW


def test_whom_to_follow_is_found_without_reading_all_actors(db, badr):
    db.many(
        "insert into actors (uri, type, name, host, local) values (?, 'Person', ?, ?, 0)",
        [(f"https://h.example/{one}", f"n{one}", f"h{one}.example") for one in range(MANY)],
    )
    follows.keep(db, YTO.id(db), badr, "https://node.example/f", True, NOW)
    amal = AMAL.id(db)
    suggested = {row["uri"]: row["near"] for row in notes.suggestions(db, amal, 40)}
    assert suggested[BADR.uri] == 0 and YTO.uri in suggested and not any("h.example" in uri for uri in suggested)
    assert steps(db, lambda: notes.suggestions(db, amal, 40)) < 3 * FEW
    follows.keep(db, amal, YTO.id(db), "https://node.example/g", True, NOW)
    assert {row["uri"]: row["near"] for row in notes.suggestions(db, amal, 40)}[BADR.uri] == 1
