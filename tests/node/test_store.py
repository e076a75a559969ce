"""One writer, some readers: together committed, apart undone, and others are heard of."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from node import settings
from node.errors import Busy, Invalid
from node.migrations.table import migrate
from node.store import Database, connect, write_now
from node.threads import AT_ONCE, CROWD, LOOK_FOR_OTHERS, Store


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    db = connect(tmp_path)
    migrate(db)
    db.close()
    made = Store(tmp_path)
    made.start()
    yield made
    await made.close()


@pytest.fixture(params=["write", "jot"])
def write(store: Store, request: pytest.FixtureRequest) -> Any:
    """Each of the two ways to write: by the writer, and on the loop."""
    return getattr(store, request.param)


def put(db: Database, name: str, value: str) -> str:
    db.execute("insert into settings (name, value) values (?, ?)", (name, value))
    db.wake(name)
    return value


def put_and_fail(db: Database, name: str) -> None:
    put(db, name, "1")
    raise Invalid("no")


def names(db: Database) -> list[str]:
    return [row[0] for row in db.rows("select name from settings order by name")]


async def test_what_a_write_answers_is_on_the_disk(store, write):
    assert await write(put, "a", "1") == "1"

    beside = sqlite3.connect(store.folder / "node.sqlite3")
    assert beside.execute("select name from settings").fetchall() == [("a",)]
    beside.close()
    assert await store.read(names) == ["a"]
    assert store.glance(names) == ["a"]


@pytest.mark.parametrize("count", [1, CROWD * 5])
async def test_a_write_that_fails_undoes_itself_and_no_other(store, write, count):
    calls = [write(put, f"good{number:02}", "1") for number in range(count)]
    bad = [write(put_and_fail, f"bad{number}") for number in range(count)]
    mixed = [one for pair in zip(calls, bad, strict=True) for one in pair]
    answers = await asyncio.gather(*mixed, return_exceptions=True)

    assert answers[::2] == ["1"] * count
    assert all(isinstance(one, Invalid) for one in answers[1::2])
    assert await store.read(names) == [f"good{number:02}" for number in range(count)]


async def test_a_write_that_fails_wakes_nobody(store, write):
    heard: list[str] = []
    store.on("a", lambda: heard.append("a"))
    store.on("b", lambda: heard.append("b"))
    with pytest.raises(Invalid):
        await write(put_and_fail, "a")
    await write(put, "b", "1")
    await asyncio.sleep(0.05)

    assert heard == ["b"]


def put_at_end(db: Database, name: str) -> None:
    db.at_end(put_all, name)


def put_all(db: Database, names: list[str]) -> None:
    for name in names:
        put(db, name, str(db.value("select count(*) from settings")))


def put_at_end_and_fail(db: Database, name: str) -> None:
    put_at_end(db, name)
    raise Invalid("no")


async def test_what_is_left_for_the_end_comes_after_all_writes_and_dies_with_its_own(store, write):
    calls = [
        write(put_at_end, "last"), write(put_at_end_and_fail, "never"),
        write(put, "a", "1"), write(put, "b", "1"),
    ]  # fmt: skip
    await asyncio.gather(*calls, return_exceptions=True)

    assert await store.read(names) == ["a", "b", "last"]
    assert await store.read(lambda db: db.value("select value from settings where name = 'last'")) == "2"


def keep_half(db: Database) -> None:
    put(db, "kept", "1")
    try:
        with db.savepoint():
            put(db, "undone", "1")
            put_at_end(db, "undone too")
            settings.choose(db, "country", "TN")
            assert settings.get(db, "country") == "TN"
            raise Invalid("no")
    except Invalid:
        assert settings.get(db, "country") == "MA"


async def test_a_part_that_fails_undoes_itself_alone(store, write):
    heard: list[str] = []
    store.on("undone", lambda: heard.append("undone"))
    await write(keep_half)
    await asyncio.sleep(0.01)

    assert await store.read(names) == ["kept"]
    assert heard == []


def choose_again(db: Database, country: str) -> tuple[str, str]:
    before = settings.get(db, "country")
    settings.choose(db, "country", country)
    return before, settings.get(db, "country")


async def test_what_is_known_of_a_transaction_is_asked_again_after_a_change(store, write):
    answers = await asyncio.gather(write(choose_again, "TN"), write(choose_again, "MA"))

    assert answers == [("MA", "TN"), ("TN", "MA")]
    beside = sqlite3.connect(store.folder / "node.sqlite3")
    beside.execute("update settings set value = '\"TN\"'")
    beside.commit()
    beside.close()
    assert await store.read(settings.get, "country") == "TN"


def _change_own_copy(db: Database) -> list[Any]:
    settings.get(db, "rules").append("mine")
    return settings.get(db, "rules")


async def test_a_list_that_was_asked_for_is_ones_own(store):
    await store.write(settings.choose, "rules", [{"en": "Be kind"}])
    assert await store.write(_change_own_copy) == [{"en": "Be kind"}]
    await store.write(settings.choose, "rules", [])
    assert await store.write(_change_own_copy) == []
    assert settings.SETTINGS["rules"].default == []


async def test_a_constraint_is_the_writes_own_fault(store, write):
    await write(put, "a", "1")
    with pytest.raises(sqlite3.IntegrityError):
        await write(put, "a", "2")


async def test_a_full_file_is_nobodys_fault_and_passes(store, write):
    def fill(db: Database) -> None:
        db.execute("pragma max_page_count = 1")  # no larger than it is already

    await store.write(fill)
    with pytest.raises(Busy):
        await write(put, "large", "x" * 1_000_000)
    assert await store.read(names) == []
    await write(lambda db: db.execute("pragma max_page_count = 1000000"))
    assert await write(put, "large", "x" * 1_000_000)


async def test_writes_of_other_processes_are_heard_of(store):
    heard = asyncio.Event()
    store.on("settings", heard.set)
    beside = connect(store.folder)
    write_now(beside, settings.choose, "contact", "post@node.example")
    beside.close()

    await asyncio.wait_for(heard.wait(), 2)


async def test_ones_own_writes_are_not_taken_for_others(store):
    heard: list[str] = []
    store.on("settings", lambda: heard.append("settings"))
    await store.write(put, "a", "1")
    await asyncio.sleep(LOOK_FOR_OTHERS * 1.2)
    await store.write(put, "b", "1")
    await asyncio.sleep(0.05)

    assert heard == []


def name_of_thread(db: Database) -> str:
    return threading.current_thread().name


async def test_a_jot_is_done_on_the_loop_and_waits_its_turn(store):
    assert await store.jot(name_of_thread) == threading.main_thread().name
    assert await store.write(name_of_thread) == "write"
    calls = [store.jot(put, "a", "1"), store.write(put, "a", "2"), store.jot(put, "a", "3")]
    first, *others = await asyncio.gather(*calls, return_exceptions=True)
    assert first == "1" and all(isinstance(one, sqlite3.IntegrityError) for one in others)


async def test_many_jots_leave_the_loop_to_others_between(store):
    seen: list[str] = []

    async def tick() -> None:
        while True:
            seen.append("|")
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(store.jot(lambda db: seen.append("x")) for _ in range(AT_ONCE * 5)))
    ticking.cancel()

    runs = [len(one) for one in "".join(seen).split("|") if one]
    assert sum(runs) == AT_ONCE * 5 and max(runs) <= AT_ONCE


async def test_a_jot_does_not_hold_the_loop_while_another_process_writes(store):
    beside = sqlite3.connect(store.folder / "node.sqlite3", isolation_level=None)
    beside.execute("begin immediate")
    begun = time.monotonic()
    waiting = asyncio.create_task(store.jot(put, "a", "1"))
    await asyncio.sleep(0.05)
    assert not waiting.done() and time.monotonic() - begun < 2
    assert await store.read(names) == []
    beside.execute("rollback")
    beside.close()

    assert await asyncio.wait_for(waiting, 5) == "1"


async def test_who_waits_is_answered_though_a_listener_breaks(store):
    def breaks() -> None:
        raise ValueError("a listener")

    store.on("a", breaks)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    assert await asyncio.wait_for(store.write(put, "a", "1"), 5) == "1"
    assert await asyncio.wait_for(store.jot(put, "b", "1"), 5) == "1"


async def test_a_reader_cannot_write(store):
    with pytest.raises(sqlite3.OperationalError):
        await store.read(put, "a", "1")
    with pytest.raises(sqlite3.OperationalError):
        store.glance(put, "a", "1")


async def test_what_nobody_waits_for_is_written_before_the_end(tmp_path):
    db = connect(tmp_path)
    migrate(db)
    store = Store(tmp_path)
    store.start()
    store.write_soon(put, "late", "1")
    store.write_soon(put_and_fail, "never")
    await store.close()

    assert names(db) == ["late"]
    db.close()


async def test_the_whole_file_is_looked_through(store):
    assert await store.check() == "ok"


async def test_a_short_walk_stays_on_the_loop_and_a_long_one_does_not(store):
    def count_to(db: Database, most: int) -> tuple[int, str]:
        sql = "with recursive n (i) as (select 1 union all select i + 1 from n where i < ?) select max(i) from n"
        return db.value(sql, (most,)), threading.current_thread().name

    assert await store.browse(count_to, 20) == (20, threading.main_thread().name)
    number, where = await store.browse(count_to, 200_000)
    assert number == 200_000 and where.startswith("read")
    assert store.glance(count_to, 200_000)[0] == 200_000  # what is asked for by key is never cut short
    for _ in range(200):  # together they are long: each is short
        assert (await store.browse(count_to, 300))[1] == threading.main_thread().name
    with pytest.raises(sqlite3.OperationalError):
        await store.browse(lambda db: db.value("select nothing"))
