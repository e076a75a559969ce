"""What moderators do in a forum or project, both directions: our verbs, and peers' acts understood.

    {"type":"Add"|"Remove","actor":M,"object":topic,"target":G/featured, …}            pin, unpin
    {"type":"Add"|"Remove","actor":M,"object":person,"target":G/moderators, …}          appoint, dismiss
    {"type":"Lock","actor":M,"object":topic,"summary":reason, …}                        lock; Undo opens it
    {"type":"Delete","actor":M,"object":post,"summary":reason, …}                       remove; Undo restores it
    {"type":"Block","actor":M,"object":person,"target":G,"summary":reason,"endTime", …} ban; Undo ends it
    {"type":"Update","actor":M,"object":{the topic with another asso:solution}, …}      solve

each with to:[Public], cc:[G], audience:G, said by the moderator to the Group, which
passes it on.  A moderator whom the Group does not list (staff of the node) has the Group
say it.  Source: interop §11.7, §12.1.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from federation import audience, groups, outbox, speak
from federation import vocabulary as v
from federation.activity import Activity
from node import html, ids, log, settings
from node.errors import Forbidden, Invalid
from node.network import forums, moderation, moderators, topics
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from node.text import mark, one_line

logger = log.Log("federation.moderation")

LONGEST_REASON = 500
ONLY_MODERATORS = mark("Only moderators of this forum may do this.")
TYPES = frozenset(("Add", "Remove", "Lock", "Delete", "Block", "Update"))


# ── ours ──────────────────────────────────────────────────────────────────────


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
    _rewrite(db, topic)
    return done


def unlock(db: Database, moderator: Row, topic: Row, now: int) -> bool:
    """It is open to answers again."""
    place = _right(db, moderator, topic)
    done = _undo(db, moderator, place, "Lock", topic["uri"], moderation.last(db, "lock", post=topic["id"]), now,
                 lambda uri: moderation.unlock(db, place, moderator["id"], topic, uri, now), post=topic)  # fmt: skip
    _rewrite(db, topic)
    return done


def remove(db: Database, moderator: Row, post: Row, reason: str, now: int) -> bool:
    """The post is seen by nobody, the reason by everybody."""
    place = _right(db, moderator, post)
    reason = one_line(reason, LONGEST_REASON)
    done = _act(db, moderator, place, "Delete", post["uri"], now,
                lambda uri: moderation.remove(db, place, moderator["id"], post, uri, reason, now),
                post=post, also=actors.get(db, post["author"]), summary=reason or " ")  # fmt: skip
    groups.hide(db, post["id"])
    return done


def restore(db: Database, moderator: Row, post: Row, now: int) -> bool:
    """The post is seen again."""
    place = _right(db, moderator, post)
    removal = moderation.last(db, "remove", post=post["id"])
    done = _undo(db, moderator, place, "Delete", post["uri"], removal, now,
                 lambda uri: moderation.restore(db, place, moderator["id"], post, uri, now), post=post,
                 also=actors.get(db, post["author"]))  # fmt: skip
    groups.hide(db, post["id"], shown=True)
    return done


def ban(db: Database, moderator: Row, place: Row, target: Row, reason: str, now: int, *, until: int | None = None,
        with_posts: bool = False) -> bool:  # fmt: skip
    """The target writes nothing there, until then (ms) or for good; with_posts removes what it wrote too."""
    _may(db, moderator, place)
    reason = one_line(reason, LONGEST_REASON)
    extra: dict[str, Any] = {"target": place["uri"], "summary": reason, "removeData": with_posts}
    if until is not None:
        extra["endTime"] = ids.rfc3339(until)
    return _act(db, moderator, place, "Block", target["uri"], now,
                lambda uri: moderation.ban(db, place, moderator["id"], target, uri, reason, until, now,
                                           with_posts=with_posts),
                also=target, **extra)  # fmt: skip


def unban(db: Database, moderator: Row, place: Row, target: Row, now: int) -> bool:
    """The target may write there again."""
    _may(db, moderator, place)
    banned = moderation.last(db, "ban", target=target["id"], place=place["id"])
    return _undo(db, moderator, place, "Block", target["uri"], banned, now,
                 lambda uri: moderation.unban(db, place, moderator["id"], target, uri, now),
                 also=target, target=place["uri"])  # fmt: skip


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
    """The reply is shown as what solved the topic; None takes the mark away.  The asker may, and moderators."""
    _first(topic)
    place = actors.get(db, topic["place"]) if topic["place"] is not None else None
    if place is None:
        raise Invalid("This is no topic of a forum.")
    if actor["id"] != topic["author"]:
        _may(db, actor, place)
    if topic["local"]:
        if not moderation.solve(db, place, actor["id"], topic, reply, "", now):
            return False
        outbox.tell_again(db, posts.get(db, topic["id"]), now)
        return True
    kept = posts.document(topic)
    said = json.loads(kept) if kept else {"id": topic["uri"], "type": "Page", "name": topic["title"]}
    said = {key: value for key, value in said.items() if key not in ("asso:solution", "@context")}
    if reply is not None:
        said["asso:solution"] = reply["uri"]
    return _act(db, actor, place, "Update", said, now,
                lambda uri: moderation.solve(db, place, actor["id"], topic, reply, uri, now), post=topic)  # fmt: skip


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
    listed = moderators.is_one(db, place["id"], moderator["id"])
    speaker = moderator if listed or not place["local"] else place
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    if not effect(uri):
        return False
    said = {"audience": place["uri"], **{key: value for key, value in extra.items() if value not in ("", None)}}
    inboxes = audience.inbox_of(db, place)
    speak.say(db, speaker, kind, obj, inboxes, now, to=[v.PUBLIC], cc=[place["uri"]], uri=uri, identifier=number,
              extra=said)  # fmt: skip
    groups.pass_on_own(db, uri, place, post, now, also=also)
    return True


def _undo(db: Database, moderator: Row, place: Row, kind: str, obj: str, known: Row | None, now: int,
          effect: Callable[[str], bool], *, post: Row | None = None, also: Row | None = None,
          **inner: Any) -> bool:  # fmt: skip
    """As _act, with an Undo of what this or another moderator did; the inner activity is the speaker's own."""
    listed = moderators.is_one(db, place["id"], moderator["id"])
    speaker = moderator if listed or not place["local"] else place
    same = known is not None and known["activity"] and known["moderator"] == moderator["id"]
    undone = {
        "id": known["activity"] if same and known is not None else f"{place['uri']}#{kind.lower()}/{ids.new(now)}",
        "type": kind, "actor": speaker["uri"], "object": obj, "to": [v.PUBLIC], "cc": [place["uri"]],
        "audience": place["uri"], **inner,
    }  # fmt: skip
    if v.host(undone["id"]) != v.host(speaker["uri"]):
        undone["id"] = f"{speaker['uri']}#{kind.lower()}/{ids.new(now)}"
    return _act(db, moderator, place, "Undo", undone, now, effect, post=post, also=also)


