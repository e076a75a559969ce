"""Moderators shut an account out, let it in again, or end it: here, and told to those who know it.

    {"type":"Update","actor":U,"object":{the actor, "suspended":true},…}   ours, to its followers' servers

Nothing is erased by a suspension: our own account answers 403 for as long as it lasts
(410 would tell other servers to delete what they cannot get back), a peer's is not
shown and not heard.  Source: Mastodon's SuspendAccountService, UnsuspendAccountService.
"""

from federation import actors as documents
from federation import attendance, closing, outbox
from node.people import actors, away, sessions, users
from node.posts import publishing, tombstones
from node.store import Database, Row


def suspend(db: Database, actor: Row, now: int) -> None:
    """Nobody sees it or hears of it, and its user is out."""
    if actor["gone"] and actor["gone"] not in away.MARKS:
        return
    if actor["local"]:
        document = documents.render(db, actor) | {
            "name": actor["name"],
            "summary": "",
            "attachment": [],
            "suspended": True,
        }
        document.pop("icon", None)
        document.pop("image", None)
        outbox.update_actor(db, actor, document, now)
        _log_out(db, actor, now)
    actors.change(db, actor["id"], now, gone=now)


def restore(db: Database, actor: Row, now: int) -> None:
    """It is here as it was; not one that was deleted."""
    if not actor["gone"] or not is_suspended(db, actor):
        return
    actors.change(db, actor["id"], now, gone=None)
    if actor["local"]:
        user = users.of_actor(db, actor["id"])
        if user is not None:
            users.shut(db, user["id"], None)
        back = actors.get(db, actor["id"])
        outbox.update_actor(db, back, documents.render(db, back), now)


def end(db: Database, actor: Row, now: int) -> None:
    """What a suspended account said is deleted for good; ours tells every server that knows it."""
    user = users.of_actor(db, actor["id"]) if actor["local"] else None
    if user is not None:
        _log_out(db, actor, now)
        closing.member(db, user["id"], actor, now)
        return
    if actor["local"]:
        end_ours = {"Group": closing.place, "Organization": closing.association}.get(actor["type"], outbox.delete_actor)
        end_ours(db, actor, now)
        return
    attendance.forget_actor(db, actor["id"], now)
    publishing.forget_author(db, actor["id"], now)
    actors.forget(db, actor["id"], now)


def is_suspended(db: Database, actor: Row) -> bool:
    """Whether it is out of sight for a while, not deleted."""
    return bool(actor["gone"]) and tombstones.find(db, actor["uri"]) is None


def _log_out(db: Database, actor: Row, now: int) -> None:
    user = users.of_actor(db, actor["id"])
    if user is None:
        return
    users.shut(db, user["id"], now)
    sessions.end_all(db, user["id"])
    db.wake("tokens")
