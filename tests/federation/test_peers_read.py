"""What other software needs to find in what we send, before it shows it to anybody."""

import json
from typing import Any

import pytest

from federation import outbox
from federation import vocabulary as v
from federation.bridge import now
from federation.outbox import Draft
from node.posts import posts
from tests.conftest import Node, Peer, until
from tests.federation.forum_world import open_forum, write
from tests.federation.test_protocol_people import settled
from tests.federation.test_protocol_quotes import publish


async def test_an_answer_names_whom_it_answers_so_that_a_microblog_tells_her(node: Node, peer: Peer) -> None:
    note = peer.note()
    await peer.post(f"{node.origin}/inbox", peer.create({**note, "to": [v.PUBLIC], "cc": [node.uri("amal")]}))
    asked = await until(lambda: node.read(posts.by_uri, note["id"]))

    answer = await publish(node, Draft(text="نعم", reply_to=asked["id"]))
    await publish(node, Draft(text="سرا", reply_to=asked["id"], visibility="followers"))

    heard = await peer.wait_for(lambda one: one["type"] == "Create")
    assert peer.uri in heard["cc"] and peer.uri in heard["object"]["cc"]
    assert heard["object"]["tag"] == [{"type": "Mention", "href": peer.uri, "name": f"@badr@{peer.host}"}]
    token = node.token()
    shown = await node.api("GET", f"/api/v1/statuses/{answer['id']}", token)
    assert shown["mentions"] == []  # her words are hers: nobody is named in them
    assert [one for one in peer.received if "سرا" in str(one)] == []


async def test_what_its_author_took_back_is_read_in_no_list_of_ours(node: Node, peer: Peer) -> None:
    """Backfilling from an outbox brings the words of today; a proof over the old ones is not shown with them."""
    forum = await open_forum(node)
    note = await publish(node, Draft(text="first words"))
    topic = await write(node, "amal", "first thoughts", title="Sujet", place=forum["uri"])
    paths = [
        f"/posts/{note['id']}/activity",
        f"/posts/{topic['id']}/activity",
        "/users/amal/outbox?before=0",
        "/groups/eau/outbox",
    ]
    before = [await (await node.get(path)).text() for path in paths]
    assert all("first" in text and '"proof"' in text for text in before)

    for post, text in ((note, "second words"), (topic, "second thoughts")):
        await node.write(lambda db, p=post, t=text: outbox.edit(db, posts.get(db, p["id"]), Draft(text=t), now()))

    for path in paths:
        text = await (await node.get(path)).text()
        assert "first" not in text and "second" in text and '"proof"' not in text, path
        assert json.loads(text)["@context"][0] == v.AS2


async def test_counts_have_the_shape_of_mastodon_so_that_pleroma_takes_an_edit(node: Node) -> None:
    """Pleroma and Akkoma keep a list of their own under `likes`, and drop an object there, but refuse an address."""
    post = await publish(node, Draft(text="first words"))
    await node.write(lambda db: outbox.edit(db, posts.get(db, post["id"]), Draft(text="second words"), now()))
    document = json.loads(await (await node.get(f"/posts/{post['id']}")).text())
    for name in ("likes", "shares"):
        assert document[name] == {"id": f"{post['uri']}/{name}", "type": "Collection"}
        counted = json.loads(await (await node.get(f"/posts/{post['id']}/{name}")).text())
        assert (counted["id"], counted["totalItems"]) == (document[name]["id"], 0)


async def test_a_tombstone_says_what_it_was(node: Node) -> None:
    forum = await open_forum(node)
    topic = await write(node, "amal", "thoughts", title="Sujet", place=forum["uri"])
    await node.write(lambda db: outbox.delete(db, posts.get(db, topic["id"]), now()))

    gone = await node.get(f"/posts/{topic['id']}")
    assert gone.status == 410 and (await gone.json(content_type=None))["formerType"] == "Page"


async def test_types_are_read_as_json_ld_may_write_them(node: Node, peer: Peer) -> None:
    note = peer.note(
        type="as:Note",
        cc=[node.uri("amal")],
        tag=[{"type": "as:Hashtag", "name": "#eau"}, {"type": f"{v.AS2}#Mention", "href": node.uri("amal")}],
    )
    await peer.post(f"{node.origin}/inbox", {**peer.create(note), "type": f"{v.AS2}#Create"})

    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    shown = await node.api("GET", f"/api/v1/statuses/{kept['id']}", node.token())
    assert [one["name"] for one in shown["tags"]] == ["eau"]
    assert [one["acct"] for one in shown["mentions"]] == ["amal"]


