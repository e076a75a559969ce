"""What other software really sends: every recorded payload, with the outcome that its index names.

Two ways in.  Over HTTP: each activity moved to the peer's own address, truly signed.
In the database: the payload under its own names, handed to the makers that a fetch or
a signature leads to.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from federation import activity, discovery, inbox, resolve
from federation import actors as documents
from federation import vocabulary as v
from federation.handlers import create, follow
from federation.handlers.table import HANDLERS
from federation.kinds import table
from federation.signatures import Signer
from node import settings
from node.errors import Invalid, NotFound
from node.people import actors, follows
from node.posts import media, posts, publishing, tombstones
from node.posts.posts import New
from node.store import Database, Row
from tests.conftest import until
from tests.world import AMAL, NOW, ORIGIN, YTO

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "payloads"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
HOST = re.compile(r"https?://[A-Za-z0-9.:-]+")
VOCABULARY = re.compile(
    r"https?://(www\.w3\.org|w3id\.org|joinmastodon\.org|schema\.org|purl\.|join-lemmy\.org|joinpeertube\.org|litepub\.)"
)


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def is_activity(document: dict[str, Any]) -> bool:
    return bool(document.get("actor")) and v.type_of(document, v.ACTIVITIES) in v.ACTIVITIES


# ── over HTTP ─────────────────────────────────────────────────────────────────


@pytest.mark.slow
async def test_every_activity_is_taken_and_the_worker_goes_on(shared, node, peer):
    """202 for all of them, known types or not; none breaks anything; the last one is acted on like the first."""
    count = 0
    for name in NAMES:
        if not is_activity(read(name)):
            continue
        document = moved(peer, name)
        actor = v.one_id(document["actor"])
        serve(peer, actor)
        assert await peer.post(f"{node.origin}/inbox", document, key_id=f"{actor}#main-key") == 202, name
        count += 1
    assert count > 50
    await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal"), 99))
    await peer.wait_for(lambda one: one["type"] == "Accept" and v.one_id(one["object"]).endswith("/follows/99"))

    def broken(db: Database) -> list[Any]:
        rows = db.rows("select activity, error from received where state = 'failed'").fetchall()
        return [tuple(row) for row in rows if re.match(r"[A-Z]\w*(Error|Exception)\(", row["error"] or "")]

    def waiting(db: Database) -> int:
        return int(db.value("select count(*) from received where state = 'waiting' and error = ''"))

    async def quiet() -> bool:
        return not await node.read(waiting)

    await until(quiet, 20)
    assert await node.read(broken) == []


RELAYED = {
    "lemmy__announce_create_page": "Page", "piefed__announce_create_page": "Page", "nodebb__announce_create_note": "Note",
    "nodebb__announce_note": "Note", "wordpress__announce_update_article": "Article",
}  # fmt: skip


@pytest.mark.slow
async def test_what_a_group_passes_on_is_kept_when_its_author_said_it(shared, node, peer):
    """FEP-1b12 of five servers: the inner object as its own server has it, in the name of its own author."""
    for name, kind in RELAYED.items():
        document = moved(peer, name)
        group = v.one_id(document["actor"])
        found = document["object"]
        note = found if v.type_of(found) == kind else found["object"]
        author = v.one_id(note["attributedTo"])
        serve(peer, author, "Person")
        serve(peer, group, "Group")
        peer.documents[note["id"].removeprefix(peer.origin).partition("?")[0]] = note
        row = await resolve.actor(node.bridge, group)
        amal = await node.read(actors.by_uri, node.uri("amal"))
        await node.write(follows.keep, amal["id"], row["id"], f"{node.origin}/activities/{row['id']}", True, NOW)
        assert await peer.post(f"{node.origin}/inbox", document, key_id=f"{group}#main-key") == 202, name
        post = await until(lambda uri=note["id"]: node.read(posts.by_uri, uri))
        assert (await node.read(actors.get, post["author"]))["uri"] == author, name
        assert post["title"] == (note.get("name") or "") or post["kind"] == "topic", name


def moved(peer: Any, name: str) -> dict[str, Any]:
    """The payload with every address of its servers below the peer's own."""
    text = HOST.sub(
        lambda found: found.group() if VOCABULARY.match(found.group()) else f"{peer.origin}/{name}",
        json.dumps(read(name), ensure_ascii=False),
    )
    document: dict[str, Any] = json.loads(text)
    return document


