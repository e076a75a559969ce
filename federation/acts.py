"""What peers' moderators do in a forum or project, and what authors say of their topics, understood.

The shapes stand in federation/moderation.  Sent to a Group of ours by a moderator of it;
or passed on by another's Group, whose word is enough for its own moderators in its own place.
Source: interop §8.2, §11.7, §12.1; FEP-1b12.
"""

from dataclasses import dataclass
from typing import Any

from federation import groups
from federation import moderation as verbs
from federation import vocabulary as v
from federation.activity import Activity
from node import html, ids, log
from node.errors import Forbidden, Invalid
from node.network import forums, moderation, moderators, topics
from node.people import actors
from node.posts import posts
from node.store import Database, Row
from node.text import one_line

logger = log.Log("federation.acts")

TYPES = frozenset(("Add", "Remove", "Lock", "Unlock", "Delete", "Block", "Update", "ChooseAnswer"))


@dataclass(frozen=True, slots=True)
class Act:
    """One act of moderation as a peer's activity says it; undone: it takes the act back, with posts: those removed with it."""

    type: str
    place: Row
    undone: bool
    document: dict[str, Any]
    post: Row | None = None
    target: Row | None = None
    with_posts: bool = False


def read(db: Database, document: dict[str, Any], actor: str, place: Row | None = None) -> Act | None:
    """The act of moderation that an activity is; None for what is none, or is about nothing we know.

    place: the Group that passes it on.
    """
    undone = v.type_of(document) in ("Undo", "Unlock")
    inner = document.get("object") if v.type_of(document) == "Undo" else document
    if isinstance(inner, str) and place is not None:
        inner = _locked_by(db, place, inner)
    if not isinstance(inner, dict) or v.type_of(inner, TYPES) not in TYPES:
        return None
    kind, about = v.type_of(inner, TYPES).replace("Unl", "L"), v.one_id(inner.get("object"))
    if kind in ("Add", "Remove"):
        return None if undone else _read_list(db, kind, inner, about)
    if kind == "Block":
        place, target = actors.by_uri(db, v.one_id(inner.get("target"))), actors.by_uri(db, about)
        known = place is not None and target is not None and place["type"] == "Group"
        posts_too = (document.get("restoreData") if undone else inner.get("removeData")) is True
        return Act(kind, place, undone, inner, None, target, posts_too) if known and place is not None else None
    post = posts.by_uri(db, about)
    if post is None and kind == "Lock":
        post = topic_of(db, about, inner, place)
    if post is None or post["place"] is None or post["boost_of"] is not None:
        return None
    author = actors.get(db, post["author"])
    if kind in ("Delete", "Update") and author["uri"] == actor:
        return None
    if kind == "Update" and post["id"] != post["thread"]:
        return None
    if kind == "ChooseAnswer" and post["id"] == post["thread"]:
        return None
    return Act(kind, actors.get(db, post["place"]), undone, inner, post)


def topic_of(db: Database, context: str, document: dict[str, Any], place: Row | None = None) -> Row | None:
    """The topic whose conversation has this id, in a Group that the activity names, or that passes it on (FEP-7888)."""
    for uri in [*([] if place is None else [place["uri"]]), *v.all_ids(document.get("audience"), 5)]:
        found = actors.by_uri(db, uri)
        if found is not None and found["type"] == "Group" and v.host(context) == v.host(found["uri"]):
            topic = topics.by_context(db, found["id"], context)
            if topic is not None:
                return topic
    return None


def _locked_by(db: Database, place: Row, uri: str) -> dict[str, Any] | None:
    """The Lock that had this id, of a topic there: FEP-c0d0 takes it back by its id alone."""
    noted = moderation.by_activity(db, place["id"], uri)
    if noted is None or noted["act"] != "lock" or noted["post"] is None:
        return None
    return {"type": "Lock", "object": posts.get(db, noted["post"])["uri"]}


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

    In another's place a moderator's word counts only when the place passes it on; and in one that lists no moderators
    (NodeBB) that of somebody of its own server, who tells its members herself.
    Raises Forbidden when the actor does not moderate there.
    """
    act = read(db, activity.document, activity.actor)
    if act is None or not act.place["local"]:
        actor = actors.by_uri(db, activity.actor)
        if act is None or actor is None or not speaks_for(act.place, actor):
            return False
        do(db, act, actor, activity.id, now)
        return True
    actor = actors.by_uri(db, activity.actor)
    if actor is None or not (forums.may_moderate(db, act.place, actor["id"]) or _asked(db, act, actor)):
        raise Forbidden(verbs.ONLY_MODERATORS, place=act.place["uri"], actor=activity.actor)
    if do(db, act, actor, activity.id, now):
        groups.pass_on(db, activity, act.place, act.post, now, also=_whom(db, act))
    return True


def vouched(db: Database, place: Row, document: dict[str, Any], now: int) -> bool:
    """An act that the Group itself passed on, by somebody who decides there, is done.

    False for what is none, is about another place, or comes from somebody not listed.
    """
    actor = actors.by_uri(db, v.one_id(document.get("actor")))
    if actor is None or place["local"]:
        return False
    act = read(db, document, actor["uri"], place)
    if act is None or act.place["id"] != place["id"]:
        return False
    if not decides(db, place, actor) and not _asked(db, act, actor):
        logger.info("not a moderator", place=place["uri"], actor=actor["uri"])
        return False
    do(db, act, actor, v.one_id(document), now)
    return True


def decides(db: Database, place: Row, actor: Row) -> bool:
    """Whether a Group's word for what the actor did in it is enough: itself, a moderator whom it lists, and anybody of
    its own server, whose staff no collection names (Lemmy and PieFed obey them likewise).
    """
    if actor["id"] == place["id"] or v.host(actor["uri"]) == v.host(place["uri"]):
        return True
    return moderators.is_one(db, place["id"], actor["id"])


def speaks_for(place: Row, actor: Row) -> bool:
    """Whether the actor decides in another's Group by herself: it lists no moderators, and she is of its server."""
    return not place["local"] and not place["moderators"] and v.host(actor["uri"]) == v.host(place["uri"])


