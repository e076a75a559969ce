"""Rows of work: taken once, back by themselves, tried again, given up, counted."""

import pytest

from node import queue
from tests.world import NOW

HOUR, DAY = 3_600_000, 86_400_000


def keep(db, number=1, at=NOW):
    return queue.keep_received(db, f"https://peer.example/{number}", b"{}", "https://peer.example/users/badr", at)


def test_an_activity_is_kept_once(db):
    assert keep(db) is True
    assert keep(db) is False
    assert queue.keep_acted(db, "https://peer.example/1", "https://peer.example/users/badr", NOW) is None


def test_what_was_acted_on_at_once_is_remembered_and_not_taken(db):
    assert queue.keep_acted(db, "https://peer.example/1", "https://peer.example/users/badr", NOW)
    assert queue.take_received(db, NOW, 10) == []
    assert keep(db) is False
    assert queue.received(db, NOW).done == 1


def test_work_that_nobody_finished_comes_back(db):
    keep(db)
    assert len(queue.take_received(db, NOW, 10)) == 1
    assert queue.take_received(db, NOW + queue.LEASE - 1, 10) == []
    [again] = queue.take_received(db, NOW + queue.LEASE, 10)
    assert again["tries"] == 2


def test_what_came_first_is_acted_on_first(db):
    for number in range(5):
        keep(db, number)
    assert [row["activity"][-1] for row in queue.take_received(db, NOW, 3)] == ["0", "1", "2"]
    assert [row["activity"][-1] for row in queue.take_received(db, NOW, 3)] == ["3", "4"]


def test_a_failing_activity_is_given_up_after_the_last_step_with_its_body(db):
    keep(db)
    at, tries = NOW, 0
    while queue.next_received(db) is not None:
        at = queue.next_received(db) or at
        [row] = queue.take_received(db, at, 10)
        tries = row["tries"]
        queue.again_received(db, row["id"], tries, "nobody there", at)
    assert tries == len(queue.AGAIN) + 1
    assert at - NOW == sum(queue.AGAIN)
    assert tuple(db.row("select state, body, error from received")) == ("failed", b"{}", "nobody there")


def test_what_fails_fills_no_disk(db, monkeypatch):
    """D23: anybody who signs may send a megabyte that we refuse, again and again."""
    monkeypatch.setattr(queue, "MOST_LOOKED_AT", 3)
    for number in range(6):
        keep(db, number, NOW + number)
        [row] = queue.take_received(db, NOW + number, 1)
        queue.failed_received(db, row["id"], "refused", b"x" * 1_000_000)
        db.execute("update received set body = ? where id = ?", (b"x" * 1_000_000, row["id"]))
        queue.failed_received(db, row["id"], "refused")
    queue.forget_received(db, NOW + 10)
    assert [row[0] for row in db.rows("select length(body) from received order by id")] == [None] * 3 + [
        queue.LOOKED_AT
    ] * 3
    assert queue.received(db, NOW + 10).failed == 6
    queue.forget_received(db, NOW + queue.KEPT + 100)
    assert db.value("select count(*) from received") == 0 and queue.received(db, NOW).failed == 6


def test_a_look_that_was_put_back_is_no_try(db):
    keep(db)
    [row] = queue.take_received(db, NOW, 1)
    queue.put_back_received(db, row["id"], NOW + 1000)
    [again] = queue.take_received(db, NOW + 1000, 1)
    assert again["tries"] == row["tries"]


def test_ids_are_forgotten_after_thirty_days_and_stay_counted(db):
    keep(db)
    [row] = queue.take_received(db, NOW, 1)
    queue.done_received(db, row["id"])
    queue.forget_received(db, NOW + 29 * DAY)
    assert keep(db) is False
    queue.forget_received(db, NOW + 31 * DAY)
    assert queue.received(db, NOW).done == 1
    assert keep(db) is True


def test_the_oldest_is_told_in_seconds(db):
    assert queue.received(db, NOW).oldest is None
    keep(db)
    assert queue.received(db, NOW + HOUR).oldest == 3600


def test_more_than_a_mark_waits(db):
    for number in range(3):
        keep(db, number)
    assert queue.waits_more_than(db, 2) is True
    assert queue.waits_more_than(db, 3) is False


def test_a_task_with_a_name_is_queued_once(db):
    for _ in range(2):
        queue.enqueue(db, "kind", {"a": 1}, NOW, name="once")
    [task] = queue.take_tasks(db, NOW, 10)
    assert (task["kind"], task["body"]) == ("kind", '{"a": 1}')
    queue.done_task(db, task["id"])
    assert queue.next_task(db) is None


@pytest.mark.parametrize("tries", range(1, len(queue.AGAIN) + 1))
def test_a_task_is_tried_again_at_growing_distances(db, tries):
    queue.enqueue(db, "kind", {}, NOW)
    [task] = queue.take_tasks(db, NOW, 1)
    assert queue.again_task(db, task["id"], tries, NOW) is True
    assert queue.next_task(db) == NOW + queue.AGAIN[tries - 1]
    assert queue.again_task(db, task["id"], len(queue.AGAIN) + 1, NOW) is False


def test_tasks_are_taken_so_many_of_a_kind_and_none_of_a_kind_that_is_full(db):
    for number in range(5):
        queue.enqueue(db, "slow", {}, NOW + number)
    queue.enqueue(db, "quick", {}, NOW + 9)
    taken = queue.take_tasks(db, NOW + 10, 10, each=2)
    assert sorted(row["kind"] for row in taken) == ["quick", "slow", "slow"]
    assert queue.take_tasks(db, NOW + 10, 10, but=["slow"]) == []
    assert queue.next_task(db) == NOW + 2
    assert queue.next_task(db, ["slow"]) == NOW + 10 + queue.LEASE