def serve(peer: Any, actor: str, kind: str = "Person") -> None:
    """The peer shows an actor of this id, with its own key."""
    key = {**peer.actor()["publicKey"], "id": f"{actor}#main-key", "owner": actor}
    shown = peer.actor() | {"id": actor, "type": kind, "inbox": f"{peer.origin}/inbox", "publicKey": key}
    peer.documents[actor.removeprefix(peer.origin).partition("?")[0]] = shown


# ── in the database ───────────────────────────────────────────────────────────


class World:
    """A database that knows whoever a payload speaks of."""

    def __init__(self, db: Database) -> None:
        self.db = db
        settings.choose(db, "development", True)  # recorded payloads name http and bare hosts

    def know(self, uri: str, kind: str = "Person", **more: Any) -> Row:
        document = {"@context": v.AS2, "id": uri, "type": kind, "preferredUsername": "someone", "inbox": f"{uri}/inbox",
                    "followers": f"{uri}/followers", **more}  # fmt: skip
        return documents.keep(self.db, document, True, NOW)

    def hear(self, document: dict[str, Any], *, signer: str = "") -> str:
        """The activity by way of the queue, whatever it wants fetched not had; how its row ends."""
        signed_by = Signer(signer or v.one_id(document["actor"]), "")
        body = v.dump(document)
        heard = activity.hear(body, signed_by, True)
        assert inbox.keep(self.db, heard, body, signed_by, NOW)
        _, outside = inbox.act_on_waiting(self.db, True, NOW)
        for one in outside:
            assert one.spoken is not None
            inbox.act(self.db, one.row, HANDLERS[one.heard.type], one.spoken, NOW)
        row = self.db.row("select state, error from received order by id desc limit 1")
        assert row is not None
        return str(row["state"]) if not row["error"] else str(row["error"])

    def send(self, name: str, **more: Any) -> dict[str, Any]:
        """The payload from its own actor, who is known; acted on without complaint."""
        document = read(name) | more
        self.know(v.one_id(document["actor"]))
        assert self.hear(document) == "done", name
        return document

    def fetched(self, name: str, **more: Any) -> Row | None:
        """The object as though its own server had served it."""
        document = read(name) | more
        spoken = activity.fetched("Create", document, document["id"])
        if actors.by_uri(self.db, spoken.actor) is None:
            self.know(spoken.actor)
        return create.keep(self.db, spoken, NOW, asked=True)

    def post(self, uri: str) -> Row:
        found = posts.by_uri(self.db, uri)
        assert found is not None, uri
        return found

    def sent(self, name: str, **more: Any) -> Row:
        """The post that the Create of the payload made."""
        return self.post(v.one_id(self.send(name, **more)["object"]))

    def actor(self, name: str) -> Row:
        return documents.keep(self.db, read(name), True, NOW)

    def ours(self, uri: str, **more: Any) -> Row:
        """A post of Amal's under this URI, as payloads answer it."""
        new = New(uri=uri, kind="note", author=AMAL.id(self.db), local=True, visibility="public", published=NOW, **more)
        kept = publishing.keep(self.db, new, NOW)
        assert kept is not None
        return kept

    def count(self, table: str) -> int:
        return int(self.db.table(table).count)


@pytest.fixture
def world(db: Database, shared: Path) -> World:
    return World(db)


OUTCOMES: dict[str, Callable[[World], None]] = {}


def outcome(*names: str) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    def add(fn: Callable[[World], None]) -> Callable[[World], None]:
        for name in names:
            assert name not in OUTCOMES
            OUTCOMES[name] = fn
        return fn

    return add


# ── notes ─────────────────────────────────────────────────────────────────────


@outcome("constructed__create_note_arabic")
def arabic(world: World) -> None:
    document = read("constructed__create_note_arabic")
    post = world.sent("constructed__create_note_arabic")
    assert post["language"] == "ar" and post["visibility"] == "public"
    written = [one["name"].lstrip("#") for one in document["object"]["tag"] if one["type"] == "Hashtag"]
    assert [row[0] for row in world.db.rows("select written from post_tags where post = ?", (post["id"],))] == written


