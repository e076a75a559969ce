"""Needs, offers, calls: a Note that everybody shows whole, begun with its word, and FEP-0837's Proposal inside.

    <p><strong>حاجة · TITLE</strong></p> the text
    <p>سيدي بنور · إلى 16 يناير 2027<br><a href="https://casa.example/n/1">casa.example/n/1</a></p>
    "endTime":"2027-01-16T22:59:59Z",
    "asso:proposal":{"id":"POST#proposal","type":"Proposal","asso:kind":"need","purpose":"request","asso:state":"open",
      "name":TITLE,"asso:fieldOfActivity":["water"],"asso:region":["MA-06","MA-SIB"],"publishes":{"type":"Intent",…}}

It has no `name` outside: forum software takes the first line as title.
Source: FEP-0837; vocabulary §9.
"""

import html as escaping
from typing import Any
from zoneinfo import ZoneInfo

from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import note, reading
from node import html, ids, settings
from node.network import board, fields, regions
from node.network.board import Facts
from node.people import actors
from node.posts import posts
from node.posts.posts import New
from node.store import Database, Row
from node.text import base, one_line

TYPE = "Note"
LAYER = "asso:proposal"
FIELDS = "https://w3id.org/tashbik/asso/fields#"
# The word before the title, and what became of it, in the language of the post.
WORDS = {
    "need": {"ar": "حاجة", "fr": "Besoin", "en": "Need"},
    "offer": {"ar": "عرض", "fr": "Offre", "en": "Offer"},
    "call": {"ar": "نداء", "fr": "Appel", "en": "Call"},
}
STATES = {
    ("need", "being"): {"ar": "في طور التلبية", "fr": "en cours", "en": "being met"},
    ("need", "met"): {"ar": "لُبّيت", "fr": "satisfait", "en": "met"},
    ("offer", "being"): {"ar": "في طور الاستفادة", "fr": "réservée", "en": "being used"},
    ("offer", "met"): {"ar": "استُفيد منه", "fr": "utilisée", "en": "used"},
    ("call", "being"): {"ar": "في طور الدراسة", "fr": "à l'étude", "en": "being examined"},
    ("call", "met"): {"ar": "أُعلنت النتائج", "fr": "résultats publiés", "en": "results published"},
    ("need", "closed"): {"ar": "أُغلقت", "fr": "clos", "en": "closed"},
    ("offer", "closed"): {"ar": "أُغلق", "fr": "close", "en": "closed"},
    ("call", "closed"): {"ar": "أُغلق", "fr": "clos", "en": "closed"},
}
UNTIL = {"ar": "إلى {day}", "fr": "jusqu'au {day}", "en": "until {day}"}
AMOUNT = {"ar": "من {least} إلى {most}", "fr": "de {least} à {most}", "en": "{least} to {most}"}
AT_MOST = {"ar": "إلى غاية {most}", "fr": "jusqu'à {most}", "en": "up to {most}"}
CURRENCIES = {
    "MAD": {"ar": "درهم", "fr": "DH", "en": "MAD"}, "TND": {"ar": "دينار", "fr": "DT", "en": "TND"},
    "EUR": {"ar": "أورو", "fr": "€", "en": "EUR"},
}  # fmt: skip
THOUSANDS = {"ar": ".", "fr": "\u202f", "en": ","}
CALENDARS = {"fr": "fr", "en": "en", "zgh": "zgh"}  # Babel's locale for dates; Arabic as the node's country has it
BEGIN, END = "<p><strong>", "</strong></p>"


# ── peers' ────────────────────────────────────────────────────────────────────


def is_one(found: dict[str, Any]) -> bool:
    """Whether a Note says that something is needed or offered; an answer says it of nothing new."""
    layer = found.get(LAYER)
    return isinstance(layer, dict) and bool(_kind(layer)) and not found.get("inReplyTo") and _is_own(found, layer)


def _is_own(found: dict[str, Any], layer: dict[str, Any]) -> bool:
    """What names another host's Proposal is not the Note's own to say."""
    named = v.one_id(layer)
    return not named or v.host(named) == v.host(v.one_id(found))


