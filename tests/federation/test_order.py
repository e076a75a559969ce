"""Whatever the order in which a peer's activities arrive, and however often: the outcome is that of their own order."""

import json
import random
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import activity, inbox, outbox
from federation import actors as documents
from federation import vocabulary as v
from federation.signatures import Signer
from node.people import actors
from node.store import Database, connect, write_now
from tests.world import AMAL, BADR, NOW, PEER, Person, document, make_node

SALMA = Person(f"{PEER}/users/salma", "salma")
LATER = NOW + 86_400_000
STEPS = ("follow", "unfollow", "post", "edit", "delete", "like", "unlike", "boost", "unboost")


@cache
def world() -> tuple[Path, str]:
    """A node where Badr and Salma are known and Amal has said something; its folder, and her post's URI."""
    folder = Path(mkdtemp(prefix="order-"))
    make_node(folder)
    db = connect(folder)
    uri = write_now(db, _say)
    db.close()
    return folder, uri


def _say(db: Database) -> str:
    for person in (BADR, SALMA):
        documents.keep(db, document(person), False, NOW)
    amal = actors.by_uri(db, AMAL.uri)
    assert amal is not None
    return str(outbox.publish(db, amal, outbox.Draft(text="salam"), NOW)["uri"])


class History:
    """What the two have done, in order, as activities; each thing is done once and taken back once at the most."""

    def __init__(self, target: str) -> None:
        self.said: list[dict[str, Any]] = []
        self._target = target
        self._done: dict[tuple[str, ...], dict[str, Any]] = {}

    def do(self, person: Person, step: str, number: int) -> None:
        """One thing more, where it makes sense now."""
        match step:
            case "follow" | "like" | "boost":
                kind = {"follow": "Follow", "like": "Like", "boost": "Announce"}[step]
                self._once((person.uri, kind), person, kind, AMAL.uri if step == "follow" else self._target)
            case "unfollow" | "unlike" | "unboost":
                kind = {"unfollow": "Follow", "unlike": "Like", "unboost": "Announce"}[step]
                made = self._done.get((person.uri, kind))
                if made is not None:
                    self._once((person.uri, "Undo", kind), person, "Undo", made)
            case "post":
                self._once((person.uri, "Create", str(number)), person, "Create", self._note(person, number, "first"))
            case "edit":
                if self._stands(person, number):
                    at = len(self.said)
                    note = self._note(person, number, f"words {at}", updated=_time(at))
                    self._add(person, "Update", note, f"{note['id']}#updates/{at}")
            case "delete":
                if self._stands(person, number):
                    uri = self._note(person, number, "")["id"]
                    self._once((person.uri, "Delete", str(number)), person, "Delete", uri)

    def _stands(self, person: Person, number: int) -> bool:
        made = (person.uri, "Create", str(number)) in self._done
        return made and (person.uri, "Delete", str(number)) not in self._done

    def _once(self, key: tuple[str, ...], person: Person, kind: str, obj: Any) -> None:
        if key not in self._done:
            self._done[key] = self._add(person, kind, obj, f"{PEER}/activities/{len(self.said)}")

    def _add(self, person: Person, kind: str, obj: Any, identifier: str) -> dict[str, Any]:
        made = {"@context": v.AS2, "id": identifier, "type": kind, "actor": person.uri, "object": obj,
                "published": _time(len(self.said)), "to": [v.PUBLIC], "cc": []}  # fmt: skip
        self.said.append(made)
        return made

    def _note(self, person: Person, number: int, words: str, **more: Any) -> dict[str, Any]:
        return {"id": f"{PEER}/notes/{person.name}{number}", "type": "Note", "attributedTo": person.uri,
                "content": f"<p>{words}</p>", "to": [v.PUBLIC], "cc": [f"{person.uri}/followers"],
                "published": _time(0), **more}  # fmt: skip


def _time(number: int) -> str:
    return f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}Z"


def outcome(said: list[dict[str, Any]], work: random.Random | None) -> dict[str, Any]:
    """What a node knows once all of it was received; with `work` the worker comes by at random."""
    folder, target = world()
    db, kept = connect(None), connect(folder, readonly=True)
    kept.conn.backup(db.conn)
    kept.close()
    db.folder = folder
    db.conn.execute("begin")
    for one in said:
        body, signer = json.dumps(one).encode(), Signer(one["actor"], "")
        inbox.keep(db, activity.hear(body, signer, False), body, signer, LATER)
        if work is None or work.random() < 0.3:
            inbox.act_on_waiting(db, False, LATER)
    _taken, outside = inbox.act_on_waiting(db, False, LATER)
    assert not outside
    found = _summary(db, target)
    db.close()
    return found


def _summary(db: Database, target: str) -> dict[str, Any]:
    post = db.row("select likes, boosts, replies from posts where uri = ?", (target,))
    assert post is not None
    questions = {
        "posts": "select uri, content, edited from posts where not local and boost_of is null order by uri",
        "boosts": "select actors.uri from posts join actors on actors.id = author where boost_of is not null order by 1",
        "follows": "select actors.uri, state from follows join actors on actors.id = follower order by 1",
        "likes": "select actors.uri from reactions join actors on actors.id = actor order by 1",
        "told": "select kind, actors.uri from notifications join actors on actors.id = origin order by 1, 2",
        "counts": "select uri, followers_count, following_count, posts_count from actors order by 1",
        "failed": "select activity from received where state = 'failed' order by 1",
        "waiting": "select activity from received where state = 'waiting' order by 1",
    }
    return {name: [tuple(row) for row in db.rows(sql)] for name, sql in questions.items()} | {"post": tuple(post)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(st.tuples(st.sampled_from((BADR, SALMA)), st.sampled_from(STEPS), st.integers(1, 2)), max_size=25),
    chance=st.randoms(use_true_random=False),
)
def test_the_outcome_does_not_depend_on_the_way(steps: list[tuple[Person, str, int]], chance: random.Random) -> None:
    history = History(world()[1])
    for person, step, number in steps:
        history.do(person, step, number)
    bag = history.said + [one for one in history.said if chance.random() < 0.4]
    chance.shuffle(bag)

    assert outcome(bag, chance) == outcome(history.said, None)
