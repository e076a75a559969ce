"""A forum server puts out somebody of its own: what she wrote in forums goes with her, here too, where it says so.

    {"type":"Block","id","actor":ADMIN,"object":PERSON,"target":"https://HOST/","summary":"why","removeData":true}
    {"type":"Undo","actor":ADMIN,"object":{the Block},"restoreData":true}

Lemmy and PieFed rid each other's forums of spam so.  The administrator, the person and the
server are of one host, which can tell all three apart; others' people it puts out nowhere.
"""

from typing import Any
from urllib.parse import urlsplit

from federation import moderation as verbs
from federation import vocabulary as v
from federation.activity import Activity
from node import hosts, html, log
from node.network import moderation, shut_out
from node.people import actors
from node.store import Database, Row
from node.text import one_line

logger = log.Log("federation.putting_out")

TELL_SO = frozenset(("lemmy", "piefed"))


def receive(db: Database, activity: Activity, now: int) -> bool:
    """Whether the activity puts somebody of the actor's server out, or takes it back: then her words are hidden, or seen."""
    undone = activity.type == "Undo"
    block = activity.embedded if undone else activity.document
    person, actor = actors.by_uri(db, v.one_id(block.get("object"))), actors.by_uri(db, activity.actor)
    if person is None or actor is None or not _is_own(db, block, activity.actor):
        return False
    if undone and activity.document.get("restoreData") is True:
        _bring_back(db, person, actor, v.one_id(block), activity.id, now)
    elif not undone and block.get("removeData") is True:
        reason = one_line(html.plain(html.clean(block.get("summary"))), verbs.LONGEST_REASON)
        _remove(db, person, actor, activity.id, reason, now)
    return True


def _is_own(db: Database, block: dict[str, Any], actor: str) -> bool:
    """Whether it is a Block from a whole server, by somebody of it, of somebody of it, where that has such a meaning."""
    target, host = v.one_id(block.get("target")), v.host(actor)
    if v.type_of(block) != "Block" or not v.is_web(target) or urlsplit(target).path not in ("", "/"):
        return False
    return v.host(target) == host == v.host(v.one_id(block.get("object"))) and hosts.software(db, host) in TELL_SO


def _remove(db: Database, person: Row, actor: Row, uri: str, reason: str, now: int) -> None:
    for post in shut_out.written(db, person["id"]):
        place = actors.get(db, post["place"])
        verbs.hide(db, place, [post], now)
        moderation.remove(db, place, actor["id"], post, uri, reason, now)
    logger.info("put out by her server", person=person["uri"], by=actor["uri"])


def _bring_back(db: Database, person: Row, actor: Row, block: str, uri: str, now: int) -> None:
    for post in shut_out.removed_by(db, person["id"], block) if block else []:
        place = actors.get(db, post["place"])
        if moderation.restore(db, place, actor["id"], post, uri, now):
            verbs.show(db, place, [post], now)
