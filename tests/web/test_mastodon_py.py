"""Mastodon.py, the real client, over real HTTP: log-in by the full code flow, then each of its method families."""

import asyncio
import io
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import mastodon
import pytest

from tests.conftest import Node, until
from tests.film import needs_ffmpeg, small
from tests.web.apps import picture
from tests.web.test_oauth import OOB, Browser, hidden


async def client(node: Node, name: str = "amal") -> mastodon.Mastodon:
    """A client that its member has logged in with, in her browser, a code copied by hand."""
    scopes = ["read", "write", "follow", "push"]
    made = await asyncio.to_thread(
        mastodon.Mastodon.create_app, "Test", scopes=scopes, redirect_uris=OOB, api_base_url=node.origin
    )
    api = await asyncio.to_thread(mastodon.Mastodon, client_id=made[0], client_secret=made[1], api_base_url=node.origin)
    address = await asyncio.to_thread(lambda: api.auth_request_url(scopes=scopes, allow_http=True))
    browser = Browser(node)
    await browser.log_in(name)
    path = address.removeprefix(node.origin)
    _, page = await browser.get(path)
    response, _ = await browser.send("/oauth/authorize", hidden(page) | {"decision": "allow"})
    code = parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]
    await browser.close()
    await asyncio.to_thread(lambda: api.log_in(code=code, scopes=scopes, allow_http=True))
    return api


