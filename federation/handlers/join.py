"""Join, Leave, Invite, Ignore, TentativeAccept: who comes to an event.

    {"type":"Join","id","actor":A,"object":"event id","participationMessage":"…","to":[organiser]}
    {"type":"Accept","actor":organiser,"object":{the Join, whole},"to":[A]}

Only the organiser's server knows the list.  Friendica's members answer with Accept,
Reject or TentativeAccept of the Event itself; Mobilizon's join Groups this way too.
A Leave names the event, not the Join: one that overtook its Join is remembered by who left what.
Source: interop §12.2-12.3; FEP-8a8e.
"""

from typing import Any

from federation import audience, speak
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import follow
from node import ids, queue, settings
from node.errors import Conflict, Forbidden, Invalid
from node.network import events
from node.people import actors, blocks
from node.posts import notifications, posts, tombstones, visibility
from node.store import Database, Row
from node.text import one_line

COUNTS_AFTER = 3_600_000  # milliseconds after an answer until others hear how many come
OVERTAKEN = 3_600_000  # milliseconds after a Leave in which an undated Join is taken to be the one that it ended


def needs(db: Database, activity: Activity) -> list[str]:
    """The event, when one of ours is invited to it."""
    known = posts.by_uri(db, activity.object_id) if activity.object_id else None
    return [activity.object_id] if activity.type == "Invite" and known is None and activity.object_id else []


def receive(db: Database, activity: Activity, now: int) -> None:
    """The answer is on the list and its sender told; full, over, by invitation or elsewhere: refused."""
    target = actors.by_uri(db, activity.object_id)
    if target is not None:
        if target["local"] and target["type"] == "Group":
            follow.receive(db, activity, now)
        return
    event, actor = _event(db, activity.object_id), actors.by_uri(db, activity.actor)
    if event is None or not event["local"] or actor is None or _left_before(db, activity, event, now):
        return
    answer = _admit(db, event, actor, now)
    message = one_line(activity.document.get("participationMessage"), 500)
    state = {"Accept": "accepted", "": "asked", "Reject": "rejected"}[answer]
    new = events.keep(db, event["id"], actor["id"], "yes", state, now, activity=activity.id, message=message)
    if answer:
        _answer(db, answer, event, actor, activity.id, now)
    elif new:
        notifications.tell(db, event["author"], "mention", actor["id"], event["id"], now)
    _tell_count(db, event, now)


def receive_leave(db: Database, activity: Activity, now: int) -> None:
    """The answer is taken back; a Group is left."""
    actor, target = actors.by_uri(db, activity.actor), actors.by_uri(db, activity.object_id)
    if actor is not None and target is not None and target["local"]:
        follow.left(db, actor, target)
        return
    event = _event(db, activity.object_id)
    if event is not None and event["local"] and actor is not None:
        if events.end(db, event["id"], actor["id"]) is None:
            _remember_leave(db, activity.actor, event["uri"], activity.document, now)
        _tell_count(db, event, now)


def receive_invite(db: Database, activity: Activity, now: int) -> None:
    """One of ours is invited, and told."""
    event, host = _event(db, activity.object_id), actors.by_uri(db, activity.actor)
    target = actors.by_uri(db, v.one_id(activity.document.get("target")))
    if event is None or host is None or target is None or not target["local"]:
        return
    if blocks.between(db, host["id"], target["id"]) or not speaks_for(db, event, activity.actor):
        return
    if events.get(db, event["id"], target["id"]) is None:
        events.keep(db, event["id"], target["id"], "invited", "accepted", now, activity=activity.id)
        posts.address(db, event["id"], {target["id"]: True})
        notifications.tell(db, target["id"], "mention", host["id"], event["id"], now)


def receive_ignore(db: Database, activity: Activity, now: int) -> None:
    """The organiser's software keeps no list: whoever asked is shown the event's own page."""
    settled(db, activity, "ignored")


def receive_maybe(db: Database, activity: Activity, now: int) -> None:
    """Somebody may come; or the organiser will decide later."""
    if not answered(db, activity, "maybe", now):
        settled(db, activity, "asked")


def settled(db: Database, activity: Activity, state: str) -> bool:
    """Our member's answer has this state now, when the organiser says so; false when it answers none of ours."""
    known = events.by_activity(db, activity.object_id) if activity.object_id else None
    if known is None and v.type_of(activity.embedded) == "Join":
        event = _event(db, v.one_id(activity.embedded.get("object")))
        actor = actors.by_uri(db, v.one_id(activity.embedded.get("actor")))
        known = events.get(db, event["id"], actor["id"]) if event is not None and actor is not None else None
    if known is None or not actors.get(db, known["actor"])["local"]:
        return False
    if speaks_for(db, posts.get(db, known["post"]), activity.actor):
        events.settle(db, known["post"], known["actor"], state)
    return True