@outcome("constructed__create_note_arrays_everywhere")
def arrays(world: World) -> None:
    document = world.send("constructed__create_note_arrays_everywhere")
    post = world.post("https://social.example/notes/5")
    assert post["content"] and post["author"] == actors.by_uri(world.db, v.one_id(document["actor"]))["id"]


@outcome("constructed__note_contentmap_ar_fr_no_content")
def two_languages(world: World) -> None:
    post = world.fetched("constructed__note_contentmap_ar_fr_no_content")
    assert post is not None and post["language"] == "ar" and post["title"]
    assert set(json.loads(post["contents"])) == {"ar", "fr"}
    assert post["content"] == json.loads(post["contents"])["ar"]


@outcome("constructed__note_mixed_bidi_controls")
def bidi(world: World) -> None:
    post = world.fetched("constructed__note_mixed_bidi_controls")
    assert post is not None and "Les Amis de Tozeur" in post["content"]
    named = world.know("https://social.example/users/b", name="\u202egpj.exe\u202c \u2067Amal\u2069")
    assert named["display"] == "gpj.exe Amal"


@outcome("mastodon__create_note_sensitive")
def sensitive(world: World) -> None:
    post = world.sent("mastodon__create_note_sensitive")
    assert post["warning"] == "cw"


@outcome("mastodon__create_note_followers_only")
def not_public(world: World) -> None:
    post = world.sent("mastodon__create_note_followers_only")
    assert post["visibility"] not in ("public", "unlisted")
    boost = {"type": "Announce", "id": "https://evil.example/a/1", "actor": "https://evil.example/u", "object": post["uri"],
             "to": [v.PUBLIC]}  # fmt: skip
    world.know("https://evil.example/u")
    assert world.hear(boost) == "done"
    assert world.db.value("select count(*) from posts where boost_of is not null") == 0


@outcome("mastodon__create_note_in_gts_tests", "gotosocial__note_full", "pleroma__create_note", "smithereen__create_note",
         "kroeg__tag_scalar_hashtag", "mastodon__note_reply_1")  # fmt: skip
def notes(world: World) -> None:
    note = world.sent("mastodon__create_note_in_gts_tests")
    assert note["visibility"] == "unlisted" and note["content"]
    whole = world.fetched("gotosocial__note_full")
    assert whole is not None and world.db.value("select blurhash from media where post = ?", (whole["id"],))
    assert world.db.value("select written from post_tags where post = ?", (whole["id"],)) == "welcome"
    other = world.sent("pleroma__create_note")
    assert other["content"] and other["language"] == "" and other["reply_to_uri"]
    assert world.sent("smithereen__create_note")["reply_to_uri"] == "https://ds9.lemmy.ml/post/1723"
    scalar = world.sent("kroeg__tag_scalar_hashtag")
    assert world.db.value("select count(*) from post_tags where post = ?", (scalar["id"],)) == 1
    reply = world.fetched("mastodon__note_reply_1")
    assert reply is not None and reply["reply_to_uri"] == read("mastodon__note_reply_1")["inReplyTo"]
    before = posts.by_uri(world.db, reply["reply_to_uri"])
    assert before is None and reply["reply_to"] is None


@outcome("pleroma__create_chat_message_xss", "lemmy__create_private_message_019", "lemmy__private_message")
def messages(world: World) -> None:
    chat = world.sent("pleroma__create_chat_message_xss")
    assert chat["visibility"] == "direct" and "<script" not in chat["content"] and "alert" not in chat["content"]
    assert chat["content"].strip()
    assert world.sent("lemmy__create_private_message_019")["visibility"] == "direct"
    private = world.fetched("lemmy__private_message", to=[AMAL.uri])
    assert private is not None and private["visibility"] == "direct"
    assert (
        world.db.value(
            "select count(*) from notifications where actor = ? and post = ?", (AMAL.id(world.db), private["id"])
        )
        == 1
    )
    assert world.db.value("select count(*) from notifications where actor = ?", (YTO.id(world.db),)) == 0


