"""A forum of ours: what it takes from members here and elsewhere, what it passes on and to whom."""

import json
from typing import Any

import pytest

from federation import proofs, resolve
from federation import vocabulary as v
from federation.bridge import now
from federation.handlers import follow as following
from federation.handlers import like
from keys import pair
from node import ids
from node.errors import Forbidden
from node.network import moderation, topics
from node.people import actors
from node.posts import posts
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.forum_world import announced, become_member, boosted
from tests.peer import Peer


async def test_the_group_says_who_it_is(node, eau):
    answer = await node.get("/groups/eau")
    found = json.loads(await answer.read())
    assert found["type"] == "Group" and found["name"] == "الماء" and found["nameMap"]["fr"] == "L'eau"
    assert found["attributedTo"] == f"{eau['uri']}/moderators"
    assert found["postingRestrictedToMods"] is False
    assert found["language"] == [{"identifier": "ar", "name": "العربية"}, {"identifier": "fr", "name": "Français"}]
    assert found["url"] == f"{node.origin}/f/eau"
    listed = json.loads(await (await node.get("/groups/eau/moderators")).read())
    assert listed["orderedItems"] == [node.uri("amal")]
    followers = json.loads(await (await node.get("/groups/eau/followers")).read())
    assert "orderedItems" not in followers and followers["totalItems"] == 0


async def test_forum_software_gets_the_activity_itself(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")

    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])

    passed = await peer.wait_for(announced("Create"))
    inner = passed["object"]
    assert passed["actor"] == eau["uri"] and passed["cc"] == [eau["followers"]]
    assert inner["actor"] == node.uri("yto") and inner["audience"] == eau["uri"]
    assert inner["object"]["type"] == "Page" and inner["object"]["name"] == "Un puits"
    assert inner["object"]["to"] == [v.PUBLIC, eau["uri"]] and inner["object"]["commentsEnabled"] is True
    kept = json.loads(await (await node.get(f"/posts/{topic['id']}/activity")).read())
    assert inner == kept and "@context" in inner
    again = json.loads(await (await node.get(passed["id"].removeprefix(node.origin))).read())
    assert again == passed
    assert not [one for one in peer.received if one["type"] == "Announce" and isinstance(one["object"], str)]


async def test_what_is_passed_on_still_proves_itself(node, eau, peer):
    await become_member(node, peer, eau, "piefed")
    await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    passed = await peer.wait_for(announced("Create"))
    author = json.loads(await (await node.get("/users/yto")).read())
    public = pair.read_public(author["assertionMethod"][0]["publicKeyMultibase"])
    from datetime import UTC, datetime

    assert proofs.holds(passed["object"], public, datetime.now(UTC))


async def test_microblogs_get_the_id(node, eau, peer):
    await become_member(node, peer, eau, "mastodon")

    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    answer = await w.write(node, "amal", "À la main.", reply_to=topic["uri"])
    await peer.wait_for(boosted(topic["uri"]))
    shared = await peer.wait_for(boosted(answer["uri"]))
    assert shared["actor"] == eau["uri"] and shared["published"] and node.uri("amal") in shared["cc"]
    assert not [one for one in peer.received if announced("Create")(one)]

    await node.write(lambda db: like.put(db, actors.ours(db, "amal"), posts.get(db, topic["id"]), now()))
    from federation import outbox

    await node.write(lambda db: outbox.delete(db, posts.get(db, answer["id"]), now()))
    second = await w.write(node, "yto", "Encore", title="Second", place=eau["uri"])
    await peer.wait_for(boosted(second["uri"]))
    edit = {"status": "Comment creuser profond ?"}
    await node.api("PUT", f"/api/v1/statuses/{topic['id']}", node.token("yto"), json=edit)
    told = await peer.wait_for(lambda one: one["type"] == "Update")
    assert told["actor"] == node.uri("yto") and told["object"]["id"] == topic["uri"]
    gone = await peer.wait_for(lambda one: one["type"] == "Delete")
    assert gone["actor"] == node.uri("amal") and gone["object"]["id"] == answer["uri"]
    assert {one["type"] for one in peer.received} == {"Accept", "Announce", "Update", "Delete"}


