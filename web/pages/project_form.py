"""What a project's form holds: as it stands, as it was typed, and what that means."""

import re
from datetime import date, datetime, time
from typing import Any

from federation import vocabulary as v
from node import html
from node.errors import Invalid
from node.network import fields, projects
from node.network.projects import Facts, Project, Stage
from node.store import Database, Row
from node.text import many_lines, one_line
from web import dates, guard
from web.pages import people

LANGUAGES = ("ar", "fr", "zgh", "en")
BESIDE = ("ar", "fr")  # languages that stand beside each other for every stage
PLACES = 3
FUNDERS = 2
MORE_STAGES = 3  # empty lines below the stages
CURRENCIES = ("MAD", "TND", "EUR")
LONGEST_TEXT = 5000
_AMOUNT = re.compile(r"\d{1,15}([.,]\d{1,3})?\Z")
Typed = dict[str, Any]


def empty() -> Typed:
    """The form of a project that is not there yet."""
    return {
        "name": "", "titles": {}, "texts": {}, "status": "planned", "starts": "", "ends": "", "field": "",
        "places": [], "target": "", "reached": "", "funders": [], "amount": "", "currency": "MAD", "shown": "",
        "stages": _lines([]),
    }  # fmt: skip


def shown(db: Database, actor: Row, zone: str) -> Typed:
    """The project as its form shows it."""
    project = projects.get(db, actor["id"])
    facts = project.facts
    return {
        "name": actor["name"], "titles": people.tongues(actor, "display", "displays"),
        "texts": {tag: html.plain(text) for tag, text in people.tongues(actor, "summary", "summaries").items()},
        "status": project.status, "starts": _day(project.starts, zone), "ends": _day(project.ends, zone),
        "field": (facts.fields or [""])[0], "places": facts.places,
        "target": _figure(facts.target), "reached": _figure(facts.reached),
        "funders": [str(one.get("name") or one.get("uri") or "") for one in facts.funders],
        "amount": str(facts.budget.get("amount", "")), "currency": str(facts.budget.get("currency") or "MAD"),
        "shown": "1" if facts.budget.get("shown") else "",
        "stages": _lines([_line(one, zone) for one in projects.stages(db, actor["id"])]),
    }  # fmt: skip


def _line(one: Stage, zone: str) -> dict[str, Any]:
    return {"number": str(one.number), "titles": one.titles, "starts": _day(one.starts, zone),
            "ends": _day(one.ends, zone), "progress": str(one.progress) if one.progress else "",
            "done": "1" if one.done else ""}  # fmt: skip