@outcome("friendica__update_note")
def edited(world: World) -> None:
    document = read("friendica__update_note")
    author = world.know(document["actor"])
    uri = document["object"]["id"]
    publishing.keep(world.db, New(uri=uri, kind="note", author=author["id"], visibility="unlisted", published=1_648_106_556_000,
                                  content="before"), NOW)  # fmt: skip
    world.send("friendica__update_note")
    assert "edited comment" in world.post(uri)["content"] and world.post(uri)["edited"]


@outcome("mastodon__delete_note", "gotosocial__delete_id_without_id", "lemmy__delete_page")
def deleted(world: World) -> None:
    for name in ("mastodon__delete_note", "gotosocial__delete_id_without_id", "lemmy__delete_page"):
        document = read(name)
        author = world.know(document["actor"])
        uri = v.one_id(document["object"])
        publishing.keep(
            world.db, New(uri=uri, kind="note", author=author["id"], visibility="public", published=NOW), NOW
        )
        world.send(name)
        assert posts.by_uri(world.db, uri) is None and tombstones.find(world.db, uri) is not None
        assert world.hear(document | {"id": f"{document['actor']}#again"}) == "done"


@outcome("mastodon__delete_actor", "lemmy__delete_user")
def actor_deleted(world: World) -> None:
    for name in ("mastodon__delete_actor", "lemmy__delete_user"):
        author = world.know(read(name)["actor"])
        publishing.keep(
            world.db,
            New(uri=f"{author['uri']}/1", kind="note", author=author["id"], visibility="public", published=NOW),
            NOW,
        )
        document = read(name)
        assert world.hear(document) == "done"
        assert actors.get(world.db, author["id"])["gone"] and posts.by_uri(world.db, f"{author['uri']}/1") is None


@outcome("mastodon__create_question", "piefed__question")
def polls(world: World) -> None:
    poll = world.sent("mastodon__create_question")
    assert poll["kind"] == "question"
    listed = read("mastodon__create_question")["object"]
    assert world.db.value("select count(*) from poll_options where post = ?", (poll["id"],)) == len(
        listed.get("oneOf") or listed["anyOf"]
    )
    assert world.db.value("select closes from polls where post = ?", (poll["id"],))
    world.know("https://piefed.social/c/playground", "Group")
    topic = world.fetched("piefed__question")
    assert topic is not None and topic["kind"] == "question" and topic["title"] == "Poll Post Test"
    assert [tuple(row) for row in world.db.rows("select title, votes from poll_options where post = ?", (topic["id"],))] == [
        ("Yes", 2), ("No", 0), ("Maybe", 0)]  # fmt: skip


@outcome("mastodon__poll_vote")
def vote(world: World) -> None:
    document = read("mastodon__poll_vote")
    question = world.ours(document["object"]["inReplyTo"], poll={
        "options": [(document["object"]["name"], 0), ("other", 0)], "multiple": False, "closes": None, "closed": None, "voters": 0})  # fmt: skip
    before = world.count("posts")
    world.send("mastodon__poll_vote")
    assert world.count("posts") == before
    assert [
        row[0]
        for row in world.db.rows("select votes from poll_options where post = ? order by position", (question["id"],))
    ] == [1, 0]


# ── pages, articles, and what we do not know ──────────────────────────────────


@outcome(
    "lemmy__create_page",
    "lemmy__page",
    "lemmy__create_comment",
    "discourse__note_or_article_topic",
    "nodebb__article_or_page_topic",
)
def topics(world: World) -> None:
    world.know("http://enterprise.lemmy.ml/c/main", "Group")
    topic = world.sent("lemmy__create_page")
    assert topic["title"] == read("lemmy__create_page")["object"]["name"]
    assert topic["kind"] == "page" and topic["place"] is None  # another's Group: it stands there once that announces it
    comment = world.sent("lemmy__create_comment")
    assert comment["reply_to"] == topic["id"] and comment["thread"] == topic["id"]
    for name in ("lemmy__page", "discourse__note_or_article_topic", "nodebb__article_or_page_topic"):
        group = v.one_id(read(name).get("audience"))
        if group:
            world.know(group, "Group")
        page = world.fetched(name)
        assert page is not None and page["title"] == read(name)["name"], name
        assert page["content"] and page["visibility"] == "public"


