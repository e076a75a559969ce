"""What an association's document says besides any actor's: written for our own, read from peers'.

    "asso:fieldOfActivity":["water"],"asso:region":["MA-09","MA-TIZ"],"asso:sizeBand":"s","asso:profile":"ORG/profile",
    "location":{Place},"foundingDate":"2011","knowsLanguage":["ar"],"contactPoint":[…],"legalName","identifier":[…]

The four lines in `attachment` come from the same facts and are never read back.
"""

import json
from typing import Any

from federation import vocabulary as v
from node import html, ids
from node.network import associations, forums, listed, regions, teams
from node.network.associations import Facts
from node.network.listed import Record
from node.store import Database, Row
from node.text import one_line

MOST_CODES = 10
_CONTACT = {"phone": "telephone", "whatsapp": "telephone", "email": "email", "site": "url", "social": "url",
            "address": "address"}  # fmt: skip


def layer(db: Database, actor: Row, *, network: bool = False) -> dict[str, Any]:
    """What stands in the document of an association of ours; {} for an Organization without facts.

    network: also what is for the nodes of the network alone.
    """
    facts = associations.find(db, actor["id"])
    if facts is None:
        return {}
    uri = actor["uri"]
    found: dict[str, Any] = {
        "asso:fieldOfActivity": [facts.field, *facts.other_fields],
        "asso:region": regions.wire(facts.region),
        "asso:sizeBand": facts.size,
        "asso:profile": f"{uri}/profile",
        "asso:projects": f"{uri}/projects",
        "areaServed": regions.wire(facts.region),
        "location": _place(facts),
        "knowsLanguage": facts.languages,
        "contactPoint": [_contact_point(one) for one in associations.shown_contacts(facts, network=network)],
        "identifier": [
            {"type": "PropertyValue", "propertyID": one["kind"], "value": one["value"]}
            for one in associations.shown_registrations(facts, network=network)
        ],
        "memberOf": facts.member_of,
        "foundingDate": facts.founded,
        "legalName": facts.legal_name,
        "nonprofitStatus": facts.legal_form,
        "schema:openingHours": next(iter(facts.hours.values()), ""),
    }
    of_its_own = forums.of_owner(db, actor["id"])
    if of_its_own:
        found["asso:forum"] = of_its_own[0]["uri"]
    return {key: value for key, value in found.items() if value not in ("", [], {})}


def profile(db: Database, actor: Row, *, signed: bool, network: bool) -> dict[str, Any]:
    """The whole profile.  signed: somebody known asks, who may learn who speaks for the association;
    network: a node of our network asks.
    """
    found: dict[str, Any] = {
        "id": f"{actor['uri']}/profile",
        "type": "Profile",
        "describes": actor["uri"],
        "updated": ids.rfc3339(actor["updated"]),
        **layer(db, actor, network=network),
    }
    facts = associations.find(db, actor["id"])
    if facts is not None:
        found |= {"schema:openingHours": facts.hours} if facts.hours else {}
        if network:
            found |= {f"asso:{key}": text for key, text in facts.governance.items()}
    if signed:
        found["asso:representatives"] = [row["uri"] for row in teams.speakers(db, actor["id"])]
    return v.with_context(found)


def _place(facts: Facts) -> dict[str, Any]:
    line = regions.line_of(facts.region)
    address = {"type": "PostalAddress", "addressCountry": line[0].code if line else ""}
    if len(line) > 1:
        address["addressRegion"] = line[1].label("fr")
    if len(line) > 2:
        address["addressLocality"] = line[-1].label("fr")
    street = next((one["value"] for one in associations.shown_contacts(facts) if one["kind"] == "address"), "")
    if street:
        address["streetAddress"] = street
    found: dict[str, Any] = {"type": "Place", "name": regions.place(facts.region, "fr"), "address": address}
    if facts.latitude is not None and facts.longitude is not None:
        found |= {"latitude": facts.latitude, "longitude": facts.longitude}
    return found


