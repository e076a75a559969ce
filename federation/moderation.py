"""What moderators here do in a forum or project: each verb checks the right, does it, and tells other servers.

    {"type":"Add"|"Remove","actor":M,"object":topic,"target":G/featured, …}            pin, unpin
    {"type":"Add"|"Remove","actor":M,"object":person,"target":G/moderators, …}          appoint, dismiss
    {"type":"Lock","actor":M,"object":topic,"summary":reason, …}                        lock; Undo opens it
    {"type":"Delete","actor":M,"object":post,"summary":reason, …}                       remove; Undo restores it
    {"type":"Block","actor":M,"object":person,"target":G,"summary":reason,"endTime", …} ban; Undo ends it, with
                                             "restoreData":true what was removed with it is shown again
    {"type":"ChooseAnswer","actor":M,"object":answer, …}                                solve; Undo takes it away
    {"type":"Update","actor":M,"object":{the topic with another asso:solution}, …}      likewise

each with to:[Public], cc:[G], audience:G, said by the moderator to the Group, which
passes it on; federation/acts reads them.  Staff of the node, whom no Group lists, says it
in her own name too: Lemmy, Mbin and we obey people of the Group's server, and none of them
reads such an act by a Group.  Source: interop §11.7, §12.1.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from federation import audience, groups, outbox, software, speak
from federation import vocabulary as v
from node import ids, letters, settings
from node.errors import Forbidden, Invalid
from node.network import forums, moderation, topics
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from node.text import mark, one_line

LONGEST_REASON = 500
READ_CHOICES = frozenset(("piefed", "tashbik"))  # forums that know a ChooseAnswer
ONLY_MODERATORS = mark("Only moderators of this forum may do this.")


def pin(db: Database, moderator: Row, topic: Row, now: int) -> bool:
    """The topic stands first in its forum, here and for members elsewhere.  Raises Forbidden, as all of these."""
    place = _right(db, moderator, _first(topic))
    return _act(db, moderator, place, "Add", topic["uri"], now,
                lambda uri: moderation.pin(db, place, moderator["id"], topic, uri, now),
                post=topic, target=place["featured"])  # fmt: skip


def unpin(db: Database, moderator: Row, topic: Row, now: int) -> bool:
    """It stands among the others."""
    place = _right(db, moderator, topic)
    return _act(db, moderator, place, "Remove", topic["uri"], now,
                lambda uri: moderation.unpin(db, place, moderator["id"], topic, uri, now),
                post=topic, target=place["featured"])  # fmt: skip


def lock(db: Database, moderator: Row, topic: Row, now: int, reason: str = "") -> bool:
    """Nobody answers in the topic any more."""
    place = _right(db, moderator, _first(topic))
    reason = one_line(reason, LONGEST_REASON)
    done = _act(db, moderator, place, "Lock", topic["uri"], now,
                lambda uri: moderation.lock(db, place, moderator["id"], topic, uri, reason, now),
                post=topic, summary=reason)  # fmt: skip
    rewrite(db, topic)
    return done


def unlock(db: Database, moderator: Row, topic: Row, now: int) -> bool:
    """It is open to answers again."""
    place = _right(db, moderator, topic)
    done = _undo(db, moderator, place, "Lock", topic["uri"], moderation.last(db, "lock", post=topic["id"]), now,
                 lambda uri: moderation.unlock(db, place, moderator["id"], topic, uri, now), post=topic)  # fmt: skip
    rewrite(db, topic)
    return done


def remove(db: Database, moderator: Row, post: Row, reason: str, now: int) -> bool:
    """The post is seen by nobody, the reason by everybody."""
    place = _right(db, moderator, post)
    reason = one_line(reason, LONGEST_REASON)
    done = _act(db, moderator, place, "Delete", post["uri"], now,
                lambda uri: moderation.remove(db, place, moderator["id"], post, uri, reason, now),
                post=post, also=actors.get(db, post["author"]), summary=reason or " ")  # fmt: skip
    hide(db, place, [post], now)
    return done


def restore(db: Database, moderator: Row, post: Row, now: int) -> bool:
    """The post is seen again."""
    place = _right(db, moderator, post)
    removal = moderation.last(db, "remove", post=post["id"])
    why = (removal["reason"] if removal is not None else "") or " "  # without one, Lemmy takes it for the author's own
    done = _undo(db, moderator, place, "Delete", post["uri"], removal, now,
                 lambda uri: moderation.restore(db, place, moderator["id"], post, uri, now), post=post,
                 also=actors.get(db, post["author"]), summary=why)  # fmt: skip
    if done:
        show(db, place, [post], now)
    return done


def ban(db: Database, moderator: Row, place: Row, target: Row, reason: str, now: int, *, until: int | None = None,
        with_posts: bool = False) -> bool:  # fmt: skip
    """The target writes nothing there, until then (ms) or for good; with_posts removes what it wrote too."""
    _may(db, moderator, place)
    reason = one_line(reason, LONGEST_REASON)
    extra: dict[str, Any] = {"target": place["uri"], "summary": reason, "removeData": with_posts}
    if until is not None:
        extra["endTime"] = ids.rfc3339(until)
    written = moderation.standing(db, place["id"], target["id"]) if with_posts else []
    done = _act(db, moderator, place, "Block", target["uri"], now,
                lambda uri: moderation.ban(db, place, moderator["id"], target, uri, reason, until, now,
                                           with_posts=with_posts),
                also=target, **extra)  # fmt: skip
    hide(db, place, written, now)
    return done


def unban(db: Database, moderator: Row, place: Row, target: Row, now: int, *, with_posts: bool = False) -> bool:
    """The target may write there again; with_posts shows again what was removed with the ban."""
    _may(db, moderator, place)
    banned = moderation.last(db, "ban", target=target["id"], place=place["id"])
    hidden = moderation.hidden_with(db, place["id"], target["id"]) if with_posts else []
    done = _undo(db, moderator, place, "Block", target["uri"], banned, now,
                 lambda uri: moderation.unban(db, place, moderator["id"], target, uri, now, with_posts=with_posts),
                 also=target, outer={"restoreData": True} if with_posts else None, target=place["uri"])  # fmt: skip
    if done:
        show(db, place, hidden, now)
    return done


def appoint(db: Database, moderator: Row, place: Row, target: Row, now: int) -> bool:
    """The target, here or elsewhere, moderates the place."""
    _may(db, moderator, place)
    if target["type"] not in ("Person", "Service") or target["gone"]:
        raise Invalid("Only people moderate a forum.")
    return _act(db, moderator, place, "Add", target["uri"], now,
                lambda uri: moderation.appoint(db, place, moderator["id"], target, uri, now),
                also=target, target=place["moderators"])  # fmt: skip


def dismiss(db: Database, moderator: Row, place: Row, target: Row, now: int) -> bool:
    """The target does not any more."""
    _may(db, moderator, place)
    return _act(db, moderator, place, "Remove", target["uri"], now,
                lambda uri: moderation.dismiss(db, place, moderator["id"], target, uri, now),
                also=target, target=place["moderators"])  # fmt: skip


def solve(db: Database, actor: Row, topic: Row, reply: Row | None, now: int) -> bool:
    """The reply is shown as what solved the topic; None takes the mark away.  The asker may, and moderators.

    PieFed hears it by a ChooseAnswer, our own nodes by that or by the Update of the topic: the first is said first,
    since a forum passes on what changes something there.
    """
    _first(topic)
    place = actors.get(db, topic["place"]) if topic["place"] is not None else None
    if place is None:
        raise Invalid("This is no topic of a forum.")
    if actor["id"] != topic["author"]:
        _may(db, actor, place)
    before, number = topics.solution(db, topic["id"]), ids.new(now)
    last = moderation.last(db, "solve", post=topic["id"])
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    if not moderation.solve(db, place, actor["id"], topic, reply, uri, now):
        return False
    if reply is not None or before is not None:
        _choose(db, actor, place, topic, reply, before, last, now, number)
    if topic["local"]:
        outbox.tell_again(db, posts.get(db, topic["id"]), now)
        return True
    kept = posts.document(topic)
    said = json.loads(kept) if kept else {"id": topic["uri"], "type": "Page", "name": topic["title"]}
    said = {key: value for key, value in said.items() if key not in ("asso:solution", "@context")}
    if reply is not None:
        said["asso:solution"] = reply["uri"]
    return _act(db, actor, place, "Update", said, now, lambda _: True, post=topic)


def _choose(db: Database, actor: Row, place: Row, topic: Row, reply: Row | None, before: Row | None, last: Row | None,
            now: int, number: int) -> None:  # fmt: skip
    """The answer is chosen, or the one before is not any more: said to the forum where that may read it.

    last: how what stood before was marked; number: the id of what is said.
    """
    known = "" if place["local"] else software.of(db, v.host(place["uri"]), now)
    if known and known not in READ_CHOICES:
        return
    answer = reply if reply is not None else before
    assert answer is not None
    uri, about = f"{settings.get(db, 'origin')}/activities/{number}", {"to": [v.PUBLIC], "cc": [place["uri"]]}
    kind, obj, extra = "ChooseAnswer", answer["uri"], {"audience": place["uri"]}
    if reply is None:
        letter = letters.by_uri(db, last["activity"]) if last is not None and last["activity"] else None
        same = letter is not None and letter["type"] == kind and letter["sender"] == actor["id"]
        inner = last["activity"] if same and last is not None else f"{actor['uri']}#chooseanswer/{number}"
        kind, obj = "Undo", {"id": inner, "type": kind, "actor": actor["uri"], "object": obj, **about, **extra}
    speak.say(db, actor, kind, obj, audience.inbox_of(db, place), now, to=about["to"], cc=about["cc"], uri=uri,
              identifier=number, extra=extra)  # fmt: skip
    groups.pass_on_own(db, uri, place, answer, now, also=actors.get(db, answer["author"]))


def _right(db: Database, moderator: Row, post: Row) -> Row:
    """The place of the post, where the moderator decides."""
    if post["place"] is None:
        raise Invalid("This is no topic of a forum.")
    place = actors.get(db, post["place"])
    _may(db, moderator, place)
    return place


def _may(db: Database, moderator: Row, place: Row) -> None:
    if place["type"] != "Group" or not forums.may_moderate(db, place, moderator["id"]):
        raise Forbidden(ONLY_MODERATORS, place=place["uri"])


def _first(topic: Row) -> Row:
    if topic["id"] != topic["thread"]:
        raise Invalid("This is an answer, no topic.")
    return topic


def _act(db: Database, moderator: Row, place: Row, kind: str, obj: Any, now: int, effect: Callable[[str], bool], *,
         post: Row | None = None, also: Row | None = None, **extra: Any) -> bool:  # fmt: skip
    """The effect holds here, and the moderator's activity goes to the Group; false when nothing changed."""
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    if not effect(uri):
        return False
    said = {"audience": place["uri"], **{key: value for key, value in extra.items() if value not in ("", None)}}
    inboxes = audience.inbox_of(db, place)
    speak.say(db, moderator, kind, obj, inboxes, now, to=[v.PUBLIC], cc=[place["uri"]], uri=uri, identifier=number,
              extra=said)  # fmt: skip
    groups.pass_on_own(db, uri, place, post, now, also=also)
    return True