async def test_whom_a_mention_names_by_her_page_is_told(node: Node, peer: Peer) -> None:
    """activitypub.bot takes the page from WebFinger for the address of a Mention; her id stands in the addressing alone."""
    page = f"{node.origin}/@amal"
    note = peer.note(
        content=f'<p><a href="{page}">@amal@{node.host}</a> labas</p>',
        to=[v.PUBLIC, node.uri("amal")],
        tag=[{"type": "Mention", "href": page, "name": f"@amal@{node.host}"}],
    )
    unnamed = peer.note(2, to=[v.PUBLIC, node.uri("amal")], tag=[{"type": "Mention", "href": f"{node.origin}/@yto"}])
    for one in (unnamed, note):
        await peer.post(f"{node.origin}/inbox", peer.create(one))

    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    token = node.token()
    shown = await node.api("GET", f"/api/v1/statuses/{kept['id']}", token)
    assert [one["acct"] for one in shown["mentions"]] == ["amal"]
    told = await node.api("GET", "/api/v1/notifications", token)
    assert [(one["type"], one["status"]["id"]) for one in told] == [("mention", str(kept["id"]))]


async def test_an_object_that_names_nobody_is_for_whom_its_activity_is(node: Node, peer: Peer) -> None:
    public, closed = peer.note(1, to=[], cc=[]), peer.note(2, to=[], cc=[])
    for note, more in (
        (public, {"to": [v.PUBLIC], "cc": [node.uri("amal")]}),
        (closed, {"to": [node.uri("amal")], "cc": []}),
    ):
        await peer.post(f"{node.origin}/inbox", peer.create(note, **more))

    shown = [await until(lambda uri=note["id"]: node.read(posts.by_uri, uri)) for note in (public, closed)]
    assert [one["visibility"] for one in shown] == ["public", "direct"]


async def test_an_update_that_only_names_what_changed_is_looked_up(node: Node, peer: Peer) -> None:
    """activitypub.bot's Create and Update carry the id alone."""
    note = peer.note(1, cc=[node.uri("amal")])
    await peer.post(f"{node.origin}/inbox", {**peer.create(note), "object": note["id"]})
    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    peer.note(1, "<p>other words</p>", cc=[node.uri("amal")], updated="2026-01-02T00:00:00Z")
    peer.documents["/users/badr"] = peer.actor(name="Badr the second", updated="2036-01-02T00:00:00Z")

    for number, changed in enumerate((note["id"], peer.uri)):
        said = {"@context": v.AS2, "id": f"{peer.origin}/updates/{number}", "type": "Update", "actor": peer.uri,
                "object": changed, "to": [v.PUBLIC], "updated": "2026-01-02T00:00:00Z"}  # fmt: skip
        assert await peer.post(f"{node.origin}/inbox", said) == 202

    async def shown() -> Any:
        found = await node.api("GET", f"/api/v1/statuses/{kept['id']}", node.token())
        return found["content"] == "<p>other words</p>" and found["account"]["display_name"] == "Badr the second"

    await until(shown)


async def test_what_another_changed_is_not_looked_up(node: Node, peer: Peer) -> None:
    note = peer.note(1, cc=[node.uri("amal")])
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    await until(lambda: node.read(posts.by_uri, note["id"]))
    async with Peer("127.0.0.2", "evil") as evil:
        for number, changed in enumerate((note["id"], peer.uri, node.uri("amal"))):
            said = {"@context": v.AS2, "id": f"{evil.origin}/updates/{number}", "type": "Update", "actor": evil.uri,
                    "object": changed, "to": [v.PUBLIC]}  # fmt: skip
            assert await evil.post(f"{node.origin}/inbox", said) == 202
        await settled(node)
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = 'changed'")) == 0


async def test_a_cache_in_between_keeps_browsers_and_peers_apart(node: Node) -> None:
    note = await publish(node, Draft(text="salam"))
    for path in ("/users/amal", f"/posts/{note['id']}"):
        for accept in (v.ACTIVITY_JSON, "text/html"):
            async with node.session.get(
                f"{node.origin}{path}", headers={"Accept": accept}, allow_redirects=False
            ) as answer:
                assert answer.status == (200 if accept == v.ACTIVITY_JSON else 302)
                assert "Accept" in answer.headers["Vary"]


