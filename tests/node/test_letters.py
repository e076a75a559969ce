"""Letters keep their order for each inbox, wait as they should, and are given up in the end."""

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from node import hosts, lanes, letters
from node.lanes import Letter
from node.migrations.table import migrate
from node.people import actors
from node.people.actors import Profile
from node.store import Database, connect
from tests.world import AMAL, NOW

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
HERE = "https://peer.example/inbox"
THERE = "https://peer.example/users/badr/inbox"


def written(db: Database, name: str, at: int = NOW, about: str = "", inboxes: tuple[str, ...] = (HERE,)) -> int:
    """A letter of Amal about something, by default of its own."""
    body = name.encode()
    return letters.write(db, f"https://node.example/{name}", AMAL.id(db), "Create", about or name, body,
                         [(one, one.split("/")[2]) for one in inboxes], at, public=True)  # fmt: skip


def due(db: Database, at: int = NOW, busy: tuple[str, ...] = ()) -> list[str]:
    return [one.body.decode() for one in lanes.due(db, at, busy, 100)]


def head(db: Database, at: int = NOW) -> Letter:
    return lanes.due(db, at, (), 1)[0]


def silence(db: Database, at: int) -> None:
    """The head of the first lane that is due finds nobody."""
    letter = head(db, at)
    known = hosts.failed(db, letter.host, at)
    letters.silent(db, letter, known["failures"], known["silent"], at)


# ── order ─────────────────────────────────────────────────────────────────────


def test_an_inbox_gets_its_letters_one_after_the_other(db):
    for name in ("one", "two", "three"):
        written(db, name)
    seen = []
    while due(db):
        assert len(due(db)) == 1
        seen += due(db)
        letters.delivered(db, [head(db)], 202, NOW)
    assert seen == ["one", "two", "three"]


def test_a_busy_lane_is_left_alone(db):
    written(db, "one", inboxes=(HERE, THERE))
    assert len(due(db)) == 2
    assert len(due(db, busy=(HERE,))) == 1
    assert due(db, busy=(HERE, THERE)) == []


def test_a_letter_refused_for_now_holds_back_only_what_is_about_the_same(db):
    written(db, "create", about="post")
    written(db, "update", about="post")
    written(db, "other")
    letters.try_again(db, head(db), 503, None, NOW)

    assert due(db) == ["other"]
    letters.delivered(db, [head(db)], 202, NOW)
    written(db, "delete", about="post")
    assert due(db, NOW + 40_000) == []
    later = NOW + 2 * MINUTE
    order = []
    while due(db, later):
        order += due(db, later)
        letters.delivered(db, [head(db, later)], 202, later)
    assert order == ["create", "update", "delete"]


def test_what_is_held_back_stays_behind_when_the_host_falls_silent(db):
    written(db, "create", about="post")
    letters.try_again(db, head(db), 503, None, NOW)
    written(db, "update", about="post")
    silence(db, NOW + 2 * MINUTE)

    later = NOW + HOUR
    assert due(db, later) == ["create"]
    letters.delivered(db, [head(db, later)], 202, later)
    assert due(db, later) == ["update"]


# ── waiting ───────────────────────────────────────────────────────────────────


def test_retry_after_wins_over_the_steps(db):
    written(db, "one")
    letters.try_again(db, head(db), 429, 5 * HOUR, NOW)

    assert lanes.next_due(db, NOW) == NOW + 5 * HOUR
    assert due(db, NOW + 5 * HOUR - 1) == []
    assert due(db, NOW + 5 * HOUR) == ["one"]


def test_the_steps_grow_as_the_rules_say_and_scatter_by_a_fifth(db):
    written(db, "one")
    at, waits = NOW, []
    while due(db, at):
        letters.try_again(db, head(db, at), 500, None, at)
        when = lanes.next_due(db, at)
        if when is None:
            break
        waits.append(when - at)
        at = when
    for wait, step in zip(waits, (1, 5, 30, 120, 360, 720, 720, 720), strict=False):
        assert 0.8 * step * MINUTE <= wait <= 1.2 * step * MINUTE
    assert at <= NOW + 7 * DAY
    assert db.value("select state from deliveries") == "failed"


