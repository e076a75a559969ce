"""Letters leave: signed, in order for each inbox, again when a peer was not there.

Source: reliability rule 3; interop §4 (double knock), §7.2.
"""

import asyncio
import email.utils
from collections import Counter, deque
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from federation import signing, synchronization
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.client import Answer
from keys.ring import Ring
from node import hosts, lanes, letters
from node.errors import NodeError, Unreachable
from node.lanes import Letter
from node.log import Log
from node.people import actor_keys, actors, follows, whose
from node.store import Database

log = Log("federation.delivery")

AT_ONCE = 64  # letters on their way
AT_ONCE_PER_HOST = 2
TOGETHER = 16  # letters signed in one go, off the event loop: a signature takes half a millisecond
AHEAD = 256  # letters read from the file in one go
GATHER = 0.02  # seconds in which what became of letters is gathered, to be written in one transaction
LONGEST = 5  # times as long while a crowd is on its way, or until there are so many to write:
CROWD, MANY = 16, 64
LONGEST_RETRY_AFTER = 86_400_000  # ms
KNOCK_AGAIN = frozenset((400, 401, 403))
FINAL_FOR_ACTOR = frozenset((404, 410, 451))
TRY_AGAIN = frozenset((408, 425, 429))
REFUSALS = 3  # further tries after 401 or 403
CLOCKS_DIFFER = 1_800_000  # ms: peers take an hour ahead, twelve behind; half of the first is worth a word
UNSENDABLE = 422  # our own word for a letter that we cannot sign, or whose address we do not ask


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter, the key that signs it, and the headers that go with it besides (FEP-8fcf)."""

    letter: Letter
    key_id: str
    besides: dict[str, str]


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one try; status 0 when nobody answered."""

    letter: Letter
    status: int
    knock: str
    retry_after: int | None = None  # ms