def _kind(layer: dict[str, Any]) -> str:
    said = layer.get("asso:kind")
    if isinstance(said, str) and said in board.KINDS:
        return said
    purpose = layer.get("purpose")
    return {"request": "need", "offer": "offer"}.get(purpose, "") if isinstance(purpose, str) else ""


def read(db: Database, activity: Activity, author: Row, now: int) -> New:
    """A peer's need, offer or call, in a Note or bare: its title, text and facts apart."""
    found = activity.embedded
    layer = found[LAYER] if isinstance(found.get(LAYER), dict) else found
    new = reading.base(db, activity, author, _kind(layer) or "need", now)
    new.title = one_line(html.plain(html.clean(v.words_of(layer.get("name")))), 200) or new.title
    if layer is not found:
        new.content = _body(new.content, new.url)
        new.contents = {tag: _body(text, new.url) for tag, text in new.contents.items()}
    new.details.pop(LAYER, None)
    new.details |= _facts(found, layer).kept()
    return new


def _facts(found: dict[str, Any], layer: dict[str, Any]) -> Facts:
    state = layer.get("asso:state")
    if not isinstance(state, str) or state not in board.STATES:
        state = "closed" if found.get("closed") or layer.get("closed") else "open"
    places = [one_line(one, 50) for one in v.as_list(layer.get("asso:region"))[:50] if isinstance(one, str)]
    known = max(
        (one for one in map(regions.get, places) if one is not None), key=lambda one: len(one.path), default=None
    )
    grant = layer.get("funding")
    amount = grant.get("amount") if isinstance(grant, dict) else None
    amount = amount if isinstance(amount, dict) else {}
    currency = amount.get("currency")
    return Facts(
        state=state,
        fields=tuple(one_line(one, 60) for one in v.as_list(layer.get("asso:fieldOfActivity"))[: board.MOST_FIELDS]
                     if isinstance(one, str)),
        region=known.code if known is not None else next(iter(places), ""),
        until=_moment(found.get("endTime") or layer.get("endTime")), opens=_moment(layer.get("startTime")),
        least=_amount(amount.get("schema:minValue")), most=_amount(amount.get("schema:maxValue")),
        currency=currency if isinstance(currency, str) and currency in board.CURRENCIES else "",
        link=v.link(layer.get("url")) if layer is not found else "", thanks=one_line(layer.get("asso:thanks"), 200),
        project=_project(layer),
    )  # fmt: skip


def _project(layer: dict[str, Any]) -> str:
    named = v.one_id(layer.get("asso:project")).partition("#")[0]
    return named if v.is_web(named) and len(named) <= board.LONGEST_URI else ""


def _moment(value: Any) -> int | None:
    found = ids.read_rfc3339(value)
    return found if found is not None and found >= 0 else None


def _amount(value: Any) -> int | None:
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    whole = text.partition(".")[0]
    if not whole.isascii() or not whole.isdigit() or len(whole) > 13 or isinstance(value, bool):
        return None
    return int(whole) if int(whole) <= board.MOST_AMOUNT else None


def _body(content: str, url: str) -> str:
    """The text without the lines that we add: the first, and the last where it ends with the post's own address."""
    if content.startswith(BEGIN) and END in content:
        content = content[content.index(END) + len(END) :]
    last = content.rfind("<p>")
    foot = content[last:].rstrip() if last >= 0 else ""
    if foot.endswith("</a></p>") and f'href="{html.escape(url)}"' in foot:
        content = content[:last].rstrip()
    return content


# ── ours ──────────────────────────────────────────────────────────────────────


def render(db: Database, post: Row) -> dict[str, Any]:
    """Our need, offer or call."""
    found = note.render(db, post)
    found.pop("name", None)
    facts = board.of(posts.details(post))
    head, foot = dress(db, post)
    found["content"] = head + found["content"] + foot
    if "contentMap" in found:
        found["contentMap"] = {tag: head + text + foot for tag, text in found["contentMap"].items()}
    if facts.until is not None:
        found["endTime"] = ids.rfc3339(facts.until)
    if facts.state in ("met", "closed"):
        found["closed"] = ids.rfc3339(post["edited"] or post["published"])
    found[LAYER] = _layer(db, post, facts)
    return found


