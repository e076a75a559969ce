"""Announce of an activity: what a Group passes on to us (FEP-1b12).

    {"type":"Announce","actor":G,"object":{an activity of somebody},"to":[Public],"cc":[G/followers]}

The Group's word is enough for order, for what belongs to it, for the acts of its
moderators, and for votes by people of its own server, which NodeBB and others serve at
no address; who said any other inner activity is proven on its own (federation/relays).
An Announce inside an Announce is dropped; one of a post is a boost.
"""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from federation import activity as activities
from federation import acts, closed_there, groups, proofs, relocating
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import announce, create, delete, flag, like, poll_vote, undo, update
from federation.signatures import Key
from keys import pair
from node import hosts, ids
from node.errors import Unproven
from node.network import submissions
from node.people import actor_keys, actors, away, follows
from node.posts import posts, publishing, reactions, tombstones
from node.posts.posts import New
from node.store import Database, Row

MOST = 20  # activities in one Announce (PieFed sends several)
PASSED: dict[str, ModuleType] = {
    "Create": create, "Update": update, "Delete": delete, "Like": like, "Dislike": like, "EmojiReact": like,
    "PollVote": poll_vote, "Undo": undo,
}  # fmt: skip
VOTES = frozenset(("Like", "Dislike", "EmojiReact", "PollVote"))
TYPES = frozenset(PASSED) | acts.TYPES | {"Announce", "Flag", "Move"}


def carried(activity: Activity) -> list[dict[str, Any]]:
    """The activities inside an Announce; none for a boost of a post."""
    if activity.type != "Announce":
        return []
    found = [one for one in _each(activity.object)[:MOST] if isinstance(one, dict)]
    return [one for one in found if v.type_of(one, TYPES) in TYPES and v.one_id(one.get("actor"))]


def _each(inside: Any) -> list[Any]:
    """One activity, a list of them, or those of a collection that came along (FEP-4248: PieFed's votes, many at once)."""
    found = []
    for one in v.as_list(inside)[:MOST]:
        gathered = isinstance(one, dict) and v.type_of(one) in ("OrderedCollection", "Collection")
        found += v.as_list(one.get("orderedItems") or one.get("items")) if gathered else [one]
    return found


def needs(db: Database, activity: Activity) -> list[str]:
    """Something, when what is inside cannot be acted on with what we know (then federation/relays asks)."""
    inner = carried(activity)
    if not inner:
        return announce.needs(db, activity)
    place = place_of(db, activity)
    if place is None:
        return []
    return [v.one_id(one) or activity.id for one in inner if not is_ready(db, place, one)]


def place_of(db: Database, activity: Activity) -> Row | None:
    """The Group of another server that passes on, when somebody here is its member, or has asked to be."""
    place = actors.by_uri(db, activity.actor)
    if place is None or place["type"] != "Group" or place["local"]:
        return None
    if place["gone"] and not (place["gone"] == away.CLOSED and _is_of_itself(place, activity)):
        return None
    return place if follows.awaited_here(db, place["id"]) else None


def _is_of_itself(place: Row, activity: Activity) -> bool:
    return any(closed_there.says(place, one) for one in carried(activity))


def is_ready(db: Database, place: Row, inner: dict[str, Any]) -> bool:
    """Whether it can be acted on, or passed over, without the network."""
    if closed_there.says(place, inner):
        return closed_there.may(db, place, v.one_id(inner.get("actor")))
    kind, about = v.type_of(inner, TYPES), v.one_id(inner.get("object"))
    actor = actors.by_uri(db, v.one_id(inner.get("actor")))
    if kind in ("Announce", "Flag") or _is_idle(db, place, kind, inner, about) or _is_back(db, inner):
        return True
    if _by_another(db, kind, inner, about):
        known = actor is not None and acts.decides(db, place, actor)
        return known and not acts.needs(db, inner) and not relocating.needs(db, inner)
    if actor is not None and (actor["local"] or _is_known(db, place, kind, about, actor)):
        return True
    if kind not in PASSED:
        return True
    spoken = _proved_here(db, place, inner, check=False)
    return spoken is not None and not PASSED[kind].needs(db, spoken)