class Deliveries:
    """The letters on their way from this process.  `fill` is called whenever something may be due."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._ready: deque[Ready] = deque()  # read from the file, their lanes are busy
        self._busy: set[str] = set()
        self._hosts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._settled: list[Posted] = []
        self._settling: asyncio.Task[None] | None = None
        self._signing = ThreadPoolExecutor(1, thread_name_prefix="sign")
        self.room = asyncio.Event()  # set when more could be sent, or more of a lane could be read

    @property
    def under_way(self) -> bool:
        """Whether `room` will be set by itself."""
        return bool(self._tasks) or bool(self._settled)

    async def fill(self) -> None:
        """Whatever is due and has a place is on its way."""
        while len(self._tasks) < AT_ONCE:
            chosen = self._choose()
            if not chosen:
                if not await self._read_ahead():
                    return
                continue
            signed = await asyncio.get_running_loop().run_in_executor(self._signing, _sign, self._bridge.ring, chosen)
            for letter, headers in signed:
                task = asyncio.create_task(self._deliver(letter, headers))
                self._tasks.add(task)
                task.add_done_callback(self._leave)

    async def stop(self, seconds: float) -> None:
        """Letters on their way arrive, or are left for the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        if self._settling is not None:
            await self._settling
        self._signing.shutdown()

    async def _read_ahead(self) -> bool:
        """Heads of lanes that are due wait in memory; false when there were none but of hosts that have enough there."""
        waiting = Counter(one.letter.host for one in self._ready)
        full = [host for host, count in waiting.items() if count >= lanes.OF_HOST]
        found = await self._bridge.store.read(_due, now(), frozenset(self._busy), AHEAD, full)
        for one in found:
            self._busy.add(one.letter.inbox)
        self._ready.extend(found)
        return bool(found)

    def _choose(self) -> list[Ready]:
        """Letters that go now: as many as have a place, two to a host; the others keep their order."""
        chosen: list[Ready] = []
        room = min(TOGETHER, AT_ONCE - len(self._tasks))
        for _ in range(len(self._ready)):
            if len(chosen) >= room:
                break
            one = self._ready.popleft()
            if self._hosts[one.letter.host] >= AT_ONCE_PER_HOST:
                self._ready.append(one)
                continue
            self._hosts[one.letter.host] += 1
            chosen.append(one)
        return chosen

    def _leave(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if len(self._tasks) <= AT_ONCE - TOGETHER:
            self.room.set()

    async def _deliver(self, letter: Letter, headers: dict[str, str] | None) -> None:
        try:
            posted = await post(self._bridge, letter, headers)
        except Exception:
            log.error("delivery broke", inbox=letter.inbox)
            posted = Posted(letter, 0, letter.knock)
        self._hosts[letter.host] -= 1
        if not self._hosts[letter.host]:
            del self._hosts[letter.host]
        self._settled.append(posted)
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        """What became of the letters is written, many in one transaction; only then their lanes are free."""
        while self._settled:
            await self._gather()
            batch, self._settled = self._settled, []
            waiting = True
            try:
                waiting = await self._bridge.store.write(settle, batch, now())
            except Exception:
                log.error("deliveries could not be settled", count=len(batch))
                await asyncio.sleep(1)
            for one in batch:
                self._busy.discard(one.letter.inbox)
            if waiting:
                self.room.set()

    async def _gather(self) -> None:
        """A commit costs as much as settling many letters: while more are coming it waits for them."""
        for _ in range(LONGEST):
            await asyncio.sleep(GATHER)
            if len(self._tasks) < CROWD or len(self._settled) >= MANY:
                return


async def post(bridge: Bridge, letter: Letter, headers: dict[str, str] | None) -> Posted:
    """One try, and a second knock with the other kind of signature where the first was not understood."""
    knock = letter.knock
    if headers is None:
        return Posted(letter, UNSENDABLE, knock)
    try:
        answer = await bridge.client.post(letter.inbox, headers, letter.body)
        if answer.status in KNOCK_AGAIN:
            other = "rfc9421" if knock == "cavage" else "cavage"
            second = await bridge.client.post(letter.inbox, await _signed_again(bridge, letter, other), letter.body)
            if 200 <= second.status < 300 or answer.status == 400:
                answer, knock = second, other
    except Unreachable as error:
        log.info("delivery found nobody", inbox=letter.inbox, error=error.facts.get("error", ""))
        return Posted(letter, 0, knock)
    except NodeError as error:
        log.info("delivery refused by us", inbox=letter.inbox, reason=str(error))
        return Posted(letter, UNSENDABLE, knock)
    if answer.status in KNOCK_AGAIN:
        _compare_clocks(letter.inbox, answer)
    return Posted(letter, answer.status, knock, _retry_after(answer))


def _compare_clocks(inbox: str, answer: Answer) -> None:
    """Who refuses us and has quite another time than we is told of: a signature is judged by its hour."""
    theirs = _moment(answer.headers.get("date", ""))
    if theirs is not None and abs(theirs - now()) > CLOCKS_DIFFER:
        log.warning("clock differs", inbox=inbox, ahead_seconds=(now() - theirs) // 1000)


def settle(db: Database, batch: list[Posted], at: int) -> bool:
    """Rows say what became of each letter; whether more waits for one of these inboxes."""
    taken: dict[tuple[int, str], list[Letter]] = {}
    for one in batch:
        if 200 <= one.status < 300:
            taken.setdefault((one.status, one.knock), []).append(one.letter)
        else:
            _settle_one(db, one, at)
    for (status, knock), found in taken.items():
        letters.delivered(db, found, status, at)
        hosts.took(db, {letter.host for letter in found}, knock, at)
    return lanes.some_wait(db, {one.letter.inbox for one in batch})


def _settle_one(db: Database, one: Posted, at: int) -> None:
    letter, status = one.letter, one.status
    if status == 0:
        row = hosts.failed(db, letter.host, at)
        letters.silent(db, letter, row["failures"], row["silent"] or at, at)
    elif status in FINAL_FOR_ACTOR:
        letters.refused(db, letter, status, at)
        _forget_inbox(db, letter, status, at)
    elif status in TRY_AGAIN or status >= 500:
        letters.try_again(db, letter, status, one.retry_after, at)
        hosts.failed(db, letter.host, at)
    elif status in (401, 403) and letter.tries < REFUSALS:
        letters.try_again(db, letter, status, one.retry_after, at)
    else:
        letters.refused(db, letter, status, at)
    if status:
        log.info("delivery failed", inbox=letter.inbox, status=status, tries=letter.tries + 1)


def _forget_inbox(db: Database, letter: Letter, status: int, at: int) -> None:
    """410 of a personal inbox: its owner follows nobody any more."""
    owner = whose.inbox(db, letter.inbox) if status == 410 else None
    if owner is not None:
        follows.end(db, owner, letter.sender)
        letters.drop_inbox(db, letter.inbox, at)


def _due(db: Database, at: int, busy: frozenset[str], limit: int, full: Collection[str]) -> list[Ready]:
    found = lanes.due(db, at, busy, limit, full)
    senders = {sender: actors.get(db, sender) for sender in {one.sender for one in found}}
    keys = {sender: _key_of(db, sender) for sender in senders}
    each = {one.letter: one for one in found}.values()
    narrow = {one.letter: synchronization.for_followers_only(one.body, senders[one.sender]) for one in each}
    return [
        Ready(one, keys[one.sender],
              {synchronization.HEADER: synchronization.header(db, senders[one.sender], one.host)}
              if narrow[one.letter] else {})
        for one in found
    ]  # fmt: skip


def _key_of(db: Database, sender: int) -> str:
    return next((str(row["id"]) for row in actor_keys.of(db, sender) if row["kind"] == "rsa"), "")


async def _signed_again(bridge: Bridge, letter: Letter, knock: str) -> dict[str, str]:
    key_id = await bridge.store.read(_key_of, letter.sender)
    return _headers(bridge.ring, letter, key_id, knock, datetime.now(UTC))


def _sign(ring: Ring, chosen: list[Ready]) -> list[tuple[Letter, dict[str, str] | None]]:
    """Each letter with signed headers; None for one whose sender has no key any more."""
    made: list[tuple[Letter, dict[str, str] | None]] = []
    moment = datetime.now(UTC)
    for one in chosen:
        try:
            headers = _headers(ring, one.letter, one.key_id, one.letter.knock, moment)
        except Exception:
            log.error("letter could not be signed", inbox=one.letter.inbox, sender=one.letter.sender)
            made.append((one.letter, None))
        else:
            made.append((one.letter, headers | one.besides))
    return made


def _headers(ring: Ring, letter: Letter, key_id: str, knock: str, moment: datetime) -> dict[str, str]:
    def sign(message: bytes) -> bytes:
        return ring.sign(letter.sender, "rsa", message)

    if knock == "rfc9421":
        return signing.signed_rfc9421(
            "POST", letter.inbox, letter.body, key_id, sign, moment, v.ACTIVITY_JSON, v.ACTIVITY_JSON
        )
    _, _, rest = letter.inbox.partition("://")
    host, slash, path = rest.partition("/")
    return signing.signed_cavage(
        "POST", host, slash + path or "/", letter.body, key_id, sign, moment, v.ACTIVITY_JSON, v.ACTIVITY_JSON
    )


def _retry_after(answer: Answer) -> int | None:
    written = answer.headers.get("retry-after", "").strip()
    if written.isdigit():
        return min(int(written[:9]) * 1000, LONGEST_RETRY_AFTER)
    wanted = _moment(written)
    return None if wanted is None else max(0, min(wanted - now(), LONGEST_RETRY_AFTER))


def _moment(written: str) -> int | None:
    """A date of HTTP as UTC milliseconds; None for what is none."""
    parsed = email.utils.parsedate_tz(written) if written else None
    try:
        return None if parsed is None else int(email.utils.mktime_tz(parsed)) * 1000
    except (ValueError, OverflowError):
        return None
