"""What a post claims besides its words: in whose name it speaks, and how far a project is.

A claim counts once it is proven: the author is one of ours who holds the role, or the profile
of the association, at its own server, names her.  Until then the words stand and the claim waits.
"""

from typing import Any

from federation import project_layer, projects
from federation.handlers import announce
from node import ids, queue
from node.network import partners, representatives
from node.network import projects as kept
from node.people import actors
from node.posts import posts
from node.store import Database, Row

ASK = "association profile"  # the task that reads who may speak for a peer's association
ASK_AGAIN = 600_000  # ms between two readings of one profile
FIGURES = "asso:project"
BEHALF = "asso:onBehalfOf"


def look_at(db: Database, identifier: int, now: int) -> None:
    """The post is shown in the name that it proves; a project of ours moves by the figures of its team alone."""
    post = posts.get(db, identifier)
    details = posts.details(post)
    author = actors.get(db, post["author"])
    if BEHALF in details:
        _in_whose_name(db, post, author, details, now)
    place = actors.get(db, post["place"]) if post["place"] is not None else None
    if place is None or place["role"] != "project" or post["boost_of"] is not None:
        return
    proven = may_state(db, author, place)
    _figures(db, post, place, details, proven, now)
    if proven and place["local"] and post["reply_to"] is None:
        boost(db, posts.get(db, identifier), place, now)
    elif not proven and place["local"] and not author["local"]:
        for row in partners.listed(db, place["id"]):
            if row["confirmed"] and row["actor"] and _same_host(row["uri"], author["uri"]):
                ask_profile(db, row["uri"], now)


def may_state(db: Database, author: Row, place: Row) -> bool:
    """Whether the author's figures count: she belongs to the team, or to the server of a project elsewhere."""
    if not place["local"] and _same_host(author["uri"], place["uri"]):
        return True
    return representatives.in_team(db, author, place["id"])


def boost(db: Database, post: Row, place: Row, now: int) -> None:
    """The association that leads our project passes the update on to its own followers."""
    owner = kept.get(db, place["id"]).owner
    if owner is not None and post["author"] != owner and post["visibility"] in ("public", "unlisted"):
        announce.put(db, actors.get(db, owner), post, now)


def ask_profile(db: Database, organization: str, now: int) -> None:
    """Who may speak for a peer's association will be known, asked for once in ten minutes at the most."""
    known = actors.by_uri(db, organization)
    if known is not None and (known["local"] or known["gone"]):
        return
    asked = representatives.asked(db, known["id"]) if known is not None else 0
    queue.enqueue(
        db,
        ASK,
        {"organization": organization},
        max(now, asked + ASK_AGAIN if asked else now),
        name=f"{ASK} {organization}",
    )


def _in_whose_name(db: Database, post: Row, author: Row, details: dict[str, Any], now: int) -> None:
    uri = details[BEHALF]
    if not isinstance(uri, str) or post["local"]:
        return
    found = actors.by_uri(db, uri)
    organization = found if found is not None and found["type"] == "Organization" and not found["gone"] else None
    if organization is not None and representatives.speaks_for(db, author, organization):
        if post["on_behalf"] != organization["id"]:
            posts.change(db, post["id"], on_behalf=organization["id"])
        return
    if _same_host(uri, author["uri"]):
        ask_profile(db, uri, now)


def _figures(db: Database, post: Row, place: Row, details: dict[str, Any], proven: bool, now: int) -> None:
    """Figures that are proven stand in the post and move our project; others wait aside."""
    claim = details.get(FIGURES) or details.get("claimed")
    if not isinstance(claim, dict) or claim.get("id") != f"{place['uri']}#project":
        proven = False
    if claim is None:
        return
    shown, hidden = (FIGURES, "claimed") if proven else ("claimed", FIGURES)
    if hidden in details:
        changed = {key: value for key, value in details.items() if key != hidden} | {shown: claim}
        posts.change(db, post["id"], details=changed)
    if proven and place["local"] and not kept.has_later_figures(db, place["id"], post["id"]):
        apply(db, place, claim, now)


def apply(db: Database, place: Row, claim: dict[str, Any], now: int) -> None:
    """Our project and its stage are as far as the update says; who follows it will hear."""
    moved = False
    stage, done = claim.get("asso:milestone"), project_layer.percent(claim.get("asso:milestoneProgress"))
    if isinstance(stage, str) and done is not None and stage.startswith(f"{place['uri']}#m"):
        number = ids.read(stage.rpartition("#m")[2])
        moved = number is not None and kept.set_stage(db, place["id"], number, done, now)
    whole = project_layer.percent(claim.get("asso:progress"))
    if whole is not None:
        kept.set_progress(db, place["id"], whole, now)
        moved = True
    if moved:
        projects.tell_soon(db, place["id"], now)


def _same_host(one: str, other: str) -> bool:
    return one.split("/", 3)[:3] == other.split("/", 3)[:3]