def _rewrite(db: Database, topic: Row) -> None:
    """A topic of ours is served as it stands now."""
    if topic["local"]:
        outbox.rewrite(db, posts.get(db, topic["id"]))


# ── peers' ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Act:
    """One act of moderation as a peer's activity says it; undone: it takes the act back."""

    type: str
    place: Row
    undone: bool
    document: dict[str, Any]
    post: Row | None = None
    target: Row | None = None


def read(db: Database, document: dict[str, Any], actor: str) -> Act | None:
    """The act of moderation that an activity is; None for what is none, or is about nothing we know."""
    undone = v.type_of(document) == "Undo"
    inner = document.get("object") if undone else document
    if not isinstance(inner, dict) or v.type_of(inner, TYPES) not in TYPES:
        return None
    kind, about = v.type_of(inner, TYPES), v.one_id(inner.get("object"))
    if kind in ("Add", "Remove"):
        return None if undone else _read_list(db, kind, inner, about)
    if kind == "Block":
        place, target = actors.by_uri(db, v.one_id(inner.get("target"))), actors.by_uri(db, about)
        known = place is not None and target is not None and place["type"] == "Group"
        return Act(kind, place, undone, inner, None, target) if known and place is not None else None
    post = posts.by_uri(db, about)
    if post is None or post["place"] is None or post["boost_of"] is not None:
        return None
    author = actors.get(db, post["author"])
    if kind in ("Delete", "Update") and author["uri"] == actor:
        return None
    if kind in ("Lock", "Update") and post["id"] != post["thread"]:
        return None
    return Act(kind, actors.get(db, post["place"]), undone, inner, post)


def _read_list(db: Database, kind: str, inner: dict[str, Any], about: str) -> Act | None:
    target = v.one_id(inner.get("target"))
    named = [target.rpartition("/")[0], *v.all_ids(inner.get("audience")), *v.all_ids(inner.get("cc"), 20)]
    for uri in named:
        place = actors.by_uri(db, uri)
        if place is None or place["type"] != "Group" or target not in (place["featured"], place["moderators"]):
            continue
        if target == place["featured"]:
            post = posts.by_uri(db, about)
            known = post is not None and post["place"] == place["id"] and post["id"] == post["thread"]
            return Act(kind, place, False, inner, post, None) if known else None
        person = actors.by_uri(db, about)
        return Act(kind, place, False, inner, None, person) if person is not None else None
    return None


def needs(db: Database, document: dict[str, Any]) -> list[str]:
    """Whom or what an act is about, when it is unknown: only of Groups that we know."""
    inner = document.get("object") if v.type_of(document) == "Undo" else document
    if not isinstance(inner, dict) or v.type_of(inner) not in ("Block", "Add", "Remove"):
        return []
    target, about = v.one_id(inner.get("target")), v.one_id(inner.get("object"))
    place = actors.by_uri(db, target) or actors.by_uri(db, target.rpartition("/")[0])
    if place is None or place["type"] != "Group" or not about:
        return []
    return [] if actors.by_uri(db, about) is not None or posts.by_uri(db, about) is not None else [about]