def receive(db: Database, activity: Activity, now: int, *, opened: list[Activity | None] | None = None,
            told: bool = True) -> None:  # fmt: skip
    """What the Group's members did there is done here too; a new topic stands in the homes of members here.

    opened: for each inner activity what the network proved, where it was asked.  told:
    false when it is old, so that nobody's home is filled with it.
    """
    inner = carried(activity)
    if not inner:
        _keep_own(db, activity, now)
        announce.receive(db, activity, now)
        _settle(db, activity)
        return
    place = place_of(db, activity)
    if place is None:
        closed_there.speaks_again(db, activity, now)
        return
    for number, one in enumerate(inner):
        _receive_one(db, place, activity, one, opened[number] if opened else None, now, told)


def _keep_own(db: Database, activity: Activity, now: int) -> None:
    """What she passes on of her own, and brings along, is known to those here who follow her."""
    actor = actors.by_uri(db, activity.actor)
    if actor is not None and announce.brings_its_own(activity) and follows.awaited_here(db, actor["id"]):
        said = {"type": "Create", "actor": activity.actor, "object": activity.embedded}
        create.keep(db, Activity("", "Create", activity.actor, activity.embedded, said), now, asked=True)


def _receive_one(db: Database, place: Row, outer: Activity, inner: dict[str, Any], spoken: Activity | None, now: int,
                 told: bool) -> None:  # fmt: skip
    kind, about = v.type_of(inner, TYPES), v.one_id(inner.get("object"))
    if kind == "Announce" or hosts.refuses(db, v.host(v.one_id(inner.get("actor")))):
        return
    if closed_there.says(place, inner):
        closed_there.vouched(db, place, inner, now)
        return
    if kind == "Flag":
        flag.passed_on(db, place, inner, now)
        return
    if _is_back(db, inner):
        undone = v.one_id(inner["object"].get("object"))
        delete.take_back(db, undone, v.one_id(inner.get("actor")), now, through=place["uri"])
        return
    if _by_another(db, kind, inner, about):
        if not relocating.vouched(db, place, inner):
            acts.vouched(db, place, inner, now)
        return
    actor = actors.by_uri(db, v.one_id(inner.get("actor")))
    if actor is None or kind not in PASSED:
        return
    if not actor["local"] and not _is_known(db, place, kind, about, actor):
        spoken = spoken or _proved_here(db, place, inner, check=True)
        if spoken is None:
            return
        PASSED[kind].receive(db, spoken, now)
        actor = actors.by_uri(db, spoken.actor) or actor
    if kind in ("Create", "Update"):
        _file(db, place, outer, about, actor, spoken, now, told and kind == "Create")


def _file(db: Database, place: Row, outer: Activity, about: str, actor: Row, spoken: Activity | None, now: int,
          told: bool) -> None:  # fmt: skip
    """The post stands in the Group that it names; ours was accepted there; a topic is seen in homes as the Group's boost.

    spoken: what its author truly said, where that was asked for.
    """
    post = posts.by_uri(db, about)
    if post is None or post["author"] != actor["id"]:
        return
    if not post["local"]:
        said = (spoken.embedded, spoken.document) if spoken is not None else ()
        if not groups.stands_in(db, post, place) and not groups.is_named(place, post["uri"], *said):
            return
        post = groups.file(db, post, place, now)
    if post["place"] != place["id"]:
        return
    submissions.settle(db, post["id"], place["id"], accepted=True)
    if told and post["kind"] in ("topic", "update", "question"):
        _boost(db, place, outer, post, now)


def _boost(db: Database, place: Row, outer: Activity, post: Row, now: int) -> None:
    if not outer.id or tombstones.find(db, outer.id) or posts.boost_by(db, place["id"], post["id"]) is not None:
        return
    published = ids.read_rfc3339(outer.document.get("published")) or now
    publishing.keep(
        db,
        New(uri=outer.id, kind="boost", author=place["id"], visibility="public", published=min(published, now),
            boost_of=post["id"], url=post["url"]),
        now,
    )  # fmt: skip


