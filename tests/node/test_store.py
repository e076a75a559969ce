"""One writer, some readers: together committed, apart undone, and others are heard of."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from node import settings
from node.errors import Busy, Invalid
from node.migrations.table import migrate
from node.store import Database, connect, write_now
from node.threads import CROWD, LOOK_FOR_OTHERS, Store


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    db = connect(tmp_path)
    migrate(db)
    db.close()
    made = Store(tmp_path)
    made.start()
    yield made
    await made.close()


def put(db: Database, name: str, value: str) -> str:
    db.execute("insert into settings (name, value) values (?, ?)", (name, value))
    db.wake(name)
    return value


def put_and_fail(db: Database, name: str) -> None:
    put(db, name, "1")
    raise Invalid("no")


def names(db: Database) -> list[str]:
    return [row[0] for row in db.rows("select name from settings order by name")]


async def test_what_a_write_answers_is_on_the_disk(store):
    assert await store.write(put, "a", "1") == "1"

    beside = sqlite3.connect(store.folder / "node.sqlite3")
    assert beside.execute("select name from settings").fetchall() == [("a",)]
    beside.close()
    assert await store.read(names) == ["a"]
    assert store.glance(names) == ["a"]


@pytest.mark.parametrize("count", [1, CROWD * 5])
async def test_a_write_that_fails_undoes_itself_and_no_other(store, count):
    calls = [store.write(put, f"good{number:02}", "1") for number in range(count)]
    bad = [store.write(put_and_fail, f"bad{number}") for number in range(count)]
    mixed = [one for pair in zip(calls, bad, strict=True) for one in pair]
    answers = await asyncio.gather(*mixed, return_exceptions=True)

    assert answers[::2] == ["1"] * count
    assert all(isinstance(one, Invalid) for one in answers[1::2])
    assert await store.read(names) == [f"good{number:02}" for number in range(count)]


async def test_a_write_that_fails_wakes_nobody(store):
    heard: list[str] = []
    store.on("a", lambda: heard.append("a"))
    store.on("b", lambda: heard.append("b"))
    with pytest.raises(Invalid):
        await store.write(put_and_fail, "a")
    await store.write(put, "b", "1")
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


async def test_what_is_left_for_the_end_comes_after_all_writes_and_dies_with_its_own(store):
    calls = [
        store.write(put_at_end, "last"), store.write(put_at_end_and_fail, "never"),
        store.write(put, "a", "1"), store.write(put, "b", "1"),
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


async def test_a_part_that_fails_undoes_itself_alone(store):
    heard: list[str] = []
    store.on("undone", lambda: heard.append("undone"))
    await store.write(keep_half)
    await asyncio.sleep(0.01)

    assert await store.read(names) == ["kept"]
    assert heard == []


def choose_again(db: Database, country: str) -> tuple[str, str]:
    before = settings.get(db, "country")
    settings.choose(db, "country", country)
    return before, settings.get(db, "country")


async def test_what_is_known_of_a_transaction_is_asked_again_after_a_change(store):
    answers = await asyncio.gather(store.write(choose_again, "TN"), store.write(choose_again, "MA"))

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


async def test_a_constraint_is_the_writes_own_fault(store):
    await store.write(put, "a", "1")
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(put, "a", "2")


async def test_a_full_file_is_nobodys_fault_and_passes(store):
    def fill(db: Database) -> None:
        db.execute("pragma max_page_count = 1")  # no larger than it is already

    await store.write(fill)
    with pytest.raises(Busy):
        await store.write(put, "large", "x" * 1_000_000)
    assert await store.read(names) == []
    await store.write(lambda db: db.execute("pragma max_page_count = 1000000"))
    assert await store.write(put, "large", "x" * 1_000_000)


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
