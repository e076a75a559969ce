"""What a digest says: what happened since the last one, by subject, a line and a link each, in the member's language.

Plain text and HTML say the same, with the same links.  No tables, no pictures, nothing
that tells us whether or where it was read.  At most 15 kB as it travels: the longer the
week, the fewer of each subject are named, and the rest is a number.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation import mail
from federation.mail import Words
from node import html
from node.posts.digest import Digest
from node.store import Row
from node.text import direction, mark, one_line, plural, translate
from web import dates, rendering, times

LARGEST = 15_000  # bytes of the whole letter
NAMED = (8, 5, 3, 2, 1, 0)  # of each subject, at most; the first that fits
LONGEST_TITLE = 100  # characters
LONGEST_NAME = 50
ISOLATED = "\u2068{}\u2069"  # its direction is its own, and changes nothing around it
SUBJECTS = {
    "topics": mark("Topics in your forums"),
    "updates": mark("News of projects"),
    "events": mark("New dates in the agenda"),
    "board": mark("Needs, offers and calls"),
    "associations": mark("Associations"),
    "people": mark("People whom you follow"),
}
LEADS_TO = {"topic": "t", "event": "e", "need": "n", "offer": "n", "call": "c"}
TITLES = {"day": mark("The last day at {network}"), "week": mark("The last week at {network}")}
WHY = {
    "day": mark("You get this letter each day because you asked for it."),
    "week": mark("You get this letter each week because you asked for it."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One post: its title and where it is, who says it and what else one knows of it."""

    title: str
    address: str
    facts: list[str]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: list[Line]
    more: str


def write(row: Row, chosen: Mapping[str, Any], told: Digest) -> Words:
    """The letter, as much of it as fits."""
    facts = json.loads(row["facts"])
    tag = rendering.known_language(row["locale"]) or str(chosen["locale"])
    network = one_line(rendering.chosen_text(chosen["name"], tag), 60) or str(chosen["origin"]).partition("://")[2]
    for most in NAMED:
        words = _write(facts, chosen, told, tag, network, most)
        if mail.size(words) <= LARGEST:
            break
    return words


def _write(facts: dict[str, Any], chosen: Mapping[str, Any], told: Digest, tag: str, network: str, most: int) -> Words:
    origin = str(chosen["origin"])
    end, every = f"{origin}/digest/{told.secret}", facts["every"]
    title = translate(TITLES[every], tag).format(network=network)
    parts: dict[str, Any] = {
        "waiting": _waiting(told, tag),
        "sections": [_section(name, told.subjects[name], chosen, tag, most) for name in SUBJECTS if told.subjects.get(name)],
        "links": [(translate(mark("Read all of it"), tag), f"{origin}/feed")],
        "why": translate(WHY[every], tag),
        "foot": [(translate(mark("Another rhythm"), tag), f"{origin}/me#letters"),
                 (translate(mark("No more of these letters"), tag), end)],
        "network": network, "origin": origin,
    }  # fmt: skip
    page = rendering.templates().get_template("mail_digest.html")
    return Words(
        title, _plain(parts), page.render(lang=tag, dir=direction(tag), subject=title, **parts), tag, end
    )  # fmt: skip


def _waiting(told: Digest, tag: str) -> list[str]:
    """What she has not read yet; whose it is, and what it says, stands in no letter."""
    said = []
    if told.messages:
        said.append(plural("{n} message waits for you.", "{n} messages wait for you.", told.messages, tag))
    if told.unread:
        said.append(plural("{n} notification is new.", "{n} notifications are new.", told.unread, tag))
    numbers = [one for one in (told.messages, told.unread) if one]
    return [one.format(n=dates.number(n, tag)) for one, n in zip(said, numbers, strict=True)]


def _section(name: str, rows: list[Row], chosen: Mapping[str, Any], tag: str, most: int) -> Section:
    rest = len(rows) - most
    more = plural("and {n} more", "and {n} more", rest, tag).format(n=dates.number(rest, tag)) if rest > 0 else ""
    return Section(translate(SUBJECTS[name], tag), [_line(row, chosen, tag) for row in rows[:most]], more)


def _line(row: Row, chosen: Mapping[str, Any], tag: str) -> Line:
    said = row["warning"] or row["title"] or html.plain(row["content"]).partition("\n")[0]
    title = one_line(said, LONGEST_TITLE + 1) or translate(mark("a post without words"), tag)
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rpartition(" ")[0] + " …"
    prefix = LEADS_TO.get(row["kind"])
    path = f"/{prefix}/{row['id']}" if prefix else f"/posts/{row['id']}/page"
    facts = [one_line(row["behalf_name"] or row["author_name"], LONGEST_NAME) or f"@{row['author_handle']}"]
    if row["place_name"]:
        facts.append(one_line(row["place_name"], LONGEST_NAME))
    facts += _of_its_kind(row, chosen, tag)
    return Line(title, f"{chosen['origin']}{path}", facts)


def _of_its_kind(row: Row, chosen: Mapping[str, Any], tag: str) -> list[str]:
    """The day of an event, how many answered anything else."""
    details = json.loads(row["details"])
    if row["kind"] == "event" and isinstance(details.get("start"), int):
        start = dates.moment(details["start"], times.zone_of(details, str(chosen["timezone"])))
        return [dates.day(start.date(), tag, weekday=True), dates.clock(start)]
    if row["replies"]:
        count = dates.number(row["replies"], tag)
        return [plural("{n} answer", "{n} answers", row["replies"], tag).format(n=count)]
    return []


def _plain(parts: dict[str, Any]) -> str:
    """The same words without marks; each link on a line of its own."""
    blocks = list(parts["waiting"])
    for section in parts["sections"]:
        blocks.append(section.title)
        for line in section.lines:
            facts = " · ".join(ISOLATED.format(one) for one in line.facts)
            blocks.append(f"* {ISOLATED.format(line.title)}\n  {facts}\n  {line.address}")
        if section.more:
            blocks.append(section.more)
    blocks += [f"{said}\n{address}" for said, address in parts["links"]]
    foot = "\n".join([parts["why"], *(f"{said}\n{address}" for said, address in parts["foot"])])
    return "\n\n".join([*blocks, "-- \n" + foot, f"{parts['network']}\n{parts['origin']}"]) + "\n"
