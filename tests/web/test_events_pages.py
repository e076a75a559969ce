"""Events on pages: announced, answered, changed, called off, found in the agenda, taken into a calendar; without script."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from federation import attendance, meetings
from federation.bridge import now
from federation.outbox import Draft
from node.network import events
from node.network.meetings import Meeting
from node.people import actors, memberships, users
from node.posts import notifications, posts
from node.store import Database, Row
from tests.conftest import Node, Peer, until
from tests.federation.test_protocol_events import answer_of, received, theirs
from tests.federation.test_protocol_people import follows_peer
from tests.web.test_remote_media import picture
from tests.web.visitor import Visitor

CASA = ZoneInfo("Africa/Casablanca")


def in_days(days: int) -> str:
    return (datetime.now(CASA) + timedelta(days)).date().isoformat()


@pytest.fixture
async def amal(node: Node) -> AsyncIterator[Visitor]:
    async with Visitor(node) as made:
        await made.log_in()
        yield made


@pytest.fixture
async def yto(node: Node) -> AsyncIterator[Visitor]:
    async with Visitor(node) as made:
        await made.log_in("yto")
        yield made


async def announce(node: Node, by: str = "amal", **more: Any) -> int:
    """An event in five days; its id."""
    values: dict[str, Any] = {
        "title": "تنظيف الشاطئ",
        "start": now() + 5 * 86_400_000,
        "place": "الشاطئ المركزي، المحمدية",
    }

    def act(db: Database) -> int:
        author, behalf = actors.ours(db, by), more.pop("for_", None)
        assert author is not None
        draft = Draft(text="هاتوا القفازات", language="ar", user=users.by_name(db, by)["id"],
                      on_behalf=actors.ours(db, behalf)["id"] if behalf else None)  # type: ignore[index]  # fmt: skip
        return int(meetings.publish(db, author, Meeting(**values | more), draft, now())["id"])

    return int(await node.write(act))


async def post_of(node: Node, number: int) -> Row:
    found: Row = await node.read(posts.get, number)
    return found


WHOLE = {
    "title": "حملة تنظيف الشاطئ", "day": "", "starts": "09:00", "ends": "12:00", "place": "الشاطئ المركزي، المحمدية",
    "region": "MA-MOH", "text": "القفازات علينا.", "capacity": "٤٠", "access": ["ramp", "water"], "do": "publish",
}  # fmt: skip


async def test_a_member_announces_an_event_for_her_association(node, amal):
    page = await amal.send(await amal.get("/new?kind=event"), "/new/event", **WHOLE | {"day": in_days(9)})
    assert page.url.startswith("/e/") and "حملة تنظيف الشاطئ" in page.words
    post = await post_of(node, int(page.url.removeprefix("/e/")))
    tanmia = await node.read(actors.ours, "tanmia")
    assert (post["kind"], post["on_behalf"], post["visibility"]) == ("event", tanmia["id"], "public")
    facts = posts.details(post)
    start = datetime.fromtimestamp(facts["start"] / 1000, CASA)
    assert (start.date().isoformat(), start.hour, facts["end"] - facts["start"]) == (in_days(9), 9, 3 * 3_600_000)
    assert (facts["capacity"], facts["access"], facts["asso:region"]) == (40, ["ramp", "water"], ["MA-06", "MA-MOH"])
    document = await (await node.get(f"/posts/{post['id']}")).json(content_type=None)
    assert document["attributedTo"] == document["actor"] == node.uri("amal")
    assert document["schema:organizer"] == [node.uri("tanmia")]
    assert document["asso:onBehalfOf"] == node.uri("tanmia")
    boosts = await node.read(lambda db: db.value("select count(*) from posts where boost_of = ? and author = ?",
                                                 (post["id"], tanmia["id"])))  # fmt: skip
    assert boosts == 1
    assert "Drinking water on the spot" in page.words


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": " "}, "An event needs a title."),
        ({"day": ""}, "Say on which day it is"),
        ({"day": "2026-13-45"}, "Please write the day like"),
        ({"starts": "25:99"}, "Please write the time like"),
        ({"day": "2020-01-01"}, "This moment has passed"),
        ({"day": "2199-01-01"}, "at most five years"),
        ({"until": "2020-01-01"}, "An event ends after it begins."),
        ({"place": "", "online": ""}, "Say where it is"),
        ({"online": "javascript:alert(1)"}, "The address online begins with https://."),
        ({"capacity": "0"}, "The number of places is between 1"),
        ({"capacity": "many"}, "The number of places is between 1"),
        ({"joining": "external"}, "Where people sign up elsewhere"),
        ({"joining": "whoever"}, "Choose how people join."),
        ({"region": "XX-1"}, "There is no region called"),
        ({"repeat": "week", "dates": "90"}, "A meeting is repeated 2 to 12 times."),
    ],
)
async def test_a_form_that_cannot_be_taken_comes_back_as_it_was_typed(node, amal, wrong, sentence):
    typed = WHOLE | {"day": in_days(9)} | wrong
    page = await amal.send(await amal.get("/new/event"), "/new/event", **typed)
    assert page.status == 400 and sentence in page.words
    form = page.form("/new/event")
    for name in ("title", "text", "starts", "place"):
        assert form.value(name) == typed[name].strip()
    assert [value for name, value in form.fields if name == "access"] == ["ramp", "water"]
    assert await node.read(lambda db: db.value("select count(*) from posts")) == 0
    again = await amal.get("/new/event")
    assert again.form("/new/event").value("text") == WHOLE["text"]


async def test_a_form_sent_twice_is_one_event_and_a_series_is_several(node, amal):
    page = await amal.get("/new/event")
    first = await amal.send(page, "/new/event", **WHOLE | {"day": in_days(9)})
    assert (await amal.send(page, "/new/event", **WHOLE | {"day": in_days(9)})).url == first.url
    count = "select count(*) from agenda"
    assert await node.read(lambda db: db.value(count)) == 1
    page = await amal.send(
        await amal.get("/new/event"), "/new/event", **WHOLE | {"day": in_days(9), "repeat": "month", "dates": "4"}
    )
    assert await node.read(lambda db: db.value(count)) == 5
    assert "All the dates" in page.words and page.text.count("<tr") == 5
    starts = [
        row[0] for row in await node.read(lambda db: db.rows("select start from agenda order by post").fetchall())
    ]
    moments = [datetime.fromtimestamp(one / 1000, CASA) for one in starts[1:]]
    assert len({(one.weekday(), one.hour) for one in moments}) == 1
    assert len({one.month for one in moments}) == 4


async def test_nobody_announces_or_changes_for_an_association_that_is_not_hers(node, amal, yto):
    def lower(db: Database) -> None:
        memberships.give(db, users.by_name(db, "yto")["id"], actors.ours(db, "tanmia")["id"], "member", now())  # type: ignore[index]

    await node.write(lower)
    tanmia = (await node.read(actors.ours, "tanmia"))["id"]
    page = await yto.get("/new/event")
    for voice in (f"for:{tanmia}", f"as:{tanmia}"):
        refused = await yto.send(page, "/new/event", **WHOLE | {"day": in_days(9), "voice": voice})
        assert refused.status == 400 and "You may not speak for this account." in refused.words
    number = await announce(node, for_="tanmia")
    for path in (f"/e/{number}/edit", f"/e/{number}/cancel", f"/posts/{number}/edit"):
        assert (await yto.get(path)).status in (403, 404)
    form = {"csrf": page.form("/new/event").value("csrf")}
    for path in (f"/e/{number}/edit", f"/e/{number}/cancel", f"/e/{number}/answers/{tanmia}"):
        assert (await yto.post(path, form | {"do": "accept"})).status == 403
    assert posts.details(await post_of(node, number))["status"] == "CONFIRMED"


async def test_a_member_comes_hesitates_stays_away_and_takes_it_back(node, yto):
    number = await announce(node)
    page = await yto.get(f"/e/{number}")
    for answer, words, counted in (("yes", "You are coming", 1), ("maybe", "You may come.", 0), ("no", "You are not coming.", 0),
                                   ("yes", "You are coming", 1), ("none", "Are you coming?", 0)):  # fmt: skip
        page = await yto.send(page, f"/e/{number}/answer", answer=answer)
        assert words in page.words
        assert await node.read(events.coming, number) == counted
    assert await node.read(events.of, number) == []
    assert (await yto.send(page, f"/e/{number}/answer", answer="perhaps")).status == 400
    without = await yto.post(f"/e/{number}/answer", {"answer": "yes"})
    assert without.status == 403


async def test_only_the_organiser_reads_names_and_decides_where_she_wants_to(node, amal, yto):
    number = await announce(node, joining="restricted")
    page = await yto.get(f"/e/{number}")
    page = await yto.send(page, f"/e/{number}/answer", answer="yes", message="مع طفلين")
    assert "The organiser has not answered yet." in page.words and "مع طفلين" not in page.words
    assert await node.read(events.coming, number) == 0
    page = await amal.get(f"/e/{number}")
    assert "مع طفلين" in page.words and "waits for your answer" in page.words
    them = (await node.read(actors.ours, "yto"))["id"]
    page = await amal.send(page, f"/e/{number}/answers/{them}", do="accept")
    assert await node.read(events.coming, number) == 1
    assert "You are coming" in (await yto.get(f"/e/{number}")).words
    await amal.send(page, f"/e/{number}/answers/{them}", do="reject")
    assert "could not take your answer" in (await yto.get(f"/e/{number}")).words
    async with Visitor(node) as stranger:
        seen = await stranger.get(f"/e/{number}")
        assert "مع طفلين" not in seen.text and "Who answered" not in seen.words


async def test_what_is_full_over_or_called_off_takes_no_answer(node, amal, yto):
    full = await announce(node, capacity=1)

    def fill(db: Database) -> None:
        amal_ = actors.ours(db, "amal")
        assert amal_ is not None
        attendance.answer(db, amal_, posts.get(db, full), "yes", now())

    await node.write(fill)
    page = await yto.get(f"/e/{full}")
    assert "There is no place left." in page.words and f"/e/{full}/answer" not in page.text
    token = {"csrf": (await yto.get("/new/event")).form("/new/event").value("csrf"), "answer": "yes"}
    refused = await yto.post(f"/e/{full}/answer", token)
    assert refused.status == 409 and "This event takes no more answers." in refused.words
    over = await announce(node)
    await node.write(
        lambda db: posts.change(db, over, details=posts.details(posts.get(db, over)) | {"start": now() - 10**8})
    )
    assert "This event is over." in (await yto.get(f"/e/{over}")).words
    assert (await yto.post(f"/e/{over}/answer", token)).status == 409


async def test_calling_off_is_told_and_stays_to_be_read(node, amal, yto):
    number = await announce(node, for_="tanmia")
    await yto.send(await yto.get(f"/e/{number}"), f"/e/{number}/answer", answer="yes")
    page = await amal.send(await amal.get(f"/e/{number}/cancel"), f"/e/{number}/cancel")
    assert "This event was called off." in page.words
    told = await node.read(lambda db: notifications.of(db, actors.ours(db, "yto")["id"], kinds=["update"]))
    assert [row["post"] for row in told] == [number]
    document = await (await node.get(f"/posts/{number}")).json(content_type=None)
    assert (document["status"], document["eventStatus"]) == ("CANCELLED", "EventCancelled")
    assert "Cancelled" in (await yto.get("/agenda")).words
    again = await amal.send(await amal.get(f"/e/{number}/edit"), f"/e/{number}/edit", title="x")
    assert again.status == 400 and "This event was called off." in again.words


async def test_moving_an_event_says_from_when(node, amal):
    number = await announce(node)
    page = await amal.get(f"/posts/{number}/edit")
    page = await amal.send(page, f"/e/{number}/edit", day=in_days(20), starts="18:30", ends="20:00", place="دار الشباب")
    assert "Moved from" in page.words and "18:30 to 20:00" in page.words and "دار الشباب" in page.words
    document = await (await node.get(f"/posts/{number}")).json(content_type=None)
    assert document["previousStartTime"] and document["location"]["name"] == "دار الشباب"


async def test_the_page_of_an_event_elsewhere_follows_what_its_organiser_says(
    node: Node, peer: Peer, yto: Visitor
) -> None:
    await follows_peer(node, peer)
    post = await received(node, peer, theirs(peer, attributedTo=[peer.uri]))
    page = await yto.get(f"/e/{post['id']}")
    page = await yto.send(page, f"/e/{post['id']}/answer", answer="yes")
    assert "The organiser has not answered yet." in page.words
    joined = await peer.wait_for(lambda one: one["type"] == "Join")
    assert (joined["actor"], joined["object"]) == (node.uri("yto"), post["uri"])
    for kind, words in (
        ("Reject", "could not take your answer"),
        ("Accept", "You are coming"),
        ("Ignore", "keeps no list"),
    ):
        said = {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{peer.origin}/{kind}", "type": kind,
                "actor": peer.uri, "object": joined}  # fmt: skip
        await peer.post(f"{node.origin}/inbox", said)
        state = {"Accept": "accepted", "Reject": "rejected", "Ignore": "ignored"}[kind]

        async def settled(state: str = state) -> bool:
            return await answer_of(node, post["id"], node.uri("yto")) == ("yes", state)

        await until(settled)
        assert words in (await yto.get(f"/e/{post['id']}")).words
    await node.write(lambda db: events.settle(db, post["id"], users.by_name(db, "yto")["actor"], "accepted"))
    await yto.send(await yto.get(f"/e/{post['id']}"), f"/e/{post['id']}/answer", answer="none")
    left = await peer.wait_for(lambda one: one["type"] == "Leave")
    assert left["object"] == post["uri"]


async def test_an_event_of_the_other_country_says_its_hour_here_too(node, yto):
    ramadan = int(datetime(2027, 2, 16, 19, 0, tzinfo=ZoneInfo("Africa/Tunis")).timestamp() * 1000)
    number = await announce(node, start=ramadan, end=ramadan + 3_600_000, zone="Africa/Tunis")
    page = await yto.get(f"/e/{number}")
    assert "19:00 to 20:00" in page.words and "Casablanca: 18:00 to 19:00" in page.words
    assert "by the clock of Tunis" in page.words and "In Ramadan Morocco" in page.words
    winter = int(datetime(2027, 1, 16, 9, 0, tzinfo=CASA).timestamp() * 1000)
    page = await yto.get(f"/e/{await announce(node, start=winter)}")
    assert "by the clock of Casablanca and Tunis" in page.words


async def test_the_agenda_shows_days_months_and_what_was_chosen(node, yto):
    soon, late = (
        await announce(node, title="قريبا"),
        await announce(node, title="بعد", start=now() + 60 * 86_400_000, region="TN-61"),
    )
    page = await yto.get("/agenda")
    assert page.text.index("قريبا") < page.text.index("بعد")
    assert "قريبا" not in (await yto.get("/agenda?region=TN-61")).text
    assert "بعد" not in (await yto.get("/agenda?region=MA-06")).text
    assert "قريبا" not in (await yto.get("/agenda?from=elsewhere")).text
    month = datetime.fromtimestamp((await post_of(node, late) and now() + 60 * 86_400_000) / 1000, CASA)
    shown = await yto.get(f"/agenda?view=month&month={month:%Y-%m}")
    assert "بعد" in shown.text and f'href="/e/{late}"' in shown.text and f'href="/e/{soon}"' not in shown.text
    assert re.search(r'rel="prev">', shown.text) and re.search(r'rel="next">', shown.text)
    for odd in ("0000-00", "x", "2027-99", "9999999-1", "1000-01", "%00"):
        assert (await yto.get(f"/agenda?view=month&month={odd}")).status == 200
    assert "Nothing has passed yet" in (await yto.get("/agenda?view=past")).words


async def test_a_calendar_holds_what_everybody_may_see_and_is_read_by_the_library(node, yto):
    from icalendar import Calendar

    number = await announce(node, title="موعد; مع, فواصل", capacity=3)

    def hide(db: Database) -> None:
        author = actors.ours(db, "amal")
        assert author is not None
        from federation import outbox

        outbox.publish(db, author, Draft(text="x", kind="event", title="موعد سري جدا", visibility="followers",
                                         details={"start": now() + 86_400_000}), now())  # fmt: skip

    await node.write(hide)
    page = await yto.get("/agenda.ics")
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8" and "موعد سري جدا" not in page.text
    [event] = Calendar.from_ical(page.text).walk("VEVENT")
    assert event["SUMMARY"] == "موعد; مع, فواصل" and event["UID"] == f"{node.origin}/posts/{number}"
    assert event["DTSTART"].dt.timestamp() == (posts.details(await post_of(node, number))["start"] // 1000)
    assert event["LOCATION"] == "الشاطئ المركزي، المحمدية"
    one = await yto.get(f"/e/{number}.ics")
    assert len(Calendar.from_ical(one.text).walk("VEVENT")) == 1
    assert "VEVENT" not in (await yto.get("/agenda.ics?region=TN-61")).text
    feed = await yto.get("/agenda/feed")
    assert (
        "application/atom+xml" in feed.headers["Content-Type"]
        and f"/e/{number}" in feed.text
        and "موعد سري جدا" not in feed.text
    )


async def test_who_may_not_see_an_event_neither_reads_nor_answers_nor_takes_it_along(node, yto):
    def hide(db: Database) -> int:
        author = actors.ours(db, "amal")
        assert author is not None
        from federation import outbox

        draft = Draft(
            text="x", kind="event", title="موعد سري جدا", visibility="followers", details={"start": now() + 86_400_000}
        )
        return int(outbox.publish(db, author, draft, now())["id"])

    number = await node.write(hide)
    token = {"csrf": (await yto.get("/new/event")).form("/new/event").value("csrf"), "answer": "yes"}
    for path in (f"/e/{number}", f"/e/{number}.ics", f"/e/{number}/edit", f"/e/{number}/cancel"):
        assert (await yto.get(path)).status == 404
    assert (await yto.post(f"/e/{number}/answer", token)).status == 404
    assert "موعد سري جدا" not in (await yto.get("/agenda")).text
    assert await node.read(events.of, number) == []


async def test_the_form_shows_nobody_elses_picture(node: Node, amal: Visitor) -> None:
    """Its hidden field holds a number, and whoever sends it may write another there."""
    token = node.token("yto")
    form = aiohttp.FormData()
    form.add_field("file", picture(), filename="a.png", content_type="image/png")
    hers = await node.api("POST", "/api/v2/media", token, data=form)
    for wanted, number in ((False, hers["id"]), (True, await _mine(node))):
        page = await amal.send(await amal.get("/new/event?fresh=1"), "/new/event", picture=number, title="x", day="")
        assert page.status == 400 and ("The chosen picture" in page.text) is wanted


async def _mine(node: Node) -> str:
    form = aiohttp.FormData()
    form.add_field("file", picture(), filename="a.png", content_type="image/png")
    return str((await node.api("POST", "/api/v2/media", node.token(), data=form))["id"])
