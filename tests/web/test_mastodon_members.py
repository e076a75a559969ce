"""Members of a status that depend on more than its row: the app that wrote it, who may quote it, its quotes."""

from typing import Any

import pytest

from federation import updates
from node.people import actors
from tests.conftest import Node, until
from tests.web.apps import account_of, picture, say, upload


async def approval(node: Node, status: str, token: str | None) -> dict[str, Any]:
    found: dict[str, Any] = (await node.api("GET", f"/api/v1/statuses/{status}", token))["quote_approval"]
    return found


async def test_a_status_names_the_app_that_wrote_it_and_a_boost_names_none(node):
    token, other = await with_app(node), node.token("yto")
    said = await say(node, token, "x")
    assert said["application"] == {"name": "Tusky", "website": "https://tusky.app"}
    seen = await node.api("GET", f"/api/v1/statuses/{said['id']}")
    assert seen["application"] == said["application"]
    boost = await node.api("POST", f"/api/v1/statuses/{said['id']}/reblog", other)
    assert boost["application"] is None
    assert boost["reblog"]["application"] == said["application"]
    edited = await node.api("PUT", f"/api/v1/statuses/{said['id']}", node.token(), json={"status": "y"})
    assert edited["application"] == said["application"]


async def with_app(node: Node) -> str:
    """A token of an app that told its name and address."""
    from federation.bridge import now
    from node.people import actors, applications, tokens

    def make(db: Any) -> str:
        app, _ = applications.register(
            db, "Tusky", ["urn:ietf:wg:oauth:2.0:oob"], "read write", "https://tusky.app", now()
        )
        amal = actors.by_handle(db, "amal", "")
        assert amal is not None
        user = db.value("select id from users where actor = ?", (amal["id"],))
        return tokens.create(db, user, amal["id"], ["read", "write"], now(), application=app["id"])

    return str(await node.write(make))


async def test_who_may_quote_is_chosen_when_written_changed_later_and_kept(node):
    amal, yto = node.token(), node.token("yto")
    said = await say(node, amal, "x", quote_approval_policy="followers")
    assert said["quote_approval"] == {"automatic": ["followers"], "manual": [], "current_user": "automatic"}
    assert (await approval(node, said["id"], yto))["current_user"] == "denied"
    refused = {"status": "see", "quoted_status_id": said["id"]}
    await node.api("POST", "/api/v1/statuses", yto, json=refused, status=403)
    await node.api("POST", f"/api/v1/accounts/{said['account']['id']}/follow", yto)
    assert (await approval(node, said["id"], yto))["current_user"] == "automatic"
    path = f"/api/v1/statuses/{said['id']}/interaction_policy"
    changed = await node.api("PUT", path, amal, json={"quote_approval_policy": "nobody"})
    assert changed["quote_approval"]["automatic"] == []
    await node.api("POST", "/api/v1/statuses", yto, json=refused, status=403)
    await node.api("PUT", f"/api/v1/statuses/{said['id']}", amal, json={"status": "y"})
    assert (await approval(node, said["id"], yto)) == {"automatic": [], "manual": [], "current_user": "denied"}
    document = await (await node.get(f"/posts/{said['id']}")).json(content_type=None)
    assert document["interactionPolicy"]["canQuote"]["automaticApproval"] == [node.uri("amal")]
    await node.api("PUT", path, amal, json={"quote_approval_policy": "everybody"}, status=422)
    await node.api("PUT", path, amal, json={}, status=422)
    await node.api("PUT", path, yto, json={"quote_approval_policy": "public"}, status=404)


async def test_what_is_for_followers_is_quoted_by_its_author_alone(node):
    amal, yto = node.token(), node.token("yto")
    target = await node.api("GET", "/api/v1/accounts/lookup?acct=amal")
    await node.api("POST", f"/api/v1/accounts/{target['id']}/follow", yto)
    said = await say(node, amal, "x", visibility="private", quote_approval_policy="public")
    assert said["quote_approval"] == {"automatic": [], "manual": [], "current_user": "automatic"}
    assert (await approval(node, said["id"], yto))["current_user"] == "denied"