def _lines(known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    more = [_line(Stage({}), "UTC") | {"number": ""} for _ in range(MORE_STAGES)]
    return [one | {"order": str(place)} for place, one in enumerate([*known, *more], 1)]


def _day(at: int | None, zone: str) -> str:
    return dates.moment(at, zone).date().isoformat() if at is not None else ""


def _figure(value: int | None) -> str:
    return "" if value is None else str(value)


# ── as it was typed ───────────────────────────────────────────────────────────


def read(sent: guard.Form) -> Typed:
    """What the form held, in the shape of `shown`."""
    found = {
        one: guard.text(sent, one, 300).strip()
        for one in ("name", "status", "starts", "ends", "field", "target", "reached", "amount", "currency", "shown")
    }
    return found | {
        "titles": {tag: one_line(guard.text(sent, f"title-{tag}"), 100) for tag in LANGUAGES},
        "texts": {tag: many_lines(guard.text(sent, f"text-{tag}"), LONGEST_TEXT) for tag in LANGUAGES},
        "places": [one for one in _all(sent, "place") if one], "funders": [one for one in _all(sent, "funder") if one],
        "stages": _stages(sent),
    }  # fmt: skip


def _all(sent: guard.Form, name: str) -> list[str]:
    return [one[:300].strip() for one in sent.getall(name, []) if isinstance(one, str)][: projects.MOST]


def _stages(sent: guard.Form) -> list[dict[str, Any]]:
    """The lines in the order that their figures ask for; those whose figure says nothing stay where they stood."""
    found = []
    for place in range(1, projects.MOST + 1):
        if f"s{place}-ends" not in sent:
            break
        line: dict[str, Any] = {
            one: guard.text(sent, f"s{place}-{one}", 20).strip()
            for one in ("number", "starts", "ends", "progress", "done", "order")
        }
        line["titles"] = {tag: one_line(guard.text(sent, f"s{place}-{tag}"), 200) for tag in LANGUAGES}
        found.append(line)
    found.sort(key=lambda one: guard.number(one["order"]) or projects.MOST)
    return found


# ── what it means ─────────────────────────────────────────────────────────────


def texts(typed: Typed, which: str) -> dict[str, str]:
    """Titles or texts by language, where something stands."""
    return {tag: text for tag, text in typed[which].items() if text.strip()}


def project(typed: Typed, before: Project, zone: str) -> Project:
    """The project that was typed, with what the form does not show as it was.  Raises Invalid."""
    facts = before.facts
    known = {str(one.get("name") or one.get("uri") or ""): one for one in facts.funders}
    meant = Facts(
        places=list(dict.fromkeys(typed["places"])),
        fields=[fields.check_field(typed["field"]), *facts.fields[1:]] if typed["field"] else [],
        funders=[known.get(one) or _funder(one) for one in dict.fromkeys(typed["funders"])],
        target=_people(typed["target"]), reached=_people(typed["reached"]),
        budget=_budget(typed) if typed["amount"] else {},
    )  # fmt: skip
    starts, ends = _span(typed, before, zone)
    return Project(before.owner_uri, before.owner, typed["status"], before.progress, starts, ends, meant)


def stages(typed: Typed, before: list[Stage], zone: str) -> list[Stage]:
    """The stages that were typed; a line without a title is none.  Raises Invalid."""
    known = {one.number: one for one in before}
    found = []
    for line in typed["stages"]:
        number = guard.number(line["number"]) or 0
        # Titles in languages that the form does not show stay with their stage.
        titles = {**(known[number].titles if number in known else {}), **line["titles"]}
        if not any(line["titles"].values()):
            continue
        starts, ends = _span(line, known.get(number), zone)
        if starts is not None and ends is not None and ends < starts:
            raise Invalid("It cannot end before it begins.")
        done = bool(line["done"])
        found.append(Stage(titles, starts, ends, 100 if done else _share(line["progress"]), done,
                           number if number in known else 0))  # fmt: skip
    return found


def _funder(typed: str) -> dict[str, str]:
    return {"uri": typed} if v.is_web(typed) else {"name": one_line(typed, 200)}


def _budget(typed: Typed) -> dict[str, Any]:
    amount = typed["amount"].replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if not _AMOUNT.match(amount) or typed["currency"] not in CURRENCIES:
        raise Invalid("An amount is written with digits, like 480000 or 92000,500.")
    return {"amount": amount.replace(",", "."), "currency": typed["currency"], "shown": bool(typed["shown"])}


def _people(typed: str) -> int | None:
    found = guard.number(typed)
    if typed and (found is None or found >= 10**9):
        raise Invalid("This is no number of people.")
    return found


def _share(typed: str) -> int:
    found = guard.number(typed or "0")
    if found is None or found > 100:
        raise Invalid("Progress is between 0 and 100.")
    return found


def _span(typed: Typed, before: Project | Stage | None, zone: str) -> tuple[int | None, int | None]:
    """When it begins and ends; a day that was not changed keeps its hour.

    The end is the last minute of its day: what ends today is not late today.
    """
    starts = _moment(typed["starts"], time.min, zone)
    ends = _moment(typed["ends"], time(23, 59), zone)
    if before is not None and typed["starts"] == _day(before.starts, zone):
        starts = before.starts
    if before is not None and typed["ends"] == _day(before.ends, zone):
        ends = before.ends
    return starts, ends


def _moment(typed: str, at: time, zone: str) -> int | None:
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError as error:
        raise Invalid("A day is written like 2027-01-31.") from error
    if not 1900 <= day.year <= 2200:
        raise Invalid("A day is written like 2027-01-31.")
    return int(datetime.combine(day, at, dates.zone(zone)).timestamp() * 1000)