def receive(db: Database, activity: Activity, now: int) -> bool:
    """Whether the activity was an act of moderation in a place of ours: then it is done, and passed on.

    In another's place a moderator's word counts only when the place passes it on.
    Raises Forbidden when the actor does not moderate there.
    """
    act = read(db, activity.document, activity.actor)
    if act is None or not act.place["local"]:
        return False
    actor = actors.by_uri(db, activity.actor)
    if actor is None or not forums.may_moderate(db, act.place, actor["id"]):
        raise Forbidden(ONLY_MODERATORS, place=act.place["uri"], actor=activity.actor)
    if do(db, act, actor, activity.id, now):
        groups.pass_on(db, activity, act.place, act.post, now, also=_whom(db, act))
    return True


def vouched(db: Database, place: Row, document: dict[str, Any], now: int) -> bool:
    """An act that the Group itself passed on, by a moderator whom it lists or by itself, is done.

    False for what is none, is about another place, or comes from somebody not listed.
    """
    actor = actors.by_uri(db, v.one_id(document.get("actor")))
    if actor is None or place["local"]:
        return False
    act = read(db, document, actor["uri"])
    if act is None or act.place["id"] != place["id"]:
        return False
    if actor["id"] != place["id"] and not moderators.is_one(db, place["id"], actor["id"]):
        logger.info("not a moderator", place=place["uri"], actor=actor["uri"])
        return False
    do(db, act, actor, v.one_id(document), now)
    return True


def do(db: Database, act: Act, actor: Row, uri: str, now: int) -> bool:
    """The act's effect here; false when it changed nothing."""
    place, by, post, target = act.place, actor["id"], act.post, act.target
    reason = one_line(html.plain(html.clean(act.document.get("summary"))), LONGEST_REASON)
    if act.type == "Block" and target is not None:
        if act.undone:
            return moderation.unban(db, place, by, target, uri, now)
        until = ids.read_rfc3339(act.document.get("endTime") or act.document.get("expires"))
        return moderation.ban(db, place, by, target, uri, reason, until, now,
                              with_posts=act.document.get("removeData") is True)  # fmt: skip
    if act.type in ("Add", "Remove"):
        subject = post if post is not None else target
        assert subject is not None
        verbs = (moderation.pin, moderation.unpin) if post is not None else (moderation.appoint, moderation.dismiss)
        return verbs[act.type == "Remove"](db, place, by, subject, uri, now)
    assert post is not None
    if act.type == "Update":
        return _do_solve(db, act, post, by, uri, now)
    if act.type == "Lock":
        done = (moderation.unlock(db, place, by, post, uri, now) if act.undone
                else moderation.lock(db, place, by, post, uri, reason, now))  # fmt: skip
        _rewrite(db, post)
        return done
    groups.hide(db, post["id"], shown=act.undone)
    if act.undone:
        return moderation.restore(db, place, by, post, uri, now)
    return moderation.remove(db, place, by, post, uri, reason, now)


def _do_solve(db: Database, act: Act, topic: Row, by: int, uri: str, now: int) -> bool:
    """Of a moderator's Update only the mark of the solution is taken; words are the author's to change."""
    said = act.document.get("object")
    if not isinstance(said, dict) or act.undone:
        return False
    reply = posts.by_uri(db, v.one_id(said.get("asso:solution"))) if said.get("asso:solution") else None
    if said.get("asso:solution") and reply is None:
        return False
    try:
        done = moderation.solve(db, act.place, by, topic, reply, uri, now)
    except Invalid:
        return False
    if done:
        _rewrite(db, topic)
    return done


def by_author(db: Database, topic: Row, found: dict[str, Any], now: int) -> bool:
    """What a peer's author says of its own topic besides words: closed to answers, and solved by which.

    Whether any of it is new.
    """
    changed = False
    enabled = found.get("commentsEnabled")
    if isinstance(enabled, bool) and topic["locked"] != moderation.BY_MODERATOR:
        locked = 0 if enabled else moderation.BY_AUTHOR
        if locked != topic["locked"]:
            posts.change(db, topic["id"], locked=locked)
            changed = True
    if topic["place"] is None or topic["id"] != topic["thread"]:
        return changed
    reply = posts.by_uri(db, v.one_id(found.get("asso:solution"))) if found.get("asso:solution") else None
    if reply is not None and reply["thread"] == topic["id"] and reply["id"] != topic["id"]:
        changed |= topics.solve(db, topic["id"], reply["id"], now)
    elif "asso:solution" not in found and _solved_by(db, topic) == topic["author"]:
        changed |= topics.solve(db, topic["id"], None, now)
    return changed


def _solved_by(db: Database, topic: Row) -> int | None:
    """Who marked the solution: a moderator as the log says, else the author."""
    if topics.solution(db, topic["id"]) is None:
        return None
    noted = moderation.last(db, "solve", post=topic["id"])
    return int(topic["author"]) if noted is None or noted["moderator"] is None else int(noted["moderator"])


def _whom(db: Database, act: Act) -> Row | None:
    return act.target if act.target is not None else actors.get(db, act.post["author"]) if act.post else None