async def test_microblogs_take_back_what_is_gone_or_removed(node, eau, peer):
    await become_member(node, peer, eau, "gotosocial")
    async with Peer(name="lina") as lemmy:
        topic = w.page(lemmy, 1, lemmy.uri, eau["uri"])
        await w.say(lemmy, node, w.create(lemmy, 1, topic, eau["uri"]))
        shared = await peer.wait_for(boosted(topic["id"]))

        def undone(one):
            return one["type"] == "Undo" and one["object"]["id"] == shared["id"]

        await w.moderate(node, "remove", "amal", await w.has(node, topic["id"]), "hors sujet")
        assert (await peer.wait_for(undone))["object"]["object"] == topic["id"]
        await w.moderate(node, "restore", "amal", await w.by_uri(node, topic["id"]))
        again = await peer.wait_for(lambda one: boosted(topic["id"])(one) and one["id"] != shared["id"])
        gone = {"@context": [v.AS2], "id": f"{lemmy.origin}/delete/1", "type": "Delete", "actor": lemmy.uri,
                "to": [v.PUBLIC], "cc": [eau["uri"]], "object": topic["id"]}  # fmt: skip
        await w.say(lemmy, node, gone)
        await peer.wait_for(lambda one: one["type"] == "Undo" and one["object"]["id"] == again["id"])


async def test_unknown_software_gets_both(node, eau, peer):
    await become_member(node, peer, eau, "somethingnew")
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    await peer.wait_for(boosted(topic["uri"]))
    await peer.wait_for(announced("Create"))


async def test_members_here_find_a_topic_at_home(node, eau):
    def join(db):
        following.ask(db, actors.ours(db, "amal"), actors.get(db, eau["id"]), now())

    await node.write(join)
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    await w.write(node, "yto", "Personne ?", reply_to=topic["uri"])
    home = await node.api("GET", "/api/v1/timelines/home", node.token())
    assert [one["reblog"]["uri"] for one in home if one["reblog"]] == [topic["uri"]]
    assert home[0]["account"]["acct"] == "eau"


async def test_edits_deletions_and_votes_of_ours_are_passed_on(node, eau, peer):
    await become_member(node, peer, eau, "nodebb")
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    token = node.token("yto")
    await node.api("PUT", f"/api/v1/statuses/{topic['id']}", token, json={"status": "Comment creuser profond ?"})
    edited = (await peer.wait_for(announced("Update")))["object"]
    assert "profond" in edited["object"]["content"] and edited["object"]["name"] == "Un puits"
    await node.api("POST", f"/api/v1/statuses/{topic['id']}/favourite", node.token())
    await node.api("POST", f"/api/v1/statuses/{topic['id']}/unfavourite", node.token())
    assert (await peer.wait_for(announced("Like")))["object"]["object"] == topic["uri"]
    assert (await peer.wait_for(announced("Undo")))["object"]["object"]["type"] == "Like"
    created = await peer.wait_for(announced("Create"))
    await node.api("DELETE", f"/api/v1/statuses/{topic['id']}", token)
    assert (await peer.wait_for(announced("Delete")))["object"]["object"]["id"] == topic["uri"]
    assert (await node.get(created["id"].removeprefix(node.origin))).status == 404
    assert json.loads(await (await node.get("/groups/eau/outbox")).read())["orderedItems"] == []


