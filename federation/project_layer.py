"""What a project's document says besides any Group's: `asso:project`, written for ours, read from peers'.

"asso:project":{"id":"GROUP#project","type":"Project","asso:owner":"ORG","asso:status":"active","asso:progress":45,
  "startTime","endTime","asso:region":[…],"asso:fieldOfActivity":[…],
  "asso:milestones":[{"id":"GROUP#m1","type":"Milestone","name","nameMap","isResolved":true,"asso:progress":100}],
  "asso:partner":[{"type":"asso:Partnership","actor":"ORG elsewhere","asso:role","asso:state","asso:agreement"}],
  "funding":[{"type":"MonetaryGrant","funder":…,"amount":{"type":"MonetaryAmount","currency","value"}}]}
"""

import re
from typing import Any

from federation import agreements
from federation import vocabulary as v
from node import ids, letters, queue
from node.network import partners, projects
from node.network.projects import Facts, Project, Stage
from node.people import actors
from node.store import Database, Row
from node.text import one_line

CHECK = "check agreement"  # the task that asks a partner's server for its Accept
MOST_CHECKED = 10  # agreements asked for because of one document
_NUMBER = re.compile(r"#m(\d{1,6})\Z")
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,3})?\Z")


# ── ours ──────────────────────────────────────────────────────────────────────


def layer(db: Database, actor: Row) -> dict[str, Any]:
    """What stands in the document of a project of ours; {} for another Group."""
    project = projects.find(db, actor["id"])
    if project is None:
        return {}
    uri, facts = actor["uri"], project.facts
    found: dict[str, Any] = {
        "id": f"{uri}#project",
        "type": "Project",
        "asso:owner": project.owner_uri,
        "asso:status": project.status,
        "asso:progress": projects.progress(db, actor["id"]),
        "asso:region": facts.places,
        "asso:fieldOfActivity": facts.fields,
        "asso:partner": [
            _partner(row) for row in partners.listed(db, actor["id"]) if row["state"] == "accepted" and row["confirmed"]
        ],
        "asso:milestones": [_milestone(uri, one, actor["language"]) for one in projects.stages(db, actor["id"])],
        "funding": [_grant(one) for one in facts.funders],
        "updated": ids.rfc3339(actor["updated"]),
    }
    for key, at in (("startTime", project.starts), ("endTime", project.ends)):
        if at is not None:
            found[key] = ids.rfc3339(at)
    if facts.target is not None:
        found["asso:target"] = facts.target
    if facts.reached is not None:
        found["asso:reached"] = facts.reached
    if facts.budget.get("shown") and facts.budget.get("amount"):
        found["amount"] = _amount(facts.budget)
    return {"asso:project": {key: value for key, value in found.items() if value not in ("", [])}}


def _milestone(uri: str, one: Stage, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": f"{uri}#m{one.number}",
        "type": "Milestone",
        "name": one.titles.get(language) or next(iter(one.titles.values())),
        "nameMap": one.titles,
        "isResolved": one.done,
        "asso:progress": one.progress,
    }
    for key, at in (("startTime", one.starts), ("endTime", one.ends)):
        if at is not None:
            found[key] = ids.rfc3339(at)
    return found


def _partner(row: Row) -> dict[str, Any]:
    return {"type": "asso:Partnership", "actor": row["uri"], "asso:role": row["role"], "asso:state": row["state"],
            "asso:agreement": row["agreement"]}  # fmt: skip


def _grant(one: dict[str, str]) -> dict[str, Any]:
    funder: Any = one.get("uri") or {"type": "Organization", "name": one.get("name", "")}
    found: dict[str, Any] = {"type": "MonetaryGrant", "funder": funder}
    if one.get("amount"):
        found["amount"] = _amount(one)
    return found


def _amount(one: dict[str, Any]) -> dict[str, str]:
    return {"type": "MonetaryAmount", "currency": str(one.get("currency", "")), "value": str(one["amount"])}


# ── peers' ────────────────────────────────────────────────────────────────────


def claimed(document: dict[str, Any]) -> dict[str, Any] | None:
    """The `asso:project` of an actor's document, when it is the document's own to say."""
    found = document.get("asso:project")
    if not isinstance(found, dict) or v.one_id(found).partition("#")[0] != v.one_id(document):
        return None
    return found


def heed(db: Database, actor: Row, document: dict[str, Any], now: int) -> None:
    """A peer's project is known as its own document says; its partners are confirmed when they say so themselves."""
    found = claimed(document)
    if actor["type"] != "Group" or found is None:
        return
    projects.keep(db, actor["id"], _project(db, actor, found), now)
    projects.set_stages(db, actor["id"], _stages(found), now)
    _heed_partners(db, actor, found, now)


