"""Documents that were had before, so that their server need only say that they are as they were.

They lie in memory alone, the least used going first: losing one costs its server one
whole answer.  A server's word that nothing changed is believed for a week; then the
document is asked for whole, whatever the server's own caches say.
Source: RFC 9110 §8.8, §13.1; threats D23: nothing is remembered without bounds.
"""

import time
import zlib
from dataclasses import dataclass

from federation.client import Answer

MOST = 4000  # documents
LARGEST = 262_144  # bytes of one, as it was sent
MOST_BYTES = 8_388_608  # of all, packed
BELIEVED = 7 * 86_400  # seconds
_LONGEST = 256  # characters of a validator


@dataclass(frozen=True, slots=True)
class _Kept:
    headers: dict[str, str]
    packed: bytes
    etag: str
    modified: str
    at: float


class Remembered:
    """Answers by address, as our Application actor had them; nobody else's are kept here."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def conditions(self, url: str) -> dict[str, str]:
        """Headers that ask for the document only if it is another than we have; {} where we have none."""
        found = self._kept.get(url)
        if found is not None and found.at + BELIEVED < time.monotonic():
            self.forget(url)
            found = None
        if found is None:
            return {}
        asked = {"If-None-Match": found.etag, "If-Modified-Since": found.modified}
        return {name: value for name, value in asked.items() if value}

    def unchanged(self, url: str) -> Answer | None:
        """The answer that we have, when its server says that it still holds; it is the last to be forgotten."""
        found = self._kept.pop(url, None)
        if found is None:
            return None
        self._kept[url] = found
        return Answer(200, found.headers, zlib.decompress(found.packed))

    def keep(self, url: str, answer: Answer) -> None:
        """A whole answer takes the place of what we had; without a validator, or too large, none does."""
        self.forget(url)
        etag, modified = _validator(answer, "etag"), _validator(answer, "last-modified")
        kept_out = "no-store" in answer.headers.get("cache-control", "").lower()
        if kept_out or not (etag or modified) or len(answer.body) > LARGEST:
            return
        packed = zlib.compress(answer.body)
        self._kept[url] = _Kept({"content-type": answer.content_type}, packed, etag, modified, time.monotonic())
        self._size += len(packed) + len(url)
        while len(self._kept) > MOST or self._size > MOST_BYTES:
            self.forget(next(iter(self._kept)))

    def forget(self, url: str) -> None:
        """Nothing is known of it."""
        found = self._kept.pop(url, None)
        if found is not None:
            self._size -= len(found.packed) + len(url)


def _validator(answer: Answer, name: str) -> str:
    """A validator as it was sent; '' for none, and for what no server needs to send."""
    found = answer.headers.get(name, "").strip()
    return found if len(found) <= _LONGEST and found.isascii() and found.isprintable() else ""