@outcome(
    "plume__article_long",
    "prismo__create_article_url_map",
    "fepb2b8__article_preview",
    "wordpress_pterotype__create_article",
)
def articles(world: World) -> None:
    long = world.fetched("plume__article_long")
    assert long is not None and long["title"] and len(long["content"]) > 5000 and "<script" not in long["content"]
    mapped = world.sent("prismo__create_article_url_map")
    assert (
        mapped["url"] == read("prismo__create_article_url_map")["object"]["url"]["href"]
        or mapped["url"] == mapped["uri"]
    )
    preview = world.fetched("fepb2b8__article_preview")
    assert (
        preview is not None
        and preview["title"].startswith("Long-form text")
        and "excerpt" in json.loads(preview["details"])
    )
    world.actor("wordpress_pterotype__organization")
    document = read("wordpress_pterotype__create_article")
    assert world.hear(document) == "done"
    article = world.post(document["object"]["id"])
    assert article["title"] and actors.get(world.db, article["author"])["type"] == "Organization"


@outcome("constructed__create_unknown_object_type_with_fallback", "bookwyrm__create_generated_note_unknown_type",
         "bookwyrm__quotation_unknown_type", "funkwhale__create_audio", "peertube__video")  # fmt: skip
def cards(world: World) -> None:
    milestone = world.sent("constructed__create_unknown_object_type_with_fallback")
    kept = posts.document(milestone)
    assert milestone["kind"] == "card" and kept is not None and json.loads(kept)["type"] == "Milestone"
    assert world.sent("bookwyrm__create_generated_note_unknown_type")["content"]
    quotation = world.fetched("bookwyrm__quotation_unknown_type")
    assert quotation is None or quotation["content"]
    audio = world.sent("funkwhale__create_audio")
    assert audio["kind"] == "card" and 'href="https://channels.tests.funkwhale.audio/' in audio["content"]
    [song] = media.of(world.db, audio["id"])
    assert (song["kind"], song["type"]) == ("audio", "audio/ogg") and "/listen/" in song["remote"]
    video = world.fetched("peertube__video")
    assert video is not None and video["title"] and "<a href=" in video["content"]
    assert actors.get(world.db, video["author"])["uri"] == "https://tilvids.com/accounts/thelinuxexperiment"
    [film] = media.of(world.db, video["id"])
    assert (film["kind"], film["height"], film["duration"]) == ("video", 360, 1145)
    assert film["remote"].endswith("-360-fragmented.mp4") and film["remote_preview"].startswith("https://tilvids.com/lazy-")


@outcome("fepd8c2__multiple_types")
def several_types(world: World) -> None:
    document = read("fepd8c2__multiple_types")
    document |= {"actor": "https://openfarmgame.example/users/evanp", "id": "https://openfarmgame.example/plants/1"}
    heard = activity.hear(v.dump(document), Signer(document["actor"], ""), True)
    assert heard.type == "Create"
    world.know(document["actor"])
    assert world.hear(document) == "done"
    assert world.post("https://openfarmgame.example/crops/1234")["title"] == "Corn"


@outcome("constructed__view_video", "constructed__ignore_join", "fep044f__quote_authorization")
def passed_over(world: World) -> None:
    for name in ("constructed__view_video", "constructed__ignore_join"):
        world.send(name)
    stamp = read("fep044f__quote_authorization")
    world.know(stamp["attributedTo"])
    assert stamp["attributedTo"] == "https://example.com/users/alice"
    spoken = activity.fetched("Create", stamp, stamp["id"])
    try:
        create.keep(world.db, spoken, NOW)
    except Exception as error:
        assert type(error) is Invalid
    assert world.count("posts") == 0


@outcome("constructed__deep_nesting")
def nested(world: World) -> None:
    author = world.know("https://social.example/users/amal")
    follows.keep(world.db, AMAL.id(world.db), author["id"], f"{ORIGIN}/activities/1", True, NOW)
    body = v.dump(read("constructed__deep_nesting"))
    signer = Signer(author["uri"], "")
    inbox.keep(world.db, activity.hear(body, signer, True), body, signer, NOW)
    _, outside = inbox.act_on_waiting(world.db, True, NOW)
    assert outside == [] and world.count("posts") == 0  # followed nowhere, though we follow its author


# ── relations ─────────────────────────────────────────────────────────────────


