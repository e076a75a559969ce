"""What becomes of payloads that are posts: notes, polls, pages, articles, and what we do not know."""

import json

from federation import activity, inbox
from federation import vocabulary as v
from federation.handlers import create
from federation.signatures import Signer
from node.errors import Invalid
from node.people import actors, follows
from node.posts import media, posts, publishing, tombstones
from node.posts.posts import New
from tests.federation.payload_world import Outcomes, World, read
from tests.world import AMAL, NOW, ORIGIN, YTO

OUTCOMES = Outcomes()
outcome = OUTCOMES.of


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
    assert film["remote"].endswith("-360-fragmented.mp4") and film["remote_preview"].startswith(
        "https://tilvids.com/lazy-"
    )


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