def _undo(db: Database, moderator: Row, place: Row, kind: str, obj: str, known: Row | None, now: int,
          effect: Callable[[str], bool], *, post: Row | None = None, also: Row | None = None,
          outer: dict[str, Any] | None = None, **inner: Any) -> bool:  # fmt: skip
    """As _act, with an Undo of what this or another moderator did; the inner activity is the moderator's own.

    outer: what the Undo says besides.
    """
    same = known is not None and known["activity"] and known["moderator"] == moderator["id"]
    undone = {
        "id": known["activity"] if same and known is not None else f"{place['uri']}#{kind.lower()}/{ids.new(now)}",
        "type": kind, "actor": moderator["uri"], "object": obj, "to": [v.PUBLIC], "cc": [place["uri"]],
        "audience": place["uri"], **inner,
    }  # fmt: skip
    if v.host(undone["id"]) != v.host(moderator["uri"]):
        undone["id"] = f"{moderator['uri']}#{kind.lower()}/{ids.new(now)}"
    return _act(db, moderator, place, "Undo", undone, now, effect, post=post, also=also, **outer or {})


def hide(db: Database, place: Row, removed: Sequence[Row], now: int) -> None:
    """What carries the words of removed posts is shown to nobody; microblogs take it back.

    A topic that one of them had solved is open again.
    """
    for post in removed:
        topic = topics.solved_by(db, post["id"])
        if topic is not None:
            topics.solve(db, topic, None, now)
            rewrite(db, posts.get(db, topic))
        groups.take_back(db, place, post, now)
        groups.hide(db, post["id"])


def show(db: Database, place: Row, restored: Sequence[Row], now: int) -> None:
    """The same taken back."""
    for post in restored:
        groups.hide(db, post["id"], shown=True)
        groups.share_again(db, place, posts.get(db, post["id"]), now)


def rewrite(db: Database, topic: Row) -> None:
    """A topic of ours is served as it stands now."""
    if topic["local"]:
        outbox.rewrite(db, posts.get(db, topic["id"]))
