"""What is kept of a second step: each code counts once, a secret only where and while it was begun."""

import pytest

from federation import actors as documents
from federation import groups
from node import settings
from node.errors import Conflict
from node.network import forums
from node.people import actors, second_factors, sessions, users
from node.people.second_factors import BEGUN, State
from tests.world import NOW, TANMIA

HASHED = [f"hash {place}" for place in range(10)]


@pytest.fixture
def amal(db) -> int:
    return users.by_name(db, "amal")["id"]


def turn_on(db, user, sealed=b"sealed"):
    second_factors.begin(db, user, 7, sealed, NOW)
    assert second_factors.confirm(db, user, sealed, 100, HASHED, NOW)


def test_a_secret_waits_for_its_first_code(db, amal):
    second_factors.begin(db, amal, 7, b"sealed", NOW)
    assert second_factors.state(db, amal) == State() and not second_factors.is_on(db, amal)
    assert second_factors.sealed(db, amal) is None and not second_factors.take(db, amal, 100)
    assert second_factors.begun(db, amal, 7, NOW + BEGUN - 1) == b"sealed"
    assert second_factors.begun(db, amal, 8, NOW) is None, "another session"
    assert second_factors.begun(db, amal, 7, NOW + BEGUN) is None, "too late"


def test_the_last_that_was_begun_is_the_one(db, amal):
    second_factors.begin(db, amal, 7, b"one", NOW)
    second_factors.begin(db, amal, 8, b"other", NOW + 1)
    assert not second_factors.confirm(db, amal, b"one", 100, HASHED, NOW)
    assert second_factors.begun(db, amal, 7, NOW) is None
    assert second_factors.confirm(db, amal, b"other", 100, HASHED, NOW)
    assert second_factors.state(db, amal) == State(NOW, 10)


def test_what_is_on_is_not_begun_nor_confirmed_again(db, amal):
    turn_on(db, amal)
    with pytest.raises(Conflict):
        second_factors.begin(db, amal, 7, b"another", NOW)
    assert not second_factors.confirm(db, amal, b"sealed", 200, HASHED, NOW)
    assert second_factors.sealed(db, amal) == b"sealed"


def test_a_step_and_all_before_it_count_once(db, amal):
    turn_on(db, amal)
    taken = [second_factors.take(db, amal, step) for step in (100, 99, 101, 101, 100, 103, 102)]
    assert taken == [False, False, True, False, False, True, False]


def test_a_recovery_code_counts_once_and_new_ones_put_it_out(db, amal):
    turn_on(db, amal)
    assert second_factors.code_like(db, amal, "3" * 16) == "hash 3"
    assert second_factors.use_code(db, amal, "hash 3") and not second_factors.use_code(db, amal, "hash 3")
    assert second_factors.code_like(db, amal, "3" * 16) is None
    assert second_factors.state(db, amal).left == 9
    second_factors.keep_codes(db, amal, [f"new {place}" for place in range(10)])
    assert not second_factors.use_code(db, amal, "hash 4")
    assert second_factors.state(db, amal).left == 10


def test_ten_codes_begin_with_their_number_and_no_two_sheets_are_alike():
    one, other = second_factors.new_codes(), second_factors.new_codes()
    assert [code[0] for code in one] == list("0123456789")
    assert {len(code) for code in one} == {16} and all(code.isdecimal() for code in one)
    assert not set(one) & set(other)


def test_it_is_forgotten_whole(db, amal):
    turn_on(db, amal)
    assert second_factors.forget(db, amal) and not second_factors.forget(db, amal)
    assert second_factors.state(db, amal) == State()
    assert db.value("select count(*) from recovery_codes") == 0
    second_factors.begin(db, amal, 7, b"sealed", NOW)
    assert not second_factors.forget(db, amal), "it was not on"
    assert second_factors.begun(db, amal, 7, NOW) is None


def test_a_session_knows_whether_a_code_was_given(db, amal):
    settings.choose(db, "two_steps_for_staff", True)
    alone, behind = (sessions.start(db, amal, NOW, proved=proved) for proved in (False, True))
    found = sessions.find(db, alone, NOW)
    assert (found.role, found.rests) == ("member", True)
    assert (sessions.find(db, behind, NOW).role, sessions.find(db, behind, NOW).rests) == ("admin", False)
    sessions.prove(db, found.session)
    assert sessions.find(db, alone, NOW).role == "admin"
    assert {row["proved"] for row in sessions.of(db, amal)} == {1}


def test_a_member_has_no_role_that_could_rest(db):
    settings.choose(db, "two_steps_for_staff", True)
    secret = sessions.start(db, users.by_name(db, "yto")["id"], NOW)
    assert not sessions.find(db, secret, NOW).rests


def test_in_forums_too_the_nodes_moderators_decide_only_with_it(db):
    salma = documents.create(db, "Person", "salma", NOW)
    user = users.create(db, salma, None, None, "moderator", NOW)
    place = actors.get(db, groups.open_forum(
        db, "eau", {"ar": "x"}, [documents.create(db, "Person", "badia", NOW)], NOW, forum=forums.Forum(owner=TANMIA.id(db))
    ))  # fmt: skip
    assert forums.may_moderate(db, place, salma)
    settings.choose(db, "two_steps_for_staff", True)
    assert not forums.may_moderate(db, place, salma)
    assert forums.may_moderate(db, place, users.by_name(db, "yto")["actor"]), "the editor of its association"
    turn_on(db, user)
    assert forums.may_moderate(db, place, salma)
