"""What search engines read of a page as data: schema.org in JSON-LD, from what the page itself shows to everybody.

Of the node, its associations, projects and events; a post or a topic says enough by itself.  No browser runs it.
"""

import json
from typing import Any

from markupsafe import Markup

from web import times, words
from web.pages.cards import Card
from web.pages.people import Who

LONGEST = 1000  # characters of a text
STATUS = {"CANCELLED": "EventCancelled", "TENTATIVE": "EventScheduled"}


def dump(found: dict[str, Any]) -> Markup:
    """The data as it stands in a <script>: nothing in it ends the element; what is empty is left out."""
    kept = {
        "@context": "https://schema.org",
        **{key: one for key, one in found.items() if one not in ("", None, [], {})},
    }
    said = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return words.safe(said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def network(name: str, origin: str, about: str) -> Markup:
    """The node, and how it is searched."""
    search = {"@type": "SearchAction", "target": f"{origin}/search?q={{q}}", "query-input": "required name=q"}
    return dump(
        {"@type": "WebSite", "name": name, "url": f"{origin}/", "description": about, "potentialAction": search}
    )


def association(origin: str, who: Who, site: Any, about: str, logo: str, banner: str) -> Markup:
    """An association of ours; site as its page shows it."""
    contacts = {one["kind"]: one["value"] for one in site.contacts}
    return dump({
        "@type": "NGO", "name": who.name, "alternateName": [name for _, name in site.names], "url": origin + who.url,
        "description": about[:LONGEST], "logo": origin + logo if logo else "", "image": origin + banner if banner else "",
        "foundingDate": site.founded, "areaServed": site.place, "knowsAbout": [one for one in (site.main_field, *site.other_fields) if one],
        "telephone": contacts.get("phone", ""), "email": contacts.get("email", ""), "address": contacts.get("address") or site.place,
        "sameAs": [one["value"] for one in site.contacts if one["kind"] in ("site", "social")],
    })  # fmt: skip


def project(origin: str, who: Who, about: str, owner: Who | None) -> Markup:
    """A project of ours, and who leads it."""
    leads = {"@type": "NGO", "name": owner.name, "url": _whole(origin, owner)} if owner else {}
    return dump({"@type": "Project", "name": who.name, "url": origin + who.url, "description": about[:LONGEST],
                 "parentOrganization": leads})  # fmt: skip


def event(origin: str, card: Card, about: str, image: str, organisers: list[Who]) -> Markup:
    """An event of ours: when, where, who."""
    at = times.when(card.details)
    where, online = card.details.get("place") or {}, card.details.get("online") or ""
    places: list[dict[str, Any]] = []
    if isinstance(where, dict) and (where.get("name") or where.get("locality")):
        told = {"streetAddress": where.get("street"), "addressLocality": where.get("locality")}
        address = {"@type": "PostalAddress", **{key: one for key, one in told.items() if one}}
        places.append({"@type": "Place", "name": where.get("name") or where.get("locality"), "address": address})
    if online:
        places.append({"@type": "VirtualLocation", "url": online})
    mode = "Mixed" if len(places) > 1 else "Online" if online else "Offline"
    return dump({
        "@type": "Event", "name": card.title, "description": about[:LONGEST], "url": origin + card.url, "image": image,
        "startDate": at.start.isoformat(), "endDate": at.end.isoformat() if at.end else "",
        "eventStatus": "https://schema.org/" + STATUS.get(str(card.details.get("status")), "EventScheduled"),
        "eventAttendanceMode": f"https://schema.org/{mode}EventAttendanceMode",
        "location": places, "organizer": [{"@type": "Organization", "name": one.name, "url": _whole(origin, one)} for one in organisers],
    })  # fmt: skip


def _whole(origin: str, who: Who) -> str:
    return origin + who.url