def test_five_failures_pause_all_lanes_of_a_host_and_one_letter_asks_for_all(db):
    inboxes = tuple(f"https://peer.example/users/u{number}/inbox" for number in range(8))
    written(db, "one", inboxes=inboxes)
    written(db, "elsewhere", inboxes=("https://other.example/inbox",))
    for _ in range(5):
        letter = next(one for one in lanes.due(db, NOW, (), 100) if one.host == "peer.example")
        known = hosts.failed(db, letter.host, NOW)
        letters.silent(db, letter, known["failures"], known["silent"], NOW)

    assert due(db) == ["elsewhere"]
    probe = [one for one in lanes.due(db, NOW + 9 * HOUR, (), 100) if one.host == "peer.example"]
    assert len(probe) == 1
    letters.delivered(db, probe, 202, NOW + 9 * HOUR)
    assert len(due(db, NOW + 9 * HOUR)) == 8


def test_a_sign_of_life_wakes_what_waits(db):
    written(db, "one")
    silence(db, NOW)
    assert due(db, NOW + 1000) == []
    assert hosts.heard(db, "peer.example", NOW + 1000) is True
    letters.wake_host(db, "peer.example", NOW + 1000)

    assert due(db, NOW + 1000) == ["one"]
    assert hosts.heard(db, "peer.example", NOW + 1001) is False


def test_a_silent_host_is_given_up_after_seven_days_and_forgotten_after_sixty(db):
    written(db, "old")
    at = NOW
    while due(db, at):
        silence(db, at)
        at = lanes.next_due(db, at) or at
        if db.value("select state from deliveries") == "failed":
            break
    assert 7 * DAY <= at - NOW < 9 * DAY
    assert db.value("select count(*) from lanes") == 0

    written(db, "new", NOW + 10 * DAY)
    silence(db, NOW + 10 * DAY)
    assert 0.9 * DAY < (lanes.next_due(db, NOW) or 0) - NOW - 10 * DAY < 1.1 * DAY
    written(db, "last", NOW + 61 * DAY)
    silence(db, NOW + 61 * DAY)
    assert db.value("select count(*) from deliveries where state = 'waiting'") == 0


def test_a_clock_that_leaps_ahead_gives_up_nothing(db):
    later = NOW + 3650 * DAY
    written(db, "one")
    letters.try_again(db, head(db, later), 503, None, later)
    written(db, "two")
    silence(db, later)

    assert [row[0] for row in db.rows("select state from deliveries order by id")] == ["retry", "waiting"]


def test_a_clock_that_was_ahead_holds_nothing_back_once_it_is_right(db):
    ahead = NOW + 30 * DAY
    written(db, "one", ahead, about="the well")
    letters.try_again(db, head(db, ahead), 503, None, ahead)
    written(db, "two", ahead, about="the well")
    written(db, "three", ahead, inboxes=("https://other.example/inbox",))
    silence(db, ahead)
    letters.bring_back(db, NOW)

    assert sorted(due(db)) == ["one", "three"]
    letters.delivered(db, lanes.due(db, NOW, (), 9), 202, NOW)
    letters.bring_back(db, NOW)
    assert due(db, NOW + 1) == ["two"]


def test_what_waits_for_its_own_time_is_left_there(db):
    written(db, "one")
    letters.try_again(db, head(db), 429, DAY, NOW)
    letters.bring_back(db, NOW)

    assert lanes.next_due(db, NOW) == NOW + DAY


def test_a_letter_settled_twice_is_settled_once(db):
    written(db, "one")
    letter = head(db)
    letters.delivered(db, [letter], 202, NOW)
    letters.silent(db, letter, 1, NOW, NOW)
    letters.try_again(db, letter, 500, None, NOW)
    letters.refused(db, letter, 404, NOW)

    assert [tuple(row) for row in db.rows("select state, tries from deliveries")] == [("done", 1)]
    assert due(db, NOW + DAY) == []


def test_an_inbox_that_is_gone_gets_nothing_more(db):
    written(db, "one", inboxes=(HERE, THERE))
    letters.drop_inbox(db, THERE, NOW)

    assert due(db) == ["one"]
    assert lanes.queued(db, NOW).failed == 1


def test_counts_outlive_the_rows_that_were_counted(db):
    written(db, "one")
    letters.delivered(db, [head(db)], 202, NOW)
    letters.forget_settled(db, NOW + 2 * DAY)

    assert db.value("select count(*) from deliveries") == 0
    assert lanes.queued(db, NOW).done == 1


# ── whatever happens ──────────────────────────────────────────────────────────


@cache
def template() -> Database:
    """An empty file in memory, migrated once."""
    made = connect(None)
    migrate(made)
    return made