def _settle(db: Database, activity: Activity) -> None:
    """A Group that passes on the id of a post of ours has accepted it."""
    post, place = posts.by_uri(db, activity.object_id), actors.by_uri(db, activity.actor)
    if post is not None and place is not None and post["local"] and post["place"] == place["id"]:
        submissions.settle(db, post["id"], place["id"], accepted=True)


def _is_idle(db: Database, place: Row, kind: str, inner: dict[str, Any], about: str) -> bool:
    """Whether it is about something that nobody here has: then nothing is asked for."""
    if kind in VOTES or kind in ("Delete", "ChooseAnswer"):
        return posts.by_uri(db, about) is None
    if kind in ("Lock", "Unlock"):
        return acts.read(db, inner, v.one_id(inner.get("actor")), place) is None
    if kind == "Move":
        return relocating.read(db, inner) is None
    undone = inner.get("object")
    if kind == "Undo" and isinstance(undone, dict) and v.type_of(undone) in VOTES:
        return posts.by_uri(db, v.one_id(undone.get("object"))) is None
    if kind == "Undo" and isinstance(undone, str):
        return reactions.by_activity(db, undone) is None
    return False


def _is_back(db: Database, inner: dict[str, Any]) -> bool:
    """Whether an author takes the deletion of a post of hers back, which is gone here."""
    undone = inner.get("object")
    if v.type_of(inner) != "Undo" or not isinstance(undone, dict) or v.type_of(undone) != "Delete":
        return False
    return posts.by_uri(db, v.one_id(undone.get("object"))) is None


def is_neighbours_vote(place: Row, inner: dict[str, Any]) -> bool:
    """Whether somebody of the Group's own server votes, or takes a vote back."""
    if v.host(v.one_id(inner.get("actor"))) != v.host(place["uri"]):
        return False
    kind, undone = v.type_of(inner, TYPES), inner.get("object")
    if kind == "Undo":
        return isinstance(undone, str) or v.type_of(undone) in VOTES
    return kind in VOTES


def _by_another(db: Database, kind: str, inner: dict[str, Any], about: str) -> bool:
    """Whether it is an act on what another wrote, or on the Group itself: a moderator's."""
    if kind in ("Add", "Remove", "Lock", "Unlock", "Block", "ChooseAnswer", "Move"):
        return True
    undone = inner.get("object")
    if kind == "Undo" and isinstance(undone, str):
        return reactions.by_activity(db, undone) is None
    if kind == "Undo" and isinstance(undone, dict):
        return v.type_of(undone) in ("Lock", "Block", "Delete", "ChooseAnswer")
    if kind not in ("Delete", "Update"):
        return False
    post = posts.by_uri(db, about)
    return post is not None and actors.get(db, post["author"])["uri"] != v.one_id(inner.get("actor"))


def _is_known(db: Database, place: Row, kind: str, about: str, actor: Row) -> bool:
    """Whether it creates what we have already, by the same author, and know to belong there: only its place is news."""
    post = posts.by_uri(db, about) if kind == "Create" else None
    return post is not None and post["author"] == actor["id"] and groups.stands_in(db, post, place)


def _proved_here(db: Database, place: Row, inner: dict[str, Any], *, check: bool) -> Activity | None:
    """The activity by its own fresh proof, when its key is known here; None without one that we speak.

    check: false takes the proof on trust, to see what acting on it would need.
    """
    if proofs.is_old(inner, datetime.now(UTC)):
        return None
    if is_neighbours_vote(place, inner):
        known = actors.by_uri(db, v.one_id(inner.get("actor"))) is not None
        return activities.vouched(inner, place["uri"]) if known else None
    row = actor_keys.find(db, proofs.claimed_method(inner)) if proofs.claimed_method(inner) else None
    if row is None or row["gone"] or row["local"] or row["owner"] != v.one_id(inner.get("actor")):
        return None
    if not check:
        return Activity(v.one_id(inner), v.type_of(inner), row["owner"], inner.get("object"), inner, place["uri"])
    public = pair.read_public(row["public"])
    if public is None:
        return None
    try:
        return activities.proved(inner, Key(row["id"], row["owner"], public), datetime.now(UTC), through=place["uri"])
    except Unproven:
        return None
