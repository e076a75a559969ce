"""Moving house: followers here go with a peer's member that moved, and ours are called after one of ours who did.

Source: Mastodon's Move; FEP-7628; interop §8.2, §11.7.
"""

import json
from typing import Any

from federation import actors as documents
from federation import audience, outbox, resolve, speak
from federation.bridge import Bridge, now
from federation.handlers import follow
from node import log
from node.errors import Conflict, Forbidden, Invalid
from node.people import actors, follows, moves
from node.store import Database, Row

logger = log.Log("federation.moving")

MOST_ALIASES = 20


async def look_into(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: both documents as they are now, then our followers move when the new one knows the old one."""
    old = await resolve.actor(bridge, body["actor"], fresh=True)
    new = await resolve.actor(bridge, body["target"], fresh=True)
    await bridge.store.write(_follow_them, old["id"], new["id"], now())


def _follow_them(db: Database, old_id: int, new_id: int, now: int) -> None:
    old, new = actors.get(db, old_id), actors.get(db, new_id)
    if old["local"] or new["gone"] or old["uri"] not in json.loads(new["aliases"]):
        logger.info("move not believed", actor=old["uri"], target=new["uri"])
        return
    if old["moved_to"] not in ("", new["uri"]) or not moves.keep(db, old_id, new["uri"], now):
        logger.info("move refused", actor=old["uri"], target=new["uri"])
        return
    actors.moved(db, old_id, new["uri"])
    _take_along(db, old, new, now)
    logger.info("actor moved", actor=old["uri"], target=new["uri"])


def _take_along(db: Database, old: Row, new: Row, now: int) -> None:
    """Whoever here follows the old actor follows the new one instead."""
    for identifier in follows.followers_here(db, old["id"]):
        if identifier == new["id"]:
            continue
        follower, known = actors.get(db, identifier), follows.get(db, identifier, old["id"])
        assert known is not None
        try:
            follow.ask(db, follower, new, now, boosts=bool(known["boosts"]), notify=bool(known["notify"]))
        except (Forbidden, Invalid):
            continue
        follow.end(db, follower, old, now)


async def leave(bridge: Bridge, actor: int, typed: str) -> Row:
    """Our actor lives at `typed` from now on, a handle or an id; its followers are told.  The new actor.

    Raises Invalid when the new one does not name ours among its aliases, Conflict
    within seven days of the last move, and what resolve raises.
    """
    if typed.startswith(("http://", "https://")):
        found = await resolve.actor(bridge, typed, fresh=True)
    else:
        found = await resolve.actor(bridge, (await resolve.handle(bridge, typed))["uri"], fresh=True)
    await bridge.store.write(_leave, actor, found["id"], now())
    return found


def _leave(db: Database, actor_id: int, target_id: int, now: int) -> None:
    actor, target = actors.get(db, actor_id), actors.get(db, target_id)
    if actor["uri"] not in json.loads(target["aliases"]) or actor["id"] == target["id"]:
        raise Invalid("The other account does not name this one as its own. Add it there first.")
    if not moves.keep(db, actor_id, target["uri"], now):
        raise Conflict("This account has moved already. It can move again seven days later.")
    actors.change(db, actor_id, now, moved_to=target["uri"])
    actor = actors.get(db, actor_id)
    outbox.update_actor(db, actor, documents.render(db, actor), now)
    speak.say(db, actor, "Move", actor["uri"], audience.inboxes_of_followers(db, actor_id), now,
              to=[actor["followers"]], extra={"target": target["uri"]})  # fmt: skip
    _take_along(db, actor, target, now)


async def name_alias(bridge: Bridge, actor: int, typed: str) -> Row:
    """Our actor says that it was also known as `typed`: the first half of moving here.  The other actor."""
    by_id = typed.startswith(("http://", "https://"))
    found = await (resolve.actor(bridge, typed) if by_id else resolve.handle(bridge, typed))
    await bridge.store.write(_name_alias, actor, found["uri"], now())
    return found


def _name_alias(db: Database, actor_id: int, uri: str, now: int) -> None:
    actor = actors.get(db, actor_id)
    if uri == actor["uri"]:
        raise Invalid("This is the same account.")
    aliases = [one for one in json.loads(actor["aliases"]) if one != uri][-MOST_ALIASES + 1 :]
    actors.change(db, actor_id, now, aliases=[*aliases, uri])
    actor = actors.get(db, actor_id)
    outbox.update_actor(db, actor, documents.render(db, actor), now)


def forget_alias(db: Database, actor_id: int, uri: str, now: int) -> None:
    """Our actor does not say any more that it was known as this one."""
    aliases = json.loads(actors.get(db, actor_id)["aliases"])
    if uri not in aliases:
        return
    actors.change(db, actor_id, now, aliases=[one for one in aliases if one != uri])
    actor = actors.get(db, actor_id)
    outbox.update_actor(db, actor, documents.render(db, actor), now)