async def test_a_lemmy_user_opens_a_topic_answers_votes_edits_and_deletes(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    author = w.actor(peer, "lina")
    topic = w.page(peer, 1, author, eau["uri"])
    sent = w.create(peer, 1, topic, eau["uri"]) | {"strange": {"kept": [1, 2.5, 9007199254740993]}}

    assert await w.say(peer, node, sent, eau["inbox"]) == 202

    passed = await peer.wait_for(announced("Create"))
    assert passed["object"] == sent
    assert list(passed["object"]) == list(sent)
    assert await w.titles(node, eau["uri"]) == ["Puits"]

    answer = w.comment(peer, 1, author, eau["uri"], topic["id"])
    await w.say(peer, node, w.create(peer, 2, answer, eau["uri"]))
    await peer.wait_for(lambda one: announced("Create")(one) and one["object"]["object"]["id"] == answer["id"])
    liking = {"@context": [v.AS2], "id": f"{peer.origin}/like/1", "type": "Dislike", "actor": author, "to": [v.PUBLIC],
              "object": topic["id"], "audience": eau["uri"]}  # fmt: skip
    await w.say(peer, node, liking)
    assert (await peer.wait_for(announced("Dislike")))["object"] == liking
    undone = {"@context": [v.AS2], "id": f"{peer.origin}/undo/1", "type": "Undo", "actor": author, "to": [v.PUBLIC],
              "object": {key: value for key, value in liking.items() if key != "@context"}}  # fmt: skip
    await w.say(peer, node, undone)
    assert (await peer.wait_for(announced("Undo")))["object"] == undone

    edited = topic | {"name": "Puits profonds", "updated": "2026-01-02T00:00:00Z"}
    await w.say(peer, node, w.create(peer, 3, edited, eau["uri"], "Update"))
    await peer.wait_for(announced("Update"))
    assert await w.titles(node, eau["uri"]) == ["Puits profonds"]
    gone = {"@context": [v.AS2], "id": f"{peer.origin}/delete/1", "type": "Delete", "actor": author, "to": [v.PUBLIC],
            "cc": [eau["uri"]], "object": topic["id"]}  # fmt: skip
    await w.say(peer, node, gone)
    await peer.wait_for(announced("Delete"))
    assert await w.titles(node, eau["uri"]) == []


async def test_an_author_closes_her_own_topic_but_opens_none_that_a_moderator_closed(node, eau, peer):
    author = w.actor(peer, "lina")
    topic = w.page(peer, 1, author, eau["uri"], commentsEnabled=False)
    await w.say(peer, node, w.create(peer, 1, topic, eau["uri"]))

    async def locked(wanted: int, number: int, **said: Any) -> None:
        edited = topic | said | {"updated": f"2026-01-0{number}T00:00:00Z"}
        await w.say(peer, node, w.create(peer, number, edited, eau["uri"], "Update"))
        await until(
            lambda: node.read(lambda db: db.value("select edited from posts") == ids.read_rfc3339(edited["updated"]))
        )
        assert (await w.has(node, topic["id"]))["locked"] == wanted

    assert (await w.has(node, topic["id"]))["locked"] == moderation.BY_AUTHOR
    await locked(0, 2, commentsEnabled=True)
    await w.moderate(node, "lock", "amal", await w.has(node, topic["id"]))
    await locked(moderation.BY_MODERATOR, 3, commentsEnabled=True)


async def test_a_mastodon_user_opens_a_topic_by_naming_the_forum(node, eau, peer):
    w.says(peer, "mastodon")
    note = peer.note(1, f'<p><a href="{eau["url"]}">@eau</a> Qui a un plan de puits ?</p><p>Merci</p>',
                     cc=[f"{peer.uri}/followers", eau["uri"]],
                     tag=[{"type": "Mention", "href": eau["uri"], "name": f"@eau@{node.host}"}])  # fmt: skip
    await peer.post(f"{node.origin}/inbox", peer.create(note))

    await peer.wait_for(boosted(note["id"]))
    assert await w.titles(node, eau["uri"]) == ["Qui a un plan de puits ?"]

    reply = peer.note(2, "<p>Personne ?</p>", inReplyTo=note["id"])
    await peer.post(f"{node.origin}/inbox", peer.create(reply))
    await peer.wait_for(boosted(reply["id"]))
    topic = await w.has(node, note["id"])
    [answer] = await node.read(topics.answers, topic, None)
    assert answer["uri"] == reply["id"] and answer["level"] == 1


async def test_forum_software_hears_the_id_of_a_post_that_its_create_only_names(node, eau, peer):
    await become_member(node, peer, eau, "piefed")
    async with Peer(name="lina") as bot:
        note = bot.note(1, "<p>@eau Qui a un plan ?</p>", to=[v.PUBLIC, eau["uri"]])
        await bot.post(f"{node.origin}/inbox", {**bot.create(note), "object": note["id"]})
        await peer.wait_for(boosted(note["id"]))
        whole = bot.note(2, "<p>@eau Et un devis ?</p>", to=[v.PUBLIC, eau["uri"]])
        await bot.post(f"{node.origin}/inbox", bot.create(whole))
        await peer.wait_for(lambda one: one["type"] == "Announce" and isinstance(one["object"], dict)
                            and one["object"].get("object", {}) == whole)  # fmt: skip
    assert [one for one in peer.received if one.get("object") == whole["id"]] == []


async def test_what_was_only_asked_for_waits_until_its_author_sends_it(node, eau, peer):
    note = peer.note(1, "<p>@eau Qui a un plan ?</p>", cc=[eau["uri"]],
                     tag=[{"type": "Mention", "href": eau["uri"], "name": f"@eau@{node.host}"}])  # fmt: skip
    await resolve.post(node.bridge, note["id"])
    assert (await w.by_uri(node, note["id"]))["place"] is None
    assert await node.read(lambda db: db.value("select count(*) from relayed")) == 0
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    assert (await w.has(node, note["id"]))["kind"] == "topic"
    await peer.wait_for(boosted(note["id"]))


async def test_a_private_answer_stays_out_of_the_forum(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    await peer.wait_for(announced("Create"))
    note = peer.note(1, "<p>entre nous</p>", inReplyTo=topic["uri"], to=[node.uri("yto")], cc=[],
                     tag=[{"type": "Mention", "href": node.uri("yto"), "name": "@yto"}])  # fmt: skip
    await peer.post(f"{node.origin}/inbox", peer.create(note))
    kept = await until(lambda: w.by_uri(node, note["id"]))
    assert kept["place"] is None
    said = await w.write(node, "amal", "@yto à toi seule", reply_to=topic["uri"], visibility="direct")
    assert said["place"] is None
    assert await node.read(topics.answers, await w.has(node, topic["uri"]), None) == []


async def test_an_announce_is_never_announced(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    await peer.wait_for(announced("Create"))
    boost = {"@context": v.AS2, "id": f"{peer.origin}/boost/1", "type": "Announce", "actor": peer.uri,
             "object": topic["uri"], "to": [v.PUBLIC], "cc": [eau["uri"]], "audience": eau["uri"]}  # fmt: skip
    await peer.post(eau["inbox"], boost)
    await until(lambda: node.read(lambda db: db.value("select boosts >= 2 from posts where id = ?", (topic["id"],))))
    assert not [one for one in peer.received if announced("Announce")(one)]


async def test_the_outbox_holds_what_was_passed_on_and_featured_whole_topics(node, eau, peer):
    await become_member(node, peer, eau, "lemmy")
    theirs = w.page(peer, 1, peer.uri, eau["uri"])
    await w.say(peer, node, w.create(peer, 1, theirs, eau["uri"]))
    await w.has(node, theirs["id"])
    ours = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    listed = json.loads(await (await node.get("/groups/eau/outbox")).read())
    assert listed["type"] == "OrderedCollection" and listed["totalItems"] == 2 and "first" not in listed
    assert [one["object"]["object"]["id"] for one in listed["orderedItems"]] == [ours["uri"], theirs["id"]]
    await until(lambda: len([one for one in peer.received if announced("Create")(one)]) == 2)
    assert listed["orderedItems"][1] in peer.received

    for uri in (theirs["id"], ours["uri"]):
        await w.moderate(node, "pin", "amal", await w.has(node, uri))
    featured = json.loads(await (await node.get("/groups/eau/featured")).read())
    assert {one["id"] for one in featured["orderedItems"]} == {theirs["id"], ours["uri"]}
    assert theirs in featured["orderedItems"]
    added = (await peer.wait_for(announced("Add")))["object"]
    assert added["target"] == eau["featured"] and added["actor"] == node.uri("amal")
    await w.moderate(node, "unpin", "amal", await w.has(node, ours["uri"]))
    await peer.wait_for(announced("Remove"))


async def test_the_asker_marks_what_solved_it(node, eau, peer):
    await become_member(node, peer, eau, "nodebb")
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    answer = w.comment(peer, 1, peer.uri, eau["uri"], topic["uri"])
    await w.say(peer, node, w.create(peer, 1, answer, eau["uri"]))
    kept = await w.has(node, answer["id"])

    await w.moderate(node, "solve", "yto", topic, kept)

    told = (await peer.wait_for(announced("Update")))["object"]["object"]
    assert told["asso:solution"] == answer["id"] and told["updated"]
    assert "#résolu" in [tag["name"] for tag in told["tag"]]
    [row] = await node.read(topics.of, eau["id"], None)
    assert row["solved"] and not row["locked"] and not row["pinned"]
    other = await w.write(node, "amal", "?", title="Autre", place=eau["uri"])
    with pytest.raises(Forbidden):
        await w.moderate(node, "solve", "yto", other, None)


async def test_the_context_of_a_topic_is_asked_again_for_nothing_when_unchanged(node, eau):
    topic = await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=eau["uri"])
    answer = await w.write(node, "amal", "À la main.", reply_to=topic["uri"])
    path = f"/posts/{topic['id']}/context"
    first = await node.get(path)
    found = json.loads(await first.read())
    assert found["attributedTo"] == eau["uri"] and found["orderedItems"] == [topic["uri"], answer["uri"]]
    again = await node.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    await w.write(node, "amal", "Avec soin.", reply_to=topic["uri"])
    assert (await node.get(path, **{"If-None-Match": first.headers["ETag"]})).status == 200


async def test_a_forum_may_choose_notes(node, peer):
    place = await w.open_forum(node, "notes", shape="Note")
    await become_member(node, peer, place, "lemmy")
    await w.write(node, "yto", "Comment creuser ?", title="Un puits", place=place["uri"])
    made = (await peer.wait_for(announced("Create")))["object"]["object"]
    assert made["type"] == "Note" and made["name"] == "Un puits"
    assert made["content"].startswith("<p><strong>Un puits</strong></p>")


async def test_an_app_opens_a_topic_by_naming_the_forum(node, eau):
    said = await node.api(
        "POST", "/api/v1/statuses", node.token("yto"), json={"status": "@eau Qui a un plan ?\n\nMerci"}
    )
    assert await w.titles(node, eau["uri"]) == ["Qui a un plan ?"]
    assert said["uri"] in [row["uri"] for row in await node.read(topics.of, eau["id"], None)]
