"""Events by their day, and what a region says."""

from federation import outbox
from federation.outbox import Draft
from node.network import agenda, associations
from node.network.agenda import DAY, Wanted
from node.people import actors, blocks
from node.posts import posts
from tests.world import AMAL, NOW, TANMIA, YTO


def event(db, start, *, by=AMAL, now=NOW, **more):
    details = {"start": start, "end": more.pop("end", None), **more.pop("details", {})}
    draft = Draft(text="x", kind="event", title="t", details=details, **more)
    return outbox.publish(db, by.row(db), draft, now)["id"]


def ids(db, viewer=None, **wanted):
    return agenda.between(db, viewer, Wanted(NOW, NOW + 7 * DAY, **wanted))


def test_the_agenda_holds_what_touches_its_days_in_their_order(db):
    late, soon = event(db, NOW + 6 * DAY), event(db, NOW + DAY)
    running = event(db, NOW - DAY, end=NOW + 1)
    event(db, NOW - DAY, end=NOW - 1)
    event(db, NOW + 7 * DAY)
    assert ids(db) == [running, soon, late]


def test_a_moved_event_is_found_under_its_new_day(db):
    moved = event(db, NOW + DAY)
    outbox.edit(db, posts.get(db, moved), Draft(text="x", title="t", details={"start": NOW + 30 * DAY}), NOW + 1)
    assert ids(db) == []
    assert agenda.between(db, None, Wanted(NOW + 29 * DAY, NOW + 31 * DAY)) == [moved]


def test_nobody_finds_an_event_that_she_may_not_see(db):
    hidden = event(db, NOW + DAY, visibility="followers")
    event(db, NOW + DAY, visibility="unlisted", now=NOW + 1)
    assert ids(db) == []
    assert ids(db, YTO.id(db)) == []
    assert ids(db, AMAL.id(db)) == [hidden]
    shown = event(db, NOW + DAY, by=YTO, now=NOW + 2)
    assert ids(db, AMAL.id(db)) == [hidden, shown]
    blocks.keep(db, AMAL.id(db), YTO.id(db), "", NOW)
    assert ids(db, AMAL.id(db)) == [hidden]


def test_region_and_field_are_the_events_own_or_its_associations(db):
    facts = associations.Facts(field="water", region="MA-CAS", size="s")
    associations.save(db, TANMIA.id(db), facts, NOW)
    hers = event(db, NOW + DAY, on_behalf=TANMIA.id(db))
    there = event(db, NOW + DAY, now=NOW + 1, details={"asso:region": ["TN-61"], "asso:fieldOfActivity": ["health"]})
    event(db, NOW + DAY, now=NOW + 2)
    assert ids(db, region="MA-06") == [hers]
    assert ids(db, region="MA") == [hers]
    assert ids(db, field="water") == [hers]
    assert ids(db, region="TN-61") == ids(db, field="health") == [there]
    assert ids(db, region="MA-06", field="health") == []


def test_my_region_is_what_its_associations_and_their_people_say(db):
    amal = AMAL.id(db)
    assert agenda.region_of(db, amal) == "MA/"
    associations.save(db, TANMIA.id(db), associations.Facts(field="water", region="MA-CAS", size="s"), NOW)
    assert agenda.region_of(db, amal) == agenda.region_of(db, TANMIA.id(db)) == "MA/MA-06/"
    said = [
        outbox.publish(db, one.row(db), Draft(text="x"), NOW + n)["id"] for n, one in enumerate((TANMIA, AMAL, YTO))
    ]
    outbox.publish(db, AMAL.row(db), Draft(text="x", reply_to=said[0]), NOW + 5)
    outbox.publish(db, AMAL.row(db), Draft(text="x", visibility="unlisted"), NOW + 6)
    stranger = actors.get(db, YTO.id(db))
    assert agenda.of_region(db, "MA/MA-06/", stranger["id"], 2**62, 0, 20) == said[::-1]
    assert agenda.of_region(db, "MA/MA-06/", stranger["id"], 2**62, said[0], 1, oldest=True) == [said[1]]
    assert agenda.of_region(db, "TN/", stranger["id"], 2**62, 0, 20) == []