async def test_one_chooses_once_who_may_quote(node):
    token = node.token()
    me = await node.api(
        "PATCH", "/api/v1/accounts/update_credentials", token, json={"source": {"quote_policy": "nobody"}}
    )
    assert me["source"]["quote_policy"] == "nobody"
    assert (await node.api("GET", "/api/v1/preferences", token))["posting:default:quote_policy"] == "nobody"
    assert (await say(node, token, "x"))["quote_approval"]["automatic"] == []
    wrong = {"source": {"quote_policy": "x"}}
    await node.api("PATCH", "/api/v1/accounts/update_credentials", token, json=wrong, status=422)


async def test_a_quote_is_listed_counted_and_revoked_by_the_quoted_author(node):
    amal, yto = node.token(), node.token("yto")
    said = await say(node, amal, "x")
    quoting = await say(node, yto, "see", quoted_status_id=said["id"])
    assert (quoting["quote"]["state"], quoting["quote"]["quoted_status"]["id"]) == ("accepted", said["id"])
    path = f"/api/v1/statuses/{said['id']}/quotes"
    assert [one["id"] for one in await node.api("GET", path, amal)] == [quoting["id"]]
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}", amal))["quotes_count"] == 1
    again = await say(node, amal, "and this", quoted_status_id=quoting["id"])
    assert again["quote"]["quoted_status"]["quote"] == {"state": "accepted", "quoted_status_id": said["id"]}
    await node.api("POST", f"{path}/{quoting['id']}/revoke", yto, status=403)
    await node.api("POST", f"{path}/{again['id']}/revoke", amal, status=404)
    revoked = await node.api("POST", f"{path}/{quoting['id']}/revoke", amal)
    assert revoked["id"] == quoting["id"]
    assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
    assert await node.api("GET", path, amal) == []
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}", amal))["quotes_count"] == 0


async def test_a_quote_of_another_server_is_revoked_there(node, other):
    here, there = node.token(), other.token()
    said = await say(node, here, "x")
    found = await other.api("GET", f"/api/v2/search?resolve=true&q={said['uri']}", there)
    theirs = found["statuses"][0]
    assert theirs["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
    quoting = await say(other, there, f"@amal@{node.host} see", quoted_status_id=theirs["id"])

    async def state(server: Node, token: str, identifier: str) -> str | None:
        quote = (await server.api("GET", f"/api/v1/statuses/{identifier}", token))["quote"]
        return quote["state"] if quote else None

    async def listed() -> Any:
        return await node.api("GET", f"/api/v1/statuses/{said['id']}/quotes", here)

    async def accepted() -> bool:
        return await state(other, there, quoting["id"]) == "accepted"

    async def revoked() -> bool:
        return await state(other, there, quoting["id"]) == "revoked"

    await until(accepted)
    [copy] = await until(listed)
    await node.api("POST", f"/api/v1/statuses/{said['id']}/quotes/{copy['id']}/revoke", here)
    await until(revoked)


@pytest.mark.parametrize(
    ("policy", "approval"),
    [
        ({"automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"]}, (["public"], [])),
        ({"automaticApproval": ["FOLLOWERS"]}, (["followers"], [])),
        ({"manualApproval": ["as:Public"]}, ([], ["public"])),
        ({"automaticApproval": ["https://x.example/circle"]}, (["unsupported_policy"], [])),
        ({"automaticApproval": []}, ([], [])),
        (None, ([], ["public"])),
    ],
)
async def test_what_a_peers_author_allows_is_told(node, peer, policy, approval):
    text = peer.note(1)
    if policy is not None:
        policy = {
            key: [one.replace("FOLLOWERS", f"{peer.uri}/followers") for one in uris] for key, uris in policy.items()
        }
        text["interactionPolicy"] = {"canQuote": policy}
    await peer.post(f"{node.origin}/inbox", peer.create(text | {"cc": [node.uri("amal")]}))
    number = await until(lambda: node.read(lambda db: db.value("select id from posts where uri = ?", (text["id"],))))
    found = (await node.api("GET", f"/api/v1/statuses/{number}", node.token()))["quote_approval"]
    assert (found["automatic"], found["manual"]) == approval