def answered(db: Database, activity: Activity, answer: str, now: int) -> bool:
    """Friendica's way: yes, no or maybe to an event of ours itself; false for anything else."""
    event, actor = _event(db, activity.object_id), actors.by_uri(db, activity.actor)
    if event is None or not event["local"] or actor is None:
        return False
    if _admit(db, event, actor, now) != "Reject":
        events.keep(db, event["id"], actor["id"], answer, "accepted", now, activity=activity.id)
        _tell_count(db, event, now)
    return True


def _remember_leave(db: Database, actor: str, event: str, said: dict[str, Any], now: int) -> None:
    """The Join that this Leave ends is still on its way."""
    at = min(ids.read_rfc3339(said.get("published")) or now, now)
    tombstones.lift(db, f"{actor} left {event}")
    tombstones.lay_unknown(db, f"{actor} left {event}", "Leave", v.host(actor), at)


def _left_before(db: Database, activity: Activity, event: Row, now: int) -> bool:
    """Whether a Leave overtook this Join, which it ends, and no later one.

    Their own dates say which was first; an undated Join that comes within the hour is the one.
    """
    left = tombstones.find(db, f"{activity.actor} left {event['uri']}")
    if left is None:
        return False
    tombstones.lift(db, left["uri"])
    asked = ids.read_rfc3339(activity.document.get("published"))
    return bool(asked <= left["at"] if asked else left["at"] + OVERTAKEN > now)


def undo(db: Database, actor: Row, uri: str, kind: str, target: str, now: int) -> bool:
    """Undo of a Join; false for what is none, and for one that has not come yet."""
    known = events.by_activity(db, uri) if uri else None
    if known is None and kind == "Join":
        event = _event(db, target)
        known = events.get(db, event["id"], actor["id"]) if event is not None else None
        if known is None and not uri and event is not None and event["local"]:
            _remember_leave(db, actor["uri"], event["uri"], {}, now)
    if known is None or known["actor"] != actor["id"]:
        return False
    events.end(db, known["post"], actor["id"])
    event = posts.get(db, known["post"])
    if event["local"]:
        _tell_count(db, event, now)
    return True


# ── ours ──────────────────────────────────────────────────────────────────────


def ask(db: Database, actor: Row, event: Row, now: int, *, message: str = "") -> Row:
    """Our actor comes, or has asked to; the answer as it stands.

    Raises Forbidden where one may not, Conflict when it is full or over, Invalid where
    one signs up elsewhere.
    """
    _must_see(db, actor, event)
    facts = posts.details(event)
    if facts.get("join") == "external":
        raise Invalid("One signs up for this event on another page.")
    known = events.get(db, event["id"], actor["id"])
    if known is not None and known["answer"] == "yes" and known["state"] in ("asked", "accepted") and not message:
        return known
    uri = f"{settings.get(db, 'origin')}/activities/{ids.new(now)}"
    if event["local"]:
        decided = _admit(db, event, actor, now)
        if decided == "Reject":
            raise Conflict("This event takes no more answers.")
        new = events.keep(db, event["id"], actor["id"], "yes", "accepted" if decided else "asked", now, activity=uri,
                          message=message)  # fmt: skip
        if new and not decided:
            notifications.tell(db, event["author"], "mention", actor["id"], event["id"], now)
        _tell_count(db, event, now)
    elif _is_over(facts, now):
        raise Conflict("This event takes no more answers.")
    else:
        organiser = actors.get(db, event["author"])
        events.keep(db, event["id"], actor["id"], "yes", "asked", now, activity=uri, message=message)
        extra = {"participationMessage": message} if message else {}
        speak.say(db, actor, "Join", event["uri"], audience.inbox_of(db, organiser), now, to=[organiser["uri"]],
                  uri=uri, extra=extra)  # fmt: skip
    found = events.get(db, event["id"], actor["id"])
    assert found is not None
    return found


def hesitate(db: Database, actor: Row, event: Row, answer: str, now: int) -> None:
    """Our actor may come (`maybe`), or does not (`no`).  Raises Forbidden, Conflict when it is over.

    An organiser elsewhere hears a Leave when she had asked, and of who may come.
    """
    _must_see(db, actor, event)
    if _is_over(posts.details(event), now):
        raise Conflict("This event takes no more answers.")
    known = events.get(db, event["id"], actor["id"])
    if known is not None and known["answer"] == answer:
        return
    if not event["local"]:
        organiser = actors.get(db, event["author"])
        leave(db, actor, event, now)
        if answer == "maybe":
            speak.say(db, actor, "TentativeAccept", event["uri"], audience.inbox_of(db, organiser), now,
                      to=[organiser["uri"]])  # fmt: skip
    events.keep(db, event["id"], actor["id"], answer, "accepted", now)
    if event["local"]:
        _tell_count(db, event, now)


