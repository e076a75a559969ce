"""What was shown, kept until anything is written: between two commits one question has one answer."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Concatenate, ParamSpec, TypeVar

from aiohttp import web

from node.people.sessions import Member
from node.store import Database
from web import viewer, words
from web.state import BRIDGE

P = ParamSpec("P")
T = TypeVar("T")

MOST = 60  # answers kept, each some kilobytes
LONGEST = 30.0  # seconds: what is to come becomes past without a commit


class Fresh:
    """Answers by question, all of them younger than the last commit."""

    def __init__(self, most: int = MOST, longest: float = LONGEST) -> None:
        self._most, self._longest = most, longest
        self._kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._version = 0

    def find(self, question: Hashable, version: int) -> tuple[Any] | None:
        """The answer in a tuple; None where it must be asked for."""
        if version != self._version:
            self._kept.clear()
            self._version = version
        found = self._kept.get(question)
        return (found[1],) if found is not None and found[0] > time.monotonic() - self._longest else None

    def keep(self, question: Hashable, answer: Any, version: int) -> None:
        """version: that of the moment before it was asked; an answer of another moment is not kept."""
        if version != self._version:
            return
        self._kept[question] = time.monotonic(), answer
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    async def answer(self, question: Hashable, version: int, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer that is kept, else the one that is asked for now."""
        found = self.find(question, version)
        if found is None:
            found = (await ask(),)
            self.keep(question, found[0], version)
        answer: T = found[0]
        return answer


FRESH: web.AppKey[Fresh] = web.AppKey("fresh", Fresh)


async def read(
    request: web.Request,
    question: Hashable,
    fn: Callable[Concatenate[Database, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """What fn answers, to be read only; question names all that it depends on besides the file and the reader's language.

    Members are answered from the file each time: what they see depends on who they are.
    """
    store = request.app[BRIDGE].store
    if viewer.of(request) is not None:
        return await store.read(fn, *args, **kwargs)
    return await _kept(request, (fn, question), lambda: store.read(fn, *args, **kwargs))


async def read_by(
    request: web.Request,
    who: Member,
    question: Hashable,
    fn: Callable[Concatenate[Database, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """The same for one member as whom she acts, whose line drops and who asks again; read as `Store.browse` reads."""
    store = request.app[BRIDGE].store
    return await _kept(request, (fn, question, who.user, who.actor), lambda: store.browse(fn, *args, **kwargs))


async def _kept(request: web.Request, question: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
    whole = (question, words.tag(), words.zone(), words.lite(), words.marks())
    return await request.app[FRESH].answer(whole, request.app[BRIDGE].store.version(), ask)
