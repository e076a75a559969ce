"""Forums as pages read them: lists, topics in their order, answers in two levels, each for who looks."""

import pytest

from federation import groups, outbox
from federation.outbox import Draft
from node.errors import Conflict, Invalid, NotFound
from node.network import forums, moderation, moderators, topics
from node.people import actors, blocks, users
from node.posts import posts
from node.text import translate
from tests.world import AMAL, NOW, TANMIA, YTO

MINUTE = 60_000


@pytest.fixture
def eau(db):
    made = groups.open_forum(db, "eau", {"ar": "الماء", "fr": "L'eau"}, [AMAL.id(db)], NOW, aims={"fr": "L'eau <b>"})
    return actors.get(db, made)


def write(db, who, text, at=0, *, place=None, reply_to=None, title=""):
    draft = Draft(text=text, title=title, kind="topic" if place else "note", place=place["id"] if place else None,
                  reply_to=reply_to["id"] if reply_to else None)  # fmt: skip
    return outbox.publish(db, who.row(db), draft, NOW + at * MINUTE)


def test_a_forum_has_titles_an_aim_and_a_moderator(db, eau):
    assert eau["display"] == "الماء" and eau["url"].endswith("/f/eau") and eau["uri"].endswith("/groups/eau")
    assert eau["summary"] == "<p>L'eau &lt;b&gt;</p>"
    assert [row["name"] for row in moderators.of(db, eau["id"])] == ["amal"]
    [listed] = forums.every(db, YTO.id(db))
    assert (listed["name"], listed["topics"], listed["last_activity"], listed["joined"]) == ("eau", 0, None, 0)


def test_what_makes_no_forum(db, eau):
    with pytest.raises(Invalid):
        groups.open_forum(db, "sol", {"ar": " "}, [AMAL.id(db)], NOW)
    with pytest.raises(Invalid):
        groups.open_forum(db, "sol", {"ar": "x"}, [], NOW)
    with pytest.raises(Invalid):
        groups.open_forum(db, "sol", {"ar": "x"}, [AMAL.id(db)], NOW, forum=forums.Forum(field="nothing_such"))
    with pytest.raises(Conflict):
        groups.open_forum(db, "EAU".lower(), {"ar": "x"}, [AMAL.id(db)], NOW)
    with pytest.raises(NotFound):
        forums.one(db, AMAL.id(db), None)


def test_topics_stand_in_the_order_of_their_last_answer_pinned_ones_first(db, eau):
    first, second, third = (write(db, YTO, "x", n, place=eau, title=f"t{n}") for n in (1, 2, 3))
    write(db, AMAL, "re", 9, reply_to=first)
    shown = topics.of(db, eau["id"], None)
    assert [(row["title"], row["answers"]) for row in shown] == [("t1", 1), ("t3", 0), ("t2", 0)]
    moderation.pin(db, eau, AMAL.id(db), second, "", NOW)
    assert [row["title"] for row in topics.of(db, eau["id"], None)] == ["t2", "t1", "t3"]
    page = topics.of(db, eau["id"], None, limit=2)
    rest = topics.of(db, eau["id"], None, before=(page[-1]["bumped"], page[-1]["id"]), limit=2)
    assert [row["title"] for row in rest] == ["t3"]
    [listed] = forums.every(db, None)
    assert listed["topics"] == 3 and listed["last_activity"] == NOW + 9 * MINUTE
    assert third["url"].endswith(f"/t/{third['id']}")


def test_an_answer_that_goes_takes_its_topic_back_down(db, eau):
    first, _ = write(db, YTO, "x", 1, place=eau, title="a"), write(db, YTO, "x", 2, place=eau, title="b")
    answer = write(db, AMAL, "re", 9, reply_to=first)
    outbox.delete(db, answer, NOW + 10 * MINUTE)
    assert [row["title"] for row in topics.of(db, eau["id"], None)] == ["b", "a"]


def test_answers_stand_in_two_levels_thirty_a_page(db, eau):
    topic = write(db, YTO, "x", 1, place=eau, title="a")
    one, two = write(db, AMAL, "1", 2, reply_to=topic), write(db, YTO, "2", 3, reply_to=topic)
    under = write(db, YTO, "1.1", 4, reply_to=one)
    deeper = write(db, AMAL, "1.1.1", 5, reply_to=under)
    shown = topics.answers(db, topic, None)
    assert [(row["id"], row["level"], row["root"]) for row in shown] == [
        (one["id"], 1, one["id"]), (under["id"], 2, one["id"]), (deeper["id"], 2, one["id"]), (two["id"], 1, two["id"]),
    ]  # fmt: skip
    assert shown[2]["answered_name"] == "yto" and shown[1]["answered_name"] is None
    for number in range(40):
        write(db, YTO, str(number), 10 + number, reply_to=topic)
    assert topics.count_answers(db, topic, None) == 44
    assert [len(topics.answers(db, topic, None, page=n)) for n in (1, 2, 3)] == [30, 14, 0]


