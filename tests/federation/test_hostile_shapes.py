"""Whatever shape JSON can have in whatever member: our own refusals come out, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import activity, discovery, inbox
from federation import actors as documents
from federation import vocabulary as v
from federation.handlers import create
from federation.handlers.table import HANDLERS
from federation.kinds import table
from federation.signatures import Signer
from node.errors import NodeError
from node.people import actors
from node.posts import posts
from node.store import Database
from tests.world import AMAL, BADR, NOW, PEER, know_badr

TEXTS = st.sampled_from([
    "", "x", "\x00", "\u202e", "<script>", "null", "2026-01-01T00:00:00Z", "9999-99-99", "0001-01-01T00:00:00+23:59", "-1", v.PUBLIC, "as:Public",
    BADR.uri, AMAL.uri, f"{PEER}/notes/1", f"{PEER}/notes/1#x", "https://", "https://[", "https://[::1", "http://x", "javascript:1", "//x", "data:,",
    "Note", "Question", "Event", "Page", "Person", "Create", "text/markdown", "ar", "und", "PT1H", "free", "CONFIRMED", "Africa/Tunis", "\ud7ff", "😀" * 3,
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | TEXTS | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "type", "href", "url", "name", "content", "mediaType", "items", "totalItems", "replies", "actor", "object", "x"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
OBJECT = (
    "id", "type", "attributedTo", "actor", "content", "contentMap", "name", "nameMap", "summary", "to", "cc", "bto", "audience", "inReplyTo", "published",
    "updated", "tag", "attachment", "url", "sensitive", "oneOf", "anyOf", "endTime", "closed", "votersCount", "language", "source", "mediaType", "image",
    "context", "quote", "commentsEnabled", "startTime", "location", "timezone", "joinMode", "category", "maximumAttendeeCapacity", "preview", "icon",
    "interactionPolicy", "replies", "likes", "asso:onBehalfOf", "asso:stage", "stickied",
)  # fmt: skip
KINDS = [*table.READ, "Video", "Frobnicate"]


def post(kind: str) -> dict[str, Any]:
    return {"id": f"{PEER}/notes/1", "type": kind, "attributedTo": BADR.uri, "content": "<p>x</p>", "name": "x", "to": [v.PUBLIC], "oneOf": [{"name": "a"}],
            "published": "2026-01-01T00:00:00Z", "startTime": "2026-01-01T00:00:00Z"}  # fmt: skip


CHANGES = st.dictionaries(st.sampled_from(OBJECT), VALUES, min_size=1, max_size=4)
FEW = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def world(db: Database) -> Database:
    know_badr(db)
    return db


@FEW
@given(st.sampled_from(KINDS), CHANGES)
def test_a_post_of_any_shape_is_kept_or_refused(world, kind, changes):
    found = post(kind) | changes
    world.execute("savepoint one")
    try:
        spoken = activity.Activity(
            f"{PEER}/1", "Create", BADR.uri, found, {"type": "Create", "actor": BADR.uri, "object": found, **changes}
        )
        kept = create.keep(world, spoken, NOW)
        assert kept is None or actors.get(world, kept["author"])["uri"] == BADR.uri
        again = activity.Activity(
            f"{PEER}/2", "Update", BADR.uri, found | {"updated": "2026-01-02T00:00:00Z"}, spoken.document
        )
        HANDLERS["Update"].receive(world, again, NOW + 1)
        if kept is not None:
            json.loads(posts.get(world, kept["id"])["details"])
    except NodeError:
        pass
    finally:
        world.execute("rollback to one")


@FEW
@given(st.sampled_from(sorted(HANDLERS)), st.dictionaries(st.sampled_from(["id", "object", "to", "cc", "target", "published", "content", "summary", "instrument", "origin", "result", "@context", "signature", "proof", "audience"]), VALUES, max_size=4), CHANGES, st.booleans())  # fmt: skip
def test_an_activity_of_any_shape_is_acted_on_or_refused(world, kind, changes, inner, whole):
    document = {
        "id": f"{PEER}/1",
        "type": kind,
        "actor": BADR.uri,
        "object": post("Note") | inner if whole else AMAL.uri,
    } | changes
    signer = Signer(BADR.uri, "")
    world.execute("savepoint one")
    try:
        body = json.dumps(document).encode()
        heard = activity.hear(body, signer, False)
        inbox.keep(world, heard, body, signer, NOW)
        inbox.act_on_waiting(world, False, NOW)
        error = world.value("select error from received order by id desc limit 1") or ""
        assert not any(word in error for word in ("Error(", "Exception(")), (error, document)
    except NodeError:
        pass
    finally:
        world.execute("rollback to one")


@FEW
@given(st.dictionaries(st.sampled_from(["id", "type", "preferredUsername", "name", "nameMap", "summary", "summaryMap", "inbox", "outbox", "endpoints", "followers", "featured", "publicKey", "assertionMethod", "attachment", "icon", "image", "url", "alsoKnownAs", "movedTo", "published", "updated", "attributedTo", "manuallyApprovesFollowers", "discoverable", "location", "language", "asso:region", "tag"]), VALUES, min_size=1, max_size=4))  # fmt: skip
def test_an_actor_of_any_shape_is_kept_or_refused(world, changes):
    document = {"id": BADR.uri, "type": "Person", "preferredUsername": "badr", "inbox": BADR.inbox} | changes
    world.execute("savepoint one")
    try:
        row = documents.keep(world, document, False, NOW)
        assert row["uri"] == BADR.uri
    except NodeError:
        pass
    finally:
        world.execute("rollback to one")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), VALUES.map(lambda value: json.dumps(value).encode()), st.dictionaries(st.sampled_from(["type", "actor", "id", "object", "@context", "@graph"]), VALUES, max_size=5).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_a_body_of_any_bytes_is_heard_or_refused(body):
    for signer in (None, Signer(BADR.uri, "")):
        try:
            heard = activity.hear(body, signer, False)
            assert heard.type and heard.actor
        except NodeError:
            pass


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_what_others_say_of_themselves_is_read_or_refused(value):
    for document in (
        value,
        {"links": value},
        {"links": [value]},
        {"links": [{"rel": "self", "type": v.ACTIVITY_JSON, "href": value}]},
    ):
        try:
            discovery.read_jrd(json.dumps(document).encode(), False)
        except NodeError:
            pass
        if isinstance(document, dict):
            try:
                discovery.choose_nodeinfo(document)
            except NodeError:
                pass
    v.link(value), v.one_id(value), v.all_ids(value), v.words_of(value), v.type_of(value)
    assert isinstance(v.is_web(value), bool) or v.is_web(value) is None
