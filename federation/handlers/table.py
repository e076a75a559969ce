"""The whole protocol on one screen: which activity is acted on by whom.

Types that are not here are answered 202 and passed over: View, Listen, Read, Travel …
"""

from collections.abc import Callable
from dataclasses import dataclass

from federation.activity import Activity
from federation.handlers import (
    accept,
    block,
    choose,
    collection,
    create,
    delete,
    feature,
    flag,
    follow,
    join,
    like,
    lock,
    move,
    offer,
    poll_vote,
    quote,
    relayed,
    undo,
    update,
    warn,
)
from node.store import Database


@dataclass(frozen=True, slots=True)
class Handler:
    """needs: URIs to ask for first.  receive: act, in one transaction; safe to run twice."""

    needs: Callable[[Database, Activity], list[str]]
    receive: Callable[[Database, Activity, int], None]


HANDLERS = {
    "Accept": Handler(accept.needs, accept.receive),
    "Add": Handler(collection.needs, collection.receive),
    "Announce": Handler(relayed.needs, relayed.receive),
    "Block": Handler(block.needs, block.receive),
    "ChooseAnswer": Handler(choose.needs, choose.receive),
    "Create": Handler(create.needs, create.receive),
    "Delete": Handler(delete.needs, delete.receive),
    "Dislike": Handler(like.needs, like.receive),
    "EmojiReact": Handler(like.needs, like.receive),
    "FeatureRequest": Handler(feature.needs, feature.receive),
    "Flag": Handler(flag.needs, flag.receive),
    "Follow": Handler(follow.needs, follow.receive),
    "Ignore": Handler(join.needs, join.receive_ignore),
    "Invite": Handler(join.needs, join.receive_invite),
    "Join": Handler(join.needs, join.receive),
    "Leave": Handler(join.needs, join.receive_leave),
    "Like": Handler(like.needs, like.receive),
    "Lock": Handler(lock.needs, lock.receive),
    "Move": Handler(move.needs, move.receive),
    "PollVote": Handler(poll_vote.needs, poll_vote.receive),
    "QuoteRequest": Handler(quote.needs, quote.receive),
    "Offer": Handler(offer.needs, offer.receive),
    "Reject": Handler(accept.needs, accept.receive_reject),
    "Remove": Handler(collection.needs, collection.receive_remove),
    "TentativeAccept": Handler(join.needs, join.receive_maybe),
    "Undo": Handler(undo.needs, undo.receive),
    "Unlock": Handler(lock.needs, lock.receive),
    "Update": Handler(update.needs, update.receive),
    "Warn": Handler(warn.needs, warn.receive),
}