def test_who_blocks_an_author_does_not_see_her(db, eau):
    topic = write(db, YTO, "x", 1, place=eau, title="a")
    write(db, AMAL, "re", 2, reply_to=topic)
    blocks.keep(db, AMAL.id(db), YTO.id(db), "", NOW)
    assert topics.of(db, eau["id"], AMAL.id(db)) == []
    assert topics.answers(db, topic, YTO.id(db)) == []
    [seen] = topics.of(db, eau["id"], None)
    assert seen["answers"] == 1
    with pytest.raises(NotFound):
        topics.one(db, topic["id"], AMAL.id(db))


def test_the_words_of_a_removed_post_are_shown_to_nobody(db, eau):
    topic = write(db, YTO, "x", 1, place=eau, title="a")
    answer = write(db, YTO, "secret", 2, reply_to=topic)
    moderation.remove(db, eau, AMAL.id(db), answer, "", "hors sujet", NOW)
    for viewer in (None, YTO.id(db), AMAL.id(db)):
        [row] = topics.answers(db, topic, viewer)
        assert "secret" not in str(tuple(row)) and row["reason"] == "hors sujet"
    assert topics.one(db, topic["id"], None)["answers"] == 0
    moderation.remove(db, eau, AMAL.id(db), posts.get(db, topic["id"]), "", "", NOW)
    assert topics.of(db, eau["id"], YTO.id(db)) == []
    [line, first] = moderation.log(db, eau["id"])
    assert (line["act"], line["moderator"], line["post"], line["topic"]) == (
        "remove",
        AMAL.id(db),
        topic["id"],
        topic["id"],
    )
    assert (first["post"], first["topic"]) == (answer["id"], topic["id"])


def test_a_solution_is_an_answer_of_the_same_topic(db, eau):
    topic, other = (write(db, YTO, "x", n, place=eau, title="a") for n in (1, 2))
    answer = write(db, AMAL, "re", 3, reply_to=topic)
    for wrong in (topic, write(db, AMAL, "re", 3, reply_to=other)):
        with pytest.raises(Invalid):
            moderation.solve(db, eau, None, topic, wrong, "", NOW)
    assert moderation.solve(db, eau, None, topic, answer, "", NOW)
    assert not moderation.solve(db, eau, None, topic, answer, "", NOW)
    assert topics.answers(db, topic, None)[0]["is_solution"]
    outbox.delete(db, answer, NOW)
    assert not topics.one(db, topic["id"], None)["solved"]


def test_a_forum_keeps_a_moderator(db, eau):
    with pytest.raises(Invalid):
        moderation.dismiss(db, eau, AMAL.id(db), AMAL.row(db), "", NOW)
    moderation.appoint(db, eau, AMAL.id(db), YTO.row(db), "", NOW)
    assert moderation.dismiss(db, eau, AMAL.id(db), AMAL.row(db), "", NOW)
    moderation.ban(db, eau, YTO.id(db), AMAL.row(db), "", "", None, NOW)
    with pytest.raises(Invalid):
        moderation.ban(db, eau, AMAL.id(db), YTO.row(db), "", "", None, NOW)


def test_who_decides_in_a_forum_of_ours(db):
    noor = users.create(db, _person(db, "noor"), None, None, "member", NOW)
    salma = users.create(db, _person(db, "salma"), None, None, "moderator", NOW)
    made = groups.open_forum(
        db, "eau", {"ar": "x"}, [_person(db, "badia")], NOW, forum=forums.Forum(owner=TANMIA.id(db))
    )
    place = actors.get(db, made)

    def of(user):
        return db.value("select actor from users where id = ?", (user,))

    assert forums.may_moderate(db, place, YTO.id(db))  # editor of the association
    assert forums.may_moderate(db, place, of(salma))  # moderator of the node
    assert not forums.may_moderate(db, place, of(noor))
    assert not forums.may_moderate(db, place, TANMIA.id(db))


def _person(db, name):
    from federation import actors as documents

    return documents.create(db, "Person", name, NOW)


def test_lists_ask_the_file_by_index(db, eau):
    """A page of topics costs what it shows, however many there are."""
    plan = " ".join(
        row[3] for row in db.rows(
            "explain query plan select post from topics where place = 1 order by bumped desc, post desc limit 30")
    )  # fmt: skip
    assert "topics_by_place" in plan and "TEMP B-TREE" not in plan


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_refusals_are_said_in_the_readers_language(language):
    for sentence in (groups.BANNED, groups.LOCKED, groups.RESTRICTED, groups.CLOSED):
        assert translate(sentence, language) != sentence
