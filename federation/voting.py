"""Polls across servers: our votes go to who asked, the counts of ours to everyone who has the question.

    {"type":"Create","actor":A,"object":{"type":"Note","name":"the option","inReplyTo":Q,"attributedTo":A,"to":[asker]}}
    {"type":"Update","actor":asker,"object":{"type":"Question","oneOf":[{"name","replies":{"totalItems":3}}],…}}

Source: interop §11.5; Mastodon's polls.
"""

from typing import Any

from federation import audience, outbox, resolve, speak
from federation.bridge import Bridge, now
from node import ids, queue
from node.errors import NodeError, NotFound
from node.log import Log
from node.people import actors
from node.posts import notifications, polls, posts
from node.store import Database, Row

log = Log("federation.voting")


def vote(db: Database, voter: Row, question: Row, positions: list[int], now: int) -> None:
    """Our actor's choice counts here, and is sent to who asked: one Create for each option.

    Raises what polls.vote raises.
    """
    polls.vote(db, question["id"], voter["id"], positions, now)
    asker = actors.get(db, question["author"])
    if asker["local"]:
        return
    titles = {row["position"]: row["title"] for row in polls.options(db, question["id"])}
    for position in dict.fromkeys(positions):
        uri = f"{voter['uri']}#votes/{ids.new(now)}"
        note = {"id": uri, "type": "Note", "name": titles[position], "attributedTo": voter["uri"],
                "inReplyTo": question["uri"], "to": [asker["uri"]], "cc": []}  # fmt: skip
        speak.say(db, voter, "Create", note, audience.inbox_of(db, asker), now, to=[asker["uri"]],
                  uri=f"{uri}/activity")  # fmt: skip


async def tell_counts(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: whoever has our question or event hears how it stands."""
    await bridge.store.write(_tell_counts, body["post"], now())


def _tell_counts(db: Database, post: int, now: int) -> None:
    try:
        question = posts.get(db, post)
    except NotFound:
        return
    if question["local"]:
        outbox.tell_again(db, question, now)


async def end(bridge: Bridge, body: dict[str, Any]) -> None:
    """A task: the poll is over; of a peer's the last counts are asked for; those who took part here are told."""
    question = await bridge.store.read(posts.by_id, body["post"])
    if question is not None and not question["local"]:
        try:
            await resolve.again(bridge, question["uri"])
        except NodeError as error:
            log.info("last counts not had", question=question["uri"], reason=str(error))
    await bridge.store.write(_end, body["post"], now())


def _end(db: Database, post: int, now: int) -> None:
    question, poll = posts.by_id(db, post), polls.get(db, post)
    if question is None or poll is None:
        return
    if not poll["closed"] and poll["closes"] and poll["closes"] > now:
        queue.enqueue(db, "poll end", {"post": post}, poll["closes"], name=f"poll end {post} {poll['closes']}")
        return
    if polls.close(db, post, now) and question["local"]:
        outbox.tell_again(db, question, now)
    told = set(polls.voters_here(db, post))
    if question["local"]:
        told.add(question["author"])
    for actor in told:
        notifications.tell(db, actor, "poll", question["author"], post, now)