@outcome("mastodon__follow", "osada__follow_inlined_actor", "lemmy__follow")
def follow_us(world: World) -> None:
    for name in ("mastodon__follow", "osada__follow_inlined_actor", "lemmy__follow"):
        document = read(name) | {"object": AMAL.uri}
        follower = world.know(v.one_id(document["actor"]))
        assert world.hear(document) == "done"
        known = follows.get(world.db, follower["id"], AMAL.id(world.db))
        assert known is not None and known["state"] == "accepted"
        letter = world.db.row("select * from letters order by id desc limit 1")
        assert letter is not None and letter["type"] == "Accept"


@outcome("mastodon__undo_follow")
def unfollow_us(world: World) -> None:
    document = read("mastodon__undo_follow")
    document["object"]["object"] = AMAL.uri
    follower = world.know(document["actor"])
    follows.keep(world.db, follower["id"], AMAL.id(world.db), document["object"]["id"], True, NOW)
    assert world.hear(document) == "done"
    assert follows.get(world.db, follower["id"], AMAL.id(world.db)) is None


@outcome("mastodon__accept_follow", "relay__accept_follow", "fepae0c__relay_accept")
def accepted(world: World) -> None:
    for name in ("mastodon__accept_follow", "relay__accept_follow", "fepae0c__relay_accept"):
        document = read(name)
        target = world.know(document["actor"])
        follow.ask(world.db, AMAL.row(world.db), target, NOW)
        known = follows.get(world.db, AMAL.id(world.db), target["id"])
        assert known is not None and known["state"] == "pending"
        stranger = document | {"actor": "https://evil.example/u", "id": "https://evil.example/1"}
        stranger["object"] = {**document["object"], "id": known["activity"], "actor": AMAL.uri}
        world.know("https://evil.example/u")
        world.hear(stranger | {"id": f"https://evil.example/{name}"})
        assert follows.get(world.db, AMAL.id(world.db), target["id"])["state"] == "pending"
        document["object"] |= {"id": known["activity"], "actor": AMAL.uri, "object": target["uri"]}
        assert world.hear(document) == "done"
        assert follows.get(world.db, AMAL.id(world.db), target["id"])["state"] == "accepted"


@outcome("misskey__like_with_reaction", "mastodon__undo_like_object_is_id")
def likes(world: World) -> None:
    like = read("misskey__like_with_reaction") | {"id": "http://mastodon.example.org/users/admin#likes/2"}
    post = world.ours(like["object"])
    world.know(like["actor"])
    assert world.hear(like) == "done"
    assert posts.get(world.db, post["id"])["likes"] == 1
    assert world.hear(read("mastodon__undo_like_object_is_id")) == "done"
    assert posts.get(world.db, post["id"])["likes"] == 0
    assert world.hear(read("mastodon__undo_like_object_is_id") | {"id": "http://mastodon.example.org/3"}) == "done"


@outcome("mastodon__announce", "gotosocial__announce_scalars", "gotosocial__announce_with_approval", "kroeg__announce_inline_actor",
         "peertube__announce_video")  # fmt: skip
def boosts(world: World) -> None:
    for name in ("mastodon__announce", "gotosocial__announce_scalars", "gotosocial__announce_with_approval", "kroeg__announce_inline_actor",
                 "peertube__announce_video"):  # fmt: skip
        document = read(name)
        post = world.ours(v.one_id(document["object"]))
        world.send(name)
        booster = actors.by_uri(world.db, v.one_id(document["actor"]))
        assert booster is not None and posts.boost_by(world.db, booster["id"], post["id"]) is not None, name
        assert posts.get(world.db, post["id"])["boosts"] == 1


# ── actors ────────────────────────────────────────────────────────────────────

PEOPLE = {
    "constructed__person_arabic_name": "Person", "gancio__application_actor": "Application", "guppe__group": "Group",
    "lemmy__group": "Group", "lemmy__instance_application": "Application", "mastodon__person": "Person",
    "nodebb__person": "Person", "owncast__service_attachment_object": "Service", "peertube__group_channel": "Group",
    "piefed__group": "Group", "pleroma__person": "Person", "pleroma__person_without_name": "Person",
    "wordpress__group_blog": "Group", "wordpress_pterotype__organization": "Organization",
}  # fmt: skip


