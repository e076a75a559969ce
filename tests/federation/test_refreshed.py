"""When a thread was last asked for is known for a month, and not for ever."""

from federation import worker
from node.posts import refreshed
from node.store import Database
from tests.world import NOW


def test_what_was_asked_for_long_ago_is_forgotten(db: Database) -> None:
    refreshed.keep(db, "thread 1", NOW - worker.REMEMBERED - 1)
    refreshed.keep(db, "thread 2", NOW - worker.REMEMBERED + 1)
    worker._tidy(db, NOW)
    assert refreshed.at(db, "thread 1") is None and refreshed.due(db, "thread 1", NOW, 1)
    assert refreshed.at(db, "thread 2") == NOW - worker.REMEMBERED + 1
