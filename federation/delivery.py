"""Letters leave: signed, in order for each inbox, again when a peer was not there.

Source: reliability rule 3; interop §4 (double knock), §7.2.
"""

import asyncio
import email.utils
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from federation import signatures
from federation import vocabulary as v
from federation.bridge import Bridge, now
from federation.client import Answer
from keys.ring import Ring
from node import hosts, letters
from node.errors import NodeError, Unreachable
from node.letters import Letter
from node.log import Log
from node.people import follows
from node.store import Database

log = Log("federation.delivery")

AT_ONCE = 64  # letters on their way
AT_ONCE_PER_HOST = 2
LONGEST_RETRY_AFTER = 86_400_000  # ms
KNOCK_AGAIN = frozenset((400, 401, 403))
FINAL_FOR_ACTOR = frozenset((404, 410, 451))
TRY_AGAIN = frozenset((408, 425, 429))
REFUSALS = 3  # further tries after 401 or 403


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one try; status 0 when nobody answered."""

    letter: Letter
    status: int
    knock: str
    retry_after: int | None = None  # ms


class Deliveries:
    """The letters on their way from this process.  `fill` is called until it says that nothing is due."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._busy: set[str] = set()
        self._hosts: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._settled: list[Posted] = []
        self._settling: asyncio.Task[None] | None = None
        self.done = asyncio.Event()  # set when a lane has become free

    async def fill(self) -> bool:
        """Start what is due and has a place; false when nothing more could be started."""
        room = AT_ONCE - len(self._tasks)
        if room <= 0:
            return False
        found = await self._bridge.store.read(letters.due, now(), self._busy, room * 2)
        chosen = [one for one in found if self._has_room(one)][:room]
        if not chosen:
            return False
        signed = await self._bridge.store.read(_prepare, self._bridge.ring, chosen, now())
        for letter, headers, knock in signed:
            task = asyncio.create_task(self._deliver(letter, headers, knock))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return True

    async def stop(self, seconds: float) -> None:
        """Letters on their way arrive, or are left for the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        if self._settling is not None:
            await self._settling

    def _has_room(self, letter: Letter) -> bool:
        if letter.inbox in self._busy or self._hosts.get(letter.host, 0) >= AT_ONCE_PER_HOST:
            return False
        self._busy.add(letter.inbox)
        self._hosts[letter.host] = self._hosts.get(letter.host, 0) + 1
        return True

    async def _deliver(self, letter: Letter, headers: dict[str, str], knock: str) -> None:
        try:
            posted = await post(self._bridge, letter, headers, knock)
        except Exception:
            log.error("delivery broke", inbox=letter.inbox)
            posted = Posted(letter, 0, knock)
        self._settled.append(posted)
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        """What became of the letters is written, many in one transaction; only then their lanes are free."""
        while self._settled:
            batch, self._settled = self._settled, []
            try:
                await self._bridge.store.write(settle, batch, now())
            except Exception:
                log.error("deliveries could not be settled", count=len(batch))
                await asyncio.sleep(1)
            for one in batch:
                self._busy.discard(one.letter.inbox)
                self._hosts[one.letter.host] -= 1
                if not self._hosts[one.letter.host]:
                    del self._hosts[one.letter.host]
            self.done.set()


async def post(bridge: Bridge, letter: Letter, headers: dict[str, str], knock: str) -> Posted:
    """One try, and a second knock with the other kind of signature where the first was not understood."""
    try:
        answer = await bridge.client.post(letter.inbox, headers, letter.body)
        if answer.status in KNOCK_AGAIN:
            other = "rfc9421" if knock == "cavage" else "cavage"
            [(_, again, _)] = await bridge.store.read(_prepare, bridge.ring, [letter], now(), other)
            second = await bridge.client.post(letter.inbox, again, letter.body)
            if 200 <= second.status < 300 or answer.status == 400:
                answer, knock = second, other
    except Unreachable as error:
        log.info("delivery found nobody", inbox=letter.inbox, error=error.facts.get("error", ""))
        return Posted(letter, 0, knock)
    except NodeError as error:
        log.info("delivery refused by us", inbox=letter.inbox, reason=str(error))
        return Posted(letter, 422, knock)
    return Posted(letter, answer.status, knock, _retry_after(answer))


def settle(db: Database, batch: list[Posted], at: int) -> None:
    """Rows say what became of each letter."""
    for one in batch:
        _settle_one(db, one, at)


def _settle_one(db: Database, one: Posted, at: int) -> None:
    letter, status = one.letter, one.status
    if 200 <= status < 300:
        letters.delivered(db, letter, status, at)
        hosts.took(db, letter.host, one.knock, at)
    elif status == 0:
        row = hosts.failed(db, letter.host, at)
        letters.silent(db, letter, at, row["silent"] or at)
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
    if status and not 200 <= status < 300:
        log.info("delivery failed", inbox=letter.inbox, status=status, tries=letter.tries + 1)


def _forget_inbox(db: Database, letter: Letter, status: int, at: int) -> None:
    """410 of a personal inbox: its owner follows nobody any more."""
    owner = db.row("select id from actors where inbox = ? and not local and shared_inbox <> inbox", (letter.inbox,))
    if owner is not None and status == 410:
        follows.end(db, owner["id"], letter.sender)
        letters.drop_inbox(db, letter.inbox, at)


def _prepare(
    db: Database, ring: Ring, chosen: list[Letter], at: int, knock: str = ""
) -> list[tuple[Letter, dict[str, str], str]]:
    """Each letter with signed headers, off the event loop: a signature takes half a millisecond."""
    made = []
    moment = datetime.fromtimestamp(at / 1000, UTC)
    for letter in chosen:
        spelling = knock or hosts.knock(db, letter.host, at)
        key_id = db.value("select id from actor_keys where actor = ? and kind = 'rsa'", (letter.sender,))
        made.append((letter, _signed(ring, letter, key_id, spelling, moment), spelling))
    return made


def _signed(ring: Ring, letter: Letter, key_id: str, knock: str, moment: datetime) -> dict[str, str]:
    def sign(message: bytes) -> bytes:
        return ring.sign(letter.sender, "rsa", message)

    if knock == "rfc9421":
        return signatures.signed_rfc9421(
            "POST", letter.inbox, letter.body, key_id, sign, moment, v.ACTIVITY_JSON, v.ACTIVITY_JSON
        )
    parts = urlsplit(letter.inbox)
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return signatures.signed_cavage(
        "POST", parts.netloc, path, letter.body, key_id, sign, moment, v.ACTIVITY_JSON, v.ACTIVITY_JSON
    )


def _retry_after(answer: Answer) -> int | None:
    written = answer.headers.get("retry-after", "").strip()
    if written.isdigit():
        return min(int(written[:9]) * 1000, LONGEST_RETRY_AFTER)
    parsed = email.utils.parsedate_tz(written) if written else None
    if parsed is None:
        return None
    try:
        wanted = email.utils.mktime_tz(parsed) * 1000 - now()
    except (ValueError, OverflowError):
        return None
    return int(max(0, min(wanted, LONGEST_RETRY_AFTER)))