@outcome(*PEOPLE)
def people(world: World) -> None:
    for name, kind in PEOPLE.items():
        document = read(name)
        row = world.actor(name)
        assert row["type"] == kind and row["inbox"] == document["inbox"], name
        assert row["display"] or not (document.get("name") or "").strip()
        assert "<script" not in row["summary"]
        keys = world.db.rows("select id, public from actor_keys where actor = ?", (row["id"],)).fetchall()
        if name in ("constructed__person_arabic_name", "piefed__group"):
            assert keys == []  # 1024 bits, and no key at all: nothing that they sign would be believed
        elif "publicKey" in document:
            assert [one["id"] for one in keys] == [document["publicKey"]["id"]], name
    arabic_ = world.actor("constructed__person_arabic_name")
    assert arabic_["name"].isascii() and not arabic_["display"].isascii() and json.loads(arabic_["fields"])
    assert world.actor("lemmy__group")["moderators"] == read("lemmy__group")["attributedTo"]
    assert (
        world.actor("mastodon__person")["fields"] != ""
        and world.actor("pleroma__person_without_name")["name"] == "mewmew"
    )
    assert world.actor("peertube__group_channel")["icon"].startswith("https://")
    assert json.loads(world.actor("owncast__service_attachment_object")["fields"])
    found = actors.find(world.db, "enterprise")
    assert all(one["type"] != "Application" for one in found)


@outcome("mastodon__update_person")
def actor_updated(world: World) -> None:
    document = read("mastodon__update_person")
    row = world.know(document["actor"], name="before")
    assert world.hear(document) == "done"
    assert actors.get(world.db, row["id"])["display"] == document["object"]["name"]


@outcome("gotosocial__actor_stub_for_key")
def stub(world: World) -> None:
    """An actor that shows its key and nothing else is no actor yet: its owner is asked for, signed (test_fetch)."""
    document = read("gotosocial__actor_stub_for_key")
    with pytest.raises(Invalid):
        documents.read(document, True)
    assert v.one_id(document["publicKey"]["owner"]) == document["id"]


@outcome("friendica__followers_collection", "mastodon__followers_hidden", "mobilizon__members_collection",
         "lemmy__group_featured_collection", "nodebb__context_conversation_old")  # fmt: skip
def collections(world: World) -> None:
    """None of them is a post, whoever serves it as one."""
    for name in ("friendica__followers_collection", "mastodon__followers_hidden", "mobilizon__members_collection",
                 "lemmy__group_featured_collection", "nodebb__context_conversation_old"):  # fmt: skip
        assert table.reader(read(name)) is None, name


# ── events ────────────────────────────────────────────────────────────────────


@outcome(
    "gancio__create_event_minimal", "mobilizon__create_event", "mobilizon__create_event_by_group", "mobilizon__event",
    "mobilizon__event_2020", "constructed__event_nulls_and_ints", "fep8a8e__event_attendees", "fep8a8e__event_external_join",
)  # fmt: skip
def events(world: World) -> None:
    gancio = world.sent("gancio__create_event_minimal")
    details = posts.details(gancio)
    assert gancio["kind"] == "event" and gancio["title"] == "Demo event"
    assert (
        details["place"]["name"] == "Colosseo"
        and details["start"] == 1_626_276_657_000
        and details["end"] > details["start"]
    )
    assert world.db.value("select written from post_tags where post = ?", (gancio["id"],)) == "test"
    assert world.sent("mobilizon__create_event")["kind"] == "event"
    group = world.know("http://mobilizon1.com/@group", "Group")
    by_group = world.sent("mobilizon__create_event_by_group")
    assert by_group["kind"] == "event" and by_group["on_behalf"] == group["id"]
    assert actors.get(world.db, by_group["author"])["uri"] == "http://mobilizon1.com/@user"
    whole = world.fetched("mobilizon__event")
    assert whole is not None and whole["title"] == "Caledonian scottish dance class"
    details = posts.details(whole)
    assert details["timezone"] == "Europe/London" and details["join"] == "free" and details["status"] == "CONFIRMED"
    assert details["place"]["name"] == "The Kenn Centre" and details["place"]["locality"] == "Teignbridge"
    older = world.fetched("mobilizon__event_2020")
    assert (
        older is not None and older["kind"] == "event" and posts.details(older)["end"] >= posts.details(older)["start"]
    )
    odd = world.fetched("constructed__event_nulls_and_ints")
    assert odd is not None and (posts.details(odd)["place"]["latitude"], posts.details(odd)["place"]["longitude"]) == (
        34,
        10,
    )
    for name in ("fep8a8e__event_attendees", "fep8a8e__event_external_join"):
        host = "https://example.org/users/o"
        event = world.fetched(name, attributedTo=host, to=[v.PUBLIC])
        assert event is not None and event["kind"] == "event" and event["title"] == read(name)["name"]
    assert posts.details(event)["join"] == "external"