def _asked(db: Database, act: Act, actor: Row) -> bool:
    """Whether the actor closes her own topic (Mbin), or chooses what solved it."""
    if act.type not in ("ChooseAnswer", "Lock") or act.post is None:
        return False
    return bool(posts.get(db, act.post["thread"])["author"] == actor["id"])


def do(db: Database, act: Act, actor: Row, uri: str, now: int) -> bool:
    """The act's effect here; false when it changed nothing."""
    place, by, post, target = act.place, actor["id"], act.post, act.target
    reason = one_line(html.plain(html.clean(act.document.get("summary"))), verbs.LONGEST_REASON)
    if act.type == "Block" and target is not None:
        return _do_block(db, act, target, by, uri, reason, now)
    if act.type in ("Add", "Remove"):
        subject = post if post is not None else target
        assert subject is not None
        pair = (moderation.pin, moderation.unpin) if post is not None else (moderation.appoint, moderation.dismiss)
        return pair[act.type == "Remove"](db, place, by, subject, uri, now)
    assert post is not None
    if act.type == "Update":
        return _do_solve(db, act, post, by, uri, now)
    if act.type == "ChooseAnswer":
        return _choose(db, act, posts.get(db, post["thread"]), None if act.undone else post, by, uri, now)
    if act.type == "Lock":
        return _do_lock(db, act, post, by, uri, reason, now)
    if act.undone:
        done = moderation.restore(db, place, by, post, uri, now)
        if done:
            verbs.show(db, place, [post], now)
        return done
    verbs.hide(db, place, [post], now)
    return moderation.remove(db, place, by, post, uri, reason, now)


def _do_lock(db: Database, act: Act, post: Row, by: int, uri: str, reason: str, now: int) -> bool:
    """By a moderator, or by who wrote it: she opens what she closed herself."""
    if post["author"] == by and not forums.may_moderate(db, act.place, by):
        locked = 0 if act.undone else moderation.BY_AUTHOR
        if post["locked"] in (moderation.BY_MODERATOR, locked):
            return False
        posts.change(db, post["id"], locked=locked)
        done = True
    elif act.undone:
        done = moderation.unlock(db, act.place, by, post, uri, now)
    else:
        done = moderation.lock(db, act.place, by, post, uri, reason, now)
    verbs.rewrite(db, post)
    return done


def _do_solve(db: Database, act: Act, topic: Row, by: int, uri: str, now: int) -> bool:
    """Of a moderator's Update only the mark of the solution is taken; words are the author's to change."""
    said = act.document.get("object")
    if not isinstance(said, dict) or act.undone:
        return False
    reply = posts.by_uri(db, v.one_id(said.get("asso:solution"))) if said.get("asso:solution") else None
    if said.get("asso:solution") and reply is None:
        return False
    return _choose(db, act, topic, reply, by, uri, now)


def _choose(db: Database, act: Act, topic: Row, reply: Row | None, by: int, uri: str, now: int) -> bool:
    if act.undone and reply is None and topics.solution(db, topic["id"]) is None:
        return False
    try:
        done = moderation.solve(db, act.place, by, topic, reply, uri, now)
    except Invalid:
        return False
    if done:
        verbs.rewrite(db, topic)
    return done


def _do_block(db: Database, act: Act, target: Row, by: int, uri: str, reason: str, now: int) -> bool:
    place = act.place
    if act.undone:
        hidden = moderation.hidden_with(db, place["id"], target["id"]) if act.with_posts else []
        done = moderation.unban(db, place, by, target, uri, now, with_posts=act.with_posts)
        if done:
            verbs.show(db, place, hidden, now)
        return done
    until = ids.read_rfc3339(act.document.get("endTime") or act.document.get("expires"))
    written = moderation.standing(db, place["id"], target["id"]) if act.with_posts else []
    done = moderation.ban(db, place, by, target, uri, reason, until, now, with_posts=act.with_posts)
    verbs.hide(db, place, written, now)
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
