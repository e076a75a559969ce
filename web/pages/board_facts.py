"""How a need, an offer or a call looks beside its words: field, place, last day, how far it is, what one may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from federation.bridge import now
from federation.kinds import proposal
from node.network import board, fields, regions
from node.network.board import Facts
from node.text import mark
from web import dates, words

# The state's word, its badge and its icon, by kind; `over`: its last day passed and its author said nothing.
STATES: dict[str, dict[str, tuple[str, str, str]]] = {
    "need": {
        "open": (mark("open to answers"), "", ""), "being": (mark("being met"), "warn", "people"),
        "met": (mark("met"), "ok", "solved"), "closed": (mark("closed, not met"), "", "lock"),
        "over": (mark("its last day has passed"), "", "calendar"),
    },
    "offer": {
        "open": (mark("to be had"), "", ""), "being": (mark("promised to somebody"), "warn", "people"),
        "met": (mark("was of use"), "ok", "solved"), "closed": (mark("withdrawn"), "", "lock"),
        "over": (mark("its last day has passed"), "", "calendar"),
    },
    "call": {
        "open": (mark("open to projects"), "", ""), "being": (mark("projects are being examined"), "warn", "people"),
        "met": (mark("results are published"), "ok", "solved"), "closed": (mark("closed without result"), "", "lock"),
        "over": (mark("its last day has passed"), "", "calendar"),
    },
}  # fmt: skip
# What the button says, and the message that it begins.
ANSWERS = {
    "need": (mark("I can help"), mark("Hello, about “{title}”: I can help. {address}")),
    "offer": (mark("We could use it"), mark("Hello, about “{title}”: we could use it. {address}")),
    "call": (mark("Ask a question"), mark("Hello, about “{title}”, a question: … {address}")),
}
SOON = 7  # days


@dataclass(frozen=True, slots=True)
class Board:
    """Facts in the reader's language, plain.  until: UTC milliseconds; left: «32 days left», '' where not said."""

    kind: str
    state: str
    word: str
    css: str
    symbol: str
    field: str
    place: str
    until: int | None
    left: str
    opens: int | None
    amount: str
    link: str
    thanks: str
    answer: str
    write: str
    mine: bool = False

    @property
    def about(self) -> str:
        """`الماء والتطهير، سيدي بنور`."""
        return ("، " if words.tag().startswith("ar") else ", ").join(one for one in (self.field, self.place) if one)

    @property
    def running(self) -> bool:
        """Whether an answer is still of use."""
        return self.state in board.RUNNING


def of(kind: str, details: Mapping[str, Any], title: str, address: str, handle: str, mine: bool) -> Board:
    """The facts of a post.  address: its own; handle: whom one writes to; to be called once the reader is known."""
    facts, at, tag = board.of(details), now(), words.tag()
    state = "over" if facts.is_over(at) else facts.state
    word, css, symbol = STATES[kind][state]
    answer, begin = ANSWERS[kind]
    text = words.say(begin, title=title, address=address)
    return Board(
        kind=kind, state=state, word=words.say(word), css=css, symbol=symbol,
        field=words.listed(fields.label("fields", facts.fields[0], tag)) if facts.fields else "",
        place=words.listed(regions.label(facts.region, tag)) if facts.region else "", until=facts.until, left=_left(kind, facts, at),
        opens=facts.opens if facts.opens is not None and facts.opens > at else None,
        amount=proposal.amount(facts, tag), link=facts.link, thanks=facts.thanks, answer=words.say(answer),
        write=f"/messages/new?to={quote(handle)}&text={quote(text)}", mine=mine,
    )  # fmt: skip


def _left(kind: str, facts: Facts, at: int) -> str:
    """How many days are left, counted in days of the node's own zone; of a need or an offer in its last week only."""
    if facts.until is None or facts.state not in board.RUNNING or facts.until < at:
        return ""
    zone = words.zone()
    days = (dates.moment(facts.until, zone).date() - dates.moment(at, zone).date()).days
    if kind != "call" and days > SOON:
        return ""
    return words.count("{n} day left", "{n} days left", days) if days else words.say("the last day")
