"""What a peer's author lets others do with her post: GoToSocial's interaction policies.

    "interactionPolicy":{"canReply":{"automaticApproval":[URI,…],"manualApproval":[URI,…]},"canLike":{…},"canAnnounce":{…}}

Only what is not for everybody is kept; what a policy does not name is for everybody.  The older
spelling is `always` and `approvalRequired`.  (Who may quote stands in node/posts/permits.)
Source: GoToSocial's docs/federation/interaction_policy.md.
"""

from typing import Any

from federation import vocabulary as v
from node.errors import Forbidden
from node.people import actors, follows
from node.posts import posts
from node.store import Database, Row

LETS = "lets"  # of a post's details: act -> URIs of whom its author lets do it
REPLY, LIKE, ANNOUNCE = "canReply", "canLike", "canAnnounce"
WAYS = ("automaticApproval", "manualApproval", "always", "approvalRequired")
MOST = 50  # URIs of one act


def restricted(found: dict[str, Any]) -> dict[str, list[str]]:
    """Of the acts that the document does not leave to everybody, whom it leaves them to."""
    policy = found.get("interactionPolicy")
    if not isinstance(policy, dict):
        return {}
    kept = {}
    for act in (REPLY, LIKE, ANNOUNCE):
        rules = policy.get(act)
        if isinstance(rules, dict) and any(rules.get(way) is not None for way in WAYS):
            let = list(dict.fromkeys(uri for way in WAYS for uri in v.all_ids(rules.get(way), MOST)))
            if not v.PUBLIC_NAMES & set(let):
                kept[act] = let
    return kept


def of(post: Row) -> dict[str, list[str]]:
    """The same of a post as it is kept."""
    if post["local"] or f'"{LETS}"' not in post["details"]:
        return {}
    found: dict[str, list[str]] = posts.details(post).get(LETS, {})
    return found


def check(db: Database, actor: Row, post: Row, act: str) -> None:
    """Our actor may do this with the post, as far as we can tell.

    Her server would refuse it, and hers alone: everybody else would see what she does not.  A list
    that we cannot look into is left to her server.  Raises Forbidden.
    """
    let = of(post).get(act)
    if let is None or actor["uri"] in let or (act == REPLY and _is_mentioned(db, actor, post)):
        return
    author = actors.get(db, post["author"])
    for uri, follower, target in ((author["followers"], actor, author), (author["following"], author, actor)):
        if uri in let and _follows(db, follower, target):
            return
    known = (author["uri"], author["followers"], author["following"])
    if all(uri in known or actors.by_uri(db, uri) is not None for uri in let):
        raise Forbidden("The author of this post lets only some people do this.")


def _is_mentioned(db: Database, actor: Row, post: Row) -> bool:
    return any(one["id"] == actor["id"] for one in posts.mentions(db, post["id"]))


def _follows(db: Database, follower: Row, target: Row) -> bool:
    known = follows.get(db, follower["id"], target["id"])
    return known is not None and known["state"] == "accepted"
