"""Keys that signatures were checked with lately, so that a storm of activities asks the database once for each.

They lie in memory alone, the least used going first.  What makes one untrue, a key that was
changed or dropped, an actor that is gone, wakes `keys` when it is committed: then all are forgotten.
"""

from federation.signatures import Key

MOST = 4096


class KnownKeys:
    """Keys of living actors, by their id."""

    def __init__(self) -> None:
        self._kept: dict[str, Key] = {}

    def find(self, identifier: str) -> Key | None:
        """The key, as the database has it; None where it is to be asked."""
        found = self._kept.pop(identifier, None)
        if found is not None:
            self._kept[identifier] = found
        return found

    def keep(self, key: Key) -> Key:
        """The key itself, found from now on."""
        self._kept[key.id] = key
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        return key

    def forget(self) -> None:
        """The database is asked for every key again."""
        self._kept.clear()