def test_of_one_host_a_few_lanes_are_read_together_and_others_behind_them(db: Database) -> None:
    crowd = [f"https://a.example/{number}/inbox" for number in range(300)]
    written(db, "x", inboxes=(*crowd, "https://b.example/inbox"))
    found = Counter(one.host for one in lanes.due(db, NOW, (), 100))
    assert found == {"a.example": lanes.OF_HOST, "b.example": 1}
    busy = [one.inbox for one in lanes.due(db, NOW, (), 100)]
    assert [one.host for one in lanes.due(db, NOW, busy, 100, ["a.example"])] == []
    assert len(lanes.due(db, NOW, busy, 100)) == lanes.OF_HOST


class Lanes(RuleBasedStateMachine):
    """Any mixture of letters, answers and silence: order on each object, no loss, nothing settled twice."""

    INBOXES = tuple(f"https://{host}.example/{name}" for host in "ab" for name in ("inbox", "users/x/inbox"))

    @initialize()
    def begin(self) -> None:
        self.db = connect(None)
        template().conn.backup(self.db.conn)
        self.db.conn.execute("begin")
        profile = Profile(uri=AMAL.uri, type="Person", name="amal", inbox=AMAL.inbox)
        actors.keep_local(self.db, 1, profile)
        self.now, self.number = NOW, 0
        self.wanted: dict[str, list[tuple[str, int]]] = {one: [] for one in self.INBOXES}
        self.settled: dict[str, list[tuple[str, int]]] = {one: [] for one in self.INBOXES}
        self.under_way: list[Letter] = []

    @rule(about=st.sampled_from("xy"), to=st.sets(st.sampled_from(INBOXES), min_size=1))
    def write(self, about: str, to: set[str]) -> None:
        self.number += 1
        for one in to:
            self.wanted[one].append((about, self.number))
        letters.write(self.db, f"https://node.example/{self.number}", 1, "Create", about,
                      f"{about}{self.number}".encode(), [(one, one.split("/")[2]) for one in sorted(to)], self.now,
                      public=True)  # fmt: skip

    @rule(most=st.integers(1, 4))
    def take(self, most: int) -> None:
        busy = {one.inbox for one in self.under_way}
        found = lanes.due(self.db, self.now, busy, most)
        assert len({one.inbox for one in found}) == len(found)
        assert not busy & {one.inbox for one in found}
        self.under_way += found

    @precondition(lambda self: self.under_way)
    @rule(which=st.integers(0, 10), answer=st.sampled_from(["yes", "later", "nobody", "asked", "no"]))
    def answer(self, which: int, answer: str) -> None:
        letter = self.under_way.pop(which % len(self.under_way))
        if answer == "yes":
            letters.delivered(self.db, [letter], 202, self.now)
            hosts.took(self.db, [letter.host], "cavage", self.now)
        elif answer == "no":
            letters.refused(self.db, letter, 400, self.now)
        elif answer == "nobody":
            known = hosts.failed(self.db, letter.host, self.now)
            letters.silent(self.db, letter, known["failures"], known["silent"], self.now)
        else:
            letters.try_again(self.db, letter, 503, HOUR if answer == "asked" else None, self.now)
        if answer in ("yes", "no"):
            text = letter.body.decode()
            self.settled[letter.inbox].append((text[0], int(text[1:])))

    @rule(minutes=st.sampled_from([0, 1, 7, 90, 500]))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(host=st.sampled_from(["a.example", "b.example"]))
    def hear(self, host: str) -> None:
        if hosts.heard(self.db, host, self.now):
            letters.wake_host(self.db, host, self.now)

    @invariant()
    def each_object_in_order(self) -> None:
        for found in getattr(self, "settled", {}).values():
            for about in "xy":
                numbers = [number for kind, number in found if kind == about]
                assert all(a < b for a, b in pairwise(numbers)), numbers

    @invariant()
    def nothing_waits_without_a_lane(self) -> None:
        if hasattr(self, "db"):
            stranded = self.db.value(
                "select count(*) from deliveries where state = 'waiting' and inbox not in (select inbox from lanes)"
            )
            assert stranded == 0

    def teardown(self) -> None:
        if not hasattr(self, "db"):
            return
        if self.now < NOW + 3 * DAY:
            self._let_all_arrive()
            for inbox, wanted in self.wanted.items():
                assert sorted(self.settled[inbox]) == sorted(wanted)
        self.db.close()

    def _let_all_arrive(self) -> None:
        """From now on everybody takes everything."""
        while self.under_way:
            self.answer(which=0, answer="yes")
        for _ in range(10_000):
            self.take(most=4)
            if not self.under_way:
                when = lanes.next_due(self.db, self.now)
                if when is None:
                    break
                self.now = max(self.now + 1, when)
            while self.under_way:
                self.answer(which=0, answer="yes")
        self.each_object_in_order()


Lanes.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLanes: Any = Lanes.TestCase