def _contact_point(one: dict[str, str]) -> dict[str, Any]:
    return {"type": "ContactPoint", "contactType": one["label"] or one["kind"], _CONTACT[one["kind"]]: one["value"]}


# ── the directory's compact records ───────────────────────────────────────────


def record(entry: Row) -> dict[str, Any]:
    """One of our entries as it goes to other nodes: a compact Organization, or a Tombstone when it is gone."""
    if entry["gone"] is not None:
        return {"id": entry["uri"], "type": "Tombstone", "formerType": "Organization",
                "deleted": ids.rfc3339(entry["gone"]), "updated": ids.rfc3339(entry["updated"])}  # fmt: skip
    codes = [part for part in entry["path"].split("/") if part]
    found: dict[str, Any] = {
        "id": entry["uri"],
        "type": "Organization",
        "preferredUsername": entry["handle"],
        "name": entry["name"],
        "nameMap": json.loads(entry["names"]),
        "url": entry["url"],
        "summary": html.escape(entry["summary"]),
        "asso:region": codes[1:] or codes,
        "asso:fieldOfActivity": json.loads(entry["fields"]),
        "asso:sizeBand": entry["size"],
        "foundingDate": entry["founded"],
        "knowsLanguage": json.loads(entry["languages"]),
        "updated": ids.rfc3339(entry["updated"]),
    }
    if entry["icon"]:
        found["icon"] = {"type": "Image", "url": entry["icon"]}
    if len(codes) > 1:
        found["location"] = {"type": "Place", "name": regions.place(codes[-1], "fr")}
    return {key: value for key, value in found.items() if value not in ("", [], {})}


def read(document: dict[str, Any], now: int, *, actor: Row | None = None) -> Record | None:
    """The entry that a compact record, or an association's own document, makes; None for what is no association.

    The caller has proven that the document is its own host's to say.
    """
    uri = v.one_id(document)
    if v.type_of(document, v.ACTORS) not in ("Organization", "Group") or not uri:
        return None
    names = {
        tag[:35]: one_line(text, 100)
        for tag, text in _pairs(document.get("nameMap"))
        if isinstance(text, str) and one_line(text, 100)
    }
    name = one_line(document.get("name"), 100) or next(iter(names.values()), "")
    if not name:
        return None
    updated = ids.read_rfc3339(document.get("updated")) or now
    url = v.link(document.get("url"))
    icon = document.get("icon")
    return Record(
        uri=uri, host=v.host(uri), actor=actor["id"] if actor is not None else None, name=name, names=names,
        handle=v.username(document.get("preferredUsername")), url=url if v.host(url) == v.host(uri) else uri,
        icon=v.link(icon.get("url")) if isinstance(icon, dict) else "",
        summary=" ".join(html.plain(html.clean(document.get("summary"))).split())[: listed.SUMMARY],
        fields=_codes(document.get("asso:fieldOfActivity")), path=regions.path_of(_codes(document.get("asso:region"))),
        size=next(iter(_codes(document.get("asso:sizeBand"))), ""), founded=one_line(document.get("foundingDate"), 10),
        languages=_codes(document.get("knowsLanguage")), updated=min(updated, now),
    )  # fmt: skip


def heed(db: Database, actor: Row, document: dict[str, Any], now: int) -> None:
    """A peer's association, met as an actor, stands in the directory as its own document says."""
    if actor["type"] != "Organization" or "asso:fieldOfActivity" not in document:
        return
    found = read(document, now, actor=actor)
    if found is not None:
        listed.keep(db, found, now)


def representatives(document: dict[str, Any]) -> list[str]:
    """Persons whom a profile document names as its association's speakers."""
    return [uri for uri in v.as_list(document.get("asso:representatives"))[:50] if isinstance(uri, str)]


def _codes(value: Any) -> list[str]:
    """Short strings, once each; unknown ones are kept and shown as they stand."""
    found = [one_line(one, 50) for one in v.as_list(value)[:MOST_CODES] if isinstance(one, str)]
    return [one for one in dict.fromkeys(found) if one]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return list(value.items())[:20] if isinstance(value, dict) else []
