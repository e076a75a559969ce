"""Associations of ours: what they say of themselves as facts; the words stand in their actors.

Each contact and registration says to whom it is shown: everybody, the network's nodes, or
only the team here.  From the facts come the lines that apps elsewhere show, and the entry
in the listed.
"""

import json
import re
from dataclasses import asdict, dataclass
from dataclasses import field as with_default
from typing import Any

from node import html, settings
from node.errors import Invalid, NotFound
from node.network import fields, listed, phones, regions
from node.people import actors
from node.store import Database, Row
from node.text import many_lines, one_line

SHOWN = ("public", "network", "local")
CONTACTS = ("phone", "whatsapp", "email", "site", "address", "social")
REGISTRATIONS = ("MA-recepisse", "MA-utilite-publique", "TN-JORT", "TN-RNE")
MOST = 20  # contacts, registrations, languages
LONGEST_TEXT = 5000
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_FOUNDED = re.compile(r"(1[89]|20)\d\d(-\d\d(-\d\d)?)?\Z")


@dataclass(frozen=True, slots=True)
class Facts:
    """What an association says of itself in codes and figures.

    contacts: kind (CONTACTS), value, shown (SHOWN), label; registrations: kind (REGISTRATIONS), value,
    shown; hours: language -> text; member_of: URIs of networks; governance: board, statutes URL, donors,
    each for the network only.
    """

    field: str
    region: str
    size: str
    other_fields: list[str] = with_default(default_factory=list)
    legal_form: str = ""
    legal_name: str = ""
    founded: str = ""
    languages: list[str] = with_default(default_factory=list)
    contacts: list[dict[str, str]] = with_default(default_factory=list)
    registrations: list[dict[str, str]] = with_default(default_factory=list)
    hours: dict[str, str] = with_default(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None
    milieu: str = ""
    member_of: list[str] = with_default(default_factory=list)
    governance: dict[str, str] = with_default(default_factory=dict)


def check(facts: Facts, country: str) -> Facts:
    """The facts with every code known, every number in one spelling.  Raises Invalid, saying what is wrong."""
    if facts.founded and not _FOUNDED.match(facts.founded):
        raise Invalid("The year of foundation is a year like 2011, or a date.")
    if any(not _LANGUAGE.match(tag) for tag in facts.languages):
        raise Invalid("A language is a tag like ar, fr or zgh.")
    if facts.latitude is not None and not (-90 <= facts.latitude <= 90 and -180 <= (facts.longitude or 0) <= 180):
        raise Invalid("These are no coordinates.")
    return Facts(
        field=fields.check_field(facts.field),
        region=regions.check(facts.region).code,
        size=fields.check_size(facts.size),
        other_fields=fields.check_fields(facts.other_fields, facts.field),
        legal_form=fields.check_legal_form(facts.legal_form),
        legal_name=one_line(facts.legal_name, 200),
        founded=facts.founded,
        languages=list(dict.fromkeys(facts.languages))[:MOST],
        contacts=[_contact(one, country) for one in facts.contacts[:MOST]],
        registrations=[_registration(one) for one in facts.registrations[:MOST]],
        hours={tag: one_line(text, 200) for tag, text in facts.hours.items() if one_line(text, 200)},
        latitude=facts.latitude,
        longitude=facts.longitude if facts.latitude is not None else None,
        milieu=one_line(facts.milieu, 40),
        member_of=[uri for uri in facts.member_of if uri.startswith(("http://", "https://"))][:MOST],
        governance={one_line(key, 40): one_line(text, 500) for key, text in list(facts.governance.items())[:MOST]},
    )


def _contact(one: dict[str, str], country: str) -> dict[str, str]:
    kind, value = one.get("kind", ""), one_line(one.get("value"), 300)
    shown = one.get("shown") or "local"
    if kind not in CONTACTS:
        raise Invalid("A contact is one of: {kinds}.", kinds=", ".join(CONTACTS))
    if shown not in SHOWN:
        raise Invalid("A contact is shown to one of: {shown}.", shown=", ".join(SHOWN))
    if kind in ("phone", "whatsapp"):
        value = phones.read(value, country)
    elif kind == "email" and not _EMAIL.match(value):
        raise Invalid("This is no e-mail address.")
    elif kind in ("site", "social"):
        value = _web_address(value)
    if not value:
        raise Invalid("A contact cannot be empty.")
    return {"kind": kind, "value": value, "shown": shown, "label": one_line(one.get("label"), 60)}


def _web_address(typed: str) -> str:
    """With its scheme, which people leave out.  An @ may stand in a path, as of pages of people, never before the host."""
    value = f"https://{typed}" if re.match(r"[\w-]+(\.[\w-]+)+(/|\Z)", typed) else typed
    if not re.match(r"https?://[^\s<>\"@/?#]+([/?#][^\s<>\"]*)?\Z", value):
        raise Invalid("This is no web address: {address}.", address=typed)
    return value


def _registration(one: dict[str, str]) -> dict[str, str]:
    kind, shown = one.get("kind", ""), one.get("shown") or "local"
    if kind not in REGISTRATIONS or shown not in SHOWN:
        raise Invalid("A registration is one of: {kinds}.", kinds=", ".join(REGISTRATIONS))
    return {"kind": kind, "value": one_line(one.get("value"), 100), "shown": shown}


# ── the table ─────────────────────────────────────────────────────────────────


def save(db: Database, actor: int, facts: Facts, now: int) -> bool:
    """The association says this of itself; its lines and its entry in the directory say so too; false when they did.

    Raises Invalid.
    """
    row = actors.get(db, actor)
    if not row["local"] or row["type"] != "Organization":
        raise Invalid("This account is no association of ours.")
    facts = check(facts, settings.get(db, "country"))
    if facts == find(db, actor):
        return False
    db.execute(
        """
        insert into associations (actor, field, region, size, facts, updated) values (?, ?, ?, ?, ?, ?)
        on conflict (actor) do update
           set field = excluded.field, region = excluded.region, size = excluded.size, facts = excluded.facts,
               updated = excluded.updated
        """,
        (actor, facts.field, facts.region, facts.size, json.dumps(asdict(facts), ensure_ascii=False), now),
    )
    if not json.loads(row["details"]).get("fields"):  # else an app wrote lines of its own
        actors.change(db, actor, now, fields=lines(facts))
    list_one(db, actor, now)
    return True


def describe(db: Database, actor: int, now: int, *, names: dict[str, str] | None = None,
             texts: dict[str, str] | None = None, icon: str | None = None, image: str | None = None,
             language: str = "") -> bool:  # fmt: skip
    """The words and pictures of the association, names and texts by language, texts as HTML; false when they were so.

    Raises Invalid without a name.
    """
    row = actors.get(db, actor)
    values: dict[str, Any] = {}
    main = language or row["language"]
    if names is not None:
        kept = {tag: one_line(text, 100) for tag, text in names.items() if one_line(text, 100)}
        if not kept:
            raise Invalid("An association needs a name.")
        main = main if main in kept else next(iter(kept))
        values |= {"displays": kept, "display": kept[main], "language": main}
    if texts is not None:
        cleaned = {tag: html.clean(many_lines(text, LONGEST_TEXT * 4)) for tag, text in texts.items()}
        cleaned = {tag: text for tag, text in cleaned.items() if text}
        values |= {"summaries": cleaned, "summary": cleaned.get(main) or next(iter(cleaned.values()), "")}
    if icon is not None:
        values["icon"] = icon
    if image is not None:
        values["image"] = image
    if actors.says(row, values):
        return False
    actors.change(db, actor, now, **values)
    if exists(db, actor):
        list_one(db, actor, now)
    return True


def exists(db: Database, actor: int) -> bool:
    """Whether the actor is an association of ours that has facts."""
    return bool(db.value("select 1 from associations where actor = ?", (actor,)))


def get(db: Database, actor: int) -> Facts:
    """The facts of an association of ours.  Raises NotFound."""
    known = find(db, actor)
    if known is None:
        raise NotFound("There is no such association here.", actor=actor)
    return known


def find(db: Database, actor: int) -> Facts | None:
    """The facts of an association of ours, when it has any."""
    found = db.value("select facts from associations where actor = ?", (actor,))
    return None if found is None else Facts(**json.loads(found))


def shown_contacts(facts: Facts, *, network: bool = False) -> list[dict[str, str]]:
    """Contacts for everybody; network: for nodes of the network too."""
    return _shown(facts.contacts, network)


def shown_registrations(facts: Facts, *, network: bool = False) -> list[dict[str, str]]:
    """Registrations for everybody; network: for nodes of the network too."""
    return _shown(facts.registrations, network)


def _shown(listed: list[dict[str, str]], network: bool) -> list[dict[str, str]]:
    return [one for one in listed if one["shown"] == "public" or (network and one["shown"] == "network")]


# ── what comes from the facts ─────────────────────────────────────────────────


def lines(facts: Facts) -> list[list[Any]]:
    """Four lines in Arabic and French for apps that know no more: [name, HTML, null] each."""
    all_fields = [facts.field, *facts.other_fields]
    site = next((one["value"] for one in shown_contacts(facts) if one["kind"] == "site"), "")
    email = next((one["value"] for one in shown_contacts(facts) if one["kind"] == "email"), "")
    phone = next((one["value"] for one in shown_contacts(facts) if one["kind"] in ("phone", "whatsapp")), "")
    found = [
        ("المجال · Domaine", both(*("، ".join(fields.label("fields", one, "ar") for one in all_fields),
                                    ", ".join(fields.label("fields", one, "fr") for one in all_fields)))),
        ("الجهة · Région", both(regions.place(facts.region, "ar"), regions.place(facts.region, "fr"))),
        ("تأسست · Fondée", html.escape(facts.founded[:4])),
        ("الموقع · Site", html.clean(f'<a href="{html.escape(site)}" rel="me">{html.escape(site.partition("://")[2])}</a>')
         if site else ""),
        ("البريد · Courriel", html.escape(email)),
        ("الهاتف · Téléphone", html.escape(phone)),
        ("الحجم · Taille", both(fields.label("size_classes", facts.size, "ar"), fields.label("size_classes", facts.size, "fr"))),
    ]  # fmt: skip
    return [[name, value, None] for name, value in found if value][:4]


def both(arabic: str, french: str) -> str:
    """`عربي · français`, escaped; once where they are the same."""
    return html.escape(arabic if arabic == french or not french else f"{arabic} · {french}" if arabic else french)


def list_one(db: Database, actor: int, now: int) -> None:
    """The association's entry in the directory says what it says now; it is taken out when it is gone or hides."""
    row, facts = actors.get(db, actor), find(db, actor)
    if facts is None or row["gone"] or not row["discoverable"]:
        listed.forget(db, row["uri"], now)
        return
    listed.keep(db, entry(row, facts, now), now)


def entry(row: Row, facts: Facts, now: int) -> listed.Record:
    """The association as it stands in the listed."""
    return listed.Record(
        uri=row["uri"], host="", actor=row["id"], name=row["display"] or row["name"], names=json.loads(row["displays"]),
        handle=row["name"], url=row["url"], icon=row["icon"], summary=" ".join(html.plain(row["summary"]).split()),
        fields=[facts.field, *facts.other_fields], path=regions.path_of([facts.region]), size=facts.size,
        founded=facts.founded, languages=facts.languages, updated=now, active=row["last_post"] or 0,
    )  # fmt: skip