async def test_a_picture_is_described_anew_on_a_status_and_others_hear(node, other):
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    await node.api("POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", here)
    await until(lambda: other.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    made = await upload(other, there, picture(), "a field")
    said = await say(other, there, "look", media_ids=[made["id"]])

    async def seen(words: str, x: float) -> Any:
        home = await node.api("GET", "/api/v1/timelines/home", here)
        shown = [one["media_attachments"][0] for one in home if one["media_attachments"]]
        return [one for one in shown if one["description"] == words and one["meta"]["focus"]["x"] == x]

    await until(lambda: seen("a field", 0))
    changes = {"status": "look", "media_ids": [made["id"]],
               "media_attributes": [{"id": made["id"], "description": "حقل", "focus": "0.5,-0.5"}]}  # fmt: skip
    edited = await other.api("PUT", f"/api/v1/statuses/{said['id']}", there, json=changes)
    assert edited["media_attachments"][0]["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    await until(lambda: seen("حقل", 0.5))
    await other.api("PUT", f"/api/v1/media/{made['id']}", there, json={"description": "حقل أخضر"})
    await until(lambda: seen("حقل أخضر", 0.5))
    assert len(await other.api("GET", f"/api/v1/statuses/{said['id']}/history", there)) == 3


async def test_news_of_a_project_say_how_many_stages_are_done(node):
    def write(db: Any) -> int:
        from federation.bridge import now
        from tests.federation.network_world import with_project

        with_project(db)
        project = actors.by_handle(db, "oasis", "")
        amal = actors.by_handle(db, "amal", "")
        assert project is not None and amal is not None
        user = db.value("select id from users where actor = ?", (amal["id"],))
        tanmia = actors.by_handle(db, "tanmia", "")
        news = updates.News(
            text="وصل الماء", language="ar", stage=1, stage_progress=100, on_behalf=tanmia["id"] if tanmia else None
        )
        return int(updates.publish(db, amal, user, project, news, now())["id"])

    number = await node.write(write)
    content = (await node.api("GET", f"/api/v1/statuses/{number}"))["content"]
    assert content.startswith("<p><strong>مستجد · الواحة الخضراء (1/2 مراحل)</strong></p>")
    assert f'href="{node.origin}/p/oasis"' in content


async def test_one_follows_somebody_in_the_languages_that_one_reads(node):
    token, hers = node.token("yto"), node.token()
    for language in ("ar", "fr"):
        await say(node, hers, f"before, {language}", language=language)
    path = f"/api/v1/accounts/{await account_of(node, 'amal')}/follow"
    stands = await node.api("POST", path, token, json={"languages": ["fr", "zgh"]})
    assert (stands["following"], stands["languages"]) == (True, ["fr", "zgh"])
    for language in ("ar", "fr-MA", "zgh"):
        await say(node, hers, f"after, {language}", language=language)

    async def home() -> list[str]:
        return [one["language"] for one in await node.api("GET", "/api/v1/timelines/home", token)]

    assert await home() == ["zgh", "fr-MA", "fr"]
    assert (await node.api("POST", path, token, json={"reblogs": False}))["languages"] == ["fr", "zgh"]
    await node.api("POST", path, token, json={"languages": ["'; drop"]}, status=422)
    assert (await node.api("POST", path, token, json={"languages": []}))["languages"] is None
    await say(node, hers, "all again", language="ar")
    assert (await home())[0] == "ar"