@outcome("mobilizon__join_event", "mobilizon__leave_event")
def answers(world: World) -> None:
    join = read("mobilizon__join_event")
    event = world.ours(join["object"])
    world.db.execute("update posts set kind = 'event' where id = ?", (event["id"],))
    posts.change(world.db, event["id"], details={"start": NOW + 86_400_000, "join": "free"})
    guest = world.know(join["actor"])
    assert world.hear(join) == "done"
    assert (
        world.db.value("select answer from answers where post = ? and actor = ?", (event["id"], guest["id"])) == "yes"
    )
    letter = world.db.row("select * from letters order by id desc limit 1")
    assert letter is not None and letter["type"] == "Accept"
    assert world.hear(read("mobilizon__leave_event") | {"id": "http://mobilizon2.test/leave/1"}) == "done"
    assert world.db.value("select count(*) from answers where post = ?", (event["id"],)) == 0


# ── moderation ────────────────────────────────────────────────────────────────


@outcome("mastodon__flag")
def flag(world: World) -> None:
    document = read("mastodon__flag")
    post = world.ours(f"{ORIGIN}/posts/1")
    world.know(document["actor"], "Application")
    assert world.hear(document | {"object": [AMAL.uri, post["uri"]]}) == "done"
    assert world.count("reports") == 1
    assert world.hear(document | {"id": "https://mastodon.example/2"}) in (
        "done",
        "They do not live here.",
        "nothing of ours",
    )
    assert world.count("reports") == 1  # what is reported lives elsewhere


@outcome("lemmy__undo_delete_page")
def restored(world: World) -> None:
    document = read("lemmy__undo_delete_page")
    author = world.know(document["actor"])
    uri = document["object"]["object"]
    publishing.keep(world.db, New(uri=uri, kind="page", author=author["id"], visibility="public", published=NOW), NOW)
    assert world.hear(document["object"]) == "done"
    assert posts.by_uri(world.db, uri) is None and tombstones.find(world.db, uri) is not None
    world.hear(document)
    assert tombstones.find(world.db, uri) is None  # it may come again


# ── finding each other ────────────────────────────────────────────────────────


@outcome("webfinger__mastodon", "webfinger__friendica_many_links")
def jrd(world: World) -> None:
    for name in ("webfinger__mastodon", "webfinger__friendica_many_links"):
        link = next(
            one["href"] for one in read(name)["links"] if one["rel"] == "self" and "activity+json" in one["type"]
        )
        assert discovery.read_jrd(v.dump(read(name)), True) == link


@outcome("nodeinfo__discovery_regular", "nodeinfo__discovery_older_versions", "nodeinfo__document_mastodon")
def nodeinfo(world: World) -> None:
    regular = read("nodeinfo__discovery_regular")
    assert discovery.choose_nodeinfo(regular) == regular["links"][0]["href"]
    with pytest.raises(NotFound):
        discovery.choose_nodeinfo(read("nodeinfo__discovery_older_versions"))
    assert read("nodeinfo__document_mastodon")["software"]["name"] == "mastodon"


@pytest.mark.parametrize("check", dict.fromkeys(OUTCOMES.values()), ids=lambda check: check.__name__)
def test_payloads_come_out_as_their_index_says(world: World, check: Callable[[World], None]) -> None:
    check(world)


def test_no_payload_is_forgotten(shared: Path) -> None:
    only_over_http = {
        name for name in set(NAMES) - set(OUTCOMES) if is_activity(read(name)) or v.type_of(read(name)) == "Event"
    }
    assert set(NAMES) == set(OUTCOMES) | only_over_http
