"""What is ours, as it stands in an app: updates, events, topics, associations."""

import pytest

from federation.outbox import Draft, publish
from node import html
from node.network import events
from node.people import actors
from node.store import Database
from tests.conftest import Node


async def write(node: Node, draft: Draft, by: str = "amal") -> str:
    def act(db: Database) -> str:
        author = actors.ours(db, by)
        assert author is not None
        from federation.bridge import now

        return str(publish(db, author, draft, now())["id"])

    found: str = await node.write(act)
    return found


async def lines(node: Node, identifier: str) -> list[str]:
    shown = await node.api("GET", f"/api/v1/statuses/{identifier}")
    return [line for line in html.plain(shown["content"]).split("\n") if line]


async def test_a_topic_begins_with_its_title(node):
    made = await write(node, Draft(text="كيف نوفر الماء؟", kind="topic", title="الماء <في> القرى", language="ar"))
    assert await lines(node, made) == ["الماء <في> القرى", "كيف نوفر الماء؟"]


async def test_an_event_says_when_where_and_what(node):
    details = {"start": 1_773_475_200_000, "end": None, "timezone": "Africa/Casablanca", "status": "CONFIRMED",
               "join": "free", "place": {"name": "المحمدية"}, "online": []}  # fmt: skip
    made = await write(
        node, Draft(text="هاتوا القفازات", kind="event", title="حملة تنظيف الشاطئ", language="ar", details=details)
    )
    first, second, link = await lines(node, made)
    assert first.startswith("📅 السبت 14 مارس 2026، ")
    assert first.endswith("، المحمدية — حملة تنظيف الشاطئ")
    assert second == "هاتوا القفازات"
    assert link == f"{node.origin}/e/{made}"


async def test_an_event_says_its_own_hour_and_that_it_was_called_off(node):
    details = {
        "start": 1_802_700_000_000,
        "timezone": "Africa/Tunis",
        "status": "CANCELLED",
        "place": {"name": "شط طينة، صفاقس", "locality": "صفاقس"},
    }
    made = await write(node, Draft(text="x", kind="event", title="Nettoyage", language="fr", details=details))
    assert (await lines(node, made))[0] == "📅 Annulé — lundi 15 février 2027, 15:00, شط طينة، صفاقس — Nettoyage"


@pytest.mark.parametrize(
    ("words", "comes"), [("@amal حاضرٌ!", 1), ("je viens", 1), ("+1", 1), ("@amal je viens avec une question", 0)]
)
async def test_an_event_is_answered_by_a_word(node, words, comes):
    details = {"start": 4_000_000_000_000, "end": None, "timezone": "Africa/Casablanca", "status": "CONFIRMED",
               "join": "free", "place": None, "online": []}  # fmt: skip
    made = await write(node, Draft(text="x", kind="event", title="t", language="ar", details=details))
    token = node.token("yto")
    await node.api("POST", "/api/v1/statuses", token, json={"status": words, "in_reply_to_id": made})
    assert await node.read(events.coming, int(made)) == comes
    await node.api("POST", "/api/v1/statuses", token, json={"status": "لن أحضر", "in_reply_to_id": made})
    assert await node.read(events.coming, int(made)) == 0


async def test_an_association_is_an_account_that_is_no_bot(node):
    found = await node.api("GET", "/api/v1/accounts/lookup?acct=tanmia")
    assert (found["display_name"], found["bot"], found["group"]) == ("جمعية التنمية", False, False)


async def test_quotes_are_listed(node):
    token = node.token()
    said = await node.api("POST", "/api/v1/statuses", token, json={"status": "first"})
    quoting = await node.api("POST", "/api/v1/statuses", token, json={"status": "look", "quoted_status_id": said["id"]})
    found = await node.api("GET", f"/api/v1/statuses/{said['id']}/quotes", token)
    assert [one["id"] for one in found] == [quoting["id"]]
    assert (await node.api("GET", f"/api/v1/statuses/{said['id']}", token))["quotes_count"] == 1


async def test_the_nodes_own_lists_stand_behind_ones_own_and_are_only_read(node):
    token = node.token("yto")
    own = await node.api("POST", "/api/v1/lists", token, json={"title": "mine"})
    first, events_, region = await node.api("GET", "/api/v1/lists", token)
    assert (first["id"], events_["title"], region["title"]) == (own["id"], "مواعيد", "جهتي")
    for one in (events_, region):
        path = f"/api/v1/lists/{one['id']}"
        assert await node.api("GET", path, token) == one
        assert await node.api("GET", path + "/accounts", token) == []
        for method, where in (
            ("PUT", path),
            ("DELETE", path),
            ("POST", path + "/accounts"),
            ("DELETE", path + "/accounts"),
        ):
            refused = await node.api(method, where, token, status=403, json={"title": "x", "account_ids": ["1"]})
            assert "kept by the node" in refused["error"]


async def test_the_list_of_events_holds_events_alone_the_last_made_known_first(node):
    token = node.token("yto")
    await write(node, Draft(text="no event"))
    soon = {"start": 4_000_000_000_000, "timezone": "Africa/Tunis"}
    made = [await write(node, Draft(text="x", kind="event", title=title, details=soon)) for title in ("a", "b", "c")]
    found = await node.api("GET", "/api/v1/timelines/list/11?limit=2", token)
    assert [one["id"] for one in found] == made[:0:-1]
    older = await node.api("GET", f"/api/v1/timelines/list/11?max_id={made[1]}", token)
    assert [one["id"] for one in older] == made[:1]
    newer = await node.api("GET", f"/api/v1/timelines/list/11?min_id={made[0]}&limit=1", token)
    assert [one["id"] for one in newer] == [made[1]]


async def test_the_list_of_ones_region_holds_what_its_associations_say(node):
    from federation.bridge import now
    from node.network import associations

    def settle(db: Database) -> None:
        tanmia = actors.ours(db, "tanmia")
        assert tanmia is not None
        associations.save(db, tanmia["id"], associations.Facts(field="water", region="MA-CAS", size="s"), now())

    await node.write(settle)
    said = await write(node, Draft(text="from the association"), by="tanmia")
    found = await node.api("GET", "/api/v1/timelines/list/12", node.token("yto"))
    assert [one["id"] for one in found] == [said]


async def test_the_nodes_own_list_is_streamed_like_any(node):
    from tests.web.test_mastodon_streaming import hear, nothing, socket

    async with socket(node, node.token("yto"), "&stream=list&list=11") as opened:
        await write(node, Draft(text="no event"))
        made = await write(
            node,
            Draft(text="x", kind="event", title="t", details={"start": 4_000_000_000_000, "timezone": "Africa/Tunis"}),
        )
        heard = await hear(opened, "update")
        assert (heard["stream"], heard["payload"]["id"]) == (["list", "11"], made)
        await write(
            node,
            Draft(text="x", kind="event", title="t", visibility="followers", details={"start": 4_000_000_000_000}),
        )
        await nothing(opened)