async def run(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return await asyncio.to_thread(call, *args, **kwargs)


async def test_statuses_polls_media_and_threads(node):
    amal, yto = await client(node), await client(node, "yto")
    media = await run(
        amal.media_post, io.BytesIO(picture()), mime_type="image/jpeg", description="field", focus=(0.1, 0.2)
    )
    said = await run(amal.status_post, "hello #culture", media_ids=[media], language="fr", idempotency_key="k")
    assert said.media_attachments[0].description == "field"
    reply = await run(yto.status_reply, said, "answer")
    assert [one.id for one in (await run(amal.status_context, said)).descendants] == [reply.id]
    for call in (yto.status_favourite, yto.status_bookmark, yto.status_reblog, yto.status_mute):
        await run(call, said)
    assert [one.acct for one in await run(amal.status_favourited_by, said)] == ["yto"]
    assert [one.acct for one in await run(amal.status_reblogged_by, said)] == ["yto"]
    assert len(await run(yto.bookmarks)) == len(await run(yto.favourites)) == 1
    for call in (yto.status_unfavourite, yto.status_unbookmark, yto.status_unreblog, yto.status_unmute):
        await run(call, said)
    await run(amal.status_pin, said)
    edited = await run(amal.status_update, said, "better", media_ids=[media])
    assert len(await run(amal.status_history, edited)) == 2
    assert (await run(amal.status_source, edited)).text == "better"
    poll = await run(amal.make_poll, ["tea", "coffee"], 600)
    asked = await run(amal.status_post, "which?", poll=poll)
    voted = await run(yto.poll_vote, asked.poll, [0])
    assert voted.own_votes == [0]
    later = await run(amal.status_post, "later", scheduled_at=__import__("datetime").datetime(2099, 1, 1))
    assert [one.id for one in await run(amal.scheduled_statuses)] == [later.id]
    await run(amal.scheduled_status_delete, later)
    gone = await run(amal.status_delete, said)
    assert gone.text == "better"
    with pytest.raises(mastodon.MastodonNotFoundError):
        await run(amal.status, said.id)


@needs_ffmpeg
async def test_a_film_is_uploaded_and_posted(node, tmp_path):
    amal = await client(node)
    made = await run(amal.media_post, io.BytesIO(small(tmp_path)), mime_type="video/mp4", description="well",
                     synchronous=True)  # fmt: skip
    assert (made.type, made.url is None) == ("video", False)
    said = await run(amal.status_post, "look", media_ids=[made])
    assert said.media_attachments[0].meta.original.width == 320
    assert said.application.name == "Test"


async def test_accounts_lists_filters_and_tags(node):
    amal, yto = await client(node), await client(node, "yto")
    me = await run(amal.account_verify_credentials)
    assert me.acct == "amal"
    changed = await run(
        amal.account_update_credentials,
        note="words",
        fields=[("a", "b")],
        avatar=picture(),
        avatar_mime_type="image/jpeg",
    )
    assert changed.source.note == "words"
    assert changed.fields[0].name == "a"
    target = await run(yto.account_lookup, "amal")
    relation = await run(yto.account_follow, target)
    assert relation.following
    for call in (yto.account_mute, yto.account_unmute, yto.account_block, yto.account_unblock):
        relation = await run(call, target)
    await run(yto.account_follow, target)
    assert [one.acct for one in await run(amal.account_followers, me)] == ["yto"]
    assert (await run(yto.account_note_set, target, "note")).note == "note"
    assert [one.acct for one in await run(yto.account_search, "amal")] == ["amal"]
    made = await run(yto.list_create, "close")
    await run(yto.list_accounts_add, made, [target])
    assert [one.acct for one in await run(yto.list_accounts, made)] == ["amal"]
    said = await run(amal.status_post, "hidden word #ماء")
    assert [one.id for one in await run(yto.timeline_list, made)] == [said.id]
    sieve = await run(yto.create_filter_v2, "quiet", ["home"], "warn", keywords_attributes=[{"keyword": "hidden"}])
    [seen] = await run(yto.timeline_home)
    assert seen.filtered[0].filter.id == sieve.id
    await run(yto.delete_filter_v2, sieve)
    assert (await run(yto.tag_follow, "ماء")).following
    assert len(await run(yto.followed_tags)) == 1
    assert [one.id for one in await run(yto.timeline_hashtag, "ماء")] == [said.id]
    found = await run(yto.search_v2, "hidden")
    assert [one.id for one in found.statuses] == [said.id]


async def test_notifications_conversations_markers_and_the_instance(node):
    amal, yto = await client(node), await client(node, "yto")
    said = await run(yto.status_post, "@amal hello", visibility="direct")
    [told] = await run(amal.notifications)
    assert told.status.id == said.id
    [conversation] = await run(amal.conversations)
    assert conversation.unread
    await run(amal.conversations_read, conversation)
    await run(amal.markers_set, ["notifications"], [told.id])
    assert (await run(amal.markers_get, ["notifications"])).notifications.last_read_id == told.id
    grouped = await run(amal.grouped_notifications)
    assert grouped.notification_groups[0].type == "mention"
    await run(amal.notifications_clear)
    report = await run(amal.report, said.account, [said], "why")
    assert report.target_account.acct == "yto"
    instance = await run(amal.instance)
    assert instance.version.startswith("4.5.0")
    assert (await run(amal.instance_nodeinfo)).software.name == "tashbik"
    for call in (amal.preferences, amal.suggestions, amal.trending_tags, amal.trending_statuses, amal.announcements,
                 amal.custom_emojis, amal.instance_activity, amal.instance_peers, amal.instance_rules, amal.directory,
                 amal.domain_blocks, amal.mutes, amal.blocks, amal.follow_requests, amal.lists, amal.filters_v2,
                 amal.timeline_public, amal.timeline_local, amal.endorsements, amal.featured_tags):  # fmt: skip
        await run(call)
    keys, public = await run(amal.push_subscription_generate_keys)
    await run(amal.push_subscription_set, f"{node.origin}/wake", public, mention_events=True)
    assert (await run(amal.push_subscription)).alerts.mention
    await run(amal.push_subscription_delete)
    assert keys["auth"]


async def test_it_hears_streams(node):
    amal, yto = await client(node), await client(node, "yto")
    heard: list[tuple[str, Any]] = []

    class Ears(mastodon.StreamListener):  # type: ignore[misc]
        def on_update(self, status: Any) -> None:
            heard.append(("update", status.id))

        def on_notification(self, notification: Any) -> None:
            heard.append(("notification", notification.type))

        def on_delete(self, status_id: Any) -> None:
            heard.append(("delete", str(status_id)))

    assert await run(amal.stream_healthy)
    handle = await run(amal.stream_user, Ears(), run_async=True, timeout=10)
    from web.mastodon.hub import HUB

    await until(lambda: len(node.app[HUB]) == 1)
    said = await run(amal.status_post, "mine")
    await run(yto.status_post, "@amal hello")
    await run(amal.status_delete, said)
    await until(lambda: len(heard) == 3)
    assert heard == [("update", str(said.id)), ("notification", "mention"), ("delete", str(said.id))]
    threading.Thread(target=handle.close, daemon=True).start()


async def test_a_revoked_client_is_out(node):
    amal = await client(node)
    await run(amal.revoke_access_token, allow_http=True)
    with pytest.raises(mastodon.MastodonAPIError):
        await run(amal.timeline_home)