async def test_hashtags_of_a_profile_are_listed_at_addresses_that_everybody_can_ask(node: Node) -> None:
    token = node.token()
    for name in ("ماء", "Santé"):
        await node.api("POST", "/api/v1/featured_tags", token, json={"name": name})

    actor = await (await node.get("/users/amal")).json(content_type=None)
    listed = await (await node.get(actor["featuredTags"].removeprefix(node.origin))).json(content_type=None)

    assert (listed["type"], listed["totalItems"]) == ("Collection", 2)
    assert {one["name"] for one in listed["items"]} == {"#ماء", "#Santé"}
    assert all(one["type"] == "Hashtag" and one["href"].isascii() for one in listed["items"])
    for one in listed["items"]:
        assert (await node.get(one["href"].removeprefix(node.origin), "text/html")).status == 200


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"content": {"@value": "مرحبا", "@language": "ar"}}, {"content": "مرحبا"}),
        ({"summaryMap": {"fr": "attention"}}, {"spoiler_text": "attention"}),
        (
            {"content": '<p>x <img src="https://pics.example/a.png?w=1" alt="un puits & une pompe"></p>'},
            {"content": '<p>x <a href="https://pics.example/a.png?w=1" rel="nofollow noopener noreferrer ugc">un puits &amp; une pompe</a></p>'},
        ),
        (
            {"content": "<p><a href='https://x.example/'><IMG alt='' src='https://pics.example/b.png'/></a></p>"},
            {"content": '<p><a href="https://x.example/" rel="nofollow noopener noreferrer ugc">b.png</a></p>'},
        ),
        (
            {"content": '<p><img src="javascript:x" alt="&lt;script&gt;"><img alt=":salut:" class="emoji" src="https://x.example/e.png"></p>'},
            {"content": "<p>&lt;script&gt;:salut:</p>"},
        ),
        ({"content": "x", "attachment": {"url": "https://pics.example/a.png"}}, {"content": "x"}),
    ],
)  # fmt: skip
async def test_words_are_found_in_every_shape(node: Node, peer: Peer, more: Any, expected: dict[str, Any]) -> None:
    note = peer.note(**more)
    await peer.post(f"{node.origin}/inbox", peer.create(note))

    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    shown = await node.api("GET", f"/api/v1/statuses/{kept['id']}", node.token())
    assert {key: shown[key] for key in expected} == expected


QUOTED = "https://misskey-hub.net/ns#_misskey_quote"


@pytest.mark.parametrize(
    "spelled",
    [
        lambda uri: {"quote": {"id": uri, "type": "Note"}},
        lambda uri: {"quoteUri": uri},
        lambda uri: {"tag": [{"type": "Link", "rel": QUOTED, "mediaType": v.LD_JSON, "href": uri}]},
        lambda uri: {"tag": {"type": "as:Link", "rel": ["tag", QUOTED], "href": uri}},
    ],
)
async def test_quotes_are_found_in_every_spelling(node: Node, peer: Peer, spelled: Any) -> None:
    first = peer.note(1)
    note = peer.note(2, **spelled(first["id"]))
    await peer.post(f"{node.origin}/inbox", peer.create(note))

    kept = await until(lambda: node.read(posts.by_uri, note["id"]))

    async def look() -> bool:
        shown = await node.api("GET", f"/api/v1/statuses/{kept['id']}", node.token())
        return bool(shown["quote"]) and shown["quote"]["state"] == "accepted"  # her own words

    await until(look)


async def test_a_link_in_the_tags_that_is_no_quote_is_none(node: Node, peer: Peer) -> None:
    note = peer.note(2, tag=[{"type": "Link", "mediaType": v.LD_JSON, "href": peer.note(1)["id"]}])
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    kept = await until(lambda: node.read(posts.by_uri, note["id"]))
    assert "quote" not in posts.details(kept)


async def test_a_site_among_the_fields_is_one_that_mastodon_can_ask_back(node: Node) -> None:
    """It follows a field that is one link alone, whose words are its address."""
    fields = {"Site": "https://amal.example/a?b=1&c=2", "Langues": "ar, https://x.example/", "Tag": "#eau"}
    sent = {str(i): {"name": name, "value": value} for i, (name, value) in enumerate(fields.items())}
    await node.api("PATCH", "/api/v1/accounts/update_credentials", node.token(), json={"fields_attributes": sent})

    document = await (await node.get("/users/amal")).json(content_type=None)

    shown = {one["name"]: one["value"] for one in document["attachment"]}
    link = "https://amal.example/a?b=1&amp;c=2"
    assert shown["Site"] == f'<a href="{link}" rel="me nofollow noopener noreferrer" translate="no">{link}</a>'
    assert shown["Langues"].startswith("ar, <a ") and 'class="mention hashtag"' in shown["Tag"]


async def test_whom_a_letter_names_besides_hears_the_answer_too(node: Node, peer: Peer) -> None:
    async with Peer(name="eve") as eve:
        both = [node.uri("amal"), eve.uri]
        tags = [{"type": "Mention", "href": uri, "name": "@x"} for uri in [*both, f"{peer.origin}/users/nobody"]]
        note = peer.note(1, "<p>to both of you</p>", to=both, cc=[], tag=tags)
        await peer.post(node.uri("amal") + "/inbox", peer.create(note))
        kept = await until(lambda: node.read(posts.by_uri, note["id"]))
        shown = await node.api("GET", f"/api/v1/statuses/{kept['id']}", node.token())
        assert [one["acct"] for one in shown["mentions"]] == ["amal", f"eve@{eve.host}"]

        far = peer.note(
            2, cc=[f"{eve.origin}/users/else"], tag=[tags[1], {**tags[1], "href": f"{eve.origin}/users/else"}]
        )
        await peer.post(f"{node.origin}/inbox", peer.create(far))
        await until(lambda: node.read(posts.by_uri, far["id"]))
        assert "/users/else" not in eve.asked