def by_reply(db: Database, actor: Row, event: Row, answer: str, reply: int, now: int) -> None:
    """Somebody elsewhere answered our event with a word instead of a Join; who may not come is passed over."""
    known = events.get(db, event["id"], actor["id"])
    decided = _admit(db, event, actor, now)
    if known is not None and known["answer"] == answer:
        if known["reply"] is not None:
            events.said_by(db, event["id"], actor["id"], reply)
        return
    if decided == "Reject":
        return
    if answer != "yes":
        events.keep(db, event["id"], actor["id"], answer, "accepted", now, reply=reply)
    elif (
        events.keep(db, event["id"], actor["id"], "yes", "accepted" if decided else "asked", now, reply=reply)
        and not decided
    ):
        notifications.tell(db, event["author"], "mention", actor["id"], event["id"], now)
    _tell_count(db, event, now)


def take_back(db: Database, actor: Row, event: Row, now: int) -> None:
    """The actor, of ours or elsewhere, does not say any more whether she comes; over or not, that is hers to say."""
    if actor["local"]:
        leave(db, actor, event, now)
    elif event["local"] and events.end(db, event["id"], actor["id"]) is not None:
        _tell_count(db, event, now)
    notifications.withdraw(db, event["author"], "mention", actor["id"], event["id"])


def leave(db: Database, actor: Row, event: Row, now: int) -> None:
    """Our actor's answer is taken back."""
    known = events.end(db, event["id"], actor["id"])
    if known is None:
        return
    if event["local"]:
        _tell_count(db, event, now)
    elif known["answer"] in ("yes", "maybe") and known["state"] != "rejected":
        organiser = actors.get(db, event["author"])
        speak.say(db, actor, "Leave", event["uri"], audience.inbox_of(db, organiser), now, to=[organiser["uri"]])


def decide(db: Database, event: Row, actor: Row, accept: bool, now: int) -> bool:
    """The organiser here lets somebody come, or does not; false when nobody asked."""
    known = events.get(db, event["id"], actor["id"])
    if known is None or not events.settle(db, event["id"], actor["id"], "accepted" if accept else "rejected"):
        return False
    if not actor["local"]:
        _answer(db, "Accept" if accept else "Reject", event, actor, known["activity"], now)
    _tell_count(db, event, now)
    return True


def speaks_for(db: Database, event: Row, actor: str) -> bool:
    """Whether the actor may answer for the event: its author, or the Group it is attributed to, on its host."""
    if v.host(actor) != v.host(event["uri"]):
        return False
    named = [event["author"], event["on_behalf"], event["place"]]
    return any(one is not None and actors.get(db, one)["uri"] == actor for one in named)


def _event(db: Database, uri: str) -> Row | None:
    found = posts.by_uri(db, uri) if uri else None
    return found if found is not None and found["kind"] == "event" else None


def _admit(db: Database, event: Row, actor: Row, now: int) -> str:
    """'Accept', 'Reject', or '' when a person decides."""
    facts = posts.details(event)
    known = events.get(db, event["id"], actor["id"])
    invited = known is not None and known["answer"] == "invited"
    capacity = facts.get("capacity")
    mine = known is not None and (known["answer"], known["state"]) == ("yes", "accepted")
    full = capacity is not None and not mine and events.coming(db, event["id"]) >= capacity
    hidden = visibility.see(db, event["id"], actor["id"]) is None or blocks.between(db, actor["id"], event["author"])
    mode = facts.get("join") or "free"
    if _is_over(facts, now) or full or hidden or mode == "external" or (mode == "invite" and not invited):
        return "Reject"
    return "" if mode == "restricted" and not invited and not mine else "Accept"


def _is_over(facts: dict[str, Any], now: int) -> bool:
    return bool((facts.get("end") or facts["start"] + 7_200_000) < now or facts.get("status") == "CANCELLED")


def _must_see(db: Database, actor: Row, event: Row) -> None:
    if event["kind"] != "event" or visibility.see(db, event["id"], actor["id"]) is None:
        raise Forbidden("This action is not allowed")


def _answer(db: Database, kind: str, event: Row, actor: Row, uri: str, now: int) -> None:
    author = actors.get(db, event["author"])
    joined: dict[str, Any] = {"id": uri, "type": "Join", "actor": actor["uri"], "object": event["uri"]}
    if not uri:
        del joined["id"]
    speak.say(db, author, kind, joined, audience.inbox_of(db, actor), now, to=[actor["uri"]])


def _tell_count(db: Database, event: Row, now: int) -> None:
    queue.enqueue(db, "event counts", {"post": event["id"]}, now + COUNTS_AFTER, name=f"event counts {event['id']}")
