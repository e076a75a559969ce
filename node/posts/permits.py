"""Who may quote a post: what its author allows, and what that means for one reader.

A post of ours says `quotes` in its details: public, followers or nobody; public where it says
nothing.  A peer's says `canQuote`, the URIs of whom its author lets quote (FEP-044f); where it
says nothing its author is asked.  What not everybody may read, its author alone quotes.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass

from node.store import Database, Row

POLICIES = ("public", "followers", "nobody")
EVERYBODY = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
OPEN = ("public", "unlisted")

Circles = set[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Permit:
    """Groups who may quote at once, and groups whose wish the author looks at first."""

    automatic: tuple[str, ...] = ()
    manual: tuple[str, ...] = ()


ALL, ASKED, NONE = Permit(("public",)), Permit((), ("public",)), Permit()


def of(db: Database, post: Row) -> Permit:
    """What the post's author allows; post needs author, visibility, local and details."""
    if post["visibility"] not in OPEN:
        return NONE
    if post["local"]:
        return _ours(policy(post))
    if '"canQuote"' not in post["details"]:
        return ASKED
    details = json.loads(post["details"])
    first = details.get("asksFirst")
    return Permit(
        _groups(db, post["author"], details["canQuote"], first if isinstance(first, list) else []),
        _groups(db, post["author"], first, []),
    )


def policy(post: Row) -> str:
    """Of a post of ours: public, followers or nobody."""
    if post["visibility"] not in OPEN:
        return "nobody"
    if '"quotes"' not in post["details"]:
        return "public"
    found = json.loads(post["details"]).get("quotes")
    return found if found in POLICIES else "public"


def stands(db: Database, permit: Permit, author: int, actor: int | None) -> str:
    """How the actor stands: automatic, manual, denied, or unknown where we do not understand the author's words."""
    return stands_among(permit, author, actor, lambda: circles(db, actor, [author]))


def stands_among(permit: Permit, author: int, actor: int | None, near: Callable[[], Circles]) -> str:
    """The same; near gives what `circles` found for many authors at once, and is asked only where it matters."""
    if actor is None:
        return "denied"
    if actor == author:
        return "automatic"
    for way, groups in (("automatic", permit.automatic), ("manual", permit.manual)):
        for group in groups:
            if group == "public" or (group in ("followers", "following") and (group, author) in near()):
                return way
    return "unknown" if "unsupported_policy" in permit.automatic + permit.manual else "denied"


def circles(db: Database, actor: int | None, authors: Collection[int]) -> Circles:
    """Whose circles the actor stands in: ("followers", A) follows A, ("following", A) is followed by A."""
    return {(row[0], row[1]) for row in db.rows(_CIRCLES, {"actor": actor, "authors": json.dumps(list(authors))})}


_CIRCLES = """
select 'followers', target from follows
 where follower = :actor and state = 'accepted' and target in (select value from json_each(:authors))
union all
select 'following', follower from follows
 where target = :actor and state = 'accepted' and follower in (select value from json_each(:authors))
"""


def _ours(policy: str) -> Permit:
    return ALL if policy == "public" else Permit(("followers",)) if policy == "followers" else NONE


def _groups(db: Database, author: int, uris: object, without: list[object]) -> tuple[str, ...]:
    listed = [one for one in uris if isinstance(one, str) and one not in without] if isinstance(uris, list) else []
    if not listed:
        return ()
    row = db.row("select uri, followers, following from actors where id = ?", (author,))
    names = {} if row is None else {row["followers"]: "followers", row["following"]: "following", row["uri"]: ""}
    names |= dict.fromkeys(EVERYBODY, "public")
    found = dict.fromkeys(names.get(one, "unsupported_policy") for one in listed)
    return tuple(one for one in found if one)
