"""Bytes kept ready: actor documents and the like, made once and forgotten when something changes."""

from collections import OrderedDict
from collections.abc import Iterable

from node.changes import Change

MOST = 2000


class Documents:
    """The newest 2000 documents by path, each with the ids of what it shows."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._about: dict[int, set[str]] = {}
        self.turn = 0  # grows with all that is heard

    def get(self, path: str) -> bytes | None:
        return self._kept.get(path)

    def keep(self, path: str, body: bytes, about: int, turn: int) -> None:
        """turn: that of the moment before the document was read; what was heard since makes it too old to keep."""
        if turn != self.turn:
            return
        self._kept[path] = body
        self._about.setdefault(about, set()).add(path)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def heard(self, changes: Iterable[Change]) -> None:
        """Whatever shows what changed is made anew when asked for."""
        self.turn += 1
        for change in changes:
            for path in self._about.pop(change.subject, ()):
                self._kept.pop(path, None)