def _project(db: Database, actor: Row, found: dict[str, Any]) -> Project:
    owner = found.get("asso:owner")
    owner_uri = owner if isinstance(owner, str) and v.host(owner) == v.host(actor["uri"]) else ""
    known = actors.by_uri(db, owner_uri) if owner_uri else None
    budget = found.get("amount")
    return Project(
        owner_uri=owner_uri[:2048], owner=known["id"] if known is not None else None,
        status=one_line(found.get("asso:status"), 40) or "planned", progress=percent(found.get("asso:progress")),
        starts=ids.read_rfc3339(found.get("startTime")), ends=ids.read_rfc3339(found.get("endTime")),
        facts=Facts(
            places=_words(found.get("asso:region")), fields=_words(found.get("asso:fieldOfActivity")),
            funders=[_read_grant(one) for one in v.as_list(found.get("funding"))[: projects.MOST] if isinstance(one, dict)],
            target=_count(found.get("asso:target")), reached=_count(found.get("asso:reached")),
            budget=_read_amount(budget) | {"shown": True} if isinstance(budget, dict) else {},
        ),
    )  # fmt: skip


def _stages(found: dict[str, Any]) -> list[Stage]:
    made: dict[int, Stage] = {}
    for place, one in enumerate(v.as_list(found.get("asso:milestones"))[: projects.MOST], 1):
        if not isinstance(one, dict):
            continue
        named = one.get("nameMap")
        titles = (
            {str(tag)[:35]: text for tag, text in named.items() if isinstance(text, str)}
            if isinstance(named, dict)
            else {}
        )
        titles = titles or {"": one["name"] if isinstance(one.get("name"), str) else ""}
        if not any(one_line(text, 200) for text in titles.values()):
            continue
        numbered = _NUMBER.search(v.one_id(one))
        number = int(numbered.group(1)) if numbered else 0
        number = number if number and number not in made else max([place, *made]) + 1
        made[number] = Stage(titles, ids.read_rfc3339(one.get("startTime")), ids.read_rfc3339(one.get("endTime")),
                             percent(one.get("asso:progress")) or 0, one.get("isResolved") is True, number)  # fmt: skip
    return list(made.values())


def _heed_partners(db: Database, actor: Row, found: dict[str, Any], now: int) -> None:
    named: list[str] = []
    to_check = 0
    for one in v.as_list(found.get("asso:partner"))[: projects.MOST]:
        uri = one.get("actor") if isinstance(one, dict) else None
        if not isinstance(uri, str) or not v.is_web(uri) or one.get("asso:state", "accepted") != "accepted":
            continue
        agreement = one.get("asso:agreement")
        agreement = agreement if isinstance(agreement, str) and v.host(agreement) == v.host(uri) else ""
        known = actors.by_uri(db, uri)
        role = one_line(one.get("asso:role"), 40)
        partners.claim(
            db, actor["id"], uri, known["id"] if known is not None else None, role, "accepted", agreement, now
        )
        named.append(uri)
        kept = partners.get(db, actor["id"], uri)
        if kept is not None and kept["confirmed"] is None and agreement and to_check < MOST_CHECKED:
            to_check += 1
            _check(db, actor, kept, now)
    partners.drop_others(db, actor["id"], named)


def _check(db: Database, actor: Row, kept: Row, now: int) -> None:
    """Our own association's Accept lies here; another's is asked for by a task."""
    letter = letters.by_uri(db, kept["agreement"])
    if letter is not None:
        if letter["public"] and agrees(v.read_json(letters.body(letter)), kept, actor["uri"], _owner(db, actor)):
            partners.confirm(db, actor["id"], kept["uri"], now)
        return
    body = {"project": actor["id"], "partner": kept["uri"], "agreement": kept["agreement"]}
    queue.enqueue(db, CHECK, body, now, name=f"{CHECK} {actor['id']} {kept['uri']}")


def _owner(db: Database, actor: Row) -> str:
    return projects.get(db, actor["id"]).owner_uri


def agrees(accept: dict[str, Any], kept: Row, project: str, owner: str) -> bool:
    """Whether this is the partner's Accept of an Offer by the project's owner to be a partner of this very project."""
    return agreements.holds(accept, kept, (owner,), "asso:project", project)


def percent(value: Any) -> int | None:
    """0 to 100; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return max(0, min(100, round(value)))


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def _words(value: Any) -> list[str]:
    return [
        one_line(one, 50) for one in v.as_list(value)[: projects.MOST] if isinstance(one, str) and one_line(one, 50)
    ]


def _read_grant(one: dict[str, Any]) -> dict[str, str]:
    funder, amount = one.get("funder"), one.get("amount")
    found: dict[str, str] = {}
    if isinstance(funder, str) and v.is_web(funder):
        found["uri"] = funder
    elif isinstance(funder, dict):
        found["name"] = one_line(funder.get("name"), 200)
    return found | (_read_amount(amount) if isinstance(amount, dict) else {})


def _read_amount(one: dict[str, Any]) -> dict[str, Any]:
    value, currency = one.get("value"), one.get("currency")
    if not isinstance(value, str) or not _AMOUNT.match(value) or not isinstance(currency, str):
        return {}
    return {"amount": value, "currency": one_line(currency, 3).upper()}