def _layer(db: Database, post: Row, facts: Facts) -> dict[str, Any]:
    uri, kind = post["uri"], post["kind"]
    whose = post["on_behalf"] if post["on_behalf"] is not None else post["author"]
    intent: dict[str, Any] = {
        "type": "Intent", "id": f"{uri}#primary", "action": "transfer" if kind == "call" else "deliverService",
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
    }  # fmt: skip
    if facts.fields:
        intent["resourceConformsTo"] = FIELDS + facts.fields[0]
    found: dict[str, Any] = {
        "id": f"{uri}#proposal", "type": "Proposal", "asso:kind": kind, "asso:state": facts.state,
        "purpose": "offer" if kind == "offer" else "request", "attributedTo": actors.get(db, whose)["uri"],
        "name": post["title"], "unitBased": False, "asso:fieldOfActivity": list(facts.fields),
        "asso:region": regions.wire(facts.region) if facts.region else [], "url": facts.link,
        "asso:thanks": facts.thanks, "asso:project": facts.project, "publishes": intent,
    }  # fmt: skip
    if facts.opens is not None:
        found["startTime"] = ids.rfc3339(facts.opens)
    if facts.least is not None or facts.most is not None:
        amount = {"type": "MonetaryAmount", "currency": facts.currency,
                  "schema:minValue": _digits(facts.least), "schema:maxValue": _digits(facts.most)}  # fmt: skip
        found["funding"] = {
            "type": "MonetaryGrant", "amount": {key: value for key, value in amount.items() if value}
        }  # fmt: skip
    return {key: value for key, value in found.items() if value not in ("", [])}


def _digits(value: int | None) -> str:
    return "" if value is None else str(value)


# ── in words ──────────────────────────────────────────────────────────────────


def dress(db: Database, post: Row) -> tuple[str, str]:
    """(HTML before the text, HTML after it): the word and the title; what, where, until when, and the address."""
    facts, tongue = board.of(posts.details(post)), _tongue(post["language"])
    word = WORDS[post["kind"]][tongue]
    became = STATES.get((post["kind"], facts.state))
    told = f"{word} ({became[tongue]})" if became else word
    head = f"{told} · {post['title']}" if post["title"] else told
    url = post["url"]
    lines = [html.escape(" · ".join(_line(db, facts, post["language"], tongue)))]
    lines += [f'<a href="{html.escape(one)}" rel="nofollow noopener">{html.escape(_shown(one))}</a>'
              for one in (facts.link, url) if one]  # fmt: skip
    return f"{BEGIN}{html.escape(head)}{END}", f"<p>{'<br>'.join(line for line in lines if line)}</p>"


def _line(db: Database, facts: Facts, language: str, tongue: str) -> list[str]:
    parts = [fields.label("fields", one, tongue) for one in facts.fields[:1]]
    if facts.region:
        parts.append(regions.label(facts.region, tongue))
    if facts.until is not None:
        parts.append(UNTIL[tongue].format(day=_day(db, facts.until, language)))
    told = amount(facts, tongue)
    return [*parts, told] if told else parts


def amount(facts: Facts, language: str) -> str:
    """`30.000 إلى 120.000 درهم`; '' where none is said."""
    tongue = _tongue(language)
    unit = CURRENCIES.get(facts.currency, {}).get(tongue, facts.currency)
    shown = [f"{one:,}".replace(",", THOUSANDS[tongue]) for one in (facts.least, facts.most) if one is not None]
    if not shown:
        return ""
    if facts.least is not None and facts.most is not None and facts.least != facts.most:
        told = AMOUNT[tongue].format(least=shown[0], most=shown[1])
    else:
        told = AT_MOST[tongue].format(most=shown[-1]) if facts.least is None else shown[0]
    return f"{told} {unit}".strip()


def _day(db: Database, at: int, language: str) -> str:
    """The day in words, with whole names of months, in the node's own zone."""
    from babel.dates import format_date

    locale = CALENDARS.get(base(language), f"ar_{settings.get(db, 'country')}")
    there = ids.moment(at).astimezone(ZoneInfo(settings.get(db, "timezone")))
    return format_date(there.date(), "d MMMM y", locale=locale)


def _tongue(language: str) -> str:
    found = base(language)
    return found if found in ("fr", "en") else "ar"


def _shown(url: str) -> str:
    """The address as a person reads it."""
    return escaping.unescape(url).partition("://")[2][:100]
